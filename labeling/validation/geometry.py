"""Shapes and masks as they are drawn: which are sound, and those that are not, or lie outside their picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.consolidation.polygons import measure_area
from labeling.validation.confident import is_number_of
from labeling.validation.findings import SHAPES, Hit, Kind, Labelled, Mask, Rule, split_parts

LEAST_POINTS = {Kind.BOXES: 2, Kind.POLYGONS: 3, Kind.LINES: 2, Kind.POINTS: 1}
MOST_POINTS = {Kind.BOXES: 2, Kind.POINTS: 1}
LEAST_AREA = 1e-9  # square pixels: less is none
FARTHEST = 1e7  # pixels: beyond it is no picture
SLACK = 0.5  # pixels that a shape may reach outside: a rounding


@dataclass(frozen=True, eq=False)
class Drawn:
    """One sound shape: finite, with enough points, an area where its kind has one, and a category of the job."""

    row: int
    place: int  # in its label, from 1
    category: int
    points: np.ndarray  # float (k, 2)

    def bounds(self) -> np.ndarray:
        """Return left, top, right and bottom."""
        return np.concatenate([self.points.min(axis=0), self.points.max(axis=0)])


def sound_shapes(job: Labelled) -> list[Drawn]:
    """Return the shapes that the other rules look at, found once."""
    found: list[Drawn] = job.once("shapes", _split)[0]
    return found


def _split(job: Labelled) -> Any:
    return split_parts(job, _read)


def _read(job: Labelled, row: int, place: int, shape: Any) -> Drawn | str:
    """Return a shape, or what is wrong with it."""
    try:
        category, points = shape
        points = np.asarray(points, dtype=np.float64)
    except (TypeError, ValueError):
        return "strange"
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < LEAST_POINTS[job.kind]:
        return "strange"
    if len(points) > MOST_POINTS.get(job.kind, len(points)):
        return "strange"
    if not is_number_of(category, job):
        return "category"
    if not (np.abs(points) < FARTHEST).all():  # NaN too
        return "nowhere"
    return "flat" if is_flat(job.kind, points) else Drawn(row, place, int(category), points)


def is_flat(kind: Kind, points: np.ndarray) -> bool:
    """Tell whether a box has no area or its corners are swapped, or all corners of an outline lie on one line.

    An outline that crosses itself has an area, though its sides' signed sum may be nothing.
    """
    away = points - points[0]
    if kind == Kind.BOXES:
        return bool((away[1] <= 0).any() or away[1].prod() <= LEAST_AREA)
    if kind != Kind.POLYGONS:
        return False
    along = away[np.linalg.norm(away, axis=1).argmax()]
    return bool(np.abs(away[:, 0] * along[1] - away[:, 1] * along[0]).max() <= LEAST_AREA)


def area_of(kind: Kind, points: np.ndarray) -> float:
    """Return the area of a sound box, or of an outline that does not cross itself, in square pixels."""
    return measure_area(points) if kind == Kind.POLYGONS else float((points[1] - points[0]).prod())


def find_broken(job: Labelled) -> Iterator[Hit]:
    """Yield what is no shape or mask at all. Severity 1: nobody can have meant it."""
    if job.kind == Kind.MASKS:
        for row, mask in enumerate(job.labels):
            if mask is not None and (what := mask_problem(job, row, mask)):
                yield Hit(row, 1.0, {"what": what})
        return
    for row, place, what in job.once("shapes", _split)[1]:
        yield Hit(row, 1.0, {"what": what, "shape": place} if place else {"what": what})


def mask_problem(job: Labelled, row: int, mask: Any) -> str:
    """Return what is wrong with a mask, by name; "" where it can be looked at."""
    if not isinstance(mask, Mask) or mask.ids.ndim != 2 or not mask.ids.size or mask.ids.dtype != np.uint8:
        return "unreadable"
    most = int(mask.ids.max())
    if most > len(mask.categories) or not all(is_number_of(number, job) for number in mask.categories):
        return "no category"
    width, height = job.picture(row)
    return "other size" if width and mask.ids.shape != (height, width) else ""


def find_outside(job: Labelled) -> Iterator[Hit]:
    """Yield shapes that reach outside their picture. Severity: the share of the bounds that lies outside."""
    for drawn in sound_shapes(job):
        size = np.array(job.picture(drawn.row))
        if size.all() and (share := share_outside(drawn.bounds(), size)) > 0:
            category = job.categories[drawn.category]
            values = {"shape": drawn.place, "category": category, "percent": max(1, round(share * 100))}
            yield Hit(drawn.row, share, {"what": "outside", **values})


def share_outside(bounds: np.ndarray, size: np.ndarray) -> float:
    """Return the share of bounds (left, top, right, bottom) outside a picture (width, height), 0 within SLACK.

    A side of no length, as of a point, is all in or all out.
    """
    near, far = bounds[:2], bounds[2:]
    over = np.where(near < -SLACK, -near, 0.0) + np.where(far > size + SLACK, far - size, 0.0)
    length = far - near
    share = np.divide(np.minimum(over, length), length, out=(over > 0).astype(float), where=length > 0)
    return float(1 - (1 - share).prod())


BROKEN = Rule(
    name="broken",
    title="No shape at all",
    kinds=SHAPES | {Kind.MASKS},
    find=find_broken,
    sentences={
        "strange": "Shape %(shape)s does not have the points that such a shape has.",
        "category": "Shape %(shape)s has no category of this job.",
        "nowhere": "Shape %(shape)s has a coordinate that is no place in a picture.",
        "flat": "Shape %(shape)s covers no area.",
        "unreadable": "The label cannot be read.",
        "no category": "Part of the mask has no category of this job.",
        "other size": "The mask has another size than the picture.",
    },
)
OUTSIDE = Rule(
    name="outside",
    title="Outside the picture",
    kinds=SHAPES,
    find=find_outside,
    sentences={"outside": "Shape %(shape)s (“%(category)s”) lies outside the picture by %(percent)s %%."},
    threshold=0.02,
    needs_sizes=True,
)
