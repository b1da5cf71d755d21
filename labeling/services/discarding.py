"""Answers that have no part in their object's label: marked with the reason beside the final labels, and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.consolidation.joined import is_model
from labeling.models import Annotation, Job
from labeling.services import hooks, joining
from labeling.services.answers import Answers
from projects import task_types

Reasons = Mapping[tuple[int, int], tuple[str, dict[str, Any]]]  # by object and worker: code and figures


def mark(job: Job, objects: Sequence[Answers], wanted: Reasons) -> None:
    """Write why answers of these objects do not count, and clear what is no longer so; in the caller's transaction."""
    rows = Annotation.objects.filter(assignment__task__job=job, data_object__in=[one.object_id for one in objects])
    if not wanted:
        rows.exclude(discarded="").update(discarded="", discard_numbers={})
        return
    changed = []
    for row in rows.select_related("assignment").only(
        "discarded", "discard_numbers", "data_object", "assignment__worker"
    ):
        code, numbers = wanted.get((row.data_object_id, row.assignment.worker_id), ("", {}))
        if (row.discarded, row.discard_numbers) != (code, numbers):
            row.discarded, row.discard_numbers = code, numbers
            changed.append(row)
    Annotation.objects.bulk_update(changed, ["discarded", "discard_numbers"], batch_size=500)


def reasons_of(job: Job, objects: Sequence[Answers], skills: dict[str, Any]) -> Reasons:
    """Return why answers of these objects do not count; outside of any transaction. Raises StoreError."""
    kind, found = task_types.get(job.task_type), {}
    if kind.discard is None or hooks.has_post(job):
        return {}
    for one in joining.hear(job, skills, objects):
        for vote, why in zip(one.votes, kind.discard(one.votes, skills, job.asks), strict=True):
            if why is not None and not is_model(vote.worker):
                found[one.object_id, int(vote.worker)] = (why.code, dict(why.numbers))
    return found
