"""A course before a job's work, and the pages before it: what is shown, to whom, and what is asked before the work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from batches.models import DataObject
from groundtruth import clock
from groundtruth.states import Invalid, Refused
from labeling import desk_queries, queries
from labeling.models import Assignment, GoldAnswer, Job, Task, WorkflowStep
from labeling.queries_courses import skills_of
from labeling.queries_supply import supply_words
from labeling.services import claiming, coursing, designing, gold, qualifying
from projects.models import AuditEvent, User
from tests.factories import (
    make_job,
    make_project,
    make_running_batch,
    make_schema,
    make_staff,
    make_team,
    make_worker,
    say,
)
from tests.labeling.golden import lot_falls
from tests.labeling.tested import KNOWN, answer_next, make_tested, row_of, take_test
from workforce.models import Qualification, Team, Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def wei(team: Team) -> Worker:
    return make_worker(team)


@pytest.fixture
def olga() -> User:
    return make_staff()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def read_course(worker: Worker, job: Job) -> list[str]:
    """Look at all examples and finish; return their texts."""
    examples = coursing.examples_of(worker, job)
    for example in examples:
        coursing.note_shown(worker, job, example)
    coursing.finish(worker, job)
    return [example.data_object.source_text for example in examples]


# --- the course -------------------------------------------------------------------------------------


def test_the_examples_are_the_first_known_answers_with_an_explanation(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="tsuv", course_examples=3)

    assert [one.data_object.source_text for one in coursing.examples_of(wei, job)] == ["s", "t", "u"]


def met_before(worker: Worker, text: str, job_state: str, state: str = "submitted") -> Assignment:
    """Let a worker have met an object in the earlier job that asked about it."""
    task = Task.objects.select_related("job").get(data_object__source_text=text, job__course_examples=0)
    Job.objects.filter(pk=task.job_id).update(state=job_state)
    now = clock.now()
    return Assignment.objects.create(task=task, worker=worker, state=state, claimed_at=now, lease_until=now)


@pytest.mark.parametrize("state", ["submitted", "rejected", "declined", "returned", "expired"])
def test_what_a_worker_met_in_a_job_that_has_ended_is_an_example_like_any_other(
    team: Team, wei: Worker, state: str
) -> None:
    job = make_tested(team, explained="qrs", course_examples=3)
    met_before(wei, "r", "Completed", state)

    assert read_course(wei, job) == ["q", "r", "s"]
    assert [one.data_object.source_text for one in coursing.examples_of(wei, job)] == ["q", "r", "s"]
    assert not set(take_test(wei, job, right=5)) & set("qrs")


@pytest.mark.parametrize(
    ("job_state", "state"), [("InProgress", "submitted"), ("InProgress", "held"), ("Failed", "submitted")]
)
def test_what_a_worker_may_still_answer_or_correct_is_no_example(
    team: Team, wei: Worker, job_state: str, state: str
) -> None:
    job = make_tested(team, explained="qrst", course_examples=3)
    met_before(wei, "r", job_state, state)

    assert read_course(wei, job) == ["q", "s", "t"]


def test_what_a_worker_answered_in_the_job_itself_is_no_example(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="qrs", course_examples=3)
    Job.objects.filter(pk=job.pk).update(course_examples=0, test_tasks=0, gold_percent=50)
    job.refresh_from_db()
    with lot_falls(on_gold=True):
        assert answer_next(wei, job) == "q"
    Assignment.objects.filter(state="held").delete()
    Job.objects.filter(pk=job.pk).update(course_examples=3)
    job.refresh_from_db()

    assert read_course(wei, job) == ["r", "s"]


def test_an_example_comes_neither_in_the_test_nor_in_the_work(team: Team, wei: Worker) -> None:
    job = make_tested(team, "abcd", tasks=8, explained="qr", course_examples=2)
    Job.objects.filter(pk=job.pk).update(gold_percent=50)
    for row in DataObject.objects.filter(batch=job.batch, source_text__in=["a", "b"]):
        explained = {"source": "set", "payload": say("bird"), "explanation": "It flies."}
        GoldAnswer.objects.create(job=job, data_object=row, attribute=job.attribute, **explained)
    GoldAnswer.objects.filter(data_object__source_text="q").update(explanation="")
    GoldAnswer.objects.filter(data_object__source_text="r").update(retired_at=clock.now())
    job.refresh_from_db()
    gold.lay_out(job)

    shown = read_course(wei, job)
    tested = take_test(wei, job, right=8, of=8)
    with lot_falls(on_gold=True):
        worked = [answer_next(wei, job) for _number in range(3)]

    assert shown == ["a", "b"]
    assert set(tested) <= set(KNOWN) - {"r"}
    assert set(worked) == {"c", "d"} | (set(KNOWN) - {"r"} - set(tested))
    assert claiming.hand_out(wei, job) == []


def test_a_course_is_finished_when_all_its_examples_were_shown(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="qr", course_examples=2)
    coursing.note_shown(wei, job, coursing.examples_of(wei, job)[0])

    with pytest.raises(Refused, match="all examples"):
        coursing.finish(wei, job)

    assert qualifying.gate_of(wei.pk, job).state == "course"
    read_course(wei, job)
    read_course(wei, job)
    assert qualifying.gate_of(wei.pk, job).state == "ready"
    assert AuditEvent.objects.filter(verb="finish course").count() == 1


def test_a_finished_course_shows_the_same_examples_and_no_more(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="qr", course_examples=5)
    read_course(wei, job)
    GoldAnswer.objects.update(explanation="It has feathers.")

    assert [one.data_object.source_text for one in coursing.examples_of(wei, job)] == ["q", "r"]


def test_a_course_without_a_test_lets_people_work(team: Team, wei: Worker) -> None:
    job = make_tested(team, tasks=0, explained="q", course_examples=1)
    assert claiming.hand_out(wei, job) == []

    read_course(wei, job)

    assert answer_next(wei, job) == "a"
    assert [(one.state, one.score) for one in skills_of(wei)] == [("have", None)]


def test_a_job_without_either_is_open_at_once(team: Team, wei: Worker) -> None:
    job = make_job(make_running_batch(), team=team)

    assert qualifying.gate_of(wei.pk, job) == qualifying.OPEN
    assert not job.asks_first


# --- its pages --------------------------------------------------------------------------------------


def test_the_job_leads_to_the_course_then_to_the_test_then_to_the_work(team: Team, wei: Worker) -> None:
    job, client = make_tested(team, explained="qr", course_examples=2), signed_in(wei.user)
    work, course, test = (reverse(name, args=[job.public_id]) for name in ("work_job", "work_course", "work_test"))

    assert client.get(work)["Location"] == course
    assert client.post(course)["Location"] == course  # nothing was looked at yet
    pages = [client.get(f"{course}?at={place}") for place in range(3)]
    assert [(page.context["place"], page.context["of"]) for page in pages] == [(0, 2), (1, 2), (2, 2)]
    assert [page.context["example"]["why"] for page in pages[1:]] == ["q has feathers.", "r has feathers."]
    assert client.post(course)["Location"] == work
    assert client.get(work)["Location"] == test
    assert client.get(test).context["gate"].of == 5
    assert client.post(test)["Location"] == work
    assert client.get(work).context["config"]["test"] == 5
    assert client.get(test)["Location"] == work  # begun


def test_a_page_that_shows_the_course_gives_no_answer_of_the_test_away(team: Team, wei: Worker) -> None:
    job, client = make_tested(team, explained="qr", course_examples=1), signed_in(wei.user)

    page = client.get(reverse("work_course", args=[job.public_id]) + "?at=1").content.decode()

    assert "q has feathers." in page
    assert "r has feathers." not in page


@pytest.mark.parametrize("at", ["-1", "x", "", "1e3", "٣", "99999999999999999999999", "1;DROP"])
def test_a_made_up_place_is_one_of_the_course(team: Team, wei: Worker, at: str) -> None:
    job, client = make_tested(team, explained="q", course_examples=1), signed_in(wei.user)

    page = client.get(reverse("work_course", args=[job.public_id]), {"at": at})

    assert (page.status_code, page.context["place"] in (0, 1)) == (200, True)


def test_instructions_and_explanations_are_shown_as_text(team: Team, wei: Worker) -> None:
    job, client = make_tested(team, explained="q", course_examples=1), signed_in(wei.user)
    evil = "<script>alert(1)</script>"
    GoldAnswer.objects.update(explanation=evil)
    type(job.schema).objects.update(short_instructions=evil, full_instructions=evil, good_caption=evil)
    course = reverse("work_course", args=[job.public_id])

    pages = [client.get(f"{course}?at={place}").content.decode() for place in (0, 1)]

    assert [evil in page for page in pages] == [False, False]
    assert all("&lt;script&gt;alert(1)" in page for page in pages)


def test_another_team_and_a_disabled_worker_see_nothing(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="q", course_examples=1)
    mallory = signed_in(make_worker(make_team(), "Mallory").user)
    Worker.objects.filter(pk=wei.pk).update(status="disabled")

    for name in ("work_course", "work_test"):
        url = reverse(name, args=[job.public_id])
        assert (mallory.get(url).status_code, mallory.post(url).status_code) == (404, 404)
        assert (signed_in(wei.user).get(url).status_code, signed_in(wei.user).post(url).status_code) == (403, 403)
    assert Assignment.objects.filter(worker=wei).count() == 0


def test_a_job_that_does_not_run_shows_no_course(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="q", course_examples=1)
    type(job.batch).objects.filter(pk=job.batch_id).update(closed_at=clock.now())

    assert signed_in(wei.user).get(reverse("work_course", args=[job.public_id])).status_code == 403
    assert signed_in(wei.user).get(reverse("work_job", args=[job.public_id])).status_code == 200


def test_the_script_is_told_where_to_go_when_the_test_is_not_passed(team: Team, wei: Worker) -> None:
    job, client = make_tested(team), signed_in(wei.user)
    take_test(wei, job, right=0)

    reply = client.post(reverse("work_claim", args=[job.public_id]), {}, content_type="application/json").json()

    assert (reply["tasks"], reply["go"]) == ([], reverse("work_test", args=[job.public_id]))
    page = client.get(reply["go"])
    assert (page.context["left"], page.context["row"].missed) == (2, [["bird", 5, 5]])
    assert client.post(reply["go"])["Location"] == reply["go"]  # not before tomorrow
    assert row_of(wei).tries == 1


def test_answers_of_a_test_are_open_until_it_has_ended(team: Team, wei: Worker) -> None:
    job, client = make_tested(team), signed_in(wei.user)
    back = reverse("work_back", args=[job.public_id])
    qualifying.begin_test(wei, job)
    answer_next(wei, job)
    during = [one["open"] for one in client.get(back).json()["answers"]]
    for _four in range(4):
        answer_next(wei, job)

    after = [one["open"] for one in client.get(back).json()["answers"]]

    assert (during, after) == ([True], [False] * 5)


def test_the_script_is_told_how_many_tasks_the_test_has(team: Team, wei: Worker) -> None:
    job, client = make_tested(team), signed_in(wei.user)
    qualifying.begin_test(wei, job)

    reply = client.post(reverse("work_claim", args=[job.public_id]), {}, content_type="application/json").json()

    assert (reply["test"], reply["go"], [task["test"] for task in reply["tasks"]]) == (5, "", [1, 2])


# --- what is said of it -----------------------------------------------------------------------------


def before(worker: Worker) -> list[str]:
    return [job.before for job in queries.open_jobs(worker)]


def test_the_home_says_what_is_asked_first(team: Team, wei: Worker) -> None:
    job = make_tested(team, explained="qr", course_examples=2)

    assert before(wei) == ["Course, then a test of 5 tasks"]
    read_course(wei, job)
    assert before(wei) == ["A test of 5 tasks first"]
    qualifying.begin_test(wei, job)
    assert before(wei) == ["You are in its test"]
    for _number in range(5):
        answer_next(wei, job, "plane")
    assert before(wei)[0].startswith("Test again from ")
    Qualification.objects.update(waits_since=clock.now())
    assert before(wei) == ["Operations decide about your test"]
    qualifying.let_work(row_of(wei), make_staff())
    assert before(wei) == [""]


def test_the_home_names_no_test_that_waits_for_known_answers(team: Team, wei: Worker) -> None:
    make_tested(team, known="vwxyz", explained="vw", course_examples=2)

    assert before(wei) == ["A course first"]


def test_the_home_takes_two_statements_more_for_jobs_that_ask_first(
    team: Team, wei: Worker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_job(make_running_batch(), team=team)
    with django_assert_num_queries(4):
        queries.open_jobs(wei)
    for _two in range(2):
        make_tested(team)

    with django_assert_num_queries(6):
        queries.open_jobs(wei)


def test_qualifications_take_two_statements(
    team: Team, wei: Worker, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _two in range(2):
        take_test(wei, make_tested(team), right=5)
        make_tested(team)

    with django_assert_num_queries(2):
        found = skills_of(wei)

    assert sorted(one.state for one in found) == ["can", "can", "have", "have"]


def test_the_quality_page_says_what_one_has_and_what_ends(
    team: Team, wei: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_tested(team)
    assert [(one.title, one.state) for one in skills_of(wei)] == [("What is it?", "can")]
    take_test(wei, job, right=4)
    begun, states = clock.now(), []

    for days in (0, 160, 181):
        monkeypatch.setattr(clock, "now", lambda days=days: begun + timedelta(days=days))
        states += [(one.state, one.score) for one in skills_of(wei)]

    assert states == [("have", 0.8), ("expiring", 0.8), ("expired", 0.8)]
    monkeypatch.setattr(clock, "now", lambda: begun)
    page = signed_in(wei.user).get(reverse("work_quality")).content.decode()
    assert "Qualifications" in page
    assert "80 %" in page


# --- operations -------------------------------------------------------------------------------------


def test_the_desk_lists_who_waits_and_decides_on_record(team: Team, wei: Worker, olga: User) -> None:
    take_test(wei, make_tested(team), right=3)
    Qualification.objects.update(waits_since=clock.now(), next_try_at=None, tries=3)
    row, desk = row_of(wei), signed_in(olga)

    (group,) = [group for group in desk_queries.open_work().groups if group.title == "Tests to decide"]
    assert [line.detail for line in group.lines] == [
        "Wei failed the test before the work after 3 tries: 60 % right in the last"
    ]
    listed = desk.get(reverse("admin:workforce_qualification_changelist"), {"is": "waiting"})
    assert list(listed.context["cl"].queryset) == [row]
    page = desk.get(group.lines[0].act_url).content.decode()
    assert "bird: 2 of 5" in page
    act = reverse("admin:workforce_qualification_act", args=[row.pk, "let-work"])
    assert desk.post(act).status_code == 302
    assert row_of(wei).passed_at is not None
    assert AuditEvent.objects.get(verb="let work").actor_id == olga.pk
    assert desk.post(act).status_code == 409
    assert signed_in(wei.user).post(act).status_code in (302, 403)


def test_set_up_keeps_a_course_and_a_test_and_says_what_they_lack(olga: User, team: Team) -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project)
    desk, page = signed_in(olga), reverse("admin:project_set_up", args=[project.pk])
    body = {
        "task_type": "text-classification", "categories": "bird\nplane", "title": "What is it?", "attribute": "kind",
        "team": team.pk, "workers_each": 1, "seconds": 300, "sample_percent": 5, "course_examples": "3",
        "test_tasks": "10", "test_right": "90",
    }  # fmt: skip

    said = [str(one) for one in desk.post(page, body, follow=True).context["messages"]]

    fields = ("course_examples", "test_tasks", "test_right")
    assert WorkflowStep.objects.values_list(*fields).get() == (3, 10, 0.9)
    assert said[1:] == [
        "The course has 0 of its 3 examples: give more known answers an explanation.",
        "The test waits for known answers: beside the examples there are 0, and it needs at least 5. Until then people "
        "work without it.",
    ]
    for name, wrong in (("course_examples", "21"), ("test_tasks", "51"), ("test_tasks", "4"), ("test_right", "49")):
        assert desk.post(page, {**body, name: wrong}).status_code == 200
    assert WorkflowStep.objects.values_list(*fields).get() == (3, 10, 0.9)
    desk.post(page, {**body, "course_examples": "", "test_tasks": "", "test_right": "100"})
    assert WorkflowStep.objects.values_list(*fields).get() == (0, 0, 1.0)


def test_neither_goes_with_a_pre_annotation_function(olga: User, team: Team) -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    design = {
        "task_type": "text-classification", "categories": ["bird", "plane"], "title": "What?", "attribute": "kind",
        "team": team, "workers_each": 1, "seconds": 300, "sample_percent": 5, "test_tasks": 5,
    }  # fmt: skip

    with pytest.raises(Invalid, match="neither a course nor a test"):
        designing.set_up(project, olga, **design, pre_function="arn:aws:lambda:x:1:function:own")


def test_the_desk_says_what_is_missing(team: Team, olga: User) -> None:
    few, some, enough = make_tested(team, known="wxyz"), make_tested(team, tasks=12), make_tested(team)

    assert supply_words(few)[0].startswith("The test waits for known answers: beside the examples there are 4,")
    assert supply_words(some) == [
        "The test asks 10 tasks instead of 12: beside the examples there are no more known answers."
    ]
    assert supply_words(enough) == []
    page = signed_in(olga).get(reverse("admin:job_gold", args=[few.pk])).content.decode()
    assert "The test waits for known answers" in page
