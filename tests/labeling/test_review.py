"""The customer's look at labels: an object with its label, a word on it, and the sample's feedback sent at once."""

from __future__ import annotations

import json

import numpy as np
import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject, ObjectFeedback
from labeling.consolidation import Skills
from labeling.models import Annotation, Assignment, Job, Label, Task
from tests.factories import make_job, make_member, make_running_batch, make_worker, say

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Ground:
    """A batch ready for review: its first object has a label and one answer, all of it is the sample."""

    def __init__(self) -> None:
        batch = make_running_batch(state="ready_for_review")
        self.ada = make_member(batch.project.organization)
        self.job: Job = make_job(batch)
        self.row = DataObject.objects.filter(batch=batch).order_by("ordinal")[0]
        task = Task.objects.get(job=self.job, data_object=self.row)
        given = Assignment.objects.create(
            task=task, worker=make_worker(self.job.team), state="submitted", claimed_at=task.created_at,
            lease_until=task.created_at, submitted_at=task.created_at, seconds=3,
        )  # fmt: skip
        Annotation.objects.create(data_object=self.row, assignment=given, payload=say("bird"))
        Label.objects.create(
            data_object=self.row, attribute="kind", job=self.job, payload=0, confidence=0.75, method="votes",
            state="confirmed",
        )  # fmt: skip
        DataObject.objects.filter(batch=batch).update(sample_round=batch.round)
        self.batch = Batch.objects.get(pk=batch.pk)
        self.client = Client()
        self.client.force_login(self.ada)

    def url(self, name: str, *more: str) -> str:
        project = self.batch.project
        return reverse(name, args=[project.organization.slug, project.slug, self.batch.slug, *more])


@pytest.mark.parametrize("name", ["review", "object"])
def test_an_object_is_drawn_with_its_label(name: str) -> None:
    ground = Ground()

    answer = ground.client.get(ground.url(name, *([ground.row.public_id] if name == "object" else [])))

    shown = answer.context["shown"]
    assert (shown.words, shown.answer, shown.said[0].what) == ("bird", say("bird"), "bird")
    assert "crowd-classifier" in shown.html
    assert json.dumps(shown.answer) in answer.content.decode()


def test_an_object_shows_every_answer_with_its_weight_and_what_its_label_was() -> None:
    ground = Ground()
    Label.objects.update(state="superseded")
    later = make_job(ground.batch, position=2, round=2, kind="rework")
    workers = [Assignment.objects.get().worker, make_worker(later.team)]
    skills = Skills(
        "one-coin", 4.0, np.array([0.5, 0.5]), np.array([0.8, 0.95]), 0.9, np.array([1, 2], dtype=np.uint64)
    )
    Job.objects.filter(pk=later.pk).update(
        skills={"workers": [str(worker.pk) for worker in workers], "skills": skills.to_json()}
    )
    task = Task.objects.get(job=later, data_object=ground.row)
    for worker, state in zip(workers, ("submitted", "rejected"), strict=True):
        given = Assignment.objects.create(
            task=task, worker=worker, state=state, claimed_at=task.created_at, lease_until=task.created_at,
            submitted_at=task.created_at,
        )  # fmt: skip
        Annotation.objects.create(data_object=ground.row, assignment=given, payload=say("plane"))
    Label.objects.create(
        data_object=ground.row, attribute="kind", job=later, payload=1, confidence=0.8, method="one-coin", revision=2
    )

    page = ground.client.get(ground.url("object", ground.row.public_id))

    said = page.context["shown"].said
    assert [(one.who, one.what, one.weight, one.discarded) for one in said] == [
        ("Worker 1", "bird", 0.8, "of round 1, before the rework"),
        ("Worker 1", "plane", 0.8, ""),
        ("Worker 2", "plane", 0.95, "rejected by operations"),
    ]
    assert [(one.number, one.words) for one in page.context["revisions"]] == [(2, "plane"), (1, "bird")]


def test_answers_weigh_the_same_where_nobody_was_judged() -> None:
    ground = Ground()

    page = ground.client.get(ground.url("object", ground.row.public_id))

    assert page.context["shown"].said[0].weight is None
    assert "equal" in page.content.decode()


def test_a_word_on_an_object_is_kept_and_a_strange_object_is_not_found() -> None:
    ground = Ground()
    other = DataObject.objects.filter(batch=make_running_batch())[0]

    kept = ground.client.post(ground.url("give_feedback", ground.row.public_id), {"verdict": "wrong", "comment": "No."})
    strange = ground.client.post(ground.url("give_feedback", other.public_id), {"verdict": "wrong"})

    assert kept.url == ground.url("object", ground.row.public_id)
    assert strange.status_code == 404
    assert list(ObjectFeedback.objects.values_list("data_object", "comment")) == [(ground.row.pk, "No.")]


def test_feedback_is_sent_once_and_the_second_time_says_why_not() -> None:
    ground = Ground()

    first = ground.client.post(ground.url("send_review"))
    again = ground.client.post(ground.url("send_review"))

    assert (first.url, again.url) == (ground.url("batch"), ground.url("batch"))
    said, refused = (str(message) for message in get_messages(again.wsgi_request))
    assert said == "Your feedback was sent. Now accept or reject the batch."
    assert refused == (
        "This batch cannot go on with “send review” now: it is “Review submission in-progress”. Load the page again."
    )
    assert Batch.objects.get(pk=ground.batch.pk).state == "review_submission_in_progress"
