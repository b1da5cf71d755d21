"""The tools that draw shapes on a picture: drawing, editing, undoing, keys, what is sent and what is warned of."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.elements import Mount, heard, rows, sent, stroke
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
SIZE = {"height": 600, "width": 960}
BOX = {"height": 100, "label": "Car", "left": 100, "top": 100, "width": 200}


class Pad:
    """A mounted tool and a hand that points at pixels of its picture."""

    def __init__(self, page: Page, frame: FrameLocator) -> None:
        self.page, self.frame = page, frame
        expect(frame.locator("img.there")).to_be_visible()
        self.look()

    def look(self) -> None:
        """Note where the picture lies now."""
        box = self.frame.locator("img.there").bounding_box()
        assert box is not None
        self.left, self.top, self.scale = box["x"], box["y"], box["width"] / SIZE["width"]

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x * self.scale, self.top + y * self.scale

    def drag(self, *points: tuple[float, float]) -> None:
        self.page.mouse.move(*self.at(*points[0]))
        self.page.mouse.down()
        for point in points[1:]:
            self.page.mouse.move(*self.at(*point), steps=3)
        self.page.mouse.up()

    def click(self, *points: tuple[float, float]) -> None:
        for point in points:
            self.page.mouse.click(*self.at(*point))

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def send(self) -> Any:
        self.page.keyboard.press("Enter")
        return sent(self.page)

    def rows(self) -> list[str]:
        return rows(self.frame)


@pytest.fixture
def pad(desk: Desk, page: Page, mount: Mount) -> Any:
    def show(tag: str, labels: str = "['Car', 'Bus', 'Person']", attributes: str = "", **setup: Any) -> Pad:
        src = f"{desk.url}/store/1.svg"
        html = f'<crowd-{tag} name="it" src="{src}" header="Draw" labels="{labels}" {attributes}></crowd-{tag}>'
        return Pad(page, mount(f"<crowd-form>{html}</crowd-form>", **setup))

    return show


# --- boxes --------------------------------------------------------------------------------------------------


def test_boxes_are_drawn_with_the_chosen_category_and_sent_in_pixels(pad: Any) -> None:
    tool = pad("bounding-box")

    tool.drag((100, 100), (300, 200))
    tool.press("2")
    tool.drag((500, 300), (400, 350))

    assert tool.rows() == ["2 Bus 100 × 50", "1 Car 200 × 100"]
    assert tool.send() == {
        "it": {
            "boundingBoxes": [BOX, {"height": 50, "label": "Bus", "left": 400, "top": 300, "width": 100}],
            "inputImageProperties": SIZE,
        }
    }


def test_a_box_drawn_over_the_edge_ends_at_the_edge(pad: Any) -> None:
    tool = pad("bounding-box")

    tool.drag((900, 550), (1000, 610))

    [box] = tool.send()["it"]["boundingBoxes"]
    assert box == {"height": 50, "label": "Car", "left": 900, "top": 550, "width": 60}


def test_a_handle_resizes_a_border_moves_and_undo_takes_it_back(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.drag((100, 100), (300, 200))

    tool.drag((300, 200), (340, 260))
    tool.drag((200, 100), (200, 100), (210, 120))
    assert tool.rows() == ["1 Car 240 × 160"] or tool.rows() == ["1 Car 240 × 140"]
    tool.press("Control+z", "z")
    assert tool.rows() == ["1 Car 200 × 100"]
    tool.press("Shift+Z")
    assert tool.rows() == ["1 Car 240 × 160"]
    tool.press("z", "z")

    assert tool.rows() == []


def test_arrows_nudge_by_a_pixel_and_with_shift_by_ten(pad: Any) -> None:
    tool = pad(
        "bounding-box",
        attributes='initial-value=\'[{"left":100,"top":100,"width":200,"height":100,"label":"Car"}]\'',
    )

    tool.press("n", "ArrowRight", "ArrowDown", "Shift+ArrowRight")

    answer = tool.send()["it"]
    assert answer["boundingBoxes"] == [{**BOX, "left": 111, "top": 101}]
    assert answer["initialValueModified"] is True


def test_an_initial_value_left_alone_is_told_as_not_modified(pad: Any) -> None:
    tool = pad(
        "bounding-box", attributes="initial-value=\"[{left: 100, top: 100, width: 200, height: 100, label: 'Car'},]\""
    )

    answer = tool.send()["it"]

    assert answer == {"boundingBoxes": [BOX], "inputImageProperties": SIZE, "initialValueModified": False}


VERTICES = "vertices: [{x: 10, y: 10}, {x: 50, y: 10}, {x: 50, y: 50}]"
GIVEN = {
    "polygon": (f"[{{label: 'Car', {VERTICES}}}]", False),
    "keypoint": ("[{label: 'Car', x: 5, y: 5}]", False),
    "polyline": (f"{{polylines: [{{label: 'Car', {VERTICES}}}]}}", True),
}


def test_only_elements_that_are_known_to_tell_whether_a_value_was_modified_do(page: Page, mount: Mount) -> None:
    tools = (
        f'<crowd-{tag} name="{tag}" src="/store/1.svg" labels="[\'Car\']" initial-value="{value}"></crowd-{tag}>'
        for tag, (value, _) in GIVEN.items()
    )
    frame = mount(f"<crowd-form>{''.join(tools)}</crowd-form>")
    expect(frame.locator("img.there")).to_have_count(len(GIVEN))
    frame.get_by_role("button", name="Submit").click()

    answer = sent(page)
    told = {tag: "initialValueModified" in answer[tag] for tag in GIVEN}
    assert told == {tag: tells for tag, (_, tells) in GIVEN.items()}


def test_a_shape_outside_the_picture_is_told_at_once_and_asked_about_before_it_is_sent(pad: Any) -> None:
    box = "{left: 900, top: 100, width: 200, height: 100, label: 'Car'}"
    inside = "{left: 0, top: 0, width: 960, height: 600, label: 'Bus'}"
    tool = pad("bounding-box", attributes=f'initial-value="[{inside}, {box}]"')
    told = tool.frame.get_by_role("alert").filter(has_text="Outside the picture, at least in part: 2 Car.")

    expect(told).to_be_visible()
    tool.press("h")
    tool.press("Enter")
    assert heard(tool.page, "submit") == []
    expect(told).to_be_focused()

    assert tool.send()["it"]["boundingBoxes"][1]["left"] == 900


def test_a_digit_changes_the_category_of_a_shape_chosen_on_purpose_only(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.drag((100, 100), (300, 200))

    tool.press("3")
    assert tool.rows() == ["1 Car 200 × 100"]
    tool.frame.locator(".pick").click()
    tool.press("2")

    assert tool.rows() == ["1 Bus 200 × 100"]


def test_delete_copy_paste_hide_and_lock(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.drag((100, 100), (300, 200))

    tool.press("Control+c", "Control+v")
    assert tool.rows() == ["2 Car 200 × 100", "1 Car 200 × 100"]
    tool.press("l", "Delete")
    assert len(tool.rows()) == 2
    tool.frame.locator("li").last.hover()  # the row of what is not chosen shows its buttons then
    tool.frame.get_by_role("button", name="Delete Car 1").click()
    assert tool.rows() == ["1 Car 200 × 100"]
    tool.frame.get_by_role("button", name="Hide Car 1").click()

    [box] = tool.send()["it"]["boundingBoxes"]
    assert (box["left"], box["top"]) == (110, 110)


def test_a_box_is_drawn_by_keys_alone(pad: Any) -> None:
    tool = pad("bounding-box")

    tool.press("f")
    tool.frame.locator(".stage").focus()
    tool.press("Shift+ArrowLeft", "x", *["ArrowRight"] * 3, *["ArrowDown"] * 2, "x")

    [box] = tool.send()["it"]["boundingBoxes"]
    assert box["width"] > 10
    assert box["height"] > 5


def test_tab_steps_through_the_shapes_and_then_leaves(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.drag((100, 100), (300, 200))
    tool.drag((500, 300), (700, 400))
    tool.press("Escape")
    tool.frame.locator(".stage").focus()

    tool.press("Tab")
    expect(tool.frame.locator("li[data-chosen]")).to_contain_text("1 Car")
    tool.press("Tab")
    expect(tool.frame.locator("li[data-chosen]")).to_contain_text("2 Car")
    tool.press("Tab")

    expect(tool.frame.locator("li[data-chosen]")).to_have_count(0)
    assert tool.frame.locator(".stage").evaluate("(node) => node.getRootNode().activeElement === node") is False


def test_nothing_drawn_is_warned_of_once_and_then_sent(pad: Any) -> None:
    tool = pad("bounding-box")

    tool.press("Enter")
    expect(tool.frame.get_by_role("alert").filter(has_text="Nothing is drawn")).to_be_visible()
    assert heard(tool.page, "submit") == []

    assert tool.send()["it"]["boundingBoxes"] == []


def test_a_draft_is_told_and_an_answer_restored(pad: Any) -> None:
    answer = {"it": {"boundingBoxes": [BOX], "inputImageProperties": SIZE}}
    tool = pad("bounding-box", answer=answer)

    assert tool.rows() == ["1 Car 200 × 100"]
    tool.drag((500, 300), (700, 400))

    drafts = heard(tool.page, "changed")
    assert len(drafts[-1]["answer"]["it"]["boundingBoxes"]) == 2


def test_in_review_shapes_are_shown_and_cannot_be_changed(pad: Any) -> None:
    tool = pad("bounding-box", answer={"it": {"boundingBoxes": [BOX]}}, mode="review")

    tool.drag((500, 300), (700, 400))
    tool.press("n", "Delete", "ArrowRight")

    assert tool.rows() == ["1 Car 200 × 100"]
    expect(tool.frame.get_by_role("button", name="Submit")).to_be_hidden()


def test_labels_set_by_a_script_are_drawn_with(pad: Any) -> None:
    tool = pad("bounding-box")

    tool.frame.locator("crowd-bounding-box").evaluate("(node) => { node.labels = node.labels.concat(['Tram']); }")
    tool.press("4")
    tool.drag((100, 100), (300, 200))

    assert tool.rows() == ["1 Tram 200 × 100"]


# --- shapes of points ---------------------------------------------------------------------------------------


def test_a_polygon_is_closed_at_its_first_point(pad: Any) -> None:
    tool = pad("polygon")

    tool.click((100, 100), (300, 100), (200, 300), (100, 100))

    vertices = [{"x": 100, "y": 100}, {"x": 300, "y": 100}, {"x": 200, "y": 300}]
    assert tool.send() == {"it": {"polygons": [{"label": "Car", "vertices": vertices}], "inputImageProperties": SIZE}}


def test_a_point_is_added_on_an_edge_and_taken_out_again(pad: Any) -> None:
    tool = pad("polygon")
    tool.click((100, 100), (300, 100), (200, 300), (100, 100))

    tool.drag((200, 100), (200, 50))
    assert tool.rows() == ["1 Car 4 •"]
    tool.press("Delete")
    assert tool.rows() == ["1 Car 3 •"]
    tool.press("z")

    [polygon] = tool.send()["it"]["polygons"]
    assert polygon["vertices"][1] == {"x": 200, "y": 50}


def test_backspace_takes_back_the_last_point_and_escape_the_whole(pad: Any) -> None:
    tool = pad("polygon")
    tool.click((100, 100), (300, 100), (700, 500))

    tool.press("Backspace")
    tool.click((200, 300), (100, 100))
    tool.click((500, 500), (600, 500))
    tool.press("Escape")

    [polygon] = tool.send()["it"]["polygons"]
    assert polygon["vertices"][-1] == {"x": 200, "y": 300}
    assert heard(tool.page, "key") == []


def test_undo_takes_back_points_of_what_is_being_drawn_first(pad: Any) -> None:
    tool = pad("polygon")
    undo, redo = (tool.frame.get_by_role("button", name=name) for name in ("Undo", "Redo"))

    expect(undo).to_be_disabled()
    tool.click((100, 100))
    expect(undo).to_be_enabled()
    tool.click((300, 100), (200, 300), (100, 100))
    tool.click((500, 300), (700, 300))
    undo.click()
    expect(redo).to_be_enabled()
    tool.press("Control+z")
    assert tool.rows() == ["1 Car 3 •"]
    expect(redo).to_be_enabled()
    redo.click()
    tool.press("Control+Shift+z")
    expect(redo).to_be_disabled()
    tool.click((700, 500), (500, 300))
    assert tool.rows() == ["2 Car 3 •", "1 Car 3 •"]
    tool.press("Control+z")
    undo.click()

    assert tool.rows() == []
    expect(undo).to_be_disabled()
    tool.press("Shift+Z")  # which a button that is off would keep to itself
    assert tool.rows() == ["1 Car 3 •"]


def test_undo_drops_a_box_that_is_being_dragged_and_leaves_the_one_before(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.drag((100, 100), (300, 200))
    tool.page.mouse.move(*tool.at(500, 300))
    tool.page.mouse.down()
    tool.page.mouse.move(*tool.at(600, 400))

    tool.press("Control+z")
    tool.page.mouse.up()

    assert tool.rows() == ["1 Car 200 × 100"]
    assert tool.send()["it"]["boundingBoxes"] == [BOX]


def test_a_button_let_go_where_nobody_could_tell_ends_the_box_with_the_next_move(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.page.mouse.move(*tool.at(100, 100))
    tool.page.mouse.down()
    tool.page.mouse.move(*tool.at(300, 200), steps=3)

    tool.frame.locator("img.there").evaluate(
        """(image) => {
            const { right, bottom } = image.getBoundingClientRect();
            const lost = { pointerId: 1, buttons: 0, clientX: right, clientY: bottom, bubbles: true, composed: true };
            image.dispatchEvent(new PointerEvent("pointermove", lost));
        }"""
    )

    assert tool.rows() == ["1 Car 200 × 100"]


def test_the_step_from_the_last_shape_leads_to_the_first(pad: Any) -> None:
    tool = pad("bounding-box")
    tool.drag((100, 100), (300, 200))

    tool.press("n", "Control+c", "Control+v")

    assert len(tool.rows()) == 2


def test_an_outline_that_crosses_itself_is_warned_of(pad: Any) -> None:
    tool = pad("polygon")
    tool.click((100, 100), (300, 300), (300, 100), (100, 300), (100, 100))

    tool.press("Enter")

    expect(tool.frame.get_by_role("alert").filter(has_text="crosses itself: 1 Car")).to_be_visible()
    assert len(tool.send()["it"]["polygons"]) == 1


def test_a_polyline_ends_with_enter_and_a_line_with_the_drag(pad: Any) -> None:
    tool = pad("polyline", attributes="label-colors=\"['#ff0000']\"")
    tool.click((100, 100), (300, 120), (500, 100))
    tool.press("Enter")
    vertices = [{"x": 100, "y": 100}, {"x": 300, "y": 120}, {"x": 500, "y": 100}]
    assert tool.send()["it"]["polylines"] == [{"label": "Car", "vertices": vertices}]

    tool = pad("line")
    tool.drag((100, 100), (400, 300))
    assert tool.send()["it"]["lines"] == [{"label": "Car", "vertices": [{"x": 100, "y": 100}, {"x": 400, "y": 300}]}]


def test_keypoints_of_a_skeleton_go_on_to_the_next_category(pad: Any) -> None:
    tool = pad("keypoint", "['Nose', 'Eye', 'Ear']", "skeleton=\"[['Nose', 'Eye'], ['Eye', 'Ear']]\"")

    tool.click((100, 100), (200, 100), (300, 120))
    tool.drag((300, 120), (300, 140))

    points = [{"label": "Nose", "x": 100, "y": 100}, {"label": "Eye", "x": 200, "y": 100}]
    answer = tool.send()["it"]
    assert answer == {"keypoints": [*points, {"label": "Ear", "x": 300, "y": 140}], "inputImageProperties": SIZE}


def test_an_unknown_initial_label_is_not_drawn(pad: Any) -> None:
    tool = pad("keypoint", attributes="initial-value=\"[{label: 'Moon', x: 5, y: 5}, {label: 'Bus', x: 7, y: 8}]\"")

    assert tool.rows() == ["1 Bus 7, 8"]


@pytest.mark.parametrize("tag", ["bounding-box", "polygon", "polyline", "line", "keypoint"])
def test_shapes_are_drawn_by_touch(pad: Any, page: Page, tag: str) -> None:
    tool = pad(tag)

    def finger(*points: tuple[float, float]) -> None:
        stroke(page, *(tool.at(*point) for point in points))

    if tag in ("bounding-box", "line"):
        finger((100, 100), (200, 150), (300, 200))
    else:
        for point in [(100, 100), (300, 100), (300, 300)][: 1 if tag == "keypoint" else 3]:
            finger(point)
        tool.press("Enter")

    expect(tool.frame.locator(".pick")).to_have_count(1)


def test_two_fingers_zoom_instead_of_drawing(pad: Any, page: Page) -> None:
    tool = pad("bounding-box")
    cdp = page.context.new_cdp_session(page)
    before = tool.scale

    def touch(kind: str, *points: tuple[float, float]) -> None:
        places = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(tool.at(*point) for point in points)]
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})

    touch("touchStart", (400, 300))
    touch("touchStart", (400, 300), (500, 300))
    for gap in (120, 160, 220):
        touch("touchMove", (450 - gap, 300), (450 + gap, 300))
    touch("touchEnd")
    tool.look()

    assert tool.scale > before * 1.5
    assert tool.rows() == []


def test_a_button_names_the_key_that_the_worker_gave_it(page: Page, mount: Mount) -> None:
    tool = """<crowd-bounding-box name="b" labels="['Car']" src="/store/1.svg"></crowd-bounding-box>"""
    frame = mount(f"<crowd-form>{tool}</crowd-form>", keys={"b": "w", "w": "b", "Z": "Q", "Q": "Z"})
    names = ("Draw, key w", "Choose, key v", "Redo, key shift q", "Zoom out, key minus")
    assert [frame.get_by_role("button", name=name).count() for name in names] == [1, 1, 1, 1]

    page.evaluate("frame_.post('keys', { keys: {} })")

    expect(frame.get_by_role("button", name="Draw, key b")).to_have_count(1)
    expect(frame.get_by_role("button", name="Redo, key shift z")).to_have_count(1)
