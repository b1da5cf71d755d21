"""Who gets which task, how long they keep it, and how it comes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from groundtruth import clock
from groundtruth.states import Refused
from labeling import queries
from labeling.models import Assignment, Job, Task
from labeling.services import claiming, submitting
from tests.factories import make_job, make_running_batch, make_team, make_worker, say
from workforce.models import Team, Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def wei(team: Team) -> Worker:
    return make_worker(team)


def job_of(team: Team, texts: str = "abc", **fields: Any) -> Job:
    return make_job(make_running_batch(texts=tuple(texts)), team=team, **fields)


def test_two_tasks_are_handed_out_in_the_manifests_order_and_the_first_is_timed(team: Team, wei: Worker) -> None:
    job = job_of(team)

    first, second = claiming.hand_out(wei, job)

    assert [first.source_text, second.source_text] == ["a", "b"]
    assert (first.place, second.place) == (0, 1)
    assert first.shown_at is not None
    assert second.shown_at is None


def test_asking_again_gives_what_is_held(team: Team, wei: Worker) -> None:
    job = job_of(team)

    once, again = claiming.hand_out(wei, job), claiming.hand_out(wei, job)

    assert again == once
    assert Assignment.objects.count() == 2


def test_a_task_with_higher_priority_comes_first(team: Team, wei: Worker) -> None:
    job = job_of(team)
    Task.objects.filter(data_object__source_text="c").update(priority=-1)

    assert [turn.source_text for turn in claiming.hand_out(wei, job)] == ["c", "a"]


def test_nobody_meets_a_task_twice(team: Team, wei: Worker) -> None:
    job = job_of(team, "ab")
    for turn in claiming.hand_out(wei, job):
        submitting.submit(wei.user_id, turn.submit_key, say("bird"), fetch_next=False)

    assert claiming.hand_out(wei, job) == []


def test_opening_another_job_gives_the_one_ahead_back_and_keeps_the_one_on_screen(team: Team, wei: Worker) -> None:
    first_job, second_job = job_of(team), job_of(team)
    shown, _ahead = claiming.hand_out(wei, first_job)

    claiming.hand_out(wei, second_job)

    assert list(Assignment.objects.filter(task__job=first_job).values_list("pk", "state")) == [(shown.pk, "stopped")]
    assert [turn.pk for turn in claiming.hand_out(wei, first_job)][0] == shown.pk


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"vendor__active": False}])
def test_somebody_who_may_not_work_is_refused_in_words(team: Team, wei: Worker, change: dict[str, Any]) -> None:
    job = job_of(team)
    wei.status = change.get("status", wei.status)
    wei.vendor.active = change.get("vendor__active", True)

    with pytest.raises(Refused, match="not active for work"):
        claiming.may_work(wei, job)


def test_another_teams_job_is_refused(team: Team, wei: Worker) -> None:
    with pytest.raises(Refused, match="belongs to another team"):
        claiming.may_work(wei, job_of(make_team()))


def test_what_was_on_screen_expires_and_its_slot_goes_back(team: Team, wei: Worker) -> None:
    turn = claiming.hand_out(wei, job_of(team))[0]
    Assignment.objects.filter(pk=turn.pk).update(lease_until=clock.now())

    count = claiming.expire()

    assert count == 1
    assert Assignment.objects.get(pk=turn.pk).state == "expired"
    assert Task.objects.get(pk=turn.task_id).open_slots == 3
    assert claiming.expire() == 0


def test_what_was_only_fetched_ahead_goes_back_when_the_page_falls_silent(team: Team, wei: Worker) -> None:
    job = job_of(team)
    ahead = claiming.hand_out(wei, job)[1]
    Assignment.objects.filter(pk=ahead.pk).update(lease_until=clock.now())

    claiming.expire()

    assert Assignment.objects.get(pk=ahead.pk).state == "expired"
    assert Task.objects.get(pk=ahead.task_id).open_slots == 3
    assert queries.left_for(wei.pk, job) == 3  # it can come again


def test_a_heartbeat_keeps_what_was_fetched_ahead_and_does_not_lengthen_the_task_on_screen(
    team: Team, wei: Worker
) -> None:
    shown, ahead = claiming.hand_out(wei, job_of(team))
    soon = clock.now() + timedelta(seconds=5)
    Assignment.objects.update(lease_until=soon)

    submitting.beat(wei.user_id, shown.submit_key)

    assert Assignment.objects.get(pk=shown.pk).lease_until == soon
    assert Assignment.objects.get(pk=ahead.pk).lease_until > soon + timedelta(minutes=10)
    assert Assignment.objects.get(pk=shown.pk).last_seen_at is not None


def test_home_asks_the_database_as_often_for_ten_jobs_as_for_one(
    team: Team, wei: Worker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        job_of(team)

    with django_assert_num_queries(4):
        rows = queries.open_jobs(wei)

    assert [row.left for row in rows] == [3] * 10


def test_left_for_me_counts_what_waits_what_is_open_and_what_i_hold(team: Team, wei: Worker) -> None:
    job = job_of(team, "abcdef")
    Task.objects.filter(data_object__source_text="f").update(state="waiting")
    claiming.hand_out(wei, job)
    other = make_worker(team, "Ben")
    submitting.submit(other.user_id, claiming.hand_out(other, job)[0].submit_key, say("bird"), fetch_next=False)

    assert queries.left_for(wei.pk, job) == 6
    assert queries.left_for(other.pk, job) == 5


def test_what_i_gave_back_still_counts_as_left_for_me(team: Team, wei: Worker) -> None:
    job = job_of(team, "a")
    turn = claiming.hand_out(wei, job)[0]
    submitting.give_up(wei.user_id, turn.submit_key)

    (row,) = queries.open_jobs(wei)  # else nobody of a small team would find the way back to it

    assert (row.public_id, row.left) == (job.public_id, 1)
    assert [turn.source_text for turn in claiming.hand_out(wei, job)] == ["a"]


@pytest.mark.parametrize("state", ["paused"])
def test_a_paused_batch_is_not_offered(team: Team, wei: Worker, state: str) -> None:
    job = make_job(make_running_batch(state=state, state_before_pause="in_progress"), team=team)

    assert queries.open_jobs(wei) == []
    assert not queries.workable(Job.objects.filter(pk=job.pk)).exists()
