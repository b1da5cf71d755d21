"""Operations act on batches and on what failed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from batches.models import Batch, Delivery, Manifest, ObjectFeedback
from labeling.models import Job, WorkflowStep
from projects.models import Project
from tests.factories import make_member, make_project, make_running_batch, make_staff, make_team

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def olga(client: Client) -> None:
    client.force_login(make_staff())


def act(client: Client, row: Any, name: str, **data: str) -> HttpResponse:
    return client.post(reverse(f"admin:batches_{row._meta.model_name}_act", args=[row.pk, name]), data)


def make_project_at_work() -> Project:
    project = make_project(state="pilot_in_progress")
    WorkflowStep.objects.create(
        project=project, task_type="image-classification", attribute="kind", title="What is it?", team=make_team()
    )
    return project


def test_start_makes_the_jobs_of_the_design(client: Client) -> None:
    batch = make_running_batch(make_project_at_work(), state="data_received")

    response = act(client, batch, "start")

    batch.refresh_from_db()
    assert (response.status_code, batch.state, Job.objects.filter(batch=batch).count()) == (302, "in_progress", 1)


def test_start_before_the_pilot_is_refused_and_changes_nothing(client: Client) -> None:
    batch = make_running_batch(make_project(state="workflow_setup"), state="data_received")

    response = act(client, batch, "start")

    batch.refresh_from_db()
    assert "Start the pilot or production first" in response.content.decode()
    assert (batch.state, Job.objects.count()) == ("data_received", 0)


def test_start_without_a_design_is_refused(client: Client) -> None:
    batch = make_running_batch(make_project(state="pilot_in_progress"), state="data_received")

    response = act(client, batch, "start")

    batch.refresh_from_db()
    assert "Set up the workflow of the project first" in response.content.decode()
    assert batch.state == "data_received"


def test_start_twice_is_a_conflict(client: Client) -> None:
    batch = make_running_batch(make_project_at_work(), state="data_received")
    act(client, batch, "start")

    assert act(client, batch, "start").status_code == 409
    assert Job.objects.filter(batch=batch).count() == 1


def test_pause_and_resume_need_no_second_page(client: Client) -> None:
    batch = make_running_batch(state="in_progress")

    act(client, batch, "pause")
    paused = Batch.objects.get(pk=batch.pk).state
    act(client, batch, "resume")

    assert (paused, Batch.objects.get(pk=batch.pk).state) == ("paused", "in_progress")


def test_rework_needs_an_object_that_was_called_wrong(client: Client) -> None:
    batch = make_running_batch(make_project_at_work(), state="data_received")
    act(client, batch, "start")
    Job.objects.update(ended_at=None)
    Batch.objects.filter(pk=batch.pk).update(**{"state": "rejected"})

    refused = act(client, batch, "rework")
    ada = make_member(batch.project.organization)
    ObjectFeedback.objects.create(data_object=batch.data_objects.get(ordinal=1), round=1, author=ada, verdict="wrong")
    act(client, batch, "rework")

    batch.refresh_from_db()
    assert "No object was called wrong" in refused.content.decode()
    assert (batch.state, batch.round) == ("sent_for_rework", 2)


def test_close_needs_a_reason(client: Client) -> None:
    batch = make_running_batch(state="data_received")

    act(client, batch, "close", reason=" ")
    still_open = Batch.objects.get(pk=batch.pk).closed_at
    act(client, batch, "close", reason="Wrong bucket")

    assert still_open is None
    assert Batch.objects.get(pk=batch.pk).closed_reason == "Wrong bucket"


def test_counters_and_state_cannot_be_written(client: Client) -> None:
    batch = make_running_batch()

    response = client.post(
        reverse("admin:batches_batch_change", args=[batch.pk]), {"state": "data_delivered", "done": 3}
    )

    assert (response.status_code, Batch.objects.get(pk=batch.pk).state) == (403, "in_progress")


def test_a_transfer_that_gave_up_is_tried_again_and_one_under_way_is_not(client: Client) -> None:
    batch = make_running_batch()
    lost = Manifest.objects.create(batch=batch, uri="s3://in/a", attempts=6, last_error="Denied")
    busy = Manifest.objects.create(batch=batch, uri="s3://in/b", attempts=2, last_error="Denied")

    act(client, lost, "try-again")
    refused = act(client, busy, "try-again")

    lost.refresh_from_db()
    busy.refresh_from_db()
    assert (lost.attempts, lost.rung, busy.attempts) == (0, True, 2)
    assert (
        str(list(get_messages(refused.wsgi_request))[-1]) == "This is under way or done: there is nothing to try again."
    )


def test_a_failed_delivery_waits_again(client: Client) -> None:
    batch = make_running_batch(state="accepted")
    delivery = Delivery.objects.create(batch=batch, round=1, prefix="s3://out/", state="failed", attempts=6)

    act(client, delivery, "retry")

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("waiting", 0)


def test_comments_are_seen_while_the_batch_runs(client: Client) -> None:
    batch = make_running_batch()
    ada = make_member(batch.project.organization)
    ObjectFeedback.objects.create(
        data_object=batch.data_objects.get(ordinal=0), round=1, author=ada, comment="Is this a kite?"
    )

    page = client.get(reverse("admin:batches_objectfeedback_changelist"))

    assert "Is this a kite?" in page.content.decode()


def test_mallory_can_do_no_act(client: Client) -> None:
    batch = make_running_batch(make_project_at_work(), state="data_received")
    client.force_login(make_member(batch.project.organization))

    for name in ("start", "pause", "close"):
        assert act(client, batch, name, reason="x").status_code == 302

    batch.refresh_from_db()
    assert (batch.state, batch.closed_at) == ("data_received", None)
