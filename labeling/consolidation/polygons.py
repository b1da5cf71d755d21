"""Polygons: closeness is the area that two share of the area that they cover together, counted on a raster.

A raster takes self-crossing outlines (even-odd), which exact clipping does not, and costs the same for any outline.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from labeling.consolidation.shapes import Drawn, Geometry, pick_medoid
from labeling.consolidation.votes import FloatArray, IntArray

RASTER = 128  # cells along the longer side of two polygons together: closeness to about .02
MOST_CORNERS = 2_000  # an outline of more is denser than the raster: every few corners do, and time stays bounded


def share_area(drawn: Drawn, pairs: IntArray) -> FloatArray:
    """Intersection over union of pairs of polygons: (P,)."""
    found = [share_raster(drawn.points[one], drawn.points[other]) for one, other in pairs.tolist()]
    return np.array(found, dtype=np.float64)


def share_raster(one: FloatArray, other: FloatArray) -> float:
    """Intersection over union of two polygons, drawn on a raster that just holds both."""
    both = np.concatenate([one, other])
    near = both.min(axis=0)
    span = both.max(axis=0) - near
    scale = RASTER / max(float(span.max()), 1e-9)
    size = tuple(int(side) + 1 for side in span * scale)
    a, b = (draw_polygon((thin_outline(points) - near) * scale, size) for points in (one, other))
    return np.count_nonzero(a & b) / np.count_nonzero(a | b)


def thin_outline(points: FloatArray) -> FloatArray:
    """Every so many of an outline's corners, that no more than MOST_CORNERS are left."""
    return points[:: -(-len(points) // MOST_CORNERS)]


def draw_polygon(points: FloatArray, size: tuple[int, ...]) -> IntArray:
    """Cells inside a polygon or on its outline: (height, width) bool."""
    picture = Image.new("L", (size[0], size[1]))
    ImageDraw.Draw(picture).polygon(points.ravel().tolist(), fill=1, outline=1)
    return np.asarray(picture, dtype=bool)


def measure_area(points: FloatArray) -> float:
    """Area inside an outline (k, 2) that does not cross itself, in square pixels."""
    x, y = (points - points[0]).T  # from near the outline, so that large coordinates cost no digits
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def middle_polygon(shapes: Sequence[FloatArray], diagonal: float) -> FloatArray:
    """The medoid: an outline that a person drew, never one with corners that nobody meant."""
    return pick_medoid(shapes, POLYGONS, diagonal)


POLYGONS = Geometry(share_area, middle_polygon, least=0.35)
