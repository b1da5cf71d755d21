"""Verification and adjustment: what an earlier job wrote is shown, judged or mended."""

import json
import re
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings

from labeling import templating
from labeling.task_types import adjustment_bounding_box, bounding_box, verification_bounding_box
from projects.task_types import Item, Schema, Vote
from tests.labeling.task_types.drawings import box, boxes_answer

VERIFY, ADJUST = verification_bounding_box.TASK_TYPE, adjustment_bounding_box.TASK_TYPE
VERDICTS = Schema(("good", "bad"), {"attribute": "boxes"})
CATEGORIES = Schema(("dog", "cat"), {"attribute": "boxes"})
NAME = "crowd-image-classifier"
LONG = 10**400


def line(annotations=None, names=None, size=(500, 400)):
    first = {"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128}
    return {
        "source-ref": "s3://acme/3.png",
        "boxes": {
            "image_size": [{"width": size[0], "height": size[1], "depth": 3}],
            "annotations": [first] if annotations is None else annotations,
        },
        "boxes-metadata": {"class-map": {"0": "dog", "1": "cat"} if names is None else names},
    }


def verdict(worker, label, comment=None):
    return Vote(worker, {NAME: {"label": label, **({} if comment is None else {"workerComment": comment})}})


# --- verification -----------------------------------------------------------------------------------------


def test_the_manifest_holds_a_verdict_as_the_guide_prints_it():
    payload = {"class": 1, "comments": ["box too wide on the right"]}

    written = VERIFY.encode(payload, 0.93, VERDICTS, Item())

    assert written.value == "1"
    assert written.metadata == {
        "class-name": "bad",
        "confidence": 0.93,
        "type": "groundtruth/label-verification",
        "worker-feedback": [{"comment": "box too wide on the right"}],
    }
    assert VERIFY.decode(written.value, json.loads(json.dumps(written.metadata)), VERDICTS) == (payload, 0.93)


def test_no_feedback_is_written_where_nobody_wrote_any():
    settled = VERIFY.consolidate([verdict("ada", "good"), verdict("ben", "good", "  ")], {}, VERDICTS)

    assert settled.payload == {"class": 0, "comments": []}
    assert "worker-feedback" not in VERIFY.encode(settled.payload, 0.5, VERDICTS, Item()).metadata


def test_the_majority_decides_and_all_comments_are_kept_whoever_wrote_them():
    votes = [verdict("ada", "bad", "too wide"), verdict("ben", "good", "fine "), verdict("wei", "bad", "one missing")]

    settled = VERIFY.consolidate(votes, {}, VERDICTS)

    assert settled.payload == {"class": 1, "comments": ["fine", "one missing", "too wide"]}
    assert VERIFY.consolidate(votes[::-1], {}, VERDICTS) == settled
    assert VERIFY.describe(settled.payload, VERDICTS) == "bad · fine · one missing · too wide"
    assert VERIFY.answer_of(settled.payload, VERDICTS) == {
        NAME: {"label": "bad", "workerComment": "fine\none missing\ntoo wide"}
    }


@pytest.mark.parametrize(
    ("value", "metadata"),
    [
        ("7", {}),
        ("good", {}),
        (None, {}),
        ("1", {"class-name": "so-so"}),
        ("1", {"worker-feedback": [{}]}),
        ("1", {"worker-feedback": [{"comment": 5}]}),
        ("1", {"worker-feedback": 5}),
        ("1", {"worker-feedback": ["x"]}),
    ],
)
def test_what_is_no_verdict_is_not_read(value, metadata):
    with pytest.raises((ValueError, KeyError, TypeError)):
        VERIFY.decode(value, metadata, VERDICTS)


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({}, "Choose one category."),
        ({"label": "so-so"}, "“so-so” is not a category of this job."),
        ({"label": "bad", "workerComment": "x" * 2001}, "A comment is text of at most 2,000 characters."),
        ({"label": "bad", "workerComment": ["x"]}, "A comment is text of at most 2,000 characters."),
        (
            {"label": "bad", "boundingBoxes": []},
            "The answer holds more than a category and a comment.",
        ),
    ],
)
def test_a_verdict_is_a_category_and_a_comment_and_nothing_else(part, problem):
    assert VERIFY.check({NAME: part}, VERDICTS, Item()) == [problem]


def test_the_earlier_boxes_are_laid_over_the_picture_under_their_own_names():
    annotations = [
        {"class_id": 1, "left": 5, "top": 6, "width": 7.5, "height": 8},
        {"class_id": "0", "left": -2, "top": 0, "width": 600, "height": 10},
        {"class_id": 1, "left": 0, "top": 0, "width": 1, "height": 1},
    ]

    given = VERIFY.task_input(Item(line(annotations)), VERDICTS)

    assert given == {
        "overlay": {
            "boundingBox": {
                "labels": ["cat", "dog"],
                "value": [box("cat", 5, 6, 7.5, 8), box("dog", -2, 0, 600, 10), box("cat", 0, 0, 1, 1)],
            }
        }
    }


# --- adjustment -------------------------------------------------------------------------------------------


def adjusted(worker, *boxes, changed):
    answer = boxes_answer(list(boxes))
    answer["boundingBox"]["initialValueModified"] = changed
    return Vote(worker, answer)


def test_a_label_is_adjusted_when_any_worker_changed_it():
    dog = box("dog", 1, 2, 30, 40)
    kept = [adjusted(worker, dog, changed=False) for worker in "abc"]

    same = ADJUST.consolidate(kept, {}, CATEGORIES)
    other = ADJUST.consolidate([*kept, adjusted("d", box("dog", 1, 2, 30, 44), changed=True)], {}, CATEGORIES)

    assert (same.payload["initialValueModified"], other.payload["initialValueModified"]) == (False, True)
    assert ADJUST.encode(same.payload, 0.9, CATEGORIES, Item()).metadata["adjustment-status"] == "unadjusted"
    assert ADJUST.encode(other.payload, 0.9, CATEGORIES, Item()).metadata["adjustment-status"] == "adjusted"
    assert ADJUST.describe(same.payload, CATEGORIES) == "1 × dog"
    assert ADJUST.describe(other.payload, CATEGORIES) == "1 × dog (adjusted)"


def test_one_worker_alone_says_it_too():
    settled = ADJUST.consolidate([adjusted("a", box("dog", 1, 2, 30, 40), changed=True)], {}, CATEGORIES)

    assert settled.payload["initialValueModified"] is True
    assert settled.payload["boundingBoxes"] == [{**box("dog", 1, 2, 30, 40), "confidence": 0.0}]


def test_an_adjusted_label_is_written_as_boxes_are_and_says_so():
    votes = [adjusted(worker, box("dog", 1, 2, 30, 40), changed=True) for worker in "abc"]
    settled = ADJUST.consolidate(votes, {}, CATEGORIES)
    bare = {key: value for key, value in settled.payload.items() if key != "initialValueModified"}

    written = ADJUST.encode(settled.payload, settled.confidence, CATEGORIES, Item({}, 640, 480, 3))
    plain = bounding_box.TASK_TYPE.encode(bare, settled.confidence, CATEGORIES, Item({}, 640, 480, 3))

    assert written.value == plain.value
    assert written.metadata == {**plain.metadata, "adjustment-status": "adjusted"}
    assert ADJUST.decode(written.value, written.metadata, CATEGORIES)[0] == settled.payload
    with pytest.raises(ValueError):
        ADJUST.decode(written.value, {**written.metadata, "adjustment-status": "mended"}, CATEGORIES)


def test_an_answer_must_say_whether_anything_was_changed():
    said = adjusted("a", box("dog", 1, 2, 30, 40), changed=False).answer
    silent, outside = boxes_answer([box("dog", 1, 2, 30, 40)]), adjusted("a", box("dog", 1, 2, 999, 40), changed=True)

    assert ADJUST.check(said, CATEGORIES, Item({}, 640, 480)) == []
    assert ADJUST.check(silent, CATEGORIES, Item({}, 640, 480)) == [
        "The answer does not say whether you changed the label. Reload the page and try again."
    ]
    assert ADJUST.check(outside.answer, CATEGORIES, Item({}, 640, 480)) == [
        "Shape 1: it reaches outside the picture. Move it inside."
    ]


def test_the_tool_starts_from_the_earlier_boxes_in_whole_pixels_inside_the_picture():
    annotations = [
        {"class_id": 0, "left": 10.4, "top": 20.6, "width": 30.2, "height": 40},
        {"class_id": 1, "left": -5, "top": 390, "width": 600, "height": 60},
        {"class_id": 0, "left": 499.9, "top": 0, "width": 0.01, "height": 0.2},
    ]

    given = ADJUST.task_input(Item(line(annotations), 500, 400, 3), CATEGORIES)["initialValue"]

    assert given == [box("dog", 10, 21, 31, 40), box("cat", 0, 390, 500, 10), box("dog", 499, 0, 1, 1)]
    answer = adjusted("a", *given, changed=False).answer
    answer["boundingBox"]["inputImageProperties"] = {"width": 500, "height": 400}
    assert ADJUST.check(answer, CATEGORIES, Item(line(annotations), 500, 400, 3)) == []


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ({}, "unadjusted"),
        ({"left": 111.0}, "unadjusted"),
        ({"left": 111.4}, "adjusted"),
        ({"width": 60.8}, "adjusted"),
        ({"left": -3}, "adjusted"),
        ({"top": 300, "height": 128}, "adjusted"),
    ],
)
def test_boxes_that_nobody_touched_are_called_unadjusted_only_where_they_are_the_earlier_ones(place, status):
    earlier = line([{"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128, **place}])
    item = Item(earlier, 500, 400, 3)
    begun = ADJUST.task_input(item, CATEGORIES)["initialValue"]
    settled = ADJUST.consolidate([adjusted("a", *begun, changed=False)], {}, CATEGORIES)

    written = ADJUST.encode(settled.payload, settled.confidence, CATEGORIES, item)

    assert written.metadata["adjustment-status"] == status


def test_an_earlier_category_that_this_job_lacks_is_named():
    with pytest.raises(ValueError, match="“horse” is no category of this job."):
        ADJUST.task_input(Item(line(names={"0": "horse"})), CATEGORIES)


# --- both -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [VERIFY, ADJUST], ids=lambda kind: kind.slug)
def test_an_object_without_the_earlier_label_has_no_task(kind):
    schema = Schema(CATEGORIES.categories, {"attribute": "boxes"})
    whole = line()

    for missing in ("boxes", "boxes-metadata"):
        less = {key: value for key, value in whole.items() if key != missing}
        with pytest.raises(ValueError, match="^This object has no label “boxes” from an earlier job.$"):
            kind.task_input(Item(less), schema)


@pytest.mark.parametrize("kind", [VERIFY, ADJUST], ids=lambda kind: kind.slug)
@pytest.mark.parametrize(
    "broken",
    [
        {**line(), "boxes": 0},
        {**line(), "boxes": "s3://acme/mask.png"},
        {**line(), "boxes": [1, 2]},
        {**line(), "boxes": {"annotations": []}},
        {**line(), "boxes": {"image_size": [None], "annotations": []}},
        {**line(), "boxes-metadata": {}},
        line(annotations=[None]),
        line(annotations=[{"class_id": 0}]),
        line(annotations=[{"class_id": 5, "left": 1, "top": 1, "width": 1, "height": 1}]),
        line(annotations=[{"class_id": 0, "left": float("nan"), "top": 1, "width": 1, "height": 1}]),
        line(annotations=[{"class_id": 0, "left": "1", "top": 1, "width": 1, "height": 1}]),
        line(annotations=[{"class_id": 0, "left": LONG, "top": 1, "width": 1, "height": 1}]),
        line(annotations=[{"class_id": 0, "left": 1, "top": 1, "width": 1, "height": 1}] * 10_001),
        line(names={"0": ["dog"]}),
        line(names=["dog"]),
    ],
    ids=range(15),
)
def test_an_earlier_label_of_another_kind_has_no_task(kind, broken):
    with pytest.raises(ValueError, match="^The label “boxes” of this object (is not one|cannot be used)"):
        kind.task_input(Item(broken), Schema(("dog", "good"), {"attribute": "boxes"}))


def test_a_picture_without_size_cannot_be_mended():
    with pytest.raises(ValueError, match="the picture has no size."):
        ADJUST.task_input(Item(line(size=(0, 400))), CATEGORIES)


@pytest.mark.parametrize("kind", [VERIFY, ADJUST], ids=lambda kind: kind.slug)
def test_the_new_label_needs_an_attribute_of_its_own(kind):
    assert kind.problems(VERDICTS, "check") == []
    assert kind.problems(VERDICTS, "boxes") == [
        "The new label needs an attribute of its own: “boxes” is the earlier one."
    ]
    assert kind.problems(Schema(("good", "bad")), "check") == ["Name the label attribute of the earlier job."]
    assert kind.options[-1].name == "attribute"


@pytest.mark.parametrize(
    ("kind", "attribute", "key"), [(VERIFY, "overlay", "overlay"), (ADJUST, "initial-value", "initialValue")]
)
def test_the_template_hands_the_earlier_label_to_the_tool(kind, attribute, key):
    source = (Path(settings.BASE_DIR) / "templates" / "tasks" / kind.template).read_text()
    given = kind.task_input(kind.example.item, kind.example.schema)

    html = templating.render(source, {"labels": [], **given}, sign=lambda uri: uri)

    (written,) = re.findall(rf'\s{attribute}="([^"]*)"', html)
    assert json.loads(unescape(written)) == given[key] != []
