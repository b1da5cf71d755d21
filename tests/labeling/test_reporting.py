"""What labelling pages report of tasks, and what operations read of it beside the reasons to decline."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from labeling.models import Assignment, Job
from labeling.services import claiming, reporting, submitting
from tests.factories import make_job, make_running_batch, make_staff, make_team, make_worker, say
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


@pytest.fixture
def job(wei: Worker) -> Job:
    return make_job(make_running_batch(texts=("a", "b", "c")), team=wei.teams.get())


def post(client: Client, job: Job, key: str, what: object) -> int:
    body = json.dumps({"key": key, "what": what})
    return client.post(reverse("work_stuck", args=[job.public_id]), body, "application/json").status_code


def test_a_task_that_does_not_open_is_noted_on_the_turn_once(wei: Worker, job: Job, client: Client) -> None:
    client.force_login(wei.user)
    turn = claiming.hand_out(wei, job)[0]

    statuses = [post(client, job, turn.submit_key, what) for what in ("unopened", "silent")]

    assert statuses == [200, 200]
    assert Assignment.objects.values_list("state", "reason").get(pk=turn.pk) == (
        "held",
        "the page reported: did not open",
    )


def test_only_the_two_reports_on_a_task_of_ones_own_are_taken(wei: Worker, job: Job, client: Client) -> None:
    stranger = make_worker(make_team("Others"), "Ben")
    turn = claiming.hand_out(wei, job)[0]
    client.force_login(wei.user)
    strange = [post(client, job, turn.submit_key, what) for what in ("burns", None, ["silent"], {})]
    client.force_login(stranger.user)

    assert strange == [400] * 4
    assert post(client, job, turn.submit_key, "unopened") == 403
    assert set(Assignment.objects.values_list("reason", flat=True)) == {""}


def test_operations_read_on_the_job_why_its_tasks_were_not_done(wei: Worker, job: Job, client: Client) -> None:
    first, second = claiming.hand_out(wei, job)
    reporting.report_stuck(wei.user_id, second.submit_key, "silent")
    submitting.decline(wei.user_id, first.submit_key, "does not load")
    ben = make_worker(job.team, "Ben")
    submitting.decline(ben.user_id, claiming.hand_out(ben, job)[0].submit_key, "does not load")
    client.force_login(make_staff())

    page = client.get(reverse("admin:labeling_job_change", args=[job.pk])).content.decode()

    assert "2 × does not load<br>1 × the page reported: stopped answering" in page


def test_a_report_is_no_word_on_the_answer_in_the_worker_s_history(wei: Worker, job: Job, client: Client) -> None:
    turn = claiming.hand_out(wei, job)[0]
    reporting.report_stuck(wei.user_id, turn.submit_key, "silent")
    submitting.submit(wei.user_id, turn.submit_key, say("bird"))
    client.force_login(wei.user)

    page = client.get(reverse("work_history")).content.decode()

    assert turn.public_id in page
    assert "the page reported" not in page
