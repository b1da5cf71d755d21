"""The pixels of each thing: the gate, matching across workers, the manifest."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import pytest

from labeling.consolidation.mask_files import color_of, read_ids, write_ids
from labeling.task_types.instance_segmentation import TASK_TYPE
from projects.task_types import Item, Schema, Vote

SCHEMA = Schema(("cell", "nucleus"))
ITEM = Item({}, 20, 12, 3)
LEFT, RIGHT, DOT = ("cell", 1, 1, 7, 8), ("cell", 10, 1, 8, 8), ("nucleus", 3, 9, 3, 3)


def value_of(*things: tuple[str, int, int, int, int], colors: list[str] | None = None) -> dict[str, Any]:
    ids = np.zeros((12, 20), dtype=np.uint8)
    for number, (_, left, top, width, height) in enumerate(things, start=1):
        ids[top : top + height, left : left + width] = number
    colors = colors or [color_of(20 + number) for number in range(len(things))]
    return {
        "instances": [{"color": color, "label": thing[0]} for color, thing in zip(colors, things, strict=True)],
        "labeledImage": {"pngImageData": b64encode(write_ids(ids, colors)).decode()},
        "inputImageProperties": {"width": 20, "height": 12},
    }


def settle(*values: dict[str, Any]) -> Any:
    return TASK_TYPE.consolidate([Vote(f"w{n}", {"it": value}) for n, value in enumerate(values)], {}, SCHEMA)


def check(change: dict[str, Any]) -> list[str]:
    return TASK_TYPE.check({"it": {**value_of(LEFT, RIGHT), **change}}, SCHEMA, ITEM)


def ids_of(payload: dict[str, Any]) -> np.ndarray:
    numbers = {entry["color"]: number for number, entry in enumerate(payload["instances"], start=1)}
    return read_ids(b64decode(payload["labeledImage"]["pngImageData"]), numbers)


def test_what_the_tool_makes_is_taken() -> None:
    assert check({}) == []
    assert TASK_TYPE.check({"it": value_of()}, SCHEMA, ITEM) == []


def test_a_painted_thing_that_no_instance_names_is_not_lost() -> None:
    left, right = color_of(20), color_of(21)

    for instances, lost in ([], left), ([{"color": left, "label": "cell"}], right):
        (problem,) = check({"instances": instances})
        assert problem.startswith(f"Part of the mask is painted in {lost}, a colour that stands for nothing")


@pytest.mark.parametrize(
    ("instances", "sentence"),
    [
        ([{"color": "#112233", "label": "plant"}], "“plant” is not a category"),
        ([{"color": "#112233", "label": "cell"}, {"color": "#112233", "label": "cell"}], "the same colour"),
        ([{"color": "#ffffff", "label": "cell"}], "White is the colour of the background"),
        ([{"color": "red", "label": "cell"}], "not what the tool makes"),
        ([{"color": "#112233"}], "not what the tool makes"),
        ([{"color": "#112233", "label": ["cell"]}], "not what the tool makes"),
        ([{"color": "#112233", "label": "cell", "note": "x"}], "not what the tool makes"),
        (["cell"], "not what the tool makes"),
        ({"cell": "#112233"}, "not what the tool makes"),
        ([{"color": f"#{number:06x}", "label": "cell"} for number in range(256)], "At most 255 instances"),
    ],
)
def test_what_a_tampered_page_could_say_is_one_sentence(instances: Any, sentence: str) -> None:
    (problem,) = check({"instances": instances})

    assert sentence in problem


def test_a_damaged_picture_is_refused() -> None:
    assert check({"labeledImage": {"pngImageData": "AAAA"}}) == [
        "The mask cannot be read as a PNG picture. Reload the page and draw again."
    ]


def test_things_are_matched_whatever_their_colour_and_order() -> None:
    settled = settle(value_of(LEFT, RIGHT, DOT), value_of(DOT, RIGHT, LEFT), value_of(RIGHT, LEFT))

    assert settled.payload["instances"] == [
        {"color": color_of(0), "label": "cell", "confidence": 0.88},
        {"color": color_of(1), "label": "cell", "confidence": 0.88},
        {"color": color_of(2), "label": "nucleus", "confidence": 0.62},
    ]
    assert settled.confidence == pytest.approx((0.88 + 0.88 + 0.62) / 3, abs=1e-6)
    assert np.bincount(ids_of(settled.payload).ravel()).tolist() == [240 - 56 - 64 - 9, 56, 64, 9]


def test_what_one_of_three_saw_is_left_out_and_nothing_seen_is_sure() -> None:
    assert [e["label"] for e in settle(value_of(LEFT, DOT), value_of(LEFT), value_of(LEFT)).payload["instances"]] == [
        "cell"
    ]
    empty = settle(value_of(), value_of(), value_of())
    assert (empty.payload["instances"], empty.confidence) == ([], 3.5 / 4)


def test_an_answer_alone_is_kept_and_its_confidence_not_computed() -> None:
    settled = settle(value_of(RIGHT, DOT))

    assert [(e["label"], e["confidence"]) for e in settled.payload["instances"]] == [("cell", 0.0), ("nucleus", 0.0)]
    assert (settled.confidence, settled.method) == (0.0, "single")


def careless(names: tuple[str, ...] = ("ann", "bo", "cy", "di", "ed")) -> list[tuple[int, Vote]]:
    """Twenty pictures of two things: ann and bo see both; the others one of five, each another."""
    pairs = []
    for number in range(20):
        for place, name in enumerate(names):
            seen = [thing for at, thing in enumerate((LEFT, RIGHT)) if place < 2 or (2 * number + at + place) % 5 == 0]
            pairs.append((number, Vote(name, {"it": value_of(*seen)})))
    return pairs


def test_who_misses_most_things_is_not_counted_as_half_of_the_workers() -> None:
    skills = TASK_TYPE.fit(careless(), SCHEMA)
    things = [value_of(LEFT, RIGHT), value_of(LEFT, RIGHT), value_of(), value_of(), value_of()]
    votes = [Vote(name, {"it": value}) for name, value in zip(("ann", "bo", "cy", "di", "ed"), things, strict=True)]

    known, strange = (TASK_TYPE.consolidate(votes, learnt, SCHEMA) for learnt in (skills, {}))
    rare = [Vote("cy", {"it": value_of(DOT)}), *votes[:2], *votes[3:]]

    assert skills["finds"][0] == skills["finds"][1] > 0.9 > 0.4 > max(skills["finds"][2:5])
    assert [entry["label"] for entry in known.payload["instances"]] == ["cell", "cell"]
    assert known.method == "matched, believed by skill, pixel vote"
    assert strange.payload["instances"] == []
    assert "nucleus" not in [e["label"] for e in TASK_TYPE.consolidate(rare, skills, SCHEMA).payload["instances"]]
    assert TASK_TYPE.weight is not None
    assert TASK_TYPE.weight(skills, "ann") > TASK_TYPE.weight(skills, "cy")


def test_neither_names_nor_the_order_of_answers_change_who_is_believed() -> None:
    skills = TASK_TYPE.fit(careless(), SCHEMA)
    renamed = TASK_TYPE.fit(careless(("z", "y", "x", "w", "v"))[::-1], SCHEMA)
    backwards = [TASK_TYPE.fit(careless()[::-1], SCHEMA)]

    assert [renamed[key][:5][::-1] for key in ("finds", "falls")] == [skills[key][:5] for key in ("finds", "falls")]
    assert backwards == [skills]


def test_people_are_judged_by_what_is_known() -> None:
    """Two of three draw what is not there, in nine of ten pictures."""
    pairs = [
        (number, Vote(name, {"it": value_of(LEFT, DOT) if name != "ann" and number % 10 else value_of(LEFT)}))
        for number in range(20)
        for name in ("ann", "bo", "cy")
    ]
    votes = [vote for number, vote in pairs if number == 1]

    guessed = TASK_TYPE.fit(pairs, SCHEMA)
    told = TASK_TYPE.fit(pairs, SCHEMA, {number: {"it": value_of(LEFT)} for number in range(20)})

    assert guessed["finds"][0] < told["finds"][0]
    assert told["falls"][0] < 0.3 < 0.6 < told["falls"][1]
    by_guess, by_truth = (
        TASK_TYPE.consolidate(votes, skills, SCHEMA).payload["instances"] for skills in (guessed, told)
    )
    assert [entry["label"] for entry in by_guess] == ["cell", "nucleus"]
    assert {e["label"]: e["confidence"] for e in by_truth}.get("nucleus", 0.0) < by_guess[1]["confidence"] - 0.2


def test_answers_and_truths_without_their_picture_teach_nothing() -> None:
    bare = {"it": {**value_of(LEFT), "labeledImage": {}}}

    assert TASK_TYPE.fit([(0, Vote("a", bare)), (0, Vote("b", bare))], SCHEMA) == {}
    assert TASK_TYPE.fit(careless(), SCHEMA, {0: bare}) == TASK_TYPE.fit(careless(), SCHEMA)


def test_a_lone_answer_is_kept_whoever_gave_it() -> None:
    skills = {"workers": ["a"], "finds": [0.1, 0.5], "falls": [0.9, 0.5], "there": 0.1, "misleading": 5.0}

    settled = TASK_TYPE.consolidate([Vote("a", {"it": value_of(LEFT)})], skills, SCHEMA)

    assert len(settled.payload["instances"]) == 1
    assert (settled.confidence, settled.method) == (0.0, "single")


def test_where_nothing_is_believed_the_confidence_is_that_all_of_it_is_wrong() -> None:
    skills = TASK_TYPE.fit(careless(), SCHEMA)
    nothing = [Vote(name, {"it": value_of()}) for name in ("ann", "bo", "cy")]
    doubted = [*nothing[:2], Vote("cy", {"it": value_of(DOT)})]

    sure, less = (TASK_TYPE.consolidate(votes, skills, SCHEMA) for votes in (nothing, doubted))

    assert sure.payload["instances"] == less.payload["instances"] == []
    assert 0.9 < sure.confidence < 1
    assert sure.confidence * 0.6 < less.confidence < sure.confidence


def test_agreement_is_the_panoptic_quality() -> None:
    one, other = {"it": value_of(LEFT, RIGHT)}, {"it": value_of(RIGHT, colors=["#000001"])}

    assert TASK_TYPE.agreement(one, other, SCHEMA) == pytest.approx(1 / 1.5)
    assert TASK_TYPE.agreement({"it": {**one["it"], "labeledImage": {}}}, other, SCHEMA) == 0.0


def test_the_metadata_tells_each_instance() -> None:
    payload = settle(value_of(LEFT), value_of(LEFT)).payload

    line = TASK_TYPE.encode(payload, 0.83, SCHEMA, ITEM)

    assert line.value is None
    assert line.metadata == {
        "instances": [{"class-name": "cell", "hex-color": "#ca2121", "confidence": 0.83}],
        "confidence": 0.83,
        "type": "groundtruth/custom",
    }
    told = TASK_TYPE.encode(payload, 0.0, SCHEMA, ITEM).metadata["instances"]
    assert told == [{"class-name": "cell", "hex-color": "#ca2121", "confidence": 0.0}]


@pytest.mark.parametrize(
    "entry",
    [
        {"class-name": "plant", "hex-color": "#112233", "confidence": 0.5},
        {"class-name": "cell", "hex-color": "red", "confidence": 0.5},
        {"class-name": "cell", "hex-color": "#112233", "confidence": 2},
        {"class-name": "cell", "hex-color": "#112233"},
        {"class-name": "cell", "hex-color": "#ffffff", "confidence": 0.5},
        "cell",
        None,
    ],
)
def test_what_is_no_instance_is_not_read(entry: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        TASK_TYPE.decode("s3://out/0.png", {"instances": [entry], "confidence": 0.5}, SCHEMA)


def test_a_label_is_described_by_its_counts() -> None:
    payload = settle(value_of(LEFT, RIGHT, DOT), value_of(LEFT, RIGHT, DOT)).payload

    assert TASK_TYPE.describe(payload, SCHEMA) == "2 × cell, 1 × nucleus"
    assert TASK_TYPE.describe({"instances": []}, SCHEMA) == "nothing"
