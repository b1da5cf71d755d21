"""A hand that works in a task's frame: fills fields in, draws a shape in each tool, selects a word, submits."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Frame, Mouse, Page

Point = tuple[float, float]  # in shares of the picture's width and height
DRAGS = ("crowd-bounding-box", "crowd-line", "crowd-semantic-segmentation", "crowd-instance-segmentation")
CLICKS: dict[str, tuple[Point, ...]] = {  # the last click ends the shape
    "crowd-polygon": ((0.3, 0.3), (0.6, 0.3), (0.5, 0.6), (0.3, 0.3)),
    "crowd-polyline": ((0.3, 0.3), (0.6, 0.35), (0.5, 0.6), (0.5, 0.6)),
    "crowd-keypoint": ((0.4, 0.4),),
}
DRAG: tuple[Point, Point] = ((0.3, 0.3), (0.6, 0.6))
PICTURE_MS = 5_000  # waited for a picture to appear
SUBMIT_MS = 1_000
TRIES = 3  # some warn first, and some show more fields once the first are filled


@lru_cache(maxsize=20)
def script(name: str) -> str:
    """Return a script of this folder: one function, without the comment before it."""
    text = (Path(__file__).parent / f"{name}.js").read_text()
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))


def work(page: Page, frame: Frame) -> Any:
    """Fill in and submit what the frame shows; return the answer, None where none was sent."""
    drawn = False
    for _try in range(TRIES):
        frame.evaluate(script("fill"))
        if not drawn:
            _draw_everywhere(page, frame)
            drawn = True
        frame.evaluate(script("choose"))
        answers = _sent(page, 100) or _send(page, frame)
        if answers:
            return answers[0]
    return None


def _send(page: Page, frame: Frame) -> list[Any]:
    frame.evaluate(script("send"))
    return _sent(page, SUBMIT_MS)


def _sent(page: Page, wait_ms: int) -> list[Any]:
    for _moment in range(max(wait_ms // 100, 1)):
        page.wait_for_timeout(100)
        found: list[Any] = page.evaluate("heard.submit")
        if found:
            return found
    return []


def _draw_everywhere(page: Page, frame: Frame) -> None:
    for tag in (*DRAGS, *CLICKS):
        for tool in frame.query_selector_all(tag):
            _draw(page, tag, tool)
    for element in frame.query_selector_all("crowd-entity-annotation"):
        _select_word(page, frame, element)


def _draw(page: Page, tag: str, tool: ElementHandle) -> None:
    """Draw in a tool once its picture is there; one that has none stays empty."""
    for _moment in range(PICTURE_MS // 100):
        if tool.evaluate(script("place")):
            break
        if tool.evaluate("(node) => node.shadowRoot?.querySelector('.stage-failed:not([hidden])') != null"):
            return
        page.wait_for_timeout(100)
    picture = tool.evaluate_handle("(node) => node.shadowRoot?.querySelector('img.there')").as_element()
    box = picture.bounding_box() if picture else None
    if box is None:
        return

    def at(point: Point) -> Point:
        return box["x"] + point[0] * box["width"], box["y"] + point[1] * box["height"]

    if tag in DRAGS:
        drag(page.mouse, *map(at, DRAG))
    for point in CLICKS.get(tag, ()):
        page.mouse.click(*at(point))


def drag(mouse: Mouse, start: Point, end: Point) -> None:
    mouse.move(*start)
    mouse.down()
    mouse.move(*end, steps=4)
    mouse.up()


def _select_word(page: Page, frame: Frame, element: ElementHandle) -> None:
    """Select the first word of a text with the mouse, under the first category."""
    place = element.evaluate(script("word"))
    around = frame.frame_element().bounding_box()
    if place is None or around is None:
        return
    left, right, y = (around["x"] + place["left"], around["x"] + place["right"], around["y"] + place["y"])
    element.focus()
    page.keyboard.press("1")
    drag(page.mouse, (left + 1, y), (right - 1, y))
    page.wait_for_timeout(100)
