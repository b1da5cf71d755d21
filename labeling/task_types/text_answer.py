"""A free text about an object: a caption, a translation, a transcript."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.consolidation.texts import settle_texts, similarity
from labeling.task_types._alike import learn_alike, sure_by, weigh_equally
from labeling.validation.findings import Kind
from projects.task_types import Answer, Checked, Example, Item, Known, LabelLine, Schema, Settled, TaskType, Vote

NAME = "answer"
GROUNDTRUTH_TYPE = "groundtruth/custom"
MOST_CHARACTERS = 20_000  # of a manifest's attribute, too
MOST_DESCRIBED = 200
SAME = 0.9  # agreement from which on two people wrote the same


def text_of(answer: Answer) -> str | None:
    """Return the text, whatever name its field has; None where the answer is no text."""
    parts = list(answer.values())
    return parts[0] if len(parts) == 1 and isinstance(parts[0], str) else None


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why this is no text that can be kept; empty is good. Markup is text like any other."""
    text = text_of(answer)
    if text is None or not text.strip():
        return [_("Write an answer.")]
    if len(text) > MOST_CHARACTERS:
        return [_("An answer has at most 20,000 characters; this one has %(count)d.") % {"count": len(text)}]
    return []


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    """Return how far people's texts are alike, for asking more; in the label every worker counts alike."""
    return learn_alike(pairs, schema, agreement, SAME)


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object: the answer that is nearest to all others."""
    text, confidence = settle_texts([text_of(vote.answer) or "" for vote in votes])
    return Settled(text, 0.0, "single") if len(votes) == 1 else Settled(text, round(confidence, 6), "nearest text")


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return how much of the longer text need not be edited to make the other of it."""
    one, other = sorted((text_of(a) or "", text_of(b) or ""))
    return similarity(one, other)


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    """Write the text itself."""
    return LabelLine(payload, {"confidence": round(confidence, 2), "type": GROUNDTRUTH_TYPE})


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[str, float]:
    """Read what `encode` wrote. Raises ValueError, KeyError, TypeError."""
    confidence = float(metadata["confidence"])
    if check({NAME: value}, schema, Item()) or not 0 <= confidence <= 1:
        raise ValueError("This is no text with a confidence from 0 to 1.")
    return value, confidence


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return the answer that would show a label in the tool."""
    return {NAME: payload}


def describe(payload: Any, schema: Schema) -> str:
    """Return the beginning of the text."""
    line = " ".join(payload.split())
    return line if len(line) <= MOST_DESCRIBED else f"{line[: MOST_DESCRIBED - 1]}…"


TASK_TYPE = TaskType(
    slug="text-answer",
    title="Text answer",
    modality="text",
    aws_names=(),
    workers_each=3,
    seconds=3600,
    target=0.8,
    template="text_answer.liquid.html",
    groundtruth_type=GROUNDTRUTH_TYPE,
    source_key="source",
    check=check,
    fit=fit,
    consolidate=consolidate,
    agreement=agreement,
    agreement_is=gettext_lazy("share of a text that need not be edited to make another person’s of it"),
    encode=encode,
    decode=decode,
    answer_of=answer_of,
    describe=describe,
    example=Example(
        Item({"source": "La soupe était froide."}),
        Schema(()),
        ({NAME: "The soup was cold."}, {NAME: "The soup was cold"}, {NAME: "A cold soup, it was."}),
        {NAME: " \n"},
    ),
    min_categories=0,
    weight=weigh_equally,
    sureness=sure_by(agreement, SAME),
    checked=lambda schema: Checked(Kind.TEXTS, str),
)
