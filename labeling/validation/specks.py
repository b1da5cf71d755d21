"""Masks with specks, far from what they belong to, and with small holes: slips of a brush."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from labeling.validation.findings import Hit, Kind, Labelled, Rule
from labeling.validation.geometry import mask_problem

SMALL = 0.01  # of the usual region of a category in this job: what is smaller is a speck, or a hole by mistake,
ALWAYS = 4  # pixels: and what has so few,
OWN = 0.1  # where it is at most this share of the largest region in its own mask


@dataclass(frozen=True)
class Parts:
    """The regions of a job's masks: the usual one of each category, and small ones and holes beside larger ones.

    Each of the lists: row, category, area in pixels.
    """

    usual: dict[int, float]
    small: list[tuple[int, int, int]] = field(default_factory=list)
    holes: list[tuple[int, int, int]] = field(default_factory=list)


def find_specks(job: Labelled) -> Iterator[Hit]:
    """Yield small regions apart from a far larger one of their category. Severity: the smaller, the nearer to 1."""
    parts: Parts = job.once("parts", find_parts)
    yield from _hits(job, parts, parts.small, "speck")


def find_holes(job: Labelled) -> Iterator[Hit]:
    """Yield small places of nothing inside a region. Severity: the smaller, the nearer to 1."""
    parts: Parts = job.once("parts", find_parts)
    yield from _hits(job, parts, parts.holes, "hole")


def _hits(job: Labelled, parts: Parts, found: list[tuple[int, int, int]], what: str) -> Iterator[Hit]:
    for row, category, area in found:
        limit = max(ALWAYS, SMALL * parts.usual[category])
        if area <= limit:
            values = {"what": what, "category": job.categories[category], "area": area}
            yield Hit(row, 1 - area / (limit + 1), values)


def find_parts(job: Labelled) -> Parts:
    """Look once at each mask of a job; a mask that cannot be read is passed over."""
    largest: dict[int, list[int]] = {}
    parts = Parts({})
    for row, mask in enumerate(job.labels):
        if mask is None or mask_problem(job, row, mask):
            continue
        for number, crop in _crops(mask.ids):
            category = int(mask.categories[number - 1])
            areas, holes = measure_parts(crop, number)
            most = int(areas.max())
            largest.setdefault(category, []).append(most)
            parts.small.extend((row, category, int(area)) for area in areas[areas <= OWN * most])
            parts.holes.extend((row, category, int(area)) for area in holes[holes <= OWN * most])
    parts.usual.update({category: float(np.median(areas)) for category, areas in largest.items()})
    return parts


def _crops(ids: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """Yield each number that a mask has, from 1, and the part of the mask that just holds it."""
    from scipy.ndimage import find_objects  # loads for a while, and few jobs have masks

    for number, place in enumerate(find_objects(ids), start=1):
        if place is not None:
            yield number, ids[place]


def measure_parts(crop: np.ndarray, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the areas of the regions of one number, joined at corners too, and of the holes in them.

    crop: the part of a mask that just holds the number. A hole is a place of nothing with only this number round it,
    joined at sides: what another region fills is none. Takes some 30 bytes a pixel.
    """
    from scipy.ndimage import label as label_parts  # as above

    regions, _ = label_parts(crop == number, structure=np.ones((3, 3)))
    gaps, count = label_parts(np.pad(crop == 0, 1, constant_values=False))
    return np.bincount(regions.ravel())[1:], _closed(np.pad(crop, 1, mode="edge"), gaps, count, number)


def _closed(crop: np.ndarray, gaps: np.ndarray, count: int, number: int) -> np.ndarray:
    """Return the areas of the gaps, numbered from 1, that reach no edge and have only one number round them."""
    open_ones = np.zeros(count + 1, dtype=bool)
    open_ones[0] = True
    inner = gaps[1:-1, 1:-1]
    for edge in (inner[0], inner[-1], inner[:, 0], inner[:, -1]):
        open_ones[edge] = True
    foreign = (crop != 0) & (crop != number)
    for shift in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        open_ones[gaps[np.roll(foreign, shift, axis=(0, 1))]] = True
    return np.bincount(gaps.ravel(), minlength=count + 1)[~open_ones]


SPECKS = Rule(
    name="speck",
    title="Specks",
    kinds=frozenset({Kind.MASKS}),
    find=find_specks,
    sentences={"speck": "A speck of “%(category)s”, %(area)s pixels, lies apart from the rest."},
)
HOLES = Rule(
    name="hole",
    title="Holes",
    kinds=frozenset({Kind.MASKS}),
    find=find_holes,
    sentences={"hole": "A hole of %(area)s pixels is in “%(category)s”."},
)
