"""Shapes and regions of a size that hardly any other of their category has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.validation.findings import AREAS, Hit, Kind, Labelled, Rule, robust_z, severity_of
from labeling.validation.geometry import area_of, mask_problem, sound_shapes
from labeling.validation.outlines import crossings_of

FEWEST = 10  # of a category in a job, under which no size is usual
TINY = 4.0  # square pixels: less is a slip of the hand
WHOLE = 0.95  # of a picture: more is all of it,
HALF = 0.5  # which is odd where the category's median is less than this
SURE = 0.5  # severity of what passes one of these bounds


@dataclass(frozen=True, eq=False)
class Sizes:
    """Every shape, or region of a category in a mask, of a job."""

    rows: np.ndarray  # int (S,)
    places: np.ndarray  # int (S,): the shape's, from 1; 0 of a mask's region
    categories: np.ndarray  # int (S,)
    areas: np.ndarray  # float (S,), square pixels
    shares: np.ndarray  # float (S,), of the picture; NaN where its size is not known
    spreads: np.ndarray  # float (S,): how far from the usual, in robust spreads of the logarithm


def sizes_of(job: Labelled) -> Sizes:
    """Return the sizes of a job, measured once."""
    found: Sizes = job.once("sizes", measure_sizes)
    return found


def measure_sizes(job: Labelled) -> Sizes:
    """Measure areas against those of their category, as shares of the picture where all pictures' sizes are known."""
    entries = list(_regions(job) if job.kind == Kind.MASKS else _shapes(job))
    table = np.array(entries, dtype=np.float64).reshape(-1, 5)
    rows, places, categories = (table[:, column].astype(int) for column in range(3))
    areas, shares = table[:, 3], table[:, 3] / np.where(table[:, 4] > 0, table[:, 4], np.nan)
    logs = np.log(areas if np.isnan(shares).any() else shares)
    spreads = np.zeros(len(table))
    for category in np.unique(categories):
        own = categories == category
        if own.sum() >= FEWEST:
            spreads[own] = robust_z(logs[own])
    return Sizes(rows, places, categories, areas, shares, spreads)


def _shapes(job: Labelled) -> Iterator[tuple[float, ...]]:
    crossed = crossings_of(job) if job.kind == Kind.POLYGONS else {}  # whose areas nobody knows
    for drawn in sound_shapes(job):
        width, height = job.picture(drawn.row)
        if (drawn.row, drawn.place) not in crossed:
            yield drawn.row, drawn.place, drawn.category, area_of(job.kind, drawn.points), width * height


def _regions(job: Labelled) -> Iterator[tuple[float, ...]]:
    for row, mask in enumerate(job.labels):
        if mask is None or mask_problem(job, row, mask):
            continue
        counts = np.sum([np.bincount(line, minlength=256) for line in mask.ids], axis=0)  # at once: 8 bytes a pixel
        for number in np.flatnonzero(counts[1:]).tolist():
            yield row, 0, int(mask.categories[number]), float(counts[number + 1]), mask.ids.size


def find_tiny(job: Labelled) -> Iterator[Hit]:
    """Yield what is far smaller than others of its category, or than TINY."""
    sizes = sizes_of(job)
    for place, spreads in enumerate(sizes.spreads.tolist()):
        bound = SURE if sizes.areas[place] < TINY else 0.0
        if (severity := max(severity_of(-spreads), bound)) > 0:
            yield Hit(int(sizes.rows[place]), severity, _values(job, sizes, place))


def find_huge(job: Labelled) -> Iterator[Hit]:
    """Yield what is far larger than others of its category, or all of its picture where they are not."""
    sizes = sizes_of(job)
    whole = (sizes.shares > WHOLE) & (_medians(sizes) < HALF)
    for place, spreads in enumerate(sizes.spreads.tolist()):
        if (severity := max(severity_of(spreads), SURE if whole[place] else 0.0)) > 0:
            yield Hit(int(sizes.rows[place]), severity, _values(job, sizes, place))


def _medians(sizes: Sizes) -> np.ndarray:
    """Return float (S,): the median share of each one's category; 1 where it is of too few."""
    medians = np.ones(len(sizes.rows))
    for category in np.unique(sizes.categories):
        own = (sizes.categories == category) & np.isfinite(sizes.shares)
        if own.sum() >= FEWEST:
            medians[own] = np.median(sizes.shares[own])
    return medians


def _values(job: Labelled, sizes: Sizes, place: int) -> dict[str, Any]:
    own = sizes.areas[sizes.categories == sizes.categories[place]]
    values = {
        "category": job.categories[int(sizes.categories[place])],
        "area": round(float(sizes.areas[place]), 1),
        "usual": round(float(np.median(own)), 1),
    }
    shape = int(sizes.places[place])
    return {"what": "shape", "shape": shape, **values} if shape else {"what": "region", **values}


SENTENCES = {
    "shape": "Shape %(shape)s (“%(category)s”) covers %(area)s square pixels; %(usual)s are usual.",
    "region": "“%(category)s” covers %(area)s square pixels; %(usual)s are usual.",
}
TINY_RULE = Rule("tiny", "Far smaller than usual", AREAS, find_tiny, SENTENCES)
HUGE_RULE = Rule("huge", "Far larger than usual", AREAS, find_huge, SENTENCES)
