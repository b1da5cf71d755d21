"""What pages show of courses and tests before a job's work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groundtruth import clock
from labeling.models import Job, Task
from labeling.states import GOLD
from workforce.models import Qualification, Worker

LEAST_TEST = 5  # tasks: fewer tell nothing, and there is no test
EXPIRING = timedelta(days=30)


def skill_of(project_id: int, attribute: str) -> str:
    """Return the key of what a qualification is for."""
    return f"{project_id}/{attribute}"


# --- what a worker's pages say ------------------------------------------------------------------------------


def words_before(worker_id: int, jobs: Sequence[Job]) -> dict[int, str]:
    """Return by job what a worker has to do before its work, in words. No statement where no job asks for anything."""
    asking = [job for job in jobs if job.asks_first]
    if not asking:
        return {}
    mine = Qualification.objects.filter(worker=worker_id, expires_at__gt=clock.now())
    rows = {row.skill: row for row in mine}
    known = dict(Task.objects.filter(job__in=asking, state=GOLD).values_list("job").annotate(Count("pk")).order_by())
    return {
        job.pk: _before(job, rows.get(skill_of(job.batch.project_id, job.attribute)), known.get(job.pk, 0))
        for job in asking
    }


def _before(job: Job, row: Qualification | None, known: int) -> str:
    if row and row.passed_at:
        return ""
    tasks = min(job.test_tasks, known - min(job.course_examples, known))
    has_test = job.test_tasks > 0 and (tasks >= LEAST_TEST or bool(row and row.tries))
    if job.course_examples and not (row and row.course_at):
        if not has_test:
            return _("A course first")
        return ngettext("Course, then a test of %(n)s task", "Course, then a test of %(n)s tasks", tasks) % {"n": tasks}
    if not has_test:
        return ""
    return _before_test(row, tasks)


def _before_test(row: Qualification | None, tasks: int) -> str:
    if row and row.is_testing:
        return _("You are in its test")
    if row and row.waits_since:
        return _("Operations decide about your test")
    if row and row.next_try_at and row.next_try_at > clock.now():
        return _("Test again from %(when)s UTC") % {"when": date_format(row.next_try_at, "j M, H:i")}
    return ngettext("A test of %(n)s task first", "A test of %(n)s tasks first", tasks) % {"n": tasks}


@dataclass(frozen=True)
class Skill:
    """A worker's qualification, as their page shows it. `state`: have, expiring, expired, or what is next."""

    title: str
    state: str
    score: float | None
    until: datetime | None


def skills_of(worker: Worker) -> list[Skill]:
    """Return what a worker has qualified for, and what they can qualify for, the newest first. Two statements."""
    rows = list(Qualification.objects.filter(worker=worker).order_by("-pk"))
    asking = Job.objects.filter(Q(course_examples__gt=0) | Q(test_tasks__gt=0), team__workers=worker)
    jobs = asking.select_related("batch").only("title", "attribute", "state", "test_tasks", "batch__project_id")
    latest = {skill_of(job.batch.project_id, job.attribute): job for job in jobs.order_by("pk")}
    had = [_skill(row, latest[row.skill]) for row in rows if row.skill in latest]
    running = [job for job in latest.values() if job.state == "InProgress"]
    new = {row.skill for row in rows}
    can = [job for job in running if skill_of(job.batch.project_id, job.attribute) not in new]
    return [*had, *(Skill(job.title, "can", None, None) for job in can)]


def _skill(row: Qualification, job: Job) -> Skill:
    now = clock.now()
    if row.expires_at <= now:
        return Skill(job.title, "expired", row.score, row.expires_at)
    if row.passed_at or (row.course_at and not job.test_tasks):
        state = "expiring" if row.expires_at - now < EXPIRING else "have"
        return Skill(job.title, state, row.score, row.expires_at)
    if row.waits_since:
        return Skill(job.title, "decide", row.score, None)
    if row.next_try_at and row.next_try_at > now:
        return Skill(job.title, "wait", row.score, row.next_try_at)
    return Skill(job.title, "begun", row.score, None)
