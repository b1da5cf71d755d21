"""Spans as they are marked in a text: which are sound, and those that are not, or begin or end within a word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.validation.confident import is_number_of
from labeling.validation.findings import Hit, Kind, Labelled, Rule, split_parts

SHOWN = 60  # characters of a span in a sentence
CUT, LOOSE = "cut", "loose"


@dataclass(frozen=True)
class Marked:
    """A sound span: characters start to end - 1 of its object's text, and a category of the job."""

    row: int
    place: int  # in its label, from 1
    category: int
    start: int
    end: int


def sound_spans(job: Labelled) -> list[Marked]:
    """Return the spans that the other rules look at, found once."""
    found: list[Marked] = job.once("spans", _split)[0]
    return found


def _split(job: Labelled) -> Any:
    return split_parts(job, _read)


def _read(job: Labelled, row: int, place: int, span: Any) -> Marked | str:
    """Return a span, or what is wrong with it."""
    try:
        start, end, category = span
    except (TypeError, ValueError):
        return "strange"
    if not all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in (start, end)):
        return "strange"
    if not is_number_of(category, job):
        return "category"
    text = job.text(row)
    if not 0 <= start < end or (text and end > len(text)):
        return "nowhere"
    return Marked(row, place, int(category), int(start), int(end))


def find_broken(job: Labelled) -> Iterator[Hit]:
    """Yield what is no span of its text. Severity 1: nobody can have meant it."""
    for row, place, what in job.once("spans", _split)[1]:
        yield Hit(row, 1.0, {"what": what, "shape": place} if place else {"what": what})


def find_ragged(job: Labelled) -> Iterator[Hit]:
    """Yield spans that begin or end within a word, or with a blank.

    Severity: the share of the job's spans that do not, so that nothing is found where that is usual, as in a language
    without blanks.
    """
    spans = [span for span in sound_spans(job) if job.text(span.row)]
    faults = [_fault(job.text(span.row), span) for span in spans]
    for what in (CUT, LOOSE):
        usual = 1 - faults.count(what) / max(len(spans), 1)
        for span, fault in zip(spans, faults, strict=True):
            if fault == what:
                words = " ".join(job.text(span.row)[span.start : span.end].split())[:SHOWN]
                yield Hit(span.row, usual, {"what": what, "shape": span.place, "words": words})


def _fault(text: str, span: Marked) -> str:
    said = text[span.start : span.end]
    if said != said.strip():
        return LOOSE
    begins = span.start > 0 and text[span.start - 1].isalnum() and said[0].isalnum()
    ends = span.end < len(text) and text[span.end].isalnum() and said[-1].isalnum()
    return CUT if begins or ends else ""


MISPLACED = Rule(
    name="misplaced",
    title="No span of the text",
    kinds=frozenset({Kind.SPANS}),
    find=find_broken,
    sentences={
        "strange": "Span %(shape)s has no beginning and end.",
        "category": "Span %(shape)s has no category of this job.",
        "nowhere": "Span %(shape)s is no place in the text.",
        "unreadable": "The label cannot be read.",
    },
)
RAGGED = Rule(
    name="ragged",
    title="Begins or ends within a word",
    kinds=frozenset({Kind.SPANS}),
    find=find_ragged,
    sentences={
        CUT: "Span %(shape)s (“%(words)s”) begins or ends within a word.",
        LOOSE: "Span %(shape)s (“%(words)s”) begins or ends with a blank.",
    },
    threshold=0.8,
    needs_texts=True,
)
