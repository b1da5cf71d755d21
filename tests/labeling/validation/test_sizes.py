"""Shapes and regions of an unusual size."""

from __future__ import annotations

import numpy as np

from labeling.validation.findings import Kind, Labelled, Mask
from labeling.validation.sizes import HUGE_RULE, TINY_RULE, measure_sizes
from tests.labeling.validation.jobs import NAMES, box, shapes_job, told


def usual(count: int = 20, seed: int = 0) -> list:
    """Return so many labels of a box each, 8 to 12 pixels a side."""
    sides = np.random.default_rng(seed).uniform(8, 12, (count, 2))
    return [[box(10, 10, 10 + width, 10 + height)] for width, height in sides.tolist()]


def test_what_is_far_smaller_or_larger_than_its_category_is_found() -> None:
    labels = [*usual(), [box(0, 0, 3, 2)], [box(0, 0, 60, 70)]]

    tiny, large = told(TINY_RULE, shapes_job(Kind.BOXES, *labels)), told(HUGE_RULE, shapes_job(Kind.BOXES, *labels))

    assert [row for row, _, _ in tiny] == [20]
    assert [row for row, _, _ in large] == [21]
    assert tiny[0][2].startswith("Shape 1 (“ant”) covers 6 square pixels; ")
    assert 0.5 < tiny[0][1] < 1


def test_each_category_has_sizes_of_its_own() -> None:
    large = [[box(0, 0, 50 + row % 5, 60, category=1)] for row in range(20)]

    assert told(HUGE_RULE, shapes_job(Kind.BOXES, *usual(), *large)) == []


def test_few_shapes_of_a_category_have_no_usual_size_but_less_than_four_pixels_is_tiny() -> None:
    labels = [[box(0, 0, 50, 50)], [box(0, 0, 10, 10)], [box(0, 0, 1.9, 2)]]

    assert told(TINY_RULE, shapes_job(Kind.BOXES, *labels)) == [
        (2, 0.5, "Shape 1 (“ant”) covers 3.8 square pixels; 100 are usual.")
    ]


def test_all_of_a_picture_is_huge_only_where_that_is_not_usual() -> None:
    rng = np.random.default_rng(0)
    various = [[box(0, 0, *rng.uniform(2, 75, 2))] for _ in range(30)]  # so various that a whole one is no outlier
    whole = [box(0, 0, 100, 80)]

    assert told(HUGE_RULE, shapes_job(Kind.BOXES, *various, whole))[0][:2] == (30, 0.5)
    assert told(HUGE_RULE, shapes_job(Kind.BOXES, *[whole] * 12)) == []
    assert told(HUGE_RULE, shapes_job(Kind.BOXES, whole)) == []


def test_sizes_count_as_shares_where_all_pictures_sizes_are_known() -> None:
    labels = [*usual(), [box(0, 0, 100, 100)]]
    sizes = np.array([(100.0, 80.0)] * 20 + [(1000.0, 800.0)])

    assert told(HUGE_RULE, Labelled(Kind.BOXES, labels, NAMES, sizes=sizes)) == []
    sizes[3] = 0
    assert [row for row, _, _ in told(HUGE_RULE, Labelled(Kind.BOXES, labels, NAMES, sizes=sizes))] == [20]


def test_sizes_are_told_in_whole_numbers_with_separators() -> None:
    labels = [*[[box(0, 0, 50, 67.99)]] * 20, [box(0, 0, 388.01, 200)]]

    assert [words for _, _, words in told(HUGE_RULE, shapes_job(Kind.BOXES, *labels))] == [
        "Shape 1 (“ant”) covers 77,602 square pixels; 3,400 are usual."
    ]


def test_outlines_that_cross_themselves_have_no_size() -> None:
    square, bow = [(0, 0), (4, 0), (4, 5), (0, 5)], [(0, 0), (4, 4), (4, 0), (0, 4)]

    sizes = measure_sizes(shapes_job(Kind.POLYGONS, [(0, square), (0, bow)]))

    assert sizes.areas.tolist() == [20.0]
    assert sizes.shares.tolist() == [20 / 8000]


def test_regions_of_masks_are_measured_by_category() -> None:
    labels = []
    for row in range(21):
        ids = np.zeros((80, 100), np.uint8)
        ids[:20, : 20 + row % 4] = 2
        labels.append(Mask(ids, range(5)))
    labels[7].ids[:] = 0
    labels[7].ids[0, :5] = 2

    assert told(TINY_RULE, shapes_job(Kind.MASKS, *labels))[0][2] == ("“bee” covers 5 square pixels; 420 are usual.")
