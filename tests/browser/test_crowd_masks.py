"""The segmentation tools: painting, layers, undo, and the picture that is sent."""

from __future__ import annotations

import json
from base64 import b64decode
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, stroke
from tests.browser.test_crowd_shapes import SIZE, Pad
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
COLORS = "label-colors=\"['#ff0000', '#00ff00', '#0000ff']\""
WHITE, RED, GREEN = (255, 255, 255), (255, 0, 0), (0, 255, 0)


def pixels(answer: dict[str, Any]) -> np.ndarray:
    """The picture of an answer, (height, width, 3)."""
    image = Image.open(BytesIO(b64decode(answer["labeledImage"]["pngImageData"])))
    return np.asarray(image.convert("RGB"))


@pytest.fixture
def pad(desk: Desk, page: Page, mount: Mount) -> Any:
    def show(tag: str = "semantic-segmentation", attributes: str = COLORS, **setup: Any) -> Pad:
        src = f"{desk.url}/store/1.svg"
        html = f"<crowd-{tag} name=\"it\" src=\"{src}\" labels=\"['road', 'car', 'sky']\" {attributes}></crowd-{tag}>"
        return Pad(page, mount(f"<crowd-form>{html}</crowd-form>", **setup))

    return show


def test_a_stroke_paints_its_category_on_white(pad: Any) -> None:
    tool = pad()

    tool.drag((300, 300), (500, 300))
    answer = tool.send()["it"]

    picture = pixels(answer)
    assert picture.shape == (600, 960, 3)
    assert answer["labelMappings"] == {"road": {"color": "#ff0000"}}
    assert answer["inputImageProperties"] == SIZE
    assert tuple(picture[300, 400]) == RED
    assert tuple(picture[330, 400]) == WHITE
    assert {tuple(color) for color in np.unique(picture.reshape(-1, 3), axis=0)} == {RED, WHITE}


def test_an_outline_is_filled_the_eraser_takes_away_and_undo_brings_back(pad: Any) -> None:
    tool = pad()

    tool.press("o")
    tool.click((200, 200), (400, 200), (400, 400), (200, 400))
    tool.press("Enter", "e")
    tool.drag((300, 300), (301, 300))
    assert tool.rows() != ["1 road 40,000 px"]
    tool.press("z")
    assert tool.rows() == ["1 road 40,000 px"]
    tool.press("z", "Shift+Z")

    assert tool.rows() == ["1 road 40,000 px"]
    assert tuple(pixels(tool.send()["it"])[200, 399]) == RED


def test_undo_takes_back_points_of_an_outline_and_a_stroke_under_way_first(pad: Any) -> None:
    tool = pad()
    tool.press("o")
    tool.click((200, 200), (400, 200), (400, 400), (200, 400), (200, 200))
    painted = tool.rows()

    tool.click((600, 200))
    tool.frame.get_by_role("button", name="Undo").click()
    tool.press("Shift+Z", "z", "b")
    tool.page.mouse.move(*tool.at(600, 300))
    tool.page.mouse.down()
    tool.page.mouse.move(*tool.at(700, 300))
    tool.press("Control+z")
    tool.page.mouse.up()
    assert tool.rows() == painted == ["1 road 40,000 px"]
    tool.press("z")

    assert tool.rows() == []
    expect(tool.frame.get_by_role("button", name="Undo")).to_be_disabled()


def test_filling_pours_into_one_colour_of_the_picture(pad: Any) -> None:
    tool = pad()

    tool.press("k", "3")
    tool.click((100, 20))
    answer = tool.send()["it"]

    assert list(answer["labelMappings"]) == ["sky"]
    assert tuple(pixels(answer)[20, 400]) == (0, 0, 255)
    assert tuple(pixels(answer)[590, 400]) == WHITE


def test_layers_above_can_be_spared(pad: Any) -> None:
    tool = pad()
    tool.press("2", "o")
    tool.click((200, 200), (400, 200), (400, 400), (200, 400))
    tool.press("Enter", "1")

    tool.frame.get_by_label("Spare layers above").check()
    tool.frame.locator(".stage").focus()
    tool.click((300, 300), (500, 300), (500, 500), (300, 500))
    tool.press("Enter")

    picture = pixels(tool.send()["it"])
    assert tuple(picture[350, 350]) in (RED, GREEN)
    assert {tuple(picture[350, 350]), tuple(picture[450, 450])} == {GREEN, RED}


def test_a_draft_comes_back_pixel_by_pixel(pad: Any) -> None:
    tool = pad()
    tool.drag((300, 300), (500, 350))
    first = tool.send()["it"]

    again = pad(answer={"it": first}).send()["it"]

    assert np.array_equal(pixels(again), pixels(first))
    assert again["labelMappings"] == first["labelMappings"]


def test_an_earlier_mask_that_comes_back_changed_in_a_draft_is_changed(pad: Any) -> None:
    tool = pad()
    tool.drag((300, 300), (500, 350))
    first = tool.send()["it"]
    earlier = {"labelMappings": first["labelMappings"], "src": first["labeledImage"]["pngImageData"]}
    attributes = f"{COLORS} initial-value='{json.dumps(earlier)}'"

    untouched = pad(attributes=attributes)
    same = untouched.send()["it"]
    mended = pad(attributes=attributes, answer={"it": same})
    mended.drag((600, 300), (700, 350))
    draft = mended.send()["it"]
    again = pad(attributes=attributes, answer={"it": draft}).send()["it"]

    assert np.array_equal(pixels(same), pixels(first))
    assert np.array_equal(pixels(again), pixels(draft))
    changed = [answer["initialValueModified"] for answer in (same, draft, again)]
    assert changed == [False, True, True]


def test_instances_of_one_category_have_colours_of_their_own(pad: Any) -> None:
    tool = pad("instance-segmentation", "")

    tool.press("2")
    tool.drag((200, 200), (260, 200))
    tool.press("n")
    tool.drag((600, 200), (660, 200))
    answer = tool.send()["it"]

    colors = [instance["color"] for instance in answer["instances"]]
    assert [instance["label"] for instance in answer["instances"]] == ["car", "car"]
    assert len(set(colors)) == 2
    picture = pixels(answer)
    found = ["#{:02x}{:02x}{:02x}".format(*picture[200, x]) for x in (230, 630)]
    assert found == colors


def test_the_value_is_the_whole_answer_and_instances_do_not_tell_of_changes(pad: Any) -> None:
    tool = pad("instance-segmentation", "")
    tool.drag((200, 200), (260, 200))
    value = tool.frame.locator("[name=it]").evaluate("tool => tool.value")

    sent = tool.send()["it"]
    earlier = {"instances": sent["instances"], "src": sent["labeledImage"]["pngImageData"]}
    again = pad("instance-segmentation", f"initial-value='{json.dumps(earlier)}'").send()["it"]

    assert value == sent == again
    assert sorted(sent) == ["inputImageProperties", "instances", "labeledImage"]


def test_an_instance_is_copied_to_the_category_in_hand(pad: Any) -> None:
    tool = pad("instance-segmentation", "")
    tool.press("o")
    tool.click((200, 200), (300, 200), (300, 300), (200, 300))
    tool.press("Enter", "Control+c", "2", "Control+v")
    assert tool.rows() == ["2 car 10,000 px", "1 road 1,900 px"]
    tool.frame.get_by_role("button", name="Duplicate car 2").click()
    tool.press("z", "z")

    assert tool.rows() == ["1 road 10,000 px"]


def test_nothing_painted_is_warned_of_once(pad: Any) -> None:
    tool = pad()

    tool.press("Enter")
    expect(tool.frame.get_by_role("alert").filter(has_text="Nothing is painted")).to_be_visible()

    assert tool.send()["it"]["labelMappings"] == {}


def test_in_review_the_mask_is_shown_and_cannot_be_painted(pad: Any) -> None:
    tool = pad()
    tool.drag((300, 300), (500, 350))
    first = tool.send()["it"]

    shown = pad(answer={"it": first}, mode="review")
    before = shown.rows()
    shown.drag((600, 300), (700, 350))

    assert len(before) == 1
    assert shown.rows() == before


@pytest.mark.parametrize("tag", ["semantic-segmentation", "instance-segmentation"])
def test_a_finger_paints(tag: str, pad: Any, page: Page) -> None:
    tool = pad(tag)

    stroke(page, tool.at(300, 300), tool.at(400, 300), tool.at(500, 300))

    expect(tool.frame.locator(".pick")).to_have_count(1)
    picture = pixels(tool.send()["it"])
    assert tuple(picture[300, 400]) != WHITE
    assert tuple(picture[400, 400]) == WHITE
