"""What axe finds on a page and inside its frames: a sandboxed frame is a document that axe on the page does not see."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

WHOLE_PAGE = ("document-title", "region", "landmark-one-main", "page-has-heading-one")  # the frame's page has these
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def faults(page: Page) -> list[tuple[str, list[str]]]:
    """Return each rule that is broken with the HTML that breaks it, on the page and in the tasks that it holds."""
    shown = page.query_selector("iframe.shown")  # beside it are frames that come and go
    frames = [shown.content_frame()] if shown else page.frames
    tasks = [frame for frame in frames if frame and frame.query_selector("crowd-form")]
    return [*_run(page, ()), *(found for task in tasks for found in _run(task, WHOLE_PAGE))]


def frame_faults(page: Page) -> list[tuple[str, list[str]]]:
    """Return what is wrong in the last frame alone, for tests whose page is only a place for it."""
    return _run(page.frames[-1], WHOLE_PAGE)


def _run(place: Page | Frame, left_out: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    found = Axe().run(place, options=RULES).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found if rule["id"] not in left_out]
