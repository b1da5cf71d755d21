"""One template, tried: rendered with a sample or a given input, shown in the frame, filled in and submitted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, ViewportSize, sync_playwright
from playwright.sync_api import Error as BrowserError

from groundtruth import chromium
from labeling import templating
from labeling.checking_templates import hand, site
from labeling.checking_templates.outcome import Outcome
from labeling.sample_input import sample_input
from labeling.sample_media import stand_in
from labeling.templating import TemplateError

READY_MS = 20_000
SCREEN: ViewportSize = {"width": 1440, "height": 900}


@contextmanager
def browser() -> Iterator[Browser]:
    """Run a headless Chromium until the block ends."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium.program(), args=chromium.FLAGS)
        try:
            yield started
        finally:
            started.close()


def try_template(browser: Browser, source: str, task_input: Mapping[str, Any] | None = None) -> Outcome:
    """Return what comes of a template; without an input a sample is made for it."""
    outcome = Outcome()
    try:
        given = sample_input(source) if task_input is None else task_input
        html = templating.render(source, given, sign=stand_in)
    except TemplateError as why:
        outcome.add_error(str(why))
        return outcome
    context = browser.new_context(viewport=SCREEN)
    try:
        context.route("**/*", site.answer_to(outcome.add_blocked))
        _show(context.new_page(), html, outcome)
    except BrowserError as problem:
        outcome.add_error(problem.message.partition("\n")[0])
    finally:
        context.close()
    outcome.settle()
    return outcome


def _show(page: Page, html: str, outcome: Outcome) -> None:
    page.set_default_timeout(READY_MS)
    page.on("console", lambda message: _hear(message, outcome))
    page.on("pageerror", lambda error: outcome.hear_thrown(f"{error.name}: {error.message}", error.stack or ""))
    page.goto(site.ORIGIN + "/")
    frame = _mount(page, html, outcome)
    if frame is None:
        return
    outcome.rendered = True
    outcome.elements = frame.evaluate(
        "[...new Set([...document.querySelectorAll('*')].map((node) => node.localName))]"
        ".filter((name) => name.startsWith('crowd-') || name === 'iron-icon').sort()"
    )
    outcome.answer = hand.work(page, frame)
    outcome.submitted = outcome.answer is not None
    if not outcome.submitted:
        reasons = frame.evaluate(hand.script("trouble")) or ["the template stopped it, or it has no form"]
        outcome.add_error("Not submitted: " + "; ".join(reasons))


def _mount(page: Page, html: str, outcome: Outcome) -> Frame | None:
    """Show the task; return its frame, None where its elements never stood."""
    # Not awaited: a frame that never stands shall end in words, not in the driver's own time limit.
    begin = f"(task) => {{ ({hand.script('mount')})(task).then((said) => {{ globalThis.said = said; }}); }}"
    page.evaluate(begin, {"html": html, "modules": site.modules()})
    for _moment in range(READY_MS // 100):
        said = page.evaluate("globalThis.said ?? null")
        if said is not None:
            break
        page.wait_for_timeout(100)
    else:
        outcome.add_error("The elements never stood.")
        return None
    for tag in said["unknown"]:
        outcome.add_error(f"There is no element <{tag}>.")
    handle = page.query_selector("iframe")
    return handle.content_frame() if handle else None


def _hear(message: ConsoleMessage, outcome: Outcome) -> None:
    if message.type == "error":
        outcome.hear_console(re.sub(r"\s+", " ", message.text), message.location.get("url", ""))
