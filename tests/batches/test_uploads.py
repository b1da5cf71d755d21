"""Files from the browser: in parts, again from where they stopped, into the project's own prefix and nowhere else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from batches import uploads
from batches.models import Upload
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.storage import get_store, parse_uri
from projects.models import Project, Role
from tests.factories import make_member, make_project

pytestmark = [pytest.mark.django_db, pytest.mark.database]
MARK = "0123456789abcdef"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART_BYTES", 4)


def begin(project: Project, name: str = "a.png", size: int = 10, mark: str = MARK, folder: str = "week-1") -> Upload:
    return uploads.begin(project, folder, name=name, size=size, fingerprint=mark, by=None)


def send(upload: Upload, data: bytes) -> None:
    for offset in range(upload.received, len(data), 4):
        uploads.put_part(upload, offset, data[offset : offset + 4])


def test_a_file_in_parts_appears_whole_and_only_when_finished() -> None:
    project = make_project()
    upload = begin(project)
    send(upload, b"0123456789")
    address = parse_uri(upload.uri)
    assert get_store().stat(address) is None

    uploads.finish(upload, None)

    assert upload.uri == f"s3://groundtruth/{project.prefix}in/week-1/a.png"
    assert get_store().read(address) == b"0123456789"
    assert uploads.finish(upload, None).finished_at == upload.finished_at


def test_an_upload_goes_on_where_it_stopped() -> None:
    project = make_project()
    uploads.put_part(begin(project), 0, b"0123")

    again = begin(project)

    assert (again.received, Upload.objects.count()) == (4, 1)
    send(again, b"0123456789")
    assert get_store().read(parse_uri(uploads.finish(again, None).uri)) == b"0123456789"


def test_a_part_sent_twice_counts_once() -> None:
    upload = begin(make_project())
    assert [uploads.put_part(upload, 0, b"0123") for _ in range(2)] == [4, 4]


def test_a_part_too_early_is_told_where_to_go_on() -> None:
    upload = begin(make_project())
    with pytest.raises(Conflict, match="Send the file on from byte 0"):
        uploads.put_part(upload, 4, b"4567")


def test_a_part_of_a_wrong_size_is_refused() -> None:
    upload = begin(make_project())
    with pytest.raises(Invalid, match="The part at byte 0 must have 4 bytes, and has 3"):
        uploads.put_part(upload, 0, b"012")


def test_a_file_that_is_not_complete_cannot_be_finished() -> None:
    with pytest.raises(Conflict, match="is not complete: send it on from byte 0"):
        uploads.finish(begin(make_project()), None)


def test_a_changed_file_begins_anew_but_overwrites_no_finished_one() -> None:
    project = make_project()
    uploads.put_part(begin(project), 0, b"0123")
    changed = begin(project, mark="f" * 16)
    assert changed.received == 0
    send(changed, b"0123456789")
    uploads.finish(changed, None)

    with pytest.raises(Conflict, match=r"Another file named a.png is in this folder already"):
        begin(project)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/a//b/./c.png", "a/b/c.png"),
        ("a\x00b\n.png", "ab.png"),
        ("x\u202egnp.exe", "xgnp.exe"),
        ("cafe\u0301.png", "caf\u00e9.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    assert uploads.safe_name(name) == safe


@pytest.mark.parametrize("name", ["", "..", "/", "\x00"])
def test_a_name_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="The file has no name"):
        uploads.safe_name(name)


def test_limits_hold_for_file_folder_and_total(settings: Settings) -> None:
    settings.MAX_FILE_BYTES, settings.MAX_BATCH_FILES, settings.MAX_BATCH_BYTES = 100, 2, 150
    project = make_project()
    with pytest.raises(Invalid, match="a.png is empty"):
        begin(project, size=0)
    with pytest.raises(Invalid, match="a.png has 101 bytes. A file may have at most 100"):
        begin(project, size=101)
    begin(project, "a.png", 100)
    with pytest.raises(Invalid, match="would have 150 bytes or more"):
        begin(project, "b.png", 50)
    begin(project, "b.png", 10)
    with pytest.raises(Invalid, match="has 2 files already"):
        begin(project, "c.png", 1)


def test_a_folder_cannot_leave_the_project() -> None:
    with pytest.raises(Invalid, match="A folder's name has small letters"):
        begin(make_project(), folder="../other")


def test_a_project_in_review_takes_no_files() -> None:
    with pytest.raises(Refused, match="takes no batches"):
        begin(make_project(state="review_in_progress"))


# --- over HTTP ---------------------------------------------------------------------------------------------


def place(project: Project) -> dict[str, Any]:
    return {"org": project.organization.slug, "project": project.slug}


def test_the_browsers_road_from_begin_to_finish(client: Client) -> None:
    project = make_project()
    client.force_login(make_member(project.organization))
    url = reverse("uploads", kwargs=place(project))
    asked = {"folder": "week-1", "name": "a.png", "size": 6, "fingerprint": MARK}

    begun = client.post(url, json.dumps(asked), content_type="application/json").json()
    part = reverse("upload", kwargs={**place(project), "upload": begun["id"]})
    first = client.put(f"{part}?offset=0", b"0123", content_type="application/octet-stream").json()
    client.put(f"{part}?offset=4", b"45", content_type="application/octet-stream")
    done = client.post(reverse("upload_finish", kwargs={**place(project), "upload": begun["id"]})).json()

    assert (begun["received"], begun["part_size"], first) == (0, 4, {"received": 4})
    assert (done["finished"], done["uri"]) == (True, f"{begun['folder_uri']}a.png")
    assert client.get(url, {"folder": "week-1"}).json()["uploads"] == [done]


@pytest.mark.parametrize(
    ("body", "said"), [("{", "The request is not JSON."), ("[]", "Give folder, name and fingerprint as text")]
)
def test_what_is_no_request_is_422(client: Client, body: str, said: str) -> None:
    project = make_project()
    client.force_login(make_member(project.organization))
    answer = client.post(reverse("uploads", kwargs=place(project)), body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.json()["error"]["message"].startswith(said)


def test_viewers_may_not_send_and_strangers_find_nothing(client: Client) -> None:
    project, upload = make_project(), begin(make_project())
    url = reverse("uploads", kwargs=place(project))
    client.force_login(make_member(project.organization, Role.VIEWER, name="Vera"))
    assert client.post(url, "{}", content_type="application/json").status_code == 403

    mallory = make_member(make_project().organization, name="Mallory")
    client.force_login(mallory)
    assert client.post(url, "{}", content_type="application/json").status_code == 404

    client.force_login(make_member(project.organization))
    other = reverse("upload", kwargs={**place(project), "upload": upload.public_id})
    assert client.put(f"{other}?offset=0", b"0123", content_type="application/octet-stream").status_code == 404


@pytest.mark.object_store
def test_a_real_store_takes_parts(
    object_store: Any, bucket: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {"access_key": object_store.access_key, "secret_key": object_store.secret_key}
    settings.GROUNDTRUTH_S3 = {"endpoint_url": object_store.endpoint, "region_name": "us-east-1", **keys}
    settings.GROUNDTRUTH_BUCKET = bucket
    monkeypatch.setattr(uploads, "PART_BYTES", 5 * 1024 * 1024)
    data = b"x" * (5 * 1024 * 1024) + b"end"
    upload = begin(make_project(), size=len(data))

    uploads.put_part(upload, 0, data[: 5 * 1024 * 1024])
    uploads.put_part(upload, 5 * 1024 * 1024, b"end")

    assert get_store().read(parse_uri(uploads.finish(upload, None).uri)) == data
