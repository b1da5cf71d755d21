"""Polylines: closeness falls with the mean distance from one to the other, there and back, whatever their direction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labeling.consolidation.shapes import Drawn, Geometry, pick_medoid
from labeling.consolidation.votes import FloatArray, IntArray

STEPS = 32  # points at equal steps that stand for a line, whatever its corners
FAR = 0.05  # of the picture's diagonal: lines that far apart have nothing in common
BLOCK = 64  # pairs measured at once: bounds the memory
FAR_FOR_LENGTH = 0.5  # of the shorter line: a short line is not close to all that is near it


def measure_length(points: FloatArray) -> float:
    """Length of a polyline in pixels."""
    return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def resample_line(points: FloatArray, steps: int = STEPS) -> FloatArray:
    """Points at equal steps along a polyline, both ends among them: (steps, 2)."""
    along = np.concatenate([[0.0], np.linalg.norm(np.diff(points, axis=0), axis=1).cumsum()])
    wanted = np.linspace(0.0, along[-1], steps)
    return np.column_stack([np.interp(wanted, along, points[:, axis]) for axis in (0, 1)])


def mean_distances(points: FloatArray, lines: FloatArray) -> FloatArray:
    """Mean distance of the points of each row to the nearest place of the row's line: (P, S, 2) twice → (P,)."""
    x, y = np.moveaxis(points[:, :, None], 3, 0)
    from_x, from_y = np.moveaxis(lines[:, None, :-1], 3, 0)
    way_x, way_y = np.moveaxis(np.diff(lines, axis=1)[:, None], 3, 0)
    away_x, away_y = x - from_x, y - from_y
    share = (away_x * way_x + away_y * way_y) / np.maximum(way_x**2 + way_y**2, 1e-12)
    share = np.clip(share, 0.0, 1.0)
    squares = (away_x - share * way_x) ** 2 + (away_y - share * way_y) ** 2
    return np.asarray(np.sqrt(squares.min(axis=2)).mean(axis=1))


def compare_lines(drawn: Drawn, pairs: IntArray) -> FloatArray:
    """Closeness of pairs of polylines: (P,)."""
    used, rows = np.unique(pairs, return_inverse=True)
    sampled = np.array([resample_line(drawn.points[place]) for place in used]).reshape(-1, STEPS, 2)
    lengths = np.array([measure_length(drawn.points[place]) for place in used])
    rows = rows.reshape(-1, 2)
    apart = np.zeros(len(pairs))
    for first in range(0, len(pairs), BLOCK):
        one, other = (sampled[side] for side in rows[first : first + BLOCK].T)
        apart[first : first + BLOCK] = (mean_distances(one, other) + mean_distances(other, one)) / 2
    far = np.minimum(FAR * drawn.diagonal, FAR_FOR_LENGTH * lengths[rows].min(axis=1, initial=np.inf))
    return np.asarray(np.maximum(1 - apart / np.maximum(far, 1e-9), 0.0))


def middle_line(shapes: Sequence[FloatArray], diagonal: float) -> FloatArray:
    """The medoid: a line that a person drew, with its own corners."""
    return pick_medoid(shapes, POLYLINES, diagonal)


POLYLINES = Geometry(compare_lines, middle_line, least=0.3, margin=FAR)
