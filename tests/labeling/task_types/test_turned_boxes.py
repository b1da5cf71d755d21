"""Boxes in jobs with the option "rotate": checked, settled, compared, written, read, mended and verified."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings

from labeling import templating
from labeling.task_types import adjustment_bounding_box, bounding_box, verification_bounding_box
from projects.task_types import Item, Schema, Vote
from tests.labeling.task_types.drawings import boxes_answer

BOXES, ADJUST = bounding_box.TASK_TYPE, adjustment_bounding_box.TASK_TYPE
VERIFY = verification_bounding_box.TASK_TYPE
CATEGORIES = ("ship", "buoy")
TURNS, UPRIGHT = Schema(CATEGORIES, {"rotate": True}), Schema(CATEGORIES, {"rotate": False})
MENDS = Schema(CATEGORIES, {"rotate": True, "attribute": "boxes"})
ITEM = Item({}, 640, 480, 3)
STRANGE = "Shape 1: it is not what the tool makes. Delete it and draw it again."


def ship(left=100, top=100, width=80, height=20, rotation=30, label="ship"):
    return {"label": label, "left": left, "top": top, "width": width, "height": height, "rotation": rotation}


def check(found, schema=TURNS):
    return BOXES.check(boxes_answer([found]), schema, ITEM)


def settle(*drawn, schema=TURNS):
    votes = [Vote(f"w{place}", boxes_answer(shapes)) for place, shapes in enumerate(drawn)]
    return BOXES.consolidate(votes, {}, schema)


def plain(settled):
    boxes = settled.payload["boundingBoxes"]
    return [{key: value for key, value in found.items() if key != "confidence"} for found in boxes]


# --- the gate ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rotation", [0, 0.0, 0.1, 45, 90.5, 359.9])
def test_degrees_from_0_to_less_than_360_with_one_decimal_pass(rotation):
    assert check(ship(rotation=rotation)) == []


@pytest.mark.parametrize(
    "rotation",
    [-0.1, 360, 360.0, 400, 12.34, float("nan"), float("inf"), 10**400, "30", None, True, False, [30], {}],
    ids=lambda value: repr(value)[:10],
)
def test_other_turns_are_refused(rotation):
    assert check(ship(rotation=rotation)) == [STRANGE]


def test_a_job_without_the_option_takes_upright_boxes_as_ever():
    bare = {key: value for key, value in ship().items() if key != "rotation"}

    for schema in (UPRIGHT, Schema(CATEGORIES)):
        assert check(ship(), schema) == check(ship(rotation=0), schema) == [STRANGE]
        assert check(bare, schema) == []
    assert check(bare) == []
    assert check({**bare, "left": 600}) == ["Shape 1: it reaches outside the picture. Move it inside."]


def test_a_turned_box_may_reach_outside_but_not_lie_there():
    outside = ["Shape 1: it lies outside the picture. Move it inside."]

    assert check(ship(left=-30, top=-5, rotation=0)) == []
    assert check(ship(left=600)) == []
    assert check(ship(left=-1000, top=-1000, width=3000, height=3000, rotation=45)) == []
    assert check(ship(left=-81, top=100, rotation=0)) == outside
    assert check(ship(left=-81, top=100, rotation=90)) == outside
    assert check(ship(left=-45, top=-45, width=40, height=40, rotation=45)) == outside
    assert check(ship(top=-45, rotation=0)) == outside
    assert check(ship(top=-45, rotation=90)) == []


@pytest.mark.parametrize("side", ["left", "top", "width", "height"])
@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, "5", None, True])
def test_sides_of_turned_boxes_are_numbers(side, number):
    assert check({**ship(), side: number}) == [STRANGE]


def test_turned_boxes_have_a_size():
    assert check(ship(height=0.5)) == ["Shape 1: it is smaller than a pixel. Draw it larger, or delete it."]


# --- consolidation ----------------------------------------------------------------------------------------


def test_the_median_stands_for_the_workers_boxes_however_each_told_its_own():
    settled = settle(
        [ship(100, 100, 80, 20, 30)], [ship(102, 100, 80, 22, 33)], [ship(131, 71, 20, 80, 302)],
        [ship(101, 102, 82, 20, 211)], [ship(99, 99, 80, 20, 31)],
    )  # fmt: skip

    assert plain(settled) == [ship(101, 101, 80, 20, 31)]
    assert settled.method == "clusters"
    assert BOXES.check(BOXES.answer_of(settled.payload, TURNS), TURNS, ITEM) == []


def test_boxes_across_each_other_are_of_two_things():
    along, across = ship(rotation=10), ship(rotation=100)

    assert plain(settle([along, across], [along, across], [across, along])) == [along, across]


def test_an_upright_box_of_a_template_that_turns_none_counts_as_not_turned():
    bare = {key: value for key, value in ship().items() if key != "rotation"}

    assert plain(settle([bare], [ship(rotation=0)], [ship(rotation=0)])) == [ship(rotation=0)]
    assert plain(settle([bare])) == [bare]


@pytest.mark.parametrize("seed", range(5))
def test_order_and_names_of_workers_and_boxes_do_not_matter(seed):
    random = np.random.default_rng(seed)
    truth = [ship(*random.integers(50, 300, 2).tolist(), 80, 30, int(random.integers(360))) for _ in range(6)]

    def shaky(found):
        shaken = {side: found[side] + int(random.integers(-2, 3)) for side in ("left", "top", "width", "height")}
        return {**found, **shaken, "rotation": (found["rotation"] + int(random.integers(-4, 5))) % 360}

    votes = [Vote(name, boxes_answer([shaky(found) for found in truth])) for name in "abcde"]
    mixed = [Vote(f"z{one.worker}", boxes_answer(one.answer["boundingBox"]["boundingBoxes"][::-1])) for one in votes]

    settled = BOXES.consolidate(votes, {}, TURNS)

    assert BOXES.consolidate(votes[::-1], {}, TURNS) == BOXES.consolidate(mixed, {}, TURNS) == settled
    same = BOXES.consolidate([Vote(name, votes[0].answer) for name in "abc"], {}, TURNS)
    assert sorted(map(str, plain(same))) == sorted(map(str, votes[0].answer["boundingBox"]["boundingBoxes"]))


def test_agreement_is_about_the_ground_that_turned_boxes_cover():
    one, other = boxes_answer([ship(0, 0, 40, 20, 15)]), boxes_answer([ship(10, -10, 20, 40, 285)])
    square, turned = boxes_answer([ship(0, 0, 50, 50, 0)]), boxes_answer([ship(0, 0, 50, 50, 45)])

    assert BOXES.agreement(one, other, TURNS) == 1.0
    assert BOXES.agreement(square, turned, TURNS) == BOXES.agreement(turned, square, TURNS) == 0.707107


def test_without_the_option_nothing_is_different():
    bare = [{"label": "ship", "left": 100 + n, "top": 100, "width": 80, "height": 20} for n in range(3)]

    settled = settle(*([one] for one in bare), schema=UPRIGHT)

    assert settled == settle(*([one] for one in bare), schema=Schema(CATEGORIES))
    assert plain(settled) == [bare[1]]


# --- the manifest -----------------------------------------------------------------------------------------


def test_the_manifest_has_the_turn_beside_the_sides_and_gives_it_back():
    settled = settle(*[[ship(rotation=30.5), ship(300, 200, rotation=0)]] * 3)

    line = BOXES.encode(settled.payload, settled.confidence, TURNS, ITEM)
    value, metadata = json.loads(json.dumps([line.value, line.metadata]))

    assert value["annotations"] == [
        {"class_id": 0, "left": 100, "top": 100, "width": 80, "height": 20, "rotation": 30.5},
        {"class_id": 0, "left": 300, "top": 200, "width": 80, "height": 20, "rotation": 0},
    ]
    assert BOXES.decode(value, metadata, TURNS)[0] == settled.payload


def test_turn_and_attributes_go_together():
    both = Schema(CATEGORIES, {"rotate": True, "shape_attributes": ["moored"]})
    settled = settle(*[[{**ship(), "attributes": {"moored": True}}]] * 3, schema=both)

    line = BOXES.encode(settled.payload, settled.confidence, both, ITEM)

    assert plain(settled) == [{**ship(), "attributes": {"moored": True}}]
    assert BOXES.decode(line.value, line.metadata, both)[0] == settled.payload


def test_a_job_of_upright_boxes_reads_turned_ones_as_none_of_its_own_but_those_that_are_not_turned():
    def written(rotation):
        settled = settle([ship(rotation=rotation)])
        return BOXES.encode(settled.payload, 0.0, TURNS, ITEM)

    upright, turned = written(0), written(30)

    assert "rotation" not in BOXES.decode(upright.value, upright.metadata, UPRIGHT)[0]["boundingBoxes"][0]
    with pytest.raises(ValueError, match="not what the tool makes"):
        BOXES.decode(turned.value, turned.metadata, UPRIGHT)


# --- the template, and jobs on earlier labels ---------------------------------------------------------------


@pytest.mark.parametrize("kind", [BOXES, ADJUST], ids=lambda kind: kind.slug)
@pytest.mark.parametrize(("rotate", "found"), [(True, ["rotate"]), (False, [])])
def test_the_template_tells_the_tool_and_nothing_where_it_is_off(kind, rotate, found):
    source = (Path(settings.BASE_DIR) / "templates" / "tasks" / kind.template).read_text()
    options = {"rotate": rotate, "attribute": "boxes"}
    given = kind.task_input(kind.example.item, Schema(kind.example.schema.categories, options))

    html = templating.render(source, {"rotate": True, "labels": [], **given}, sign=lambda uri: uri)

    assert re.findall(r"^\s*(rotate)$", html, re.MULTILINE) == found


def line_with(**sides):
    box = {"class_id": 0, **{key: value for key, value in ship(**sides).items() if key != "label"}}
    return {
        "source-ref": "s3://acme/1.jpg",
        "boxes": {"image_size": [{"width": 640, "height": 480, "depth": 3}], "annotations": [box]},
        "boxes-metadata": {"class-map": {"0": "ship"}},
    }


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({"left": 99.6, "width": 80.2, "rotation": 30.04}, {"left": 100, "width": 80, "rotation": 30}),
        ({"left": -500}, {"left": -39}),
        ({"top": 700}, {"top": 469}),
        ({"rotation": 360}, {"rotation": 0}),
        ({"left": -30, "rotation": 0}, {"left": 0, "width": 50, "rotation": 0}),
        ({"height": 0.1}, {"height": 1}),
    ],
)
def test_an_adjustment_starts_from_turned_boxes_that_it_takes_back(given, shown):
    [box] = ADJUST.task_input(Item(line_with(**given), 640, 480, 3), MENDS)["initialValue"]

    assert box == ship(**shown)
    answer = boxes_answer([box])
    answer["boundingBox"]["initialValueModified"] = False
    assert ADJUST.check(answer, MENDS, ITEM) == []


def test_an_adjustment_of_upright_boxes_has_no_task_for_turned_ones():
    schema = Schema(CATEGORIES, {"attribute": "boxes"})

    [box] = ADJUST.task_input(Item(line_with(rotation=0), 640, 480, 3), schema)["initialValue"]
    assert "rotation" not in box
    with pytest.raises(ValueError, match="a box is turned, and this job has upright boxes only.$"):
        ADJUST.task_input(Item(line_with(), 640, 480, 3), schema)
    del box["label"]
    upright = line_with()
    upright["boxes"]["annotations"] = [{"class_id": 0, **box}]
    [begun] = ADJUST.task_input(Item(upright, 640, 480, 3), MENDS)["initialValue"]
    assert begun == ship(rotation=0)


@pytest.mark.parametrize("rotation", ["30", None, float("nan"), [], -1, 361])
def test_a_turn_that_is_no_number_has_no_task(rotation):
    for kind, schema in ((ADJUST, MENDS), (VERIFY, Schema(("good", "bad"), {"attribute": "boxes"}))):
        with pytest.raises(ValueError, match="a box is turned by no number from 0 to 360.$"):
            kind.task_input(Item(line_with(rotation=rotation), 640, 480, 3), schema)


def test_who_verifies_turned_boxes_sees_them_turned():
    schema = Schema(("good", "bad"), {"attribute": "boxes"})

    assert VERIFY.task_input(Item(line_with()), schema)["overlay"]["boundingBox"]["value"] == [ship()]
