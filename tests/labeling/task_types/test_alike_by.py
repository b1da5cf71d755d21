"""How far two answers agree on each category, type by type."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from labeling.consolidation.instances import Drawing, panoptic_quality, quality_by_category
from labeling.consolidation.masks import iou_by_number, mean_iou
from projects import task_types
from projects.task_types import Answer, Schema, TaskType

SIZE = {"width": 640, "height": 480}
BY_CATEGORY = [kind for kind in task_types.every() if kind.alike_by]


def alike(slug: str, a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
    by = task_types.get(slug).alike_by
    assert by is not None
    return dict(by(a, b, schema))


def boxes(*drawn: tuple[str, int]) -> Answer:
    shapes = [{"label": name, "left": left, "top": 10, "width": 100, "height": 100} for name, left in drawn]
    return {"crowd-bounding-box": {"boundingBoxes": shapes, "inputImageProperties": SIZE}}


def spans(*marked: tuple[str, int, int]) -> Answer:
    entities = [{"label": name, "startOffset": start, "endOffset": end} for name, start, end in marked]
    return {"crowd-entity-annotation": {"entities": entities}}


def test_all_types_have_it_whose_answers_name_the_job_s_categories() -> None:
    without = {kind.slug for kind in task_types.every() if kind.alike_by is None}

    assert without == {"custom", "text-answer", "text-ranking"}


@pytest.mark.parametrize("kind", BY_CATEGORY, ids=lambda kind: kind.slug)
def test_an_answer_agrees_with_itself_on_every_category(kind: TaskType) -> None:
    schema = kind.example.schema
    for answer in kind.example.answers:
        found = alike(kind.slug, answer, answer, schema)
        assert set(found) <= set(range(len(schema.categories)))
        assert set(found.values()) == {1.0}


@pytest.mark.parametrize("kind", [k for k in BY_CATEGORY if not k.names_one], ids=lambda kind: kind.slug)
def test_of_several_parts_it_is_the_same_both_ways_round(kind: TaskType) -> None:
    first, second, third = kind.example.answers
    for a, b in ((first, second), (first, third), (second, third)):
        assert alike(kind.slug, a, b, kind.example.schema) == alike(kind.slug, b, a, kind.example.schema)


def test_a_class_counts_for_what_the_second_names() -> None:
    schema = Schema(("bird", "plane"))
    bird, plane = ({"crowd-classifier": {"label": name}} for name in ("bird", "plane"))

    assert alike("text-classification", bird, plane, schema) == {1: 0.0}
    assert alike("text-classification", plane, plane, schema) == {1: 1.0}
    assert alike("text-classification", plane, {"crowd-classifier": {"label": "kite"}}, schema) == {}


def test_of_several_categories_both_what_is_missed_and_what_is_invented_counts() -> None:
    schema = Schema(("bird", "plane", "kite", "moon"))
    a, b = ({"crowd-classifier-multi-select": {"labels": names}} for names in (["bird", "kite"], ["bird", "plane"]))

    assert alike("text-multilabel", a, b, schema) == {0: 1.0, 1: 0.0, 2: 0.0}


def test_boxes_are_matched_within_their_category_and_sum_up_to_the_whole() -> None:
    schema = Schema(("car", "bike", "tram"))
    a, b = boxes(("car", 10), ("car", 300), ("bike", 10)), boxes(("car", 10), ("bike", 60), ("tram", 500))

    found = alike("bounding-box", a, b, schema)

    # Of three cars two are one; the bikes lie on each other with 50 of 150 pixels a row; nobody else saw the tram.
    assert found == {0: round(2 / 3, 6), 1: round(50 / 150, 6), 2: 0.0}
    whole = task_types.get("bounding-box").agreement(a, b, schema)
    assert whole == pytest.approx((3 * found[0] + 2 * found[1]) / 6, abs=1e-5)


def test_spans_count_by_their_label() -> None:
    schema = Schema(("People", "Place"), {"overlap": False, "short": []})
    a, b = spans(("People", 0, 3), ("Place", 13, 17)), spans(("People", 0, 3), ("People", 4, 9))

    assert alike("named-entity", a, b, schema) == {0: 2 / 3, 1: 0.0}


def test_masks_overlap_by_category() -> None:
    a, b = np.zeros((8, 8), dtype=np.uint8), np.zeros((8, 8), dtype=np.uint8)
    a[:4], b[:2], b[6:] = 1, 1, 3

    assert iou_by_number(a, b) == {1: 0.5, 3: 0.0}
    assert mean_iou(a, b) == 0.25
    assert iou_by_number(np.zeros_like(a), np.zeros_like(a)) == {}


def test_instances_have_a_quality_by_category() -> None:
    ids = np.zeros((8, 8), dtype=np.uint8)
    ids[:4], ids[6:] = 1, 2
    part = ids.copy()
    part[3] = 0
    a, b = Drawing(ids, (0, 1)), Drawing(part, (0, 0))

    # The first is matched with an overlap of 3 of 4 rows; the second is called otherwise by the other.
    assert quality_by_category(a, b) == {0: 2 * 0.75 / 3, 1: 0.0}
    assert panoptic_quality(a, b) == 2 * 0.75 / 4


@pytest.mark.parametrize(
    ("confidences", "believed"),
    [((0.9, 0.2, 0.5), ["bird", "kite"]), ((0.3, 0.1, 0.2), ["bird"]), ((0.0, 0.0, 0.0), ["bird", "plane", "kite"])],
)
def test_of_a_union_what_is_believed_is_right(confidences: tuple[float, ...], believed: list[str]) -> None:
    schema = Schema(("bird", "plane", "kite"))
    payload: Any = [{"class_id": number, "confidence": one} for number, one in enumerate(confidences)]

    (part,) = task_types.get("text-multilabel").truth_of(payload, schema).values()

    assert part == {"labels": believed}
