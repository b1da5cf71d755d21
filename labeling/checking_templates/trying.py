"""One template, tried: rendered with a sample or a given input, shown in the frame, filled in and submitted."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Timer
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Frame,
    Page,
    Playwright,
    ViewportSize,
    sync_playwright,
)
from playwright.sync_api import Error as BrowserError

from groundtruth import chromium
from labeling import templating
from labeling.checking_templates import hand, site
from labeling.checking_templates.outcome import Outcome
from labeling.sample_input import sample_input
from labeling.sample_media import stand_in
from labeling.templating import TemplateError

READY_MS = 20_000
NEVER_ENDS = "A script of the template never ends: the browser had to be stopped."
SCREEN: ViewportSize = {"width": 1440, "height": 900}


class Runner:
    """A headless Chromium that ends with a template which never does, and begins anew for the next."""

    def __init__(self, playwright: Playwright, patience_seconds: float) -> None:
        self.playwright = playwright
        self.patience_seconds = patience_seconds
        self.browser: Browser | None = None
        self.pid = 0
        self.is_hung = False

    @contextmanager
    def context(self) -> Iterator[BrowserContext]:
        """Give a fresh profile. What lasts too long loses its browser: the driver knows no other way out of a loop."""
        context = self._running().new_context(viewport=SCREEN)
        self.is_hung = False
        watchdog = Timer(self.patience_seconds, self._end)
        watchdog.start()
        try:
            yield context
            context.close()
        finally:
            watchdog.cancel()

    def _running(self) -> Browser:
        if self.browser is None or not self.browser.is_connected():
            self.browser = self.playwright.chromium.launch(executable_path=chromium.program(), args=chromium.FLAGS)
            told = self.browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
            self.pid = next(one["id"] for one in told["processInfo"] if one["type"] == "browser")
        return self.browser

    def _end(self) -> None:
        self.is_hung = True
        os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        if self.browser is not None:
            self.browser.close()


@contextmanager
def runner(patience_seconds: float) -> Iterator[Runner]:
    """Run a headless Chromium until the block ends. `patience_seconds`: for one template."""
    with sync_playwright() as playwright:
        running = Runner(playwright, patience_seconds)
        try:
            yield running
        finally:
            running.close()


def try_template(runner: Runner, source: str, task_input: Mapping[str, Any] | None = None) -> Outcome:
    """Return what comes of a template; without an input a sample is made for it."""
    outcome = Outcome()
    try:
        given = sample_input(source) if task_input is None else task_input
        html = templating.render(source, given, sign=stand_in)
    except TemplateError as why:
        outcome.add_error(str(why))
        return outcome
    try:
        with runner.context() as context:
            context.route("**/*", site.answer_to(outcome.add_blocked))
            _show(context.new_page(), html, outcome)
    except BrowserError as problem:
        outcome.add_error(NEVER_ENDS if runner.is_hung else problem.message.partition("\n")[0])
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
    for address in page.evaluate("heard.blocked"):
        outcome.add_blocked(address)
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
        outcome.add_error("The elements never stood: a script of the template may never end, or took the frame away.")
        return None
    for tag in said["unknown"]:
        outcome.add_error(f"There is no element <{tag}>.")
    handle = page.query_selector("iframe")
    return handle.content_frame() if handle else None


def _hear(message: ConsoleMessage, outcome: Outcome) -> None:
    if message.type == "error":
        outcome.hear_console(re.sub(r"\s+", " ", message.text), message.location.get("url", ""))
