"""Instructions to be read first: asked for once a worker and version, whatever the device."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import Job
from labeling.services import instructing
from projects.models import AuditEvent
from tests.factories import make_job, make_running_batch, make_team, make_worker
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


def job_of(worker: Worker, **fields: object) -> Job:
    return make_job(make_running_batch(texts=("a", "b")), team=worker.teams.get(), **fields)


def asked(client: Client, job: Job) -> str:
    said: str = client.get(reverse("work_job", args=[job.public_id])).context["config"]["readFirst"]
    return said


def test_what_was_read_on_one_device_is_not_asked_for_on_another(wei: Worker) -> None:
    job = job_of(wei, read_first=True)
    other = job_of(wei, read_first=True)
    one, two = Client(), Client()
    one.force_login(wei.user)
    two.force_login(wei.user)
    before = asked(one, job)

    for _again in range(2):
        assert one.post(reverse("work_read", args=[job.public_id]), "{}", "application/json").status_code == 200

    assert (before, asked(two, job), asked(two, other)) == (str(job.schema_id), "", str(other.schema_id))
    assert AuditEvent.objects.filter(verb="read instructions").values_list("target_id", "data").get() == (
        wei.pk,
        {"schema": job.schema_id},
    )


def test_each_worker_reads_for_themselves_and_a_job_that_does_not_ask_has_nothing_to_read(wei: Worker) -> None:
    job, silent = job_of(wei, read_first=True), job_of(wei)
    ben = make_worker(wei.teams.get(), "Ben")
    instructing.note_read(wei, job)

    assert (instructing.to_read(wei, job), instructing.to_read(ben, job)) == ("", str(job.schema_id))
    assert instructing.to_read(ben, silent) == ""
