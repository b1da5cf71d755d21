"""People in place of the machine: all that is left of a job, or one object; and what the machine has to keep."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from groundtruth.states import Refused, move, move_many
from groundtruth.work import ring, ring_again
from labeling.models import Job, LoopRun, RunKind, Task
from labeling.services import budgets
from labeling.services.prelabelling import drop_proposals
from labeling.states import JOB_RUNNING
from projects.audit import record

FIRST = -1  # the priority of what operations give to people: before all others, and known by it


def ask_all(job: Job, why: str) -> None:
    """Let people label all that is left, as far as the job allows, and say why; in the caller's transaction.

    The first reason stays: a run that was deciding when operations took the machine off has none to add.
    """
    budgets.ask_what_may_be(job)
    if Job.objects.filter(pk=job.pk, machine_labels=True).update(machine_labels=False, machine_note=why):
        job.machine_labels, job.machine_note = False, why


def take_off(job: Job, why: str) -> None:
    """As `ask_all`, where nothing that the machine thinks is to be seen any more either."""
    ask_all(job, why)
    drop_proposals(job)


def retire(job: Job, by: Any) -> None:
    """Take the machine off a job that runs: people label what is left. Raises Refused where it labels nothing."""
    with transaction.atomic():
        fresh = Job.objects.select_for_update().get(pk=job.pk)
        if not fresh.machine_labels or fresh.state not in JOB_RUNNING:
            raise Refused("The machine does not label in this job, or no more.")
        take_off(fresh, "Operations took the machine off this job: people label the rest.")
        record("retire model", by, fresh)
        LoopRun.objects.filter(job=fresh).update(blob_key="")  # no later job starts from its models
        for run in LoopRun.objects.filter(job=fresh, kind=RunKind.LEARN, done_at=None):
            ring_again(run)  # one that had given up has nothing to do any more, and nobody should be told of it
        ring(fresh)


def set_target(job: Job, by: Any, *, target: float, probability: float) -> None:
    """Change what machine labels have to keep, from the next run on. Raises Refused where it labels nothing."""
    with transaction.atomic():
        mine = Job.objects.select_for_update().filter(pk=job.pk, machine_labels=True, state__in=JOB_RUNNING)
        before = mine.values_list("target", "probability").first()
        if before is None or not mine.update(target=target, probability=probability):
            raise Refused("The machine does not label in this job, or no more.")
        record("set target", by, job, share=target, probability=probability, before=list(before))


def force_to_people(job: Job, by: Any, *, lines: list[int]) -> int:
    """Have people label the objects of these lines of the manifest; return how many.

    Raises Refused for none, and for more than the job's limits allow: which of them people label is not ours to choose.
    """
    pooled = Task.objects.filter(job=job, state="pooled", data_object__line_number__in=lines)
    with transaction.atomic():
        fresh = Job.objects.select_for_update().get(pk=job.pk)  # two at once would both find room
        tasks = list(pooled.values_list("pk", flat=True))
        _refuse_beyond(budgets.people_left(fresh), len(tasks))
        count = move_many(Task.objects.filter(pk__in=tasks), "ask", by, priority=FIRST)
        if not count:
            raise Refused("None of these waits for the machine: people have them already, or they have their labels.")
        record("force to people", by, job, lines=lines[:100], count=count)
        ring(job)
    return count


def _refuse_beyond(left: int | None, count: int) -> None:
    if left is None or count <= left:
        return
    if not left:
        raise Refused(budgets.NONE_LEFT)
    raise Refused(f"People may be asked about {left:,} more of this job’s objects, and here are {count:,}: name fewer.")


def go_on_with_people(job: Job, by: Any) -> None:
    """Start a job again that its first sample stopped, with people alone."""
    with transaction.atomic():
        move(job, "go_on", by)
        ask_all(job, "Its first sample failed too often for the machine: people label the rest.")
        ring_again(job)
