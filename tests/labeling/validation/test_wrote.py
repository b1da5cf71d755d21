"""Free texts: the object's own, one for many objects, and far shorter or longer than usual."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labeling.validation.findings import Kind, Labelled
from labeling.validation.rules import check
from labeling.validation.wrote import COPIED, LENGTH, REPEATED
from tests.labeling.validation.jobs import told

SOURCES = [f"La soupe numéro {n} était froide." for n in range(40)]
SAID = [f"Soup number {n} was cold, alas." for n in range(40)]


def texts_job(labels: Sequence[Any], texts: Sequence[str] | None = SOURCES) -> Labelled:
    return Labelled(Kind.TEXTS, list(labels), (), texts=None if texts is None else list(texts))


def test_a_job_of_careful_texts_has_no_findings() -> None:
    assert check(texts_job(SAID)) == []
    assert check(texts_job(SAID, None)) == []


def test_the_objects_own_text_is_no_answer() -> None:
    labels = [f" {SOURCES[0].upper()} ", *SAID[1:]]

    assert told(COPIED, texts_job(labels)) == [(0, 0.975, "The answer is the text that it is about, unchanged.")]
    assert [one.rule for one in check(texts_job(labels))] == ["copied"]


def test_where_leaving_a_text_as_it_is_is_usual_nothing_is_found() -> None:
    assert check(texts_job(SOURCES)) == []


def test_one_text_for_several_objects_is_found() -> None:
    labels = ["It is  cold.", "it is cold.", "It is cold.", *SAID[3:]]

    assert told(REPEATED, texts_job(labels)) == [
        (row, 0.925, "“it is cold.” is the answer for 3 different objects.") for row in range(3)
    ]


def test_the_same_text_for_equal_objects_and_usual_answers_are_no_finding() -> None:
    assert told(REPEATED, texts_job([SAID[0]] * 3 + SAID[3:], [SOURCES[0]] * 3 + SOURCES[3:])) == []
    assert check(texts_job(["yes", "no"] * 20, [source * 3 for source in SOURCES])) == []


def test_far_shorter_and_longer_texts_than_usual_are_found_beside_their_objects() -> None:
    labels = ["No.", "Soup was cold, alas, " * 20, *SAID[2:]]

    found = {row: words for row, severity, words in told(LENGTH, texts_job(labels)) if severity >= LENGTH.threshold}

    assert found == {
        0: "The answer has 3 characters; about 29 are usual here.",
        1: "The answer has 419 characters; about 29 are usual here.",
    }
