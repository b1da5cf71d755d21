"""The plain crowd- elements that carry a value: what they put into the answer, and how they are worked."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, heard, sent
from tests.browser.plain import FIELDS, FLAGS, SLIDERS, form, place, run, submit

pytestmark = pytest.mark.browser

# --- fields -------------------------------------------------------------------------------------------------


def test_fields_send_their_text_and_an_empty_input_nothing(page: Page, mount: Mount) -> None:
    frame = mount(form(FIELDS))

    frame.get_by_label("Word").fill("wörd")
    frame.get_by_label("Day").fill("2026-01-31")
    frame.get_by_label("Around").fill("tied")
    frame.get_by_label("Lines").press_sequentially("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two 1")
    assert heard(page, "submit") == []
    submit(frame)

    assert sent(page) == {
        "word": "wörd",
        "preset": "given",
        "day": "2026-01-31",
        "count": "3",
        "lines": "one\ntwo 1",
        "none": "",
        "around": "tied",
    }


def test_enter_in_an_input_sends_the_form(page: Page, mount: Mount) -> None:
    frame = mount(form('<crowd-input name="a" label="A"></crowd-input>'))

    frame.get_by_label("A").fill("x")
    page.keyboard.press("Enter")

    assert sent(page) == {"a": "x"}


def test_characters_that_are_too_many_or_not_allowed_are_refused(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-input name="short" label="Short" max-length="3"></crowd-input>
          <crowd-input name="digits" label="Digits" auto-validate allowed-pattern="[0-9]"></crowd-input>
          <crowd-text-area name="long" label="Long" max-length="5" char-counter></crowd-text-area>""")
    )

    frame.get_by_label("Short").press_sequentially("abcdef")
    frame.get_by_label("Digits").press_sequentially("1a2-3")
    frame.get_by_label("Long").press_sequentially("abcdefgh")
    expect(frame.get_by_text("5 of 5 characters")).to_be_visible()
    submit(frame)

    assert sent(page) == {"short": "abc", "digits": "123", "long": "abcde"}


def test_a_field_says_what_is_wrong_while_one_types(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-input name="zip" label="Zip" auto-validate allowed-pattern="^[0-9]{5}$"
          error-message="Five digits"></crowd-input>
          <crowd-input name="mail" label="Mail" type="email"></crowd-input>""")
    )

    frame.get_by_label("Zip").press_sequentially("12")
    expect(frame.get_by_text("Five digits")).to_be_visible()
    frame.get_by_label("Mail").fill("nobody")
    submit(frame)
    assert heard(page, "submit") == []
    frame.get_by_label("Zip").press_sequentially("345")
    expect(frame.get_by_text("Five digits")).to_be_hidden()
    submit(frame)
    expect(frame.get_by_label("Mail")).to_be_focused()
    frame.get_by_label("Mail").fill("ada@example.org")
    submit(frame)

    assert sent(page) == {"zip": "12345", "mail": "ada@example.org"}


def test_a_text_area_grows_with_its_lines_up_to_a_limit(page: Page, mount: Mount) -> None:
    frame = mount(form('<crowd-text-area name="t" label="T" rows="2" max-rows="4"></crowd-text-area>'))
    area = frame.get_by_label("T")
    heights = []

    for text in ("", "1\n2\n3", "1\n2\n3\n4\n5\n6", "1"):
        area.fill(text)
        heights.append(area.evaluate("node => node.rows"))

    assert heights == [2, 3, 4, 2]


REQUIRED = {
    "crowd-input": '<crowd-input name="a" required></crowd-input>',
    "crowd-text-area": '<crowd-text-area name="a" required></crowd-text-area>',
    "crowd-checkbox": '<crowd-checkbox name="a" required>Agree</crowd-checkbox>',
    "crowd-toggle-button": '<crowd-toggle-button name="a" required>Agree</crowd-toggle-button>',
    "crowd-slider": '<crowd-slider name="a" required></crowd-slider>',
}
WRITE = "value = 'x'"
SETTERS = {"crowd-checkbox": "checked = true", "crowd-toggle-button": "checked = true", "crowd-slider": "value = 7"}
ANSWERS = {"crowd-checkbox": {"on": True}, "crowd-toggle-button": {"on": True}, "crowd-slider": 7}


def test_what_is_required_blocks_the_form_with_the_browsers_message(page: Page, mount: Mount) -> None:
    for tag, html in REQUIRED.items():
        frame = mount(form(html))

        submit(frame)
        assert heard(page, "submit") == [], tag
        assert run(page, "document.activeElement.localName") == tag
        assert run(page, f"document.querySelector('{tag}').validationMessage").startswith("Please ")
        run(page, f"document.querySelector('{tag}').{SETTERS.get(tag, WRITE)}")
        submit(frame)

        assert sent(page) == {"a": ANSWERS.get(tag, "x")}


# --- flags --------------------------------------------------------------------------------------------------

FLAGS_AT_FIRST = {
    "image": {"blurry": False, "dim": True},
    "one": {"on": False},
    "t": {"v": False},
    "t2": {"on": True},
    "tech": {"tech": False},
    "arts": {"arts": True},
    "none": {"on": False},
    "loose": {"1": True, "2": False},
    "outer": {"on": False},
}


def test_flags_send_every_value_and_those_of_a_name_share_one_object(page: Page, mount: Mount) -> None:
    frame = mount(form(FLAGS))

    submit(frame)

    assert sent(page) == FLAGS_AT_FIRST


def test_flags_are_worked_by_mouse_and_keyboard(page: Page, mount: Mount) -> None:
    frame = mount(form(FLAGS))

    frame.get_by_text("Blurry").click()
    frame.get_by_text("Outer text").click()
    frame.get_by_role("switch", name="Toggle").focus()
    page.keyboard.press("Space")
    frame.get_by_role("radio", name="Arts").focus()
    page.keyboard.press("ArrowUp")
    expect(frame.get_by_role("radio", name="Tech")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(frame.get_by_role("radio", name="None")).to_be_checked()
    frame.get_by_role("radio", name="Loose 2").click()
    submit(frame)

    changes = {
        "image": {"blurry": True, "dim": True},
        "t": {"v": True},
        "arts": {"arts": False},
        "none": {"on": True},
        "loose": {"1": False, "2": True},
        "outer": {"on": True},
    }
    assert sent(page) == FLAGS_AT_FIRST | changes


def test_a_group_of_radio_buttons_is_one_stop_of_the_tab_key(page: Page, mount: Mount) -> None:
    frame = mount(form(FLAGS))

    frame.get_by_role("switch", name="Other").focus()
    page.keyboard.press("Tab")
    expect(frame.get_by_role("radio", name="Arts")).to_be_focused()
    page.keyboard.press("Tab")

    expect(frame.get_by_role("radio", name="Loose 1")).to_be_focused()


# --- slider -------------------------------------------------------------------------------------------------


def test_sliders_send_numbers(page: Page, mount: Mount) -> None:
    frame = mount(form(SLIDERS))

    frame.get_by_role("slider", name="How").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(frame.get_by_text("4", exact=True)).to_be_visible()
    frame.get_by_role("spinbutton", name="Typed").fill("66")
    submit(frame)

    assert heard(page, "key") == []
    assert sent(page) == {"how": 4, "half": 0.5, "typed": 66}


def test_a_sliders_labels_stand_at_their_places(page: Page, mount: Mount) -> None:
    frame = mount(form(SLIDERS))

    slider = place(frame.get_by_role("slider", name="How"))
    low, high = (place(frame.get_by_text(text)) for text in ("Low", "High"))

    assert 0 <= low["x"] - slider["x"] <= 10
    assert 0 <= slider["x"] + slider["width"] - high["x"] - high["width"] <= 10
    assert low["y"] == high["y"]


# --- properties, events, tags that do not close ---------------------------------------------------------------

SCRIPTED = """<crowd-input id="word" name="word"></crowd-input><crowd-slider id="how" name="how"></crowd-slider>
  <crowd-checkbox id="box" name="box" value="b">Box</crowd-checkbox><crowd-card id="card"><p>Inner</p></crowd-card>
  <div id="errorBox"></div>"""


def test_properties_work_before_and_after_the_upgrade(page: Page, mount: Mount) -> None:
    early = """document.querySelector("#word").value = "early"; box.checked = true; card.heading = "Set early";
      customElements.whenDefined("crowd-slider").then(() => { document.body.dataset.defined = "yes"; });
      document.addEventListener("all-crowd-elements-ready", () => { how.max = "5"; how.value = 99;
      word.label = "Late"; });"""
    frame = mount(form(SCRIPTED, early))

    expect(frame.get_by_label("Late")).to_have_value("early")
    expect(frame.get_by_role("heading", name="Set early")).to_be_visible()
    expect(frame.locator("body[data-defined=yes]")).to_have_count(1)
    run(page, "word.value = null; box.disabled = true; box.checked = false")
    submit(frame)

    assert sent(page) == {"how": 5}


def test_input_and_change_reach_the_templates_listeners_with_the_new_value(page: Page, mount: Mount) -> None:
    script = """const log = []; window.log = log;
      for (const type of ["input", "change"]) document.querySelector("crowd-form").addEventListener(type,
        ({ target }) => log.push([type, target.localName,
        target.localName === "crowd-checkbox" ? target.checked : target.value]));
      how.onchange = () => log.push(["onchange", how.value]);"""
    frame = mount(form(SCRIPTED, script))

    frame.get_by_text("Box").click()
    frame.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    frame.get_by_role("textbox").press_sequentially("a")
    page.keyboard.press("Tab")

    assert run(page, "log") == [
        ["input", "crowd-checkbox", True],
        ["change", "crowd-checkbox", True],
        ["input", "crowd-slider", 1],
        ["onchange", 1],
        ["change", "crowd-slider", 1],
        ["input", "crowd-input", "a"],
        ["change", "crowd-input", "a"],
    ]


def test_what_follows_a_tag_that_does_not_close_is_still_there(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-badge icon="star" for="first"/> <crowd-input id="first" name="first" label="First"/>
          <p>Between</p> <crowd-slider name="slide" value="4"/> <crowd-checkbox name="box" value="b"/> Box
          <crowd-icon-button icon="refresh"/> <crowd-fab icon="add"/> <input name="native" value="n">
          <crowd-toast text="Hello"/> <crowd-radio-button name="r"/>
          Radio <crowd-text-area name="last" label="Last"/> <p>End</p>""")
    )

    for text in ("Between", "Box", "Radio", "End"):
        expect(frame.get_by_text(text, exact=True)).to_be_visible()
    frame.get_by_label("First").fill("1")
    frame.get_by_label("Last").fill("2")
    frame.get_by_text("Box").click()
    submit(frame)

    assert sent(page) == {
        "first": "1",
        "slide": 4,
        "box": {"b": True},
        "native": "n",
        "r": {"on": False},
        "last": "2",
    }


def test_elements_that_a_script_writes_later_work(page: Page, mount: Mount) -> None:
    later = """errorBox.innerHTML = `<crowd-alert type="error" dismissible>Add one more</crowd-alert>
      <crowd-checkbox name="late" value="v" checked>Late</crowd-checkbox>
      <crowd-input name="later" value="w"></crowd-input>`"""
    names = "<!-- crowd-alert crowd-checkbox crowd-input -->"
    frame = mount(form(names + '<div id="errorBox"></div>'))

    run(page, later)
    expect(frame.get_by_role("alert").locator("visible=true")).to_have_count(1)
    frame.get_by_role("button", name="Dismiss").click()
    expect(frame.get_by_text("Add one more")).to_be_hidden()
    submit(frame)

    assert sent(page) == {"late": {"v": True}, "later": "w"}


# --- the form -------------------------------------------------------------------------------------------------


def test_buttons_send_reset_and_stay_quiet_when_off(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-input name="a" label="A" value="first"></crowd-input>
        <crowd-checkbox name="b" checked>B</crowd-checkbox>
          <crowd-slider name="s" value="2" aria-label="S"></crowd-slider>
          <crowd-radio-button name="r" checked>R1</crowd-radio-button>
          <crowd-radio-button name="r" value="2">R2</crowd-radio-button>
          <crowd-button>Bare</crowd-button><crowd-button form-action="reset">Reset</crowd-button>
          <crowd-button form-action="submit" id="off" disabled>Off</crowd-button>
          <crowd-button form-action="submit" loading>Busy</crowd-button>
          <crowd-button form-action="submit" icon="send" icon-align="right" variant="primary">Go</crowd-button>
          <crowd-fab icon="save" title="Save" onclick="document.querySelector('crowd-form').submit()"></crowd-fab>""")
    )

    frame.get_by_label("A", exact=True).fill("second")
    frame.get_by_text("R2").click()
    frame.get_by_text("B", exact=True).click()
    frame.get_by_role("slider").fill("9")
    frame.get_by_role("button", name="Reset").click()
    for name in ("Bare", "Off", "Busy"):
        frame.get_by_role("button", name=name).click(force=True)
    run(page, "off.click()")
    assert heard(page, "submit") == []
    frame.get_by_role("button", name="Save").click()

    assert sent(page) == {"a": "first", "b": {"on": True}, "s": 2, "r": {"on": True, "2": False}}


def test_a_handler_may_stop_a_button_and_the_answer_format_is_ignored(page: Page, mount: Mount) -> None:
    frame = mount(
        '<crowd-form answer-format="flatten-objects"><crowd-checkbox name="a" value="v">A</crowd-checkbox>'
        '<crowd-button id="go" form-action="submit">Go</crowd-button></crowd-form>'
        "<script>go.addEventListener('click', (event) => {"
        " if (!document.querySelector('crowd-checkbox').checked) event.preventDefault(); })</script>"
    )

    frame.get_by_role("button", name="Go").click()
    assert heard(page, "submit") == []
    frame.get_by_text("A", exact=True).click()
    frame.get_by_role("button", name="Go").click()

    assert sent(page) == {"a": {"v": True}}


def test_what_was_added_to_the_inner_form_is_sent_and_globals_are_ids(page: Page, mount: Mount) -> None:
    frame = mount(
        '<crowd-form id="outer"><crowd-input id="word" name="requestSubmit" value="a"></crowd-input></crowd-form>'
    )

    run(page, "outer.form.insertAdjacentHTML('beforeend', '<input name=more value=m>'); word.value = 'b'")
    submit(frame)

    assert sent(page) == {"requestSubmit": "b", "more": "m"}


def test_a_draft_of_every_element_is_restored(page: Page, mount: Mount) -> None:
    html = form(FIELDS + FLAGS + SLIDERS)
    frame = mount(html)
    run(page, "document.querySelector('[name=preset]').value = ''")
    frame.get_by_label("Word").fill("typed")
    frame.get_by_text("Blurry").click()
    frame.get_by_role("radio", name="Tech").check()
    frame.get_by_role("slider", name="Half").fill("0.75")
    [*_, last] = heard(page, "changed")

    frame = mount(html, answer=last["answer"])
    submit(frame)

    answer = sent(page)
    picked = {name: answer.get(name) for name in ("word", "preset", "image", "tech", "arts", "half", "how")}
    assert picked == {
        "word": "typed",
        "preset": None,
        "image": {"blurry": True, "dim": True},
        "tech": {"tech": True},
        "arts": {"arts": False},
        "half": 0.75,
        "how": 1,
    }


def test_in_review_every_element_shows_the_answer_and_cannot_be_changed(page: Page, mount: Mount) -> None:
    answer = {
        "word": "said",
        "lines": "a\nb",
        "image": {"blurry": True, "dim": False},
        "tech": {"tech": True},
        "arts": {"arts": False},
        "how": 7,
    }
    frame = mount(form(FIELDS + FLAGS + SLIDERS), mode="review", answer=answer)

    expect(frame.get_by_label("Word")).to_have_value("said")
    expect(frame.get_by_label("Lines")).to_have_value("a\nb")
    expect(frame.get_by_role("textbox", name="preset")).to_have_value("")
    expect(frame.get_by_role("checkbox", name="Blurry")).to_be_checked()
    expect(frame.get_by_role("checkbox", name="Dim")).not_to_be_checked()
    expect(frame.get_by_role("radio", name="Tech")).to_be_checked()
    expect(frame.get_by_role("slider", name="How")).to_have_value("7")
    expect(frame.get_by_label("Word")).not_to_be_editable()
    for locator in (frame.get_by_role("checkbox"), frame.get_by_role("radio"), frame.get_by_role("slider")):
        assert {one.is_disabled() for one in locator.all()} == {True}
    expect(frame.get_by_role("button", name="Submit")).to_be_hidden()
