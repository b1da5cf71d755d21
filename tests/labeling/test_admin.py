"""Operations see jobs, stop them, and take a project's own steps."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import Job, Task
from tests.factories import make_job, make_member, make_project, make_running_batch, make_staff

pytestmark = pytest.mark.django_db


def test_a_job_is_stopped_once(client: Client) -> None:
    job = make_job()
    client.force_login(make_staff())
    url = reverse("admin:labeling_job_act", args=[job.pk, "stop"])

    first, second = client.post(url), client.post(url)

    assert (first.status_code, second.status_code) == (302, 409)
    assert Job.objects.get().state == "Stopped"
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}


def test_a_member_stops_no_job(client: Client) -> None:
    job = make_job()
    client.force_login(make_member(job.batch.project.organization))

    response = client.post(reverse("admin:labeling_job_act", args=[job.pk, "stop"]))

    assert (response.status_code, Job.objects.get().state) == (302, "InProgress")


def test_the_stages_that_hang_on_batches_are_acts_of_the_project(client: Client) -> None:
    project = make_project(state="workflow_setup")
    batch = make_running_batch(project, state="data_received")
    client.force_login(make_staff())
    states = []

    for name, state in (("start-pilot", "data_delivered"), ("finish-pilot", "data_delivered")):
        client.post(reverse("admin:projects_project_act", args=[project.pk, name]))
        project.refresh_from_db()
        states.append(project.state)
        type(batch).objects.filter(pk=batch.pk).update(**{"state": state})

    assert states == ["pilot_in_progress", "pilot_complete"]


def test_the_project_leads_to_its_set_up_once_it_is_approved(client: Client) -> None:
    client.force_login(make_staff())
    found = {}

    for state in ("review_in_progress", "request_approved"):
        project = make_project(state=state)
        page = client.get(reverse("admin:projects_project_change", args=[project.pk])).content.decode()
        found[state] = reverse("admin:project_set_up", args=[project.pk]) in page

    assert found == {"review_in_progress": False, "request_approved": True}
