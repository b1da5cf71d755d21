"""Specks and holes in masks."""

from __future__ import annotations

import numpy as np

from labeling.validation.findings import Kind, Mask
from labeling.validation.specks import HOLES, SPECKS, measure_parts
from tests.labeling.validation.jobs import shapes_job, told


def block(number: int = 1) -> np.ndarray:
    """Return a mask of 80 × 100 with a region of 1,200 pixels."""
    ids = np.zeros((80, 100), np.uint8)
    ids[10:40, 10:50] = number
    return ids


def job(*masks: np.ndarray):
    return shapes_job(Kind.MASKS, *(Mask(ids, range(5)) for ids in masks))


def test_a_speck_apart_is_found_the_smallest_first() -> None:
    one, two = block(), block()
    one[60, 60], one[70, 60:64] = 1, 1
    two[60:63, 60:64] = 1  # the limit is 12 pixels, a hundredth of the usual

    assert told(SPECKS, job(block(), one, two)) == [
        (1, 0.923, "A speck of “ant”, 1 pixels, lies apart from the rest."),
        (2, 0.077, "A speck of “ant”, 12 pixels, lies apart from the rest."),
    ]


def test_small_things_of_a_category_that_is_small_are_no_specks() -> None:
    ids = np.zeros((80, 100), np.uint8)
    ids[::20, ::20] = 1
    ids[0, 0:5] = 1

    assert told(SPECKS, job(ids, ids)) == []


def test_a_single_thing_of_its_own_is_no_speck_of_another() -> None:
    ids = block()
    ids[60, 60] = 2

    assert told(SPECKS, shapes_job(Kind.MASKS, Mask(ids, [0, 0]))) == []


def test_a_small_hole_is_found() -> None:
    ids = block()
    ids[20, 20:22] = 0

    assert told(HOLES, job(ids, block())) == [(0, 0.846, "A hole of 2 pixels is in “ant”.")]


def test_a_large_hole_is_meant() -> None:
    ids = block()
    ids[15:35, 15:45] = 0

    assert told(HOLES, job(ids)) == []


def test_what_another_category_fills_or_borders_is_no_hole() -> None:
    filled, bordered, notch = block(), block(), block()
    filled[20, 20] = 2
    bordered[20, 20], bordered[20, 21] = 0, 2
    notch[10, 20] = 0  # at the edge of the region

    assert told(HOLES, job(filled, bordered, notch)) == []


def test_regions_join_at_corners_and_holes_do_not() -> None:
    ring = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.uint8)

    areas, holes = measure_parts(ring, 1)

    assert areas.tolist() == [4]
    assert holes.tolist() == [1]


def test_a_region_that_fills_its_picture_has_its_holes_found() -> None:
    ids = np.ones((80, 100), np.uint8)
    ids[0, 0] = ids[40, 40] = 0

    assert told(HOLES, job(ids)) == [(0, 0.988, "A hole of 1 pixels is in “ant”.")]
