"""The drawing tools under a finger: what keys do has buttons, large enough, and the picture keeps its place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.elements import MOUNT
from tests.browser.test_crowd_shapes import Pad
from tests.browser.work_server import Desk, module_urls

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
VIEWPORT = "{ name: 'viewport', content: 'width=device-width, initial-scale=1' }"
NAMES = ["Car", "Bus", "A very long name of a category that no row can hold", "Person", "Tram", "Lorry"]
SMALL = """html => {
    const [host] = html.querySelectorAll("[name=it]");
    const all = [...host.shadowRoot.querySelectorAll("button, input[type=range]")];
    const shown = all.filter((one) => one.checkVisibility());
    const sizes = shown.map((one) => [one, (one.closest("label") ?? one).getBoundingClientRect()]);
    const seen = sizes.filter(([, { width }]) => width > 1);  // what a chosen row alone shows is there for readers only
    const isSmall = ({ width, height, left, right }) => width < 44 || height < 44 || left < 0 || right > innerWidth;
    return seen.filter(([, box]) => isSmall(box)).map(([one]) => one.title || one.textContent);
}"""


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=1)
    yield context.new_page()
    context.close()


@pytest.fixture
def pad(desk: Desk, phone: Page) -> Any:
    def show(tag: str, attributes: str = "") -> Pad:
        src = f'src="{desk.url}/store/1.svg" header="Draw" labels="{NAMES}" {attributes}'
        html = f'<crowd-form><crowd-{tag} name="it" {src}></crowd-{tag}></crowd-form>'
        phone.goto(f"{desk.url}/blank/")
        phone.evaluate(
            "document.head.append(Object.assign(document.createElement('meta'), arguments))".replace(
                "arguments", VIEWPORT
            )
        )
        phone.evaluate(MOUNT, {"html": html, "setup": {}, "modules": module_urls()})
        return Pad(phone, phone.frame_locator("iframe"))

    return show


def tap(tool: Pad, *points: tuple[float, float]) -> None:
    for point in points:
        tool.page.touchscreen.tap(*tool.at(*point))


def press(tool: Pad, name: str) -> None:
    tool.frame.get_by_role("button", name=name).tap()


def place(tool: Pad) -> Any:
    return tool.frame.locator("img.there").bounding_box()


def test_a_finger_takes_back_points_drops_a_sketch_takes_out_a_point_and_duplicates(pad: Any) -> None:
    tool = pad("polygon")
    tap(tool, (100, 100), (300, 100))
    press(tool, "Undo")
    tap(tool, (700, 100), (700, 500), (100, 500), (100, 100))
    assert tool.rows() == ["1 Car 4 •"]

    tap(tool, (400, 300))
    press(tool, "Choose")
    expect(tool.frame.get_by_role("alert").filter(has_text="What was being drawn is dropped.")).to_be_visible()
    expect(tool.frame.get_by_role("button", name="Remove the point")).to_be_disabled()
    tap(tool, (400, 300), (700, 500))
    press(tool, "Remove the point")
    assert tool.rows() == ["1 Car 3 •"]
    press(tool, "Duplicate Car 1")

    assert tool.rows() == ["2 Car 3 •", "1 Car 3 •"]


@pytest.mark.parametrize("tag", ["polygon", "semantic-segmentation"])
def test_what_a_finger_presses_is_large_enough_and_within_the_screen(pad: Any, tag: str) -> None:
    tool = pad(tag)
    tap(tool, (100, 100), (300, 100), (300, 300), (100, 100))
    expect(tool.frame.locator(".pick")).to_have_count(1)

    assert tool.frame.locator("html").evaluate(SMALL) == []


def test_the_picture_keeps_its_place_while_the_list_fills(pad: Any) -> None:
    tool = pad("keypoint")
    before = place(tool)

    tool.frame.get_by_role("radio", name=NAMES[2]).tap()
    for number in range(1, 7):
        tap(tool, (number * 100, 100))
        assert place(tool) == before
    expect(tool.frame.locator(".pick")).to_have_count(6)
    tool.frame.locator("crowd-keypoint").evaluate("tool => tool.complain('Something that takes a line of its own.')")

    assert place(tool) == before


def test_a_long_name_stands_in_full_in_the_chosen_row_and_has_most_of_any_other(pad: Any) -> None:
    tool = pad("keypoint")
    tool.page.set_viewport_size({"width": 1440, "height": 900})
    tool.page.wait_for_timeout(100)
    tool.look()
    tool.frame.get_by_role("radio", name=NAMES[2]).tap()
    tap(tool, (100, 100), (300, 300))
    room = "name => [name.clientWidth, name.scrollWidth - name.clientWidth, name.clientHeight > 30]"

    chosen, other = (tool.frame.locator(".pick > span:nth-child(2)").nth(place).evaluate(room) for place in (0, 1))

    assert chosen[1:] == [0, True]
    assert other[0] >= 120


def test_a_finger_begins_the_next_object_of_a_category(pad: Any) -> None:
    tool = pad("instance-segmentation")

    tap(tool, (200, 300))
    press(tool, "Next object")
    tap(tool, (500, 300))

    expect(tool.frame.locator(".pick")).to_have_count(2)
    assert [row.rsplit(" ", 2)[0] for row in tool.rows()] == ["2 Car", "1 Car"]
