"""What encoders are given of an object's bytes."""

from __future__ import annotations

import wave
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from labeling.encoders import encode
from labeling.encoders.opening import open_item, open_sound


def wav(samples: np.ndarray, *, rate: int = 8000, channels: int = 1) -> bytes:
    out = BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(samples.dtype.itemsize)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def test_a_sound_is_its_samples_and_their_rate() -> None:
    found = open_sound(wav(np.array([1, -2, 30000], dtype="<i2"), rate=16000))

    assert found is not None
    assert (found[0].tolist(), found[0].dtype, found[1]) == ([1, -2, 30000], np.int16, 16000)


def test_channels_become_one_and_eight_bits_sixteen() -> None:
    stereo = open_sound(wav(np.array([10, 20, -4, 4], dtype="<i2"), channels=2))
    small = open_sound(wav(np.array([128, 255, 0], dtype=np.uint8)))

    assert stereo is not None
    assert small is not None
    assert stereo[0].tolist() == [15, 0]
    assert small[0].tolist() == [0, 127 * 256, -32768]


def test_a_long_sound_is_listened_to_for_a_minute() -> None:
    found = open_sound(wav(np.zeros(1000 * 61, dtype="<i2"), rate=1000))

    assert found is not None
    assert len(found[0]) == 60_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"RIFF",
        b"no sound",
        wav(np.zeros(0, dtype="<i2")),
        wav(np.zeros(9, dtype="<i2"), rate=10),
        wav(np.zeros(9, dtype="<i4")),
    ],
    ids=["empty", "cut off", "other", "silent", "slow", "32 bits"],
)
def test_what_is_no_sound_is_none(content: bytes) -> None:
    assert open_item("audio", content) is None


def test_each_kind_is_opened_as_its_encoders_want_it() -> None:
    out = BytesIO()
    Image.new("L", (3, 2)).save(out, "PNG")

    assert open_item("text", b"caf\xc3\xa9 \xff") == "café \ufffd"
    assert open_item("image", out.getvalue()).size == open_item("cells", out.getvalue()).size == (3, 2)
    assert [open_item(kind, None) for kind in ("text", "image", "audio")] == [None] * 3
    assert open_item("image", b"GIF89a") is None
    sound = wav((8000 * np.sin(np.arange(4000) / 5)).astype("<i2"))
    assert np.isfinite(encode("mel-1", [open_item("audio", sound)])).all()
