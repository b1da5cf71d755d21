"""Attributes of shapes: said beside the picture, undone, copied, kept in drafts, sent, and shown in review."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, heard
from tests.browser.faults import frame_faults
from tests.browser.test_crowd_shapes import Pad
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
SIZE = {"height": 600, "width": 960}
ASKED = [{"name": "occluded", "values": []}, {"name": "pose", "values": ["left", "right", "away"]}]
BOX = {"height": 100, "label": "Car", "left": 100, "top": 100, "width": 200}


@pytest.fixture
def pad(desk: Desk, page: Page, mount: Mount) -> Any:
    def show(tag: str = "bounding-box", asked: Any = ASKED, attributes: str = "", **setup: Any) -> Pad:
        src = f"{desk.url}/store/1.svg"
        given = f'shape-attributes="{escape(json.dumps(asked))}" {attributes}'
        html = f'<crowd-{tag} name="it" src="{src}" header="Draw" labels="[\'Car\', \'Bus\']" {given}></crowd-{tag}>'
        return Pad(page, mount(f"<crowd-form>{html}</crowd-form>", **setup))

    return show


def panel(tool: Pad) -> Any:
    return tool.frame.locator("fieldset.said")


def test_what_is_said_of_the_chosen_shape_goes_into_its_entry(pad: Any) -> None:
    tool = pad()
    expect(tool.frame.get_by_role("group", name="Attributes of the chosen shape")).to_be_visible()
    expect(tool.frame.get_by_label("occluded")).to_be_disabled()

    tool.drag((100, 100), (300, 200))
    expect(tool.frame.get_by_role("group", name="Attributes of 1 Car")).to_be_visible()
    tool.frame.get_by_label("occluded").check()
    tool.frame.get_by_label("pose").select_option("right")
    tool.press("2")
    tool.drag((500, 300), (400, 350))

    assert tool.rows() == ["2 Bus 100 × 50", "1 Car 200 × 100 occluded · right"]
    assert tool.send() == {
        "it": {
            "boundingBoxes": [
                {**BOX, "attributes": {"occluded": True, "pose": "right"}},
                {"height": 50, "label": "Bus", "left": 400, "top": 300, "width": 100, "attributes": {}},
            ],
            "inputImageProperties": SIZE,
        }
    }


@pytest.mark.parametrize("asked", [[], None, "x", {"name": "occluded"}, [None, 5, {"values": ["a"]}]])
def test_without_attributes_the_answer_and_the_panel_are_as_ever(pad: Any, asked: Any) -> None:
    tool = pad(asked=asked)

    tool.drag((100, 100), (300, 200))

    expect(panel(tool)).to_be_hidden()
    assert tool.send()["it"]["boundingBoxes"] == [BOX]


@pytest.mark.parametrize("tag", ["polygon", "polyline", "keypoint", "line"])
def test_every_kind_of_shape_has_them(pad: Any, tag: str) -> None:
    tool = pad(tag)
    if tag == "line":
        tool.drag((100, 100), (300, 200))
    else:
        tool.click((100, 100), (300, 100), (300, 200))
    if tag.startswith("poly"):
        tool.press("Enter")

    tool.frame.get_by_label("pose").select_option("away")

    shapes = tool.send()["it"][f"{tag}s"]
    assert shapes[-1]["attributes"] == {"pose": "away"}
    assert [shape["attributes"] for shape in shapes[:-1]] == [{}] * (2 if tag == "keypoint" else 0)


def test_it_is_done_by_keys_alone_and_escape_leads_back_to_the_picture(pad: Any) -> None:
    tool = pad()
    tool.drag((100, 100), (300, 200))

    tool.press("Shift+A", "Space", "Tab", "r", "Escape", "ArrowRight")

    [box] = tool.send()["it"]["boundingBoxes"]
    assert box == {**BOX, "left": 101, "attributes": {"occluded": True, "pose": "right"}}


def test_a_pointed_answer_gives_the_keys_back_to_the_picture(pad: Any) -> None:
    tool = pad()
    tool.drag((100, 100), (300, 200))

    tool.frame.get_by_text("occluded", exact=True).click()
    tool.press("ArrowRight")

    [box] = tool.send()["it"]["boundingBoxes"]
    assert box == {**BOX, "left": 101, "attributes": {"occluded": True}}


def test_each_answer_is_undone_and_taken_back(pad: Any) -> None:
    tool = pad()
    tool.drag((100, 100), (300, 200))
    tool.frame.get_by_label("pose").select_option("left")
    tool.frame.get_by_label("occluded").check()

    tool.press("z")
    expect(tool.frame.get_by_label("occluded")).not_to_be_checked()
    assert tool.rows() == ["1 Car 200 × 100 left"]
    tool.press("Shift+Z")
    expect(tool.frame.get_by_label("occluded")).to_be_checked()
    tool.frame.get_by_label("pose").select_option("")

    assert tool.rows() == ["1 Car 200 × 100 occluded"]


def test_a_copy_has_the_attributes_and_a_change_of_one_is_none_of_the_other(pad: Any) -> None:
    tool = pad()
    tool.drag((100, 100), (300, 200))
    tool.frame.get_by_label("pose").select_option("left")

    tool.press("Control+c", "Control+v")
    tool.frame.get_by_label("pose").select_option("right")

    assert tool.rows() == ["2 Car 200 × 100 right", "1 Car 200 × 100 left"]


def test_a_locked_shape_keeps_what_is_said(pad: Any) -> None:
    tool = pad()
    tool.drag((100, 100), (300, 200))
    tool.frame.get_by_label("occluded").check()

    tool.press("l")

    expect(tool.frame.get_by_label("occluded")).to_be_disabled()
    expect(tool.frame.get_by_label("pose")).to_be_disabled()


def test_a_draft_holds_them_and_brings_them_back(pad: Any, page: Page) -> None:
    tool = pad()
    tool.drag((100, 100), (300, 200))
    tool.frame.get_by_label("pose").select_option("left")

    draft = heard(page, "changed")[-1]["answer"]
    assert draft["it"]["boundingBoxes"] == [{**BOX, "attributes": {"pose": "left"}}]
    again = pad(answer=draft)
    assert again.rows() == ["1 Car 200 × 100 left"]


def test_an_initial_value_keeps_what_the_job_asks_and_is_modified_by_an_answer(pad: Any) -> None:
    given = [{**BOX, "attributes": {"occluded": True, "pose": "upside down", "colour": "red", "__proto__": "x"}}]
    attributes = f'initial-value="{escape(json.dumps(given))}"'
    tool = pad(attributes=attributes)
    assert tool.rows() == ["1 Car 200 × 100 occluded"]

    tool.press("n")
    tool.frame.get_by_label("occluded").uncheck()

    answer = tool.send()["it"]
    assert (answer["boundingBoxes"], answer["initialValueModified"]) == ([{**BOX, "attributes": {}}], True)


def test_review_shows_them_and_nothing_can_be_changed(pad: Any) -> None:
    answer = {"it": {"boundingBoxes": [{**BOX, "attributes": {"pose": "left"}}], "inputImageProperties": SIZE}}
    tool = pad(mode="review", answer=answer)
    assert tool.rows() == ["1 Car 200 × 100 left"]

    tool.frame.locator(".pick").click()

    expect(tool.frame.get_by_label("pose")).to_have_value("1")
    expect(tool.frame.get_by_label("pose")).to_be_disabled()
    expect(tool.frame.get_by_label("occluded")).to_be_disabled()


def test_the_key_is_listed_only_where_attributes_are_asked(pad: Any, page: Page) -> None:
    pad()
    assert ["A", "Go to the attributes of what is chosen"] in page.evaluate("window.ready.keyWords")
    pad(asked=[])
    assert "A" not in [key for key, _ in page.evaluate("window.ready.keyWords")]


def test_attributes_named_as_what_objects_have_are_said_like_others(pad: Any) -> None:
    tool = pad(asked=[{"name": "constructor", "values": []}, {"name": "__proto__", "values": ["a", "b"]}])
    tool.drag((100, 100), (300, 200))
    expect(tool.frame.get_by_label("constructor")).not_to_be_checked()

    tool.frame.get_by_label("constructor").check()
    tool.frame.get_by_label("__proto__").select_option("b")

    assert tool.rows() == ["1 Car 200 × 100 constructor · b"]


def test_axe_finds_no_fault_in_the_panel(pad: Any, page: Page) -> None:
    tool = pad()
    assert frame_faults(page) == []

    tool.drag((100, 100), (300, 200))
    tool.frame.get_by_label("pose").select_option("left")

    expect(tool.frame.get_by_label("pose")).to_be_enabled()
    assert frame_faults(page) == []
