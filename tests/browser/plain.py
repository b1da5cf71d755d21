"""HTML of the plain crowd- elements for the tests that mount them, and hands to work them with."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import FloatRect, FrameLocator, Locator, Page

FIELDS = """
  <crowd-input name="word" label="Word"></crowd-input><crowd-input name="empty" label="Empty"></crowd-input>
  <crowd-input name="preset" value="given"></crowd-input>
  <crowd-input name="day" type="date" label="Day"></crowd-input>
  <crowd-input name="count" type="number" value="3"></crowd-input>
  <crowd-input name="off" value="x" disabled></crowd-input>
  <crowd-input value="nameless"></crowd-input><crowd-input name="file" type="file"></crowd-input>
  <crowd-text-area name="lines" label="Lines"></crowd-text-area><crowd-text-area name="none"></crowd-text-area>
  <label>Around <crowd-input name="around"></crowd-input></label>
"""
FLAGS = """
  <crowd-checkbox name="image" value="blurry">Blurry</crowd-checkbox>
  <crowd-checkbox name="image" value="dim" checked>Dim</crowd-checkbox>
  <crowd-checkbox name="image" value="gone" disabled checked>Gone</crowd-checkbox>
  <crowd-checkbox name="one">One</crowd-checkbox>
  <crowd-toggle-button name="t" value="v">Toggle</crowd-toggle-button>
  <crowd-toggle-button name="t2" checked>Other</crowd-toggle-button>
  <crowd-radio-group><crowd-radio-button name="tech" value="tech">Tech</crowd-radio-button>
    <crowd-radio-button name="arts" value="arts" checked>Arts</crowd-radio-button>
    <crowd-radio-button name="none">None</crowd-radio-button></crowd-radio-group>
  <crowd-radio-button name="loose" value="1" checked>Loose 1</crowd-radio-button>
  <crowd-radio-button name="loose" value="2">Loose 2</crowd-radio-button>
  <label><crowd-checkbox name="outer"></crowd-checkbox> Outer text</label>
"""
SLIDERS = """
  <crowd-slider name="how" min="1" max="10" step="1" pin="true" aria-label="How">
    <crowd-slider-label position="1">Low</crowd-slider-label>
    <crowd-slider-label position="10">High</crowd-slider-label></crowd-slider>
  <crowd-slider name="half" min="0" max="1" step="0.25" value="0.5" aria-label="Half"></crowd-slider>
  <crowd-slider name="typed" editable aria-label="Typed"></crowd-slider>
  <crowd-slider name="off" disabled value="3"></crowd-slider>
"""


def form(inner: str, script: str = "") -> str:
    return f"<crowd-form>{inner}</crowd-form>" + (f"<script>{script}</script>" if script else "")


def submit(frame: FrameLocator) -> None:
    frame.get_by_role("button", name="Submit").click()


def run(page: Page, script: str) -> Any:
    """Run a script in the frame, as the template could."""
    return page.frames[-1].evaluate(script)


def place(locator: Locator) -> FloatRect:
    """Where something stands on the page."""
    box = locator.bounding_box()
    assert box is not None
    return box
