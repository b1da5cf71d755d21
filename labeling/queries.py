"""What the worker's pages show, ready for a template."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import gettext_lazy as _

from batches.states import LABELLING
from groundtruth import clock
from labeling.models import Annotation, Assignment, Job, Task
from labeling.models.gold import gold_stands
from labeling.models.jobs import BY_OTHERS
from labeling.models.tasks import answered_before
from labeling.queries_courses import words_before
from labeling.queries_others import is_barred
from labeling.queries_pauses import paused_jobs
from labeling.states import EXAMPLE, GOLD, IN_HAND, JOB_RUNNING
from projects import task_types
from projects.states import LABELLING as PROJECT_LABELLING
from workforce.models import Worker, WorkerQuality

HISTORY_ROWS = 100
BACK_ROWS = 10
MESSAGES, MESSAGE_DAYS = 5, 14
WEEK_DAYS = 7
PLACES = 2  # tasks in a worker's hands: on screen, and fetched ahead
OUTCOMES = {"submitted": _("stored"), "approved": _("approved"), "rejected": _("rejected")}


def workable(jobs: QuerySet[Job]) -> QuerySet[Job]:
    """Keep the jobs whose tasks may be handed out now."""
    return jobs.filter(
        state="InProgress",
        batch__state__in=LABELLING,
        batch__closed_at=None,
        batch__project__state__in=PROJECT_LABELLING,
    )


@dataclass(frozen=True)
class OpenJob:
    public_id: str
    title: str
    kind: str
    modality: str
    seconds: int
    left: int  # for this worker
    mine: int  # answered by this worker
    in_hand: str  # "", "held" or "stopped"
    before: str = ""  # what has to be done before its work, in words

    @property
    def limit(self) -> str:
        """The time limit of one task in the unit a person would use."""
        for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
            if self.seconds >= size and self.seconds % size == 0:
                return f"{self.seconds // size} {unit}"
        return f"{self.seconds} s"


def open_jobs(worker: Worker) -> list[OpenJob]:
    """Return the jobs open to this worker that have something left for them, the most first. Five statements, and
    one where somebody was paused, and for each job of others.
    """
    if worker.status != "active" or not worker.vendor.active:
        return []
    open_now = workable(Job.objects.filter(team__workers=worker)).select_related("batch").defer("skills")
    jobs = list(open_now.order_by("pk"))
    mine = Assignment.objects.filter(worker=worker, task__job__in=jobs).values_list("task__job")
    answered = dict(mine.filter(submitted_at__isnull=False).annotate(Count("pk")))
    hands = dict(
        mine.filter(Q(state="stopped") | Q(state="held", shown_at__isnull=False)).values_list("task__job", "state")
    )
    paused = paused_jobs(worker.pk, jobs)  # what is in hand of them may still be answered
    left = _left(worker.pk, [job for job in jobs if job.pk not in paused and not is_barred(worker.pk, job)])
    before = words_before(worker.pk, jobs)
    rows = [
        replace(
            _open_job(job, left.get(job.pk, 0), answered.get(job.pk, 0), hands.get(job.pk, "")),
            before=before.get(job.pk, ""),
        )
        for job in jobs
    ]
    return sorted((row for row in rows if row.left or row.in_hand), key=lambda row: -row.left)


def _open_job(job: Job, left: int, mine: int, in_hand: str) -> OpenJob:
    kind = task_types.get(job.task_type)
    return OpenJob(job.public_id, job.title, kind.title, kind.modality, job.seconds, left, mine, in_hand)


def left_for(worker_id: int, job: Job) -> int:
    """Return how many of the job's objects this worker can still be given. One statement, two in a job with pauses or
    of others.
    """
    if paused_jobs(worker_id, [job]) or is_barred(worker_id, job):
        return 0
    return _left(worker_id, [job]).get(job.pk, 0)


def _left(worker_id: int, jobs: Sequence[Job]) -> dict[int, int]:
    """Return by job what waits, is open (at most `open_at_once`) and can be given to this worker, or is in their hands.

    What they returned or let expire can be given again, when nothing else is left.
    """
    touched = Assignment.objects.filter(task=OuterRef("pk"), worker=worker_id)
    new = ~Exists(touched.exclude(state__in=("returned", "expired")))
    waits = Q(state="waiting") & (Q(answers=0) | new)  # one that is asked again is nothing for those who answered
    unmet = Q(state="open", open_slots__gt=0) & new
    can_be_given = waits | unmet
    new_ones = [job.pk for job in jobs if job.kind in BY_OTHERS or job.gold_percent or job.asks_first]
    if new_ones:  # their objects are for who has not seen them
        can_be_given &= ~Q(job__in=new_ones) | Q(~answered_before(worker_id))
    in_hand = Q(Exists(touched.filter(state__in=("held", "stopped"))))
    tasks = Task.objects.filter(job__in=jobs, state__in=("open", "waiting")).filter(can_be_given | in_hand)
    left = dict(tasks.values_list("job").annotate(Count("pk")).order_by())
    mixed = [job.pk for job in jobs if job.gold_percent]
    return left | _left_of_mixed(worker_id, mixed, left) if mixed else left


def _left_of_mixed(worker_id: int, jobs: Sequence[int], left: Mapping[int, int]) -> dict[int, int]:
    """Return the same of jobs in which tasks are mixed whose answer is known: one less for each that the worker has
    done, as for every other, or the count would tell them apart.
    """
    mine = Assignment.objects.filter(task__job__in=jobs, task__state=GOLD, worker=worker_id)
    mine = mine.filter(test_number=None).exclude(state=EXAMPLE)  # neither was among the others
    mine = mine.exclude(~gold_stands("task__"), state__in=("returned", "expired"))  # nobody is handed them again
    rows = mine.values_list("task__job", "state").annotate(Count("pk")).order_by()
    done, in_hand = Counter[int](), Counter[int]()
    for job, state, count in rows:
        (in_hand if state in (*IN_HAND, "returned", "expired") else done)[job] += count
    # Two are in hand as long as there are any: what is left is never said to be less.
    least = {job: min(left.get(job, 0) + in_hand[job], PLACES) for job in jobs}
    return {job: max(left.get(job, 0) - done[job], least[job]) for job in jobs}


@dataclass(frozen=True)
class Day:
    day: date
    answers: int = 0
    seconds: float = 0.0

    @property
    def counted(self) -> str:
        """The time as hours and minutes: "3 h 06", "12 min"."""
        hours, minutes = divmod(round(self.seconds / 60), 60)
        return f"{hours} h {minutes:02}" if hours else f"{minutes} min"


def week_of(worker_id: int) -> list[Day]:
    """Return what a worker did on each of the last seven days (UTC), today last."""
    days = [clock.today() - timedelta(days=ago) for ago in reversed(range(WEEK_DAYS))]
    start = datetime.combine(days[0], time(), UTC)
    mine = Assignment.objects.filter(worker=worker_id, submitted_at__gte=start)
    by_day = mine.annotate(day=TruncDate("submitted_at")).values_list("day").annotate(Count("pk"), Sum("seconds"))
    found = {row[0]: Day(*row) for row in by_day}
    return [found.get(day, Day(day)) for day in days]


def done_today(worker_id: int) -> int:
    """Return how many answers a worker stored today (UTC)."""
    start = datetime.combine(clock.today(), time(), UTC)
    return Assignment.objects.filter(worker=worker_id, submitted_at__gte=start).count()


def agreement_of(worker_id: int) -> float | None:
    """Return the share (0..1) of a worker's answers that agree with the settled labels; None before any job ended."""
    sums = WorkerQuality.objects.filter(worker=worker_id).aggregate(right=Sum("right"), seen=Sum("seen"))
    return sums["right"] / sums["seen"] if sums["seen"] else None


@dataclass(frozen=True)
class PastAnswer:
    key: int  # to page by
    public_id: str
    job: str
    job_id: str
    what: str
    at: datetime
    seconds: float
    outcome: str
    reason: str
    can_change: bool


def history(worker: Worker, before: int | None = None) -> list[PastAnswer]:
    """Return a worker's answers, newest first, a page at a time by key."""
    mine = Assignment.objects.filter(worker=worker, submitted_at__isnull=False)
    if before is not None:
        mine = mine.filter(pk__lt=before)
    rows = mine.select_related("task__job__schema", "annotation").order_by("-pk")[:HISTORY_ROWS]
    return [_past(row) for row in rows]


def _past(row: Assignment) -> PastAnswer:
    job = row.task.job
    return PastAnswer(
        key=row.pk,
        public_id=row.public_id,
        job=job.title,
        job_id=job.public_id,
        what=in_words(job, row.annotation.payload),
        at=row.submitted_at or row.created_at,
        seconds=row.seconds,
        outcome=str(OUTCOMES.get(row.state, row.state)),
        reason=row.reason if row.state == "rejected" else "",
        can_change=row.state == "submitted" and job.state == "InProgress",
    )


def not_accepted(worker_id: int) -> list[PastAnswer]:
    """Return the worker's answers that were turned down of late, newest first, with the reasons."""
    since = clock.now() - timedelta(days=MESSAGE_DAYS)
    mine = Assignment.objects.filter(worker=worker_id, state="rejected", submitted_at__gte=since)
    rows = mine.select_related("task__job__schema", "annotation").order_by("-submitted_at")[:MESSAGES]
    return [_past(row) for row in rows]


def in_words(job: Job, answer: Any) -> str:
    """Return an answer as a short text for a table."""
    kind, schema = task_types.get(job.task_type), job.asks
    if kind.has_picture:  # which is kept elsewhere; the rest of the value tells enough
        return kind.describe(next(iter(answer.values())), schema)
    return kind.describe(kind.consolidate([task_types.Vote("", answer)], {}, schema).payload, schema)


def last_answers(worker_id: int, job: Job, newest: str = "") -> list[Annotation]:
    """Return the worker's last answers in a job, newest first, with what is needed to show them again.

    newest: an assignment's public id; then it is the first, and the ones before it follow.
    """
    mine = Annotation.objects.filter(assignment__worker=worker_id, assignment__task__job=job)
    if newest:
        mine = mine.filter(pk__lte=mine.filter(assignment__public_id=newest).values("pk")[:1])
    return list(mine.select_related("assignment__task", "data_object").order_by("-pk")[:BACK_ROWS])


def running_jobs(worker: Worker, public_id: str) -> Job | None:
    """Return a job by its public id, if it runs and is one of this worker's teams'."""
    mine = Job.objects.filter(public_id=public_id, team__workers=worker, state__in=(*JOB_RUNNING, "Completed"))
    return mine.select_related("schema", "batch__project").defer("skills").first()
