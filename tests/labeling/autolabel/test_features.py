"""Features without a model: their shapes, what they tell apart, and odd objects."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from labeling.autolabel.features import _bands, _cepstra, hog, mel, tfidf

RATE = 8000


def tone(hertz: float, seconds: float = 0.5, rate: int = RATE) -> tuple[np.ndarray, int]:
    return (8000 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.int16), rate


def stripes(*, across: bool, colour: tuple[int, int, int] = (255, 255, 255)) -> Image.Image:
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    pixels[np.s_[:, ::6] if across else np.s_[::6]] = colour
    return Image.fromarray(pixels)


def distance(rows: np.ndarray, a: int, b: int) -> float:
    return float(np.linalg.norm(rows[a] - rows[b]))


def test_tfidf_puts_texts_that_share_words_side_by_side() -> None:
    texts = ["the ball is in the goal", "a goal and a ball", "stocks and bonds fell", "bonds rose as stocks fell"] * 3

    rows = tfidf(texts)

    assert rows.dtype == np.float32
    assert rows.shape == (12, 11)
    assert distance(rows, 0, 1) < min(distance(rows, 0, 2), distance(rows, 0, 3))
    assert tfidf(texts).tobytes() == rows.tobytes()


def test_tfidf_keeps_256_directions() -> None:
    rng = np.random.default_rng(0)
    texts = [" ".join(f"word{number}" for number in rng.integers(400, size=12)) for _ in range(600)]

    assert tfidf(texts).shape == (600, 256)


@pytest.mark.parametrize("texts", [["a"] * 5, [""] * 5, ["?", "!", "x", "", "é"], ["alone"], []])
def test_tfidf_of_nearly_nothing_is_finite(texts: list[str]) -> None:
    rows = tfidf(texts)

    assert len(rows) == len(texts)
    assert np.isfinite(rows).all()


def test_an_unreadable_text_is_a_row_of_nan() -> None:
    rows = tfidf(["one two", None, "two one", "one two three", "three"])

    assert np.isnan(rows).all(axis=1).tolist() == [False, True, False, False, False]


def test_hog_tells_directions_and_colours_apart() -> None:
    pictures = [
        stripes(across=True),
        stripes(across=True),
        stripes(across=False),
        stripes(across=True, colour=(255, 0, 0)),
    ]

    rows = hog(pictures)

    assert (rows.dtype, rows.shape) == (np.float32, (4, 964))
    assert distance(rows, 0, 1) == 0
    assert distance(rows[:, :900], 0, 2) > 2 * distance(rows[:, :900], 0, 3)
    assert distance(rows[:, 900:], 0, 3) > distance(rows[:, 900:], 0, 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I;16"])
def test_hog_takes_pictures_of_one_pixel_in_every_mode(mode: str) -> None:
    rows = hog([Image.new(mode, (1, 1)), None])

    assert np.isfinite(rows[0]).all()
    assert np.isnan(rows[1]).all()


def test_hog_of_an_upright_edge_counts_one_direction() -> None:
    pixels = np.zeros((48, 48), dtype=np.uint8)
    pixels[:, 24:] = 255

    cells = hog([Image.fromarray(pixels)])[0, :900].reshape(5, 5, 4, 9)

    assert cells[..., 1:].sum() == 0
    assert cells[2, 2, :, 0] == pytest.approx(np.full(4, np.sqrt(8 / 2 / (16 + 0.1))))


def test_mel_tells_tones_apart_but_not_loud_from_soft_beyond_the_first() -> None:
    loud, rate = tone(440)

    rows = mel([(loud, rate), (loud // 2, rate), tone(1500)])

    assert (rows.dtype, rows.shape) == (np.float32, (3, 180))
    assert distance(rows, 0, 1) < distance(rows, 0, 2) / 2


def test_mel_bands_rise_to_half_the_rate() -> None:
    bands = _bands(256, RATE)

    assert bands.shape == (26, 129)
    assert (bands >= 0).all()
    assert (bands <= 1).all()
    assert (np.diff(bands[3:].argmax(axis=1)) > 0).all()


def test_silent_ends_are_cut_away() -> None:
    sound, rate = tone(440)
    silence = np.zeros(RATE, dtype=np.int16)

    assert len(_cepstra(sound, rate)) == 47  # (4,000 - 256) / 80 + 1
    assert len(_cepstra(np.concatenate([silence, sound, silence]), rate)) == pytest.approx(47, abs=6)


@pytest.mark.parametrize("length", [0, 1, 300])
def test_mel_of_nearly_nothing_is_finite(length: int) -> None:
    assert np.isfinite(mel([(np.zeros(length, dtype=np.int16), RATE)])).all()


def test_an_unreadable_sound_is_a_row_of_nan() -> None:
    assert np.isnan(mel([None, tone(440)])).all(axis=1).tolist() == [True, False]


def test_no_objects_make_no_rows() -> None:
    assert (hog([]).shape, mel([]).shape) == ((0, 964), (0, 180))
