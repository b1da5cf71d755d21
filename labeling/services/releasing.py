"""Opening tasks to people: as many at once as the job says, in the manifest's order; ending those that waited long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from batches.metrics import tally_failed
from batches.models import DataObject
from groundtruth import clock
from groundtruth.states import move, move_many
from groundtruth.work import keep, ring
from labeling.models import Assignment, Job, Task
from labeling.models.jobs import BY_OTHERS
from labeling.queries_others import barred
from labeling.services import gold, hooks
from workforce.models import Worker, WorkerStatus

SECOND_LOOK = timedelta(days=1)  # an object waits for so long for more answers than it was to have, or for others
NOBODY_ANSWERED = "Nobody answered before its time was over."
NOT_SHOWN = "The task cannot be shown."
ALL_DECLINED = "Every worker who saw it declined it."


def release(job: Job) -> int:
    """Open waiting tasks until `open_at_once` are open; return how many were opened."""
    opened = _open(job)
    return opened + _prepare(job) if hooks.has_pre(job) else opened


def _open(job: Job) -> int:
    waiting = Task.objects.filter(job=job, state="waiting").order_by("priority", "id")
    if hooks.has_pre(job):
        waiting = waiting.filter(task_input__isnull=False)
    ids = list(waiting.values_list("pk", flat=True)[: _free(job)])
    if not ids:
        return 0
    with transaction.atomic():
        return move_many(Task.objects.filter(pk__in=ids), "release", None, opened_at=clock.now())


def _free(job: Job) -> int:
    return max(job.open_at_once - Task.objects.filter(job=job, state="open").count(), 0)


def _prepare(job: Job) -> int:
    """Let the pre-annotation function fill in the next tasks and open them as they come; return how many were opened.

    Where more are wanted than one go can prepare, the job's chore is rung for another.
    """
    opened, lacking = 0, Task.objects.filter(job=job, state="waiting", task_input__isnull=True)
    if not (wanted := _free(job)):
        return 0
    for told in hooks.prepare_next(lacking, wanted, job):
        keep_prepared(job, told)
        keep(job)
        opened += _open(job)
    if opened < wanted and lacking.exists():
        ring(job)
    return opened


def keep_prepared(job: Job, told: Sequence[hooks.Prepared]) -> None:
    """Write what the pre-annotation function said: a task's input, or the end of its object."""
    failed = [one for one in told if one.refusal and one.refusal != hooks.NOT_FOR_PEOPLE]
    with transaction.atomic():
        for one in told:
            task = Task.objects.filter(pk=one.task_id, state="waiting")
            if one.refusal:
                end_without_label(job, task, "refuse", one.refusal[:300])
            else:
                task.update(task_input=one.task_input)
        if failed:
            hooks.count_failures(job, len(failed), failed[0].refusal)


def lapse(job: Job) -> int:
    """End the open tasks that waited longer than the job allows: with an answer they are settled, without they fail.

    What only others may do waits less where there are none: a label that people made stands. A wait begins anew when a
    paused batch or project goes on: nobody could be given its tasks meanwhile.
    """
    opened = Task.objects.filter(job=job, state="open")
    old = opened.filter(_waited(job, timedelta(seconds=job.lifetime_seconds)))
    second = opened.filter(_waited(job, SECOND_LOOK))
    old |= second.filter(answers__gte=job.workers_each)
    if job.kind in BY_OTHERS:
        old |= second.filter(~Exists(_others(job)))
    with transaction.atomic():
        answered = move_many(old.filter(answers__gt=0), "lapse_answered", None, open_slots=0)
        lost = list(old.filter(answers=0).values_list("pk", flat=True))
        ended = answered + end_without_label(job, Task.objects.filter(pk__in=lost), "lapse_failed", NOBODY_ANSWERED)
        if ended:
            ring(job)
    return ended


def _others(job: Job) -> QuerySet[Worker]:
    """Return who of the team might be given a task: who may make labels and has not answered its object."""
    answered = Assignment.objects.filter(
        task__data_object=OuterRef(OuterRef("data_object")),
        task__job__attribute=job.attribute,
        worker=OuterRef("pk"),
        submitted_at__isnull=False,
    )
    team = Worker.objects.filter(teams=job.team_id, status=WorkerStatus.ACTIVE, vendor__active=True)
    return team.filter(~Exists(answered)).exclude(barred(job))


def _waited(job: Job, longest: timedelta) -> Q:
    """Return which open tasks have waited for longer than this, with all going on."""
    limit = clock.now() - longest
    begun = max(job.batch.state_since, job.batch.project.state_since)
    return Q(opened_at__lt=limit) if begun <= limit else Q(pk__in=())


def end_unrenderable(job: Job, assignment_id: int, task_id: int, reason: str) -> None:
    """End a task whose page cannot be made: with the answers that it has, else its object fails with the reason.

    The worker's turn is returned; the job goes on.
    """
    with transaction.atomic():
        move(Assignment(pk=assignment_id, state="held"), "return", None, place=0)
        tasks = Task.objects.filter(pk=task_id)
        move_many(tasks.filter(answers__gt=0), "lapse_answered", None, open_slots=0)
        end_without_label(job, tasks, "lapse_failed", f"{NOT_SHOWN} {reason}"[:300])
        gold.retire_unshown(task_id)
        ring(Job(pk=job.pk))


def end_without_label(job: Job, tasks: QuerySet[Task], event: str, reason: str) -> int:
    """Move tasks to an end without a label, and their objects to failed, in the caller's transaction."""
    ids = list(tasks.filter(state__in=("waiting", "open"), answers=0).values_list("pk", flat=True))
    count = move_many(Task.objects.filter(pk__in=ids, answers=0), event, None, open_slots=0)
    objects = DataObject.objects.filter(Q(tasks__in=ids), done_by="", failure="")
    failed = DataObject.objects.filter(pk__in=list(objects.values_list("pk", flat=True))).update(failure=reason)
    Job.objects.filter(pk=job.pk).update(ended=F("ended") + count)
    if failed:
        tally_failed(job.batch_id, failed)
    return count
