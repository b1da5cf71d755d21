"""A template that never ends, or takes its frame away: the page says so, offers ways out and reports it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from tests.browser.elements import PLAIN
from tests.browser.portal import once_it_is
from tests.browser.work_server import STATIC, Desk, serve

pytestmark = pytest.mark.browser
FORM = '<crowd-form><p>Number {{ task.input.number }}</p><crowd-input name="a" label="A"></crowd-input></crowd-form>'
ENDLESS = "<script>while (true) {}</script>"
LEAVES_LATER = "<script>document.addEventListener('dblclick', () => { location = 'https://x.invalid/'; });</script>"


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    with serve(Desk("")) as running:
        yield running


def only_in(number: int, script: str) -> str:
    return f"{{% if task.input.number == {number} %}}{script}{{% endif %}}{FORM}"


def open_page(desk: Desk, page: Page, template: str, *, patient: bool = False) -> None:
    """Open the page, whose patience can be taken from it, and which begins without unless it is to be patient."""
    desk.template = template
    source = (STATIC / "js/work/watch.js").read_text()
    asking = r"\1{ valueOf: () => (globalThis.patient ? \2 : \2 / 10) }"
    meddled, times = re.subn(r"((?:OPEN|SILENT)_MS = )([\d_]+)", asking, source)
    assert times == 2
    page.route("**/js/work/watch.js", lambda route: route.fulfill(body=meddled, content_type="text/javascript"))
    page.add_init_script(f"globalThis.patient = {str(patient).lower()};")
    page.goto(f"{desk.url}/work/j1/")


def be_patient(page: Page, patient: bool) -> None:
    page.evaluate("patient => { globalThis.patient = patient; }", patient)


def shown(page: Page, number: int) -> None:
    expect(page.frame_locator("iframe.shown").get_by_text(f"Number {number}")).to_be_visible()


def test_a_task_that_does_not_open_is_told_reported_and_can_be_declined(desk: Desk, page: Page) -> None:
    open_page(desk, page, only_in(1, ENDLESS))

    expect(page.get_by_role("heading", name="This task does not open")).to_be_visible()
    once_it_is({"key-1": "unopened"}, lambda: desk.stuck, page)
    page.locator("#panel").get_by_role("button", name="Decline or give back").click()
    page.get_by_label("It does not load").check()
    page.locator("#decline .btn-primary").click()
    shown(page, 2)
    once_it_is({"key-1": "does not load"}, lambda: desk.declined, page)


def test_the_next_task_that_never_ends_takes_the_one_in_hand_only_for_a_moment(desk: Desk, page: Page) -> None:
    open_page(desk, page, only_in(2, ENDLESS))

    once_it_is({"key-2": "unopened"}, lambda: desk.stuck, page)

    shown(page, 1)
    expect(page.locator("#panel")).to_be_hidden()


def test_a_task_that_falls_silent_is_tried_again_with_its_draft(desk: Desk, page: Page) -> None:
    open_page(desk, page, only_in(1, LEAVES_LATER), patient=True)
    field = page.frame_locator("iframe.shown").get_by_label("A")
    expect(field).to_be_focused()
    field.fill("half done")
    expect(page.locator("#saved [data-word]")).to_have_text("Kept on this device")
    page.frame_locator("iframe.shown").get_by_text("Number 1").dblclick()
    be_patient(page, False)
    expect(page.get_by_role("heading", name="The task has stopped answering")).to_be_visible()
    once_it_is({"key-1": "silent"}, lambda: desk.stuck, page)
    be_patient(page, True)
    page.get_by_role("button", name="Try again").click()
    shown(page, 1)
    expect(field).to_have_value("half done")


def test_a_visit_that_ended_while_it_opened_a_task_does_not_open_it_unasked(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/blank/")
    page.evaluate("localStorage.setItem('groundtruth-work-opening', JSON.stringify({ 'key-1': Date.now() - 60000 }))")
    open_page(desk, page, FORM)

    expect(page.get_by_role("heading", name="This task does not open")).to_be_visible()
    expect(page.locator("iframe.shown")).to_have_count(0)
    once_it_is({"key-1": "unopened"}, lambda: desk.stuck, page)
    page.get_by_role("button", name="Try again").click()
    shown(page, 1)
    expect(page.locator("#panel")).to_be_hidden()
    assert once_it_is(None, lambda: page.evaluate("localStorage.getItem('groundtruth-work-opening')"), page) is None
