"""A job's loop in tests: people who answer as they are told, and every chore that is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import F

from batches.models import Batch, DataObject
from groundtruth import clock, work
from labeling.models import Annotation, Assignment, FeatureChunk, Job, LoopRun, Task
from labeling.services import looping
from tests.factories import make_job, make_worker

AnswerOf = Callable[[DataObject], dict[str, Any]]


def begin_loop(batch: Batch, **fields: Any) -> Job:
    """A job whose tasks are planned and whose first sample is asked."""
    job = make_job(batch, **{"workers_each": 1, "machine_labels": True, **fields})
    Task.objects.filter(job=job).update(state="pooled", opened_at=None)
    with transaction.atomic():
        looping.begin(job)
    job.refresh_from_db()
    return job


def answer_all_asked(job: Job, answer_of: AnswerOf, *, failing: float = 0.0) -> int:
    """Let people answer all that they are asked now, as stored rows, but for a share; return how many were asked."""
    worker = make_worker(job.team)
    asked = list(
        Task.objects.filter(job=job, state__in=("waiting", "open")).order_by("pk").select_related("data_object")
    )
    lost = asked[: round(failing * len(asked))]
    kept = asked[len(lost) :]
    now = clock.now()
    held = Assignment.objects.bulk_create(
        Assignment(task=t, worker=worker, state="submitted", claimed_at=now, lease_until=now, submitted_at=now)
        for t in kept
    )
    Annotation.objects.bulk_create(
        Annotation(data_object=t.data_object, assignment=a, payload=answer_of(t.data_object))
        for t, a in zip(kept, held, strict=True)
    )
    Task.objects.filter(pk__in=[t.pk for t in kept]).update(state="answered", answers=1, open_slots=0)
    Task.objects.filter(pk__in=[t.pk for t in lost]).update(state="failed", open_slots=0)
    Job.objects.filter(pk=job.pk).update(ended=F("ended") + len(lost))
    return len(asked)


def advance_all(job: Job) -> None:
    """Run every chore that is due, as the cluster would."""
    for chunk in FeatureChunk.objects.filter(batch=job.batch, done_at=None):
        assert work.advance(chunk._meta.label_lower, chunk.pk) == "done"
    work.advance(job._meta.label_lower, job.pk)
    for run in LoopRun.objects.filter(job=job, done_at=None):
        work.advance(run._meta.label_lower, run.pk)


def run_loop(job: Job, answer_of: AnswerOf) -> int:
    """Answer and advance until the job has ended; return how many objects people labelled."""
    human = 0
    for _ in range(60):
        human += answer_all_asked(job, answer_of)
        advance_all(job)
        job.refresh_from_db()
        if job.state == "Completed":
            return human
    raise AssertionError("The loop does not end.")
