"""Operations' page of known answers: promoting the surest labels, setting one by hand, retiring one."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from batches.models import DataObject, ObjectFeedback
from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from labeling.gold_queries import choices_of, gold_rows
from labeling.models import Annotation, GoldAnswer, Job, Label, Task, WorkflowStep
from labeling.services import designing, gold_setting
from labeling.services.jobs import create_jobs, create_rework
from projects.models import AuditEvent, User
from tests.factories import (
    make_job,
    make_member,
    make_running_batch,
    make_staff,
    make_team,
    make_user,
    make_worker,
    say,
)
from tests.labeling.golden import answer_known, make_gold, make_mixed
from workforce.models import Team

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NAMES = ("bird", "plane")


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def olga() -> User:
    return make_staff()


@pytest.fixture
def desk(olga: User) -> Client:
    client = Client()
    client.force_login(olga)
    return client


@pytest.fixture
def job(team: Team) -> Job:
    """A job that runs, after one that ended with eight birds and two planes, the later the surer."""
    job = make_mixed(team, "abc", "")
    earlier = make_job(make_running_batch(job.batch.project, texts=tuple("0123456789")), team=team, workers_each=2)
    Job.objects.filter(pk=earlier.pk).update(state="Completed")
    for row in DataObject.objects.filter(batch=earlier.batch):
        category, sure = int(row.ordinal >= 8), 0.9 + row.ordinal / 100
        Label.objects.create(
            data_object=row, attribute="kind", job=earlier, payload=category, confidence=sure, method="x",
            state="confirmed",
        )  # fmt: skip
    return job


def page_of(job: Job) -> str:
    return reverse("admin:job_gold", args=[job.pk])


def tool_of(job: Job, text: str) -> str:
    return reverse("admin:job_gold_answer", args=[job.pk, DataObject.objects.get(source_text=text).public_id])


def known() -> dict[str, Any]:
    return {row.data_object.source_text: row.payload for row in GoldAnswer.objects.select_related("data_object")}


# --- promoting --------------------------------------------------------------------------------------


def test_the_surest_labels_are_promoted_in_turns_from_each_category(job: Job, olga: User) -> None:
    assert gold_setting.promote(job, olga, count=4, least=0.9) == 4

    # Of birds the surest are 7 and 6, of planes 9 and 8.
    assert known() == {"7": say("bird"), "6": say("bird"), "9": say("plane"), "8": say("plane")}
    assert set(GoldAnswer.objects.values_list("source", "set_by")) == {("promoted", None)}
    assert Task.objects.filter(job=job, state="gold").count() == 4  # mixed in at once
    event = AuditEvent.objects.get(verb="promote gold")
    assert (event.actor_id, event.data) == (olga.pk, {"count": 4, "least": 0.9})


def test_none_below_the_bound_is_promoted(job: Job, olga: User) -> None:
    assert gold_setting.promote(job, olga, count=500, least=0.965) == 3
    assert sorted(known()) == ["7", "8", "9"]
    with pytest.raises(Refused, match="No label is as sure"):
        gold_setting.promote(job, olga, count=500, least=0.965)


def test_what_a_review_called_right_comes_first_and_what_it_called_wrong_never(job: Job, olga: User) -> None:
    ada = make_member(job.batch.project.organization)
    for text, verdict in (("0", "right"), ("7", "wrong")):
        row = DataObject.objects.get(source_text=text)
        ObjectFeedback.objects.create(data_object=row, round=1, author=ada, verdict=verdict)

    gold_setting.promote(job, olga, count=4, least=0.95)

    assert sorted(known()) == ["0", "6", "8", "9"]


def test_labels_that_are_not_final_not_peoples_or_were_gold_before_are_left_out(job: Job, olga: User) -> None:
    Label.objects.filter(data_object__source_text="7").update(state="proposed")
    Label.objects.filter(data_object__source_text="6").update(author_kind="auto")
    Label.objects.filter(data_object__source_text="5").update(method="given")
    Label.objects.filter(data_object__source_text="4").update(state="flagged")
    make_gold(job, DataObject.objects.get(source_text="9"), "plane", retired_at=clock.now())

    gold_setting.promote(job, olga, count=500, least=0.5)

    assert sorted(known()) == ["0", "1", "2", "3", "8", "9"]
    assert GoldAnswer.objects.get(data_object__source_text="9").retired_at is not None


@pytest.mark.parametrize("count", [0, 501])
def test_as_many_as_make_no_sense_are_refused(job: Job, olga: User, count: int) -> None:
    with pytest.raises(Invalid, match="Promote 1 to 500 at once"):
        gold_setting.promote(job, olga, count=count, least=0.9)


@pytest.mark.parametrize("kind", ["verify", "adjust", "rework", "validate"])
def test_the_page_says_why_other_jobs_have_none(job: Job, desk: Client, olga: User, kind: str) -> None:
    Job.objects.filter(pk=job.pk).update(kind=kind)
    job.refresh_from_db()

    page = desk.get(page_of(job)).content.decode()

    assert "Only the first labelling of a batch has them" in page
    assert "Promote the surest labels" not in page
    assert desk.get(tool_of(job, "1")).status_code == 404
    with pytest.raises(Refused, match="Only the first labelling"):
        gold_setting.promote(job, olga, count=1, least=0.9)


# --- by hand ----------------------------------------------------------------------------------------


def test_an_answer_is_set_by_hand_with_its_explanation(job: Job, desk: Client, olga: User) -> None:
    shown = desk.get(tool_of(job, "3"))
    assert shown.context["tool"]["answer"] == say("bird")  # begun with the label

    reply = desk.post(tool_of(job, "3"), {"answer": json.dumps(say("plane")), "explanation": " It has an engine. "})

    assert reply.headers["Location"] == page_of(job)
    row = GoldAnswer.objects.get()
    assert (row.payload, row.explanation, row.source, row.set_by) == (say("plane"), "It has an engine.", "set", olga)
    assert desk.get(tool_of(job, "3")).context["tool"]["answer"] == say("plane")
    event = AuditEvent.objects.get(verb="set gold")
    assert (event.target_id, event.data) == (row.pk, {"object": row.data_object.public_id, "anew": True})
    assert Label.objects.get(data_object=row.data_object).payload == 0  # the customer's label is another thing


def test_one_that_was_retired_stands_again_when_it_is_set(job: Job, desk: Client, olga: User) -> None:
    row = make_gold(job, DataObject.objects.get(source_text="3"))
    desk.post(page_of(job), {"retire": str(row.pk)})
    assert GoldAnswer.objects.get().retired_at is not None
    assert AuditEvent.objects.filter(verb="retire gold", actor_id=olga.pk, target_id=row.pk).count() == 1
    with pytest.raises(Conflict):
        gold_setting.retire(job, olga, pk=row.pk)

    desk.post(tool_of(job, "3"), {"answer": json.dumps(say("plane")), "explanation": ""})

    assert GoldAnswer.objects.values_list("pk", "payload", "retired_at").get() == (row.pk, say("plane"), None)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "This field is required."),
        ("{", "The answer"),
        ("[]", "An answer is a JSON object"),
        ('{"crowd-classifier": {"label": "kite"}}', "kite"),
        ('{"crowd-classifier": {"label": "bird\\u0000"}}', "The answer"),
        ("[" * 100_000, "The answer"),
        ('{"a": NaN}', "The answer"),
    ],
)
def test_an_answer_that_the_tool_would_not_give_is_refused_in_words(
    job: Job, desk: Client, answer: str, why: str
) -> None:
    reply = desk.post(tool_of(job, "3"), {"answer": answer, "explanation": "x"})

    assert reply.status_code == 200
    assert why in reply.content.decode()
    assert GoldAnswer.objects.count() == 0


def test_an_explanation_that_is_too_long_is_refused(job: Job, desk: Client) -> None:
    reply = desk.post(tool_of(job, "3"), {"answer": json.dumps(say("bird")), "explanation": "x" * 501})

    assert "at most 500 characters" in reply.content.decode()
    assert GoldAnswer.objects.count() == 0


def test_only_labelled_objects_of_the_project_can_be_chosen(job: Job, desk: Client, team: Team) -> None:
    make_mixed(team, "z", "")  # another project's
    Label.objects.create(
        data_object=DataObject.objects.get(source_text="z"), attribute="kind", payload=0, confidence=1, method="x",
        job=Job.objects.get(batch__data_objects__source_text="z"), state="confirmed",
    )  # fmt: skip

    assert desk.get(tool_of(job, "z")).status_code == 404
    assert desk.get(tool_of(job, "a")).status_code == 404  # not labelled yet
    assert desk.post(tool_of(job, "z"), {"answer": json.dumps(say("bird"))}).status_code == 404
    assert [one.name for one in choices_of(job, "")] == list("9876543210")
    assert [one.name for one in choices_of(job, "3")] == ["3"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"retire": "-1"},
        {"retire": "x"},
        {"retire": "9" * 40},
        {"retire": "²"},
        {"promote": "yes", "count": "1e9", "least": "nan"},
        {"promote": "yes", "count": "-3", "least": "0"},
    ],
)
def test_hostile_posts_change_nothing(job: Job, desk: Client, body: dict[str, str]) -> None:
    make_gold(job, DataObject.objects.get(source_text="3"))

    assert desk.post(page_of(job), body).status_code in (200, 302)
    assert GoldAnswer.objects.filter(retired_at=None).count() == GoldAnswer.objects.count() == 1


@pytest.mark.parametrize("query", ["?before=-1", "?before=²", "?before=" + "9" * 40, "?q=" + "x" * 5000])
def test_hostile_addresses_are_answered(job: Job, desk: Client, query: str) -> None:
    assert desk.get(page_of(job) + query).status_code == 200


def test_another_projects_known_answer_is_not_retired(job: Job, desk: Client, team: Team) -> None:
    theirs = make_mixed(team, "z", "y")
    row = GoldAnswer.objects.get(job=theirs)

    desk.post(page_of(job), {"retire": str(row.pk)})

    assert GoldAnswer.objects.get(pk=row.pk).retired_at is None


def test_what_customers_wrote_is_shown_as_text(job: Job, desk: Client) -> None:
    DataObject.objects.filter(source_text="3").update(source_text="<script>alert(1)</script>")
    make_gold(job, DataObject.objects.get(source_text__contains="alert"), explanation="<b>bold</b>")

    for url in (page_of(job), tool_of(job, "<script>alert(1)</script>")):
        page = desk.get(url).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page
        assert "<b>bold</b>" not in page


def test_only_operations_see_the_pages(job: Job, team: Team) -> None:
    urls = (page_of(job), tool_of(job, "3"))
    people = (make_member(job.batch.project.organization), make_worker(team).user, make_user("Mallory"))
    for person in people:
        client = Client()
        client.force_login(person)
        replies = [(client.get(url).status_code, client.post(url, {}).status_code) for url in urls]
        assert replies == [(302, 302), (302, 302)]
    assert [Client().get(url).status_code for url in urls] == [302, 302]


# --- what the page tells ----------------------------------------------------------------------------


def test_each_known_answer_stands_with_how_it_was_met_and_whether_it_is_probably_wrong(job: Job, team: Team) -> None:
    for text in ("3", "4"):
        make_gold(job, DataObject.objects.get(source_text=text), "bird")
    gold_setting.gold.lay_out(job)
    for number in range(4):
        worker = make_worker(team)
        answer_known(job, worker, "plane" if number else "bird")  # object 3: three of four miss it
        if number < 3:
            answer_known(job, worker, "plane")  # object 4: three people, too few to tell

    rows = {row.name: row for row in gold_rows(job)}

    assert (rows["3"].asked, rows["3"].share, rows["3"].is_doubtful) == (4, 0.25, True)
    assert (rows["4"].asked, rows["4"].share, rows["4"].is_doubtful) == (3, 0.0, False)
    assert (round(rows["3"].low, 3), round(rows["3"].high, 3)) == (0.006, 0.806)
    assert Annotation.objects.count() == 7


def test_the_page_asks_as_many_questions_for_many_as_for_few(
    job: Job, desk: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for text in "0123456789":
        make_gold(job, DataObject.objects.get(source_text=text))

    with django_assert_max_num_queries(16):
        page = desk.get(page_of(job)).content.decode()

    assert page.count('name="retire"') == 10


def test_the_jobs_page_leads_there(job: Job, desk: Client) -> None:
    page = desk.get(reverse("admin:labeling_job_change", args=[job.pk])).content.decode()

    assert f'href="{page_of(job)}"' in page


# --- the set-up -------------------------------------------------------------------------------------


def test_the_set_up_keeps_the_share_and_the_feedback_and_jobs_get_them(job: Job, olga: User, team: Team) -> None:
    project = job.batch.project
    wishes = {
        "task_type": "text-classification", "categories": list(NAMES), "title": "What?", "attribute": "kind",
        "team": team, "workers_each": 1, "seconds": 300, "sample_percent": 5,
    }  # fmt: skip
    designing.set_up(project, olga, **wishes, gold_percent=7, gold_feedback=True)

    step = WorkflowStep.objects.get(project=project)
    (made,) = create_jobs(make_running_batch(project), olga)
    again = create_rework(made.batch, olga)

    assert (step.gold_percent, step.gold_feedback) == (7, True)
    assert (made.gold_percent, made.gold_feedback, again.gold_percent) == (7, True, 0)
    with pytest.raises(Invalid, match="From 0 to 50 %"):
        designing.set_up(project, olga, **wishes, gold_percent=51)
    with pytest.raises(Invalid, match="leave their share at 0"):
        designing.set_up(project, olga, **wishes, gold_percent=5, pre_function="arn:aws:lambda:x:1:function:own")


def test_the_set_ups_form_takes_them(job: Job, desk: Client, team: Team) -> None:
    project = job.batch.project
    page = reverse("admin:project_set_up", args=[project.pk])
    body = {
        "task_type": "text-classification", "categories": "bird\nplane", "title": "What?", "attribute": "kind",
        "team": team.pk, "workers_each": 1, "seconds": 300, "sample_percent": 5, "gold_percent": "12",
        "gold_feedback": "on",
    }  # fmt: skip

    desk.post(page, body)

    assert WorkflowStep.objects.values_list("gold_percent", "gold_feedback").get() == (12, True)
    assert desk.get(page).context["form"]["gold_percent"].value() == 12
    refused = desk.post(page, {**body, "gold_percent": "51"})
    assert "less than or equal to 50" in refused.content.decode()
    desk.post(page, {**body, "gold_percent": ""})
    assert WorkflowStep.objects.values_list("gold_percent", flat=True).get() == 0
