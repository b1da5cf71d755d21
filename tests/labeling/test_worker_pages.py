"""What stands on the worker's own pages: Home, History, and the way back to an answer."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from groundtruth.states import move
from labeling.models import Assignment, Job
from labeling.services import claiming, submitting
from tests.factories import make_job, make_running_batch, make_team, make_worker, say
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


@pytest.fixture
def job(wei: Worker) -> Job:
    texts = tuple(f"text {n}" for n in range(15))
    return make_job(make_running_batch(texts=texts), team=wei.teams.get(), workers_each=1)


@pytest.fixture
def answered(wei: Worker, job: Job) -> list[Assignment]:
    """All fifteen tasks, answered in order."""
    while turns := claiming.hand_out(wei, job):
        submitting.submit(wei.user_id, turns[0].submit_key, say("bird"), fetch_next=False)
    return list(Assignment.objects.order_by("submitted_at"))


def test_home_tells_what_was_not_accepted_and_why(wei: Worker, answered: list[Assignment], client: Client) -> None:
    client.force_login(wei.user)
    assert client.get(reverse("work_home")).context["turned_down"] == []

    move(answered[3], "reject", None, reason="It is a plane: look at the wings.")

    page = client.get(reverse("work_home"))
    (row,) = page.context["turned_down"]
    assert (row.public_id, row.what, row.reason) == (answered[3].public_id, "bird", "It is a plane: look at the wings.")
    assert "It is a plane: look at the wings." in page.content.decode()


def test_the_history_leads_to_each_answer_that_can_still_be_changed(
    wei: Worker, job: Job, answered: list[Assignment], client: Client
) -> None:
    move(answered[0], "reject", None, reason="No.")
    client.force_login(wei.user)

    page = client.get(reverse("work_history")).content.decode()

    place = reverse("work_job", args=[job.public_id])
    ways = [row.public_id for row in answered if f'{place}?answer={row.public_id}"' in page]
    assert ways == [row.public_id for row in answered[1:]]


def test_going_back_begins_where_it_is_asked_to(
    wei: Worker, job: Job, answered: list[Assignment], client: Client
) -> None:
    client.force_login(wei.user)
    address = reverse("work_back", args=[job.public_id])

    def ids(**query: str) -> list[str]:
        return [row["id"] for row in client.get(address, query).json()["answers"]]

    newest_first = [row.public_id for row in reversed(answered)]
    assert ids() == newest_first[:10]
    assert ids(answer=answered[11].public_id) == newest_first[3:13]
    assert ids(answer=answered[0].public_id) == newest_first[-1:]
    assert ids(answer="nobody's") == []
