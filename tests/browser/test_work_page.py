"""The labelling page in a real browser, against a stand-in server that fails on demand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from pytest_django import Settings

from tests.browser.portal import once_it_is
from tests.browser.work_server import Desk, serve

pytestmark = pytest.mark.browser
TEMPLATE = (Path(__file__).resolve().parents[2] / "templates/tasks/image_classification.liquid.html").read_text()
PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
GUIDE = {
    "short": ["Judge as a driver would."],
    "full": "All of it.",
    "good": {"caption": "Leaves hide it.", "url": "/store/4.svg"},
}


def label(name: str) -> dict[str, Any]:
    return {"crowd-image-classifier": {"label": name}}


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    with serve(Desk(TEMPLATE, guide=dict(GUIDE))) as running:
        yield running


@pytest.fixture
def start(desk: Desk, page: Page) -> Callable[[], FrameLocator]:
    def open_page() -> FrameLocator:
        page.goto(f"{desk.url}/work/j1/")
        return shown(page)

    return open_page


def shown(page: Page) -> FrameLocator:
    """The frame of the task on screen, once its element stands."""
    frame = page.frame_locator("iframe.shown")
    expect(frame.get_by_role("radio").first).to_be_visible()
    return frame


def number(page: Page) -> str:
    """Which task is on screen."""
    image = page.frame_locator("iframe.shown").locator("img")
    expect(image).to_have_class(re.compile("there"))
    return (image.get_attribute("src") or "").rsplit("/", 1)[1].removesuffix(".svg")


def answer_with(page: Page, key: str) -> None:
    """Press a key on the task and wait for the next one."""
    before = number(page)
    page.keyboard.press(key)
    expect(page.frame_locator("iframe.shown").locator(f'img[src$="/{before}.svg"]')).to_have_count(0)
    shown(page)
    number(page)


def arrived(desk: Desk, page: Page, count: int) -> None:
    """Wait until the server holds this many answers and the page knows it."""
    once_it_is(True, lambda: len(desk.stored) >= count, page)
    saved(page, "Saved")


def saved(page: Page, text: str) -> None:
    expect(page.locator("#saved [data-word]")).to_have_text(text)


def test_one_key_answers_and_brings_the_next(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    start()

    for key in "1234":
        answer_with(page, key)
    arrived(desk, page, 4)

    assert list(desk.stored.values()) == [label(name) for name in ("Readable", "Dirty", "Faded", "Covered")]
    expect(page.locator("#count")).to_have_text("4 done today, 36 left for you")


def test_a_click_answers_too_and_the_element_modules_are_fetched_once(desk: Desk, page: Page) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url) if "/static/crowd/" in request.url else None)
    page.goto(f"{desk.url}/work/j1/")

    shown(page)
    assert number(page) == "1"
    shown(page).get_by_role("radio", name="Dirty").click()
    expect(page.frame_locator("iframe.shown").locator('img[src$="/2.svg"]')).to_have_count(1)
    shown(page).get_by_role("radio", name="Faded").click()
    arrived(desk, page, 2)

    assert list(desk.stored.values()) == [label("Dirty"), label("Faded")]
    assert len(fetched) == len(set(fetched)) > 0


def test_nothing_breaks_the_policies(desk: Desk, page: Page, console_errors: list[str]) -> None:
    page.goto(f"{desk.url}/work/j1/")
    shown(page)
    answer_with(page, "1")
    saved(page, "Saved")

    assert console_errors == []


def test_a_reply_that_is_lost_leaves_the_answer_on_the_device_and_it_arrives_once(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    start()
    desk.lose_replies = True

    answer_with(page, "2")
    saved(page, "Kept on this device")
    desk.lose_replies = False
    arrived(desk, page, 1)

    assert len(desk.deliveries) >= 2
    assert set(desk.deliveries) == {"key-1"}
    assert desk.stored == {"key-1": label("Dirty")}


def test_work_goes_on_without_a_network_and_answers_are_sent_when_it_is_back(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    start()
    expect(page.locator("iframe")).to_have_count(3)
    expect(page.locator("iframe").nth(1).content_frame.locator("img.there")).to_have_count(1)
    page.wait_for_timeout(500)
    page.context.set_offline(True)

    answer_with(page, "1")
    page.keyboard.press("2")
    saved(page, "2 kept on this device")
    expect(page.locator("#panel h2")).to_have_text("No network")
    assert desk.stored == {}

    page.context.set_offline(False)
    saved(page, "Saved")
    assert desk.stored == {"key-1": label("Readable"), "key-2": label("Dirty")}
    shown(page)
    assert number(page) == "3"


def test_a_reload_sends_what_was_left_first(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    start()
    desk.fail_next = [(503, {})] * 2
    answer_with(page, "3")
    saved(page, "Kept on this device")

    desk.fail_next = []
    start()
    arrived(desk, page, 1)

    assert desk.stored == {"key-1": label("Faded")}
    assert number(page) == "2"


def test_signing_in_again_in_another_tab_loses_nothing(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    start()
    desk.signed_in = False

    page.keyboard.press("1")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    saved(page, "Kept on this device")
    assert desk.stored == {}

    desk.signed_in = True
    # Coming back to the tab may have found the session before the button is met: both ways lead on.
    page.evaluate("document.querySelector('dialog [data-again]').click()")
    expect(dialog).to_be_hidden()
    arrived(desk, page, 1)
    assert desk.stored == {"key-1": label("Readable")}


def test_a_late_answer_is_told_and_its_copy_kept_until_dismissed(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    start()
    desk.fail_next = [(409, {"error": {"code": "late", "message": "The time was over.", "problems": []}})]

    answer_with(page, "2")
    expect(page.locator("#trouble")).to_contain_text("Too late")
    expect(page.locator("#trouble")).to_contain_text("The time was over.")
    kept = page.locator("#kept")
    expect(kept).to_contain_text("Dirty")

    start()
    kept.locator("summary").click()
    assert json.loads(kept.locator("pre").inner_text()) == label("Dirty")
    kept.get_by_role("button", name="Dismiss").click()
    expect(kept).to_be_hidden()
    start()
    expect(kept).to_be_hidden()
    assert desk.stored == {}


def test_an_invalid_answer_comes_back_on_screen(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    start()
    error = {"code": "invalid", "message": "This cannot be.", "problems": ["Dirty is no category."]}
    desk.fail_next = [(400, {"error": error})]

    page.keyboard.press("2")
    expect(page.locator("#trouble li")).to_have_text("Dirty is no category.")
    assert number(page) == "1"
    expect(shown(page).get_by_role("radio", name="Dirty")).to_be_checked()

    answer_with(page, "1")
    arrived(desk, page, 1)
    assert desk.stored == {"key-1": label("Readable")}
    assert number(page) == "2"


def test_u_goes_back_and_a_new_answer_corrects(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    start()
    answer_with(page, "1")
    answer_with(page, "2")

    page.keyboard.press("u")
    expect(page.locator("#back")).to_contain_text("Earlier answer 1 of 2")
    assert number(page) == "2"
    expect(shown(page).get_by_role("radio", name="Dirty")).to_be_checked()
    page.keyboard.press("Backspace")
    expect(page.locator("#back")).to_contain_text("Earlier answer 2 of 2")
    shown(page)
    page.wait_for_function("() => document.activeElement?.classList.contains('shown')")
    page.keyboard.press("5")

    expect(page.locator("#back")).to_be_hidden()
    for _ in range(100):  # the page is saved before it begins to send, too
        if desk.corrected:
            break
        page.wait_for_timeout(50)
    assert desk.corrected == {"a1": label("Bent or turned")}
    assert number(page) == "3"


def test_declining_needs_a_reason_and_brings_the_next(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    start()

    page.keyboard.press("d")
    dialog = page.get_by_role("dialog", name="Decline this task")
    dialog.get_by_role("button", name="Decline", exact=True).click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    dialog.get_by_role("radio", name="Another reason").check()
    dialog.get_by_label("In your words").fill("upside down")
    dialog.get_by_role("button", name="Decline", exact=True).click()

    expect(dialog).to_be_hidden()
    shown(page)
    assert number(page) == "2"
    saved(page, "Saved")
    assert desk.declined == {"key-1": "other: upside down"}


def test_pause_covers_the_task_and_its_time_limit_runs_on(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    start()

    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    expect(page.locator("#timer b")).to_have_text(re.compile("^2:00|1:59$"))
    expect(page.locator("#timer b")).to_have_text("1:57", timeout=8_000)  # it says what the server will hold to
    page.keyboard.press("1")  # nothing is answered under the cover
    page.keyboard.press("p")

    expect(page.locator("#timer b")).to_have_text(re.compile("^1:5[0-5]$"))
    assert number(page) == "1"
    assert desk.stored == {}
    answer_with(page, "1")
    arrived(desk, page, 1)
    assert desk.stored == {"key-1": label("Readable")}


def test_a_draft_outlives_a_reload(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    frame = start()
    frame.get_by_role("button", name="Add a comment").click()
    frame.get_by_label("Add a comment").fill("half of it is hidden")
    saved(page, "Kept on this device")

    frame = start()
    expect(frame.get_by_label("Add a comment").last).to_have_value("half of it is hidden")
    frame.get_by_role("radio", name="Covered").click()
    frame.get_by_role("button", name="Submit").click()
    saved(page, "Saved")

    arrived(desk, page, 1)
    expected = {"crowd-image-classifier": {"label": "Covered", "workerComment": "half of it is hidden"}}
    assert desk.stored == {"key-1": expected}


def test_the_last_task_is_followed_by_a_sentence(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    desk.total = 1
    start()

    page.keyboard.press("1")

    arrived(desk, page, 1)
    expect(page.locator("#panel h2")).to_have_text("No more tasks for now")
    assert desk.stored == {"key-1": label("Readable")}


def test_a_preview_sends_nothing(desk: Desk, page: Page, start: Callable[[], FrameLocator]) -> None:
    desk.preview = True
    start()

    page.keyboard.press("4")

    dialog = page.get_by_role("dialog", name="The answer, as it would be sent")
    assert json.loads(dialog.locator("pre").inner_text()) == label("Covered")
    assert desk.deliveries == []


def test_a_preview_tells_the_author_what_the_browser_refused(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    desk.preview = True
    desk.template = (
        "<script src='https://library.example/chart.js'></script><script>nothing.there()</script>"
        f"<img src='https://pictures.example/a.png' alt=''><crowd-thing></crowd-thing>{TEMPLATE}"
    )
    page.goto(f"{desk.url}/work/j1/")

    expect(page.locator("#reports li")).to_have_count(4)
    assert sorted(page.locator("#reports li").all_text_contents()) == [
        "Error: Uncaught ReferenceError: nothing is not defined (line 1)",
        "No such element: <crowd-thing>",
        "Refused: https://library.example/chart.js",
        "Refused: https://pictures.example/a.png",
    ]


def test_a_worker_is_not_told_what_the_browser_refused(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    desk.template = f"<script src='https://library.example/chart.js'></script>{TEMPLATE}"
    start()

    expect(page.locator("#reports")).to_be_hidden()


def test_instructions_of_the_template_come_out_harmless(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    region = '<p onclick="x()">Mind the <b>edge</b><script>top.hacked=1</script></p>'
    regions = f"<short-instructions>{region}</short-instructions>"
    desk.template = TEMPLATE.replace("<worker-comment></worker-comment>", regions)
    start()

    guide = page.locator("#guide-regions")
    expect(guide).to_have_text("Mind the edge")
    assert guide.locator("section").inner_html() == "<p>Mind the <b>edge</b></p>"


def test_a_template_cannot_reach_the_page_nor_the_network(
    desk: Desk, page: Page, start: Callable[[], FrameLocator]
) -> None:
    desk.template = (
        TEMPLATE
        + """<script>
      const tries = {};
      const attempt = (name, act) => { try { tries[name] = String(act()); } catch { tries[name] = "refused"; } };
      attempt("parent", () => parent.document.title);
      attempt("cookie", () => document.cookie);
      attempt("storage", () => localStorage.length);
      fetch("/api/claim").then(() => { tries.fetch = "done"; }, () => { tries.fetch = "refused"; })
        .then(() => { document.documentElement.dataset.tries = JSON.stringify(tries); });
    </script>"""
    )
    frame = start()

    root = frame.locator("html[data-tries]")
    expect(root).to_have_count(1)
    tries = json.loads(root.get_attribute("data-tries") or "{}")
    assert tries == {"parent": "refused", "cookie": "", "storage": "0", "fetch": "refused"}


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_nothing_scrolls_and_everything_is_on_screen(
    desk: Desk, page: Page, start: Callable[[], FrameLocator], width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    frame = start()

    assert page.evaluate(
        "document.scrollingElement.scrollHeight <= innerHeight && document.body.scrollWidth <= innerWidth"
    )
    for button in frame.get_by_role("radio").all():
        expect(button).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Decline")).to_be_in_viewport(ratio=1)


def test_touch_alone_is_enough(desk: Desk, page: Page, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    phone.goto(f"{desk.url}/work/j1/")

    shown(phone).get_by_role("radio", name="Faded").tap()
    arrived(desk, phone, 1)
    phone.get_by_role("button", name="Guide").first.tap()
    expect(phone.get_by_text("Judge as a driver would.")).to_be_visible()

    assert desk.stored == {"key-1": label("Faded")}
    context.close()
