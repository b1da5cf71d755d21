"""Masks of an earlier job: shown to be judged, or to be mended."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from labeling import templating
from labeling.task_types import adjustment_semantic_segmentation, verification_semantic_segmentation
from projects.task_types import Item, Schema, TaskType, Vote

VERIFY, ADJUST = verification_semantic_segmentation.TASK_TYPE, adjustment_semantic_segmentation.TASK_TYPE
URI = "s3://acme/out/streets/annotations/consolidated-annotation/output/0.png"
MAPPINGS = {"road": {"color": "#2acf59"}, "sky": {"color": "#1f77b4"}}


def changed_line(kind: TaskType, **metadata: Any) -> Item:
    line = kind.example.item.line
    return replace(
        kind.example.item, line={**line, "streets-ref-metadata": {**line["streets-ref-metadata"], **metadata}}
    )


def attribute_of(kind: TaskType, name: str) -> str:
    """An attribute of the element in the rendered example, as the browser would read it."""
    source = (Path(settings.BASE_DIR) / "templates" / "tasks" / kind.template).read_text()
    item, schema = kind.example.item, kind.example.schema
    given = {"taskObject": item.line["source-ref"], "labels": schema.categories, "header": "Which?"}
    html = templating.render(
        source, {**given, **kind.task_input(item, schema)}, sign=lambda uri: f"https://signed.test/{uri[5:]}?a=1&b='2'"
    )
    return unescape(re.search(rf'\s{name}="([^"]*)"', html)[1])


def as_json(lenient: str) -> Any:
    return json.loads(re.sub(r"(\w+): ", r'"\1": ', lenient))


def test_the_mask_to_judge_comes_as_the_classifiers_overlay() -> None:
    found = VERIFY.task_input(VERIFY.example.item, VERIFY.example.schema)

    assert found == {
        "overlay": {"semanticSegmentation": {"labels": ["road", "sky"], "labelMappings": MAPPINGS, "src": URI}}
    }


def test_the_template_signs_the_mask_to_judge() -> None:
    assert as_json(attribute_of(VERIFY, "overlay"))["semanticSegmentation"] == {
        "labels": ["road", "sky"],
        "labelMappings": MAPPINGS,
        "src": f"https://signed.test/{URI[5:]}?a=1&b='2'",
    }


def test_the_template_signs_the_mask_to_mend() -> None:
    assert as_json(attribute_of(ADJUST, "initial-value")) == {
        "labelMappings": MAPPINGS,
        "src": f"https://signed.test/{URI[5:]}?a=1&b='2'",
    }


@pytest.mark.parametrize("kind", [VERIFY, ADJUST], ids=["verify", "adjust"])
def test_an_object_without_hex_colours_has_no_task_and_says_why(kind: TaskType) -> None:
    bare = {"0": {"class-name": "BACKGROUND"}, "1": {"class-name": "road", "confidence": 0.9}}

    with pytest.raises(ValueError) as problem:
        kind.task_input(changed_line(kind, **{"internal-color-map": bare}), kind.example.schema)

    assert str(problem.value) == (
        "The label “streets-ref” of this object cannot be used: its metadata gives “road” no hex color."
    )


@pytest.mark.parametrize("kind", [VERIFY, ADJUST], ids=["verify", "adjust"])
def test_an_object_without_the_label_has_no_task(kind: TaskType) -> None:
    with pytest.raises(ValueError, match="has no label “streets-ref” from an earlier job"):
        kind.task_input(Item({"source-ref": "s3://acme/1.jpg"}), kind.example.schema)


def test_a_mask_with_other_categories_can_be_judged_and_not_mended() -> None:
    color_map = {"1": {"class-name": "lake", "hex-color": "#2acf59"}}

    shown = VERIFY.task_input(changed_line(VERIFY, **{"internal-color-map": color_map}), VERIFY.example.schema)
    with pytest.raises(ValueError, match="“lake” is no category of this job"):
        ADJUST.task_input(changed_line(ADJUST, **{"internal-color-map": color_map}), ADJUST.example.schema)

    assert shown["overlay"]["semanticSegmentation"]["labels"] == ["lake"]


def test_a_mended_mask_is_adjusted_if_anybody_changed_it() -> None:
    schema, (first, second, third) = ADJUST.example.schema, ADJUST.example.answers
    changed, same = first["crowd-semantic-segmentation"], second["crowd-semantic-segmentation"]
    assert (changed["initialValueModified"], same["initialValueModified"]) == (True, False)

    def status(*answers: Any) -> str:
        votes = [Vote(f"w{number}", answer) for number, answer in enumerate(answers)]
        settled = ADJUST.consolidate(votes, {}, schema)
        return ADJUST.encode(settled.payload, settled.confidence, schema, Item()).metadata["adjustment-status"]

    assert status(first, second, third) == "adjusted"
    assert status(second, third) == "unadjusted"


def test_a_mended_mask_has_its_bases_type_and_is_a_file() -> None:
    assert ADJUST.groundtruth_type == "groundtruth/semantic-segmentation"
    assert (ADJUST.needs_ref, ADJUST.has_picture, ADJUST.reads_item) == (True, True, True)
    assert (VERIFY.needs_ref, VERIFY.has_picture) == (False, False)
    assert (ADJUST.aws_names, VERIFY.aws_names) == (
        ("AdjustmentSemanticSegmentation",),
        ("VerificationSemanticSegmentation",),
    )


def test_the_set_up_names_the_earlier_label_and_no_background() -> None:
    both = ADJUST.problems(Schema(("BACKGROUND",), {"attribute": ""}), "mended-ref")

    assert both == [
        "“BACKGROUND” is what no category covers. Leave it out.",
        "Name the label attribute of the earlier job.",
    ]
