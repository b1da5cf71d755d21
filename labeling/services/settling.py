"""From the answers of objects to what their task type makes of them; nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from labeling.models import Job
from labeling.services import joining
from labeling.services.answers import Answers, answers_of
from labeling.services.verifying import labelling_under
from labeling.states import WITH_ALL
from projects import task_types
from projects.task_types import Settled, Vote

DOUBTFUL = 0.5  # below, a label is as likely wrong as right


def settle_by_type(job: Job, objects: Sequence[Answers], skills: dict[str, Any]) -> Sequence[Settled]:
    """Settle as the task type does; in a job of one worker an object one answer alone has confidence 0.0
    (spec/manifests.md 3).
    """
    heard = joining.hear(job, skills, objects)
    earlier = _earlier(job, heard, skills)
    found = zip(objects, _settle(job, _with(heard, earlier), skills), strict=True)
    settled = [replace(s, method=s.method + WITH_ALL) if one.object_id in earlier else s for one, s in found]
    if job.workers_each == 1:
        alone = (len(o.votes) == 1 for o in objects)
        return [replace(s, confidence=0.0) if one else s for s, one in zip(settled, alone, strict=True)]
    return settled


def voices(job: Job, objects: Sequence[Answers], skills: dict[str, Any]) -> Sequence[Answers]:
    """Return the objects with all the answers that make their labels: people's, a model's that joined the job, and
    earlier people's. Raises StoreError.
    """
    heard = joining.hear(job, skills, objects)
    return _with(heard, _earlier(job, heard, skills))


def _earlier(job: Job, heard: Sequence[Answers], skills: dict[str, Any]) -> dict[int, tuple[Vote, ...]]:
    """Return by object the answers of an earlier labelling that are heard again, where several others came to a
    doubtful label: a few who differ among themselves must not replace many who agreed.
    """
    before = labelling_under(job)
    if before is None:
        return {}
    found = zip(heard, _settle(job, heard, skills), strict=True)
    doubted = [one.object_id for one, label in found if label.confidence < DOUBTFUL and len(one.votes) > 1]
    return {one.object_id: one.votes for one in answers_of(before, doubted)} if doubted else {}


def _with(heard: Sequence[Answers], earlier: Mapping[int, tuple[Vote, ...]]) -> Sequence[Answers]:
    return [replace(one, votes=(*one.votes, *earlier.get(one.object_id, ()))) for one in heard]


def _settle(job: Job, objects: Sequence[Answers], skills: dict[str, Any]) -> Sequence[Settled]:
    numbers = [one.object_id for one in objects]
    return task_types.get(job.task_type).settle([one.votes for one in objects], skills, job.asks, numbers)
