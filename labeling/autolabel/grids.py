"""Pictures as grids of cells: how a row of features holds several grids, fine and coarse, and how they come apart.

A row is float16: a head that says the picture's size in pixels and the grids' sides and channels, then the grids one
after the other, each [side, side, channels]. All grids cover the whole picture, stretched to a square. A row of NaN
stands for a picture that cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

Grids = Callable[[np.ndarray], np.ndarray]  # rows of a job, int [b] → float16 [b, d]: read when wanted, part by part

UNIT = 1024  # sides are written as two digits to this base: a float16 is exact up to 2,048
LEVELS = 4
HEAD = 4 + 2 * LEVELS


@dataclass(frozen=True)
class Cells:
    """The cells of some pictures: of all grids, at the place of each cell of the finest."""

    features: np.ndarray  # float32 [b, side * side, d]
    sizes: np.ndarray  # int [b, 2]: width and height in pixels


def pack(levels: Sequence[np.ndarray], sizes: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return rows float16 [b, HEAD + …] of grids [b, side, side, channels], the finest first, of pictures so large."""
    head = np.zeros((len(sizes), HEAD), dtype=np.float16)
    if len(sizes):
        head[:, 0], head[:, 1] = np.divmod(np.array(sizes)[:, 0], UNIT)
        head[:, 2], head[:, 3] = np.divmod(np.array(sizes)[:, 1], UNIT)
    for place, level in enumerate(levels):
        head[:, 4 + 2 * place], head[:, 5 + 2 * place] = level.shape[1], level.shape[3]
    flat = [np.clip(level, -6e4, 6e4).astype(np.float16).reshape(len(level), -1) for level in levels]
    return np.concatenate([head, *flat], axis=1)


def unpack(rows: np.ndarray) -> Cells:
    """Take readable rows apart; each coarse grid's cells are spread evenly over the finest's."""
    head = rows[:, :HEAD].astype(np.int64)
    shapes = [(int(side), int(channels)) for side, channels in head[0, 4:].reshape(LEVELS, 2) if side]
    side, first, parts = shapes[0][0], HEAD, []
    for own, channels in shapes:
        end = first + own * own * channels
        level = rows[:, first:end].astype(np.float32).reshape(len(rows), own, own, channels)
        parts.append(stretch(level, side))
        first = end
    features = np.concatenate(parts, axis=3).reshape(len(rows), side * side, -1)
    sizes = np.stack([head[:, 0] * UNIT + head[:, 1], head[:, 2] * UNIT + head[:, 3]], axis=1)
    return Cells(features, sizes)


def stretch(level: np.ndarray, side: int) -> np.ndarray:
    """Return grids [b, own, own, c] at another side, in between by straight lines: [b, side, side, c]."""
    own = level.shape[1]
    if own == side:
        return level
    turn = _between(own, side)
    across = np.einsum("st,brtc->brsc", turn, level, optimize=True)
    return np.asarray(np.einsum("st,btrc->bsrc", turn, across, optimize=True))


def _between(own: int, side: int) -> np.ndarray:
    """Return float32 [side, own]: how much of each of `own` cells lies at each of `side` places."""
    at = np.clip((np.arange(side) + 0.5) * own / side - 0.5, 0, own - 1)
    low = np.minimum(at.astype(int), max(own - 2, 0))
    turn = np.zeros((side, own), dtype=np.float32)
    turn[np.arange(side), low] += 1 - (at - low)
    turn[np.arange(side), np.minimum(low + 1, own - 1)] += at - low
    return turn


def places(side: int) -> np.ndarray:
    """Return float32 [side * side, 5]: where each cell is, from -1 to 1 across and down, and their products."""
    at = (np.arange(side, dtype=np.float32) + 0.5) / side * 2 - 1
    down, across = (part.ravel() for part in np.meshgrid(at, at, indexing="ij"))
    return np.stack([across, down, across**2, down**2, across * down], axis=1)
