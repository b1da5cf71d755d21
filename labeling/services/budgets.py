"""What a job may spend, kept: people are asked about what its limits allow, and the rest is left out.

A job that has a limit keeps its objects in the pool, from which no more are asked than it allows.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from batches.metrics import tally_failed
from batches.models import SPENT, DataObject
from groundtruth.states import move_many
from labeling.machine.limits import answers_left, is_limited, most_labelled, people_left
from labeling.models import Job, Task

__all__ = ["SPENT", "answers_left", "is_limited", "most_labelled", "people_left"]
ASK_CHUNK = 10_000  # tasks named in one statement
NONE_LEFT = "People may be asked about no more objects of this job: its limit is reached."


def ask(tasks: list[int]) -> None:
    """Let people label the objects of these tasks of the pool; in the caller's transaction."""
    for first in range(0, len(tasks), ASK_CHUNK):
        move_many(Task.objects.filter(pk__in=tasks[first : first + ASK_CHUNK]), "ask", None)


def ask_what_may_be(job: Job) -> None:
    """Let people label all that is left in the pool, in the manifest's order, as far as the job allows."""
    left = people_left(job)
    if left is None:
        move_many(Task.objects.filter(job=job), "ask", None)
        return
    pooled = Task.objects.filter(job=job, state="pooled").order_by("data_object__ordinal")
    ask(list(pooled.values_list("pk", flat=True)[:left]))
    leave_rest(job)


def leave_rest(job: Job) -> None:
    """End what neither people nor the machine label; in the caller's transaction."""
    pooled = Task.objects.filter(job=job, state="pooled")
    unlabelled = DataObject.objects.filter(pk__in=pooled.values("data_object"), done_by="", failure="")
    with transaction.atomic():
        failed = unlabelled.update(failure=SPENT)
        count = move_many(pooled, "leave", None)
        Job.objects.filter(pk=job.pk).update(ended=F("ended") + count)
        if failed:
            tally_failed(job.batch_id, failed)
