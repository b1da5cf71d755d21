"""Responses put in order: the gate, the order that disagrees least, the manifest."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.task_types.text_ranking import ELEMENT, TASK_TYPE
from projects.task_types import Item, Schema, Vote

ITEM = Item({"source": "How?", "responses": ["So.", "Thus.", "No."]})
SCHEMA = Schema(("helpful", "harmless"))
TIES = Schema(("helpful", "harmless"), {"ties": True})


def check(rankings: Any, schema: Schema = SCHEMA, item: Item = ITEM) -> list[str]:
    return TASK_TYPE.check({"it": rankings}, schema, item)


def settle(*rankings: dict[str, list[int]], schema: Schema = SCHEMA) -> Any:
    return TASK_TYPE.consolidate([Vote(f"w{n}", {"it": given}) for n, given in enumerate(rankings)], {}, schema)


def test_a_rank_for_each_response_in_each_respect_is_taken() -> None:
    assert check({"helpful": [3, 1, 2], "harmless": [1, 2, 3]}) == []
    assert check({"helpful": [1, 1, 3], "harmless": [2, 2, 2]}, TIES) == []


@pytest.mark.parametrize(
    ("rankings", "sentence"),
    [
        ({"helpful": [1, 2, 3]}, "Rank all 3 responses by “harmless”."),
        ({"helpful": [1, 2], "harmless": [1, 2, 3]}, "Rank all 3 responses by “helpful”."),
        ({"helpful": "123", "harmless": [1, 2, 3]}, "Rank all 3 responses by “helpful”."),
        ({"helpful": [0, 1, 2], "harmless": [1, 2, 3]}, "Ranks by “helpful” are whole numbers from 1 to 3."),
        ({"helpful": [2, 3, 4], "harmless": [1, 2, 3]}, "Ranks by “helpful” are whole numbers from 1 to 3."),
        ({"helpful": [1.0, 2, 3], "harmless": [1, 2, 3]}, "Ranks by “helpful” are whole numbers from 1 to 3."),
        ({"helpful": [True, 2, 3], "harmless": [1, 2, 3]}, "Ranks by “helpful” are whole numbers from 1 to 3."),
        ({"helpful": [float("nan"), 2, 3], "harmless": [1, 2, 3]}, "Ranks by “helpful” are whole numbers from 1 to 3."),
        ({"helpful": [None, [], {}], "harmless": [1, 2, 3]}, "Ranks by “helpful” are whole numbers from 1 to 3."),
        ({"helpful": [1, 1, 3], "harmless": [1, 2, 3]}, "Give each response a rank of its own by “helpful”."),
        (
            {"helpful": [1, 2, 3], "harmless": [1, 2, 3], "funny": [1, 2, 3]},
            "This answer is not what the tool makes. Reload the page and rank again.",
        ),
    ],
)
def test_what_a_tampered_page_could_say_is_one_sentence(rankings: Any, sentence: str) -> None:
    assert check(rankings) == [sentence]


def test_an_answer_that_is_no_ranking_lacks_every_respect() -> None:
    assert TASK_TYPE.check({"it": ["x"]}, SCHEMA, ITEM) == [
        "Rank all 3 responses by “helpful”.",
        "Rank all 3 responses by “harmless”.",
    ]


NOTHING = "This object has nothing to rank: its line needs the key “responses”, a list of texts."


@pytest.mark.parametrize(
    ("responses", "sentence"),
    [
        (None, NOTHING),
        ("So.", NOTHING),
        (["So.", 7], NOTHING),
        (["So.", " "], NOTHING),
        (["So."], "This object has 1 responses; from 2 to 10 can be ranked."),
        (["So."] * 11, "This object has 11 responses; from 2 to 10 can be ranked."),
    ],
)
def test_an_object_without_responses_has_no_task(responses: Any, sentence: str) -> None:
    item = Item({"source": "How?", "responses": responses})

    with pytest.raises(ValueError) as problem:
        TASK_TYPE.task_input(item, SCHEMA)

    assert str(problem.value) == sentence
    assert check({"helpful": [1, 2], "harmless": [1, 2]}, item=item) == [sentence]


def test_an_object_without_a_text_has_no_task() -> None:
    with pytest.raises(ValueError, match="needs the key “source”"):
        TASK_TYPE.task_input(Item({"responses": ["So.", "No."]}), SCHEMA)


def test_the_template_gets_text_responses_and_respects() -> None:
    assert TASK_TYPE.task_input(ITEM, TIES) == {
        "text": "How?",
        "responses": ["So.", "Thus.", "No."],
        "dimensions": [{"name": "helpful", "allowTie": True}, {"name": "harmless", "allowTie": True}],
    }


def test_each_respect_is_settled_by_itself() -> None:
    settled = settle(
        {"helpful": [1, 2, 3], "harmless": [3, 2, 1]},
        {"helpful": [1, 2, 3], "harmless": [3, 1, 2]},
        {"helpful": [2, 1, 3], "harmless": [3, 2, 1]},
    )

    assert settled.payload == {
        "ranks": {"helpful": [1, 2, 3], "harmless": [3, 2, 1]},
        "confidence": {"helpful": 0.79, "harmless": 0.79},  # of three pairs two whole, one by two of three
    }
    assert settled.confidence == 0.79
    assert settled.method == "Kemeny"


def test_ties_come_out_only_where_the_job_allows_them() -> None:
    equal = {"helpful": [1, 1, 3], "harmless": [1, 1, 1]}

    assert settle(equal, equal, schema=TIES).payload["ranks"] == equal


def test_an_answer_alone_is_kept_and_its_confidence_not_computed() -> None:
    rankings = {"helpful": [3, 1, 2], "harmless": [1, 2, 3]}

    settled = settle(rankings)

    assert settled.payload == {"ranks": rankings, "confidence": {"helpful": 0.0, "harmless": 0.0}}
    assert (settled.confidence, settled.method) == (0.0, "single")


def test_equally_good_orders_are_drawn_by_the_objects_number() -> None:
    votes = [Vote("a", {"it": {"helpful": [1, 2]}}), Vote("b", {"it": {"helpful": [2, 1]}})]
    schema = Schema(("helpful",))

    drawn = TASK_TYPE.consolidate_many([votes] * 50, {}, schema, list(range(50)))

    firsts = [settled.payload["ranks"]["helpful"][0] for settled in drawn]
    assert 10 < firsts.count(1) < 40
    assert drawn == TASK_TYPE.consolidate_many([votes[::-1]] * 50, {}, schema, list(range(50)))


def test_agreement_is_kendalls_tau_over_the_respects() -> None:
    one = {"it": {"helpful": [1, 2, 3], "harmless": [1, 2, 3]}}
    other = {"it": {"helpful": [1, 3, 2], "harmless": [3, 2, 1]}}

    assert TASK_TYPE.agreement(one, other, SCHEMA) == pytest.approx((2 / 3 + 0) / 2)
    assert TASK_TYPE.agreement(one, {"it": {"helpful": [1, 2], "harmless": [1, 2, 3]}}, SCHEMA) == 0.5


def test_the_manifest_holds_the_ranks_and_their_confidences() -> None:
    payload = {
        "ranks": {"helpful": [1, 2, 3], "harmless": [3, 2, 1]},
        "confidence": {"helpful": 0.9, "harmless": 0.7},
    }

    line = TASK_TYPE.encode(payload, 0.8, SCHEMA, ITEM)

    assert line.value == {"helpful": [1, 2, 3], "harmless": [3, 2, 1]}
    assert line.metadata == {
        "confidence": 0.8,
        "confidence-map": {"helpful": 0.9, "harmless": 0.7},
        "type": "groundtruth/custom",
    }
    assert TASK_TYPE.encode(payload, 0.0, SCHEMA, ITEM).metadata["confidence-map"] == {"helpful": 0.0, "harmless": 0.0}
    assert TASK_TYPE.answer_of(payload, SCHEMA) == {ELEMENT: payload["ranks"]}


@pytest.mark.parametrize(
    "value",
    [
        {"helpful": [1, 2]},
        {"helpful": [1, 2], "harmless": [1, 2, 3]},
        {"helpful": [1], "harmless": [1]},
        {"helpful": ["1", "2"], "harmless": [1, 2]},
        {"helpful": [1, 2], "harmless": [1, 2], "funny": [1, 2]},
        {"helpful": list(range(1, 12)), "harmless": list(range(1, 12))},
        {"helpful": 7, "harmless": 7},
        [1, 2],
        "1 2",
        None,
    ],
)
def test_a_line_of_another_kind_is_not_taken_for_ranks(value: Any) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        TASK_TYPE.decode(value, {"confidence-map": {"helpful": 0.5, "harmless": 0.5}}, SCHEMA)


def test_ranks_are_described_the_best_first() -> None:
    payload = {"ranks": {"helpful": [3, 1, 2], "harmless": [1, 1, 3]}, "confidence": {}}

    assert TASK_TYPE.describe(payload, SCHEMA) == "helpful: 2 > 3 > 1; harmless: 1 = 2 > 3"
