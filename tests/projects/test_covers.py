"""Objects behind addresses that say nothing of them: what they open, for whom, and how they are served."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from groundtruth import clock
from groundtruth.storage import Address, get_store, parse_uri
from labeling.services import showing
from projects import grants
from projects.grants import cover_for, sign_for
from projects.models import DataGrant, Project
from tests.factories import make_grant, make_job, make_project, make_running_batch

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ELSEWHERE = "https://objects.customer.example"
NOT_VALID = b"This link is not valid, or not any more."
NOTHING = b"There is no such object."
SAFE = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture
def project() -> Project:
    project = make_project()
    make_grant(project)
    return project


def uri_in(project: Project, name: str) -> str:
    return f"s3://groundtruth/{project.prefix}in/{name}"


def put(project: Project, name: str, data: bytes = b"0123456789") -> str:
    """Store an object of the project's and return its uri."""
    get_store().make_bucket("groundtruth")
    get_store().put(parse_uri(uri_in(project, name)), data)
    return uri_in(project, name)


def path_of(project: Project, uri: str) -> str:
    return urlsplit(cover_for(project.pk, uri)).path


# --- from disk --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jpg", "café & co?.jpg", "東京/" * 80 + "a.jpg"])
def test_a_cover_opens_its_object_as_a_link_does(name: str, project: Project, client: Client) -> None:
    uri = put(project, name)

    with time_machine.travel(clock.now(), tick=False):
        covered, linked = client.get(path_of(project, uri)), client.get(sign_for(project.pk, uri))

    assert covered.status_code == 200
    assert b"".join(covered.streaming_content) == b"0123456789"
    assert (covered["Content-Type"], covered["Cache-Control"]) == ("image/jpeg", "private, max-age=600")
    assert {**covered.headers, "X-Request-Id": ""} == {**linked.headers, "X-Request-Id": ""}
    assert {header: covered[header] for header in SAFE} == SAFE
    assert not covered.cookies
    assert "Cookie" not in covered.get("Vary", "")


def test_the_longest_key_has_a_cover(project: Project, settings: Settings) -> None:
    key = project.prefix + "in/" + "k" * (1024 - len(project.prefix) - 3)

    assert len(cover_for(project.pk, f"s3://groundtruth/{key}")) == len(f"{settings.GROUNDTRUTH_URL}/store/-/") + 1612
    assert cover_for(project.pk, f"s3://groundtruth/{key}k") == ""


def test_ranges_are_told_and_given(project: Project, client: Client) -> None:
    path = path_of(project, put(project, "clip.mp4"))

    head = client.head(path)
    part = client.get(path, headers={"range": "bytes=2-4"})
    beyond = client.get(path, headers={"range": "bytes=10-"})
    known = client.get(path, headers={"if-none-match": head["ETag"]})

    assert (head.status_code, head["Content-Length"], head["Accept-Ranges"], head.content) == (200, "10", "bytes", b"")
    assert (part.status_code, part["Content-Range"], part["Content-Type"]) == (206, "bytes 2-4/10", "video/mp4")
    assert b"".join(part.streaming_content) == b"234"
    assert (beyond.status_code, beyond["Content-Range"]) == (416, "bytes */10")
    assert known.status_code == 304


def test_a_frames_preflight_is_answered_and_no_other_verb(project: Project, client: Client) -> None:
    path = path_of(project, put(project, "a.jpg"))

    asked = client.options(path, headers={"origin": "null"})

    assert (asked.status_code, asked["Access-Control-Allow-Methods"]) == (204, "GET, HEAD")
    assert "Range" in asked["Access-Control-Allow-Headers"]
    assert [getattr(client, verb)(path).status_code for verb in ("put", "post", "delete", "patch")] == [405] * 4


def test_nothing_active_is_served_and_nothing_is_saved_under_a_name(project: Project, client: Client) -> None:
    path = path_of(project, put(project, "page.html", b"<script>alert(1)</script>"))

    page = client.get(f"{path}?t=text/html&f=evil.html")

    assert page["Content-Type"] == "text/plain; charset=utf-8"
    assert "Content-Disposition" not in page


def test_a_cover_of_nothing_is_not_found(project: Project, client: Client) -> None:
    answer = client.get(path_of(project, uri_in(project, "nothing.jpg")))

    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (404, NOTHING, "no-store")


def test_what_the_project_was_not_granted_has_no_cover(project: Project) -> None:
    other = make_project()
    make_grant(other)

    named = [
        uri_in(other, "a.jpg"), "s3://foreign/a.jpg", uri_in(project, "../a.jpg"), uri_in(project, ""),
        "file:///etc/passwd", "",
    ]  # fmt: skip

    assert [cover_for(project.pk, uri) for uri in named] == [""] * 6


def test_a_revoked_grant_closes_what_it_had_covered_and_another_opens_it(project: Project, client: Client) -> None:
    path = path_of(project, put(project, "a.jpg"))
    DataGrant.objects.update(revoked_at=clock.now())
    grants._kept.clear()  # as after its few seconds

    revoked = client.get(path)
    make_grant(project)
    grants._kept.clear()

    assert (revoked.status_code, revoked.content) == (403, NOT_VALID)
    assert client.get(path).status_code == 200


def test_another_projects_cover_of_the_same_object_is_judged_by_that_projects_grants(
    project: Project, client: Client
) -> None:
    uri = put(project, "a.jpg")
    other = make_project()
    shared = make_grant(other, prefix=project.prefix)
    theirs, ours = path_of(other, uri), path_of(project, uri)
    DataGrant.objects.filter(pk=shared.pk).update(revoked_at=clock.now())
    grants._kept.clear()

    assert [client.get(path).status_code for path in (theirs, ours)] == [403, 200]


def test_a_cover_ends(project: Project, client: Client) -> None:
    path = path_of(project, put(project, "a.jpg"))

    with time_machine.travel(clock.now() + timedelta(seconds=200), tick=False):
        late = client.get(path)
    with time_machine.travel(clock.now() + timedelta(seconds=601), tick=False):
        too_late = client.get(path)

    assert 399 <= int(late["Cache-Control"].removeprefix("private, max-age=")) <= 401
    assert (too_late.status_code, too_late.content, too_late["Cache-Control"]) == (403, NOT_VALID, "no-store")
    assert {header: too_late[header] for header in SAFE} == SAFE


def test_a_row_of_covers_costs_one_statement_in_seconds(
    project: Project, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    paths = [path_of(project, put(project, f"{n}.jpg")) for n in range(5)]
    grants._kept.clear()

    with django_assert_num_queries(1):
        assert [client.get(path).status_code for path in paths] == [200] * 5


# --- where they are written --------------------------------------------------------------------------


def test_a_page_names_an_object_by_one_address_and_each_page_by_another(project: Project, settings: Settings) -> None:
    batch = make_running_batch(project, texts=("x",))
    template = "<p>{{ task.input.taskObject | grant_read_access }} {{ task.input.taskObject | grant_read_access }}</p>"
    job = make_job(batch, template=template)
    line = json.dumps({"source-ref": uri_in(project, "a.jpg")})

    one, two = (showing.render_task(line, job)[len("<p>") : -len("</p>")].split(" ") for _ in range(2))

    assert one[0] == one[1]
    assert two[0] == two[1]
    assert one[0] != two[0]
    assert one[0].startswith(f"{settings.GROUNDTRUTH_URL}/store/-/")


# --- of other stores ----------------------------------------------------------------------------------


@pytest.fixture
def customers(settings: Settings) -> None:
    settings.GROUNDTRUTH_S3_CREDENTIALS = {
        "acme": {
            "endpoint_url": ELSEWHERE, "region_name": "eu-1", "access_key": "AKACME", "secret_key": "s3cret",
        }
    }  # fmt: skip


def grant_theirs(project: Project) -> str:
    DataGrant.objects.create(
        project=project, direction="in", bucket="acme-data", prefix="in/", endpoint=ELSEWHERE, credential="acme"
    )
    return "s3://acme-data/in/page.html"


@pytest.mark.usefixtures("customers")
def test_a_customers_own_store_is_reached_by_its_signed_address(client: Client) -> None:
    project = make_project()
    path = path_of(project, grant_theirs(project))

    with time_machine.travel(clock.now() + timedelta(seconds=200), tick=False):
        sent_on = client.get(path)

    assert sent_on.status_code == 302
    assert sent_on["Location"].startswith(f"{ELSEWHERE}/acme-data/in/page.html?")
    query = parse_qs(urlsplit(sent_on["Location"]).query)
    left = int(query["X-Amz-Expires"][0])
    assert 398 <= left <= 400  # what is left of the cover, and not as long again
    assert sent_on["Cache-Control"] == f"private, max-age={left - 30}"
    assert query["response-content-type"] == ["text/plain"]
    assert {header: sent_on[header] for header in SAFE} == SAFE
    assert client.options(path).status_code == 204


@pytest.mark.usefixtures("customers")
def test_a_redirect_that_is_about_to_end_is_not_kept(client: Client) -> None:
    project = make_project()
    path = path_of(project, grant_theirs(project))

    with time_machine.travel(clock.now() + timedelta(seconds=590), tick=False):
        assert client.get(path)["Cache-Control"] == "private, max-age=0"


@pytest.mark.usefixtures("customers")
def test_a_credential_that_is_gone_closes_what_was_covered(client: Client, settings: Settings) -> None:
    project = make_project()
    path = path_of(project, grant_theirs(project))
    settings.GROUNDTRUTH_S3_CREDENTIALS = {}

    answer = client.get(path)

    assert (answer.status_code, answer.content) == (403, NOT_VALID)
    assert cover_for(project.pk, "s3://acme-data/in/page.html") == ""


@pytest.fixture
def on_s3(object_store: Any, bucket: str, settings: Settings) -> Iterator[str]:
    keys = {"access_key": object_store.access_key, "secret_key": object_store.secret_key}
    settings.GROUNDTRUTH_S3 = {"endpoint_url": object_store.endpoint, "region_name": "us-east-1", **keys}
    settings.GROUNDTRUTH_BUCKET = bucket
    return bucket


@pytest.mark.object_store
@pytest.mark.parametrize("name", ["a.jpg", "café & co?.jpg", "k" * 200])
def test_an_s3_store_gives_the_bytes_and_their_ranges_where_we_send_on_to(
    name: str, on_s3: str, client: Client
) -> None:
    project = make_project()
    make_grant(project)
    uri = f"s3://{on_s3}/{project.prefix}in/{name}"
    get_store().put(parse_uri(uri), b"0123456789")

    sent_on = client.get(path_of(project, uri))
    with urlopen(Request(sent_on["Location"], headers={"Origin": "null"}), timeout=10) as whole:
        assert whole.read() == b"0123456789"
        assert whole.headers["Access-Control-Allow-Origin"] in ("*", "null")
    with urlopen(Request(sent_on["Location"], headers={"Range": "bytes=2-4"}), timeout=10) as part:
        assert (part.status, part.read()) == (206, b"234")

    assert sent_on.status_code == 302
    assert Address(on_s3, project.prefix).uri not in cover_for(project.pk, uri)
