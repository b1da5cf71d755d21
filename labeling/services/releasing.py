"""Opening tasks to people: as many at once as the job says, in the manifest's order; ending those that waited long."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet

from batches.metrics import tally_failed
from batches.models import DataObject
from groundtruth import clock
from groundtruth.states import move_many
from groundtruth.work import ring
from labeling.models import Job, Task

NOBODY_ANSWERED = "Nobody answered before its time was over."
ALL_DECLINED = "Every worker who saw it declined it."


def release(job: Job) -> int:
    """Open waiting tasks until `open_at_once` are open; return how many were opened."""
    free = job.open_at_once - Task.objects.filter(job=job, state="open").count()
    waiting = Task.objects.filter(job=job, state="waiting").order_by("priority", "id")
    ids = list(waiting.values_list("pk", flat=True)[: max(free, 0)])
    if not ids:
        return 0
    with transaction.atomic():
        return move_many(Task.objects.filter(pk__in=ids), "release", None, opened_at=clock.now())


def lapse(job: Job) -> int:
    """End the open tasks that waited longer than the job allows: with an answer they are settled, without they fail.

    A wait begins anew when a paused batch or project goes on: nobody could be given its tasks meanwhile.
    """
    limit = clock.now() - timedelta(seconds=job.lifetime_seconds)
    if max(job.batch.state_since, job.batch.project.state_since) > limit:
        return 0
    old = Task.objects.filter(job=job, state="open", opened_at__lt=limit)
    with transaction.atomic():
        answered = move_many(old.filter(answers__gt=0), "lapse_answered", None, open_slots=0)
        lost = list(old.filter(answers=0).values_list("pk", flat=True))
        ended = answered + end_without_label(job, Task.objects.filter(pk__in=lost), "lapse_failed", NOBODY_ANSWERED)
        if ended:
            ring(job)
    return ended


def end_without_label(job: Job, tasks: QuerySet[Task], event: str, reason: str) -> int:
    """Move tasks to an end without a label, and their objects to failed, in the caller's transaction."""
    ids = list(tasks.filter(state="open", answers=0).values_list("pk", flat=True))
    count = move_many(Task.objects.filter(pk__in=ids, answers=0), event, None, open_slots=0)
    objects = DataObject.objects.filter(Q(tasks__in=ids), done_by="", failure="")
    failed = DataObject.objects.filter(pk__in=list(objects.values_list("pk", flat=True))).update(failure=reason)
    Job.objects.filter(pk=job.pk).update(ended=F("ended") + count)
    if failed:
        tally_failed(job.batch_id, failed)
    return count
