"""Colours and edges of a picture cell by cell: what the base installation sees of where things are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PIL import Image

from labeling.autolabel.grids import HEAD, pack

SIDE, CELL = 28, 4  # cells a side, pixels a cell
HUES, EDGES = 6, 4
CHANNELS = 3 + HUES + 1 + EDGES
COARSER = (1, 2, 4)  # cells of the finest grid that make one of each grid, a side
TOGETHER = 32  # pictures

WIDTH = HEAD + sum((SIDE // own) ** 2 for own in COARSER) * CHANNELS


def encode(pictures: Sequence[Image.Image | None]) -> np.ndarray:
    """Return float16 [n, 14418]: 29 kB a picture. NaN for None."""
    return by_parts(pictures, WIDTH, _rows)


def by_parts(
    pictures: Sequence[Image.Image | None], width: int, rows_of: Callable[[Sequence[Image.Image]], np.ndarray]
) -> np.ndarray:
    """Return float16 [n, width], some pictures at a time, a row of NaN for None."""
    found = np.full((len(pictures), width), np.nan, dtype=np.float16)
    there = [(place, picture) for place, picture in enumerate(pictures) if picture is not None]
    for first in range(0, len(there), TOGETHER):
        some = there[first : first + TOGETHER]
        found[[place for place, _ in some]] = rows_of([picture for _, picture in some])
    return found


def _rows(pictures: Sequence[Image.Image]) -> np.ndarray:
    fine = np.stack([_channels(picture) for picture in pictures])
    return pack([_pool(fine, own) for own in COARSER], [picture.size for picture in pictures])


def _channels(picture: Image.Image) -> np.ndarray:
    """Return float32 [28, 28, 14]: mean colour, how much of each hue, spread of grey, strength of edges by way."""
    small = picture.convert("RGB").resize((SIDE * CELL, SIDE * CELL), Image.Resampling.BILINEAR)
    colours = np.asarray(small, dtype=np.float32) / 255
    hue, vivid, light = np.moveaxis(np.asarray(small.convert("HSV"), dtype=np.float32) / 256, 2, 0)
    grey = colours.mean(axis=2)
    down, across = np.gradient(grey)
    way = (np.arctan2(down, across) % np.pi / np.pi * EDGES).astype(int) % EDGES
    seen, strength = vivid * light, np.hypot(down, across)
    layers = [*np.moveaxis(colours, 2, 0)]
    layers += [seen * ((hue * HUES).astype(int) == number) for number in range(HUES)]
    layers += [grey**2] + [strength * (way == number) for number in range(EDGES)]
    found = _pool(np.stack(layers, axis=2)[None].astype(np.float32), CELL)[0]
    spread = found[..., 3 + HUES] - found[..., :3].mean(axis=2) ** 2
    found[..., 3 + HUES] = np.sqrt(np.maximum(spread, 0))
    return found


def _pool(level: np.ndarray, own: int) -> np.ndarray:
    """Return means over squares of `own` cells a side."""
    count, side, _, channels = level.shape
    parts = level.reshape(count, side // own, own, side // own, own, channels)
    return np.asarray(parts.mean(axis=(2, 4), dtype=np.float32))
