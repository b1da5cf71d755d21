"""Boxes turned about their middle: closeness is the area that two share of the area that they cover together.

A shape is the four corners (4, 2), clockwise on the screen from the one that is near before it is turned. A rectangle
is the same at four turns: at 180 degrees itself, at 90 and 270 with its width and height exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.shapes import Drawn, Geometry, pick_medoid
from labeling.consolidation.votes import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

BLOCK = 4_096  # pairs measured at once: bounds the memory
EDGE = 1e-9  # of a pair's size: a corner that near an edge lies on it
DIGITS = 6  # of a pixel or a degree that are read from corners


def turn_corners(left: float, top: float, width: float, height: float, degrees: float) -> FloatArray:
    """Return the corners (4, 2) of a box that is turned clockwise about its middle."""
    turn = np.deg2rad(degrees)
    cos, sin = np.cos(turn), np.sin(turn)
    away = np.array([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    return away @ np.array([(cos, sin), (-sin, cos)]) + (left + width / 2, top + height / 2)


def read_corners(points: FloatArray) -> FloatArray:
    """Return middle x and y, width, height and degrees clockwise (-180 to 180) of a box by its corners: (5,)."""
    along, down = points[1] - points[0], points[3] - points[0]
    degrees = np.rad2deg(np.arctan2(along[1], along[0]))
    return np.round([*points.mean(axis=0), np.hypot(*along), np.hypot(*down), degrees], DIGITS)


def share_area(drawn: Drawn, pairs: IntArray) -> FloatArray:
    """Intersection over union of pairs of turned boxes: (P,)."""
    corners = np.array(drawn.points, dtype=np.float64).reshape(-1, 4, 2)
    found = [np.empty(0)]
    for first in range(0, len(pairs), BLOCK):
        one, other = (corners[side] for side in pairs[first : first + BLOCK].T)
        shared = shared_areas(one, other)
        covered = measure_areas(one) + measure_areas(other) - shared
        found.append(np.divide(shared, covered, out=np.zeros(len(one)), where=covered > 0))
    return np.asarray(np.round(np.clip(np.concatenate(found), 0.0, 1.0), 9))  # the same both ways round


def measure_areas(corners: FloatArray) -> FloatArray:
    """Area inside each outline whose corners (P, k, 2) stand clockwise on the screen: (P,)."""
    x, y = np.moveaxis(corners - corners[:, :1], 2, 0)
    return np.asarray((x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1) / 2)


def shared_areas(one: FloatArray, other: FloatArray) -> FloatArray:
    """Area that pairs of convex outlines (P, 4, 2), clockwise on the screen, have in common: (P,).

    What they share is convex; its corners are those of either that lie in the other, and where edges cross.
    """
    middle = (one.mean(axis=1) + other.mean(axis=1))[:, None] / 2
    size = np.abs(np.concatenate([one, other], axis=1) - middle).max(axis=(1, 2), initial=0.0)[:, None, None]
    one, other = (np.asarray((corners - middle) / size) for corners in (one, other))
    crossings, is_crossing = cross_edges(one, other)
    points = np.concatenate([one, other, crossings], axis=1)
    is_corner = np.concatenate([lie_inside(one, other), lie_inside(other, one), is_crossing], axis=1)
    return measure_areas(sort_round(points, is_corner)) * size[:, 0, 0] ** 2


def share_ground(one: FloatArray, other: FloatArray) -> bool:
    """Whether two turned boxes (4, 2) have some ground in common: no side of either parts them."""
    for corners in (one, other):
        for way in (corners[1] - corners[0], corners[3] - corners[0]):
            mine, theirs = one @ way, other @ way
            if mine.max() <= theirs.min() or theirs.max() <= mine.min():
                return False
    return True


def lie_inside(points: FloatArray, corners: FloatArray) -> BoolArray:
    """Whether points (P, n, 2) lie in convex outlines (P, 4, 2), or on their edge: (P, n) bool."""
    edges = np.roll(corners, -1, axis=1) - corners
    away = points[:, :, None] - corners[:, None]
    return np.asarray((_cross(edges[:, None], away) >= -EDGE).all(axis=2))


def cross_edges(one: FloatArray, other: FloatArray) -> tuple[FloatArray, BoolArray]:
    """Return where each edge of one crosses each of the other, (P, 16, 2), and whether it does, (P, 16) bool."""
    ways, others = (np.roll(corners, -1, axis=1) - corners for corners in (one, other))
    apart = other[:, None] - one[:, :, None]
    slant = _cross(ways[:, :, None], others[:, None])
    is_slanted = np.abs(slant) > EDGE
    divisor = np.where(is_slanted, slant, 1.0)
    along = _cross(apart, others[:, None]) / divisor
    along_other = _cross(apart, ways[:, :, None]) / divisor
    met = is_slanted & (along >= 0) & (along <= 1) & (along_other >= 0) & (along_other <= 1)
    places = one[:, :, None] + along[..., None] * ways[:, :, None]
    return places.reshape(len(one), -1, 2), met.reshape(len(one), -1)


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])


def sort_round(points: FloatArray, is_corner: BoolArray) -> FloatArray:
    """Put the corners among points (P, n, 2) in order round their middle; in the others' place stands the first."""
    count = np.maximum(is_corner.sum(axis=1), 1)[:, None]
    middle = (points * is_corner[..., None]).sum(axis=1) / count
    x, y = np.moveaxis(points - middle[:, None], 2, 0)
    order = np.argsort(np.where(is_corner, np.arctan2(y, x), np.inf), axis=1)
    ordered = np.take_along_axis(points, order[..., None], axis=1)
    is_ordered = np.take_along_axis(is_corner, order, axis=1)
    return np.asarray(np.where(is_ordered[..., None], ordered, ordered[:, :1]))


def middle_box(shapes: Sequence[FloatArray], diagonal: float) -> FloatArray:
    """The median of middle, width, height and turn, each box read at the one of its four turns nearest the medoid's.

    It stands as most of the boxes were drawn: which side is the width may mean something. Whole pixels where all
    answers are whole; degrees to one decimal.
    """
    boxes = np.stack([read_corners(points) for points in shapes])
    about = read_corners(pick_medoid(shapes, TURNED_BOXES, diagonal))[4]
    quarters = np.round((boxes[:, 4] - about) / 90).astype(np.int64)
    sides = np.where((quarters % 2 == 1)[:, None], boxes[:, [3, 2]], boxes[:, [2, 3]])
    quarter = int(np.bincount(quarters % 4).argmax())
    width, height = np.median(sides, axis=0)[:: -1 if quarter % 2 else 1]
    degrees = about + 90 * quarter + np.median(boxes[:, 4] - about - 90 * quarters)
    x, y = np.median(boxes[:, :2], axis=0)
    told = np.column_stack([boxes[:, :2] - boxes[:, 2:4] / 2, boxes[:, 2:4]])
    is_whole = bool(np.abs(told - np.round(told)).max() < 2 * 10.0**-DIGITS)
    return _settle_box(np.array([x, y, width, height]), float(degrees), is_whole)


def _settle_box(middle: FloatArray, degrees: float, is_whole: bool) -> FloatArray:
    def settle(value: float) -> float:
        return float(np.floor(np.round(value, DIGITS) + 0.5) if is_whole else np.round(value, 3))

    x, y, *sides = middle.tolist()
    width, height = map(settle, sides)
    return turn_corners(settle(x - width / 2), settle(y - height / 2), width, height, round(degrees, 1))


TURNED_BOXES = Geometry(share_area, middle_box, least=0.35)  # as of upright boxes
