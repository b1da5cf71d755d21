"""The gate for drawn shapes, against what a tampered page may send."""

import copy

import pytest

from labeling.task_types import bounding_box, keypoint, polygon, polyline
from projects.task_types import Item, Schema

KINDS = {
    "boxes": (bounding_box.TASK_TYPE, "boundingBoxes", {"left": 10, "top": 20, "width": 30, "height": 40}),
    "polygons": (
        polygon.TASK_TYPE, "polygons", {"vertices": [{"x": 1, "y": 2}, {"x": 90, "y": 9}, {"x": 50, "y": 70}]},
    ),
    "polylines": (polyline.TASK_TYPE, "polylines", {"vertices": [{"x": 1, "y": 2}, {"x": 90, "y": 9}]}),
    "keypoints": (keypoint.TASK_TYPE, "keypoints", {"x": 10, "y": 20}),
}  # fmt: skip
SCHEMA = Schema(("cat", "dog"))
ITEM = Item({}, 100, 80, 3)
BAD_NUMBERS = [float("nan"), float("inf"), float("-inf"), 10**400, -(10**400), True, None, "5", [5], {"x": 5}]
STRANGE = "Shape 1: it is not what the tool makes. Delete it and draw it again."
RELOAD = "This answer is not what the tool makes. Reload the page and draw again."
OUTSIDE = "Shape 1: it reaches outside the picture. Move it inside."


@pytest.fixture(params=KINDS.values(), ids=KINDS)
def given(request):
    task_type, many, geometry = request.param
    return task_type, many, {"label": "cat", **copy.deepcopy(geometry)}


def answer(many, shapes, **more):
    return {"any name": {many: shapes, "inputImageProperties": {"width": 100, "height": 80}, **more}}


def check(given, shapes, **more):
    task_type, many, _ = given
    return task_type.check(answer(many, shapes, **more), SCHEMA, ITEM)


def with_numbers(shape, number):
    """The shape once for each of its numbers, with another in its place."""
    made = []
    for key in shape.keys() - {"label", "vertices"}:
        made.append({**shape, key: number})
    for place, vertex in enumerate(shape.get("vertices", [])):
        for axis in vertex:
            changed = copy.deepcopy(shape)
            changed["vertices"][place][axis] = number
            made.append(changed)
    return made


def test_the_tools_own_answers_pass_under_any_name_with_nothing_or_much_in_them(given):
    assert check(given, []) == []
    assert check(given, [given[2]]) == []
    assert check(given, [given[2]] * 10_000) == []
    assert check(given, [given[2]], initialValueModified=False) == []


@pytest.mark.parametrize("number", BAD_NUMBERS, ids=lambda number: repr(number)[:12])
def test_what_is_no_finite_number_is_refused(given, number):
    shapes = with_numbers(given[2], number)

    assert len(shapes) >= 2
    assert [check(given, [shape]) for shape in shapes] == [[STRANGE]] * len(shapes)


@pytest.mark.parametrize("number", [-1, -0.001, 1000, 999_999.5])
def test_what_reaches_outside_the_picture_is_refused(given, number):
    for shape in with_numbers(given[2], number):
        assert check(given, [shape])[0] in (
            OUTSIDE,
            "Shape 1: it is smaller than a pixel. Draw it larger, or delete it.",
        )


def test_the_last_pixel_belongs_to_the_picture():
    boxes, dots = KINDS["boxes"][0], KINDS["keypoints"][0]
    whole = {"label": "cat", "left": 0, "top": 0, "width": 100, "height": 80}
    thirds = {"label": "cat", "left": 33.4, "top": 0, "width": 66.60000000000001, "height": 80}

    assert boxes.check(answer("boundingBoxes", [whole, thirds]), SCHEMA, ITEM) == []
    assert boxes.check(answer("boundingBoxes", [{**whole, "width": 101}]), SCHEMA, ITEM) == [OUTSIDE]
    assert dots.check(answer("keypoints", [{"label": "cat", "x": 100, "y": 80}]), SCHEMA, ITEM) == []
    assert dots.check(answer("keypoints", [{"label": "cat", "x": 100, "y": 81}]), SCHEMA, ITEM) == [OUTSIDE]


def test_a_category_of_another_job_is_refused(given):
    for label in ("bird", "", "CAT", None, 1, ["cat"], {"cat": 1}, "x" * 100_000):
        found = check(given, [{**given[2], "label": label}])
        assert found == ["Shape 1: it has no category of this job. Choose one."]


def test_keys_that_nobody_asked_for_are_refused(given):
    missing = {key: value for key, value in given[2].items() if key != "label"}

    assert check(given, [{**given[2], "note": "x" * 1_000_000}]) == [STRANGE]
    assert check(given, [missing, None, 5, "x", []]) == [STRANGE.replace("1", str(n)) for n in range(1, 6)]
    assert check(given, [given[2]], note="x" * 1_000_000) == [RELOAD]
    assert check(given, [given[2]], initialValueModified="yes") == [RELOAD]


@pytest.mark.parametrize("name", ["polygons", "polylines"])
def test_corners_hold_their_two_numbers_only(name):
    task_type, many, geometry = KINDS[name]
    corners = geometry["vertices"]

    for wrong in ([{**corner, "z": 1} for corner in corners], [[1, 2], [3, 4], [5, 6]], {"0": corners}, "x", None):
        assert task_type.check(answer(many, [{"label": "cat", "vertices": wrong}]), SCHEMA, ITEM) == [STRANGE]


def test_more_shapes_or_points_than_anybody_draws_are_refused_before_they_are_read(given):
    task_type, many, shape = given

    assert check(given, [None] * 10_001) == ["At most 10,000 shapes fit in one answer. Take some away."]
    if "vertices" in shape:
        long = {**shape, "vertices": [None] * 50_001}
        assert check(given, [long, long]) == ["At most 100,000 points fit in one answer. Draw with fewer points."]


def test_a_page_full_of_mistakes_gets_ten_sentences(given):
    found = check(given, [{**given[2], "label": "bird"}] * 9_999)

    assert len(found) == 10
    assert found[9] == "Shape 10: it has no category of this job. Choose one."


def test_what_is_no_answer_of_this_tool_is_refused(given):
    task_type, many, shape = given
    good = answer(many, [shape])["any name"]
    others = [{}, {"a": good, "b": good}, {"a": [good]}, {"a": None}, {"a": {**good, many: {"0": shape}}}, good]

    assert [task_type.check(other, SCHEMA, ITEM) for other in others] == [[RELOAD]] * 6


def test_the_size_of_the_picture_must_be_told_and_true(given):
    task_type, many, shape = given

    def check_size(size, item=ITEM):
        return task_type.check({"a": {many: [shape], "inputImageProperties": size}}, SCHEMA, item)

    for missing in (None, {}, [], {"width": 100}, {"width": 100, "height": 80, "depth": 3}):
        assert check_size(missing) == [
            "The answer does not say how large the picture is. Reload the page and draw again."
        ]
    for wrong in (0, -1, 1.5, "100", True, None, 10**9, float("nan")):
        assert check_size({"width": wrong, "height": 80}) == [
            "The answer gives the picture an impossible size. Reload the page and draw again."
        ]
    assert check_size({"width": 1000, "height": 80}) == [
        "The answer was drawn on a picture of 1000 × 80 pixels; this one has 100 × 80. Reload the page and draw again."
    ]
    assert check_size({"width": 1000, "height": 80}, Item()) == []


def test_boxes_polygons_and_lines_have_a_size():
    boxes, polygons, lines = (KINDS[name][0] for name in ("boxes", "polygons", "polylines"))
    small = "Shape 1: it is smaller than a pixel. Draw it larger, or delete it."
    few = "Shape 1: it has too few points. Add points, or delete it."
    flat = {"label": "cat", "left": 1, "top": 1, "width": 5, "height": 0.9}

    def corners(*points):
        return [{"label": "cat", "vertices": [{"x": x, "y": y} for x, y in points]}]

    assert boxes.check(answer("boundingBoxes", [flat]), SCHEMA, ITEM) == [small]
    assert boxes.check(answer("boundingBoxes", [{**flat, "height": -4}]), SCHEMA, ITEM) == [small]
    assert polygons.check(answer("polygons", corners((1, 1), (9, 9))), SCHEMA, ITEM) == [few]
    assert polygons.check(answer("polygons", corners((1, 1), (5, 5), (9, 9))), SCHEMA, ITEM) == [small]
    assert polygons.check(answer("polygons", corners()), SCHEMA, ITEM) == [few]
    assert lines.check(answer("polylines", corners((1, 1))), SCHEMA, ITEM) == [few]
    assert lines.check(answer("polylines", corners((1, 1), (1, 1))), SCHEMA, ITEM) == [
        "Shape 1: it is shorter than a pixel. Draw it longer, or delete it."
    ]


def test_all_drawing_types_are_given_the_object():
    assert all(task_type.reads_item for task_type, _, _ in KINDS.values())
