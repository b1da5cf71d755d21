"""What operations read of an object before it has a label: every answer, and what they come to by now."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from batches.models import DataObject
from groundtruth.storage.addresses import Unreachable
from labeling import review_queries
from labeling.models import Job, Label, Task
from labeling.services import claiming, consolidating, submitting
from projects import task_types
from projects.task_types import Vote
from tests.factories import make_job, make_member, make_running_batch, make_staff, make_worker, say
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def job_of(texts: str = "a", **fields: object) -> tuple[Job, list[Worker]]:
    job = make_job(make_running_batch(texts=tuple(texts)), **fields)
    return job, [make_worker(job.team, name) for name in ("Ann", "Ben", "Cy")]


def answer(job: Job, worker: Worker, category: str) -> None:
    turn = claiming.hand_out(worker, job)[0]
    submitting.submit(worker.user_id, turn.submit_key, say(category))


def look(job: Job, person: object):
    batch, row = job.batch, DataObject.objects.filter(batch=job.batch).order_by("ordinal")[0]
    client = Client()
    client.force_login(person)
    place = (batch.project.organization.slug, batch.project.slug, batch.slug, row.public_id)
    return client.get(reverse("object", args=place))


def test_each_answer_changes_what_they_come_to_at_once() -> None:
    job, (ann, ben, _cy) = job_of()
    staff, seen = make_staff(), []
    before = look(job, staff)
    for worker, category in ((ann, "plane"), (ben, "plane")):
        answer(job, worker, category)
        so_far = look(job, staff).context["so_far"]
        seen.append((so_far.given, so_far.wanted, so_far.words, [(one.what, one.agreement) for one in so_far.said]))

    assert before.context["so_far"] is None
    assert seen == [(1, 3, "plane", [("plane", 1.0)]), (2, 3, "plane", [("plane", 1.0)] * 2)]


def test_they_are_weighed_by_the_skills_of_the_moment() -> None:
    job, crowd = job_of()
    ann, ben, cy = crowd
    answer(job, ann, "bird")
    answer(job, ben, "plane")
    truths = ["bird", "plane"] * 20
    given = {ann: truths, ben: ["plane", "plane", "bird", "bird"] * 10, cy: truths}
    votes = [(n, Vote(str(who.pk), say(said[n]))) for who, said in given.items() for n in range(len(truths))]
    skills = task_types.get(job.task_type).fit(votes, job.asks, {})
    Job.objects.filter(pk=job.pk).update(skills=skills)

    so_far = look(job, make_staff()).context["so_far"]

    assert so_far.words == "bird"
    assert so_far.confidence > 0.6
    assert so_far.said[0].weight > so_far.said[1].weight


def test_customers_do_not_read_what_others_may_still_answer() -> None:
    job, (ann, *_others) = job_of()
    answer(job, ann, "plane")

    page = look(job, make_member(job.batch.project.organization))

    assert "so_far" not in page.context
    assert "plane" not in page.content.decode().split("<main", 1)[1]


def test_a_label_takes_its_place() -> None:
    job, crowd = job_of()
    for worker in crowd:
        answer(job, worker, "plane")
    consolidating.settle_answered(job)

    page = look(job, make_staff())

    assert (page.context["so_far"], page.context["shown"].words) == (None, "plane")


def test_answers_of_an_object_that_failed_are_still_read() -> None:
    job, (ann, *_others) = job_of()
    answer(job, ann, "plane")
    DataObject.objects.update(failure="Nobody can tell.")

    so_far = look(job, make_staff()).context["so_far"]

    assert (so_far.words, [(one.what, one.agreement) for one in so_far.said]) == ("", [("plane", None)])


def test_where_a_function_of_the_job_makes_labels_the_answers_stand_alone() -> None:
    job, (ann, *_others) = job_of(post_function="hook")
    answer(job, ann, "plane")

    so_far = look(job, make_staff()).context["so_far"]

    assert (so_far.words, so_far.said[0].what) == ("", "plane")


def test_known_answers_are_not_among_them() -> None:
    job, (ann, *_others) = job_of()
    answer(job, ann, "plane")
    Task.objects.filter(job=job).update(state="gold")

    assert look(job, make_staff()).context["so_far"] is None
    assert Label.objects.count() == 0


def test_a_store_that_is_away_takes_nothing_else_from_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    job, (ann, *_others) = job_of()
    answer(job, ann, "plane")

    def away(*_: object) -> None:
        raise Unreachable("The store is away.")

    monkeypatch.setattr(review_queries, "put_back_all", away)
    page = look(job, make_staff())

    assert (page.status_code, page.context["so_far"]) == (200, None)
