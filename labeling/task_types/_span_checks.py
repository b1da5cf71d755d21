"""Spans of a text inside an answer, and their gate: offsets count code points, the end is exclusive."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from labeling.consolidation.spans import Span
from projects.task_types import Answer, Schema

KEY = "entities"
MOST_ENTITIES = 10_000


def entities_of(answer: Answer) -> list[dict[str, Any]] | None:
    """Return the spans, whatever name the element has; None where the answer is no such element's."""
    parts = list(answer.values())
    if len(parts) == 1 and isinstance(parts[0], dict) and parts[0].keys() == {KEY} and isinstance(parts[0][KEY], list):
        return list(parts[0][KEY])
    return None


def span_problems(entities: list[Any], schema: Schema, length: int, *, may_overlap: bool) -> list[str]:
    """Return what is wrong with spans of a text of `length` code points; the first problem is enough."""
    if len(entities) > MOST_ENTITIES:
        return [_("At most 10,000 spans fit in one answer. Take some away.")]
    problem = next(filter(None, (_entity_problem(entity, schema, length) for entity in entities)), "")
    problem = problem or _overlap_problem(sorted(spans_of(entities, schema)), may_overlap=may_overlap)
    return [problem] if problem else []


def _overlap_problem(spans: Sequence[Span], *, may_overlap: bool) -> str:
    for (start, end, label), after in pairwise(spans):
        if after == (start, end, label):
            return _("The same words have the same label twice. Take one away.")
        if not may_overlap and after[0] < end:
            where = {"start": after[0] + 1, "end": min(end, after[1])}
            return _("Two spans overlap at characters %(start)d to %(end)d. Each word may be in one span only.") % where
    return ""


def _entity_problem(entity: Any, schema: Schema, length: int) -> str:
    if not isinstance(entity, dict) or entity.keys() != {"label", "startOffset", "endOffset"}:
        return _("This answer is not what the tool makes. Reload the page and mark again.")
    label, start, end = entity["label"], entity["startOffset"], entity["endOffset"]
    if not isinstance(label, str) or label not in schema.categories:
        return _("“%(name)s” is not a label of this job.") % {"name": str(label)[:60]}
    if not all(isinstance(offset, int) and not isinstance(offset, bool) for offset in (start, end)):
        return _("A span has no place in the text. Reload the page and mark again.")
    if not 0 <= start < end <= length:
        return _("A span is empty or reaches beyond the text. Take it away and mark again.")
    return ""


def spans_of(entities: Sequence[dict[str, Any]], schema: Schema) -> list[Span]:
    """Return spans as consolidation takes them."""
    ids = {name: number for number, name in enumerate(schema.categories)}
    return [(entity["startOffset"], entity["endOffset"], ids[entity["label"]]) for entity in entities]
