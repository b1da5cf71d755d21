"""Polygons, polylines and keypoints from several people, and their custom labels."""

import json

import numpy as np
import pytest

from labeling.task_types import keypoint, polygon, polyline
from projects.task_types import Item, Schema, Vote

POLYGONS, POLYLINES, KEYPOINTS = polygon.TASK_TYPE, polyline.TASK_TYPE, keypoint.TASK_TYPE
SCHEMA = Schema(("cat", "dog"))
SIZE = {"width": 1000, "height": 800}
MANY = {"polygon": "polygons", "polyline": "polylines", "keypoint": "keypoints"}


def corners(label, *points):
    return {"label": label, "vertices": [{"x": x, "y": y} for x, y in points]}


def dot(label, x, y):
    return {"label": label, "x": x, "y": y}


def square(left, top, side):
    return corners("cat", (left, top), (left + side, top), (left + side, top + side), (left, top + side))


def settle(kind, *drawn):
    many = MANY[kind.slug]
    answers = ({"drawn": {many: shapes, "inputImageProperties": SIZE}} for shapes in drawn)
    settled = kind.consolidate([Vote(f"w{n}", answer) for n, answer in enumerate(answers)], {}, SCHEMA)
    return [{key: value for key, value in shape.items() if key != "confidence"} for shape in settled.payload[many]]


def test_of_polygons_the_one_nearest_to_all_others_stands_for_them():
    stray = square(500, 500, 60)

    found = settle(POLYGONS, [square(100, 100, 100)], [square(104, 102, 100), stray], [square(110, 106, 100)])

    assert found == [square(104, 102, 100)]


def test_of_polylines_the_one_nearest_to_all_others_stands_for_them_whatever_its_direction():
    lines = [corners("cat", (0, 10 * n), (400, 10 * n + 5), (800, 10 * n)) for n in (0, 1, 3)]
    backwards = {"label": "cat", "vertices": lines[1]["vertices"][::-1]}

    assert settle(POLYLINES, [lines[0]], [lines[1]], [lines[2]]) == [lines[1]]
    assert settle(POLYLINES, [lines[0]], [backwards], [lines[2]]) == [backwards]


def test_of_keypoints_the_median_stands_for_them_and_far_ones_are_of_another_thing():
    found = settle(
        KEYPOINTS, [dot("cat", 100, 100)], [dot("cat", 103, 98), dot("dog", 500, 500)], [dot("cat", 101, 120)]
    )

    assert found == [dot("cat", 101, 100)]


def test_two_keypoints_of_one_name_are_kept_apart():
    eyes = [dot("cat", 100, 100), dot("cat", 160, 100)]
    others = [dot("cat", 162, 102), dot("cat", 104, 101)]

    assert settle(KEYPOINTS, eyes, others, eyes) == eyes


@pytest.mark.parametrize("kind", [POLYGONS, POLYLINES, KEYPOINTS], ids=lambda kind: kind.slug)
@pytest.mark.parametrize("seed", range(3))
def test_order_and_names_of_workers_do_not_matter(kind, seed):
    random = np.random.default_rng(seed)
    things = random.integers(50, 700, size=(6, 2))

    def draw():
        spots = [thing + random.integers(-5, 6, size=2) for thing in things if random.random() < 0.8]
        if kind is KEYPOINTS:
            return [dot("dog", int(x), int(y)) for x, y in spots]
        return [square(int(x), int(y), 60) for x, y in spots]

    votes = [Vote(w, {"a": {MANY[kind.slug]: draw(), "inputImageProperties": SIZE}}) for w in "abcde"]
    settled = kind.consolidate(votes, {}, SCHEMA)

    assert settled.payload[MANY[kind.slug]]
    assert kind.consolidate([Vote("z" + given.worker, given.answer) for given in votes[::-1]], {}, SCHEMA) == settled
    assert kind.check(kind.answer_of(settled.payload, SCHEMA), SCHEMA, Item({}, 1000, 800)) == []


@pytest.mark.parametrize(
    ("kind", "shape", "class_id"),
    [
        (POLYGONS, square(1, 2, 30), "0"),
        (POLYLINES, corners("dog", (1, 2), (3, 4)), "1"),
        (KEYPOINTS, dot("dog", 5, 6), "1"),
    ],
    ids=lambda part: getattr(part, "slug", ""),
)
def test_the_manifest_holds_the_tools_own_value_and_the_size_of_the_picture(kind, shape, class_id):
    many = MANY[kind.slug]
    payload = {many: [{**shape, "confidence": 0.75}], "inputImageProperties": SIZE}

    line = kind.encode(payload, 0.75, SCHEMA, Item({}, 1000, 800, 1))

    assert line.value == {
        "image_size": [{"width": 1000, "height": 800, "depth": 1}],
        many: [shape],
        "inputImageProperties": SIZE,
    }
    assert line.metadata == {
        "objects": [{"confidence": 0.75}],
        "class-map": {class_id: shape["label"]},
        "type": "groundtruth/custom",
    }
    assert kind.decode(*json.loads(json.dumps([line.value, line.metadata])), SCHEMA) == (payload, 0.75)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        {"polygons": [], "inputImageProperties": None},
        {"polygons": None, "inputImageProperties": SIZE},
        {"polygons": [{"label": "cat"}], "inputImageProperties": SIZE},
        {"polygons": [square(990, 0, 30)], "inputImageProperties": SIZE},
        {"polygons": [{**square(1, 1, 30), "label": "bird"}], "inputImageProperties": SIZE},
    ],
)
def test_what_is_no_polygon_label_is_not_read(value):
    with pytest.raises((ValueError, KeyError, TypeError)):
        POLYGONS.decode(value, {"objects": [], "class-map": {}}, SCHEMA)


def test_they_are_custom_tasks_to_the_service():
    assert [kind.aws_names for kind in (POLYGONS, POLYLINES, KEYPOINTS)] == [(), (), ()]


# --- the skeleton -----------------------------------------------------------------------------------------

FACE = ("nose", "left - eye", "right eye")


@pytest.mark.parametrize(
    "lines", [["nose - right eye", "", " left - eye - nose "], "nose - right eye\nleft - eye - nose"]
)
def test_a_skeleton_joins_pairs_of_categories(lines):
    schema = Schema(FACE, {"skeleton": lines})

    assert KEYPOINTS.task_input(Item(), schema) == {
        "skeleton": [["nose", "right eye"], ["left - eye", "nose"]],
        "shapeAttributes": [],
    }
    assert KEYPOINTS.problems(schema, "points") == []


def test_without_a_skeleton_there_is_no_hint():
    assert KEYPOINTS.task_input(Item(), Schema(FACE)) == {"skeleton": [], "shapeAttributes": []}
    assert KEYPOINTS.problems(Schema(FACE), "points") == []


def test_a_line_that_joins_no_two_categories_is_named():
    schema = Schema(FACE, {"skeleton": ["nose - right eye", "nose - mouth", "nose"]})

    assert KEYPOINTS.problems(schema, "points") == [
        "“nose - mouth” joins no two categories. Write “a - b”.",
        "“nose” joins no two categories. Write “a - b”.",
    ]
    assert KEYPOINTS.task_input(Item(), schema) == {"skeleton": [["nose", "right eye"]], "shapeAttributes": []}
