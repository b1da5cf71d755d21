"""The worker's own keys, instructions that must be read first, and the mark that deters saving, in a real browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect

from tests.browser.portal import once_it_is
from tests.browser.test_work_page import answer_with, arrived, desk, label, shown, start  # noqa: F401  # fixtures
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
Start = Callable[[], FrameLocator]


def change(page: Page, words: str, key: str) -> None:
    page.locator("[data-own-keys]").get_by_role("button", name=f"“{words}”").click()
    page.keyboard.press(key)


def said(page: Page) -> Locator:
    return page.locator("#keys [data-said]")


def test_a_key_of_the_tool_and_one_of_the_page_swap_and_hints_follow(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    frame = start()
    page.get_by_role("button", name="Keys").click()
    change(page, "Dirty", "p")
    expect(said(page)).to_have_text("p now stands for “Dirty”, and 2 for “Pause and go on”")
    change(page, "Faded", "w")
    expect(said(page)).to_have_text("w now stands for “Faded”")
    page.wait_for_timeout(200)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(frame.locator('[data-category="Dirty"] kbd')).to_have_text("p")
    expect(frame.locator('[data-category="Faded"]')).to_have_attribute("aria-keyshortcuts", "w")

    answer_with(page, "p")
    answer_with(page, "w")
    arrived(desk, page, 2)
    page.keyboard.press("2")

    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(page.locator("#resume kbd")).to_have_text("2")
    assert desk.keys == {"2": "p", "p": "2", "3": "w", "w": "3"}
    assert list(desk.stored.values()) == [label("Dirty"), label("Faded")]


def test_own_keys_are_there_at_the_next_visit_and_can_be_reset(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    desk.keys = {"4": "k", "k": "4"}
    start()
    answer_with(page, "k")
    page.get_by_role("button", name="Keys").click()
    page.get_by_role("dialog").get_by_role("button", name="All as at first").click()
    page.wait_for_timeout(200)
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    expect(shown(page).locator('[data-category="Covered"] kbd')).to_have_text("4")
    answer_with(page, "4")
    arrived(desk, page, 2)

    assert desk.keys == {}
    assert list(desk.stored.values()) == [label("Covered")] * 2


def test_a_key_that_cannot_be_used_is_told_and_escape_keeps_the_old(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    start()
    page.get_by_role("button", name="Keys").click()
    change(page, "Decline", "F5")
    expect(said(page)).to_have_text("That key cannot be used. Choose a letter, a digit or a sign.")
    page.keyboard.press("Escape")

    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("[data-own-keys]").get_by_role("button", name="“Decline”")).to_have_text("d")
    assert desk.keys == {}


def test_new_instructions_cover_the_task_until_they_are_read(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    desk.more = {"readFirst": "7", "worker": "wei"}
    page.goto(f"{desk.url}/work/j1/")
    dialog = page.get_by_role("dialog", name="Full instructions")
    expect(dialog).to_contain_text("Judge as a driver would.")
    expect(dialog).to_contain_text("All of it.")
    for _ in range(3):
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    page.keyboard.press("1")
    expect(dialog).to_be_visible()
    covered = page.evaluate("getComputedStyle(document.getElementById('full'), '::backdrop').backgroundColor")
    dialog.get_by_role("button", name="I have read them").click()
    answer_with(page, "1")
    arrived(desk, page, 1)

    assert not covered.startswith("rgba")  # nothing shines through
    assert desk.deliveries == ["key-1"]


def test_they_are_shown_again_for_another_version_only(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    desk.more = {"readFirst": "7", "worker": "wei"}
    page.goto(f"{desk.url}/work/j1/")
    page.get_by_role("button", name="I have read them").click()
    once_it_is(1, lambda: desk.reads, page)
    start()
    expect(page.get_by_role("dialog")).to_have_count(0)

    for more in ({"readFirst": "8", "worker": "wei"}, {"readFirst": "7", "worker": "ann"}):
        desk.more = more
        page.reload()
        expect(page.get_by_role("dialog", name="Full instructions")).to_be_visible()


def test_a_mark_lies_over_the_object_and_saving_is_made_harder(
    desk: Desk,  # noqa: F811
    page: Page,
    start: Start,  # noqa: F811
    console_errors: list[str],
) -> None:
    desk.more = {"mark": "private.wei-7"}
    frame = start()
    mark = frame.locator(".crowd-mark")
    expect(mark).to_have_css("pointer-events", "none")
    assert "wei-7" in mark.evaluate("(node) => node.style.backgroundImage")
    stopped = frame.locator("img").evaluate(
        """(image) => ["contextmenu", "dragstart"].map((type) =>
            !image.dispatchEvent(new Event(type, { bubbles: true, cancelable: true, composed: true })))"""
    )
    page.emulate_media(media="print")
    in_print = frame.locator("html").evaluate("(node) => getComputedStyle(node).display")
    page.emulate_media(media="screen")
    answer_with(page, "1")

    expect(page.frame_locator("iframe.shown").locator(".crowd-mark")).to_have_count(1)
    expect(page.locator("#guide")).to_contain_text("private.wei-7")
    assert (stopped, in_print, console_errors) == ([True, True], "none", [])


def test_without_the_wish_there_is_no_mark(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    frame = start()

    expect(frame.locator(".crowd-mark")).to_have_count(0)
