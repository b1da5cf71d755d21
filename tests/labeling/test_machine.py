"""What automated labelling spares, when people are done, and how its notes are said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from groundtruth import clock
from labeling.machine.notes import say
from labeling.machine.savings import Range, money_spared, people_done, work_spared
from labeling.models import Assignment, Job
from tests.factories import make_job, make_running_batch, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def job() -> Job:
    return make_job(make_running_batch(texts=tuple(map(str, range(60)))), answer_price=Decimal("0.012"), currency="USD")


def answered(job: Job, seconds: list[float], ago: timedelta = timedelta(0)) -> None:
    """Store answers that took so long, all of them the one worker's, the first `ago`."""
    worker, now = make_worker(job.team), clock.now()
    spread = [ago * (1 - n / len(seconds)) for n in range(len(seconds))]
    Assignment.objects.bulk_create(
        Assignment(
            task=task, worker=worker, state="submitted", claimed_at=now, lease_until=now,
            submitted_at=now - before, seconds=took,
        )
        for task, took, before in zip(job.tasks.order_by("pk"), seconds, spread, strict=False)
    )  # fmt: skip


def test_work_spared_is_the_objects_times_the_time_of_their_answers(job: Job) -> None:
    assert work_spared(job, (800, 1000, 1200)) is None
    answered(job, [8.0, 12.0] * 20)

    # 3,000 answers of 10 s; the mean lies within .63 s, so 2,400 answers of 9.37 s to 3,600 of 10.63 s
    assert work_spared(job, (800, 1000, 1200)) == Range("8 h 20", "6 h 14", "10 h 37")
    assert work_spared(job, (0, 0, 0)) is None


def test_money_spared_is_what_the_answers_would_have_cost(job: Job) -> None:
    assert money_spared(job, (1000, 1000, 1000)) == Range("USD 36.00", "USD 36.00", "USD 36.00")
    assert money_spared(job, (0, 0, 0)) is None
    job.answer_price = None
    assert money_spared(job, (1, 1, 1)) is None


@time_machine.travel(datetime(2026, 11, 19, 14, tzinfo=UTC), tick=False)  # two days and a half on is another day
def test_people_are_done_at_the_pace_of_the_last_day(job: Job) -> None:
    answered(job, [5.0] * 19, ago=timedelta(hours=2))
    assert people_done(job, (10, 20, 40)) is None
    Assignment.objects.all().delete()
    answered(job, [5.0] * 40, ago=timedelta(hours=2))

    # 40 answers in 2 hours: an object's 3 take 9 minutes
    assert people_done(job, (10, 20, 400)) == Range("in 3 h", "in 1 h", "in 3 days")


def test_notes_name_categories() -> None:
    names = [f"kind {n}" for n in range(20)]

    assert (
        say({"what": "unreadable", "n": 1, "of": 3000}, names) == "1 of 3,000 objects cannot be read; people label it."
    )
    assert say({"what": "once", "categories": [4]}, names) == (
        "The category “kind 4” was seen once so far; the model cannot be tried on it."
    )
    assert say({"what": "never", "categories": [0, 2]}, names) == (
        "Nobody saw the categories “kind 0”, “kind 2” so far; the model cannot propose them."
    )
    assert say({"what": "never", "categories": list(range(12))}, names).startswith("Nobody saw the categories “kind 0”")
    assert "“kind 9” and 2 more so far" in say({"what": "never", "categories": list(range(12))}, names)
