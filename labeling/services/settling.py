"""From the answers of objects to what their task type makes of them; nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from labeling.models import Job
from labeling.services import joining
from labeling.services.answers import Answers
from projects import task_types
from projects.task_types import Settled


def settle_by_type(job: Job, objects: Sequence[Answers], skills: dict[str, Any]) -> Sequence[Settled]:
    """Settle as the task type does; in a job of one worker an object one answer alone has confidence 0.0
    (spec/manifests.md 3).
    """
    kind, schema = task_types.get(job.task_type), job.asks
    heard = joining.hear(job, skills, objects)
    settled = kind.settle([o.votes for o in heard], skills, schema, [o.object_id for o in heard])
    if job.workers_each == 1:
        alone = (len(o.votes) == 1 for o in objects)
        return [replace(s, confidence=0.0) if one else s for s, one in zip(settled, alone, strict=True)]
    return settled
