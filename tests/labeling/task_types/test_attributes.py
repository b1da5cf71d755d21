"""Attributes of shapes, from the set-up's lines to the manifest and back."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from labeling import templating
from labeling.task_types import adjustment_bounding_box, bounding_box, keypoint, polygon, polyline
from labeling.task_types import verification_bounding_box as verification
from labeling.task_types._attributes import Asked, asked_by, read_line
from projects import task_types
from projects.task_types import Item, Schema, Vote

LINES = ["occluded", "pose: left, right , away"]
SCHEMA = Schema(("cat", "dog"), {"shape_attributes": LINES})
ITEM = Item({}, 100, 80, 3)
SIZE = {"width": 100, "height": 80}
KINDS = {
    "bounding-box": ("boundingBoxes", {"left": 10, "top": 20, "width": 30, "height": 40}),
    "polygon": ("polygons", {"vertices": [{"x": 1, "y": 2}, {"x": 90, "y": 9}, {"x": 50, "y": 70}]}),
    "polyline": ("polylines", {"vertices": [{"x": 1, "y": 2}, {"x": 90, "y": 9}]}),
    "keypoint": ("keypoints", {"x": 10, "y": 20}),
}
BOXES, ADJUST = bounding_box.TASK_TYPE, adjustment_bounding_box.TASK_TYPE
STRANGE = "Shape 1: it is not what the tool makes. Delete it and draw it again."


@pytest.fixture(params=KINDS)
def kind(request):
    return task_types.get(request.param)


def shape(kind, **said):
    return {"label": "cat", **KINDS[kind.slug][1], **({"attributes": said["attributes"]} if said else {})}


def answer(kind, *shapes, **more):
    return {"it": {KINDS[kind.slug][0]: list(shapes), "inputImageProperties": SIZE, **more}}


def settle(kind, *shapes, schema=SCHEMA):
    votes = [Vote(f"w{n}", answer(kind, one)) for n, one in enumerate(shapes)]
    return kind.consolidate(votes, {}, schema)


def said(settled):
    [found] = next(value for value in settled.payload.values() if isinstance(value, list))
    return found.get("attributes", "no key")


# --- the set-up -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("occluded", Asked("occluded")),
        (" pose:left ,right", Asked("pose", ("left", "right"))),
        ("time: 10:30, 11:30", Asked("time", ("10:30", "11:30"))),
        ("x" * 60, Asked("x" * 60)),
        ("x" * 61, None),
        ("pose:", None),
        ("pose: left", None),
        ("pose: left, left", None),
        ("pose: left, , right", None),
        (": left, right", None),
        ("pose: " + ", ".join(map(str, range(50))), Asked("pose", tuple(map(str, range(50))))),
        ("pose: " + ", ".join(map(str, range(51))), None),
    ],
)
def test_a_line_asks_for_a_yes_or_for_one_of_several_values(line, asked):
    assert read_line(line) == asked


@pytest.mark.parametrize("lines", [LINES, "occluded\n\npose: left, right , away\n"])
def test_lines_are_read_whichever_way_they_are_kept(lines):
    schema = Schema(("cat",), {"shape_attributes": lines})

    assert asked_by(schema) == (Asked("occluded"), Asked("pose", ("left", "right", "away")))


def test_bad_lines_are_named_at_the_set_up(kind):
    schema = Schema(("cat", "dog"), {"shape_attributes": ["pose: left", "occluded", "occluded: a, b"]})
    many = Schema(("cat", "dog"), {"shape_attributes": [f"a{n}" for n in range(21)]})

    assert kind.problems(SCHEMA, "boxes") == []
    assert kind.problems(schema, "boxes") == [
        "“pose: left” is no attribute. Write “name”, or “name: value, value” with values that differ.",
        "The attribute “occluded” is there twice.",
    ]
    assert kind.problems(many, "boxes") == ["At most 20 attributes fit on a shape."]


def test_an_adjustment_asks_too_and_says_what_is_wrong_with_either_option():
    schema = Schema(("cat", "dog"), {"shape_attributes": ["pose:"], "attribute": "boxes"})

    assert [option.name for option in ADJUST.options] == ["rotate", "shape_attributes", "attribute"]
    assert ADJUST.problems(schema, "boxes") == [
        "“pose:” is no attribute. Write “name”, or “name: value, value” with values that differ.",
        "The new label needs an attribute of its own: “boxes” is the earlier one.",
    ]


def rendered(kind, schema):
    source = (Path(settings.BASE_DIR) / "templates" / "tasks" / kind.template).read_text()
    given = kind.task_input(kind.example.item, Schema(kind.example.schema.categories, schema))
    html = templating.render(source, {"labels": [], **given}, sign=lambda uri: uri)
    return [json.loads(unescape(text)) for text in re.findall(r'shape-attributes="([^"]*)"', html)]


@pytest.mark.parametrize("kind", [BOXES, polygon.TASK_TYPE, polyline.TASK_TYPE, keypoint.TASK_TYPE, ADJUST])
def test_the_template_hands_them_to_the_tool_and_nothing_where_none_are_asked(kind):
    earlier = {"attribute": "boxes"}

    assert rendered(kind, earlier) == []
    assert rendered(kind, {**earlier, "shape_attributes": LINES}) == [
        [{"name": "occluded", "values": []}, {"name": "pose", "values": ["left", "right", "away"]}]
    ]


# --- the gate ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said", [{}, {"occluded": True}, {"occluded": False}, {"pose": "away"}, {"occluded": True, "pose": "left"}]
)
def test_what_the_job_asks_passes(kind, said):
    assert kind.check(answer(kind, shape(kind, attributes=said)), SCHEMA, ITEM) == []
    assert kind.check(answer(kind, shape(kind)), SCHEMA, ITEM) == []


@pytest.mark.parametrize("said", [{}, {"occluded": True}])
def test_a_job_that_asks_for_none_takes_none(kind, said):
    assert kind.check(answer(kind, shape(kind, attributes=said)), Schema(("cat", "dog")), ITEM) == [STRANGE]


def test_unknown_names_and_values_are_refused_with_a_sentence(kind):
    def check(said):
        return kind.check(answer(kind, shape(kind, attributes=said)), SCHEMA, ITEM)

    assert check({"colour": "red"}) == ["Shape 1: this job does not ask for its attribute “colour”. Reload the page."]
    assert check({"c" * 1000: "red"}) == [
        f"Shape 1: this job does not ask for its attribute “{'c' * 60}”. Reload the page."
    ]
    for value in ("up", "", 1, None, True, ["left"], {"left": 1}, float("nan"), "left" * 10_000):
        assert check({"pose": value}) == ["Shape 1: its attribute “pose” has no value of this job. Choose one."]
    for value in ("yes", 1, 0, None, [True]):
        assert check({"occluded": value}) == ["Shape 1: its attribute “occluded” has no value of this job. Choose one."]
    for said in (None, [], "occluded", True, 5):
        assert check(said) == [STRANGE]


# --- consolidation ----------------------------------------------------------------------------------------


def test_the_majority_of_those_who_drew_it_decides_attribute_by_attribute(kind):
    settled = settle(
        kind,
        shape(kind, attributes={"occluded": True, "pose": "left"}),
        shape(kind, attributes={"pose": "right"}),
        shape(kind, attributes={"occluded": True, "pose": "right"}),
    )

    assert said(settled) == {"occluded": True, "pose": "right"}


def test_where_nobody_said_anything_nothing_is_said(kind):
    assert said(settle(kind, shape(kind), shape(kind, attributes={}), shape(kind))) == {}
    assert said(settle(kind, *[shape(kind)] * 3, schema=Schema(("cat", "dog")))) == "no key"


def test_one_worker_alone_keeps_what_was_said_and_an_unset_yes_is_left_out(kind):
    assert said(settle(kind, shape(kind, attributes={"occluded": False, "pose": "left"}))) == {"pose": "left"}
    assert said(settle(kind, shape(kind))) == {}


def test_attributes_follow_their_shape_whatever_the_order_of_shapes_and_workers():
    near, far = ({"label": "cat", "left": left, "top": 5, "width": 20, "height": 20} for left in (0, 70))
    drawn = [
        [{**near, "attributes": {"pose": "left"}}, {**far, "attributes": {"pose": "right"}}],
        [{**far, "left": 71, "attributes": {"pose": "right"}}, {**near, "attributes": {"pose": "left"}}],
        [{**near, "attributes": {"pose": "away"}}, far],
    ]
    votes = [Vote(f"w{n}", answer(BOXES, *shapes)) for n, shapes in enumerate(drawn)]

    settled = BOXES.consolidate(votes, {}, SCHEMA)

    assert [(box["left"], box["attributes"]) for box in settled.payload["boundingBoxes"]] == [
        (0, {"pose": "left"}),
        (70, {"pose": "right"}),
    ]
    assert BOXES.consolidate(votes[::-1], {}, SCHEMA) == settled


def test_agreement_is_about_shapes_alone(kind):
    one, other = (answer(kind, shape(kind, attributes={"pose": pose})) for pose in ("left", "right"))

    assert kind.agreement(one, other, SCHEMA) == 1.0


# --- the manifest -----------------------------------------------------------------------------------------


def test_the_manifest_has_one_key_more_and_gives_it_back(kind):
    settled = settle(kind, *[shape(kind, attributes={"occluded": True, "pose": "left"})] * 3)

    line = kind.encode(settled.payload, settled.confidence, SCHEMA, ITEM)
    value, metadata = json.loads(json.dumps([line.value, line.metadata]))

    [entry] = value.get("annotations") or value[KINDS[kind.slug][0]]
    assert entry.pop("attributes") == {"occluded": True, "pose": "left"}
    bare = settle(kind, *[shape(kind)] * 3, schema=Schema(("cat", "dog")))
    plain = kind.encode(bare.payload, bare.confidence, Schema(("cat", "dog")), ITEM)
    assert [value, metadata] == [plain.value, plain.metadata]
    assert kind.decode(line.value, line.metadata, SCHEMA)[0] == settled.payload


def test_boxes_with_attributes_are_written_beside_what_the_guide_prints():
    settled = settle(BOXES, shape(BOXES, attributes={"occluded": True}))

    assert BOXES.encode(settled.payload, 0.0, SCHEMA, ITEM).value["annotations"] == [
        {"class_id": 0, "left": 10, "top": 20, "width": 30, "height": 40, "attributes": {"occluded": True}}
    ]


def test_of_another_jobs_attributes_those_that_this_one_asks_for_are_read(kind):
    settled = settle(kind, *[shape(kind, attributes={"occluded": True, "pose": "left"})] * 3)
    line = kind.encode(settled.payload, settled.confidence, SCHEMA, ITEM)

    fewer, _ = kind.decode(line.value, line.metadata, Schema(("cat", "dog"), {"shape_attributes": ["occluded"]}))
    none, _ = kind.decode(line.value, line.metadata, Schema(("cat", "dog")))

    assert fewer[KINDS[kind.slug][0]][0]["attributes"] == {"occluded": True}
    assert "attributes" not in none[KINDS[kind.slug][0]][0]


# --- jobs on earlier labels -------------------------------------------------------------------------------


def line_with(attributes):
    box = {"class_id": 0, "left": 10, "top": 20, "width": 30, "height": 40, "attributes": attributes}
    return {
        "source-ref": "s3://acme/1.jpg",
        "boxes": {"image_size": [{**SIZE, "depth": 3}], "annotations": [box]},
        "boxes-metadata": {"class-map": {"0": "cat"}},
    }


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"occluded": True, "pose": "left"}, {"occluded": True, "pose": "left"}),
        ({"occluded": False, "pose": "up", "colour": "red"}, {}),
        ({"pose": ["left"]}, {}),
        (None, {}),
        ("x", {}),
    ],
)
def test_an_adjustment_shows_those_that_it_asks_for(given, kept):
    schema = Schema(SCHEMA.categories, {**SCHEMA.options, "attribute": "boxes"})

    [box] = ADJUST.task_input(Item(line_with(given), 100, 80, 3), schema)["initialValue"]

    assert box == {**shape(BOXES), "attributes": kept}
    assert ADJUST.check(answer(BOXES, box, initialValueModified=False), schema, ITEM) == []
    [bare] = ADJUST.task_input(Item(line_with(given)), Schema(("cat",), {"attribute": "boxes"}))["initialValue"]
    assert bare == shape(BOXES)


def test_a_mended_label_keeps_its_attributes_in_the_manifest():
    schema = Schema(SCHEMA.categories, {**SCHEMA.options, "attribute": "boxes"})
    mended = answer(BOXES, shape(BOXES, attributes={"pose": "left"}), initialValueModified=True)

    settled = ADJUST.consolidate([Vote(name, mended) for name in "abc"], {}, schema)
    written = ADJUST.encode(settled.payload, settled.confidence, schema, ITEM)

    assert written.value["annotations"][0]["attributes"] == {"pose": "left"}
    assert ADJUST.decode(written.value, written.metadata, schema)[0] == settled.payload


def test_who_verifies_a_label_sees_its_attributes_and_nothing_strange():
    schema = Schema(("good", "bad"), {"attribute": "boxes"})
    given = {"pose": "left", "occluded": True, "n": 5, "long": "x" * 61, "deep": {"a": 1}, "off": False}

    overlay = verification.TASK_TYPE.task_input(Item(line_with(given)), schema)["overlay"]

    assert overlay["boundingBox"]["value"] == [{**shape(BOXES), "attributes": {"pose": "left", "occluded": True}}]
