"""What a job may spend: how many objects people label at most, and how many people and machine label together.

A job that has a limit keeps its objects in the pool, from which no more are asked than it allows.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from batches.metrics import tally_failed
from batches.models import DataObject
from groundtruth.states import move_many
from labeling.models import Job, Task

SPENT = "Neither people nor the machine labelled it: the job had labelled as many objects as it may."
ASK_CHUNK = 10_000  # tasks named in one statement


def is_limited(job: Job) -> bool:
    return any(limit is not None for limit in (job.most_human, job.most_percent, job.most_cost))


def most_labelled(job: Job) -> int:
    """Return how many objects people and machine may label together."""
    return job.planned if job.most_percent is None else job.planned * job.most_percent // 100


def people_left(job: Job) -> int | None:
    """Return how many more objects people may be asked about; None: any number."""
    if not is_limited(job):
        return None
    most = most_labelled(job) if job.most_human is None else min(job.most_human, most_labelled(job))
    if job.most_cost is not None and job.answer_price:
        most = min(most, int(job.most_cost // (job.answer_price * job.workers_each)))
    return max(most - _asked(job), 0)


def _asked(job: Job) -> int:
    """Count the objects that people were asked about: what the machine labelled is done without an answer."""
    asked = Task.objects.filter(job=job).exclude(state__in=("pooled", "auto_labeled"))
    return asked.exclude(answers=0, state="done").count()


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
    unlabelled = DataObject.objects.filter(tasks__job=job, tasks__state="pooled", done_by="", failure="")
    with transaction.atomic():
        failed = unlabelled.update(failure=SPENT)
        count = move_many(Task.objects.filter(job=job, state="pooled"), "leave", None)
        Job.objects.filter(pk=job.pk).update(ended=F("ended") + count)
        if failed:
            tally_failed(job.batch_id, failed)
