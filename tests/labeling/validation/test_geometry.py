"""Shapes that are none, and shapes outside their picture."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.findings import Kind, Labelled, Mask
from labeling.validation.geometry import BROKEN, OUTSIDE, share_outside
from labeling.validation.rules import check
from tests.labeling.validation.jobs import NAMES, box, shapes_job, told

NAN, INF = float("nan"), float("inf")
NOWHERE = "Shape 1 has a coordinate that is no place in a picture."
FLAT = "Shape 1 covers no area."
STRANGE = "Shape 1 does not have the points that such a shape has."
SQUARE = [(0, 0), (4, 0), (4, 4), (0, 4)]


@pytest.mark.parametrize(
    ("kind", "shape", "words"),
    [
        (Kind.BOXES, box(NAN, 0, 5, 5), NOWHERE),
        (Kind.BOXES, box(0, 0, INF, 5), NOWHERE),
        (Kind.BOXES, box(0, 0, 1e300, 5), NOWHERE),
        (Kind.BOXES, box(3, 3, 3, 9), FLAT),
        (Kind.BOXES, box(5, 5, 1, 1), FLAT),  # corners swapped
        (Kind.BOXES, (0, [(1, 1)]), STRANGE),
        (Kind.BOXES, (0, [(None, 1), (2, 2)]), NOWHERE),
        (Kind.BOXES, (0, [("a", 1), (2, 2)]), STRANGE),
        (Kind.BOXES, (0, [(1, 1), (2,)]), STRANGE),
        (Kind.BOXES, None, STRANGE),
        (Kind.BOXES, box(0, 0, 5, 5, category=9), "Shape 1 has no category of this job."),
        (Kind.BOXES, ("ant", [(0, 0), (5, 5)]), "Shape 1 has no category of this job."),
        (Kind.POLYGONS, (0, SQUARE[:2]), STRANGE),
        (Kind.POLYGONS, (0, [(0, 0), (2, 2), (5, 5)]), FLAT),
        (Kind.POLYGONS, (0, [(3, 3)] * 3), FLAT),
        (Kind.POLYGONS, (0, [(0, 0), (NAN, 2), (5, 1)]), NOWHERE),
        (Kind.LINES, (0, [(1, 1)]), STRANGE),
        (Kind.POINTS, (0, [(1, 1), (2, 2)]), STRANGE),
        (Kind.POINTS, (0, [(1, -INF)]), NOWHERE),
    ],
)
def test_what_is_no_shape_is_a_finding_and_stops_no_other_rule(kind, shape, words) -> None:
    job = shapes_job(kind, [shape])

    assert told(BROKEN, job) == [(0, 1.0, words)]
    assert [finding.rule for finding in check(job)] == ["broken"]


@pytest.mark.parametrize(
    ("kind", "shape"),
    [
        (Kind.BOXES, box(0, 0, 5, 5)),
        (Kind.POLYGONS, (4, SQUARE)),
        (Kind.POLYGONS, (4, [(0, 0), (4, 4), (4, 0), (0, 4)])),  # crosses itself: another rule's
        (Kind.LINES, (0, [(1, 1), (1, 1)])),
        (Kind.POINTS, (0, [(1, 1)])),
    ],
)
def test_sound_shapes_and_objects_without_any_are_not_broken(kind, shape) -> None:
    assert told(BROKEN, shapes_job(kind, [shape], [], None)) == []


def test_a_label_that_is_no_list_is_a_finding() -> None:
    assert told(BROKEN, shapes_job(Kind.BOXES, 7)) == [(0, 1.0, "The label cannot be read.")]


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        ("nothing", "The label cannot be read."),
        (Mask(np.zeros((0, 4), np.uint8), [0]), "The label cannot be read."),
        (Mask(np.zeros(4, np.uint8), [0]), "The label cannot be read."),
        (Mask(np.full((80, 100), NAN), [0]), "The label cannot be read."),
        (Mask(np.full((80, 100), 2, np.uint8), [0]), "Part of the mask has no category of this job."),
        (Mask(np.full((80, 100), 1, np.uint8), [9]), "Part of the mask has no category of this job."),
        (Mask(np.zeros((100, 80), np.uint8), [0]), "The mask has another size than the picture."),
    ],
)
def test_what_is_no_mask_is_a_finding_and_stops_no_other_rule(mask, words) -> None:
    job = shapes_job(Kind.MASKS, mask)

    assert told(BROKEN, job) == [(0, 1.0, words)]
    assert [finding.rule for finding in check(job)] == ["broken"]


def test_an_empty_mask_is_a_mask() -> None:
    assert check(shapes_job(Kind.MASKS, Mask(np.zeros((80, 100), np.uint8), range(5)))) == []


@pytest.mark.parametrize(
    ("bounds", "share"),
    [
        ((0, 0, 100, 80), 0),
        ((-0.4, 0, 100.4, 80.4), 0),  # rounding
        ((-10, 0, 10, 80), 0.5),
        ((90, 70, 110, 90), 0.75),
        ((200, 0, 300, 10), 1),
        ((-50, -40, 150, 120), 0.75),
        ((20, 100, 20, 100), 1),  # a point
        ((20, 20, 20, 20), 0),
        ((-5, 20, 5, 20), 0.5),  # a level line
    ],
)
def test_the_share_outside_is_that_of_the_bounds(bounds, share) -> None:
    assert share_outside(np.array(bounds, dtype=float), np.array([100.0, 80.0])) == pytest.approx(share)


def test_shapes_outside_are_found_and_all_of_them_named() -> None:
    job = shapes_job(Kind.BOXES, [box(0, 0, 9, 9), box(90, 0, 110, 10), box(95, 0, 115, 10, category=1)])

    found = OUTSIDE.findings(job)

    assert [(OUTSIDE.say(one), one.severity) for one in found] == [
        ("Shape 3 (“bee”) lies outside the picture by 75 %.", 0.75)
    ]
    assert found[0].values["shapes"] == [2, 3]


def test_outside_is_not_said_of_pictures_whose_size_is_not_known() -> None:
    boxes = [box(900, 0, 990, 10)]

    assert told(OUTSIDE, shapes_job(Kind.BOXES, boxes, size=None)) == []
    assert told(OUTSIDE, Labelled(Kind.BOXES, [boxes, boxes], NAMES, sizes=np.array([[0, 0], [NAN, 80]]))) == []
