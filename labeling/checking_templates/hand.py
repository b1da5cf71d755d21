"""A hand that works in a task's frame: fills fields in, draws a shape in each tool, selects a word, submits."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import ElementHandle, Frame, Mouse, Page

from labeling.sample_media import picture

Point = tuple[float, float]  # in shares of a region, or of the picture
Region = tuple[float, float, float]  # left, top and size, in shares of the picture
DRAGS = ("crowd-bounding-box", "crowd-line", "crowd-semantic-segmentation", "crowd-instance-segmentation")
CLICKS: dict[str, tuple[Point, ...]] = {  # the last click ends the shape
    "crowd-polygon": ((0, 0), (1, 0), (0.66, 1), (0, 0)),
    "crowd-polyline": ((0, 0), (1, 0.16), (0.66, 1), (0.66, 1)),
    "crowd-keypoint": ((0.33, 0.33),),
}
MIDDLE: Region = (0.3, 0.3, 0.3)
# Around the middle, for the shapes of further categories.
AROUND: tuple[Region, ...] = tuple(
    (0.04 + 0.19 * column, top, 0.12) for top in (0.08, 0.66, 0.82) for column in range(5)
)
PICTURE_MS = 5_000  # waited for a picture to appear
SUBMIT_MS = 1_000
PRESS_MS = 400  # waited after a press of what may not be the way to send
TRIES = 3  # some warn first, some show more fields once the first are filled, some ask for a shape of each category
PRESSES = 12


@cache
def script(name: str) -> str:
    """Return a script of this folder: one function, without the comment before it."""
    text = (Path(__file__).parent / f"{name}.js").read_text()
    return "\n".join(line for line in text.splitlines() if not line.startswith("//"))


def work(page: Page, frame: Frame) -> Any:
    """Fill in and submit what the frame shows; return the answer, None where none was sent."""
    for round_ in range(TRIES):
        fill_in(page, frame, round_)
        frame.evaluate(script("choose"))
        answers = _sent(page, 100) or _send(page, frame)
        if answers:
            return answers[0]
        frame.evaluate(script("press"))
    return None


def fill_in(page: Page, frame: Frame, round_: int = 0) -> None:
    """Fill in and draw, without choosing, which may send; a later round does more, where the first was not enough."""
    frame.evaluate(script("play"))
    frame.evaluate(script("point"))
    frame.evaluate(f"() => ({script('fill')})({script('example')}, {'false' if round_ else 'true'})")
    _draw_everywhere(page, frame, round_)


def _send(page: Page, frame: Frame) -> list[Any]:
    """Press what sends until something is sent, the first twice: what may be a mistake is only told at first."""
    for press in range(PRESSES):
        if not frame.evaluate(f"({script('send')})({'true' if press < 2 else 'false'})"):
            break
        answers = _sent(page, SUBMIT_MS if press < 2 else PRESS_MS)
        if answers:
            return answers
    return []


def _sent(page: Page, wait_ms: int) -> list[Any]:
    for _moment in range(max(wait_ms // 100, 1)):
        page.wait_for_timeout(100)
        found: list[Any] = page.evaluate("heard.submit")
        if found:
            return found
    return []


def _draw_everywhere(page: Page, frame: Frame, round_: int) -> None:
    """Draw one shape in each tool at first; where that was not enough, one of each further category, then of all."""
    for tag in (*DRAGS, *CLICKS):
        for tool in frame.query_selector_all(tag):
            if round_ == 0:
                _draw(page, tag, tool, MIDDLE)
            else:
                _draw_categories(page, tag, tool, round_)
    if round_ == 0:
        _draw_on_canvases(page, frame)
        for element in frame.query_selector_all("crowd-entity-annotation"):
            _select_word(page, frame, element)


def _draw_categories(page: Page, tag: str, tool: ElementHandle, round_: int) -> None:
    count = tool.evaluate("(node) => node.categoryList?.length ?? 0")
    categories = range(1, count) if round_ == 1 else range(count)
    for category, region in zip(categories, AROUND, strict=False):
        tool.evaluate("(node, category) => node.pickCategory?.(category)", category)
        _draw(page, tag, tool, region)


def _draw(page: Page, tag: str, tool: ElementHandle, region: Region) -> None:
    """Draw in a tool once its picture is there; one that has none stays empty."""
    if not _has_picture(page, tool):
        return
    shown = tool.evaluate_handle("(node) => node.shadowRoot?.querySelector('img.there')").as_element()
    box = shown.bounding_box() if shown else None
    if box is None:
        return
    left, top, size = region

    def at(point: Point) -> Point:
        return (
            box["x"] + (left + point[0] * size) * box["width"],
            box["y"] + (top + point[1] * size) * box["height"],
        )

    if tag in DRAGS:
        drag(page.mouse, at((0, 0)), at((1, 1)))
    for point in CLICKS.get(tag, ()):
        page.mouse.click(*at(point))


def _has_picture(page: Page, tool: ElementHandle) -> bool:
    """Wait for a tool's picture; where it is at an address that is blocked, a sample stands in for it."""
    stands_in = False
    for _moment in range(PICTURE_MS // 100):
        if tool.evaluate(script("place")):
            return True
        if tool.evaluate("(node) => node.shadowRoot?.querySelector('.stage-failed:not([hidden])') != null"):
            if stands_in:
                return False
            tool.evaluate("(node, picture) => { node.src = picture; }", picture())
            stands_in = True
        page.wait_for_timeout(100)
    return False


def _draw_on_canvases(page: Page, frame: Frame) -> None:
    """Draw on what a template made itself to be drawn on."""
    for canvas in frame.query_selector_all("canvas"):
        if canvas.evaluate("(node) => node.getRootNode() === document && node.checkVisibility()"):
            canvas.scroll_into_view_if_needed()
            box = canvas.bounding_box()
            if box:
                left, top, size = MIDDLE
                ends = [
                    (box["x"] + box["width"] * share, box["y"] + box["height"] * share) for share in (left, top + size)
                ]
                drag(page.mouse, *ends)


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
