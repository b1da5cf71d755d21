"""Shapes that were drawn twice: two of one category in one place."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

import numpy as np

from labeling.consolidation.boxes import overlaps
from labeling.consolidation.polygons import share_raster
from labeling.validation.findings import Hit, Kind, Labelled, Rule
from labeling.validation.geometry import Drawn, sound_shapes

SAME = 0.9  # overlap (IoU) from which two shapes are one
BOUNDS = 0.8  # overlap of the bounds of two outlines that are worth comparing
PIXEL = 1.0  # apart: nearer points are one
PART = 500  # shapes compared with all others at once


def find_doubled(job: Labelled) -> Iterator[Hit]:
    """Yield each shape that repeats an earlier one of its category. Severity: how much the two overlap (IoU).

    Of points, 1 less a tenth of their distance, under PIXEL, in pixels.
    """
    ordered = sorted(sound_shapes(job), key=lambda drawn: (drawn.row, drawn.category, drawn.place))
    for _, group in groupby(ordered, key=lambda drawn: (drawn.row, drawn.category)):
        shapes = list(group)
        for first, second, closeness in _pairs(job.kind, shapes) if len(shapes) > 1 else ():
            one, other = shapes[first], shapes[second]
            values = {"shape": other.place, "other": one.place, "category": job.categories[one.category]}
            yield Hit(other.row, closeness, {"what": "doubled", **values})


def _pairs(kind: Kind, shapes: list[Drawn]) -> Iterator[tuple[int, int, float]]:
    """Yield an earlier shape, a later one and how close they are, from SAME on."""
    bounds = np.stack([shape.bounds() for shape in shapes])
    for start in range(0, len(shapes), PART):
        close = _closeness(kind, bounds[start : start + PART, None], bounds[None])
        for row, second in np.argwhere(close >= (BOUNDS if kind == Kind.POLYGONS else SAME)).tolist():
            if (first := start + row) >= second:
                continue
            exact = float(close[row, second])
            if kind == Kind.POLYGONS:
                exact = share_raster(shapes[first].points, shapes[second].points)
            if exact >= SAME:
                yield first, second, exact


def _closeness(kind: Kind, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    if kind != Kind.POINTS:
        return overlaps(one, other)[0]
    apart = np.linalg.norm(one[..., :2] - other[..., :2], axis=-1)
    return np.asarray(np.where(apart < PIXEL, 1 - (1 - SAME) * apart, 0.0))


DOUBLED = Rule(
    name="doubled",
    title="Drawn twice",
    kinds=frozenset({Kind.BOXES, Kind.POLYGONS, Kind.POINTS}),
    find=find_doubled,
    sentences={"doubled": "Shapes %(other)s and %(shape)s (“%(category)s”) are in one place."},
    threshold=SAME,
)
