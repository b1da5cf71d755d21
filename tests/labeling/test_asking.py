"""Questions on the item in hand: who may ask, how many, who answers, and where the answer is read."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from groundtruth.states import Conflict, Invalid, Refused
from labeling import desk_queries
from labeling.models import Assignment, Job, Question
from labeling.services import asking, claiming, submitting
from labeling.services.claiming import Turn
from projects.models import AuditEvent
from tests.factories import make_job, make_running_batch, make_staff, make_team, make_worker, say
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


@pytest.fixture
def job(wei: Worker) -> Job:
    return make_job(make_running_batch(texts=("a", "b", "c")), team=wei.teams.get())


@pytest.fixture
def turn(wei: Worker, job: Job) -> Turn:
    return claiming.hand_out(wei, job)[0]


def post(client: Client, name: str, job: Job, **body: Any) -> Any:
    return client.post(reverse(name, args=[job.public_id]), body, content_type="application/json")


def test_a_question_is_open_until_it_is_answered(wei: Worker, turn: Turn) -> None:
    asked = asking.ask(wei.user_id, turn.submit_key, "  Is a kite a bird?  ")

    before = asking.on_hand(wei.user_id)
    asking.answer(asked, make_staff(), answer="No.")

    told = {"id": asked.pk, "task": turn.public_id, "text": "Is a kite a bird?", "answer": "", "seen": False}
    assert before == [told]
    assert asking.news(wei.user_id) == [{**told, "answer": "No."}]
    assert AuditEvent.objects.get(verb="answer question").target_id == asked.pk


def test_an_answer_is_given_once(wei: Worker, turn: Turn) -> None:
    asked = asking.ask(wei.user_id, turn.submit_key, "Why?")
    asking.answer(asked, make_staff(), answer="First.")

    with pytest.raises(Conflict):
        asking.answer(asked, make_staff("Otto"), answer="Second.")

    assert Question.objects.get().answer == "First."


def test_only_the_item_in_hand_can_be_asked_about(wei: Worker, job: Job, turn: Turn) -> None:
    mallory = make_worker(wei.teams.get(), "Mallory")
    with pytest.raises(Refused):
        asking.ask(mallory.user_id, turn.submit_key, "Whose is it?")
    submitting.submit(wei.user_id, turn.submit_key, say("bird"))

    with pytest.raises(Conflict):
        asking.ask(wei.user_id, turn.submit_key, "Too late?")

    assert Question.objects.count() == 0


@pytest.mark.parametrize("text", [None, 7, "", "  \n", "x" * 1001, "a\0b", ["x"]])
def test_what_is_no_question_is_refused(text: Any, wei: Worker, turn: Turn) -> None:
    with pytest.raises(Invalid):
        asking.ask(wei.user_id, turn.submit_key, text)

    assert Question.objects.count() == 0


def test_five_questions_on_a_task_may_be_open(wei: Worker, turn: Turn) -> None:
    asked = [asking.ask(wei.user_id, turn.submit_key, "x" * 1000) for _ in range(5)]
    with pytest.raises(Conflict):
        asking.ask(wei.user_id, turn.submit_key, "And another?")

    asking.answer(asked[0], make_staff(), answer="Yes.")
    asking.ask(wei.user_id, turn.submit_key, "And now?")

    assert Question.objects.count() == 6


def test_the_answer_comes_with_the_beat_until_it_is_seen(wei: Worker, job: Job, turn: Turn, client: Client) -> None:
    client.force_login(wei.user)
    reply = post(client, "work_ask", job, key=turn.submit_key, text="Why?").json()
    question = Question.objects.get()
    quiet = post(client, "work_beat", job, key=turn.submit_key, seen=[question.pk])
    asking.answer(question, make_staff(), answer="Because.")

    told = post(client, "work_beat", job, key=turn.submit_key, seen=[]).json()
    after = post(client, "work_beat", job, key=turn.submit_key, seen=[question.pk, "x", -1, 2**70, True])
    claimed = post(client, "work_claim", job).json()

    row = {"id": question.pk, "task": turn.public_id, "text": "Why?", "answer": "", "seen": False}
    assert reply["questions"] == [row]
    assert told["questions"] == [{**row, "answer": "Because."}]
    assert (quiet.status_code, after.status_code) == (204, 204)
    assert claimed["questions"] == [{**row, "answer": "Because.", "seen": True}]


def test_nobody_marks_anothers_answer_as_seen(wei: Worker, turn: Turn) -> None:
    asked = asking.ask(wei.user_id, turn.submit_key, "Why?")
    asking.answer(asked, make_staff(), answer="Because.")

    asking.mark_seen(make_worker(wei.teams.get(), "Mallory").user_id, [asked.pk])

    assert Question.objects.get().seen_at is None


def test_when_the_item_is_gone_the_answer_is_on_the_home_page(wei: Worker, turn: Turn, client: Client) -> None:
    client.force_login(wei.user)
    asked = asking.ask(wei.user_id, turn.submit_key, "Is <b>this</b> one?")
    submitting.submit(wei.user_id, turn.submit_key, say("bird"))
    home = reverse("work_home")
    unanswered = client.get(home).content.decode()
    asking.answer(asked, make_staff(), answer="It is.\nAlways.")

    told = client.get(home).content.decode()
    client.post(reverse("work_answers"), {"seen": [asked.pk, "junk"]})
    read = client.get(home).content.decode()

    assert "Answers to your questions" not in unanswered
    assert "Is &lt;b&gt;this&lt;/b&gt; one?" in told
    assert "It is.<br>Always." in told
    assert asking.news(wei.user_id) == []
    assert "Answers to your questions" not in read


def test_operations_see_the_question_and_answer_it_from_the_desk(wei: Worker, turn: Turn, client: Client) -> None:
    asked = asking.ask(wei.user_id, turn.submit_key, "Why?")
    client.force_login(make_staff())
    [group] = [group for group in desk_queries.open_work().groups if str(group.title) == "Questions of workers"]
    [line] = group.lines

    form = client.get(line.act_url).content.decode()
    done = client.post(line.act_url, {"answer": "Because."})

    assert (line.act, line.detail) == ("Answer", f"{wei} asks: “Why?”")
    assert '<dd class="desk-words">Why?</dd>' in form
    assert done.status_code == 302
    assert Question.objects.get(pk=asked.pk).answer == "Because."
    assert not any(str(group.title) == "Questions of workers" for group in desk_queries.open_work().groups)


def test_a_stopped_task_is_still_in_hand(wei: Worker, turn: Turn) -> None:
    submitting.pause(wei.user_id, turn.submit_key)

    asking.ask(wei.user_id, turn.submit_key, "Why?")

    assert Assignment.objects.get(pk=turn.pk).state == "stopped"
    assert len(asking.on_hand(wei.user_id)) == 1


def test_a_question_s_page_leads_to_its_worker_job_and_object(wei: Worker, turn: Turn, client: Client) -> None:
    question = asking.ask(wei.user_id, turn.submit_key, "Is a kite a bird?")
    task = question.assignment.task
    batch = task.data_object.batch
    project = batch.project
    client.force_login(make_staff())

    page = client.get(reverse("admin:labeling_question_change", args=[question.pk])).content.decode()

    for url in (
        reverse("admin:workforce_worker_change", args=[wei.pk]),
        reverse("admin:labeling_job_change", args=[task.job_id]),
        reverse("object", args=[project.organization.slug, project.slug, batch.slug, task.data_object.public_id]),
    ):
        assert f'<a href="{url}">' in page
    assert f"{wei.pk} on task {task.pk}" not in page


def test_the_desk_names_categories_in_words(job: Job, client: Client) -> None:
    client.force_login(make_staff())

    pages = [
        client.get(reverse("admin:projects_labelschema_change", args=[job.schema_id])).content.decode(),
        client.get(reverse("admin:projects_labelschema_changelist")).content.decode(),
    ]

    assert [", ".join(job.schema.categories) in page for page in pages] == [True, True]
    assert not any("&quot;" + job.schema.categories[0] in page for page in pages)
