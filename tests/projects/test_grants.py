"""Addresses for browsers: of what a project was granted, signed by the store that the grant is for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from groundtruth.storage import get_store, parse_uri
from projects import grants
from projects.grants import origins_of, sign_for
from projects.models import DataGrant, Project
from tests.factories import make_job, make_project, make_running_batch, make_team, make_worker

pytestmark = pytest.mark.django_db
ELSEWHERE = "https://objects.customer.example"


@pytest.fixture(autouse=True)
def fresh(settings: Settings) -> Iterator[None]:
    settings.GROUNDTRUTH_S3_CREDENTIALS = {
        "acme": {
            "endpoint_url": ELSEWHERE, "region_name": "eu-1", "access_key": "AKACME", "secret_key": "s3cret",
        }
    }  # fmt: skip
    grants._kept.clear()
    yield
    grants._kept.clear()


def grant(project: Project, prefix: str, **more: str) -> DataGrant:
    return DataGrant.objects.create(project=project, direction="in", bucket="acme-data", prefix=prefix, **more)


def test_an_object_is_signed_by_the_store_and_the_credential_of_its_grant() -> None:
    project = make_project()
    grant(project, "theirs/", endpoint=ELSEWHERE, credential="acme")
    grant(project, "ours/")

    theirs, ours, nobodys = (sign_for(project.pk, f"s3://acme-data/{key}/1.jpg") for key in ("theirs", "ours", "else"))

    assert theirs.startswith(f"{ELSEWHERE}/acme-data/theirs/1.jpg?")
    assert "AKACME" in theirs
    own = get_store().sign(parse_uri("s3://acme-data/ours/1.jpg"), 600)
    assert ours.partition("?")[0] == own.partition("?")[0]
    assert nobodys == ""


@pytest.mark.parametrize("more", [{"credential": "gone"}, {"endpoint": "https://other.example", "credential": "acme"}])
def test_a_credential_that_the_settings_do_not_hold_for_it_signs_nothing(more: dict[str, str]) -> None:
    project = make_project()
    grant(project, "", **more)

    assert sign_for(project.pk, "s3://acme-data/1.jpg") == ""
    assert origins_of(project.pk) == []


def test_the_policies_of_page_and_frame_let_that_store_in_for_its_project_alone(client: Client) -> None:
    team = make_team()
    worker = make_worker(team)
    client.force_login(worker.user)
    project = make_project()
    policies = []

    for one in (project, make_project()):
        job = make_job(make_running_batch(one, texts=("a",)), team=team)
        if one == project:
            grant(project, "", endpoint=ELSEWHERE, credential="acme")
        page = client.get(reverse("work_job", args=[job.public_id]))
        frame = client.get(page.context["config"]["frame"])
        policies.append([ELSEWHERE in part["Content-Security-Policy"] for part in (page, frame)])
        assert (ELSEWHERE in frame["Connection-Allowlist"]) == policies[-1][1]

    assert policies == [[True, True], [False, False]]


@pytest.mark.parametrize(
    ("origin", "stores", "listed"),
    [
        ("{own}", "{own}/store/", '(response-origin "{own}")'),
        (ELSEWHERE, "{own}/store/ " + ELSEWHERE, '(response-origin "{own}" "' + ELSEWHERE + '");redirects=allow'),
    ],
)
def test_the_frame_reads_the_store_below_our_own_address_and_where_that_sends_on_to(
    origin: str, stores: str, listed: str, client: Client, settings: Settings
) -> None:
    own = settings.GROUNDTRUTH_URL
    settings.STORE_ORIGIN = origin.format(own=own)

    frame = client.get(reverse("work_frame"))

    policy = frame["Content-Security-Policy"]
    assert [
        f"{kind} {stores.format(own=own)} blob: data:;" in policy for kind in ("img-src", "media-src", "connect-src")
    ] == [True] * 3
    assert frame["Connection-Allowlist"] == listed.format(own=own)


def test_nobody_adds_a_store_to_the_frame_s_policy(client: Client) -> None:
    frame = client.get(reverse("work_frame"), {"stores": f'["{ELSEWHERE}"]:made-up'})

    assert ELSEWHERE not in frame["Content-Security-Policy"]
