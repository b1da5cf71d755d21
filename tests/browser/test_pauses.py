"""Wei is paused while labelling, appeals; operations lift the pause, and Wei goes on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import settings as product
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from labeling.models import Annotation, Job, WorkerPause
from labeling.services import pausing
from tests.browser.portal import PLAIN, once_it_is, sign_in
from tests.factories import make_job, make_running_batch, make_staff, make_team, make_worker

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
WAIT = 15_000


@pytest.fixture
def url(live_server: LiveServer, settings: Settings) -> str:
    settings.STORAGES = {**product.STORAGES, "staticfiles": PLAIN}
    settings.GROUNDTRUTH_URL = settings.STORE_ORIGIN = live_server.url
    return str(live_server.url)


@pytest.fixture
def desk(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def answer_one(page: Page, stored: int) -> None:
    expect(page.frame_locator("iframe.shown").get_by_role("radio").first).to_be_visible(timeout=WAIT)
    expect(page.locator("#panel")).to_be_hidden()
    page.keyboard.press("1")
    once_it_is(stored, Annotation.objects.count, page)


def test_wei_appeals_operations_lift_and_wei_goes_on(url: str, page: Page, desk: Page) -> None:
    wei, olga = make_worker(make_team()), make_staff()
    job = make_job(make_running_batch(texts=tuple("abcdefgh")), team=wei.teams.get(), workers_each=1)
    sign_in(page, wei.user, url)
    page.goto(url + reverse("work_job", args=[job.public_id]))
    answer_one(page, 1)

    pausing.pause_by_hand(Job.objects.get(), olga, worker=wei, reason="Look at the wings.")
    answer_one(page, 2)
    expect(page.get_by_role("heading", name="You are paused on this job")).to_be_visible(timeout=WAIT)

    page.goto(f"{url}/work/")
    expect(page.get_by_text("Look at the wings.")).to_be_visible()
    page.get_by_label("Do you see it otherwise?").fill("The wings are cut off.")
    page.get_by_role("button", name="Send the appeal").click()
    expect(page.get_by_text("Sent, waiting: somebody of operations will read it.")).to_be_visible()

    sign_in(desk, olga, url)
    desk.goto(f"{url}/admin/")
    line = desk.get_by_text("says: “The wings are cut off.”")
    expect(line).to_be_visible()
    desk.get_by_role("link", name="Decide").click()
    desk.get_by_role("link", name="Lift the pause").click()
    desk.get_by_label("Answer").fill("You are right, go on.")
    desk.get_by_role("button", name="Lift the pause").click()
    expect(desk.get_by_text("The worker goes on, and is told.")).to_be_visible()

    page.reload()
    expect(page.get_by_text("You are right, go on.")).to_be_visible()
    page.goto(url + reverse("work_job", args=[job.public_id]))
    answer_one(page, 3)
    assert WorkerPause.objects.get().lifted_at is not None
