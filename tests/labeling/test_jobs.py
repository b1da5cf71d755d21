"""A job from the batch's start to its end: planned, driven, chained, reworked, tried again, paused, stopped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from batches import rework
from batches import services as batch_services
from batches.models import Batch, DataObject, ObjectFeedback
from groundtruth import clock, work
from groundtruth.states import Conflict, Refused
from labeling import chores
from labeling.models import Job, Label, LoopRun, Task, WorkflowStep
from labeling.services import claiming, consolidating, jobs, submitting
from projects import services as project_services
from projects.models import Notice
from tests.factories import (
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_schema,
    make_team,
    make_worker,
    say,
)
from workforce.models import Worker, WorkerQuality

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Shop:
    """A project with its design, a team of workers and a customer."""

    def __init__(self, *, people: int = 2, each: int = 2) -> None:
        self.organization = make_organization()
        self.ada = make_member(self.organization)
        self.project = make_project(
            self.organization,
            state="pilot_in_progress",
            modality="text",
            task_type="text-classification",
            sample_percent=50,
        )
        make_schema(self.project)
        self.team = make_team()
        self.workers = [make_worker(self.team, f"Worker {n}") for n in range(people)]
        WorkflowStep.objects.create(
            project=self.project, position=1, task_type="text-classification", attribute="kind", title="What is it?",
            team=self.team, workers_each=each,
        )  # fmt: skip

    def batch(self, texts: str = "abcd", **fields: Any) -> Batch:
        return make_running_batch(self.project, texts=tuple(texts), **{"state": "data_received", **fields})

    def start(self, batch: Batch) -> Job:
        batch_services.start(batch, None)
        job = Job.objects.filter(batch=batch).latest("position")
        run_chore(job)
        job.refresh_from_db()
        return job

    def answer_all(self, job: Job, choose: Any = lambda worker, text: "bird") -> None:
        for worker in self.workers:
            answer(worker, job, choose)
        run_chore(job)
        for run in LoopRun.objects.filter(job=job):
            run_chore(run)


def run_chore(row: work.WorkRow) -> str:
    return work.advance(row._meta.label_lower, row.pk)


def answer(worker: Worker, job: Job, choose: Any) -> None:
    while turns := claiming.hand_out(worker, job):
        for turn in turns:
            submitting.submit(worker.user_id, turn.submit_key, say(choose(worker, turn.source_text)), fetch_next=False)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_a_batch_that_starts_gets_a_job_and_the_job_its_tasks_in_order(shop: Shop) -> None:
    batch = shop.batch()

    job = shop.start(batch)

    assert (job.state, job.planned, job.workers_each) == ("InProgress", 4, 2)
    tasks = Task.objects.filter(job=job).order_by("pk")
    assert list(tasks.values_list("data_object__source_text", "state")) == [(letter, "open") for letter in "abcd"]


def test_a_batch_without_a_design_does_not_start(shop: Shop) -> None:
    WorkflowStep.objects.all().delete()
    batch = shop.batch()

    with pytest.raises(Refused, match="Set up the workflow of the project first"):
        batch_services.start(batch, None)
    assert Batch.objects.get(pk=batch.pk).state == "data_received"


def test_no_more_tasks_are_open_at_once_than_the_step_says(shop: Shop) -> None:
    WorkflowStep.objects.update(open_at_once=3, workers_each=1)
    job = shop.start(shop.batch("abcdefgh"))
    assert Task.objects.filter(job=job, state="open").count() == 3

    turn = claiming.hand_out(shop.workers[0], job)[0]
    submitting.submit(shop.workers[0].user_id, turn.submit_key, say("bird"), fetch_next=False)
    run_chore(job)

    states = list(Task.objects.filter(job=job).order_by("pk").values_list("state", flat=True))
    assert states == ["done", *["open"] * 3, *["waiting"] * 4]


def test_the_last_answer_brings_the_batch_to_review_with_its_sample_and_a_mail(shop: Shop) -> None:
    batch = shop.batch()
    job = shop.start(batch)

    shop.answer_all(job, lambda worker, text: "plane" if text in "ab" else "bird")

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.human, batch.failed, batch.to_review) == ("ready_for_review", 4, 4, 0, 2)
    labels = dict(Label.objects.exclude(state="superseded").values_list("data_object__source_text", "payload"))
    assert labels == {"a": 1, "b": 1, "c": 0, "d": 0}
    assert Notice.objects.get(kind="batch_ready").recipient == shop.ada.email
    assert set(WorkerQuality.objects.values_list("right", "seen")) == {(4.0, 4)}
    assert batch.days.get().agreement / batch.days.get().agreed == 1.0


def test_the_last_fit_run_twice_writes_nothing_twice(shop: Shop) -> None:
    batch = shop.batch()
    job = shop.start(batch)
    shop.answer_all(job)
    labels, quality = Label.objects.count(), list(WorkerQuality.objects.values_list("right", "seen"))

    run = LoopRun.objects.get()
    consolidating.write_final_labels(run)
    jobs.complete(Job.objects.get(pk=job.pk))

    assert Label.objects.count() == labels
    assert list(WorkerQuality.objects.values_list("right", "seen")) == quality
    assert Batch.objects.get().state == "ready_for_review"


def test_objects_that_carry_a_label_of_this_attribute_are_not_asked_again(shop: Shop) -> None:
    batch = shop.batch("abc")
    given = DataObject.objects.get(source_text="b")
    kind = "groundtruth/text-classification"
    metadata = {"class-name": "plane", "confidence": 0.9, "human-annotated": "yes", "type": kind}
    given.line = json.dumps({"source": "b", "kind": 1, "kind-metadata": metadata})
    given.save(update_fields=["line"])

    job = shop.start(batch)

    assert list(Task.objects.filter(job=job).values_list("data_object__source_text", flat=True)) == ["a", "c"]
    assert Label.objects.values_list("payload", "confidence", "method").get() == (1, 0.9, "given")
    batch.refresh_from_db()
    assert (batch.done, batch.human) == (1, 1)


def test_a_batch_wholly_labelled_already_goes_straight_to_review(shop: Shop) -> None:
    batch = shop.batch("a")
    line = {"source": "a", "kind": 0, "kind-metadata": {"class-name": "bird", "confidence": 0.5}}
    DataObject.objects.update(line=json.dumps(line))
    job = shop.start(batch)

    shop.answer_all(job)

    assert Batch.objects.values_list("state", "done").get() == ("ready_for_review", 1)


def test_rework_asks_again_only_what_was_called_wrong(shop: Shop) -> None:
    batch = shop.batch()
    shop.answer_all(shop.start(batch))
    batch.refresh_from_db()
    wrong = DataObject.objects.get(source_text="c")
    ObjectFeedback.objects.create(data_object=wrong, round=1, author=shop.ada, verdict="wrong", comment="a plane")
    batch_services.decide(batch, shop.ada, accept=False, reason="see c")

    rework.send_for_rework(batch, None)
    job = Job.objects.latest("position")
    run_chore(job)
    shop.answer_all(job, lambda worker, text: "plane")

    batch.refresh_from_db()
    assert (batch.state, batch.round, batch.done, batch.human, batch.to_review) == ("ready_for_review", 2, 4, 4, 1)
    assert list(Task.objects.filter(job=job).values_list("data_object__source_text", flat=True)) == ["c"]
    current = Label.objects.exclude(state="superseded")
    assert dict(current.values_list("data_object__source_text", "payload")) == {"a": 0, "b": 0, "c": 1, "d": 0}
    assert current.get(data_object=wrong).revision == 2
    assert list(DataObject.objects.filter(sample_round=2)) == [wrong]


def test_a_rejected_batch_without_a_wrong_object_is_not_sent_for_rework(shop: Shop) -> None:
    batch = shop.batch()
    shop.answer_all(shop.start(batch))
    batch.refresh_from_db()
    batch_services.decide(batch, shop.ada, accept=False)

    with pytest.raises(Refused, match="No object was called wrong"):
        rework.send_for_rework(batch, None)


def test_failed_objects_are_tried_again_while_the_batch_runs(shop: Shop) -> None:
    batch = shop.batch("ab")
    job = shop.start(batch)
    for worker in shop.workers:
        turn = next(t for t in claiming.hand_out(worker, job) if t.source_text == "a")
        submitting.decline(worker.user_id, turn.submit_key, "cut off")
    batch.refresh_from_db()
    assert batch.failed == 1

    count = jobs.retry_failed(batch, shop.ada)
    run_chore(job)
    shop.answer_all(job)

    batch.refresh_from_db()
    assert count == 1
    assert (batch.state, batch.done, batch.failed) == ("ready_for_review", 2, 0)


def test_a_file_that_still_cannot_be_shown_is_handed_to_nobody(shop: Shop) -> None:
    batch = shop.batch("ab", failed=1)
    DataObject.objects.filter(source_text="a").update(
        source_text="", source_ref="s3://other/a.txt", failure="There is no such object in the store."
    )
    job = shop.start(batch)
    batch.refresh_from_db()

    with pytest.raises(Refused, match="can be shown yet. The first: The object lies outside"):
        jobs.retry_failed(batch, shop.ada)

    batch.refresh_from_db()
    assert batch.failed == 1
    assert list(Task.objects.filter(job=job).values_list("data_object__source_text", flat=True)) == ["b"]


def test_failed_objects_are_not_tried_again_behind_the_customers_back(shop: Shop) -> None:
    batch = shop.batch()
    shop.answer_all(shop.start(batch))
    batch.refresh_from_db()

    with pytest.raises(Refused, match="while the batch is being labelled"):
        jobs.retry_failed(batch, shop.ada)


def test_a_rework_tries_what_failed_again_and_shows_it_in_its_review(shop: Shop) -> None:
    batch = shop.batch("ab")
    job = shop.start(batch)
    for worker in shop.workers:
        turn = next(t for t in claiming.hand_out(worker, job) if t.source_text == "a")
        submitting.decline(worker.user_id, turn.submit_key, "cut off")
    shop.answer_all(job)
    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failed) == ("ready_for_review", 1, 1)
    batch_services.decide(batch, shop.ada, accept=False, reason="the file is mended")

    rework.send_for_rework(batch, None)
    again = Job.objects.latest("position")
    run_chore(again)
    shop.answer_all(again)

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failed, batch.to_review) == ("ready_for_review", 2, 0, 1)
    assert list(Task.objects.filter(job=again).values_list("data_object__source_text", flat=True)) == ["a"]
    assert list(DataObject.objects.filter(sample_round=2).values_list("source_text", flat=True)) == ["a"]


def test_what_fails_again_in_a_rework_is_not_in_its_review(shop: Shop) -> None:
    batch = shop.batch("ab")
    job = shop.start(batch)
    for worker in shop.workers:
        turn = next(t for t in claiming.hand_out(worker, job) if t.source_text == "a")
        submitting.decline(worker.user_id, turn.submit_key, "cut off")
    shop.answer_all(job)
    batch.refresh_from_db()
    batch_services.decide(batch, shop.ada, accept=False)

    rework.send_for_rework(batch, None)
    again = Job.objects.latest("position")
    run_chore(again)
    for worker in shop.workers:
        submitting.decline(worker.user_id, claiming.hand_out(worker, again)[0].submit_key, "cut off")
    run_chore(again)
    for run in LoopRun.objects.filter(job=again):
        run_chore(run)

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failed, batch.to_review) == ("ready_for_review", 1, 1, 0)
    assert not DataObject.objects.filter(sample_round=2).exists()


def test_a_paused_batch_moves_nothing_until_it_is_resumed(shop: Shop) -> None:
    batch = shop.batch()
    job = shop.start(batch)
    for worker in shop.workers:
        answer(worker, job, lambda worker, text: "bird")
    batch.refresh_from_db()
    batch_services.pause(batch, None)
    run_chore(job)
    assert Label.objects.count() == 0

    batch_services.resume(batch, None)
    run_chore(job)
    run_chore(LoopRun.objects.get())

    assert Batch.objects.values_list("state", "done").get() == ("ready_for_review", 4)


def test_a_job_lapses_when_people_stay_away(shop: Shop) -> None:
    batch = shop.batch("ab")
    job = shop.start(batch)
    turn = claiming.hand_out(shop.workers[0], job)[0]
    submitting.submit(shop.workers[0].user_id, turn.submit_key, say("bird"), fetch_next=False)

    with time_machine.travel(clock.now() + timedelta(seconds=job.lifetime_seconds - 5), tick=False):
        chores.expire()
        assert set(Task.objects.values_list("state", flat=True)) == {"open"}
    with time_machine.travel(clock.now() + timedelta(seconds=job.lifetime_seconds + 5), tick=False):
        chores.expire()
    assert list(Task.objects.order_by("id").values_list("state", flat=True)) == ["answered", "failed"]
    run_chore(job)
    run_chore(LoopRun.objects.get())

    batch.refresh_from_db()
    assert (batch.state, batch.done, batch.failed) == ("ready_for_review", 1, 1)
    assert DataObject.objects.exclude(failure="").get().failure == "Nobody answered before its time was over."


@pytest.mark.parametrize("what", ["batch", "project"])
def test_a_pause_does_not_count_as_waiting_for_people(shop: Shop, what: str) -> None:
    batch = shop.batch("ab")
    job = shop.start(batch)
    row, services = (batch, batch_services) if what == "batch" else (batch.project, project_services)
    row.refresh_from_db()
    services.pause(row, None)

    with time_machine.travel(clock.now() + timedelta(seconds=2 * job.lifetime_seconds), tick=False) as traveller:
        chores.expire()  # while it is paused
        row.refresh_from_db()
        services.resume(row, None)
        chores.expire()  # and as soon as it goes on
        assert set(Task.objects.values_list("state", flat=True)) == {"open"}
        traveller.shift(job.lifetime_seconds + 1)
        chores.expire()
        assert set(Task.objects.values_list("state", flat=True)) == {"failed"}


def test_a_stopped_job_hands_nothing_out_and_cannot_start_again(shop: Shop) -> None:
    job = shop.start(shop.batch())

    jobs.stop(job, None)

    assert Job.objects.values_list("state", "ended").get() == ("Stopped", 4)
    assert claiming.claim(shop.workers[0].pk, job.pk, 0) is None
    with pytest.raises(Conflict):
        jobs.stop(Job.objects.get(), None)
