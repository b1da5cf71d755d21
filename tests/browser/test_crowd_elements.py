"""The crowd- elements in a frame as the page loads them: serialisation, keys, attributes, review."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, heard, sent
from tests.browser.faults import frame_faults
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser
CLASSIFIER = (
    '<crowd-classifier name="c" header="Which?" categories="{categories}">'
    "<classification-target>{text}</classification-target></crowd-classifier>"
)


def image(desk: Desk, inner: str = "", **attributes: str) -> str:
    given = {"name": "crowd-image-classifier", "src": f"{desk.url}/store/1.svg", "header": "Which?"}
    given |= {"categories": "['Cat', 'Dog',]"} | attributes
    text = " ".join(f'{name}="{value}"' for name, value in given.items())
    return f"<crowd-form><crowd-image-classifier {text}>{inner}</crowd-image-classifier></crowd-form>"


def text_form(categories: str = "['Cat', 'Dog']", text: str = "A text", around: str = "{}") -> str:
    return f"<crowd-form>{around.format(CLASSIFIER.format(categories=categories, text=text))}</crowd-form>"


WIDGETS = [
    "bounding-box", "polygon", "polyline", "line", "keypoint", "semantic-segmentation", "instance-segmentation",
    "image-classifier", "classifier", "classifier-multi-select", "entity-annotation", "text-ranking",
]  # fmt: skip
STYLING = """<script>document.addEventListener("all-crowd-elements-ready", () => {
    for (const one of document.querySelectorAll("[name=it]")) {
        one.shadowRoot.querySelector(".awsui-app-layout__navigation").style.border = "1px solid red";
        one.shadowRoot.querySelector(".awsui-modal-dialog").style.width = "90%";
        document.body.dataset.styled = Number(document.body.dataset.styled ?? 0) + 1;
    }
});</script>"""


def test_templates_style_the_places_of_both_kinds_of_instructions(page: Page, mount: Mount) -> None:
    inner = (
        '<short-instructions>Short <input name="a"></short-instructions>'
        '<full-instructions>Full <input name="b"></full-instructions>'
    )
    given = "name=it src=/store/1.svg text=Ada labels=\"['A']\" categories=\"['A']\" responses=\"['A']\""
    widgets = "".join(f"<crowd-{tag} {given}>{inner}</crowd-{tag}>" for tag in WIDGETS)
    frame = mount(f"<crowd-form>{widgets}</crowd-form>{STYLING}")
    where = """body => [...body.querySelectorAll("[name=it] > :is(short-instructions, full-instructions)")].map(
        (region) => region.assignedSlot.parentElement.className)"""

    expect(frame.locator("body")).to_have_attribute("data-styled", str(len(WIDGETS)))
    places = ["awsui-app-layout__navigation", "awsui-modal-dialog"] * len(WIDGETS)
    assert frame.locator("body").evaluate(where) == places


# --- where one writes to the left ---------------------------------------------------------------------------


def test_the_arrow_to_the_left_leads_on_where_one_writes_to_the_left(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(image(desk), dir="rtl")
    frame.locator(".answer").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(frame.locator(".answer").nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(frame.locator(".answer").first).to_be_focused()

    buttons = "".join(f'<crowd-radio-button name="{one}">{one}</crowd-radio-button>' for one in "abc")
    frame = mount(f"<crowd-form><crowd-radio-group>{buttons}</crowd-radio-group></crowd-form>", dir="rtl")
    frame.get_by_role("radio", name="a").focus()
    page.keyboard.press("ArrowLeft")

    expect(frame.get_by_role("radio", name="b")).to_be_checked()


def test_what_is_asked_and_typed_reads_in_its_own_direction_beside_the_rest(page: Page, mount: Mount) -> None:
    frame = mount('<crowd-form><crowd-text-area name="t" label="Really?"></crowd-text-area></crowd-form>', dir="rtl")
    frame.get_by_role("textbox", name="Really?").fill("Yes.")
    label, control = frame.locator("label"), frame.locator("textarea")
    styles = "node => { const { direction, textAlign } = getComputedStyle(node); return [direction, textAlign]; }"

    assert label.evaluate(styles) == ["ltr", "end"]
    assert control.evaluate(styles)[0] == "ltr"
    control.fill("כן.")
    assert control.evaluate(styles)[0] == "rtl"


# --- one category -------------------------------------------------------------------------------------------


def test_a_digit_submits_where_one_key_answers(desk: Desk, page: Page, mount: Mount) -> None:
    mount(image(desk), instant=True)

    page.keyboard.press("2")

    assert sent(page) == {"crowd-image-classifier": {"label": "Dog"}}


def test_a_category_named_by_a_digit_has_that_digit(page: Page, mount: Mount) -> None:
    frame = mount(text_form("['0', '1', 'none', '2']"), instant=True)

    keys = frame.locator(".answer .key").all_text_contents()
    page.keyboard.press("2")

    assert keys == ["0", "1", "3", "2"]
    assert sent(page) == {"c": {"label": "2"}}


def test_elsewhere_a_digit_chooses_and_enter_or_the_same_again_submits(page: Page, mount: Mount) -> None:
    frame = mount(text_form())

    page.keyboard.press("1")
    expect(frame.get_by_role("radio", name="Cat")).to_be_checked()
    assert heard(page, "submit") == []
    page.keyboard.press("2")
    page.keyboard.press("2")

    assert sent(page) == {"c": {"label": "Dog"}}


def test_arrows_move_the_focus_and_enter_picks(page: Page, mount: Mount) -> None:
    frame = mount(text_form("['a', 'b', 'c']"), instant=True)

    frame.get_by_role("radio", name="a").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert heard(page, "submit") == []
    page.keyboard.press("Enter")

    assert sent(page) == {"c": {"label": "c"}}


def test_nothing_chosen_is_told_and_not_sent(page: Page, mount: Mount) -> None:
    frame = mount(text_form())

    frame.get_by_role("button", name="Submit").click()

    expect(frame.get_by_role("alert").filter(has_text="Choose a category first.")).to_be_visible()
    assert heard(page, "submit") == []


def test_another_control_in_the_form_stops_the_one_key(page: Page, mount: Mount) -> None:
    frame = mount(text_form(around='{}<label>Why? <input name="why"></label>'), instant=True)

    page.keyboard.press("1")
    frame.get_by_label("Why?").fill("1 reason")
    assert heard(page, "submit") == []
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"c": {"label": "Cat"}, "why": "1 reason"}


def test_a_comment_is_sent_when_typed(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(image(desk, '<worker-comment header="Remark" link-text="Say more"></worker-comment>'), instant=True)

    frame.get_by_role("button", name="Say more").click()
    frame.get_by_label("Remark").fill("blurred 1")
    frame.get_by_role("radio", name="Cat").click()
    assert heard(page, "submit") == []
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"crowd-image-classifier": {"label": "Cat", "workerComment": "blurred 1"}}


def test_a_held_key_answers_once(desk: Desk, page: Page, mount: Mount) -> None:
    mount(image(desk), instant=True)

    page.keyboard.down("1")
    page.keyboard.down("1")
    page.keyboard.up("1")

    assert len(heard(page, "submit")) == 1


# --- attributes, properties, regions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("['Cat', 'Dog']", ["Cat", "Dog"]),
        ("[ 'a', // first\n 'b', /* last */ ]", ["a", "b"]),
        ("[&quot;R&amp;D&quot;, 'it\\'s']", ["R&D", "it's"]),
    ],
)
def test_categories_are_lenient_json_and_read_back_strict(
    page: Page, mount: Mount, written: str, read: list[str]
) -> None:
    frame = mount(text_form(written))

    assert frame.get_by_role("radio").all_inner_texts() == [f"{n}\n{text}" for n, text in enumerate(read, 1)]
    strict = json.dumps(read, separators=(",", ":"))
    assert frame.locator("crowd-classifier").get_attribute("categories") == strict


def test_lenient_json_of_objects(desk: Desk, page: Page) -> None:
    page.goto(f"{desk.url}/blank/")
    text = "[ {label: 'a', x: 1,}, {'b-c': -1.5e2, d: null, \"e\": [true, .5]}, ]"
    parsed = page.evaluate("async (text) => (await import('/static/crowd/json.js')).parseLenient(text)", text)

    assert parsed == [{"label": "a", "x": 1}, {"b-c": -150, "d": None, "e": [True, 0.5]}]


@pytest.mark.parametrize("text", ["[1, 2", "{a 1}", "'open", "[1] 2", "word"])
def test_what_is_no_json_throws(desk: Desk, page: Page, text: str) -> None:
    page.goto(f"{desk.url}/blank/")
    script = """async (text) => {
        const { parseLenient } = await import('/static/crowd/json.js');
        try { parseLenient(text); return "parsed"; } catch (error) { return error.name; }
    }"""

    assert page.evaluate(script, text) == "SyntaxError"


def test_a_property_set_by_a_script_redraws(page: Page, mount: Mount) -> None:
    script = """<script>
      document.querySelector("crowd-classifier").header = "Set early";
      document.addEventListener("all-crowd-elements-ready", () => {
        const element = document.querySelector("crowd-classifier");
        element.categories = element.categories.concat(["Bird"]);
      });
    </script>"""
    frame = mount(text_form() + script)

    expect(frame.get_by_role("radio", name="Bird")).to_be_visible()
    expect(frame.get_by_role("heading", name="Set early")).to_be_visible()


def test_the_change_event_carries_the_label(page: Page, mount: Mount) -> None:
    script = """<script>document.querySelector("crowd-classifier").addEventListener("change", (event) => {
      document.documentElement.dataset.changed = event.target.value; });</script>"""
    frame = mount(text_form() + script)

    page.keyboard.press("2")

    expect(frame.locator('html[data-changed="Dog"]')).to_have_count(1)


def test_instructions_go_to_the_page_and_those_with_inputs_stay(page: Page, mount: Mount) -> None:
    inner = '<full-instructions header="How"><p>Look <b>well</b></p></full-instructions>'
    live = '<short-instructions><label>Sure? <input name="sure" value="yes"></label></short-instructions>'
    html = text_form().replace("</crowd-classifier>", f"{inner}{live}</crowd-classifier>")
    frame = mount(html)

    expect(frame.get_by_label("Sure?")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Enter")

    assert sent(page) == {"c": {"label": "Cat"}, "sure": "yes"}
    tree = {"tag": "p", "children": ["Look ", {"tag": "b", "children": ["well"]}]}
    assert page.evaluate("window.ready.regions") == {"short": [], "full": [{"header": "How", "children": [tree]}]}


# --- the form -----------------------------------------------------------------------------------------------

NATIVES = """<crowd-form>
  <input name="text" value="a"><input name="empty"><input type="number" name="n" value="3">
  <input type="hidden" name="h">
  <input type="checkbox" name="box" value="x" checked><input type="checkbox" name="box" value="y">
  <input type="checkbox" name="one">
  <input type="radio" name="pick" value="1"><input type="radio" name="pick" value="2" checked>
  <select name="choice"><option>p</option><option value="q" selected>Q</option></select>
  <textarea name="area">l1\nl2</textarea><input name="off" value="z" disabled><input value="nameless">
  <input name="_" value="first"><input name="_" value="last">
</crowd-form>"""


def test_native_controls_are_serialised_as_the_service_does(page: Page, mount: Mount) -> None:
    frame = mount(NATIVES)

    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {
        "text": "a",
        "empty": "",
        "n": "3",
        "h": "",
        "box": {"x": True, "y": False},
        "one": {"on": False},
        "pick": {"1": False, "2": True},
        "choice": "q",
        "area": "l1\nl2",
        "_": "last",
    }


def test_a_handler_fills_hidden_fields_before_they_are_read(page: Page, mount: Mount) -> None:
    script = """<script>document.querySelector("crowd-form").onsubmit = () => {
      document.querySelector("[name=h]").value = JSON.stringify({ a: 1 }); };</script>"""
    frame = mount(NATIVES + script)

    frame.get_by_role("button", name="Submit").click()

    assert sent(page)["h"] == '{"a":1}'


def test_a_handler_stops_the_form_and_may_send_it_later(page: Page, mount: Mount) -> None:
    script = """<script>const form = document.querySelector("crowd-form"); form.addEventListener("submit", (event) => {
      event.preventDefault(); event.stopPropagation();
      const box = document.querySelector("[name=one]");
      if (box.checked) setTimeout(() => form.submit(), 50); });</script>"""
    frame = mount(NATIVES + script)

    frame.get_by_role("button", name="Submit").click()
    assert heard(page, "submit") == []
    frame.locator("[name=one]").check()
    frame.get_by_role("button", name="Submit").click()

    assert sent(page)["one"] == {"on": True}


def test_required_fields_block_the_form(page: Page, mount: Mount) -> None:
    frame = mount('<crowd-form><label>Why? <input name="why" required></label></crowd-form>')

    frame.get_by_role("button", name="Submit").click()
    assert heard(page, "submit") == []
    expect(frame.get_by_label("Why?")).to_be_focused()
    frame.get_by_label("Why?").fill("so")
    page.keyboard.press("Enter")

    assert sent(page) == {"why": "so"}


def test_a_plain_button_and_the_submit_method_send_but_a_bare_crowd_button_does_not(page: Page, mount: Mount) -> None:
    buttons = """<crowd-form><input name="a" value="1"><crowd-button id="bare">Bare</crowd-button>
      <crowd-button onclick="document.querySelector('crowd-form').submit()">Code</crowd-button>
      <button>Plain</button></crowd-form>"""
    for name in ("Code", "Plain"):
        frame = mount(buttons)
        frame.get_by_role("button", name="Bare").click()
        assert heard(page, "submit") == []
        frame.get_by_role("button", name=name).click()
        assert sent(page) == {"a": "1"}


def test_a_draft_is_told_and_restored(page: Page, mount: Mount) -> None:
    frame = mount(NATIVES)
    frame.locator("[name=text]").fill("typed")
    [*_, last] = heard(page, "changed")

    frame = mount(NATIVES, answer=last["answer"] | {"box": {"x": False, "y": True}, "choice": "p"})

    expect(frame.locator("[name=text]")).to_have_value("typed")
    expect(frame.locator("[name=box][value=y]")).to_be_checked()
    expect(frame.locator("[name=box][value=x]")).not_to_be_checked()
    expect(frame.locator("[name=choice]")).to_have_value("p")


def test_in_review_the_answer_is_shown_and_nothing_can_be_changed(desk: Desk, page: Page, mount: Mount) -> None:
    answer = {"crowd-image-classifier": {"label": "Dog"}}
    frame = mount(image(desk), mode="review", instant=True, answer=answer)

    expect(frame.get_by_role("radio", name="Dog")).to_be_checked()
    expect(frame.get_by_role("radio", name="Cat")).to_be_disabled()
    expect(frame.get_by_role("button", name="Submit")).to_be_hidden()
    page.keyboard.press("1")
    page.keyboard.press("j")

    assert heard(page, "submit") == []
    assert [message["key"] for message in heard(page, "key")] == ["1", "j"]


# --- the picture --------------------------------------------------------------------------------------------

VIEW = """() => { const stage = document.querySelector("crowd-image-classifier").stage; return stage.view; }"""


def view(page: Page) -> dict[str, float]:
    return page.frames[-1].evaluate(VIEW)


def test_the_wheel_zooms_to_the_pointer_and_fit_returns(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(image(desk))
    expect(frame.locator("img.there")).to_be_visible()
    before = view(page)
    point = (300, 200)
    under = [(point[n] - before["xy"[n]]) / before["scale"] for n in (0, 1)]

    page.mouse.move(*point)
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(100)
    after = view(page)

    assert after["scale"] > 1.5 * before["scale"]
    assert [(point[n] - after["xy"[n]]) / after["scale"] for n in (0, 1)] == pytest.approx(under)
    page.keyboard.press("f")
    assert view(page) == before


def test_dragging_moves_and_contrast_is_a_toggle(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(image(desk))
    expect(frame.locator("img.there")).to_be_visible()
    before = view(page)

    page.mouse.move(300, 200)
    page.mouse.down()
    page.mouse.move(350, 230)
    page.mouse.up()
    page.keyboard.press("c")

    after = view(page)
    assert (after["x"] - before["x"], after["y"] - before["y"]) == (50, 30)
    expect(frame.get_by_role("button", name="Contrast, key c")).to_have_attribute("aria-pressed", "true")
    expect(frame.locator("img.vivid")).to_have_count(1)


def test_a_picture_that_does_not_load_says_so_and_can_be_tried_again(desk: Desk, page: Page, mount: Mount) -> None:
    page.route("**/store/1.svg", lambda route: route.abort())
    frame = mount(image(desk))

    expect(frame.get_by_role("alert")).to_contain_text("The picture did not load.")
    page.unroute("**/store/1.svg")
    frame.get_by_role("button", name="Try again").click()

    expect(frame.locator("img.there")).to_be_visible()
    expect(frame.get_by_text("The picture did not load.")).to_be_hidden()


def test_pictures_are_asked_for_with_cors_and_never_turned(desk: Desk, mount: Mount) -> None:
    picture = mount(image(desk)).locator("img")

    expect(picture).to_have_attribute("crossorigin", "anonymous")
    expect(picture).to_have_css("image-orientation", "none")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_the_elements_are_accessible(desk: Desk, page: Page, mount: Mount, scheme: str) -> None:
    colours = {
        "dark": "--bg:#0e1419;--surface:#151d24;--text:#e7edf2;--text-2:#a9b6c3;--line-strong:#6d7e8f;--float:#1d2832",
        "light": "--bg:#f5f7f8;--surface:#fff;--text:#16202a;--text-2:#495766;--line-strong:#7f8d9b;--float:#fff",
    }
    frame = mount(
        image(desk, "<worker-comment></worker-comment>"), css=f":root{{color-scheme:{scheme};{colours[scheme]}}}"
    )
    expect(frame.locator("img.there")).to_be_visible()

    assert frame_faults(page) == []


@pytest.mark.parametrize(
    "around", ["<crowd-form>{}</crowd-form>", "<form>{}</form>", "{}"], ids=["ours", "plain", "none"]
)
def test_an_element_of_the_template_is_connected_once(mount: Mount, around: str) -> None:
    own = """<my-box></my-box><input name="a" value="1"><script>
      customElements.define("my-box", class extends HTMLElement {
        connectedCallback() { this.attachShadow({ mode: "open" }).innerHTML = "<p>Once</p>"; }
        disconnectedCallback() { this.remove(); }
      });
    </script>"""

    frame = mount(around.format(own))

    expect(frame.get_by_text("Once")).to_be_visible()
    expect(frame.locator("crowd-form form my-box")).to_have_count(1)
