"""Spans that are none, that cut words, or that are called otherwise than elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from labeling.validation.findings import Kind, Labelled
from labeling.validation.rules import check
from labeling.validation.spans import MISPLACED, RAGGED
from labeling.validation.wordings import UNLIKE
from tests.labeling.validation.jobs import told

NAMES = ("Person", "Place")


def spans_job(texts: Sequence[str], labels: Sequence[Any]) -> Labelled:
    return Labelled(Kind.SPANS, list(labels), NAMES, texts=list(texts))


def test_what_is_no_span_of_its_text_is_found() -> None:
    job = spans_job(
        ["Ann in Oslo"] * 6,
        [[(0, 3, 0), (7, 12, 1)], [(3, 3, 0)], [(0, 3, 2)], [(0, 3)], 5, [(0, 3, 0)]],
    )

    assert told(MISPLACED, job) == [
        (0, 1.0, "Span 2 is no place in the text."),
        (1, 1.0, "Span 1 is no place in the text."),
        (2, 1.0, "Span 1 has no category of this job."),
        (3, 1.0, "Span 1 has no beginning and end."),
        (4, 1.0, "The label cannot be read."),
    ]


def test_a_span_within_a_word_or_with_a_blank_is_found_where_others_are_whole() -> None:
    texts = ["Ann lives in Oslo"] * 10
    whole = [(0, 3, 0), (13, 17, 1)]
    job = spans_job(texts, [[(0, 2, 0), (13, 17, 1)], [(0, 4, 0), (13, 17, 1)], *[whole] * 8])

    assert told(RAGGED, job) == [
        (0, 0.95, "Span 1 (“An”) begins or ends within a word."),
        (1, 0.95, "Span 1 (“Ann”) begins or ends with a blank."),
    ]
    assert {(one.object, one.rule) for one in check(job)} == {(0, "ragged"), (1, "ragged")}


def test_in_a_language_without_blanks_no_span_is_ragged() -> None:
    job = spans_job(["我住在北京市"] * 10, [[(3, 5, 1)]] * 10)

    assert [severity for _, severity, _ in told(RAGGED, job)] == [0.0] * 10
    assert check(job) == []


def test_a_wording_called_otherwise_than_elsewhere_is_found() -> None:
    texts = [f"Number {n}: {'OSLO' if n % 2 else 'Oslo'} is cold" for n in range(10)]
    at = texts[0].index("Oslo")
    labels = [[(at, at + 4, 1)] for _ in range(10)]
    labels[3] = [(at, at + 4, 0)]
    labels[6] = []

    found = told(UNLIKE, spans_job(texts, labels))

    assert found == [
        (3, 0.818, "“oslo” is “Person” here, and “Place” in 8 of 9 other places."),
        (6, 0.818, f"“oslo” (character {at + 1}) is not marked, and is “Place” in 8 of 9 other places."),
    ]


def test_what_is_marked_once_and_nowhere_else_is_found() -> None:
    texts = [f"Number {n}: the house is old" for n in range(12)]
    at = texts[0].index("house")

    found = told(UNLIKE, spans_job(texts[:10], [[(at, at + 5, 1)], *[[]] * 9]))

    assert found == [(0, 0.818, "“house” is “Place” here, and is not marked in 9 of 9 other places.")]


def test_part_of_a_marked_name_and_objects_without_a_label_do_not_count() -> None:
    texts = ["New York is big", "York is old", "New York", "York"]
    labels = [[(0, 8, 1)], [(0, 4, 1)], [(0, 8, 1)], None]

    assert told(UNLIKE, spans_job(texts, labels)) == []


def test_few_places_are_no_proof() -> None:
    texts = ["Ann ran", "Ann sat", "Ann ate"]

    found = UNLIKE.findings(spans_job(texts, [[(0, 3, 0)], [(0, 3, 0)], [(0, 3, 1)]]))

    assert [(one.object, one.severity) for one in found] == [(2, 0.5)]
    assert check(spans_job(texts, [[(0, 3, 0)], [(0, 3, 0)], [(0, 3, 1)]])) == []


def test_the_order_of_objects_does_not_matter() -> None:
    texts = [f"{name} met {other}" for name in ("Ann", "Bo", "Cy") for other in ("Ann", "Bo", "Cy") for _ in range(3)]
    labels = [[(0, text.index(" "), n % 2)] for n, text in enumerate(texts)]
    forward = {(one.object, one.severity, repr(one.values)) for one in UNLIKE.findings(spans_job(texts, labels))}
    backward = UNLIKE.findings(spans_job(texts[::-1], labels[::-1]))

    assert forward
    assert {(len(texts) - 1 - one.object, one.severity, repr(one.values)) for one in backward} == forward
