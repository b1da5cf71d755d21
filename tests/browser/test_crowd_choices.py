"""Several categories for a picture or a text, and earlier labels drawn over the picture that is judged."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, sent
from tests.browser.faults import frame_faults
from tests.browser.plain import form, place, run, submit
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser

# --- several categories -----------------------------------------------------------------------------------------

SEVERAL = """<crowd-classifier-multi-select name="t" header="About?" categories="['Price', 'Taste', 'Place']"
  exclusion-category="{ text: 'None of these' }"><classification-target>The soup</classification-target>
  </crowd-classifier-multi-select>"""


def test_several_categories_are_sent_in_their_order_and_one_excludes_all_others(page: Page, mount: Mount) -> None:
    frame = mount(form(SEVERAL), instant=True)

    frame.get_by_role("button", name="Submit").click()
    expect(frame.get_by_role("alert").filter(has_text="Choose at least one category first.")).to_be_visible()
    page.keyboard.press("4")
    page.keyboard.press("3")
    page.keyboard.press("1")
    page.keyboard.press("2")
    frame.get_by_role("checkbox", name="Taste").click()
    expect(frame.get_by_role("checkbox", name="None of these")).not_to_be_checked()
    assert run(page, "document.querySelector('crowd-classifier-multi-select').value") == ["Price", "Place"]
    page.keyboard.press("Enter")

    assert sent(page) == {"t": {"labels": ["Price", "Place"]}}


def test_controls_in_an_instruction_region_submit_too(page: Page, mount: Mount) -> None:
    region = """<short-instructions><crowd-checkbox name="sure" value="yes">Sure</crowd-checkbox>
      <crowd-input name="note" label="Note"></crowd-input></short-instructions></crowd-classifier-multi-select>"""
    frame = mount(form(SEVERAL.replace("</crowd-classifier-multi-select>", region)))

    frame.get_by_text("Sure").click()
    frame.get_by_label("Note").fill("1 note")
    frame.get_by_role("checkbox", name="Taste").click()
    submit(frame)

    assert sent(page) == {"t": {"labels": ["Taste"]}, "sure": {"yes": True}, "note": "1 note"}


def test_the_excluding_category_replaces_the_others(page: Page, mount: Mount) -> None:
    mount(form(SEVERAL), answer={"t": {"labels": ["Price", "Taste"]}})

    page.keyboard.press("4")
    page.keyboard.press("Enter")

    assert sent(page) == {"t": {"labels": ["None of these"]}}


def test_several_categories_of_a_picture_and_a_comment(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(
        form(f"""<crowd-image-classifier-multi-select name="p" src="{desk.url}/store/1.svg" header="Which?"
          categories="['Cat', 'Dog']">
          <worker-comment header="Why"></worker-comment></crowd-image-classifier-multi-select>""")
    )

    page.keyboard.press("2")
    frame.get_by_role("button", name="Add a comment").click()
    frame.get_by_label("Why").fill(" seen 1 ")
    submit(frame)

    assert sent(page) == {"p": {"labels": ["Dog"], "workerComment": "seen 1"}}


# --- earlier labels over a picture ------------------------------------------------------------------------------

BOX = "boundingBox: {labels: ['Sign', 'Tree'], value: [{label: 'Tree', left: 100, top: 100, width: 200, height: 100}]}"
# A mask made in the frame: its red stands for a sign, its white for nothing.
MASK = """const canvas = document.createElement("canvas"); [canvas.width, canvas.height] = [96, 60];
  const ctx = canvas.getContext("2d"); ctx.fillStyle = "#fff"; ctx.fillRect(0, 0, 96, 60);
  ctx.fillStyle = "#f00"; ctx.fillRect(10, 10, 20, 10);
  const classifier = document.querySelector("crowd-image-classifier");
  classifier.overlay = {KIND: {LABELS, src: canvas.toDataURL()}};"""


def classifier(desk: Desk, attributes: str = "") -> str:
    return form(
        f"""<crowd-image-classifier name="ok" src="{desk.url}/store/1.svg" categories="['Yes', 'No']"
          {attributes}></crowd-image-classifier>"""
    )


def ink(page: Page, x: float, y: float, canvas: str) -> list[int]:
    """The colour (red, green, blue, alpha) of a canvas at a part of its width and height."""
    script = f"""() => {{ const {{ shadowRoot }} = document.querySelector("crowd-image-classifier");
      const node = shadowRoot.querySelector("{canvas}");
      return [...node.getContext("2d").getImageData(node.width * {x}, node.height * {y}, 1, 1).data]; }}"""
    return run(page, script)


def test_earlier_boxes_are_drawn_over_the_picture_and_can_be_hidden(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(classifier(desk, f'overlay="{{{BOX}}}"'))
    picture, stage = place(frame.locator("img.there")), place(frame.locator(".stage"))
    scale = picture["width"] / 960
    corner = [(picture["x"] + 300 * scale) / stage["width"], (picture["y"] + 150 * scale) / stage["height"]]

    assert frame.get_by_role("list", name="Labels on the picture").get_by_role("listitem").all_inner_texts() == [
        "Sign",
        "Tree",
    ]
    assert ink(page, *corner, ".marks")[3] == 255
    assert ink(page, 0.99, 0.99, ".marks") == [0, 0, 0, 0]
    page.keyboard.press("h")
    expect(frame.locator(".marks")).to_be_hidden()
    page.keyboard.press("2")
    page.keyboard.press("2")

    assert sent(page) == {"ok": {"label": "No"}}


@pytest.mark.parametrize(
    ("kind", "labels", "legend"),
    [
        ("semanticSegmentation", "labelMappings: {Sign: {color: '#ff0000'}}", ["Sign"]),
        ("instanceSegmentation", "instances: [{label: 'Sign', color: '#f00'}]", ["1 Sign"]),
    ],
)
def test_earlier_masks_are_drawn_without_their_ground(
    desk: Desk, page: Page, mount: Mount, kind: str, labels: str, legend: list[str]
) -> None:
    script = MASK.replace("KIND", kind).replace("LABELS", labels)
    frame = mount(classifier(desk) + f"<script>{script}</script>")
    expect(frame.locator(".mask")).to_have_attribute("width", "96")
    page.wait_for_timeout(200)

    assert frame.get_by_role("listitem").all_inner_texts() == legend
    assert ink(page, 0.2, 0.25, ".mask") == [255, 0, 0, 255]
    assert ink(page, 0.6, 0.6, ".mask")[3] == 0
    assert frame.locator(".mask").evaluate("(node) => getComputedStyle(node).opacity") == "0.5"
    assert place(frame.locator(".mask")) == pytest.approx(place(frame.locator("img.there")))


def test_no_barrier_is_found_in_the_choice_of_several(desk: Desk, page: Page, mount: Mount) -> None:
    mount(form(SEVERAL))
    assert frame_faults(page) == []

    mount(classifier(desk, f'overlay="{{{BOX}}}"'))

    assert frame_faults(page) == []
