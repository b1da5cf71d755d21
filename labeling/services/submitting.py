"""Storing an answer, and handing over the next task in the same request: the product's hottest path.

Every transaction touches rows in one order: assignment, task, data object, job, batch and its day (last, so that their
locks are short). Out of order, two of them wait for each other for ever.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Case, F, When

from batches.metrics import tally_day
from batches.models import DataObject
from batches.states import LABELLING
from groundtruth import clock, strict_json
from groundtruth.prepared import Prepared
from groundtruth.states import Conflict, Invalid, Refused, move, move_many
from groundtruth.work import ring
from labeling.models import Annotation, Assignment, Job, LoopRun, Task
from labeling.queries_courses import skill_of
from labeling.queries_pauses import is_paused
from labeling.services import gold, qualifying
from labeling.services.claiming import (
    AHEAD_SECONDS,
    GRACE_SECONDS,
    Reach,
    Turn,
    claim_inside,
    give_back,
    release_turn,
    take_back_ahead,
    take_up,
)
from labeling.services.keeping import find_folder, keeper
from labeling.services.releasing import ALL_DECLINED, end_without_label
from labeling.services.steering import floor_of
from labeling.states import GOLD, IN_HAND
from projects import audit, task_types
from projects.states import LABELLING as PROJECT_LABELLING
from projects.task_types import Answer, Item, Schema

LATE = "The time of this task was over and others have done it. Your answer is kept on this device."


@dataclass(frozen=True)
class Held:
    """What a submit needs to know of the assignment that its key names, in one query."""

    pk: int
    state: str
    place: int
    shown_at: datetime | None
    claimed_at: datetime
    paused_at: datetime | None
    paused_seconds: float
    task_id: int
    wanted: int
    answers: int
    priority: int
    worker_id: int
    worker_status: str
    object_id: int
    batch_id: int
    batch_state: str
    batch_closed_at: datetime | None
    project_state: str
    job_id: int
    job_state: str
    job_kind: str
    task_type: str
    seconds: int
    skills_from: int
    most_workers: int | None
    has_pauses: bool
    task_state: str
    gold_percent: int
    course_examples: int
    test_tasks: int
    attribute: str
    project_id: int
    test_number: int | None
    gold_feedback: bool
    workers_each: int

    @property
    def is_known(self) -> bool:
        """Whether the right answer is known: what is answered counts nowhere."""
        return self.task_state == GOLD

    @property
    def asks_first(self) -> bool:
        """Whether the job has a course or a test before its work."""
        return bool(self.course_examples or self.test_tasks)


_HELD = (
    "pk", "state", "place", "shown_at", "claimed_at", "paused_at", "paused_seconds", "task_id", "task__wanted",
    "task__answers", "task__priority", "worker_id", "worker__status", "task__data_object_id", "task__job__batch_id",
    "task__job__batch__state", "task__job__batch__closed_at", "task__job__batch__project__state", "task__job_id",
    "task__job__state", "task__job__kind", "task__job__task_type", "task__job__seconds",
    "task__job__skills_from", "task__job__most_workers", "task__job__has_pauses", "task__state",
    "task__job__gold_percent", "task__job__course_examples", "task__job__test_tasks", "task__job__attribute",
    "task__job__batch__project_id", "test_number", "task__job__gold_feedback", "task__job__workers_each",
)  # fmt: skip


_find = Prepared(lambda key, user: Assignment.objects.filter(submit_key=key, worker__user=user).values_list(*_HELD)[:1])
_count_one_more = Prepared(
    lambda task: Task.objects.filter(pk=task, answers__lt=F("wanted") - 1, state="open"),
    lambda task: {"answers": F("answers") + 1},
)
_show_next = Prepared(
    lambda worker, job, now, lease: Assignment.objects.filter(worker=worker, state="held", place=1, task__job=job),
    lambda worker, job, now, lease: {"place": 0, "shown_at": now, "lease_until": lease, "last_seen_at": now},
)


@dataclass(frozen=True)
class Stored:
    """What a submit did: whether it was a repeat, and the task handed over (None: no work, or not asked for).

    shown: whether the task fetched ahead is the one on screen now. False: there is none any more, and the page has to
    ask what is in hand. missed: what the worker is told of a wrong answer where the right one is known.
    """

    repeat: bool
    next: Turn | None
    job_id: int
    worker_id: int
    shown: bool = True
    missed: gold.Miss | None = None


def find_held(user_id: int, key: str) -> Held:
    """Return this person's assignment with this key. Raises Refused if there is none: another's task, or made up."""
    row = _find.first(key=key, user=user_id)
    if row is None:
        raise Refused("This task is not yours.")
    return Held(*row)


@lru_cache(maxsize=500)
def _asks(job_id: int) -> Schema:  # what a job asks never changes
    return Job.objects.select_related("schema").defer("skills").get(pk=job_id).asks


def item_of(object_id: int) -> Item:
    """Return what task types may know of an object."""
    line, *size = DataObject.objects.values_list("line", "width", "height", "depth").get(pk=object_id)
    return Item(json.loads(line), *size)


def check_answer(task_type: str, job_id: int, object_id: int, answer: Any) -> Answer:
    """Return the answer if the task type takes it. Raises Invalid with its problems."""
    if not isinstance(answer, dict):
        raise Invalid("An answer is a JSON object, keyed by the names of the form's fields.")
    if problem := strict_json.problem_of(answer):
        raise Invalid(f"The answer {problem}")
    kind = task_types.get(task_type)
    item = item_of(object_id) if kind.reads_item else Item()
    if problems := kind.check(answer, _asks(job_id), item):
        raise Invalid(problems)
    return answer


def submit(user_id: int, key: str, answer: Any, *, fetch_next: bool = True) -> Stored:
    """Store one answer and hand over the task after the next. A repeat of the key stores nothing more.

    Raises Refused (not this person's), Invalid (what the type does not take), Conflict (too late, done by others).
    """
    held = find_held(user_id, key)
    stored = _submit(held, answer, fetch_next=fetch_next)
    if held.test_number is not None:
        qualifying.end_if_done(held.worker_id, held.job_id)
    return replace(stored, missed=gold.told_miss(held.pk)) if held.gold_feedback and _is_missed(held) else stored


def _is_missed(held: Held) -> bool:
    """Tell whether an answer is a miss; none is in a test. What it costs does not tell whose right answer is known."""
    if held.test_number is not None:
        return False
    place, asks = (held.object_id, held.attribute), _asks(held.job_id)
    return gold.is_missed(held.pk, place, task_types.get(held.task_type), asks, is_known=held.is_known)


def _submit(held: Held, answer: Any, *, fetch_next: bool) -> Stored:
    if held.state in ("submitted", "approved", "rejected"):
        return Stored(True, None, held.job_id, held.worker_id)
    checked = check_answer(held.task_type, held.job_id, held.object_id, answer)
    kept = keeper(task_types.get(held.task_type), lambda: find_folder(held.job_id))(checked)
    try:
        shown, following = _store_and_go_on(held, kept, fetch_next=fetch_next)
    except Conflict:
        if Annotation.objects.filter(assignment=held.pk).exists():  # the same answer came twice at once
            return Stored(True, None, held.job_id, held.worker_id)
        raise
    except IntegrityError:  # a second tab filled the place meanwhile: the answer counts, the page asks what is held
        shown, following = _store_and_go_on(held, kept, fetch_next=False)
    return Stored(False, following, held.job_id, held.worker_id, shown)


def _store_and_go_on(held: Held, kept: tuple[Answer, str], *, fetch_next: bool) -> tuple[bool, Turn | None]:
    """Store the answer, with the key of its picture, and claim the next task; the rows everybody writes come last."""
    now, (payload, key) = clock.now(), kept
    seconds = active_seconds(held, now)
    answer = {"data_object_id": held.object_id, "assignment_id": held.pk, "payload": payload, "blob_key": key}
    with transaction.atomic():
        _submit_assignment(held, now, seconds)
        Annotation.objects.create(**answer, created_at=now)
        is_full = _count_answer(held)
        shown, following = _go_on(held) if fetch_next else (True, None)
        if is_full:
            ring(Job(pk=held.job_id))
        if held.test_number is None:
            counts = 0 if held.is_known else 1  # of nought the row is written too: told by the time it would be known
            tally_day(held.batch_id, labels=counts, seconds=seconds * counts)
    return shown, following


def active_seconds(held: Held, now: datetime) -> float:
    """Return how long the task was on screen, pauses excluded, as the server saw it: at most limit and grace."""
    if held.shown_at is None:
        return 0.0
    until = held.paused_at or now  # still paused: nothing since counts
    on_screen = (until - held.shown_at).total_seconds() - held.paused_seconds
    return round(min(max(on_screen, 0.0), held.seconds + GRACE_SECONDS), 3)


def _submit_assignment(held: Held, now: datetime, seconds: float) -> None:
    """Move the assignment; one that expired, even this instant, takes its slot back first, if there is still one."""
    stored = {"submitted_at": now, "seconds": seconds, "place": 0}
    if held.state in IN_HAND:
        try:
            move(Assignment(pk=held.pk, state=held.state), "submit", None, **stored)
            return
        except Conflict:
            pass  # it left our hands since we read it: expired, or sent by another tab
    elif held.state != "expired":
        raise Conflict("You returned or declined this task: others may have it.")
    move(Assignment(pk=held.pk, state="expired"), "submit_late", None, **stored)
    if not _take_slot_back(held):
        raise Conflict(LATE)


def _take_slot_back(held: Held) -> bool:
    if held.is_known:  # it has no slots: as long as the job runs there is always one
        return held.job_state == "InProgress"
    mine = Task.objects.filter(pk=held.task_id, state="open", open_slots__gt=0)
    return bool(mine.update(open_slots=F("open_slots") - 1))


def _count_answer(held: Held) -> bool:
    """Add one to the task's answers, filling it with the last; say whether it is full now."""
    if held.is_known:
        return _seem_to_count(held)
    if held.answers + 1 >= held.wanted and _fill(held):  # the likelier order first: what we read may be old by now
        return True
    if _count_one_more.update(task=held.task_id):
        return False
    if _fill(held):
        return True
    raise Conflict(LATE)  # the task ended without this answer: stopped, or its time was over


def _fill(held: Held) -> bool:
    last = Task.objects.filter(pk=held.task_id, answers=F("wanted") - 1)
    return bool(move_many(last, "fill", None, answers=F("answers") + 1, open_slots=0))


def _seem_to_count(held: Held) -> bool:
    """Run what counts an answer where the right one is known: of none wanted none is added, but it takes as long.

    As often as the answers of others are a task's last, by lot, this one is too: then the job has nothing to do.
    """
    if held.job_state not in ("InProgress", "Completed"):
        raise Conflict(LATE)  # the job was stopped, and its other tasks were cancelled
    is_last = gold.lot.random() * held.workers_each < 1
    if is_last:
        _fill(held)
    else:
        _count_one_more.update(task=held.task_id)
    return is_last


def _go_on(held: Held) -> tuple[bool, Turn | None]:
    """As `_hand_over`, where more of this job may be handed out to this worker."""
    if not _may_go_on(held):
        return True, None
    if is_paused(held.has_pauses, held.job_id, held.worker_id):
        take_back_ahead(held.worker_id, held.job_id)  # claimed the moment before the pause
        return False, None
    return _hand_over(held)


def _may_go_on(held: Held) -> bool:
    """Whether more of this job may be handed out now."""
    running = (
        held.job_state == "InProgress" and held.batch_state in LABELLING and held.project_state in PROJECT_LABELLING
    )
    return running and held.batch_closed_at is None and held.worker_status == "active"


_on_screen = Prepared(
    lambda worker, job: Assignment.objects.filter(worker=worker, state="held", place=0, task__job=job).values_list(
        "task__state", "task__priority", "task_id"
    )
)


def _newest_of(held: Held) -> tuple[int, int] | None:
    """Return where the search for a task goes on: behind the one on screen now, else behind the one just answered.

    The number of one whose answer is known says nothing of where the others are; of two such the search starts over.
    """
    state, *found = _on_screen.first(worker=held.worker_id, job=held.job_id) or (GOLD,)
    if state != GOLD:
        return found[0], found[1]
    return None if held.is_known else (held.priority, held.task_id)


def _hand_over(held: Held) -> tuple[bool, Turn | None]:
    """Let the task fetched ahead be the one on screen, its timer started, and fetch another ahead.

    Return whether there was one, and the other.
    """
    now = clock.now()
    lease = now + timedelta(seconds=held.seconds + GRACE_SECONDS)
    shown = _show_next.update(worker=held.worker_id, job=held.job_id, now=now, lease=lease)
    floor = floor_of(held.job_id, held.skills_from, held.most_workers is not None, held.worker_id)
    after = _newest_of(held) if held.gold_percent else (held.priority, held.task_id)
    reach = Reach.within(floor, held.job_kind, held.gold_percent, asks_first=held.asks_first)
    if held.test_tasks:
        reach = replace(reach, drawn=qualifying.goes_on(held.worker_id, skill_of(held.project_id, held.attribute)))
    return bool(shown), claim_inside(held.worker_id, held.job_id, 1, after, reach)


# --- the other ways a turn ends ---------------------------------------------------------------------


def decline(user_id: int, key: str, reason: str) -> Held:
    """Decline a broken task with a reason; the worker never meets it again.

    When as many declined as were wanted and nobody answered, the object has failed, and its reasons tell why.
    """
    held = find_held(user_id, key)
    if not reason.strip():
        raise Invalid("Say why this task cannot be done.")
    with transaction.atomic():
        move(Assignment(pk=held.pk, state=held.state), "decline", None, reason=reason.strip()[:500], place=0)
        task = Task.objects.filter(pk=held.task_id, state="open")
        task.update(declines=F("declines") + 1)
        give_back(held.task_id)
        job = Job.objects.get(pk=held.job_id)
        broken = task.filter(declines__gte=F("wanted"))
        settled = move_many(broken.filter(answers__gt=0), "lapse_answered", None, open_slots=0)
        if settled or end_without_label(job, broken, "decline", ALL_DECLINED):
            ring(job)
    if held.test_number is not None:
        qualifying.end_if_done(held.worker_id, held.job_id)
    return held


def give_up(user_id: int, key: str) -> None:
    """Return a task unanswered: the work on it is lost, and others may take it."""
    release_turn(Assignment.objects.select_related("worker__user").get(pk=find_held(user_id, key).pk))


def pause(user_id: int, key: str) -> float:
    """Stop the clock of a task and return the seconds left of it; it stays the worker's until its time limit."""
    held = find_held(user_id, key)
    with transaction.atomic():
        move(Assignment(pk=held.pk, state=held.state), "stop", None, paused_at=clock.now())
    return _seconds_left(held.pk)


def resume(user_id: int, key: str) -> float:
    """Go on with a stopped task and return the seconds left. Raises Conflict when another task is on screen.

    A task paused again and again still ends at its limit: the lease is not lengthened.
    """
    held = find_held(user_id, key)
    try:
        take_up(Assignment.objects.get(pk=held.pk), None)
    except IntegrityError:
        raise Conflict("Another task is on screen. Finish or return it first.") from None
    return _seconds_left(held.pk)


def _seconds_left(assignment_id: int) -> float:
    lease = Assignment.objects.values_list("lease_until", flat=True).get(pk=assignment_id)
    return max((lease - clock.now()).total_seconds() - GRACE_SECONDS, 0.0)


def beat(user_id: int, key: str) -> None:
    """Note that the page is there: what it fetched ahead is kept on."""
    now = clock.now()
    mine = Assignment.objects.filter(worker__user=user_id, state="held")
    keep = Case(When(shown_at=None, then=now + timedelta(seconds=AHEAD_SECONDS)), default=F("lease_until"))
    mine.update(last_seen_at=now, lease_until=keep)


def correct(user_id: int, public_id: str, answer: Any) -> None:
    """Replace an answer of one's own while its job runs; the old one goes to the audit log.

    Raises Conflict once the job's final labels are being written, and where the right answer has been told.
    """
    row = (
        Assignment.objects.filter(public_id=public_id, worker__user=user_id)
        .select_related("task__job", "annotation")
        .first()
    )
    if row is None:
        raise Refused("This answer is not yours.")
    job, task = row.task.job, row.task
    checked = check_answer(job.task_type, job.pk, task.data_object_id, answer)
    if row.state != "submitted" or job.state != "InProgress" or LoopRun.objects.filter(job=job).exists():
        raise Conflict("This answer is settled and can no longer be changed.")
    if row.test_number is not None and not qualifying.is_running(row.worker_id, job):
        raise Conflict("The test has ended: its answers can no longer be changed.")
    if task.state == GOLD and gold.told_miss(row.pk):
        raise Conflict("You have been told the right answer: this one can no longer be changed.")
    payload, key = keeper(task_types.get(job.task_type), lambda: find_folder(job.pk))(checked)
    with transaction.atomic():
        old = {"old": row.annotation.payload}
        old |= {"old_picture": row.annotation.blob_key} if row.annotation.blob_key else {}
        audit.record("correct", row.worker.user, row, project=job.batch.project, **old)
        Annotation.objects.filter(pk=row.annotation.pk).update(payload=payload, blob_key=key)
        if move_many(Task.objects.filter(pk=task.pk), "reconsider", None):
            Job.objects.filter(pk=job.pk).update(ended=F("ended") - 1)
            ring(job)
