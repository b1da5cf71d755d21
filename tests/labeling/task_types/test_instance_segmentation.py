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
