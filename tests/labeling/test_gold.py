"""Objects whose answer is known: mixed in at a set share, met once, like any other, and counted nowhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batches.models import Batch, BatchDay, DataObject
from groundtruth import clock
from groundtruth.states import Conflict
from labeling import queries
from labeling.agreeing.people import people_of
from labeling.machine import limits
from labeling.models import Annotation, Assignment, GoldAnswer, Job, Label, Task
from labeling.queries_quality import OnKnown, on_known, unlike_labels
from labeling.services import claiming, consolidating, gold, jobs, submitting
from labeling.services.scoring import scores_of
from tests.factories import make_grant, make_running_batch, make_schema, make_team, make_worker, say
from tests.labeling.golden import answer_known, lot_falls, make_gold, make_mixed
from tests.labeling.test_submitting import statements_of
from workforce.models import Team, Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def wei(team: Team) -> Worker:
    return make_worker(team)


def texts_of(turns: list[claiming.Turn]) -> list[str]:
    return [turn.source_text for turn in turns]


# --- who gets one -----------------------------------------------------------------------------------


def test_the_lot_decides_what_is_handed_out_and_nobody_meets_an_object_twice(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "xy")

    with lot_falls(on_gold=True):
        seen = work_through(wei, job)

    assert seen == ["x", "y", "a", "b", "c"]  # all that are known first, and then no more


def work_through(worker: Worker, job: Job) -> list[str]:
    """Answer all that a worker is handed, as the page does; return the objects in their order."""
    seen, turns = [], claiming.hand_out(worker, job)
    while turns:
        seen.append(turns[0].source_text)
        done = submitting.submit(worker.user_id, turns.pop(0).submit_key, say("bird"))
        turns += [done.next] if done.next else []
        turns = turns or claiming.hand_out(worker, job)
    return seen


def test_the_set_share_is_mixed_in(team: Team, wei: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gold, "lot", Random(7))
    texts = "".join(chr(0x4E00 + n) for n in range(300))
    known = "".join(chr(0x5E00 + n) for n in range(100))
    job = make_mixed(team, texts, known, percent=20)

    seen = work_through(wei, job)

    counts = Counter("known" if text in known else "other" for text in seen)
    assert counts["other"] == 300
    # 300 others among which a known one comes with a chance of one in five: 75, give or take 2.6 standard deviations.
    assert 50 <= counts["known"] <= 100
    assert len(seen) == len(set(seen))
    known_ones = [text for text in seen if text in known]
    assert known_ones != sorted(known_ones)  # which of them is drawn by lot too


def test_none_is_handed_out_when_nothing_else_is_left(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "a", "xyz")
    with lot_falls(on_gold=False):
        turns = claiming.hand_out(wei, job)
        submitting.submit(wei.user_id, turns[0].submit_key, say("bird"))

    with lot_falls(on_gold=True):
        assert claiming.hand_out(wei, job) == []


def test_none_takes_the_place_of_a_task_that_begins_with_a_proposal(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcd", "wxyz", prelabel=True)
    Task.objects.filter(job=job, state="open", data_object__source_text__in="ab").update(proposal=say("bird"))

    with lot_falls(on_gold=True):
        turns = claiming.hand_out(wei, job)
        turns += [submitting.submit(wei.user_id, turns[0].submit_key, say("bird")).next]

    assert [turn.proposal is None for turn in turns] == [False, False, True]
    assert [turn.source_text in "wxyz" for turn in turns] == [False, False, True]


def test_a_job_without_a_share_hands_none_out(team: Team, wei: Worker) -> None:
    job = make_mixed(team, percent=0)

    with lot_falls(on_gold=True):
        assert texts_of(claiming.hand_out(wei, job)) == ["a", "b"]
    assert Task.objects.filter(state="gold").count() == 0


def test_who_met_an_object_as_known_is_not_handed_it_among_the_others(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "ab", "")
    make_gold(job, DataObject.objects.get(source_text="a"))
    gold.lay_out(job)

    answered = answer_known(job, wei)
    ben = make_worker(team, "Ben")
    with lot_falls(on_gold=False):
        mine, others = texts_of(claiming.hand_out(wei, job)), texts_of(claiming.hand_out(ben, job))

    assert answered.task.data_object.source_text == "a"
    assert (mine, others) == (["b"], ["a", "b"])


def test_who_answered_or_holds_an_object_is_not_handed_it_as_known(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "")
    make_gold(job, DataObject.objects.get(source_text="a"))
    gold.lay_out(job)
    with lot_falls(on_gold=False):
        first = claiming.hand_out(wei, job)[0]

    assert gold.draw(wei.pk, job.pk) is None  # held
    submitting.submit(wei.user_id, first.submit_key, say("bird"), fetch_next=False)
    assert gold.draw(wei.pk, job.pk) is None
    assert gold.draw(make_worker(team, "Ben").pk, job.pk) is not None


def test_a_retired_one_is_handed_out_no_more(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "xy")
    GoldAnswer.objects.filter(data_object__source_text="x").update(retired_at=clock.now())

    with lot_falls(on_gold=True):
        assert texts_of(claiming.hand_out(wei, job)) == ["y", "a"]


@pytest.mark.parametrize(
    "fields", [{"kind": "verify"}, {"kind": "adjust"}, {"kind": "rework"}, {"pre_function": "arn:aws:lambda:x:1:f:own"}]
)
def test_jobs_of_others_of_rework_and_with_a_function_before_have_none(team: Team, fields: dict[str, Any]) -> None:
    job = make_mixed(team, **fields)

    assert Task.objects.filter(job=job, state="gold").count() == 0


def test_only_what_asks_the_same_of_the_same_project_is_mixed_in(team: Team) -> None:
    job = make_mixed(team, "a", "x")
    elsewhere = make_mixed(team, "b", "y")
    renamed = make_schema(job.batch.project, categories=("bird", "kite"), version=2)
    other = make_running_batch(job.batch.project, texts=("c",))
    asks_else = Job.objects.create(
        organization_id=job.organization_id, batch=other, schema=renamed, name="other", task_type=job.task_type,
        title="?", team=team, position=1, attribute="kind", gold_percent=20,
    )  # fmt: skip

    assert gold.lay_out(asks_else) == 0
    mine = Task.objects.filter(job=job, state="gold").values_list("data_object__source_text", flat=True)
    theirs = Task.objects.filter(job=elsewhere, state="gold").values_list("data_object__source_text", flat=True)
    assert (list(mine), list(theirs)) == (["x"], ["y"])


def test_laying_out_again_makes_what_is_missing(team: Team) -> None:
    job = make_mixed(team, "ab", "xy")
    make_gold(job, DataObject.objects.get(source_text="b"))

    assert [gold.lay_out(job), gold.lay_out(job)] == [1, 0]
    assert Task.objects.filter(job=job, state="gold").count() == 3


def test_planning_a_job_lays_them_out(team: Team) -> None:
    job = make_mixed(team, "ab", "xy")
    Task.objects.filter(job=job).delete()
    Job.objects.filter(pk=job.pk).update(state="Initializing", planned=0, planned_to=-1)

    jobs.plan(Job.objects.get(pk=job.pk))

    assert Counter(Task.objects.filter(job=job).values_list("state", flat=True)) == {"waiting": 2, "gold": 2}
    assert Job.objects.get(pk=job.pk).planned == 2


# --- counted nowhere --------------------------------------------------------------------------------


def test_what_is_answered_counts_nowhere(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "xyz", most_cost=9, answer_price=1)
    before = (counters(job.batch), limits.people_left(job), limits.answers_left(job), job.ended)

    answer_known(job, wei)
    answer_known(job, wei)

    job.refresh_from_db()
    assert Annotation.objects.count() == 2
    assert (counters(job.batch), limits.people_left(job), limits.answers_left(job), job.ended) == before
    assert set(BatchDay.objects.values_list("labels", "seconds", "human")) == {(0, 0.0, 0)}
    assert set(Task.objects.filter(state="gold").values_list("answers", "wanted", "open_slots")) == {(0, 0, 0)}


def counters(batch: Batch) -> dict[str, int]:
    names = ("total", "failed", "auto", "human", "verified", "done", "to_review", "with_feedback")
    return Batch.objects.filter(pk=batch.pk).values(*names).get()


def test_it_is_no_vote_for_the_objects_label_and_tells_of_its_worker_alone(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcd", "", workers_each=1)
    make_gold(job, DataObject.objects.get(source_text="a"), "bird")
    gold.lay_out(job)
    answer_known(job, wei, "plane")
    ben = make_worker(team, "Ben")
    with lot_falls(on_gold=False):
        for turn in claiming.hand_out(ben, job):
            submitting.submit(ben.user_id, turn.submit_key, say("bird"), fetch_next=False)

    consolidating.settle_answered(job)

    labels = Label.objects.filter(job=job).values_list("data_object__source_text", "payload").order_by("pk")
    assert list(labels) == [("a", 0), ("c", 0)]  # what Wei holds is not Ben's
    job.refresh_from_db()
    assert job.skills_from == 2
    assert job.skills["workers"] == sorted([str(wei.pk), str(ben.pk)])  # as text
    assert job.skills["known_objects"] == 1


def test_the_worker_sees_it_in_their_day_and_their_history_like_any_other(team: Team, wei: Worker) -> None:
    job = make_mixed(team)

    given = answer_known(job, wei)

    assert queries.done_today(wei.pk) == 1
    assert queries.week_of(wei.pk)[-1].answers == 1
    (row,) = queries.history(wei)
    assert (row.public_id, row.what, row.outcome, row.can_change) == (given.public_id, "bird", "stored", True)


@pytest.mark.parametrize("on_gold", [True, False])
def test_each_answer_takes_one_from_what_is_left(team: Team, wei: Worker, on_gold: bool) -> None:
    job = make_mixed(team, "abcdef", "uvwxyz")
    left = [queries.left_for(wei.pk, job)]

    with lot_falls(on_gold=on_gold):
        turns = claiming.hand_out(wei, job)
        for _ in range(5):
            done = submitting.submit(wei.user_id, turns.pop(0).submit_key, say("bird"))
            turns += [done.next] if done.next else []
            left.append(queries.left_for(wei.pk, job))

    assert left[:5] == [6, 5, 4, 3, 2]
    assert left[5] == (2 if on_gold else 1)  # two are in hand as long as there are any


# --- like any other ---------------------------------------------------------------------------------


@pytest.mark.parametrize("pictures", [False, True], ids=["texts", "pictures"])
def test_page_and_replies_are_of_one_shape(team: Team, wei: Worker, client: Client, pictures: bool) -> None:
    job = make_mixed(team, "abcd", "wxyz", gold_feedback=True)
    if pictures:
        show_pictures(job)
    said = {"crowd-image-classifier": {"label": "bird"}} if pictures else say("bird")
    ben = make_worker(team, "Ben")

    shapes, told = [], []
    for worker, on_gold in ((wei, True), (ben, False)):
        client.force_login(worker.user)
        with lot_falls(on_gold=on_gold):
            page = client.get(reverse("work_job", args=[job.public_id]))
            tasks = page.context["config"]["tasks"]
            reply = send(client, job, "submit", {"key": tasks[0]["key"], "answer": said, "next": True})
            claimed = send(client, job, "claim", {})
        back = client.get(reverse("work_back", args=[job.public_id]))
        lengths = [len(one["html"]) for one in (*tasks, reply.json()["next"], *back.json()["answers"])]
        shapes.append(
            ([shape_of(one) for one in tasks], *(shape_of(one.json()) for one in (reply, claimed, back)), lengths)
        )
        told += [one.content.decode() for one in (page, reply, claimed, back)]

    assert shapes[0] == shapes[1]
    assert shapes[0][1] == {"stored": True, "repeat": False, "shown": True, "missed": None, "next": shapes[0][0][0]}
    assert len(set(shapes[0][-1])) == 1
    assert [
        word
        for word in ("gold", "s3:", "late/", "early", "00115", settings.GROUNDTRUTH_BUCKET + "/")
        if any(word in text.lower() for text in told)
    ] == []
    assert [cover_of(text) for text in told] == [pictures] * 8
    assert Annotation.objects.filter(assignment__task__state="gold").count() == 1


def show_pictures(job: Job) -> None:
    """Let the objects be pictures: those that are known lie in another folder, and their names have other lengths."""
    make_grant(job.batch.project)
    for row in DataObject.objects.order_by("pk"):
        name = f"one/{row.ordinal:05}" if row.batch_id == job.batch_id else f"one/early/late/{115 + row.ordinal:08}"
        row.source_ref = f"s3://{settings.GROUNDTRUTH_BUCKET}/{job.batch.project.prefix}{name}.png"
        row.source_text, row.line = "", json.dumps({"source-ref": row.source_ref})
        row.save(update_fields=["source_ref", "source_text", "line"])
    Job.objects.update(task_type="image-classification")


def cover_of(text: str) -> bool:
    """Tell whether a page or a reply holds an address of an object."""
    return f"{settings.GROUNDTRUTH_URL}/store/-/" in text.replace("\\u002D", "-").replace("\\/", "/")


def send(client: Client, job: Job, act: str, body: dict[str, Any]) -> Any:
    return client.post(reverse(f"work_{act}", args=[job.public_id]), json.dumps(body), "application/json")


def shape_of(value: Any) -> Any:
    """Return a reply's JSON with what differs from task to task by type alone, but for truth and nothing."""
    if isinstance(value, dict):
        return {name: shape_of(part) for name, part in sorted(value.items()) if name != "left"}
    if isinstance(value, list):
        return [shape_of(part) for part in value]
    return value if isinstance(value, bool) or value is None else type(value).__name__


def test_declining_one_fails_nothing_and_it_comes_no_more(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "x", workers_each=1)
    with lot_falls(on_gold=True):
        known = claiming.hand_out(wei, job)[0]

    submitting.decline(wei.user_id, known.submit_key, "does not load")

    assert Assignment.objects.get(pk=known.pk).state == "declined"
    assert Task.objects.get(pk=known.task_id).state == "gold"
    assert DataObject.objects.get(source_text="x").failure == ""
    with lot_falls(on_gold=True):
        assert texts_of(claiming.hand_out(wei, job)) == ["a", "b"]


def test_one_that_was_given_back_comes_again_at_the_end_as_others_do(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "ab", "x")
    with lot_falls(on_gold=True):
        known = claiming.hand_out(wei, job)[0]
        submitting.give_up(wei.user_id, known.submit_key)
        seen = work_through(wei, job)

    assert (known.source_text, seen) == ("x", ["a", "b", "x"])


def test_it_is_paused_taken_up_and_corrected_like_any_other(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "x")
    with lot_falls(on_gold=True):
        known = claiming.hand_out(wei, job)[0]

    submitting.pause(wei.user_id, known.submit_key)
    submitting.resume(wei.user_id, known.submit_key)
    submitting.submit(wei.user_id, known.submit_key, say("plane"), fetch_next=False)
    submitting.correct(wei.user_id, known.public_id, say("bird"))

    assert Annotation.objects.get().payload == say("bird")
    assert Job.objects.get(pk=job.pk).ended == 0


def test_one_that_expired_is_taken_while_the_job_runs(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "xy")
    with lot_falls(on_gold=True):
        first, second = claiming.hand_out(wei, job)
    Assignment.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    claiming.expire()

    submitting.submit(wei.user_id, first.submit_key, say("bird"), fetch_next=False)
    Job.objects.filter(pk=job.pk).update(state="Completed")
    with pytest.raises(Conflict, match="others have done it"):
        submitting.submit(wei.user_id, second.submit_key, say("bird"), fetch_next=False)

    assert Assignment.objects.get(pk=first.pk).state == "submitted"


@pytest.mark.parametrize(("state", "is_stored"), [("Completed", True), ("Stopped", False)])
def test_one_in_hand_when_its_job_ends_is_taken_and_when_it_is_stopped_it_is_not(
    team: Team, wei: Worker, state: str, is_stored: bool
) -> None:
    job = make_mixed(team, "abc", "x")
    with lot_falls(on_gold=True):
        known = claiming.hand_out(wei, job)[0]
    Job.objects.filter(pk=job.pk).update(state=state)

    with suppress(Conflict):
        submitting.submit(wei.user_id, known.submit_key, say("bird"))

    assert Annotation.objects.exists() is is_stored


def test_one_that_cannot_be_shown_is_retired_and_its_object_does_not_fail(
    team: Team, wei: Worker, client: Client
) -> None:
    job = make_mixed(team, "abc", "x", template="<p>{{ task.input.source | unknown }}</p>")
    client.force_login(wei.user)

    with lot_falls(on_gold=True):
        client.get(reverse("work_job", args=[job.public_id]))

    assert GoldAnswer.objects.get().retired_at is not None
    assert DataObject.objects.get(source_text="x").failure == ""
    assert Task.objects.get(data_object__source_text="x", job=job).state == "gold"


# --- the time that an answer takes ------------------------------------------------------------------


def statements_of_second(job: Job, worker: Worker, *, on_gold: bool) -> list[str]:
    """Answer two tasks rightly, both with a known answer or neither; return the second's statements, but for values."""
    with lot_falls(on_gold=on_gold):
        first, second = claiming.hand_out(worker, job)
    with lot_falls(on_gold=False):
        submitting.submit(worker.user_id, first.submit_key, say("bird"))  # caches, the day's first row and the ring
        with CaptureQueriesContext(connection) as asked:
            stored = submitting.submit(worker.user_id, second.submit_key, say("bird"))
    assert (stored.missed, stored.next is None) == (None, False)
    return [re.sub(r"'[^']*'|\b\d[\d.]*", "?", sql) for sql in statements_of(asked)]


@pytest.mark.parametrize("feedback", [True, False])
@pytest.mark.parametrize("workers_each", [1, 3])
def test_a_right_answer_runs_the_same_statements_whether_it_is_known_or_not(
    team: Team, feedback: bool, workers_each: int
) -> None:
    job = make_mixed(team, "abcdefgh", "wxyz", gold_feedback=feedback, workers_each=workers_each)

    ordinary = statements_of_second(job, make_worker(team, "Wei"), on_gold=False)
    known = statements_of_second(job, make_worker(team, "Ben"), on_gold=True)

    assert known == ordinary
    reads = [sql for sql in ordinary if sql.startswith('SELECT "labeling_goldanswer"')]
    assert len(reads) == (1 if feedback else 0)
    assert BatchDay.objects.values_list("labels", flat=True).get(batch=job.batch) == 2


@pytest.mark.parametrize(("feedback", "more"), [(True, 2), (False, 0)])
def test_feedback_costs_every_answer_two_statements(team: Team, wei: Worker, feedback: bool, more: int) -> None:
    plain, mixed = make_mixed(team), make_mixed(team, gold_feedback=feedback)

    said = [len(statements_of_second(job, wei, on_gold=False)) for job in (plain, mixed)]

    assert said[1] - said[0] == more


@pytest.mark.parametrize("on_gold", [True, False])
def test_the_same_is_read_whatever_the_lot_brings_ahead(team: Team, wei: Worker, on_gold: bool) -> None:
    job = make_mixed(team, "abcdefgh", "wxyz")
    with lot_falls(on_gold=False):
        first, _ahead = claiming.hand_out(wei, job)
    with lot_falls(on_gold=on_gold), CaptureQueriesContext(connection) as asked:
        following = submitting.submit(wei.user_id, first.submit_key, say("bird")).next

    assert following is not None
    assert (following.source_text in "wxyz") is on_gold
    tasks = [query["sql"] for query in asked if query["sql"].startswith("SELECT") and '"labeling_task"' in query["sql"]]
    rows = [sql for sql in tasks if '"batches_dataobject"."line"' in sql]
    drawn = [sql for sql in tasks if '"labeling_goldanswer"' in sql]
    assert (len(rows), len(drawn)) == (2, 1)  # the next of all and one of the known, and which of these there are


def test_of_a_repeat_the_same_is_asked_whether_it_is_known_or_not(team: Team, wei: Worker) -> None:
    job, ben, counts = make_mixed(team, gold_feedback=True), make_worker(team, "Ben"), []
    known = answer_known(job, wei).submit_key
    with lot_falls(on_gold=False):
        ordinary = claiming.hand_out(ben, job)[0].submit_key
    submitting.submit(ben.user_id, ordinary, say("bird"))

    for worker, key in ((wei, known), (ben, ordinary)):
        with CaptureQueriesContext(connection) as asked:
            assert submitting.submit(worker.user_id, key, say("bird")).repeat
        counts.append(len(asked))

    assert counts == [3, 3]


def test_the_search_goes_on_behind_the_task_on_screen_after_a_known_one(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcdef", "x")
    with lot_falls(on_gold=False):
        turns = claiming.hand_out(wei, job)
        for turn in turns:
            submitting.submit(wei.user_id, turn.submit_key, say("bird"), fetch_next=False)
    with lot_falls(on_gold=True):
        known, ahead = claiming.hand_out(wei, job)
    with CaptureQueriesContext(connection) as asked, lot_falls(on_gold=False):
        done = submitting.submit(wei.user_id, known.submit_key, say("bird"))

    assert texts_of([known, ahead]) == ["x", "c"]
    assert done.next is not None
    assert done.next.source_text == "d"
    assert sum(f'"labeling_task"."id" > {ahead.task_id}' in query["sql"] for query in asked.captured_queries) == 1


# --- after a miss -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feedback", "said", "told"), [(True, "plane", True), (True, "bird", False), (False, "plane", False)]
)
def test_a_miss_is_told_with_the_right_answer_where_the_job_says_so(
    team: Team, wei: Worker, client: Client, feedback: bool, said: str, told: bool
) -> None:
    job = make_mixed(team, "abc", "x", gold_feedback=feedback)
    GoldAnswer.objects.update(explanation="It has feathers.")
    client.force_login(wei.user)
    with lot_falls(on_gold=True):
        known = claiming.hand_out(wei, job)[0]

    body = {"key": known.submit_key, "answer": say(said)}
    reply, again = (send(client, job, "submit", body).json() for _ in range(2))

    miss = {"name": "x", "said": "plane", "answer": "bird", "why": "It has feathers."} if told else None
    assert (reply["missed"], again["missed"]) == (miss, miss)  # a reply that was lost comes again


def test_an_answer_cannot_be_mended_by_what_was_told(team: Team, wei: Worker, client: Client) -> None:
    job = make_mixed(team, "abc", "xy", gold_feedback=True)
    given, right = answer_known(job, wei, "plane"), answer_known(job, wei, "bird")
    client.force_login(wei.user)

    past = client.get(reverse("work_back", args=[job.public_id])).json()["answers"]

    assert {one["id"]: one["open"] for one in past} == {given.public_id: False, right.public_id: True}
    with pytest.raises(Conflict, match="told the right answer"):
        submitting.correct(wei.user_id, given.public_id, say("bird"))

    assert Annotation.objects.get(assignment=given).payload == say("plane")


# --- skill ------------------------------------------------------------------------------------------


def test_known_answers_are_what_people_said_beside_what_is_right(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcd", "xyz")
    first, second = answer_known(job, wei, "plane"), answer_known(job, wei, "bird")
    ben = make_worker(team, "Ben")
    answer_known(job, ben, "bird")

    rows = list(gold.known_answers(job))

    x, y = first.task.data_object_id, second.task.data_object_id
    assert [row[:4] for row in rows] == [
        (x, wei.pk, say("plane"), say("bird")),
        (x, ben.pk, say("bird"), say("bird")),
        (y, wei.pk, say("bird"), say("bird")),
    ]
    GoldAnswer.objects.filter(data_object=x).update(retired_at=clock.now())
    assert [row.object_id for row in gold.known_answers(job)] == [y]


def test_the_scores_of_a_job_tell_how_many_known_answers_were_given_rightly(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcd", "xyz")
    answer_known(job, wei, "plane")
    answer_known(job, wei, "bird")

    (score,) = scores_of(job)

    assert (score["worker"], score["seen"], score["gold"]) == (
        wei.pk,
        0,
        {"right": 1.0, "seen": 2, "categories": {"0": [1.0, 2]}},
    )


def test_operations_read_it_beside_the_agreement_with_its_interval(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcdef", "xyz")
    for category in ("plane", "bird", "bird"):
        answer_known(job, wei, category)

    (person,) = people_of(job, {"people": scores_of(job)}, {wei.pk: wei})

    assert person.known is not None
    assert (person.labels, person.known.answers, round(person.known.share, 3)) == (None, 3, 0.667)
    assert (round(person.known.low, 3), round(person.known.high, 3)) == (0.094, 0.992)
    (before,) = people_of(job, {"people": [{**scores_of(job)[0], "gold": {"right": 0.0, "seen": 0}}]}, {wei.pk: wei})
    assert before.known is None


@pytest.mark.parametrize(
    ("state", "feedback", "kinds", "misses"),
    [
        ("InProgress", False, 0, 0),  # nothing tells which were known while the job runs
        ("InProgress", True, 0, 1),  # but for what was told already
        ("Failed", False, 0, 0),  # it may go on
        ("Completed", False, 1, 1),
        ("Stopped", False, 1, 1),
    ],
)
def test_the_workers_quality_tells_of_known_answers_when_their_job_has_ended(
    team: Team, wei: Worker, client: Client, state: str, feedback: bool, kinds: int, misses: int
) -> None:
    job = make_mixed(team, "abcd", "xyz", gold_feedback=feedback)
    GoldAnswer.objects.update(explanation="It has feathers.")
    answer_known(job, wei, "plane")
    answer_known(job, wei, "bird")
    Job.objects.filter(pk=job.pk).update(state=state)

    known = on_known(wei)

    assert [(kind.title, kind.answers, kind.share) for kind in known.kinds] == [("Text classification", 2, 0.5)][:kinds]
    told = [(one.name, one.said, one.answer, one.why) for one in known.misses]
    assert told == [("x", "plane", "bird", "It has feathers.")][:misses]
    client.force_login(wei.user)
    page = client.get(reverse("work_quality")).content.decode()
    assert ("On known answers" in page, "It has feathers." in page) == (bool(kinds or misses), bool(misses))
    assert on_known(make_worker(team, "Ben")) == OnKnown([], [])


def test_a_retired_answer_judges_nobody(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abcd", "x")
    answer_known(job, wei, "plane")
    Job.objects.filter(pk=job.pk).update(state="Completed")
    GoldAnswer.objects.update(retired_at=clock.now())

    assert on_known(wei) == OnKnown([], [])
    assert scores_of(job) == []


def test_a_known_answer_is_no_answer_that_became_another_label(team: Team, wei: Worker) -> None:
    job = make_mixed(team, "abc", "")
    row = DataObject.objects.get(source_text="a")
    make_gold(job, row)
    gold.lay_out(job)
    answer_known(job, wei, "plane")
    Label.objects.create(data_object=row, attribute="kind", job=job, payload=0, confidence=0.9, method="x")
    Job.objects.filter(pk=job.pk).update(state="Completed")

    assert unlike_labels(wei) == []
    assert [one.name for one in on_known(wei).misses] == ["a"]


def test_the_hot_path_asks_for_no_known_answer_where_there_are_none(team: Team, wei: Worker) -> None:
    job = make_mixed(team, percent=0)
    turns = claiming.hand_out(wei, job)
    submitting.submit(wei.user_id, turns[0].submit_key, say("bird"))  # what is prepared once is prepared

    with CaptureQueriesContext(connection) as plain:
        submitting.submit(wei.user_id, turns[1].submit_key, say("bird"))

    assert [query["sql"] for query in plain if "labeling_goldanswer" in query["sql"]] == []
