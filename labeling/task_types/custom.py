"""A template of one's own: whatever its form gives. A post-annotation function makes the labels; without one the answer
that most people gave is the label.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy

from projects.task_types import Answer, Example, Item, Known, LabelLine, Schema, Settled, TaskType, Vote

MAX_FIELDS = 1000
MAX_TEXT = 1_000_000  # characters of an answer as JSON


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why a form's answer cannot be kept; its meaning is the template's own."""
    try:
        text = json.dumps(answer, allow_nan=False)
    except (ValueError, RecursionError):
        return ["The answer holds a number that is none."]
    if len(answer) > MAX_FIELDS:
        return [f"A form has at most {MAX_FIELDS:,} fields."]
    if len(text) > MAX_TEXT:
        return ["The answer is too long."]
    return []


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    return {}


def _plain(answer: Answer) -> str:
    return json.dumps(answer, sort_keys=True, separators=(",", ":"))


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Return the answer that most gave, of equals the first in the order of their text; confidence is its share."""
    counts = Counter(_plain(vote.answer) for vote in votes)
    text = min(counts, key=lambda said: (-counts[said], said))
    return Settled({"value": json.loads(text), "metadata": {}}, counts[text] / len(votes), "plurality")


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return the share of fields, named by either, to which both gave the same."""
    names = {*a, *b}
    same = sum(1 for name in names if name in a and name in b and a[name] == b[name])
    return same / len(names) if names else 1.0


def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
    known = {"confidence": round(confidence, 2)} if confidence else {}  # 0 is "not computed"
    return LabelLine(payload["value"], {**payload["metadata"], **known, "type": "groundtruth/custom"})


SERVICE_KEYS = {"confidence", "type", "job-name", "job_name", "human-annotated", "creation-date", "creation_date"}


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    own = {name: said for name, said in metadata.items() if name not in SERVICE_KEYS}
    return {"value": value, "metadata": own}, float(metadata.get("confidence", 0.0))


def answer_of(payload: Any, schema: Schema) -> Answer:
    """Return what the form would say; a function's label need be no form's answer, and then the form stays empty."""
    value = payload["value"]
    return value if isinstance(value, dict) else {}


def describe(payload: Any, schema: Schema) -> str:
    text = json.dumps(payload["value"], ensure_ascii=False, sort_keys=True)  # databases keep an order of their own
    return text if len(text) <= 80 else f"{text[:79]}…"


TASK_TYPE = TaskType(
    slug="custom",
    title="Custom template",
    modality="custom",
    aws_names=(),
    workers_each=3,
    seconds=3600,
    target=0.95,
    template="custom.liquid.html",
    groundtruth_type="groundtruth/custom",
    source_key="",
    check=check,
    fit=fit,
    consolidate=consolidate,
    agreement=agreement,
    agreement_is=gettext_lazy("share of the fields to which two people gave the same"),
    encode=encode,
    decode=decode,
    answer_of=answer_of,
    describe=describe,
    min_categories=0,
    max_categories=1000,
    example=Example(
        Item({"source": "The soup was cold."}),
        Schema(()),
        ({"mood": "sad", "why": "cold"}, {"mood": "sad", "why": "cold"}, {"mood": "glad"}),
        {"mood": float("nan")},
    ),
)
