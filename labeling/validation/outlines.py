"""Outlines that cross themselves: a corner was set or dragged to the wrong side."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labeling.validation.findings import Hit, Kind, Labelled, Rule
from labeling.validation.geometry import sound_shapes

MOST_PAIRS = 4_000_000  # of sides of an outline that are compared; those of the leftmost sides first
PART = 500_000  # of them at once


def find_crossing(job: Labelled) -> Iterator[Hit]:
    """Yield outlines of which two sides cross. Severity: c / (c + 1) of c crossings, .5 for the first."""
    categories = {(drawn.row, drawn.place): drawn.category for drawn in sound_shapes(job)}
    for (row, place), times in crossings_of(job).items():
        values = {"shape": place, "category": job.categories[categories[row, place]], "times": times}
        yield Hit(row, times / (times + 1), {"what": "crossing", **values})


def crossings_of(job: Labelled) -> dict[tuple[int, int], int]:
    """Return how often each outline that crosses itself does, by row and place, counted once."""
    found: dict[tuple[int, int], int] = job.once("crossings", _count_all)
    return found


def _count_all(job: Labelled) -> dict[tuple[int, int], int]:
    counts = {(drawn.row, drawn.place): count_crossings(drawn.points) for drawn in sound_shapes(job)}
    return {shape: times for shape, times in counts.items() if times}


def count_crossings(points: np.ndarray) -> int:
    """Return how many pairs of sides of a closed outline (k, 2) cross; sides that only touch do not.

    Sides whose extents along x overlap are compared (a sweep, without a tree of what is open): of an outline of many
    short sides few of all pairs. Of more than MOST_PAIRS the rest is not looked at.
    """
    ends = np.roll(points, -1, axis=0)
    left, right = np.minimum(points[:, 0], ends[:, 0]), np.maximum(points[:, 0], ends[:, 0])
    order = np.argsort(left, kind="stable")
    last = np.searchsorted(left[order], right[order], side="right")  # the first that begins beyond each one's end
    counts = np.maximum(last - np.arange(len(order)) - 1, 0)
    total = np.cumsum(counts)
    found, begun = 0, 0
    while begun < len(order) and (begun == 0 or total[begun - 1] < MOST_PAIRS):
        base = total[begun - 1] if begun else 0
        until = max(begun + 1, int(np.searchsorted(total, base + PART, side="right")))
        first = np.repeat(np.arange(begun, until), counts[begun:until])
        offset = np.arange(len(first)) - np.repeat(total[begun:until] - counts[begun:until] - base, counts[begun:until])
        found += _crossing(points, ends, order[first], order[first + 1 + offset])
        begun = until
    return found


def _crossing(points: np.ndarray, ends: np.ndarray, one: np.ndarray, other: np.ndarray) -> int:
    """Return how many of these pairs of sides have each other's ends strictly on both sides."""
    a, b, c, d = points[one], ends[one], points[other], ends[other]
    apart = _side(a, b, c) * _side(a, b, d) < 0
    return int((apart & (_side(c, d, a) * _side(c, d, b) < 0)).sum())


def _side(start: np.ndarray, end: np.ndarray, point: np.ndarray) -> np.ndarray:
    """Return 1, 0 or -1: on which side of a line each point lies."""
    (x, y), (u, v) = (end - start).T, (point - start).T
    return np.sign(x * v - y * u)


CROSSING = Rule(
    name="crossing",
    title="Crosses itself",
    kinds=frozenset({Kind.POLYGONS}),
    find=find_crossing,
    sentences={"crossing": "The outline of shape %(shape)s (“%(category)s”) crosses itself (%(times)s ×)."},
)
