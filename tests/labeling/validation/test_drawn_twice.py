"""Shapes drawn twice, and outlines that cross themselves."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation import outlines
from labeling.validation.doubled import DOUBLED
from labeling.validation.findings import Kind
from labeling.validation.outlines import CROSSING, count_crossings
from tests.labeling.validation.jobs import box, shapes_job, told

SQUARE = [(0, 0), (40, 0), (40, 40), (0, 40)]


def star(points: int, step: int) -> np.ndarray:
    turns = 2 * np.pi * (np.arange(points) * step % points) / points
    return np.stack([np.cos(turns), np.sin(turns)], axis=1) * 100


def test_boxes_of_one_category_in_one_place_are_found() -> None:
    label = [box(0, 0, 40, 40), box(50, 0, 90, 40), box(0, 0, 40, 38), box(0, 0, 40, 40, category=1)]

    assert told(DOUBLED, shapes_job(Kind.BOXES, label)) == [(0, 0.95, "Shapes 1 and 3 (“ant”) are in one place.")]


def test_boxes_that_overlap_by_less_than_nine_tenths_are_two() -> None:
    assert told(DOUBLED, shapes_job(Kind.BOXES, [box(0, 0, 40, 40), box(0, 0, 40, 35)])) == []


def test_of_two_pictures_the_same_box_is_two_boxes() -> None:
    assert told(DOUBLED, shapes_job(Kind.BOXES, [box(0, 0, 40, 40)], [box(0, 0, 40, 40)])) == []


def test_many_boxes_are_compared_with_all_others() -> None:
    label = [box(row % 40, row // 40, row % 40 + 0.5, row // 40 + 0.5) for row in range(1200)]
    label[1100] = label[3]

    found = DOUBLED.findings(shapes_job(Kind.BOXES, label))

    assert [(one.values["other"], one.values["shapes"]) for one in found] == [(4, [1101])]


def test_outlines_are_compared_by_what_they_cover_and_not_by_their_bounds() -> None:
    lower, upper = [(0, 0), (40, 40), (0, 40)], [(0, 0), (40, 0), (40, 40)]

    assert told(DOUBLED, shapes_job(Kind.POLYGONS, [(0, lower), (0, upper)])) == []
    assert told(DOUBLED, shapes_job(Kind.POLYGONS, [(0, lower), (0, [*lower[1:], lower[0]])]))[0][1] == 1.0


def test_points_within_a_pixel_are_one() -> None:
    label = [(0, [(5, 5)]), (0, [(5.5, 5)]), (0, [(7, 5)])]

    assert told(DOUBLED, shapes_job(Kind.POINTS, label)) == [(0, 0.95, "Shapes 1 and 2 (“ant”) are in one place.")]


@pytest.mark.parametrize(
    ("points", "crossings"),
    [
        (SQUARE, 0),
        ([(0, 0), (4, 4), (4, 0), (0, 4)], 1),
        (star(5, 2), 5),
        (star(7, 3), 14),
        ([(0, 0), (4, 0), (2, 0), (2, 4)], 0),  # sides that touch
        ([(0, 0), (4, 0), (4, 4), (4, 4), (0, 4), (0, 0)], 0),  # corners set twice
        ([(0, 0), (1, 1), (2, 0)], 0),
    ],
)
def test_crossings_are_counted_whatever_corner_comes_first(points, crossings) -> None:
    points = np.array(points, dtype=float)

    assert count_crossings(points) == crossings
    assert count_crossings(np.roll(points[::-1], 2, axis=0) + 1000) == crossings


def test_counting_in_parts_gives_the_same(monkeypatch) -> None:
    points = np.random.default_rng(0).random((60, 2)) * 100
    whole = count_crossings(points)

    monkeypatch.setattr(outlines, "PART", 7)

    assert whole > 100
    assert count_crossings(points) == whole


def test_a_hundred_thousand_corners_are_counted_in_bounded_time() -> None:
    turns = np.linspace(0, 2 * np.pi, 100_000, endpoint=False)
    circle = 1000 * np.stack([np.cos(turns), np.sin(turns)], axis=1)

    assert count_crossings(circle) == 0
    assert count_crossings(np.random.default_rng(0).random((100_000, 2))) > 100_000


def test_the_more_crossings_the_worse() -> None:
    job = shapes_job(Kind.POLYGONS, [(0, SQUARE)], [(1, [(0, 0), (4, 4), (4, 0), (0, 4)])], [(2, star(5, 2).tolist())])

    assert told(CROSSING, job) == [
        (2, 0.833, "The outline of shape 1 (“cat”) crosses itself (5 ×)."),
        (1, 0.5, "The outline of shape 1 (“bee”) crosses itself (1 ×)."),
    ]
