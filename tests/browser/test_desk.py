"""Operations' day in a browser: a request is approved, set up, looked at as a worker, and its batch started."""

from __future__ import annotations

import json
from io import BytesIO

import pytest
from django.conf import settings as product
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches.models import Batch, DataObject
from labeling.models import Assignment, Job
from labeling.services import designing
from projects.models import DataGrant, LabelSchema, Project, User
from tests.browser.portal import PLAIN, sign_in
from tests.factories import make_member, make_project, make_staff, make_team, make_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def served(live_server: LiveServer, settings: Settings) -> None:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url


@pytest.fixture
def olga(page: Page, live_server: LiveServer) -> User:
    person = make_staff()
    sign_in(page, person, live_server.url)
    return person


def make_received_batch(project: Project) -> Batch:
    """A batch of texts whose transfer has ended."""
    batch = Batch.objects.create(
        project=project,
        slug="week-1",
        name="week-1",
        state="data_received",
        total=2,
        input_uri="s3://in/x",
        output_uri="s3://out/",
    )
    texts = ("The soup was cold.", "The bread was warm.")
    DataObject.objects.bulk_create(
        DataObject(batch=batch, ordinal=n, line=json.dumps({"source": text}), source_text=text)
        for n, text in enumerate(texts)
    )
    return batch


def test_a_request_goes_from_the_desk_to_its_first_tasks(page: Page, olga: User, console_errors: list[str]) -> None:
    team = make_team()
    make_worker(team)
    project = make_project(
        state="review_in_progress",
        title="Meal reviews",
        modality="text",
        task_type="text-classification",
        categories=["praise", "complaint"],
    )
    make_member(project.organization)

    page.goto("/admin/")
    row = page.get_by_role("row").filter(has_text="Meal reviews")
    row.get_by_role("button", name="Take").click()
    row.get_by_role("link", name="Review", exact=True).click()
    expect(page.get_by_text("Tell birds from planes.")).to_be_visible()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("status").filter(has_text="is approved")).to_be_visible()
    assert DataGrant.objects.filter(project=project).count() == 2

    page.goto("/admin/")
    page.get_by_role("row").filter(has_text="Meal reviews").get_by_role("link", name="Set up", exact=True).click()
    expect(page.get_by_label("Categories")).to_have_value("praise\ncomplaint")
    page.get_by_label("Title").fill("What does the guest say?")
    page.get_by_label("Short instructions").fill("Read all of it.")
    picture = BytesIO()
    Image.new("RGB", (60, 40), "teal").save(picture, "PNG")
    page.get_by_label("Good example", exact=False).first.set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": picture.getvalue()}
    )
    page.get_by_label("What is good about it").fill("All of it is read")
    page.get_by_label("Workers an object", exact=True).fill("2")
    batch = make_received_batch(project)
    page.get_by_role("button", name="Set up and preview").click()

    task = page.frame_locator("iframe").first
    expect(task.get_by_text("The soup was cold.")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("Read all of it.")).to_be_visible()
    expect(page.get_by_alt_text("Good example")).to_have_js_property("naturalWidth", 60)
    task.get_by_text("The soup was cold.").click()
    page.keyboard.press("2")
    expect(page.locator("#preview-answer")).to_contain_text("complaint")
    assert (LabelSchema.objects.filter(project=project).count(), Assignment.objects.count()) == (2, 0)

    page.goto("/admin/")
    page.get_by_role("row").filter(has_text="week-1").get_by_role("button", name="Start pilot").click()
    page.get_by_role("row").filter(has_text="week-1").get_by_role("link", name="Start", exact=True).click()
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="week-1")).to_be_visible()
    batch.refresh_from_db()
    job = Job.objects.get()
    assert (batch.state, job.workers_each, job.title) == ("in_progress", 2, "What does the guest say?")
    assert console_errors == []


def test_the_preview_of_a_picture_stands_in_while_there_is_no_data(
    page: Page, olga: User, console_errors: list[str]
) -> None:
    project, team = make_project(categories=["heron", "kite"]), make_team()
    values = {
        "title": "Which bird?",
        "attribute": "bird",
        "team": team,
        "workers_each": 3,
        "seconds": 300,
        "sample_percent": 5,
    }
    designing.set_up(project, olga, task_type="image-classification", categories=["heron", "kite"], **values)

    page.goto(f"/admin/projects/project/{project.pk}/preview/")

    task = page.frame_locator("iframe").first
    expect(task.get_by_text("heron")).to_be_visible(timeout=15_000)
    expect(task.get_by_text("did not load")).to_be_hidden()
    assert console_errors == []


def test_the_desk_fits_a_phone_and_breaks_no_policy(page: Page, olga: User, console_errors: list[str]) -> None:
    project = make_project(state="review_in_progress", title="Meal reviews")
    page.set_viewport_size({"width": 390, "height": 844})

    pages = (
        "",
        "?show=settled",
        "projects/project/",
        f"projects/project/{project.pk}/",
        f"projects/project/{project.pk}/act/consultation/",
    )
    for path in (
        *pages,
        "batches/batch/",
        "projects/notice/",
        "projects/auditevent/",
        "workforce/worker/add/",
        f"projects/user/{olga.pk}/",
    ):
        page.goto(f"/admin/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == 390, path
    assert console_errors == []


def test_a_consultation_is_noted_with_the_browsers_own_picker(page: Page, olga: User) -> None:
    project = make_project(state="review_in_progress")

    page.goto(f"/admin/projects/project/{project.pk}/act/consultation/")
    page.get_by_label("Date and time").fill("2026-12-01T10:30")
    page.get_by_label("Notes").fill("Wants boxes.")
    page.get_by_role("button", name="Consultation").click()
    page.goto(f"/admin/projects/project/{project.pk}/act/consultation/")

    expect(page.get_by_label("Date and time")).to_have_value("2026-12-01T10:30")
    expect(page.get_by_label("Notes")).to_have_value("Wants boxes.")
