import struct
import zlib
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from labeling.consolidation import mask_files
from labeling.consolidation.mask_files import color_of, is_color, load_mask, read_ids, read_size, write_ids

RED, GREEN = "#ff0000", "#2acf59"
NUMBERS = {RED: 1, GREEN: 2}
IDS = np.array([[0, 1, 2, 2], [0, 0, 1, 1], [2, 2, 0, 1]], dtype=np.uint8)
RGBA = np.array([[255, 255, 255, 255], [255, 0, 0, 255], [42, 207, 89, 255]], dtype=np.uint8)[IDS]


def png(pixels, mode=None, **options):
    out = BytesIO()
    picture = Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(out, "PNG", **options)
    return out.getvalue()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def header(width, height, depth=8, kind=6):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))


def test_what_is_written_is_read_again():
    data = write_ids(IDS, [RED, GREEN])

    assert read_size(data) == (4, 3)
    assert read_ids(data, NUMBERS).tolist() == IDS.tolist()


def test_a_written_mask_has_a_palette_whose_places_are_the_numbers_and_white_for_nothing():
    with Image.open(BytesIO(write_ids(IDS, [RED, GREEN]))) as picture:
        assert picture.mode == "P"
        assert picture.getpalette() == [255, 255, 255, 255, 0, 0, 42, 207, 89]
        assert np.asarray(picture).tolist() == IDS.tolist()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_are_read_in_any_form(mode):
    assert read_ids(png(RGBA, mode), NUMBERS).tolist() == IDS.tolist()


def test_a_palette_that_somebody_else_made_is_read_by_its_colours():
    picture = Image.fromarray(RGBA).convert("RGB").quantize(4)
    out = BytesIO()
    picture.save(out, "PNG")

    assert read_ids(out.getvalue(), NUMBERS).tolist() == IDS.tolist()


def test_grey_and_black_and_white_are_colours_too():
    grey = np.array([[0, 128, 255]], dtype=np.uint8)

    assert read_ids(png(grey), {"#808080": 7}).tolist() == [[0, 7, 0]]
    assert read_ids(png(grey > 0), {"#000000": 5}).tolist() == [[5, 0, 0]]


def test_unknown_colours_and_what_is_mostly_transparent_are_background():
    pixels = RGBA.copy()
    pixels[0, 1] = [254, 0, 0, 255]
    pixels[0, 2, 3] = 127
    pixels[0, 3, 3] = 128

    assert read_ids(png(pixels), NUMBERS)[0].tolist() == [0, 0, 0, 2]


def test_a_transparent_entry_of_a_palette_is_background():
    picture = Image.fromarray(IDS, "P")
    picture.putpalette([0, 0, 0, 255, 0, 0, 42, 207, 89])
    out = BytesIO()
    picture.save(out, "PNG", transparency=2)

    assert read_ids(out.getvalue(), {**NUMBERS, "#000000": 3}).tolist() == np.array([3, 1, 0])[IDS].tolist()


def test_rows_are_read_in_parts_without_a_seam():
    random = np.random.default_rng(0)
    ids = random.integers(0, 3, (mask_files._ROWS * 2 + 5, 3)).astype(np.uint8)
    rgb = np.array([[255, 255, 255], [255, 0, 0], [42, 207, 89]], dtype=np.uint8)[ids]

    assert (read_ids(png(rgb), NUMBERS) == ids).all()


def test_the_first_255_canonical_colours_differ_and_none_is_white():
    colors = [color_of(number) for number in range(255)]

    assert colors[:3] == ["#ca2121", "#43d06c", "#a670cd"]
    assert len(set(colors)) == 255
    assert "#ffffff" not in colors
    assert all(map(is_color, colors))


@pytest.mark.parametrize("text", ["2acf59", "#2acf5", "#2acf5g", "#2acf59 ", "red", None, 3, ["#2acf59"]])
def test_what_is_no_colour(text):
    assert not is_color(text)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(60),
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        png(RGBA)[:-30],
        png(RGBA).replace(b"IDAT", b"IDAX"),
        png(np.zeros((2, 2), dtype=np.uint16)),
        b"\x89PNG\r\n\x1a\n" + header(4, 3) + chunk(b"IDAT", b"not deflated") + chunk(b"IEND", b""),
    ],
    ids=["empty", "gif", "no header", "cut off", "no pixels", "16 bits", "no deflate"],
)
def test_what_is_no_mask_raises_a_sentence(data):
    with pytest.raises(ValueError, match=r"^This .* (PNG file|damaged|colour)\.?"):
        read_ids(data, NUMBERS)


def test_a_bomb_is_refused_by_its_header_before_anything_is_decoded():
    bomb = b"\x89PNG\r\n\x1a\n" + header(60_000, 60_000) + chunk(b"IDAT", zlib.compress(bytes(10**6)))

    with pytest.raises(ValueError, match="more than 100,000,000 pixels"):
        load_mask(bomb)


def test_a_second_header_with_another_size_is_refused():
    body = zlib.compress(bytes(3 * (1 + 4 * 4)))
    data = b"\x89PNG\r\n\x1a\n" + header(4, 3) + header(9_000, 9_000) + chunk(b"IDAT", body) + chunk(b"IEND", b"")

    with pytest.raises(ValueError, match="two sizes"):
        load_mask(data)


def test_damage_of_any_kind_is_a_value_error_and_no_other():
    random = np.random.default_rng(1)
    good = np.frombuffer(png(RGBA), dtype=np.uint8)
    for _ in range(150):
        bad = good.copy()
        bad[random.integers(33, len(good), 3)] = random.integers(0, 256, 3)
        with suppress(ValueError):
            assert read_ids(bad.tobytes(), NUMBERS).shape == (3, 4)
