"""A course and a test before a job's work, where the job has them: how far each worker is, and what comes next.

Both stand on known answers. A test's objects are drawn by lot once, among those of which the worker has seen nothing;
what is handed out of them are the job's own tasks whose answer is known. Passed, it holds for the project's later jobs
under the attribute.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from groundtruth import clock
from groundtruth.states import Conflict, Refused
from groundtruth.storage import StoreError
from labeling.models import Annotation, Assignment, GoldAnswer, Job, Task
from labeling.models.gold import gold_stands
from labeling.pictures import put_back_all
from labeling.queries_courses import LEAST_TEST, skill_of
from labeling.services import gold
from labeling.states import COUNTED, GOLD
from projects import task_types
from projects.audit import record
from projects.models import Project
from projects.task_types import Answer
from workforce.models import Qualification, Worker

VALID = timedelta(days=180)
AGAIN_AFTER = timedelta(days=1)
MOST_TRIES = 3  # then operations decide
WRONG = 0.5  # agreement with the known answer below which a kind went wrong


@dataclass(frozen=True)
class Gate:
    """What comes next for a worker in a job.

    state: "open", they work; "course"; "ready" and "test", before and in a test of `of` tasks; "wait", they failed and
    may try again later; "decide", operations decide.
    """

    state: str
    of: int = 0
    row: Qualification | None = None

    @property
    def drawn(self) -> tuple[int, ...] | None:
        """Return which objects alone may be handed out; None for the job's work."""
        if self.state == "open":
            return None
        return tuple(self.row.drawn) if self.state == "test" and self.row else ()


OPEN = Gate("open")


def gate_of(worker_id: int, job: Job) -> Gate:
    """Return what comes next for a worker in a job; a test whose last answer is there ends. One lookup who passed."""
    if not job.asks_first:
        return OPEN
    row = _row(worker_id, skill_of(job.batch.project_id, job.attribute))
    if row is not None and row.is_testing and _ended(row, job):
        row = _row(worker_id, row.skill)
    if row is not None and row.passed_at:
        return OPEN
    if job.course_examples and (row is None or row.course_at is None):
        return Gate("course", row=row)
    return _gate_of_test(worker_id, job, row) if job.test_tasks else OPEN


def _gate_of_test(worker_id: int, job: Job, row: Qualification | None) -> Gate:
    if row is not None and row.is_testing:
        return Gate("test", len(row.drawn), row)
    if row is not None and row.waits_since:
        return Gate("decide", row=row)
    count = min(_unseen(worker_id, job).count(), job.test_tasks)
    if count < LEAST_TEST:
        return OPEN if row is None or not row.tries else _wait_for_operations(row)
    if row is not None and row.next_try_at and row.next_try_at > clock.now():
        return Gate("wait", count, row)
    return Gate("ready", count, row)


def _row(worker_id: int, skill: str) -> Qualification | None:
    """Return the row of a worker and skill; one that expired is as if there were none."""
    return Qualification.objects.filter(worker=worker_id, skill=skill, expires_at__gt=clock.now()).first()


def goes_on(worker_id: int, skill: str) -> tuple[int, ...] | None:
    """Return, after an answer, which objects alone may be handed out next; None for the job's work. One lookup.

    It only goes on with what was begun: what the gate says, its page asks for when nothing is in hand.
    """
    row = Qualification.objects.filter(worker=worker_id, skill=skill).first()
    if row is None or row.passed_at and row.expires_at > clock.now():
        return None
    if row.is_testing:
        return tuple(row.drawn)
    return () if row.passed_at or row.tries else None


# --- the course -------------------------------------------------------------------------------------


def finish_course(worker: Worker, job: Job) -> None:
    """Note that a worker has read the whole course. Repeated, nothing changes."""
    row = _fresh(worker.pk, job)
    with transaction.atomic():
        if Qualification.objects.filter(pk=row.pk, course_at=None).update(course_at=clock.now()):
            record("finish course", worker.user, worker, project=job.batch.project, skill=row.skill)


def has_finished_course(worker_id: int, job: Job) -> bool:
    """Tell whether a worker has read the course of this job's skill."""
    row = _row(worker_id, skill_of(job.batch.project_id, job.attribute))
    return row is not None and row.course_at is not None


def _fresh(worker_id: int, job: Job) -> Qualification:
    """Return the row of a worker and a job's skill, made where there is none; one that expired begins anew."""
    skill, now = skill_of(job.batch.project_id, job.attribute), clock.now()
    defaults = {"expires_at": now + VALID}
    row, _ = Qualification.objects.get_or_create(worker_id=worker_id, skill=skill, defaults=defaults)
    old = Qualification.objects.filter(pk=row.pk, expires_at__lte=now)
    nothing = {"drawn": [], "missed": [], "right": 0, "seen": 0, "tries": 0, "extra_tries": 0, "is_testing": False}
    none = dict.fromkeys(("course_at", "score", "next_try_at", "waits_since", "passed_at"))
    if old.update(**nothing, **none, **defaults):
        row.refresh_from_db()
    return row


# --- the test ---------------------------------------------------------------------------------------


def _unseen(worker_id: int, job: Job) -> QuerySet[Task]:
    """Return the job's tasks whose answer is known of whose object this worker has seen nothing."""
    known = gold.gold_for(job).values("data_object")
    return Task.objects.filter(~Exists(_met(worker_id)), job=job, state=GOLD, data_object__in=known)


def _met(worker_id: int) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        task__data_object=OuterRef("data_object"), task__job__attribute=OuterRef("job__attribute"), worker=worker_id
    )


def begin_test(worker: Worker, job: Job) -> Gate:
    """Draw a test and let it begin. Raises Refused where none is due. Repeated, it is the one that runs."""
    gate = gate_of(worker.pk, job)
    if gate.state == "test":
        return gate
    if gate.state != "ready":
        raise Refused("There is no test for you to begin now.")
    row = _fresh(worker.pk, job)
    drawn = list(_unseen(worker.pk, job).order_by("data_object").values_list("data_object", flat=True))
    gold.lot.shuffle(drawn)
    idle = Qualification.objects.filter(pk=row.pk, is_testing=False, tries=row.tries, passed_at=None, waits_since=None)
    idle.update(is_testing=True, drawn=drawn[: gate.of])
    return gate_of(worker.pk, job)


def next_task(worker_id: int, job_id: int, drawn: Sequence[int]) -> tuple[int, int] | None:
    """Return the next task of a test that this worker has not met, with its number from 1; None for none."""
    # What was given back in another job of the project is asked here; in the same job it is taken up again.
    elsewhere = _met(worker_id).exclude(state__in=("returned", "expired"))
    mine = Task.objects.filter(~Exists(elsewhere), gold_stands(), job=job_id, state=GOLD, data_object__in=drawn)
    new = mine.exclude(assignments__worker=worker_id).values_list("data_object", "pk")
    numbers = {object_id: number for number, object_id in enumerate(drawn, start=1)}
    return min(((pk, numbers[of]) for of, pk in new), key=lambda found: found[1], default=None)


def end_if_done(worker_id: int, job_id: int) -> None:
    """End a worker's test where nothing of it is left to answer. Once, however many answers come at the same time."""
    job = Job.objects.select_related("batch__project", "schema").defer("skills").get(pk=job_id)
    row = _row(worker_id, skill_of(job.batch.project_id, job.attribute))
    if row is not None and row.is_testing:
        _ended(row, job)


def is_running(worker_id: int, job: Job) -> bool:
    """Tell whether a worker is in a test of this job's skill."""
    row = _row(worker_id, skill_of(job.batch.project_id, job.attribute))
    return row is not None and row.is_testing


@dataclass(frozen=True)
class Outcome:
    """What a test came to: of `seen` tasks the sum of agreements, each 0 to 1, and by category what went wrong."""

    right: float
    seen: int
    missed: list[list[Any]]  # [category, wrong, of]


def _ended(row: Qualification, job: Job) -> bool:
    """End a test with nothing left to answer, by whoever is first; tell whether it is over."""
    try:
        found = _outcome(row, job)
    except StoreError:
        return False  # the page asks again
    if found is None:
        return False
    mine = Qualification.objects.filter(pk=row.pk, is_testing=True, tries=row.tries)
    if found.seen < LEAST_TEST:  # its known answers were retired meanwhile, or ask something else: it is no test
        mine.update(is_testing=False, drawn=[])
        return True
    with transaction.atomic():
        score = found.right / found.seen
        is_passed = score >= job.test_right - 1e-9  # sums of shares: 0.1 three times is not 0.3
        result = {"right": found.right, "seen": found.seen, "score": min(score, 1.0), "missed": found.missed}
        if mine.update(is_testing=False, tries=F("tries") + 1, **result, **_what_next(row, is_passed=is_passed)):
            what = {"skill": row.skill, "score": round(score, 4), "of": found.seen, "passed": is_passed}
            record("end test", None, row.worker, project=job.batch.project, **what)
    return True


def _what_next(row: Qualification, *, is_passed: bool) -> dict[str, Any]:
    now = clock.now()
    if is_passed:
        return {"passed_at": now, "expires_at": now + VALID, "next_try_at": None}
    if row.tries + 1 >= MOST_TRIES + row.extra_tries:
        return {"waits_since": now}
    return {"next_try_at": now + AGAIN_AFTER}


def _outcome(row: Qualification, job: Job) -> Outcome | None:
    """Return what a test came to; None while something of it can still be answered. Raises StoreError.

    What was declined counts as wrong, or a test would be passed by its easy half. Answers that were retired drop out.
    """
    truths = {known.data_object_id: known for known in gold.gold_for(job).filter(data_object__in=row.drawn)}
    tested = Assignment.objects.filter(worker=row.worker_id, test_number__isnull=False)
    mine = tested.filter(task__data_object__in=truths, task__job__attribute=job.attribute)
    declined = set(mine.filter(state="declined").values_list("task__data_object", flat=True))
    given = Annotation.objects.filter(assignment__in=mine.filter(state__in=COUNTED))
    answers = {of: (payload, key) for of, payload, key in given.values_list("data_object", "payload", "blob_key")}
    if truths.keys() - declined - answers.keys():
        return None
    return _compared(job, truths, answers)


def _compared(job: Job, truths: dict[int, GoldAnswer], answers: dict[int, tuple[Answer, str]]) -> Outcome:
    kind, schema = task_types.get(job.task_type), job.asks
    said = dict(zip(answers, put_back_all(list(answers.values())), strict=True))
    known = put_back_all([(one.payload, one.blob_key) for one in truths.values()])
    agreements: list[float] = []
    by_name: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for of, truth in zip(truths, known, strict=True):
        if truth is None or (of in said and said[of] is None):
            continue  # a picture of theirs is lost
        answer = said.get(of)
        agreement = kind.agreement(answer, truth, schema) if answer is not None else 0.0
        agreements.append(min(max(agreement, 0.0), 1.0))
        for name in {str(name) for name in kind.names(truth)} if kind.names else ():
            by_name[name][0] += agreement < WRONG
            by_name[name][1] += 1
    missed = [[name, wrong, of] for name, (wrong, of) in sorted(by_name.items()) if wrong]
    return Outcome(min(sum(agreements), len(agreements)), len(agreements), missed)


def tries_left(row: Qualification) -> int:
    """Return how often a worker may still try before operations decide."""
    return max(MOST_TRIES + row.extra_tries - row.tries, 0)


# --- what operations decide -------------------------------------------------------------------------


def _wait_for_operations(row: Qualification) -> Gate:
    Qualification.objects.filter(pk=row.pk, waits_since=None, passed_at=None).update(waits_since=clock.now())
    return Gate("decide", row=row)


def let_try_again(row: Qualification, by: Any) -> None:
    """Let a worker who failed take one more test at once.

    Raises Conflict where nothing waits to be decided, Refused where too few known answers are new to the worker.
    """
    job = _running_job(row.skill)
    if job is not None and _unseen(row.worker_id, job).count() < LEAST_TEST:
        raise Refused(f"Fewer than {LEAST_TEST} known answers are new to them. Set some more first, or let them work.")
    decided = {"waits_since": None, "next_try_at": None, "extra_tries": F("tries") + 1 - MOST_TRIES}
    if row.tries < MOST_TRIES:  # too few known answers were left for another test
        decided.pop("extra_tries")
    _decide(row, by, "let try again", **decided)


def _running_job(skill: str) -> Job | None:
    """Return the newest job that runs and has a test for this skill."""
    project_id, _slash, attribute = skill.partition("/")
    jobs = Job.objects.filter(batch__project=int(project_id), attribute=attribute, state="InProgress", test_tasks__gt=0)
    return jobs.select_related("batch", "schema").defer("skills").order_by("-pk").first()


def let_work(row: Qualification, by: Any) -> None:
    """Let a worker work who failed the test, as if they had passed. Raises Conflict where nothing waits."""
    now = clock.now()
    _decide(row, by, "let work", waits_since=None, next_try_at=None, passed_at=now, expires_at=now + VALID)


def _decide(row: Qualification, by: Any, verb: str, **values: Any) -> None:
    with transaction.atomic():
        if not Qualification.objects.filter(pk=row.pk, waits_since__isnull=False).update(**values):
            raise Conflict("This was decided already.")
        project = Project.objects.filter(pk=row.skill.split("/")[0]).first()
        record(verb, by, row, project=project, worker=row.worker_id, skill=row.skill)
