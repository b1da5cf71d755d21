"""Boxes that can be turned: the geometry by itself, the knob, the keys, and what is sent."""

from __future__ import annotations

import json
import math
from html import escape
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount
from tests.browser.plain import place
from tests.browser.test_crowd_choices import classifier, ink
from tests.browser.test_crowd_shapes import Pad
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
SIZE = {"height": 600, "width": 960}
BOX = {"height": 100, "label": "Car", "left": 300, "top": 200, "width": 200}
MIDDLE = (400, 250)
KNOB_PX = 28


@pytest.fixture
def pad(desk: Desk, page: Page, mount: Mount) -> Any:
    def show(*boxes: dict[str, Any], rotate: str = "rotate", src: str = "1", **setup: Any) -> Pad:
        initial = f'initial-value="{escape(json.dumps(boxes))}"' if boxes else ""
        given = (
            f'name="it" src="{desk.url}/store/{src}.svg" header="Draw" labels="[\'Car\', \'Bus\']" {initial} {rotate}'
        )
        html = f"<crowd-form><crowd-bounding-box {given}></crowd-bounding-box></crowd-form>"
        return Pad(page, mount(html, **setup))

    return show


@pytest.fixture
def turned(pad: Any) -> Any:
    """Calls of the pure geometry, in the frame where the tool's modules are."""
    tool = pad()
    frame = tool.page.frames[-1]

    def call(expression: str) -> Any:
        return frame.evaluate(f"import('geometry/turned').then(({{ TURNED, plainTurn }}) => {expression})")

    return call


def knob(tool: Pad, turn: float = 0) -> tuple[float, float]:
    """Where the knob of BOX stands, in pixels of the picture."""
    away = 50 + KNOB_PX / tool.scale
    return MIDDLE[0] + away * math.sin(math.radians(turn)), MIDDLE[1] - away * math.cos(math.radians(turn))


def round_the_middle(turn: float, away: float = 150) -> tuple[float, float]:
    return MIDDLE[0] + away * math.sin(math.radians(turn)), MIDDLE[1] - away * math.cos(math.radians(turn))


# --- the geometry -----------------------------------------------------------------------------------------


def test_degrees_stay_from_0_to_less_than_360_with_one_decimal(turned: Any) -> None:
    found = turned("[0, 359.96, -0.04, -1, 720.25, 12.34, -1e-12].map(plainTurn)")

    assert found == [0, 0, 0, 359, 0.3, 12.3, 0]


def test_corners_turn_clockwise_about_the_middle(turned: Any) -> None:
    found = turned("TURNED.outline({ left: 10, top: 20, width: 40, height: 20, rotation: 90 })")

    assert [(round(x, 9), round(y, 9)) for x, y in ((p["x"], p["y"]) for p in found)] == [
        (40, 10),
        (40, 50),
        (20, 50),
        (20, 10),
    ]


@pytest.mark.parametrize("rotation", [0, 30, 135, 270.5])
def test_a_dragged_side_or_corner_leaves_the_opposite_one_where_it_is(turned: Any, rotation: float) -> None:
    found = turned(
        f"""(() => {{
          const box = {{ left: 300, top: 200, width: 200, height: 100, rotation: {rotation} }};
          const before = TURNED.handles(box);
          return [0, 1, 2, 3, 4, 5, 6, 7].map((handle) => {{
            const to = {{ x: before[handle].x + 17, y: before[handle].y - 9 }};
            const after = TURNED.handles(TURNED.drag(box, handle, to, {{ width: 960, height: 600 }}));
            const gap = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
            const opposite = (handle + 4) % 8;
            return [[after[handle], to], [after[handle], before[handle]], [after[opposite], before[opposite]]]
              .map(([a, b]) => gap(a, b));
          }});
        }})()"""
    )

    assert [opposite <= 1.01 for _, _, opposite in found] == [True] * 8  # pixels are whole
    assert [missed <= 1.01 for missed, _, _ in found[::2]] == [True] * 4  # a corner goes where it is dragged
    assert [went > 5 for _, went, _ in found] == [True] * 8


def test_a_side_dragged_over_the_other_turns_around_and_keeps_a_pixel(turned: Any) -> None:
    box = "{ left: 300, top: 200, width: 200, height: 100, rotation: 90 }"
    # Turned by 90 degrees the right side is the lower one, at y = 350; the left one stands at y = 150.
    over = turned(f"TURNED.drag({box}, 3, {{ x: 400, y: 100 }}, {{ width: 960, height: 600 }})")
    flat = turned(f"TURNED.drag({box}, 3, {{ x: 400, y: 150 }}, {{ width: 960, height: 600 }})")

    assert over == {"left": 375, "top": 75, "width": 50, "height": 100, "rotation": 90}
    assert (flat["width"], flat["height"]) == (1, 100)


def test_a_turned_box_moves_until_its_middle_is_at_the_edge(turned: Any) -> None:
    box = "{ left: 300, top: 200, width: 200, height: 101, rotation: 45 }"
    size = "{ width: 960, height: 600 }"

    far = turned(f"[TURNED.move({box}, -999, 999, {size}), TURNED.move({box}, 3.4, -2, {size})]")

    assert [(one["left"], one["top"]) for one in far] == [(-100, 549), (303, 198)]


def test_the_knob_stands_above_or_below_where_it_would_be_out_of_sight(turned: Any) -> None:
    box = "{ left: 300, top: 10, width: 200, height: 100, rotation: 0 }"

    places = turned(f"[TURNED.handles({box}, 2)[8], TURNED.handles({box}, 2, ({{ y }}) => y > 0)[8]]")

    assert places == [{"x": 400, "y": -46}, {"x": 400, "y": 166}]


# --- the tool ---------------------------------------------------------------------------------------------


def test_without_the_attribute_nothing_turns_and_nothing_is_told(pad: Any, page: Page) -> None:
    tool = pad({**BOX, "rotation": 30}, rotate="")
    assert "." not in [key for key, _ in page.evaluate("window.ready.keyWords")]

    tool.press("n", ".", "Shift+Period")
    tool.drag(knob(tool), round_the_middle(90))

    assert tool.send()["it"]["boundingBoxes"][0] == BOX


def test_a_box_is_drawn_upright_and_turned_by_keys(pad: Any, page: Page) -> None:
    tool = pad()
    assert [".", "Turn to the right"] in page.evaluate("window.ready.keyWords")

    tool.drag((300, 200), (500, 300))
    assert tool.rows() == ["1 Car 200 × 100"]
    tool.press(".", ".", ",", "Shift+Period", "Shift+Period")
    assert tool.rows() == ["1 Car 200 × 100 31°"]
    tool.press("Shift+Comma", "Shift+Comma", "Shift+Comma")
    assert tool.rows() == ["1 Car 200 × 100 346°"]
    tool.press("z")

    assert tool.send() == {"it": {"boundingBoxes": [{**BOX, "rotation": 1}], "inputImageProperties": SIZE}}


def test_the_knob_turns_the_box_to_whole_degrees_and_with_shift_by_fifteen(pad: Any, page: Page) -> None:
    tool = pad()
    tool.drag((300, 200), (500, 300))

    tool.drag(knob(tool), round_the_middle(20), round_the_middle(40))
    assert tool.rows() == ["1 Car 200 × 100 40°"]
    page.keyboard.down("Shift")
    tool.drag(knob(tool, 40), round_the_middle(100))
    page.keyboard.up("Shift")

    assert tool.rows() == ["1 Car 200 × 100 105°"]
    tool.press("z", "z")
    assert tool.rows() == ["1 Car 200 × 100"]


def test_arrows_turn_while_the_knob_is_held(pad: Any) -> None:
    tool = pad()
    tool.drag((300, 200), (500, 300))
    tool.drag(knob(tool), round_the_middle(10))

    tool.press("ArrowRight", "Shift+ArrowRight", "ArrowLeft", "ArrowLeft")

    assert tool.send()["it"]["boundingBoxes"] == [{**BOX, "rotation": 19}]


def test_a_turned_box_is_hit_moved_and_resized_where_it_is_seen(pad: Any) -> None:
    tool = pad({**BOX, "rotation": 90})  # seen from (350, 150) to (450, 350)
    chosen = tool.frame.locator("li[data-chosen]")

    tool.press("v")
    tool.click((310, 250))  # in the box as it would be upright
    expect(chosen).to_have_count(0)
    tool.click((400, 160))
    expect(chosen).to_have_count(1)
    tool.drag((400, 160), (410, 180))
    assert tool.rows() == ["1 Car 200 × 100 90°"]
    tool.drag((410, 370), (410, 420))  # the middle of its right side, which is below

    assert tool.send()["it"]["boundingBoxes"] == [
        {"height": 100, "label": "Car", "left": 285, "top": 245, "width": 250, "rotation": 90}
    ]


def test_copies_are_turned_as_well_and_an_initial_value_left_alone_is_not_modified(pad: Any) -> None:
    box = {**BOX, "rotation": 30.5}
    tool = pad(box)

    tool.press("n", "Control+c", "Control+v", "Delete")

    answer = tool.send()["it"]
    assert answer == {"boundingBoxes": [box], "inputImageProperties": SIZE, "initialValueModified": False}


@pytest.mark.parametrize("rotation", ["30", None, [], {}])
def test_a_turn_that_is_no_number_is_none(pad: Any, rotation: Any) -> None:
    tool = pad({**BOX, "rotation": rotation})

    assert tool.send()["it"]["boundingBoxes"] == [{**BOX, "rotation": 0}]


def test_a_draft_and_a_review_show_the_box_turned(pad: Any) -> None:
    answer = {"it": {"boundingBoxes": [{**BOX, "rotation": 30}], "inputImageProperties": SIZE}}

    assert pad(answer=answer).rows() == ["1 Car 200 × 100 30°"]
    tool = pad(mode="review", answer=answer)
    tool.frame.locator(".pick").click()
    tool.press(".")
    assert tool.rows() == ["1 Car 200 × 100 30°"]


def test_a_locked_box_does_not_turn(pad: Any) -> None:
    tool = pad()
    tool.drag((300, 200), (500, 300))

    tool.press("l", ".", "Shift+Period")

    assert tool.rows() == ["1 Car 200 × 100"]


def test_the_knob_is_turned_by_touch(pad: Any, page: Page) -> None:
    tool = pad()
    tool.drag((300, 200), (500, 300))
    cdp = page.context.new_cdp_session(page)
    stops = [("touchStart", knob(tool)), ("touchMove", round_the_middle(20)), ("touchMove", round_the_middle(45))]

    for kind, point in stops:
        x, y = tool.at(*point)
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    assert tool.rows() == ["1 Car 200 × 100 45°"]


def test_who_verifies_earlier_boxes_sees_them_turned(desk: Desk, page: Page, mount: Mount) -> None:
    box = "{label: 'Tree', left: 300, top: 200, width: 200, height: 100, rotation: 90, attributes: {pose: 'left'}}"
    frame = mount(classifier(desk, f"overlay=\"{{boundingBox: {{labels: ['Tree'], value: [{box}]}}}}\""))
    picture, stage = place(frame.locator("img.there")), place(frame.locator(".stage"))
    scale = picture["width"] / 960

    def at(x: float, y: float) -> list[int]:
        return ink(
            page, (picture["x"] + x * scale) / stage["width"], (picture["y"] + y * scale) / stage["height"], ".marks"
        )

    assert at(400, 350)[3] == 255  # the lower end of the box as it is turned
    assert at(310, 290)[3] == 0  # in the box as it would be upright
