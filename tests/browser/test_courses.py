"""The road before a job's work in a browser: course, test, work; and the page of a test that was not passed."""

from __future__ import annotations

import re

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from labeling.models import Annotation, Assignment, Task
from tests.browser.portal import PLAIN, sign_in
from tests.factories import make_team, make_worker
from tests.labeling.tested import make_tested, row_of
from workforce.models import Worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


@pytest.fixture(autouse=True)
def served(live_server: LiveServer, settings: Settings) -> None:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


def answer_test(page: Page, key: str, of: int = 5) -> None:
    """Answer all tasks of the test that is on the labelling page, each when its number stands there."""
    for number in range(1, of + 1):
        expect(page.locator("#test")).to_have_text(f"Test: {number} of {of}")
        tool = page.frame_locator("iframe.shown")
        expect(tool.get_by_role("radio", name=re.compile("bird"))).to_be_visible()
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
    answer_test(page, "1")
    expect(page.locator("#test")).to_have_text("Test passed. From here on it is the work.")
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
    answer_test(page, "2")

    expect(page.get_by_role("heading", name="Your test is not passed")).to_be_visible()
    expect(page.get_by_text("Of 5 tasks your answers were right to 0 %; 80 % are asked.")).to_be_visible()
    expect(page.get_by_text("bird 5 of 5 were answered differently")).to_be_visible()
    expect(page.get_by_text("2 tries are left.")).to_be_visible()
    expect(page.get_by_role("button", name="Begin the test")).to_have_count(0)
    page.goto(reverse("work_home"))
    expect(page.get_by_text("Test again from")).to_be_visible()
    assert console_errors == []
