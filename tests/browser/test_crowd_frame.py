"""What templates find in the frame beside our elements: a form where they brought another or none, stores, windows."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.elements import Mount, heard, sent

pytestmark = pytest.mark.browser


def test_a_plain_form_is_sent_as_ours_with_its_handlers_and_its_own_method(page: Page, mount: Mount) -> None:
    frame = mount(
        "<form id=task action='https://work.example/' method=post target=_blank><input name=word required>"
        "<button type=button onclick='task.submit()'>Go</button></form>"
        "<script>task.onsubmit = () => { task.dataset.seen = 1; }</script>"
    )

    frame.get_by_role("button", name="Go").click()
    assert heard(page, "submit") == []
    frame.get_by_role("textbox").fill("tile")
    frame.get_by_role("button", name="Go").click()

    assert sent(page) == {"word": "tile"}
    expect(frame.locator("crowd-form > form#task[data-seen]")).to_have_count(1)
    assert heard(page, "blocked") == []


def test_controls_without_a_form_get_one_with_a_button(page: Page, mount: Mount) -> None:
    frame = mount("<h1>Word</h1><crowd-input name=word label=Word></crowd-input>")

    frame.get_by_role("textbox").fill("tile")
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"word": "tile"}
    expect(frame.locator("crowd-form h1")).to_have_text("Word")


def test_a_page_with_nothing_to_fill_in_gets_no_form(mount: Mount) -> None:
    expect(mount("<p>Read this.</p>").locator("crowd-form")).to_have_count(0)


def test_a_form_inside_ours_sends_ours_unless_its_handler_stops_it(page: Page, mount: Mount) -> None:
    frame = mount(
        "<crowd-form><crowd-input name=outer value=a></crowd-input><form onsubmit='return go'>"
        "<input name=inner value=b><button>Send</button></form></crowd-form><script>var go = false</script>"
    )

    frame.get_by_role("button", name="Send").click()
    assert heard(page, "submit") == []
    frame.locator("body").evaluate("() => { go = true; }")
    frame.get_by_role("button", name="Send").click()

    assert sent(page) == {"outer": "a", "inner": "b"}
    assert heard(page, "blocked") == []


def test_the_native_form_inside_ours_can_be_sent_by_its_own_method(page: Page, mount: Mount) -> None:
    mount("<crowd-form><input type=hidden name=a value=b><button type=button onclick='this.form.submit()'>Go</button>")

    page.frame_locator("iframe").get_by_role("button", name="Go").click()

    assert sent(page) == {"a": "b"}


def test_stores_hold_what_the_template_puts_there_and_are_new_in_each_frame(mount: Mount) -> None:
    html = """<p id=p></p><script>
        localStorage.setItem("a", 1); localStorage.b = "x"; sessionStorage.setItem("c", 2); document.cookie = "k=v";
        p.textContent = [localStorage.length, localStorage.getItem("a") === "1", localStorage.getItem("b"),
            localStorage.key(0), localStorage.getItem("toString"), sessionStorage.length, document.cookie].join();
        localStorage.removeItem("a"); localStorage.clear(); p.textContent += "," + localStorage.length;
    </script>"""

    for _time in (1, 2):
        expect(mount(html).locator("p")).to_have_text("2,true,x,a,,1,k=v,0")


def test_an_alert_is_shown_over_the_task_until_it_is_closed(mount: Mount) -> None:
    frame = mount("<crowd-form><input name=a></crowd-form><script>alert('Read <b>this</b>')</script>")

    expect(frame.get_by_role("alert")).to_have_text("Read <b>this</b>")
    frame.get_by_role("button", name="Close").click()

    expect(frame.get_by_role("alert")).to_have_count(0)
    frame.locator("body").evaluate("() => { alert('Once more'); }")
    expect(frame.get_by_role("alert")).to_have_text("Once more")


def test_what_is_asked_back_is_done_when_it_is_done_again(page: Page, mount: Mount) -> None:
    frame = mount(
        "<crowd-form onsubmit=\"return confirm('Send it?')\"><input type=hidden name=a value=b></crowd-form>"
        "<script>document.title = String(prompt('Who?')) + prompt('Who?', 'me')</script>"
    )

    frame.get_by_role("button", name="Submit").click()
    expect(frame.get_by_role("alert")).to_have_text("Send it? Do it again to go on.")
    assert heard(page, "submit") == []
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"a": "b"}
    expect(frame.get_by_role("alert")).to_have_count(0)
    assert frame.locator("body").evaluate("() => document.title") == "nullme"


def test_an_overlay_takes_the_class_map_of_an_earlier_job(mount: Mount) -> None:
    frame = mount(
        '<crowd-form><crowd-image-classifier name=v header=h categories="[\'ok\']" src="data:image/gif;base64,'
        'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7" overlay=\'{"boundingBox": {"labels": {"0": "Car"}, '
        '"value": [{"label": "Car", "left": 0, "top": 0, "width": 1, "height": 1}]}}\'></crowd-image-classifier>'
    )

    expect(frame.locator("crowd-image-classifier .legend li")).to_have_text(["Car"])


def test_a_form_whose_content_is_written_anew_still_sends(page: Page, mount: Mount) -> None:
    frame = mount(
        "<crowd-form><input name=a value=1></crowd-form><script>"
        "document.addEventListener('all-crowd-elements-ready', () => {"
        "document.querySelector('crowd-form').innerHTML += '<crowd-input name=late label=Late>'; });</script>"
    )

    frame.get_by_role("textbox", name="Late").fill("b")
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"a": "1", "late": "b"}
    expect(frame.locator("crowd-form > form")).to_have_count(1)
    expect(frame.get_by_role("button", name="Submit")).to_have_count(1)


def test_a_form_that_is_emptied_and_filled_gets_a_form_and_a_button(page: Page, mount: Mount) -> None:
    frame = mount("<crowd-form><p>Wait</p></crowd-form>")

    frame.locator("crowd-form").evaluate("(node) => { node.innerHTML = '<input name=a value=1>'; }")
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"a": "1"}


def test_names_of_elements_may_be_written_in_capitals(page: Page, mount: Mount) -> None:
    frame = mount("<CROWD-FORM><Crowd-Input Name=a Label=A></Crowd-Input></CROWD-FORM>")

    frame.get_by_role("textbox", name="A").fill("b")
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"a": "b"}


NIGHT = ":root { color-scheme: dark; --bg: light-dark(#fff, #111); --text: light-dark(#111, #eee); }"
SHOWS = "(node) => getComputedStyle(node.ownerDocument.documentElement).backgroundColor"


@pytest.mark.parametrize(
    ("html", "ground"),
    [
        ("<p>Read this</p>", "rgb(17, 17, 17)"),
        ("<p style='background: #222; color: #eee'>Read this</p><p style='color: #f66'>red</p>", "rgb(17, 17, 17)"),
        ("<style>td { background: white }</style><table><tr><td>Read this</td></tr></table>", "rgb(255, 255, 255)"),
        ("<style>:root { --bg: #fff }</style><p>Read this</p>", "rgb(255, 255, 255)"),
        ("<p style='color: black'>Read this</p>", "rgb(255, 255, 255)"),
        ("<div style='background: #fff'><crowd-input label=Word></crowd-input></div>", "rgb(255, 255, 255)"),
        ("<div style='background: #fff; color: #000'><p>Read this</p></div>", "rgb(17, 17, 17)"),
    ],
)
def test_a_template_that_cannot_be_read_by_night_is_shown_by_day(mount: Mount, html: str, ground: str) -> None:
    frame = mount(f"<crowd-form>{html}</crowd-form>", css=NIGHT)

    assert frame.locator("body").evaluate(SHOWS) == ground


def test_headings_of_several_lines_do_not_overlap(mount: Mount) -> None:
    frame = mount("<crowd-form><h1 style='inline-size: 150px; margin: 0'>Confirm each of these</h1></crowd-form>")

    heights = frame.locator("h1").evaluate(
        "(node) => [node.getBoundingClientRect().height, parseFloat(getComputedStyle(node).fontSize)]"
    )
    assert heights[0] >= heights[1] * 1.4 * 2


def test_the_lines_of_a_text_to_judge_are_kept_and_those_of_html_are_not(mount: Mount) -> None:
    source = (
        "<crowd-form><crowd-classifier name=a categories=\"['x']\" header=h>"
        "<classification-target>{}</classification-target></crowd-classifier></crowd-form>"
    )

    plain = mount(source.format("one\ntwo")).locator("classification-target")
    assert plain.evaluate("(node) => getComputedStyle(node).whiteSpace") == "pre-line"
    marked = mount(source.format("one\n\n<p>two</p>\n")).locator("classification-target")
    assert marked.evaluate("(node) => getComputedStyle(node).whiteSpace") == "normal"


def test_a_list_of_suggestions_before_its_field_is_taken_into_the_form(page: Page, mount: Mount) -> None:
    frame = mount(
        '<crowd-form><datalist id="words"><option value="one"></datalist><input name="word" list="words"></crowd-form>'
    )

    frame.get_by_role("combobox").fill("one")
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"word": "one"}


def test_a_frame_that_cannot_be_shown_leaves_a_word_in_its_place(mount: Mount) -> None:
    frame = mount(
        "<crowd-form><iframe src='https://docs.example/a.pdf'></iframe><iframe width=1 src='https://count.example/'>"
        "</iframe><iframe hidden></iframe><input name=a></crowd-form>"
    )

    expect(frame.locator("iframe")).to_have_count(0)
    expect(frame.locator(".crowd-unshown")).to_have_text(["This part of the task cannot be shown here."])


def test_a_templates_own_control_is_sent_as_native_ones_are(page: Page, mount: Mount) -> None:
    frame = mount(
        """<script>customElements.define("star-rating", class extends HTMLElement {
            static formAssociated = true;
            constructor() { super(); this.internals = this.attachInternals(); this.internals.setFormValue("4"); }
        });</script>
        <crowd-form><star-rating name="stars"></star-rating></crowd-form>"""
    )

    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"stars": "4"}
