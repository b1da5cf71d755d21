"""The road before a job's work in a browser: course, test, work; and the page of a test that was not passed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches.models import DataObject
from labeling.models import Annotation, Assignment, Job, Task
from labeling.services import coursing
from projects.models import LabelSchema
from tests.browser.faults import faults
from tests.browser.portal import PLAIN, sign_in
from tests.factories import make_staff, make_team, make_worker
from tests.labeling.tested import make_tested, row_of, take_test
from workforce.models import Qualification, Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def served(live_server: LiveServer, settings: Settings) -> None:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


def answer_test(page: Page, worker: Worker, key: str) -> None:
    """Answer all tasks of the test that is on the labelling page, each when it is shown with its number."""
    page.wait_for_url("**/work/*/")
    texts = dict(DataObject.objects.values_list("pk", "source_text"))
    drawn = row_of(worker).drawn
    for number, pk in enumerate(drawn, start=1):
        expect(page.locator("#test")).to_have_text(f"Test: {number} of {len(drawn)}")
        expect(page.frame_locator("iframe.shown").locator("classification-target")).to_have_text(texts[pk])
        expect(page.locator("iframe.shown")).to_be_focused()  # else the key is nobody's
        page.keyboard.press(key)


def test_a_worker_goes_from_the_course_through_the_test_to_the_work(
    wei: Worker, page: Page, live_server: LiveServer, console_errors: list[str]
) -> None:
    job = make_tested(wei.teams.get(), explained="qr", course_examples=2)
    sign_in(page, wei.user, live_server.url)

    page.goto(reverse("work_home"))
    expect(page.get_by_text("Course, then a test of 5 tasks")).to_be_visible()
    page.get_by_role("link", name="What is it?").click()
    expect(page.get_by_role("heading", name="Instructions")).to_be_visible()
    page.wait_for_load_state()  # the keys' script is there
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Example 1 of 2")).to_be_visible()
    expect(page.get_by_text("q has feathers.")).to_be_visible()
    tool = page.frame_locator(".label-view iframe.shown")
    expect(tool.get_by_role("radio", name=re.compile("bird"))).to_be_checked()
    page.get_by_role("link", name="Next example").click()
    expect(page.get_by_text("r has feathers.")).to_be_visible()
    page.get_by_role("button", name="I have read it").click()

    expect(page.get_by_role("heading", name="A test before the work")).to_be_visible()
    page.get_by_role("button", name="Begin the test").click()
    answer_test(page, wei, "1")
    expect(page.locator("#test")).to_have_text("Test passed")
    expect(page.frame_locator("iframe.shown").get_by_text("a", exact=True)).to_be_visible()

    row = row_of(wei)
    assert (row.score, row.tries, row.course_at is not None) == (1.0, 1, True)
    assert Annotation.objects.for_labels().count() == 0
    assert Assignment.objects.filter(worker=wei, state="example").count() == 2
    tested = Task.objects.filter(assignments__test_number__isnull=False).values_list(
        "data_object__source_text", flat=True
    )
    assert set(tested) & {"q", "r"} == set()
    assert job.asks_first
    assert console_errors == []


def test_who_fails_is_led_to_what_went_wrong_and_to_no_answer(
    wei: Worker, page: Page, live_server: LiveServer, console_errors: list[str]
) -> None:
    make_tested(wei.teams.get())
    sign_in(page, wei.user, live_server.url)

    page.goto(reverse("work_home"))
    page.get_by_role("link", name="What is it?").click()
    page.get_by_role("button", name="Begin the test").click()
    answer_test(page, wei, "2")

    expect(page.get_by_role("heading", name="Your test is not passed")).to_be_visible()
    expect(page.get_by_text("Of 5 tasks your answers were right to 0 %; 80 % are asked.")).to_be_visible()
    expect(page.get_by_text("bird 5 of 5 were answered differently")).to_be_visible()
    expect(page.get_by_text("2 tries are left.")).to_be_visible()
    expect(page.get_by_role("button", name="Begin the test")).to_have_count(0)
    page.goto(reverse("work_home"))
    expect(page.get_by_text("Test again from")).to_be_visible()
    assert console_errors == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_the_pages_are_usable_and_axe_finds_no_fault(
    theme: str, width: int, height: int, wei: Worker, page: Page, live_server: LiveServer, tmp_path: Path
) -> None:
    team = wei.teams.get()
    job = make_tested(team, explained="qrs", course_examples=3)
    words = "Choose what the text names.\n\nA bird has feathers; a plane has an engine."
    LabelSchema.objects.update(
        short_instructions=words, good_caption="A robin is a bird.", bad_caption="A kite is none."
    )
    failed = make_tested(team)
    take_test(wei, failed, right=3)
    ben, eve, olga = make_worker(team, "Ben"), make_worker(team, "Eve"), make_staff()
    passed(ben, job)
    take_test(eve, failed, right=0)
    Qualification.objects.filter(worker=eve).update(next_try_at=None, waits_since=job.created_at, tries=3)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": height})
    course = reverse("work_course", args=[job.public_id])
    shown = {
        "home": (wei, reverse("work_home")),
        "instructions": (wei, course),
        "example": (wei, course + "?at=1"),
        "last": (wei, course + "?at=3"),
        "failed": (wei, reverse("work_test", args=[failed.public_id])),
        "quality": (wei, reverse("work_quality")),
        "ready": (ben, reverse("work_test", args=[job.public_id])),
        "test": (ben, reverse("work_job", args=[job.public_id])),
        "decide": (eve, reverse("work_test", args=[failed.public_id])),
        "desk": (olga, reverse("admin:workforce_qualification_changelist")),
        "known": (olga, reverse("admin:job_gold", args=[job.pk])),
    }
    for name, (person, url) in shown.items():
        sign_in(page, getattr(person, "user", person), live_server.url)
        page.goto(url)
        if name == "test":
            page.get_by_role("button", name="Begin the test").click()
            expect(page.locator("#test")).to_have_text("Test: 1 of 5")
        if name in ("test", "example", "last"):
            radio = page.frame_locator("iframe.shown").get_by_role("radio", name=re.compile("bird"))
            expect(radio).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width, name
        page.screenshot(path=str(tmp_path / f"{name}-{width}-{theme}.png"), full_page=name != "test")
        assert faults(page) == [], name


def passed(worker: Worker, job: Job) -> None:
    """Let a worker read the whole course."""
    for example in coursing.examples_of(worker, job):
        coursing.note_shown(worker, job, example)
    coursing.finish(worker, job)
