"""Storing answers: works, refused, repeated, late, and how many statements it costs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batches.models import Batch, BatchDay, DataObject
from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from labeling.models import Annotation, Assignment, Job, Label, Task
from labeling.services import claiming, consolidating, jobs, submitting
from projects.models import AuditEvent
from tests.factories import make_job, make_running_batch, make_team, make_worker, say
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]
DEEP = json.loads("[" * 900 + "]" * 900)


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


def job_for(worker: Worker, *, texts: tuple[str, ...] = ("a", "b", "c"), **fields: Any) -> Job:
    return make_job(make_running_batch(texts=texts), team=worker.teams.get(), **fields)


def test_an_answer_is_stored_and_the_next_task_is_on_screen(wei: Worker) -> None:
    job = job_for(wei)
    first, second = claiming.hand_out(wei, job)

    done = submitting.submit(wei.user_id, first.submit_key, say("bird"))

    assert Annotation.objects.get().payload == say("bird")
    stored = Assignment.objects.get(pk=first.pk)
    assert (stored.state, stored.place) == ("submitted", 0)
    following = Assignment.objects.get(pk=second.pk)
    assert following.place == 0
    assert following.shown_at is not None
    assert done.next is not None
    assert done.next.place == 1
    assert list(Task.objects.order_by("id").values_list("answers", "open_slots")) == [(1, 2), (0, 2), (0, 2)]
    assert BatchDay.objects.get().labels == 1


def test_a_repeat_of_the_key_stores_nothing_more(wei: Worker) -> None:
    turn = claiming.hand_out(wei, job_for(wei))[0]
    submitting.submit(wei.user_id, turn.submit_key, say("bird"))

    again = submitting.submit(wei.user_id, turn.submit_key, say("plane"))

    assert again.repeat is True
    assert Annotation.objects.get().payload == say("bird")


def test_another_persons_key_is_refused(wei: Worker) -> None:
    turn = claiming.hand_out(wei, job_for(wei))[0]
    mallory = make_worker(make_team(), "Mallory")

    with pytest.raises(Refused, match="This task is not yours."):
        submitting.submit(mallory.user_id, turn.submit_key, say("bird"))
    assert not Annotation.objects.exists()


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ({"crowd-classifier": {"label": "submarine"}}, "“submarine” is not a category of this job."),
        ({}, "Choose one category."),
        ({"a": {"label": "bird"}, "b": {"label": "bird"}}, "Choose one category."),
        ([], "An answer is a JSON object, keyed by the names of the form's fields."),
        (None, "An answer is a JSON object, keyed by the names of the form's fields."),
        ({"c": {"label": "bird", "workerComment": "\x00"}}, "The answer holds a NUL character."),
        ({"c": {"label": "bird", "workerComment": "\ud800"}}, "The answer holds half of a Unicode surrogate pair."),
        ({"c": {"label": "bird", "workerComment": 5}}, "A comment is text of at most 2,000 characters."),
        ({"c": {"label": "bird", "workerComment": "x" * 2001}}, "A comment is text of at most 2,000 characters."),
        ({"c": {"label": "bird", "x": "y" * 100_000}}, "The answer holds more than a category and a comment."),
        ({"n" * 128: {"label": "bird"}}, "The answer holds more than a category and a comment."),
        ({"c": {"label": "bird", "x": float("nan")}}, "The answer holds a number that is not finite."),
        ({"c": {"label": "bird", "x": DEEP}}, "The answer is nested deeper than 64 levels."),
        ({"c": {"label": ["bird"]}}, "Choose one category."),
    ],
)
def test_what_the_type_does_not_take_is_refused_and_the_task_stays_in_hand(
    wei: Worker, answer: Any, problem: str
) -> None:
    turn = claiming.hand_out(wei, job_for(wei))[0]

    with pytest.raises(Invalid) as refusal:
        submitting.submit(wei.user_id, turn.submit_key, answer)

    assert refusal.value.problems == [problem]
    assert Assignment.objects.get(pk=turn.pk).state == "held"


def expire_now(turn: claiming.Turn) -> None:
    Assignment.objects.filter(pk=turn.pk).update(lease_until=clock.now() - timedelta(seconds=1))
    claiming.expire()


def test_a_late_answer_counts_while_nobody_took_the_slot(wei: Worker) -> None:
    turn = claiming.hand_out(wei, job_for(wei, workers_each=1))[0]
    expire_now(turn)

    submitting.submit(wei.user_id, turn.submit_key, say("bird"))

    assert Task.objects.values_list("state", "answers", "open_slots").get(pk=turn.task_id) == ("answered", 1, 0)


def test_an_answer_to_what_was_fetched_ahead_and_expired_counts_and_took_no_time(wei: Worker) -> None:
    first, ahead = claiming.hand_out(wei, job_for(wei, workers_each=1))
    expire_now(ahead)

    stored = submitting.submit(wei.user_id, first.submit_key, say("bird"))
    submitting.submit(wei.user_id, ahead.submit_key, say("plane"), fetch_next=False)

    assert stored.shown is False  # the page has to ask what is in hand
    assert Annotation.objects.count() == 2
    assert Assignment.objects.values_list("state", "seconds").get(pk=ahead.pk) == ("submitted", 0.0)
    assert Task.objects.values_list("state", "answers").get(pk=ahead.task_id) == ("answered", 1)


def test_a_late_answer_is_refused_in_words_when_others_did_the_task(wei: Worker) -> None:
    job = job_for(wei, texts=("a",), workers_each=1)
    turn = claiming.hand_out(wei, job)[0]
    expire_now(turn)
    other = make_worker(wei.teams.get(), "Ben")
    submitting.submit(other.user_id, claiming.hand_out(other, job)[0].submit_key, say("plane"))

    with pytest.raises(Conflict, match="others have done it"):
        submitting.submit(wei.user_id, turn.submit_key, say("bird"))
    assert Annotation.objects.get().payload == say("plane")
    assert Assignment.objects.get(pk=turn.pk).state == "expired"


def test_work_time_leaves_pauses_out(wei: Worker) -> None:
    turn = claiming.hand_out(wei, job_for(wei))[0]
    start = clock.now() - timedelta(seconds=100)
    Assignment.objects.filter(pk=turn.pk).update(shown_at=start)
    submitting.pause(wei.user_id, turn.submit_key)
    Assignment.objects.filter(pk=turn.pk).update(paused_at=clock.now() - timedelta(seconds=60))
    submitting.resume(wei.user_id, turn.submit_key)

    submitting.submit(wei.user_id, turn.submit_key, say("bird"))

    assert Assignment.objects.get(pk=turn.pk).seconds == pytest.approx(40, abs=2)


def test_an_answer_that_was_sent_only_after_the_job_was_left_counts_without_the_time_since(wei: Worker) -> None:
    """Opening another job stops the task on screen; its answer may still lie on the device."""
    job, other = job_for(wei), job_for(wei)
    turn = claiming.hand_out(wei, job)[0]
    Assignment.objects.filter(pk=turn.pk).update(shown_at=clock.now() - timedelta(seconds=100))
    claiming.hand_out(wei, other)
    Assignment.objects.filter(pk=turn.pk).update(paused_at=clock.now() - timedelta(seconds=60))
    assert Assignment.objects.get(pk=turn.pk).state == "stopped"

    submitting.submit(wei.user_id, turn.submit_key, say("bird"), fetch_next=False)

    stored = Assignment.objects.get(pk=turn.pk)
    assert stored.state == "submitted"
    assert stored.seconds == pytest.approx(40, abs=2)


@pytest.mark.parametrize("way", ["declined", "returned"])
def test_an_answer_to_what_was_given_up_is_refused_in_words(wei: Worker, way: str) -> None:
    turn = claiming.hand_out(wei, job_for(wei))[0]
    if way == "declined":
        submitting.decline(wei.user_id, turn.submit_key, "It is cut off.")
    else:
        submitting.give_up(wei.user_id, turn.submit_key)

    with pytest.raises(Conflict, match="You returned or declined this task"):
        submitting.submit(wei.user_id, turn.submit_key, say("bird"))
    assert not Annotation.objects.exists()


def test_a_declined_task_goes_to_others_and_fails_when_all_declined() -> None:
    team = make_team()
    job = make_job(make_running_batch(texts=("broken",)), team=team, workers_each=2)
    for name in ("Wei", "Ben"):
        worker = make_worker(team, name)
        submitting.decline(worker.user_id, claiming.hand_out(worker, job)[0].submit_key, "The text is cut off.")
        assert claiming.hand_out(worker, job) == []

    assert Task.objects.values_list("state", "declines", "open_slots").get() == ("expired", 2, 0)
    assert DataObject.objects.get().failure == "Every worker who saw it declined it."
    assert Batch.objects.get().failed == 1
    assert Job.objects.get().ended == 1


def test_a_returned_task_comes_back_when_nothing_else_is_left(wei: Worker) -> None:
    job = job_for(wei, texts=("a",))
    first = claiming.hand_out(wei, job)[0]
    submitting.give_up(wei.user_id, first.submit_key)

    again = claiming.hand_out(wei, job)

    assert [turn.task_id for turn in again] == [first.task_id]
    assert again[0].submit_key != first.submit_key


def test_a_correction_replaces_the_answer_and_keeps_the_old_one_in_the_log(wei: Worker) -> None:
    job = job_for(wei, workers_each=1)
    turn = claiming.hand_out(wei, job)[0]
    submitting.submit(wei.user_id, turn.submit_key, say("bird"))
    consolidating.settle_answered(job)
    assert Label.objects.get().payload == 0

    submitting.correct(wei.user_id, turn.public_id, say("plane"))
    consolidating.settle_answered(job)

    assert Label.objects.exclude(state="superseded").get().payload == 1
    assert AuditEvent.objects.get(verb="correct").data == {"old": say("bird")}
    batch = Batch.objects.get()
    assert (batch.done, batch.human) == (1, 1)
    assert Job.objects.get().ended == 1


def test_the_last_fit_ends_the_job_and_sends_the_batch_to_review(wei: Worker) -> None:
    job = job_for(wei, workers_each=1)
    turns = claiming.hand_out(wei, job)
    while turns:
        for turn in turns:
            submitting.submit(wei.user_id, turn.submit_key, say("plane"), fetch_next=False)
        turns = claiming.hand_out(wei, job)
    jobs.drive(job)
    run = job.loop_runs.get()

    consolidating.write_final_labels(run)
    jobs.complete(job)

    labels = Label.objects.exclude(state="superseded")
    assert set(labels.values_list("payload", "confidence", "state")) == {(1, 0.0, "confirmed")}
    assert labels.count() == 3
    assert Job.objects.get().state == "Completed"
    assert Batch.objects.values_list("state", "done", "to_review").get() == ("ready_for_review", 3, 1)


def post(client: Client, name: str, job: Job, body: Any) -> Any:
    return client.post(reverse(f"work_{name}", args=[job.public_id]), json.dumps(body), content_type="application/json")


def statements_of(queries: CaptureQueriesContext) -> list[str]:
    """Return what was executed, but for the marks of the transaction and the doorbell that is rung after it."""
    marks = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")
    return [q["sql"] for q in queries.captured_queries if not q["sql"].startswith(marks) and "django_q" not in q["sql"]]


@pytest.mark.parametrize(("workers_each", "expected"), [(3, 11), (1, 12)])
def test_one_cycle_is_at_most_twelve_statements(wei: Worker, client: Client, workers_each: int, expected: int) -> None:
    job = job_for(wei, texts=tuple("abcdefgh"), workers_each=workers_each)
    client.force_login(wei.user)
    first, second = claiming.hand_out(wei, job)
    post(client, "submit", job, {"key": first.submit_key, "answer": say("bird")})  # caches and the day's first row

    with CaptureQueriesContext(connection) as queries:
        reply = post(client, "submit", job, {"key": second.submit_key, "answer": say("bird")}).json()

    assert reply["stored"] is True
    assert reply["next"]["key"]
    assert len(statements_of(queries)) == expected


def test_a_request_without_a_session_is_told_to_sign_in(wei: Worker, client: Client) -> None:
    job = job_for(wei)
    turn = claiming.hand_out(wei, job)[0]

    reply = post(client, "submit", job, {"key": turn.submit_key, "answer": say("bird")})

    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "signin")


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"a"', "malformed", "The request is not JSON: Expecting ':' delimiter at character 5."),
        (b"[]", "invalid", "Send one JSON object."),
        (b"{}", "invalid", "The task's key is missing."),
        (b"", "invalid", "The task's key is missing."),
        (b'{"key": 7}', "invalid", "The task's key is missing."),
        (b"[" * 100_000, "malformed", "The request is nested deeper than 64 levels."),
        (b'{"key": "a", "answer": NaN}', "malformed", "The request is not JSON: NaN is no JSON value."),
        (b'{"key": "a", "answer": 1e999}', "malformed", "The request holds a number that is too large."),
        (b'{"key": "a", "key": "b"}', "malformed", "The request names one key twice, so that its meaning is open."),
        (b'{"key": "\xe9"}', "malformed", "The request is not JSON in UTF-8."),
        ('{"key": "a"}'.encode("utf-16"), "malformed", "The request is not JSON in UTF-8."),
        (b'{"key": "\\ud800"}', "malformed", "The request holds half of a Unicode surrogate pair."),
    ],
)  # fmt: skip
def test_a_malformed_request_gets_a_sentence(wei: Worker, client: Client, body: bytes, code: str, message: str) -> None:
    job = job_for(wei)
    client.force_login(wei.user)

    reply = client.post(reverse("work_submit", args=[job.public_id]), body, content_type="application/json")

    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == code
    assert reply.json()["error"]["message"] == message


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_an_answer_sent_as_a_form_is_no_json(wei: Worker, kind: str) -> None:
    client = Client(enforce_csrf_checks=True)
    job = job_for(wei)
    client.force_login(wei.user)
    client.get(reverse("work_job", args=[job.public_id]))  # which sets the token
    token = {"X-CSRFToken": client.cookies["csrftoken"].value}

    reply = client.post(reverse("work_submit", args=[job.public_id]), b"key=1", content_type=kind, headers=token)

    assert (reply.status_code, reply.json()["error"]["code"]) == (400, "malformed")


def test_ten_megabytes_are_too_much(wei: Worker, client: Client) -> None:
    job = job_for(wei)
    client.force_login(wei.user)
    turn = claiming.hand_out(wei, job)[0]

    reply = post(client, "submit", job, {"key": turn.submit_key, "answer": {"x": "y" * 10_000_000}})

    assert reply.status_code == 413
    assert Assignment.objects.get(pk=turn.pk).state == "held"
