"""Handing tasks to people. The conditional UPDATE of `open_slots` makes it correct, `skip_locked` makes it quiet.

A worker has two places: 0 is on screen, 1 is fetched ahead. Both are unique while held, so a double click or a second
tab finds what is held already instead of taking more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from groundtruth import clock
from groundtruth.ids import public_id, submit_key
from groundtruth.prepared import Prepared
from groundtruth.states import Refused, move, move_many
from labeling.models import Assignment, Job, Task
from labeling.models.jobs import BY_OTHERS
from labeling.models.tasks import TaskQuerySet
from labeling.queries_others import is_barred
from labeling.queries_pauses import is_paused, open_pauses
from labeling.services import gold, qualifying
from labeling.services.steering import LOWEST, floor_of
from labeling.states import IN_HAND
from workforce.models import Worker

GRACE_SECONDS = 30  # an answer on its way when the time ends is still taken
AHEAD_SECONDS = 900  # how long a task fetched ahead is kept for a page that no longer says it is there
LOST_RACES = 20


@dataclass(frozen=True)
class Reach:
    """Which open tasks a worker is handed: while there are others, none of a priority below `floor`; and, where only
    others may label, none of an object that the worker answered under the job's attribute.

    gold: per cent of the tasks whose answer is known; those who meet them are not handed their objects again.
    drawn: the objects of a test before the work, which alone are handed out; empty for nothing at all.
    """

    floor: int = LOWEST
    others: bool = False
    gold: int = 0
    drawn: tuple[int, ...] | None = None

    @classmethod
    def within(cls, floor: int, kind: str, gold: int, *, asks_first: bool = False) -> Reach:
        """Return the reach in a job of this kind with this share. asks_first: whether it has a course or a test."""
        return cls(floor, kind in BY_OTHERS or gold > 0 or asks_first, gold)


ALL = Reach()


def reach_of(job: Job, worker: Worker) -> Reach:
    """Return what this worker is handed of a job."""
    floor = floor_of(job.pk, job.skills_from, job.most_workers is not None, worker.pk)
    reach = Reach.within(floor, job.kind, job.gold_percent, asks_first=job.asks_first)
    return replace(reach, drawn=qualifying.gate_of(worker.pk, job).drawn) if job.asks_first else reach


class Paused(Refused):
    """A worker who is paused on a job asks for more of it."""


@dataclass(frozen=True)
class Turn:
    """A task in a worker's hands: what the labelling page needs of it."""

    pk: int
    task_id: int
    place: int
    public_id: str
    submit_key: str
    line: str
    source_ref: str
    source_text: str
    shown_at: datetime | None
    lease_until: datetime
    task_input: Any = None  # from the job's pre-annotation function
    proposal: Any = None  # the answer that the tool begins with
    test_number: int | None = None  # of a test before the work


def may_work(worker: Worker, job: Job) -> None:
    """Raise Refused, with the reason in words, unless this worker may be handed tasks of this job."""
    if worker.status != "active" or not worker.vendor.active:
        raise Refused("Your account is not active for work at the moment. Ask your manager.")
    if not worker.teams.filter(pk=job.team_id).exists():
        raise Refused("This job belongs to another team.")
    if is_paused(job.has_pauses, job.pk, worker.pk) and not _has_shown(worker, job):
        raise Paused("You are paused on this job. Your page of jobs says why, and how to appeal.")
    if is_barred(worker.pk, job) and not _has_shown(worker, job):
        raise Refused("Labels are looked at again by who passed the test before them and is not paused on them.")


def _has_shown(worker: Worker, job: Job) -> bool:
    """Whether a task of this job was on this worker's screen and is still theirs to answer."""
    mine = Assignment.objects.filter(worker=worker, task__job=job, state__in=IN_HAND)
    return mine.filter(shown_at__isnull=False).exists()


def has_in_hand(worker: Worker, job: Job) -> bool:
    """Tell whether a worker holds a task of this job, or stopped one."""
    return Assignment.objects.filter(worker=worker, task__job=job, state__in=IN_HAND).exists()


def hand_out(worker: Worker, job: Job) -> list[Turn]:
    """Fill both of a worker's places with tasks of this job and return them, the one on screen first.

    Repeated, it returns what is held. Tasks of other jobs that were only fetched ahead go back; one that was on
    screen is stopped, and comes back when its job is opened again. Who is paused on the job gets nothing new, nor who
    may not make the labels that it looks at.
    """
    _leave_other_jobs(worker, job)
    _resume_stopped(worker, job)
    taken = {t.place for t in _close_gap(turns(worker, job))}  # what the page shows comes before what is new
    stays_out = is_paused(job.has_pauses, job.pk, worker.pk) or is_barred(worker.pk, job)
    may_have = set() if stays_out else {0, 1}
    for place in sorted(may_have - taken):
        claim(worker.pk, job.pk, place, reach=reach_of(job, worker))
    held = _close_gap(turns(worker, job))
    if held and held[0].shown_at is None:
        held[0] = show(held[0], job.seconds)
    return held


def _close_gap(held: list[Turn]) -> list[Turn]:
    """Let the task fetched ahead be the one on screen where there is no other."""
    if held and held[0].place == 1:
        Assignment.objects.filter(pk=held[0].pk, state="held").update(place=0)
        held = [_replace(held[0], place=0), *held[1:]]
    return held


def _replace(turn: Turn, **values: Any) -> Turn:
    return Turn(**{**turn.__dict__, **values})


def _leave_other_jobs(worker: Worker, job: Job) -> None:
    others = Assignment.objects.filter(worker=worker, state="held").exclude(task__job=job)
    for assignment in others.select_related("task"):
        with transaction.atomic():
            if assignment.shown_at is None:
                drop(assignment)
            else:
                move(assignment, "stop", worker.user, paused_at=clock.now())


def _resume_stopped(worker: Worker, job: Job) -> None:
    """Let a task of this job that the worker stopped be the one on screen again, where none is."""
    mine = Assignment.objects.filter(worker=worker, task__job=job)
    row = mine.filter(state="stopped").order_by("paused_at").first()
    if row is not None and not mine.filter(state="held", place=0).exists():
        take_up(row, worker.user)


def take_up(row: Assignment, by: Any) -> None:
    """Go on with a stopped assignment, the pause not counted as work.

    Raises Conflict; IntegrityError if a task is on screen.
    """
    paused = (clock.now() - row.paused_at).total_seconds() if row.paused_at else 0.0
    with transaction.atomic():
        move(row, "resume", by, paused_at=None, paused_seconds=F("paused_seconds") + paused, place=0)


_TURN = (
    "pk", "task_id", "place", "public_id", "submit_key", "task__data_object__line", "task__data_object__source_ref",
    "task__data_object__source_text", "shown_at", "lease_until", "task__task_input",
    "task__proposal", "test_number",
)  # fmt: skip


def turns(worker: Worker, job: Job) -> list[Turn]:
    """Return what the worker holds of this job, the one on screen first."""
    mine = Assignment.objects.filter(worker=worker, task__job=job, state="held").order_by("place")
    return [Turn(*row) for row in mine.values_list(*_TURN)]


def show(turn: Turn, seconds: int) -> Turn:
    """Start a task's timer: it is on screen now."""
    now = clock.now()
    lease = now + timedelta(seconds=seconds + GRACE_SECONDS)
    Assignment.objects.filter(pk=turn.pk, state="held", shown_at=None).update(
        shown_at=now, lease_until=lease, last_seen_at=now, place=0
    )
    return _replace(turn, shown_at=now, lease_until=lease, place=0)


def claim(
    worker_id: int, job_id: int, place: int, *, after: tuple[int, int] | None = None, reach: Reach = ALL
) -> Turn | None:
    """Take one open task of the job for a place; None when there is none, or when the place is held already.

    `after` is (priority, task id) of the worker's newest task: the search goes on from there, so that it never walks
    over all that this worker has answered; found nothing, it starts over.
    """
    try:
        with transaction.atomic():
            return claim_inside(worker_id, job_id, place, after, reach)
    except IntegrityError:
        return None


def claim_inside(
    worker_id: int, job_id: int, place: int, after: tuple[int, int] | None, reach: Reach = ALL
) -> Turn | None:
    """As `claim`, in the caller's transaction. Raises IntegrityError where a place or task is held already."""
    if reach.drawn is not None:
        return _claim_of_test(worker_id, job_id, place, reach.drawn)
    for _attempt in range(LOST_RACES):
        row = _candidate(worker_id, job_id, after, reach)
        if row is None and after is not None:
            after = None
            row = _candidate(worker_id, job_id, None, reach)
        if row is None and reach.floor != LOWEST:
            reach = replace(reach, floor=LOWEST)
            row = _candidate(worker_id, job_id, None, reach)
        if row is None:
            return _retake(worker_id, job_id, place)
        # One has no proposal to begin with: among tasks that have, it would be told apart.
        if reach.gold > 0 and row[-1] is None and (known := _claim_known(worker_id, job_id, place, reach.gold)):
            return known
        if _take_slot.update(task=row[0]):
            return _insert(worker_id, place, row)
        # somebody took the last slot between: the next one
    return None


def _claim_of_test(worker_id: int, job_id: int, place: int, drawn: Sequence[int]) -> Turn | None:
    """Take the next task of a test, else one of it that the worker gave back; None for none."""
    if not drawn:
        return None
    found = qualifying.next_task(worker_id, job_id, drawn)
    if found is None:
        task_id = gold.given_back(worker_id, job_id, drawn)
        return None if task_id is None else _take_up_again(worker_id, task_id, place)
    row = Task.objects.filter(pk=found[0]).values_list(*_COLUMNS).get()
    return _insert(worker_id, place, row, test_number=found[1])


def _claim_known(worker_id: int, job_id: int, place: int, percent: int) -> Turn | None:
    """Take a task whose answer is known, if the lot falls on one; None for none left, or a lost race, and then an
    ordinary one comes instead. What it reads is read before the lot: the time does not tell on which it fell.
    """
    task_id = gold.draw(worker_id, job_id)
    row = None if task_id is None else _row_of.first(task=task_id)
    if row is None or not gold.is_drawn(percent):
        return None
    try:
        with transaction.atomic():
            return _insert(worker_id, place, row)
    except IntegrityError:
        return None


def _candidates(job: int, worker: int, floor: int) -> TaskQuerySet:
    tasks = Task.objects.claimable(job).filter(priority__gte=floor)
    return tasks.exclude(assignments__worker=worker).order_by("priority", "id")


_COLUMNS = (
    "pk", "data_object__line", "data_object__source_ref", "data_object__source_text", "task_input", "proposal",
)  # fmt: skip


def _first_row(tasks: QuerySet[Task]) -> Any:
    return tasks.select_for_update(skip_locked=True, of=("self",)).values_list(*_COLUMNS)[:1]


def _behind(tasks: QuerySet[Task], priority: int, task: int) -> QuerySet[Task]:
    return tasks.filter(Q(priority__lt=priority) | Q(priority=priority, pk__gt=task))


_first_of_all = Prepared(lambda job, worker, floor: _first_row(_candidates(job, worker, floor)))
_first_after = Prepared(
    lambda job, worker, floor, priority, task: _first_row(_behind(_candidates(job, worker, floor), priority, task))
)
_first_of_others = Prepared(lambda job, worker, floor: _first_row(_candidates(job, worker, floor).new_to(worker)))
_first_of_others_after = Prepared(
    lambda job, worker, floor, priority, task: _first_row(
        _behind(_candidates(job, worker, floor).new_to(worker), priority, task)
    )
)


_row_of = Prepared(lambda task: Task.objects.filter(pk=task).values_list(*_COLUMNS))


def _candidate(worker_id: int, job_id: int, after: tuple[int, int] | None, reach: Reach) -> tuple[Any, ...] | None:
    about = {"job": job_id, "worker": worker_id, "floor": reach.floor}
    if after is None:
        return (_first_of_others if reach.others else _first_of_all).first(**about)
    statement = _first_of_others_after if reach.others else _first_after
    return statement.first(**about, priority=after[0], task=after[1])


_take_slot = Prepared(
    lambda task: Task.objects.filter(pk=task, state="open", open_slots__gt=0),
    lambda task: {"open_slots": F("open_slots") - 1},
)


def _insert(worker_id: int, place: int, row: tuple[Any, ...], *, test_number: int | None = None) -> Turn | None:
    """Insert the assignment; `(task, worker)` and `(worker, place)` are unique, and a clash undoes the slot too."""
    now = clock.now()
    task_id, line, source_ref, source_text, task_input, proposal = row
    made = Assignment(
        task_id=task_id, worker_id=worker_id, place=place, claimed_at=now, public_id=public_id(),
        submit_key=submit_key(), lease_until=now + timedelta(seconds=AHEAD_SECONDS), test_number=test_number,
    )  # fmt: skip
    made.save(force_insert=True)
    return Turn(
        made.pk, task_id, place, made.public_id, made.submit_key, line, source_ref, source_text, None,
        made.lease_until, task_input, proposal, test_number,
    )  # fmt: skip


def _retake(worker_id: int, job_id: int, place: int) -> Turn | None:
    """Give a worker back a task that they returned or let expire: nothing new is left, and it still wants answers."""
    mine = Assignment.objects.filter(worker=worker_id, state__in=("returned", "expired"))
    tasks = Task.objects.claimable(job_id).filter(assignments__in=mine).order_by("priority", "id")
    task_id = tasks.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True).first()
    if task_id is None:
        task_id = gold.given_back(worker_id, job_id)
        if task_id is None:
            return None
    elif not _take_slot.update(task=task_id):
        return None
    return _take_up_again(worker_id, task_id, place)


def _take_up_again(worker_id: int, task_id: int, place: int) -> Turn:
    """Hold a task again that this worker returned or let expire. Raises Conflict where another request was first."""
    row = Assignment.objects.get(worker=worker_id, task=task_id)
    now = clock.now()
    fresh = {
        "place": place,
        "claimed_at": now,
        "shown_at": None,
        "submit_key": submit_key(),
        "paused_at": None,
        "paused_seconds": 0,
    }
    move(row, "retake", None, lease_until=now + timedelta(seconds=AHEAD_SECONDS), **fresh)
    return Turn(*Assignment.objects.filter(pk=row.pk).values_list(*_TURN).get())


# --- giving back -----------------------------------------------------------------------------------


def drop(assignment: Assignment) -> None:
    """Undo a claim that was never shown: nothing happened, and the worker may meet the task again."""
    if Assignment.objects.filter(pk=assignment.pk, state="held", shown_at=None).delete()[0]:
        give_back(assignment.task_id)


def give_back(task_id: int) -> None:
    """Return one slot to a task, if it is still open."""
    Task.objects.filter(pk=task_id, state="open", open_slots__lt=F("wanted")).update(open_slots=F("open_slots") + 1)


def take_back_ahead(worker_id: int, job_id: int) -> None:
    """Give back what a worker of this job was never shown; a page that shows it yet may still answer it, while nobody
    else took the slot. In the caller's transaction.
    """
    ahead = Assignment.objects.filter(worker=worker_id, task__job=job_id, state="held", shown_at=None)
    for pk, task_id in list(ahead.values_list("pk", "task_id")):
        if move_many(ahead.filter(pk=pk), "expire", None):
            give_back(task_id)


def _ahead_of_paused() -> QuerySet[Assignment]:
    """Return what paused workers hold of the job they are paused on, and were never shown."""
    held = Assignment.objects.filter(state="held", shown_at=None, task__job__has_pauses=True)
    paused = open_pauses(OuterRef("task__job")).filter(worker=OuterRef("worker"))
    return held.filter(Exists(paused)).order_by("pk")


def release_turn(assignment: Assignment) -> None:
    """Return a task unanswered: the work on it is lost, and others may take it."""
    with transaction.atomic():
        move(assignment, "return", assignment.worker.user)
        give_back(assignment.task_id)


def expire(limit: int = 500) -> int:
    """Take back what was held past its time; return how many. Run every minute, and harmless twice.

    What was only fetched ahead too: a page that slept or had no network may answer it yet, which counts while nobody
    else took the slot. Of who is paused at once: it was fetched in the moment of the pause, and nobody will show it.
    """
    now = clock.now()
    past = Assignment.objects.filter(state__in=("held", "stopped"), lease_until__lte=now).order_by("lease_until")
    return _take_back(past, limit) + _take_back(_ahead_of_paused(), limit)


def _take_back(rows: QuerySet[Assignment], limit: int) -> int:
    count = 0
    for pk, task_id in list(rows.values_list("pk", "task_id")[:limit]):
        with transaction.atomic():
            if move_many(rows.order_by().filter(pk=pk), "expire", None):
                give_back(task_id)
                count += 1
    return count
