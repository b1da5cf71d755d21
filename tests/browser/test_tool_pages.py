"""Each tool on the labelling page, wide and dark, narrow and light, in both directions: nothing axe knows is wrong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from labeling.checking_templates import hand
from tests.browser.elements import PLAIN
from tests.browser.faults import faults
from tests.browser.work_server import Desk, serve
from tests.conftest import ROOT

pytestmark = pytest.mark.browser
FOLDER = ROOT / "templates" / "tasks"
TEXT = (
    "Ada Lovelace met Charles Babbage in London in 1833. He showed her a part of his Difference Engine; she wrote "
    "the notes on the Analytical Engine that made both of them known.\n\nמארי קירי נולדה בוורשה."
)
GUIDE = {
    "short": ["Judge as a driver would."],
    "full": "All of it.",
    "good": {"caption": "Clear.", "url": "/store/4.svg"},
}
SHOTS = os.environ.get("TOOL_PICTURES")  # a folder in which to keep what each page looks like


@dataclass
class Told(Desk):
    """A stand-in whose tasks have what one type gives to its template."""

    input: dict[str, Any] = field(default_factory=dict)

    def task_input(self, number: int) -> dict[str, Any]:
        return {**super().task_input(number), **self.input}


RANKS = {"text": TEXT, "responses": ["Ada wrote notes.", "Babbage did it all.", "Nobody knows."], "dimensions": [
    {"name": "Helpful", "allowTie": False}, {"name": "True", "allowTie": True}
]}  # fmt: skip
BOXES = {"annotations": [{"class_id": 0, "left": 100, "top": 80, "width": 200, "height": 160}]}
TYPES: dict[str, dict[str, Any]] = {
    "image_classification": {},
    "image_multilabel": {},
    "bounding_box": {},
    "polygon": {},
    "polyline": {},
    "keypoint": {},
    "semantic_segmentation": {},
    "instance_segmentation": {},
    "text_classification": {"taskObject": TEXT},
    "text_multilabel": {"taskObject": TEXT},
    "named_entity": {"taskObject": TEXT},
    "text_ranking": RANKS,
    "text_answer": {"taskObject": TEXT},
}
VIEWS = {"wide": (1440, 900, "dark", "en"), "narrow": (390, 844, "light", "he")}


@contextmanager
def shown(kind: str, view: str, page: Page) -> Iterator[None]:
    width, height, theme, language = VIEWS[view]
    page.set_viewport_size({"width": width, "height": height})
    page.add_init_script(f"localStorage.setItem('groundtruth-work-theme', '{theme}')")
    template = (FOLDER / f"{kind}.liquid.html").read_text()
    with serve(Told(template, guide=dict(GUIDE), input=TYPES[kind], language=language)) as desk:
        page.goto(f"{desk.url}/work/j1/")
        expect(page.locator("iframe.shown")).to_be_visible()
        expect(page.locator("#panel")).to_be_hidden()
        yield


def work_on(page: Page) -> None:
    """Fill in and draw what the tool takes, without sending it."""
    element = page.query_selector("iframe.shown")
    frame = element.content_frame() if element else None
    assert frame is not None
    hand.fill_in(page, frame)


def picture(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png")


@pytest.fixture(autouse=True)
def plain_names(settings: Settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}


FIXED = {
    "polygon": ["Enter", "Backspace", "Esc", "Tab", "← ↑ → ↓", "Ctrl C", "Ctrl V", "Ctrl Z", "Ctrl Y", "Space"],
    "named_entity": ["← ↑ → ↓", "Tab", "Ctrl Z", "Ctrl Y"],
}


@pytest.mark.parametrize(("kind", "view"), [("polygon", "narrow"), ("named_entity", "wide")])
def test_the_dialog_of_keys_names_those_that_cannot_be_changed(kind: str, view: str, page: Page) -> None:
    with shown(kind, view, page):
        page.evaluate("document.querySelector('[data-act=\"?\"]').click()")
        expect(page.get_by_role("dialog")).to_be_visible()
        picture(page, f"keys-{kind}-{view}")

        keys = page.locator("#keys dt").all_inner_texts()[3:]
        assert [" ".join(key.split()) for key in keys] == FIXED[kind]
        assert faults(page) == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("kind", TYPES)
def test_a_tool_at_work_has_no_fault_that_axe_knows_and_fits_its_page(kind: str, view: str, page: Page) -> None:
    with shown(kind, view, page):
        work_on(page)
        picture(page, f"{kind}-{view}")

        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == VIEWS[view][0]
        frame = page.frame_locator("iframe.shown").locator("html")
        assert frame.evaluate("html => html.scrollWidth - html.clientWidth") == 0
        assert frame.evaluate("html => getComputedStyle(html).colorScheme") == VIEWS[view][2]
        assert frame.get_attribute("dir") == ("rtl" if view == "narrow" else "ltr")
