"""Masks as PNG files: read from what a stranger sent, written with a palette that says what each number is.

A mask in memory is `ids`: (height, width) uint8, 0 where there is nothing (the background), else a number from 1:
a category's or an instance's. Pure, as everything here: bytes in, arrays out.
"""

import colorsys
import re
import struct
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

IdArray = NDArray[np.uint8]

BACKGROUND = 0
WHITE = "#ffffff"
MOST_NUMBERS = 255  # of one mask, so that a palette and one byte hold them
MOST_PIXELS = 100_000_000
OPAQUE = 128  # alpha from here on is a colour, below it is nothing

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEX = re.compile(r"#[0-9a-f]{6}", re.IGNORECASE)
_GOLDEN_DEGREES = 137.508
_READ_AS_THEY_ARE = ("1", "L", "LA", "P", "RGB", "RGBA")
_ROWS = 256  # read at once, so that a picture never stands in memory as 64-bit indices


def color_of(number: int) -> str:
    """Return the canonical colour of a category or instance, by number from 0: the first 255 differ, none is white."""
    hue = number * _GOLDEN_DEGREES % 360 / 360
    red, green, blue = colorsys.hls_to_rgb(hue, 0.46 + (number % 4) * 0.08, 0.72 - (number % 3) * 0.12)
    return f"#{round(red * 255):02x}{round(green * 255):02x}{round(blue * 255):02x}"


def is_color(text: object) -> bool:
    """Whether this is a colour as `#rrggbb`."""
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height that a PNG's header claims, without reading on. Raises ValueError for no PNG."""
    if len(data) < 33 or data[:8] != _SIGNATURE or data[12:16] != b"IHDR":
        raise ValueError("This is no PNG file.")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def read_ids(data: bytes, numbers: Mapping[str, int]) -> IdArray:
    """Return the mask of a PNG: for each pixel the number of its colour.

    numbers: by colour as `#rrggbb`, each 1 to 255. Any other colour and what is mostly transparent is background.
    Raises ValueError for what `load_mask` refuses.
    """
    return _number_pixels(load_mask(data), numbers)


def stray_color(picture: Image.Image, colors: Iterable[str]) -> str:
    """Return a colour of a mask, as `#rrggbb`, that is neither one of `colors` nor white; "" where there is none.

    Such pixels would be read as background. What is mostly transparent has no colour.
    """
    known = np.zeros(1 << 24, dtype=np.bool_)
    known[[int(color[1:], 16) for color in (WHITE, *colors)]] = True
    if picture.mode == "P":
        used = np.flatnonzero(np.array(picture.histogram()[:256]))
        return _first_stray(_palette_rgba(picture)[0, used], known)
    for top in range(0, picture.height, _ROWS):
        rows = picture.crop((0, top, picture.width, min(top + _ROWS, picture.height)))
        if found := _first_stray(np.asarray(rows.convert("RGBA")), known):
            return found
    return ""


def _first_stray(rgba: NDArray[np.uint8], known: NDArray[np.bool_]) -> str:
    colors = _indices(rgba)
    stray = colors[~known[colors] & (rgba[..., 3] >= OPAQUE)]
    return f"#{stray[0]:06x}" if stray.size else ""


def load_mask(data: bytes) -> Image.Image:
    """Return a PNG read to its end. Raises ValueError for anything else, before it is decoded where it is too large."""
    width, height = read_size(data)
    if width * height > MOST_PIXELS:
        raise ValueError(f"This mask has more than {MOST_PIXELS:,} pixels.")
    try:
        picture = Image.open(BytesIO(data), formats=["PNG"])
        if picture.size != (width, height):  # a second header, further on
            raise ValueError("This PNG file says two sizes.")
        if picture.mode not in _READ_AS_THEY_ARE:
            raise ValueError("This PNG file has more than 8 bits a colour.")
        picture.load()
    except (OSError, SyntaxError, struct.error, Image.DecompressionBombError) as problem:
        raise ValueError("This PNG file is damaged.") from problem
    return picture


def _number_pixels(picture: Image.Image, numbers: Mapping[str, int]) -> IdArray:
    table = np.zeros(1 << 24, dtype=np.uint8)  # zero pages: only those of the colours are ever touched
    for color, number in numbers.items():
        table[int(color[1:], 16)] = number
    if picture.mode == "P":
        return _palette_numbers(picture, table)[np.asarray(picture)]
    ids = np.empty((picture.height, picture.width), dtype=np.uint8)
    for top in range(0, picture.height, _ROWS):
        rows = picture.crop((0, top, picture.width, min(top + _ROWS, picture.height)))
        ids[top : top + _ROWS] = _look_up(np.asarray(rows.convert("RGBA")), table)
    return ids


def _palette_numbers(picture: Image.Image, table: IdArray) -> IdArray:
    """Return the number of each of the 256 entries of a picture's palette."""
    return _look_up(_palette_rgba(picture), table)[0]


def _palette_rgba(picture: Image.Image) -> NDArray[np.uint8]:
    """Return the 256 entries of a picture's palette: (1, 256, 4)."""
    strip = Image.fromarray(np.arange(256, dtype=np.uint8)[None], "P")
    strip.putpalette((picture.getpalette() or []) + [255] * (768 - len(picture.getpalette() or [])))
    if "transparency" in picture.info:
        strip.info["transparency"] = picture.info["transparency"]
    return np.asarray(strip.convert("RGBA"))


def _indices(rgba: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the colours as numbers 0xrrggbb, without their alpha."""
    parts = rgba[..., :3].astype(np.int32)
    return parts[..., 0] << 16 | parts[..., 1] << 8 | parts[..., 2]


def _look_up(rgba: NDArray[np.uint8], table: IdArray) -> IdArray:
    found = table[_indices(rgba)]
    found[rgba[..., 3] < OPAQUE] = BACKGROUND
    return found


def write_ids(ids: IdArray, colors: Sequence[str]) -> bytes:
    """Return a mask as a PNG with a palette: white for the background, then `colors` for the numbers from 1."""
    picture = Image.fromarray(np.ascontiguousarray(ids), "P")
    palette = b"".join(bytes.fromhex(color[1:]) for color in (WHITE, *colors))
    picture.putpalette(palette)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
