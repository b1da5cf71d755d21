"""The crowd- elements that show something: windows, tabs, messages, badges, icons; and all plain ones for everyone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, heard, sent
from tests.browser.faults import frame_faults
from tests.browser.plain import FIELDS, FLAGS, SLIDERS, form, place, run, submit
from tests.browser.work_server import Desk

pytestmark = pytest.mark.browser

# --- windows, tabs, messages ------------------------------------------------------------------------------------

TABS = """<crowd-tabs><crowd-tab header="First"><crowd-input name="a" label="A" value="1"></crowd-input></crowd-tab>
  <crowd-tab header="Second"><crowd-input name="b" label="B" required></crowd-input></crowd-tab>
  <crowd-tab header="Third"><crowd-modal link-text="More">
  <crowd-input name="c" label="C" required></crowd-input></crowd-modal></crowd-tab></crowd-tabs>"""


def test_tabs_are_turned_by_keyboard_and_all_of_them_submit(page: Page, mount: Mount) -> None:
    frame = mount(form(TABS))
    expect(frame.get_by_label("B")).to_be_hidden()

    frame.get_by_role("tab", name="First").focus()
    page.keyboard.press("ArrowRight")
    expect(frame.get_by_role("tab", name="Second")).to_be_focused()
    expect(frame.get_by_role("tab", selected=True)).to_have_text("Second")
    expect(frame.get_by_role("tabpanel", name="Second")).to_be_visible()
    frame.get_by_label("B").fill("2")
    page.keyboard.press("Escape")
    run(page, "document.querySelector('[name=c]').value = '3'")
    frame.get_by_role("tab", name="Second").focus()
    page.keyboard.press("End")
    expect(frame.get_by_role("button", name="More")).to_be_visible()
    submit(frame)

    assert sent(page) == {"a": "1", "b": "2", "c": "3"}


def test_a_required_field_that_is_out_of_sight_is_brought_into_it(page: Page, mount: Mount) -> None:
    frame = mount(form(TABS))

    submit(frame)
    expect(frame.get_by_label("B")).to_be_focused()
    page.keyboard.type("2")
    submit(frame)
    expect(frame.get_by_role("dialog", name="More")).to_be_visible()
    expect(frame.get_by_label("C", exact=True)).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Escape")
    expect(frame.get_by_role("dialog")).to_have_count(0)
    submit(frame)

    assert sent(page) == {"a": "1", "b": "2", "c": "3"}


def test_a_window_keeps_its_keys_from_the_task_behind_it(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-classifier name="c" categories="['Cat',
        'Dog']"><classification-target>x</classification-target></crowd-classifier>
          <crowd-modal link-type="button"><p>In it</p></crowd-modal>""")
    )

    frame.get_by_role("button", name="Click to open modal").click()
    page.keyboard.press("1")
    frame.get_by_role("button", name="Close").click()
    expect(frame.get_by_role("radio", name="Cat")).not_to_be_checked()
    page.keyboard.press("2")

    expect(frame.get_by_role("radio", name="Dog")).to_be_checked()
    assert heard(page, "key") == []


def test_instructions_show_summary_details_and_examples_in_tabs(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-instructions><short-summary>In short</short-summary><detailed-instructions>At length
          <crowd-input name="inside" value="i"></crowd-input></detailed-instructions>
          <positive-example>Like this</positive-example>
          <positive-example>Or this</positive-example><negative-example>Never this</negative-example>
          </crowd-instructions>""")
    )

    frame.get_by_role("button", name="Click for instructions").click()
    dialog = frame.get_by_role("dialog", name="Instructions")
    assert dialog.get_by_role("tab").all_inner_texts() == ["Summary", "Detailed Instructions", "Examples"]
    expect(frame.get_by_text("In short")).to_be_visible()
    dialog.get_by_role("tab", name="Examples").click()
    for text in ("Good example", "Like this", "Or this", "Bad example", "Never this"):
        expect(frame.get_by_text(text)).to_be_visible()
    expect(frame.get_by_text("In short")).to_be_hidden()
    frame.get_by_role("button", name="Close").click()
    expect(frame.get_by_role("button", name="Click for instructions")).to_be_focused()
    submit(frame)

    assert sent(page) == {"inside": "i"}


def test_one_toast_is_shown_at_a_time_and_goes_by_itself(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<crowd-toast id="one" duration="60000" opened>One</crowd-toast>
        <crowd-toast id="two" duration="400" text="Two"></crowd-toast>
          <crowd-toast id="three">Three</crowd-toast>""")
    )
    expect(frame.get_by_text("One")).to_be_visible()
    expect(frame.get_by_text("Three")).to_be_hidden()

    run(page, "two.opened = true")

    expect(frame.get_by_text("Two")).to_be_visible()
    expect(frame.get_by_text("One")).to_be_hidden()
    assert run(page, "one.opened") is False
    expect(frame.get_by_text("Two")).to_be_hidden()


def test_a_badge_sits_on_the_corner_of_its_target(page: Page, mount: Mount) -> None:
    frame = mount(
        form("""<p style="margin: 60px">x <span id="mail" style="display: inline-block; width: 80px;
        height: 40px">Mail</span></p>
          <crowd-badge for="mail" label="12"></crowd-badge>""")
    )
    run(page, "document.querySelector('crowd-form form').prepend('More')")
    page.wait_for_timeout(100)

    target = place(frame.get_by_text("Mail"))
    badge = place(frame.locator("crowd-badge"))

    middle = (badge["x"] + badge["width"] / 2, badge["y"] + badge["height"] / 2)
    assert middle == pytest.approx((target["x"] + target["width"], target["y"]), abs=1)


def test_icons_are_drawn_for_names_and_addresses(desk: Desk, page: Page, mount: Mount) -> None:
    frame = mount(
        form(f"""<iron-icon icon="search"></iron-icon><iron-icon icon="icons:delete-forever"/> after
          <iron-icon icon="nothing-like-it"></iron-icon>
          <crowd-icon-button icon="{desk.url}/store/1.svg" title="Sign"></crowd-icon-button>
          <crowd-button variant="icon"><iron-icon icon="zoom-in"></iron-icon></crowd-button>
          <crowd-icon-button icon="thumb-up"></crowd-icon-button>
          <crowd-button icon-url="{desk.url}/store/2.svg" href="https://example.org/a">Link</crowd-button>
          <crowd-fab label="Ab"></crowd-fab>""")
    )

    expect(frame.get_by_text("after")).to_be_visible()
    names = "[...document.querySelectorAll('iron-icon')].map((one) => one.shadowRoot.querySelector('svg').dataset.icon)"
    assert run(page, names) == ["search", "delete", "unknown", "zoom-in"]
    assert frame.locator("crowd-icon-button img").evaluate("(node) => node.naturalWidth") == 960
    for name in ("zoom in", "thumb up", "Sign", "Ab"):
        expect(frame.get_by_role("button", name=name, exact=True)).to_be_visible()
    link = frame.get_by_role("link", name="Link")
    assert (link.get_attribute("href"), link.get_attribute("target")) == ("https://example.org/a", "_blank")
    expect(link.locator("img")).to_be_visible()


def test_in_a_form_with_several_the_one_that_asks_has_the_focus(page: Page, mount: Mount) -> None:
    frame = mount(
        form('<crowd-input name="a"></crowd-input><crowd-text-area name="b" label="B" auto-focus></crowd-text-area>')
    )

    expect(frame.get_by_label("B")).to_be_focused()


# --- for everyone -----------------------------------------------------------------------------------------------

EVERYTHING = f"""<crowd-alert type="warning" dismissible>Careful</crowd-alert><crowd-alert>Read this</crowd-alert>
  <crowd-card heading="Card">{FIELDS}</crowd-card>
  {FLAGS}{SLIDERS}<crowd-button variant="primary" icon="add">Add</crowd-button>
  <crowd-button variant="link" href="https://example.org">More</crowd-button><crowd-fab icon="add"></crowd-fab>
  <crowd-icon-button icon="edit" id="pen"></crowd-icon-button><crowd-badge for="pen" label="3"></crowd-badge>
  <crowd-badge icon="star"></crowd-badge>{TABS}<crowd-toast opened duration="0">Saved</crowd-toast>
  <crowd-instructions><short-summary>Short</short-summary><positive-example>Good</positive-example>
  </crowd-instructions>"""


def test_no_barrier_is_found_in_any_plain_element(page: Page, mount: Mount) -> None:
    frame = mount(form(EVERYTHING))

    assert frame_faults(page) == []
    frame.get_by_role("button", name="Click for instructions").click()
    assert frame_faults(page) == []


def test_everything_that_can_be_acted_on_is_reached_by_the_tab_key(page: Page, mount: Mount) -> None:
    frame = mount(
        form(
            '<crowd-checkbox name="c">C</crowd-checkbox><crowd-toggle-button name="t">T</crowd-toggle-button>'
            '<crowd-slider name="s"></crowd-slider><crowd-button>B</crowd-button><crowd-fab icon="add"></crowd-fab>'
            '<crowd-icon-button icon="edit"></crowd-icon-button><crowd-modal></crowd-modal>'
            '<crowd-input name="i"></crowd-input>'
            '<crowd-text-area name="a"></crowd-text-area>'
        )
    )
    frame.get_by_role("checkbox", name="C").focus()
    stops = []

    for _ in range(10):
        stops.append(run(page, "document.activeElement.localName"))
        page.keyboard.press("Tab")

    order = "checkbox toggle-button slider button fab icon-button modal input text-area button"
    assert stops == [f"crowd-{name}" for name in order.split()]


def test_in_a_right_to_left_page_labels_and_badges_stand_on_the_other_side(page: Page, mount: Mount) -> None:
    letter = "<span id=mail style=display:inline-block>Mail</span><crowd-badge for=mail label=1></crowd-badge>"
    frame = mount(f'<div dir="rtl">{form(SLIDERS + letter)}</div>')
    slider = place(frame.get_by_role("slider", name="How"))
    low, high, mail, badge = (
        place(frame.locator(selector)) for selector in ("text=Low", "text=High", "#mail", "crowd-badge")
    )

    assert 0 <= slider["x"] + slider["width"] - low["x"] - low["width"] <= 10
    assert 0 <= high["x"] - slider["x"] <= 10
    assert badge["x"] + badge["width"] / 2 == pytest.approx(mail["x"], abs=1)


PROPERTIES = """<crowd-alert id="alert_">A</crowd-alert><crowd-badge id="badge" label="1"></crowd-badge>
  <crowd-fab id="fab" icon="add"></crowd-fab>
  <crowd-button id="go">Go</crowd-button><crowd-modal id="more"></crowd-modal><crowd-card id="card"></crowd-card>
  <crowd-tabs><crowd-tab id="tab" header="Old">x</crowd-tab></crowd-tabs>
  <crowd-toast id="toast" text="Old" opened duration="0"></crowd-toast>
  <crowd-instructions id="how"><short-summary>x</short-summary></crowd-instructions>"""


def test_properties_of_what_is_shown_can_be_set_at_any_time(page: Page, mount: Mount) -> None:
    frame = mount(form(PROPERTIES))

    run(
        page,
        """alert_.type = "error"; alert_.dismissible = true; badge.label = "27"; fab.title = "New title";
        fab.disabled = true;
        go.loading = true; more.linkText = "Read more"; card.heading = "Head"; tab.header = "Fresh";
        toast.text = "New words";
        how.linkText = "Read first"; how.linkType = "button";""",
    )

    for name in ("Dismiss", "Read more", "Read first"):
        expect(frame.get_by_role("button", name=name)).to_be_visible()
    for name in ("New title", "Go"):
        expect(frame.get_by_role("button", name=name)).to_be_disabled()
    for text in ("27", "New words"):
        expect(frame.get_by_text(text)).to_be_visible()
    expect(frame.get_by_role("heading", name="Head")).to_be_visible()
    expect(frame.get_by_role("tab", name="Fresh")).to_be_visible()
    assert run(page, "how.shadowRoot.querySelector('button').className") == "btn"


def test_a_link_and_a_form_of_the_template_leave_the_task_where_it_is(page: Page, mount: Mount) -> None:
    frame = mount(
        "<crowd-form><p id='there'>Here</p><a href='https://elsewhere.example/help'>Help</a> <a href='#there'>Up</a>"
        "<a href='https://elsewhere.example/own' onclick='event.preventDefault()'>Own</a></crowd-form>"
        "<form action='https://elsewhere.example/form'><button>Save</button></form>"
    )

    for name in ("Help", "Up", "Own"):
        frame.get_by_role("link", name=name).click()
    frame.get_by_role("button", name="Save").click()

    addresses = [message["address"] for message in heard(page, "blocked")]
    assert addresses == ["https://elsewhere.example/help", "https://elsewhere.example/form"]
    assert frame.locator("#there").inner_text() == "Here"
