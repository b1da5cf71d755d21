"""Pausing a worker on one job: by the job's rule or by hand, with a reason, and with an appeal that people decide.

The rule is careful, since it takes somebody's work away. It pauses only whose share of right answers lies below
`least_right` with the upper end of its 95 % interval, over `least_answers` answers or more: to objects whose answer is
known, where there are so many, else to all. Where a worker is compared with the others' labels, at least two others
have to stand behind these. What customers' reviews said of earlier jobs that ask the same counts as well: objects are
drawn for a review by lot, before anybody looks, and who judges them has not labelled them, so that it is as good a
witness as a known answer. But it tells of earlier work. So it neither excuses what somebody does now nor pauses whom
this job's own answers, as far as these are compared, show to be right as often as is asked. It never comes to more than
half of a job's people: then the instructions or the categories may be at fault, which the desk says, and nobody new is
paused. It looks again as a job grows by the share
after which skills are worth learning anew, so that a worker whose true share is just `least_right` is not looked at
after each answer until chance is against them. After a pause was lifted, only answers that came later count. Habits
(consolidation/habits.py) pause nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.work import keep
from labeling.consolidation.adaptive import is_worth_learning
from labeling.consolidation.agreement import share_interval
from labeling.models import Annotation, Job, StepKind, WorkerPause
from labeling.models.pauses import MOST_WORDS
from labeling.queries_appeals import percent
from labeling.services.claiming import take_back_ahead
from labeling.services.reviewed import reviewed_before
from labeling.services.scoring import totals_of
from labeling.states import COUNTED, JOB_RUNNING
from projects.audit import record
from projects.notices import notify
from workforce.models import Worker

MOST_REASON = 500
READ_CHUNK = 1000  # objects looked up at once
MOST_PAUSED = 0.5  # of a job's people, by the rule
LEAST_BESIDE = 1 / 3  # of the answers compared: on so many objects, somebody else than the most frequent other answered
TOLD = {
    "known": "known answers are right",
    "review": "answers to earlier jobs of this kind are right by customers’ reviews, or cannot be told",
    "agreement": "answers agree with the labels",
}
Since = Mapping[int, datetime]  # by worker: their pause was lifted, and what they answered before counts no more


@dataclass(frozen=True)
class Evidence:
    """Of `seen` answers of a worker `right` were right, each from 0 to 1; `low` to `high`: 95 % interval of the share.

    source: what they were compared with.
    """

    right: float
    seen: int
    low: float
    high: float
    source: str


@dataclass(frozen=True)
class Source:
    """What answers can be compared with. `read` takes a worker's score; by_others: it is others' answers.

    is_of_before: it tells of earlier jobs, so that what this one shows has to go with it.
    """

    name: str
    read: Callable[[Mapping[str, Any]], tuple[float, int]]  # how many are right, of how many
    by_others: bool = False
    is_of_before: bool = False


# The first that has `least_answers` of a worker is what counts for them, but for what was before: the next does, too.
SOURCES: Sequence[Source] = (
    Source("known", lambda score: (score["gold"]["right"], score["gold"]["seen"])),
    Source("review", lambda score: score["before"], is_of_before=True),
    Source("agreement", lambda score: (score["right"], score["seen"]), by_others=True),  # labels of the moment
)
NOTHING: Mapping[str, Any] = {"right": 0.0, "seen": 0, "gold": {"right": 0.0, "seen": 0}}  # compared in this job


# --- the rule ---------------------------------------------------------------------------------------


def watch(job: Job) -> list[WorkerPause]:
    """Pause those whom the job's rule finds, if the job grew enough since it last looked; return the new pauses.

    Run by the job's chore. Repeated, or twice at once, it pauses nobody twice.
    """
    if job.least_right is None or job.ended < job.least_answers or not is_worth_learning(job.ended, job.watched_to):
        return []
    keep(job)
    found = weak_workers(job)
    paused = set(WorkerPause.objects.filter(job=job, lifted_at=None).values_list("worker", flat=True))
    by_rule = WorkerPause.objects.filter(job=job, lifted_at=None, by=None).count()
    new = {worker: said for worker, said in found.items() if worker not in paused}
    below = by_rule + len(new) if new and by_rule + len(new) > MOST_PAUSED * _people(job) else 0
    made = [] if below else [_pause_by_rule(job, worker, said) for worker, said in sorted(new.items())]
    Job.objects.filter(pk=job.pk).update(watched_to=job.ended, below=below)
    job.watched_to = job.ended
    return [pause for pause in made if pause]


def weak_workers(job: Job) -> dict[int, Evidence]:
    """Return by worker the evidence of those who are surely right less often than the job asks."""
    if job.least_right is None:
        return {}
    since = _lifted(job)
    before = {worker: said for worker, said in reviewed_before(job).items() if worker not in since}
    scores = {score["worker"]: score for score in totals_of(job, since)}
    said = _answers(job).filter(assignment__worker__in=before)
    at_work = set(said.values_list("assignment__worker", flat=True).distinct())
    found = {}
    for worker in sorted(scores.keys() | at_work):
        score = {**scores.get(worker, NOTHING), "before": before.get(worker, (0.0, 0))}
        if evidence := _weakness(job, worker, score):
            found[worker] = evidence
    return found


def _weakness(job: Job, worker: int, score: Mapping[str, Any]) -> Evidence | None:
    """Return what shows that a worker is surely right less often than the job asks; None for nothing."""
    for source in SOURCES:
        right, seen = source.read(score)
        if seen < job.least_answers:
            continue
        low, high = share_interval(right, seen)
        if high < (job.least_right or 0.0) and _may_tell(source, job, worker, score):
            return Evidence(right, seen, round(low, 6), round(high, 6), source.name)
        if not source.is_of_before:
            return None
    return None


def _may_tell(source: Source, job: Job, worker: int, score: Mapping[str, Any]) -> bool:
    if source.is_of_before:
        right, seen = score["right"] + score["gold"]["right"], score["seen"] + score["gold"]["seen"]
        return bool(right < (job.least_right or 0.0) * seen) or not seen
    return not source.by_others or _stand_others_behind(job, worker, score["seen"])


def _lifted(job: Job) -> dict[int, datetime]:
    rows = WorkerPause.objects.filter(job=job, lifted_at__isnull=False).values_list("worker")
    return dict(rows.annotate(Max("lifted_at")))


def _people(job: Job) -> int:
    return _answers(job).values("assignment__worker").distinct().count()


def _answers(job: Job) -> Any:
    return Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED)


def _stand_others_behind(job: Job, worker: int, seen: int) -> bool:
    """Whether not one other alone made, with this worker, nearly all of the labels that they are compared with."""
    mine = list(_answers(job).filter(assignment__worker=worker).values_list("data_object", flat=True))
    beside: dict[int, set[int]] = defaultdict(set)  # the objects by the other who answered them
    for first in range(0, len(mine), READ_CHUNK):  # in parts by number: in one statement databases have lost their way
        theirs = _answers(job).filter(data_object__in=mine[first : first + READ_CHUNK])
        for other, of in theirs.exclude(assignment__worker=worker).values_list("assignment__worker", "data_object"):
            beside[other].add(of)
    most = max(beside, key=lambda other: (len(beside[other]), -other), default=None)
    rest = set().union(*(objects for other, objects in beside.items() if other != most))
    return len(rest) >= LEAST_BESIDE * seen


def _pause_by_rule(job: Job, worker: int, said: Evidence) -> WorkerPause | None:
    asked = percent(job.least_right or 0.0)
    reason = f"{said.right:g} of {said.seen} {TOLD[said.source]}; at least {asked} are asked."
    return _pause(job, Worker.objects.select_related("user").get(pk=worker), None, reason, said)


def _pause(job: Job, worker: Worker, by: Any, reason: str, said: Evidence | None) -> WorkerPause | None:
    """Pause a worker, tell them, and give back what they were not shown yet; None where they are paused already."""
    evidence = {**asdict(said), "asked": job.least_right} if said else {}
    try:
        with transaction.atomic():
            pause = WorkerPause.objects.create(job=job, worker=worker, reason=reason, evidence=evidence, by=by)
            take_back_ahead(worker.pk, job.pk)
            Job.objects.filter(pk=job.pk).update(has_pauses=True)
            record("pause worker", by, pause, project=job.batch.project, worker=worker.pk, evidence=evidence)
            notify(f"pause-{pause.pk}", worker.user.email, "worker_paused", job=job.title, reason=reason)
    except IntegrityError:
        if WorkerPause.objects.filter(job=job, worker=worker, lifted_at=None).exists():
            return None
        raise
    job.has_pauses = True
    return pause


# --- by hand ----------------------------------------------------------------------------------------


def pause_by_hand(job: Job, by: Any, *, worker: Worker, reason: str) -> WorkerPause:
    """Pause a worker of the job's team. Raises Refused (a job that ended, not of the team), Invalid, Conflict."""
    if job.state not in JOB_RUNNING or job.kind == StepKind.VALIDATE:
        raise Refused("This job gives out no work.")
    if not worker.teams.filter(pk=job.team_id).exists():
        raise Refused("This worker is not in the job’s team.")
    said = _words(reason, MOST_REASON, "Write the reason: the worker reads it.")
    pause = _pause(job, worker, by, said, None)
    if pause is None:
        raise Conflict("This worker is paused on this job already.")
    return pause


def lift(pause: WorkerPause, by: Any, *, answer: str = "") -> None:
    """Let a worker go on. Raises Conflict where somebody did already."""
    said = _words(answer, MOST_WORDS) if answer.strip() else ""
    now = clock.now()
    with transaction.atomic():
        mine = WorkerPause.objects.filter(pk=pause.pk, lifted_at=None)
        if not mine.update(lifted_at=now, decided_at=now, decided_by=by, answer=said):
            raise Conflict("This pause is lifted already.")
        _tell_decision(pause, by, "lift pause", answer=said, is_lifted=True)


def keep_paused(pause: WorkerPause, by: Any, *, answer: str) -> None:
    """Decide an appeal against the worker, and say why. Raises Invalid, and Conflict where it is decided already."""
    said = _words(answer, MOST_WORDS, "Write an answer: the worker asked for one.")
    with transaction.atomic():
        mine = WorkerPause.objects.filter(pk=pause.pk, lifted_at=None, decided_at=None, appealed_at__isnull=False)
        if not mine.update(decided_at=clock.now(), decided_by=by, answer=said):
            raise Conflict("No appeal waits here: it is decided already, or there was none.")
        _tell_decision(pause, by, "keep pause", answer=said, is_lifted=False)


def _tell_decision(pause: WorkerPause, by: Any, verb: str, *, answer: str, is_lifted: bool) -> None:
    job, worker = pause.job, pause.worker
    record(verb, by, pause, project=job.batch.project, worker=worker.pk)
    key = f"pause-{pause.pk}-{'lifted' if is_lifted else 'kept'}"
    said = {"job": job.title, "answer": answer, "lifted": is_lifted}
    notify(key, worker.user.email, "worker_pause_decided", **said)


# --- by the worker ----------------------------------------------------------------------------------


def appeal(worker: Worker, public_id: str, text: Any) -> None:
    """Say in own words why a pause is wrong, once. Raises Refused (not theirs), Conflict (lifted, said), Invalid."""
    pause = WorkerPause.objects.filter(public_id=public_id, worker=worker).select_related("job__batch__project").first()
    if pause is None:
        raise Refused("This pause is not yours.")
    said = _words(text, MOST_WORDS, "Write in your own words why you should go on.")
    with transaction.atomic():
        mine = WorkerPause.objects.filter(pk=pause.pk, lifted_at=None, appealed_at=None)
        if not mine.update(appeal=said, appealed_at=clock.now()):
            raise Conflict("This pause was lifted, or your appeal is sent already.")
        record("appeal pause", worker.user, pause, project=pause.job.batch.project)


def _words(text: Any, most: int, missing: str = "Write something.") -> str:
    """Return plain text of at most so many characters, a line break counted as one. Raises Invalid."""
    words = text.replace("\r\n", "\n").strip() if isinstance(text, str) else ""
    if not words:
        raise Invalid(missing)
    if len(words) > most:
        raise Invalid(f"Write at most {most} characters.")
    if "\0" in words:
        raise Invalid("Write plain text.")
    return words
