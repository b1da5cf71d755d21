"""A question on the item in hand, in a real browser: it is asked, and its answer comes back beside the item."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.portal import once_it_is
from tests.browser.test_work_page import answer_with, desk, start  # noqa: F401  # fixtures
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
# The page's beat comes every half minute; here twice a second.
HASTE = "const wait = setInterval; globalThis.setInterval = (act, ms) => wait(act, ms === 30000 ? 500 : ms);"
Start = Callable[[], FrameLocator]


def test_a_question_is_asked_and_its_answer_comes_back_on_the_item(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    page.add_init_script(HASTE)
    start()
    page.get_by_role("button", name="Ask about this item").click()
    page.get_by_role("dialog").get_by_role("button", name="Ask").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("Write your question.")
    page.get_by_role("textbox", name="Your question").fill("Is <b>snow</b> dirt?")
    page.get_by_role("dialog").get_by_role("button", name="Ask").click()

    rows = page.locator("#questions li")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Is <b>snow</b> dirt?")
    expect(rows).to_contain_text("Not answered yet")
    desk.questions[0]["answer"] = "No, only what stays."
    expect(rows).to_contain_text("No, only what stays.")
    for _ in range(50):
        if desk.questions[0]["seen"]:
            break
        page.wait_for_timeout(100)

    assert (desk.questions[0]["task"], desk.questions[0]["seen"]) == ("a1", True)
    expect(page.locator("#announce")).to_have_text("Your question is answered, beside the task")


def test_the_question_stays_with_its_item(desk: Desk, page: Page, start: Start) -> None:  # noqa: F811
    desk.questions = [{"id": 1, "task": "a2", "text": "Why?", "answer": "Because.", "seen": False}]
    start()
    expect(page.locator("#questions")).to_be_hidden()

    answer_with(page, "1")

    expect(page.locator("#questions li")).to_contain_text("Because.")


def test_an_answer_in_a_folded_guide_is_told_on_its_button_and_not_yet_seen(
    desk: Desk,  # noqa: F811
    page: Page,
    start: Start,  # noqa: F811
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.add_init_script(HASTE)
    desk.questions = [{"id": 1, "task": "a1", "text": "Why?", "answer": "Because.", "seen": False}]
    start()
    button = page.get_by_role("button", name="Guide: your question is answered")
    expect(button).to_be_visible()
    page.wait_for_timeout(1500)  # three beats
    seen_before = desk.questions[0]["seen"]

    button.click()

    expect(page.locator("#questions li")).to_be_visible()
    assert once_it_is(True, lambda: desk.questions[0]["seen"], page)
    assert not seen_before
    expect(page.get_by_role("button", name="Guide", exact=True)).to_have_count(1)
