"""What a paused worker reads and sends, and what operations see of it: home, labelling page, desk, people, set-up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from groundtruth import clock
from groundtruth.states import Invalid
from labeling import desk_pauses, queries
from labeling.desk_lines import act_of, page_of
from labeling.models import Annotation, Job, WorkerPause, WorkflowStep
from labeling.queries_appeals import pauses_of
from labeling.services import claiming, designing, pausing
from projects import notices
from projects.models import Notice
from tests.factories import make_job, make_member, make_project, make_running_batch, make_staff, make_team, make_worker
from tests.labeling.pausing_road import answer, crowd, good_but, make_road, truth
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


@pytest.fixture
def job(wei: Worker) -> Job:
    return make_job(make_running_batch(texts=tuple("abcdef")), team=wei.teams.get(), workers_each=2)


def words(response: Any) -> str:
    return " ".join(response.content.decode().split())


def home(worker: Worker) -> str:
    client = Client()
    client.force_login(worker.user)
    return words(client.get(reverse("work_home")))


def by_hand(job: Job, worker: Worker, reason: str = "Look at the wings.") -> WorkerPause:
    return pausing.pause_by_hand(job, make_staff(), worker=worker, reason=reason)


# --- the worker -------------------------------------------------------------------------------------


def test_home_tells_why_with_the_evidence_and_examples() -> None:
    job = make_road(objects=70)
    answer(job, good_but(0), 0, 69)

    said, other = home(crowd(job)[0]), home(crowd(job)[1])

    assert "Paused for you: What is it?" in said
    assert "0 of 42 answers agree with the labels that all answers made together, at least 70 % are asked." in said
    assert "the share is from 0 % to 8.4 %" in said
    (row,) = pauses_of(crowd(job)[0])
    newest = Annotation.objects.filter(assignment__worker=crowd(job)[0]).order_by("-pk")[0]
    assert (len(row.examples), row.examples[0].name) == (10, newest.data_object.source_text)
    assert "Paused for you" not in other


def test_a_paused_job_leaves_the_list_but_for_what_is_in_hand(wei: Worker, job: Job) -> None:
    claiming.hand_out(wei, job)
    by_hand(job, wei)

    in_hand = [(row.public_id, row.left, row.in_hand) for row in queries.open_jobs(wei)]
    claiming.release_turn(wei.assignments.get(state="held"))

    assert in_hand == [(job.public_id, 0, "held")]
    assert queries.open_jobs(wei) == []


def test_home_costs_nothing_more_where_nobody_is_paused(
    wei: Worker, job: Job, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(4):
        queries.open_jobs(wei)
    with django_assert_num_queries(1):
        assert pauses_of(wei) == []


def test_the_labelling_page_says_so_and_its_script_is_told(wei: Worker, job: Job, client: Client) -> None:
    by_hand(job, wei)
    client.force_login(wei.user)

    page = client.get(reverse("work_job", args=[job.public_id]))
    claim = client.post(reverse("work_claim", args=[job.public_id]), {}, content_type="application/json")

    assert page.status_code == 403
    assert "You are paused on this job. Your page of jobs says why, and how to appeal." in words(page)
    assert claim.json() == {"tasks": [], "paused": True, "today": 0, "left": 0, "questions": []}


def test_what_is_in_hand_opens_again(wei: Worker, job: Job, client: Client) -> None:
    first, _ = claiming.hand_out(wei, job)
    by_hand(job, wei)
    client.force_login(wei.user)

    page = client.get(reverse("work_job", args=[job.public_id]))
    claim = client.post(reverse("work_claim", args=[job.public_id]), {}, content_type="application/json").json()

    assert page.status_code == 200
    assert [task["key"] for task in claim["tasks"]] == [first.submit_key]
    assert claim["left"] == 0


def test_a_pause_can_be_appealed_and_answered_after_its_job_has_ended(wei: Worker, job: Job, client: Client) -> None:
    pause = by_hand(job, wei)
    Job.objects.filter(pk=job.pk).update(state="Completed")
    client.force_login(wei.user)

    before = home(wei)
    client.post(reverse("work_appeal", args=[pause.public_id]), {"text": "The wings were hidden."})
    waiting = home(wei)
    pausing.keep_paused(WorkerPause.objects.get(), make_staff(), answer="They were not.")

    assert "Look at the wings." in before
    assert "The job has ended. What you answered stays." in before
    assert "You get no more tasks of this job for now." not in before
    assert "Send the appeal" in before
    assert "Sent, waiting: somebody of operations will read it." in waiting
    assert "They were not." in home(wei)
    WorkerPause.objects.update(created_at=clock.now() - timedelta(days=15), decided_at=clock.now() - timedelta(days=15))
    assert pauses_of(wei) == []


def test_hostile_words_are_shown_as_text_to_both(wei: Worker, job: Job, client: Client) -> None:
    bad = "<script>alert(1)</script>{{ 7|add:7 }}"
    pause = by_hand(job, wei, bad)
    client.force_login(wei.user)
    client.post(reverse("work_appeal", args=[pause.public_id]), {"text": bad})
    shown = home(wei)
    client.force_login(make_staff())
    desk = [words(client.get(url)) for url in (reverse("admin:index"), page_of(pause), act_of(pause, "keep"))]

    for page in (shown, *desk):
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7|add:7 }}" in page


def test_an_appeal_of_another_s_pause_is_refused_in_words(wei: Worker, job: Job, client: Client) -> None:
    pause = by_hand(job, wei)
    client.force_login(make_worker(job.team).user)

    for public_id in (pause.public_id, "made-up"):
        page = client.post(reverse("work_appeal", args=[public_id]), {"text": "Mine"}, follow=True)
        assert "This pause is not yours." in words(page)

    assert WorkerPause.objects.get().appeal == ""


def test_mails_tell_of_the_pause_and_of_the_decision(wei: Worker, job: Job, mailoutbox: list[Any]) -> None:
    pause = by_hand(job, wei)
    pausing.appeal(wei, pause.public_id, "Why?")
    pausing.keep_paused(pause, make_staff(), answer="Ten were birds.")
    pausing.lift(pause, make_staff(), answer="Go on.")
    for notice in Notice.objects.filter(recipient=wei.user.email).order_by("pk"):
        notices.send(notice)

    subjects = [mail.subject for mail in mailoutbox]
    assert subjects == ["You are paused on a job", "You stay paused on a job", "You can go on with a job"]
    assert "The reason: Look at the wings." in mailoutbox[0].body
    assert "Our answer: Ten were birds." in mailoutbox[1].body
    assert "Our answer: Go on." in mailoutbox[2].body


# --- operations -------------------------------------------------------------------------------------


def test_an_appeal_stands_on_the_desk_until_it_is_decided(wei: Worker, job: Job, client: Client) -> None:
    pause = by_hand(job, wei)
    pausing.appeal(wei, pause.public_id, "The wings were cut off.")
    client.force_login(make_staff())

    (line,) = desk_pauses.appeals()
    page = client.get(line.act_url)
    client.post(act_of(pause, "keep"), {"answer": "All ten were birds."})

    assert line.detail == f"{wei} says: “The wings were cut off.”"
    assert act_of(pause, "lift") in words(page)
    assert act_of(pause, "keep") in words(page)
    assert desk_pauses.appeals() == []
    assert "All ten were birds." in home(wei)


def test_the_desk_says_where_pauses_leave_too_few_people(
    wei: Worker, job: Job, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_worker(job.team)
    third = make_worker(job.team)
    by_hand(job, wei)
    enough = desk_pauses.troubled_jobs()
    pause = by_hand(job, third)

    with django_assert_num_queries(1):
        (line,) = desk_pauses.troubled_jobs()

    assert enough == []
    assert line.detail == "Pauses leave 1 person, and an object needs 2"
    assert line.act_url == reverse("admin:job_people", args=[job.pk])
    pausing.lift(pause, make_staff())
    assert desk_pauses.troubled_jobs() == []


def test_the_desk_says_where_the_rule_would_pause_most(wei: Worker, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(below=4)

    (line,) = desk_pauses.troubled_jobs()

    assert line.detail == ("The rule would pause most people (4): the instructions or the categories may be at fault")


def test_the_people_page_names_all_and_pauses_by_hand(client: Client) -> None:
    job = make_road(objects=70)
    answer(job, good_but(0), 0, 69)
    bad, good = crowd(job)[:2]
    new = make_worker(job.team, "Newcomer")
    client.force_login(make_staff())
    where = reverse("admin:job_people", args=[job.pk])

    page = client.get(where)
    act = client.get(f"{act_of(job, 'pause-worker')}?worker={good.pk}")
    client.post(act_of(job, "pause-worker"), {"worker": good.pk, "reason": "Guesses.", "next": where})
    after = {person.pk: person.pause for person in client.get(where).context["people"]}

    people = page.context["people"]
    assert (people[0].pk, people[0].act, people[0].act_url) == (
        bad.pk,
        "Lift",
        page_of(WorkerPause.objects.get(by=None)),
    )
    assert people[0].pause.startswith("Paused by the rule: 0 of 42 answers agree")
    assert {person.pk for person in people} == {worker.pk for worker in crowd(job)}
    assert next(person for person in people if person.pk == new.pk).labels is None
    assert f'<option value="{good.pk}" selected>' in words(act)
    assert after[good.pk] == "Paused by Olga: Guesses."
    assert "Guesses." in home(good)


def test_a_pause_by_hand_without_a_reason_or_of_a_stranger_is_asked_for_again(
    job: Job, wei: Worker, client: Client
) -> None:
    client.force_login(make_staff())
    stranger = make_worker(make_team())

    for body in ({"worker": wei.pk, "reason": " "}, {"worker": stranger.pk, "reason": "x"}, {"worker": "x' OR 1"}):
        assert client.post(act_of(job, "pause-worker"), body).status_code == 200

    assert WorkerPause.objects.count() == 0
    assert client.get(f"{act_of(job, 'pause-worker')}?worker=<script>").status_code == 200


def test_only_operations_reach_the_people_and_the_pauses(job: Job, wei: Worker, client: Client) -> None:
    pause = by_hand(job, wei)
    urls = (reverse("admin:job_people", args=[job.pk]), page_of(pause), act_of(pause, "lift"))
    for person in (wei.user, make_member(job.batch.project.organization)):
        client.force_login(person)
        assert [client.get(url).status_code for url in urls] == [302, 302, 302]
        assert client.post(act_of(pause, "lift"), {}).status_code == 302

    assert WorkerPause.objects.get().is_open


def test_habits_stand_on_the_page_and_pause_nobody(client: Client) -> None:
    job = make_road(objects=140, least_right=0.6)
    answer(job, lambda worker, number: truth(number) if worker else 0, 0, 139)  # of the first 71 % are right
    client.force_login(make_staff())

    first = client.get(reverse("admin:job_people", args=[job.pk])).context["people"][0]

    assert first.pk == crowd(job)[0].pk
    assert "100 % of the answers are category “bird”" in " ".join(first.habits)
    assert (first.pause, first.act) == ("", "Pause")
    assert WorkerPause.objects.count() == 0


def test_the_set_up_takes_the_rule(client: Client) -> None:
    project, olga, team = make_project(), make_staff(), make_team()
    client.force_login(olga)
    body = {
        **{"task_type": "image-classification", "categories": "heron\nkite", "title": "Which bird?", "team": team.pk},
        **{"attribute": "bird", "workers_each": 3, "seconds": 300, "sample_percent": 5, "least_right": "72.5"},
    }
    url = reverse("admin:project_set_up", args=[project.pk])

    refused = [client.post(url, {**body, **bad}).status_code for bad in ({"least_right": "99.5"}, {"least_answers": 9})]
    client.post(url, body)

    step = WorkflowStep.objects.get(project=project)
    assert refused == [200, 200]
    assert (step.least_right, step.least_answers) == (0.725, 30)
    with pytest.raises(Invalid):
        designing.set_up(project, olga, **{**design_of(step), "least_right": 0.3})
    with pytest.raises(Invalid):
        designing.set_up(project, olga, **{**design_of(step), "least_answers": 9})


def design_of(step: WorkflowStep) -> dict[str, Any]:
    names = ("task_type", "title", "attribute", "team", "workers_each", "seconds")
    return {name: getattr(step, name) for name in names} | {"categories": ["a", "b"], "sample_percent": 5}
