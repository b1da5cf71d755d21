"""The customer's files go in from the New batch page: many at once, broken off and resumed, refused with a sentence."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches import uploads
from batches.models import Batch, Upload
from groundtruth.storage import get_store, parse_uri
from projects.models import Project
from tests.browser.portal import PLAIN, sign_in
from tests.factories import make_grant, make_member, make_organization, make_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
PART = 64 * 1024
FIELD = "Location of the input data"


@pytest.fixture
def project(live_server: LiveServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Project:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.MAX_FILE_BYTES = 10 * PART
    monkeypatch.setattr(uploads, "PART_BYTES", PART)  # so that a small file has many parts
    get_store().make_bucket(product.GROUNDTRUTH_BUCKET)
    organization = make_organization()
    made = make_project(organization, state="pilot_in_progress", modality="text", task_type="text-classification")
    make_grant(made, "in")
    make_grant(made, "out")
    return made


@pytest.fixture
def opened(project: Project, page: Page, live_server: LiveServer) -> Page:
    sign_in(page, make_member(project.organization), live_server.url)
    page.goto(reverse("new_batch", args=[project.organization.slug, project.slug]))
    return page


def write(folder: Path, **files: bytes) -> list[Path]:
    paths = [folder / f"{name}.txt" for name in files]
    for path, data in zip(paths, files.values(), strict=True):
        path.write_bytes(data)
    return paths


def choose(page: Page, paths: list[Path]) -> None:
    page.get_by_label("Choose files").set_input_files([str(path) for path in paths])


def row(page: Page, name: str) -> Locator:
    return page.locator(".upload-file").filter(has=page.get_by_text(name, exact=True))


def content_of(upload: Upload) -> bytes:
    with get_store().open(parse_uri(upload.uri)) as file:
        return file.read()


def test_many_files_go_in_are_checked_and_become_a_batch(
    project: Project, opened: Page, tmp_path: Path, console_errors: list[str]
) -> None:
    page = opened
    files = {f"note-{n:02}": f"the soup was {n} degrees".encode() for n in range(40)}

    choose(page, write(tmp_path, **files))
    expect(page.locator("[data-upload-said]")).to_contain_text("All files are sent.", timeout=60_000)

    expect(page.locator("[data-total] [data-said]")).to_have_text("40 of 40 files sent, 100%")
    expect(page.get_by_role("progressbar", name="All files")).to_have_attribute("aria-valuenow", "100")
    expect(row(page, "note-07.txt").locator("[data-said]")).to_have_text("Sent")
    assert {upload.name: content_of(upload) for upload in Upload.objects.all()} == {
        f"{name}.txt": data for name, data in files.items()
    }
    expect(page.get_by_label(FIELD)).to_have_value(re.compile(rf"^s3://.*{project.prefix}.*/$"))

    page.get_by_label("Batch name").fill("week-9")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="What is there")).to_be_visible()
    expect(page.get_by_text("40", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="week-9")).to_be_visible()

    batch = Batch.objects.get()
    assert batch.input_uri == Upload.objects.all()[0].uri.rpartition("/")[0] + "/"
    assert console_errors == []


def test_a_file_broken_off_by_a_reload_goes_on_where_it_stopped(opened: Page, tmp_path: Path) -> None:
    page = opened
    data = bytes(range(256)) * 4 * 8 * 64  # eight parts
    paths = write(tmp_path, big=data)
    sent: list[int] = []
    hold = {"after": 3}

    def count(route: Route) -> None:
        offset = int(route.request.url.rpartition("offset=")[2])
        if len(sent) >= hold["after"]:
            return route.abort()
        sent.append(offset)
        return route.continue_()

    page.route("**/uploads/*/?offset=*", count)
    choose(page, paths)
    expect(row(page, "big.txt").locator("[data-said]")).to_have_text("38%")
    page.reload()
    assert Upload.objects.get().received == 3 * PART
    assert page.get_by_label(FIELD).input_value() == ""

    hold["after"] = 99
    choose(page, paths)
    expect(page.locator("[data-upload-said]")).to_contain_text("All files are sent.")

    assert sent == [n * PART for n in range(8)]  # each part once: nothing that was received is sent again
    upload = Upload.objects.get()
    assert content_of(upload) == data
    expect(page.get_by_label(FIELD)).to_have_value(upload.uri)  # one text file alone is the input itself


def test_the_network_goes_and_comes_back_while_a_file_is_sent(opened: Page, tmp_path: Path) -> None:
    page = opened
    fails = {"left": 2}

    def stumble(route: Route) -> None:
        if "offset=131072" in route.request.url and fails["left"]:
            fails["left"] -= 1
            return route.abort()
        return route.continue_()

    page.route("**/uploads/*/?offset=*", stumble)
    choose(page, write(tmp_path, note=b"x" * (4 * PART)))

    expect(page.locator("[data-upload-said]")).to_contain_text("All files are sent.")
    assert fails["left"] == 0
    assert content_of(Upload.objects.get()) == b"x" * (4 * PART)


def test_what_cannot_be_taken_is_said_beside_its_file_and_the_rest_goes_in(opened: Page, tmp_path: Path) -> None:
    page = opened
    paths = write(tmp_path, empty=b"", large=b"x" * (10 * PART + 1), good=b"the soup was warm")

    choose(page, paths)
    expect(page.locator("[data-upload-said]")).to_contain_text("2 files were not sent")

    expect(row(page, "empty.txt").locator("[data-said]")).to_have_text("empty.txt is empty.")
    expect(row(page, "large.txt").locator("[data-said]")).to_contain_text("A file may have at most 655,360")
    expect(row(page, "good.txt").locator("[data-said]")).to_have_text("Sent")
    assert [upload.name for upload in Upload.objects.exclude(finished_at=None)] == ["good.txt"]
    expect(page.get_by_role("button", name="Try the failed files again")).to_be_visible()
    assert page.get_by_label(FIELD).input_value() == ""

    for name in ("empty.txt", "large.txt"):
        row(page, name).get_by_role("button", name="Take out").click()
    expect(page.locator("[data-total] [data-said]")).to_have_text("1 of 1 files sent, 100%")
    expect(page.locator("[data-upload-said]")).to_contain_text("All files are sent.")
    expect(page.get_by_label(FIELD)).to_have_value(Upload.objects.get().uri)


def test_files_that_are_added_after_a_check_join_those_sent_before(opened: Page, tmp_path: Path) -> None:
    page = opened
    choose(page, write(tmp_path, one=b"the soup was warm"))
    expect(page.get_by_label(FIELD)).to_have_value(re.compile("/one.txt$"), timeout=10_000)
    page.get_by_label("Batch name").fill("week-9")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("heading", name="What is there")).to_be_visible()
    expect(row(page, "one.txt").locator("[data-said]")).to_have_text("Sent")

    choose(page, write(tmp_path, two=b"the soup was cold"))

    folder = Upload.objects.get(name="one.txt").uri.removesuffix("one.txt")
    expect(page.get_by_label(FIELD)).to_have_value(folder, timeout=10_000)
    expect(page.locator("[data-total] [data-said]")).to_have_text("2 of 2 files sent, 100%")
    assert Upload.objects.get(name="two.txt").uri == f"{folder}two.txt"


def test_what_was_sent_before_a_reload_is_shown_and_can_be_left_out(opened: Page, tmp_path: Path) -> None:
    page = opened
    choose(page, write(tmp_path, old=b"the soup was warm"))
    expect(row(page, "old.txt").locator("[data-said]")).to_have_text("Sent", timeout=10_000)
    page.reload()
    expect(row(page, "old.txt").locator("[data-said]")).to_have_text("Sent")

    page.get_by_role("button", name="Leave out what was sent before").click()
    choose(page, write(tmp_path, new=b"the soup was cold"))

    new = page.get_by_label(FIELD)
    expect(new).to_have_value(re.compile("/new.txt$"), timeout=10_000)
    folders = set(Upload.objects.values_list("folder", flat=True))
    assert (len(folders), row(page, "old.txt").count()) == (2, 0)


def test_a_hostile_name_is_shown_as_text_and_stored_harmless(
    opened: Page, project: Project, console_errors: list[str]
) -> None:
    page = opened
    stored_as = {
        "<img src=x onerror=alert(1)>.txt": "<img src=x onerror=alert(1)>.txt",
        "invoice\u202etxt.exe": "invoicetxt.exe",
        "a" * 400 + ".txt": "a" * 196 + ".txt",
        "..\\..\\up.txt": "up.txt",
    }
    files = [{"name": name, "mimeType": "text/plain", "buffer": b"text"} for name in stored_as]

    page.get_by_label("Choose files").set_input_files(files)  # type: ignore[arg-type]
    expect(page.locator("[data-upload-said]")).to_contain_text("All files are sent.", timeout=10_000)

    expect(page.locator("[data-total] [data-said]")).to_have_text("4 of 4 files sent, 100%")
    assert page.locator(".upload-list img").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 1440
    (folder,) = set(Upload.objects.values_list("folder", flat=True))
    place = f"s3://{product.GROUNDTRUTH_BUCKET}/{project.prefix}in/{folder}/"
    assert {(upload.name, upload.uri) for upload in Upload.objects.exclude(finished_at=None)} == {
        (name, place + name) for name in stored_as.values()
    }
    assert {content_of(upload) for upload in Upload.objects.all()} == {b"text"}
    assert console_errors == []


def test_a_changed_file_of_the_same_name_is_refused_where_one_is_there(opened: Page, tmp_path: Path) -> None:
    page = opened
    choose(page, write(tmp_path, note=b"first"))
    expect(row(page, "note.txt").locator("[data-said]")).to_have_text("Sent")
    page.reload()

    choose(page, write(tmp_path, note=b"second, longer"))

    expect(row(page, "note.txt").locator("[data-said]")).to_contain_text("Another file named note.txt")
    assert content_of(Upload.objects.get()) == b"first"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_the_upload_fits_its_page(theme: str, width: int, opened: Page, tmp_path: Path) -> None:
    page = opened
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    choose(page, write(tmp_path, empty=b"", **{"a-rather-long-name-of-a-file-" + "x" * 60: b"a"}, good=b"b"))
    expect(page.locator("[data-upload-said]")).to_contain_text("1 file was not sent")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    for said in page.locator(".upload-file [data-said]").all():
        expect(said).to_be_visible()
    page.screenshot(path=str(tmp_path / f"upload-{width}-{theme}.png"), full_page=True)
