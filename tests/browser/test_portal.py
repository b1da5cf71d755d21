"""The customer's pages in a real browser: columns kept, check then submit, phones, and answers as they come."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from batches.metrics import tally_day, tally_done
from batches.models import Batch
from groundtruth.storage import get_store, parse_uri
from tests.browser.portal import PLAIN, give_session, sign_in
from tests.factories import make_grant, make_member, make_organization, make_project, make_running_batch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

PHONE = {"width": 390, "height": 844}
WALL = {"width": 2560, "height": 1440}


@pytest.fixture
def ground(live_server: LiveServer, settings: Settings) -> dict[str, Any]:
    """Ada's organization with a project in its pilot and a batch that is being labelled."""
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    organization = make_organization()
    ada = make_member(organization)
    project = make_project(organization, state="pilot_in_progress", modality="text", task_type="text-classification")
    make_grant(project, "in")
    make_grant(project, "out")
    batch = make_running_batch(project, texts=tuple("abcdefghij"))
    here = [organization.slug, project.slug]
    urls = {
        "projects": reverse("projects"),
        "project": reverse("project", args=here),
        "batches": reverse("batches", args=here),
        "new": reverse("new_batch", args=here),
        "batch": reverse("batch", args=[*here, batch.slug]),
        "metrics": reverse("metrics"),
    }
    return {"ada": ada, "project": project, "batch": batch, "urls": urls}


def test_columns_are_chosen_and_remembered(
    ground: dict[str, Any], page: Page, live_server: LiveServer, console_errors: list[str]
) -> None:
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"]["projects"])
    expect(page.get_by_role("columnheader", name="Task type")).to_be_visible()

    page.get_by_text("Columns", exact=True).click()
    page.get_by_label("Task type").uncheck()
    page.get_by_label("Creation date").check()
    page.get_by_role("button", name="Save").click()
    page.goto(ground["urls"]["projects"])

    expect(page.get_by_role("columnheader", name="Task type")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Created")).to_be_visible()
    assert console_errors == []


def test_a_batch_is_checked_then_sent(
    ground: dict[str, Any], page: Page, live_server: LiveServer, console_errors: list[str]
) -> None:
    uri = f"s3://{django_settings.GROUNDTRUTH_BUCKET}/{ground['project'].prefix}in/a/items.manifest"
    get_store().make_bucket(django_settings.GROUNDTRUTH_BUCKET)
    get_store().put(parse_uri(uri), b'{"source": "a bird"}\n{broken\n{"source": "a plane"}\n')
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"]["new"])

    page.get_by_label("Batch name").fill("week-46")
    page.get_by_label("Location of the input data").fill(uri)
    page.get_by_role("button", name="Check").click()

    expect(page.get_by_role("heading", name="What is there")).to_be_visible()
    expect(page.get_by_text("line 2")).to_be_visible()
    expect(page.get_by_label("Batch name")).to_have_value("week-46")
    assert not Batch.objects.filter(name="week-46").exists()

    page.get_by_role("button", name="Submit").click()

    expect(page.get_by_role("heading", name="week-46")).to_be_visible()
    assert Batch.objects.get(name="week-46").state == "request_submitted"
    assert console_errors == []


@pytest.mark.parametrize("size", [PHONE, WALL], ids=["phone", "wall"])
def test_no_page_scrolls_sideways(ground: dict[str, Any], browser: Browser, live_server: LiveServer, size: Any) -> None:
    context = browser.new_context(viewport=size, base_url=live_server.url)
    give_session(context, ground["ada"], live_server.url)
    page = context.new_page()
    wide = []

    for name, url in ground["urls"].items():
        page.goto(url)
        if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
            wide.append(name)

    context.close()
    assert wide == []


SHOWN = {  # on which page a stored answer shows, and where
    "project": ".tile:has(dt:text-is('Labels today')) dd:text-is('7')",
    "batch": ".legend b:text-is('3')",
    "metrics": ".tile:has(dt:text-is('Labels')) dd:text-is('7')",
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_stored_answer_shows_within_ten_seconds_without_a_reload(
    name: str, ground: dict[str, Any], page: Page, live_server: LiveServer, console_errors: list[str]
) -> None:
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"][name])
    page.evaluate("window.sameDocument = true")
    expect(page.locator(SHOWN[name])).to_have_count(0)

    tally_done(ground["batch"].pk, human=3, agreement=2.5, agreed=3)
    tally_day(ground["batch"].pk, labels=7)
    stored = time.monotonic()
    page.locator(SHOWN[name]).first.wait_for(timeout=10_000)

    assert time.monotonic() - stored < 10
    assert page.evaluate("window.sameDocument") is True
    expect(page.locator("[data-live]").first).to_contain_text("Live, updated")
    assert console_errors == []


def test_the_list_is_searched_as_one_types(ground: dict[str, Any], page: Page, live_server: LiveServer) -> None:
    other = make_project(ground["project"].organization, title="Delivery notes", state="review_in_progress")
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"]["projects"])
    expect(page.get_by_role("link", name=ground["project"].title)).to_be_visible()

    page.get_by_role("searchbox").press_sequentially("deliv")

    expect(page.get_by_role("link", name=ground["project"].title)).to_have_count(0)
    expect(page.get_by_role("link", name=other.title)).to_be_visible()
    expect(page.locator("#tabs [aria-current]")).to_contain_text("1")
    assert "q=deliv" in page.url


def test_what_a_person_opened_stays_open_while_the_page_follows(
    ground: dict[str, Any], page: Page, live_server: LiveServer
) -> None:
    tally_done(ground["batch"].pk, human=1)
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"]["batch"])
    page.get_by_text("Same numbers as a table").first.click()
    expect(page.locator(".as-table[open]")).to_have_count(1)

    tally_done(ground["batch"].pk, human=1)
    page.locator(".legend b:text-is('2')").first.wait_for(timeout=10_000)

    expect(page.locator(".as-table[open]")).to_have_count(1)


def test_a_batch_that_becomes_ready_brings_its_buttons_and_is_accepted(
    ground: dict[str, Any], page: Page, live_server: LiveServer
) -> None:
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"]["batch"])
    expect(page.get_by_role("button", name="Accept batch")).to_have_count(0)

    Batch.objects.filter(pk=ground["batch"].pk).update(state="ready_for_review", to_review=1)
    page.locator("[data-opens=accept]").click(timeout=10_000)
    page.locator("dialog[open]").get_by_role("button", name="Accept batch").click()

    expect(page.get_by_text("Accepted. The result is being written.")).to_be_visible()
    assert Batch.objects.get(pk=ground["batch"].pk).state == "accepted"


def test_who_was_signed_out_is_asked_to_sign_in_and_not_shown_half_a_page(
    ground: dict[str, Any], page: Page, live_server: LiveServer
) -> None:
    sign_in(page, ground["ada"], live_server.url)
    page.goto(ground["urls"]["batch"])

    page.context.clear_cookies()

    page.wait_for_url("**/account/login/**", timeout=10_000)
