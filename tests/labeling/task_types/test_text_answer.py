"""Free text: the gate, the nearest of several texts, the manifest."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.task_types.text_answer import TASK_TYPE
from projects.task_types import Item, Schema, Vote

SCHEMA = Schema(())
SCRIPT = "<script>alert(1)</script> & {{ task.input }}"


def check(text: Any) -> list[str]:
    return TASK_TYPE.check({"answer": text}, SCHEMA, Item())


def settle(*texts: str) -> Any:
    return TASK_TYPE.consolidate([Vote(f"w{n}", {"answer": text}) for n, text in enumerate(texts)], {}, SCHEMA)


def test_any_text_of_the_right_length_is_taken_and_markup_is_text() -> None:
    assert check("The soup was cold.") == check("x" * 20_000) == check(SCRIPT) == []
    assert TASK_TYPE.check({"caption": "A heron."}, SCHEMA, Item()) == []


@pytest.mark.parametrize("text", ["", " \n\t", None, 7, ["The soup"], {"text": "The soup"}])
def test_no_text_is_asked_for(text: Any) -> None:
    assert check(text) == ["Write an answer."]


def test_a_form_with_more_than_one_field_is_another_form() -> None:
    assert TASK_TYPE.check({"answer": "The soup", "more": "was cold."}, SCHEMA, Item()) == ["Write an answer."]


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    assert check("x" * 20_001) == ["An answer has at most 20,000 characters; this one has 20001."]


def test_the_nearest_to_all_is_kept_as_it_was_written() -> None:
    settled = settle("The soup was\ncold.", "The soup was cold", "A cold soup, it was.")

    assert settled.payload == "The soup was\ncold."
    assert 0.5 < settled.confidence < 0.9
    assert settled.method == "nearest text"
    assert settle(SCRIPT, SCRIPT).payload == SCRIPT


def test_an_answer_alone_is_kept_and_its_confidence_not_computed() -> None:
    settled = settle("The soup was cold.")

    assert (settled.payload, settled.confidence, settled.method) == ("The soup was cold.", 0.0, "single")


def test_agreement_is_what_need_not_be_edited() -> None:
    assert TASK_TYPE.agreement({"answer": "abcd"}, {"answer": "abxd"}, SCHEMA) == 0.75
    assert TASK_TYPE.agreement({"answer": "abc"}, {"answer": "xyz"}, SCHEMA) == 0.0


def test_the_manifest_holds_the_text() -> None:
    line = TASK_TYPE.encode("The soup was cold.", 0.876, SCHEMA, Item())

    assert line.value == "The soup was cold."
    assert line.metadata == {"confidence": 0.88, "type": "groundtruth/custom"}


@pytest.mark.parametrize(
    ("value", "confidence"), [("", 0.5), (7, 0.5), ("x" * 20_001, 0.5), ("text", 2), ("text", "x")]
)
def test_what_is_no_answer_is_not_read(value: Any, confidence: Any) -> None:
    with pytest.raises(ValueError):
        TASK_TYPE.decode(value, {"confidence": confidence}, SCHEMA)


def test_a_long_text_is_described_by_its_beginning() -> None:
    words = TASK_TYPE.describe("The  soup\nwas cold. " * 30, SCHEMA)

    assert len(words) == 200
    assert words.startswith("The soup was cold. The soup")
    assert words.endswith("…")
