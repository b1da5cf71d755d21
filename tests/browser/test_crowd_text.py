"""The text tools: selecting, marking, editing and undoing in a text; ranking; questions with answers."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.browser.elements import Mount, heard, rows, sent, stroke

pytestmark = pytest.mark.browser
LABELS = "['Person', {label: 'Place', fullDisplayName: 'A place', shortDisplayName: 'plc'}]"
ADA = "Ada Lovelace met Charles Babbage in London."


def entities(text: str = ADA, attributes: str = "", inner: str = "", labels: str = LABELS) -> str:
    return (
        f'<crowd-entity-annotation labels="{escape(labels)}" text="{escape(text)}" header="Mark names" {attributes}>'
        f"{inner}</crowd-entity-annotation>"
    )


def entity(label: str, start: int, end: int) -> dict[str, Any]:
    return {"endOffset": end, "label": label, "startOffset": start}


class Hand:
    """A hand that points at words of the mounted text."""

    def __init__(self, page: Page, frame: FrameLocator) -> None:
        self.page, self.frame = page, frame

    def box(self, words: str) -> dict[str, float]:
        """Where some words of one text node lie, in the page."""
        return self.frame.locator("crowd-entity-annotation, crowd-question-answer-generation").evaluate(
            """(host, words) => {
                const texts = document.createTreeWalker(host.shadowRoot.querySelector(".body"), NodeFilter.SHOW_TEXT);
                for (let text = texts.nextNode(); text; text = texts.nextNode()) {
                    const at = text.data.indexOf(words);
                    if (at < 0) continue;
                    const range = new Range();
                    range.setStart(text, at);
                    range.setEnd(text, at + words.length);
                    const { left, top, width, height } = range.getBoundingClientRect();
                    return { left, top, width, height };
                }
                throw new Error("not in one node: " + words);
            }""",
            words,
        )

    def click(self, words: str) -> None:
        box = self.box(words)
        self.page.mouse.click(box["left"] + box["width"] / 2, box["top"] + box["height"] / 2)

    def drag(self, first: str, last: str) -> None:
        """Drag from the middle of some words to the middle of others."""
        start, end = self.box(first), self.box(last)
        self.page.mouse.move(start["left"] + start["width"] / 2, start["top"] + start["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(end["left"] + end["width"] / 2, end["top"] + end["height"] / 2, steps=4)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def marked(self) -> list[str]:
        return rows(self.frame)


def sent_entities(page: Page, name: str = "crowd-entity-annotation") -> Any:
    page.keyboard.press("Enter")
    answer = sent(page)
    assert list(answer) == [name]
    assert list(answer[name]) == ["entities"]
    return answer[name]["entities"]


# --- entities: selecting and marking ------------------------------------------------------------------------


def test_dragged_words_snap_and_a_digit_marks_them(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities()))

    hand.drag("da", "vel")
    hand.press("1")
    hand.click("ond")
    hand.press("2")

    assert hand.marked() == ["Ada Lovelace Person", "London A place"]
    assert sent_entities(page) == [entity("Person", 0, 12), entity("Place", 36, 42)]


def test_a_label_chosen_first_marks_whatever_is_selected_until_it_is_let_go(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities()))

    hand.frame.get_by_role("radio", name="Person").click()
    hand.drag("Ada", "Lovelace")
    hand.drag("Babbage", "Charles")
    hand.press("Escape", "Escape")
    hand.click("London")

    assert hand.marked() == ["Ada Lovelace Person", "Charles Babbage Person"]
    expect(hand.frame.get_by_role("radio", name="Person")).to_have_attribute("aria-checked", "false")


def test_characters_are_selected_with_alt_and_with_the_toggle(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities("Unhappiness lasted")))

    page.keyboard.down("Alt")
    hand.drag("U", "n")
    page.keyboard.up("Alt")
    hand.press("1")
    hand.press("x")
    hand.drag("l", "t")
    hand.press("2")

    assert hand.marked() == ["Un Person", "last A place"]
    assert sent_entities(page) == [entity("Person", 0, 2), entity("Place", 12, 16)]


def test_the_keyboard_alone_selects_marks_steps_and_takes_away(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities()))

    hand.press("ArrowRight", "Shift+ArrowRight", "1")
    hand.press("ArrowRight", "ArrowRight", "Shift+ArrowRight", "1", "ArrowRight", "ArrowRight", "2")
    assert hand.marked() == ["Ada Lovelace Person", "Charles Babbage Person", "London A place"]
    hand.press("Escape", "Tab", "Tab", "Delete")

    assert sent_entities(page) == [entity("Person", 0, 12), entity("Place", 36, 42)]


def test_arrows_up_and_down_go_to_the_other_line(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities("one two\nthree four\nfive six")))

    hand.press("ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp", "1")

    assert hand.marked() == ["three Person"]


def test_steps_are_undone_and_done_again_without_limit(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities()))
    words = ["Ada", "met", "London"]
    for word in words:
        hand.click(word)
        hand.press("1")

    hand.press("Delete", "z", "z", "z", "z")
    assert hand.marked() == []
    hand.press("Shift+Z", "Control+y")

    assert hand.marked() == ["Ada Person", "met Person"]


def test_a_chosen_span_takes_another_label(page: Page, mount: Mount) -> None:
    initial = "[{label: 'Person', startOffset: 36, endOffset: 42}]"
    hand = Hand(page, mount(entities(attributes=f'initial-value="{initial}"')))

    hand.click("London")
    hand.press("2")

    assert sent_entities(page) == [entity("Place", 36, 42)]


def test_a_grip_widens_the_chosen_span_by_words(page: Page, mount: Mount) -> None:
    initial = "[{label: 'Person', startOffset: 17, endOffset: 24}]"
    hand = Hand(page, mount(entities(attributes=f'initial-value="{initial}"')))

    hand.click("Charles")
    grip = hand.frame.locator(".grip").nth(1)
    expect(grip).to_be_visible()
    box, end = grip.bounding_box(), hand.box("bba")
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["left"] + end["width"], box["y"] + 12, steps=4)
    page.mouse.up()

    assert sent_entities(page) == [entity("Person", 17, 32)]


def test_overlapping_spans_are_refused_unless_the_job_allows_them(page: Page, mount: Mount) -> None:
    hand = Hand(
        page, mount(entities(attributes="initial-value=\"[{label: 'Person', startOffset: 0, endOffset: 12}]\""))
    )

    hand.drag("Lovelace", "met")
    hand.press("2")

    expect(hand.frame.get_by_role("alert")).to_have_text(
        "“Ada Lovelace” is marked already, and spans may not overlap here."
    )
    assert hand.marked() == ["Ada Lovelace Person"]


def test_allowed_overlaps_are_drawn_and_sent(page: Page, mount: Mount) -> None:
    inside = "allow-overlap initial-value=\"[{label: 'Person', startOffset: 0, endOffset: 12}]\""
    hand = Hand(page, mount(entities(attributes=inside)))

    hand.drag("Lovelace", "met")
    hand.press("2")

    assert hand.frame.locator("mark").all_text_contents() == ["Ada ", "Lovelace", " met"]
    assert hand.frame.locator(".tag").evaluate_all("tags => tags.map(tag => tag.dataset.tag)") == ["Person", "plc"]
    assert sent_entities(page) == [entity("Person", 0, 12), entity("Place", 4, 16)]


def test_offsets_count_code_points(page: Page, mount: Mount) -> None:
    text = "😀😀 Ada 𝒳 met 👩‍👩‍👧 Eve"
    hand = Hand(page, mount(entities(text, "initial-value=\"[{label: 'Place', startOffset: 3, endOffset: 6}]\"")))
    assert hand.marked() == ["Ada A place"]

    hand.click("Eve")
    hand.press("1")

    place = len(text) - 3
    assert sent_entities(page) == [entity("Place", 3, 6), entity("Person", place, place + 3)]


def test_right_to_left_text_is_selected_and_walked_in_its_own_direction(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities("كتبت آدا لوفلايس أول برنامج")))

    hand.press("ArrowLeft", "ArrowLeft", "Shift+ArrowLeft", "1")
    hand.click("برنامج")
    hand.press("2")

    assert sent_entities(page) == [entity("Person", 5, 16), entity("Place", 21, 27)]


def test_entities_have_the_templates_name_and_stay_in_a_form_around_them(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(f"<crowd-form>{entities(attributes='name=ner')}</crowd-form>"))

    hand.click("met")
    hand.press("1")

    assert hand.frame.locator("crowd-form crowd-button").count() == 1
    assert sent_entities(page, "ner") == [entity("Person", 13, 16)]


def test_nothing_marked_is_asked_about_once_and_then_sent(page: Page, mount: Mount) -> None:
    frame = mount(entities())

    page.keyboard.press("Enter")
    expect(frame.get_by_role("alert")).to_have_text("Nothing is marked. If there is nothing to mark, send it again.")
    assert heard(page, "submit") == []

    frame.get_by_role("button", name="Submit").click()
    assert sent(page) == {"crowd-entity-annotation": {"entities": []}}


def test_drafts_are_told_and_restored(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities()))
    hand.click("London")
    hand.press("2")
    answer = heard(page, "changed")[-1]["answer"]

    hand = Hand(page, mount(entities(), answer=answer))

    assert answer == {"crowd-entity-annotation": {"entities": [entity("Place", 36, 42)]}}
    assert hand.marked() == ["London A place"]


def test_a_review_shows_the_answer_and_changes_nothing(page: Page, mount: Mount) -> None:
    answer = {"crowd-entity-annotation": {"entities": [entity("Place", 36, 42)]}}
    hand = Hand(page, mount(entities(), mode="review", answer=answer))

    hand.drag("Ada", "met")
    hand.press("1", "Delete")
    hand.click("London")
    hand.press("1", "Delete")

    assert hand.marked() == ["London A place"]
    assert hand.frame.get_by_role("button", name="Submit").count() == 0
    assert heard(page, "changed") == []


def test_controls_that_a_template_adds_to_the_form_in_the_shadow_root_are_sent(page: Page, mount: Mount) -> None:
    script = """<script>document.addEventListener("all-crowd-elements-ready", () => {
        const form = document.querySelector("crowd-entity-annotation").shadowRoot.querySelector("crowd-form");
        const input = document.createElement("input");
        input.name = "sure";
        form.form.appendChild(input);
        form.onsubmit = (event) => { if (!input.value) event.preventDefault(); };
    });</script>"""
    frame = mount(entities() + script)
    hand = Hand(page, frame)
    hand.click("met")
    hand.press("1")

    frame.get_by_role("button", name="Submit").click()
    assert heard(page, "submit") == []
    frame.get_by_role("textbox").fill("very")
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"crowd-entity-annotation": {"entities": [entity("Person", 13, 16)]}, "sure": "very"}


def test_labels_set_by_a_script_are_taken(page: Page, mount: Mount) -> None:
    hand = Hand(
        page,
        mount(entities() + "<script>document.querySelector('crowd-entity-annotation').labels = ['Date'];</script>"),
    )

    hand.click("met")
    hand.press("1")

    assert sent_entities(page) == [entity("Date", 13, 16)]


# --- ranking ------------------------------------------------------------------------------------------------


def test_a_finger_selects_marks_and_widens(page: Page, mount: Mount) -> None:
    hand = Hand(page, mount(entities()))

    def middle(words: str, below: int = 0) -> tuple[float, float]:
        box = hand.box(words)
        return box["left"] + box["width"] / 2, box["top"] + box["height"] / 2 + below

    stroke(page, middle("Charles"))
    label = hand.frame.get_by_role("radio", name="Person").bounding_box()
    assert label is not None
    stroke(page, (label["x"] + 20, label["y"] + 10))
    expect(hand.frame.locator(".pick")).to_have_count(1)
    stroke(page, middle("Charles"))
    grip = hand.frame.locator(".grip").nth(1)
    expect(grip).to_be_visible()
    box = grip.bounding_box()
    assert box is not None
    start = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    stroke(page, start, middle("Bab", below=16), middle("bage", below=16))  # the finger does not cover the words

    assert hand.marked() == ["Charles Babbage Person"]


def ranking(dimensions: list[dict[str, Any]], responses: list[str]) -> str:
    return (
        f'<crowd-form><crowd-text-ranking name="r" text="Say hello" responses="{escape(json.dumps(responses))}" '
        f'ordinal-ranking-dimensions="{escape(json.dumps(dimensions))}"></crowd-text-ranking></crowd-form>'
    )


def test_digits_rank_responses_and_two_never_share_a_rank(page: Page, mount: Mount) -> None:
    frame = mount(ranking([{"name": "Clear", "allowTie": False}], ["one", "two", "three"]))

    frame.locator('.card[data-place="0"]').focus()
    page.keyboard.press("3")
    frame.locator('.card[data-place="1"]').focus()
    page.keyboard.press("1")
    frame.locator('.card[data-place="2"]').focus()
    page.keyboard.press("2")
    page.keyboard.press("1")
    page.keyboard.press("Enter")

    assert sent(page) == {"r": {"Clear": [3, 2, 1]}}


def test_ties_are_taken_where_allowed_and_every_respect_must_be_ranked(page: Page, mount: Mount) -> None:
    dimensions = [{"name": "Clear", "allowTie": True}, {"name": "Kind", "allowTie": False}]
    frame = mount(ranking(dimensions, ["one", "two"]))
    for place in (0, 1):
        frame.locator(f'.card[data-place="{place}"]').focus()
        page.keyboard.press("1")

    page.keyboard.press("Enter")
    expect(frame.get_by_role("alert")).to_have_text("Rank all 2 responses by “Kind”.")
    frame.locator('.card[data-place="1"]').focus()
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("Enter")

    assert sent(page) == {"r": {"Clear": [1, 1], "Kind": [2, 1]}}


def test_a_handle_drags_a_response_to_its_rank(page: Page, mount: Mount) -> None:
    frame = mount(ranking([{"name": "Clear"}], ["one", "two", "three"]))
    grip, last = frame.locator(".grip").first.bounding_box(), frame.locator(".card").last.bounding_box()
    assert grip is not None
    assert last is not None

    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, last["y"] + last["height"] - 4, steps=3)
    page.mouse.up()
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {"r": {"Clear": [3, 1, 2]}}


# --- questions and answers ----------------------------------------------------------------------------------


def test_questions_are_written_tagged_and_bound_to_words(page: Page, mount: Mount) -> None:
    frame = mount(
        f'<crowd-form><crowd-question-answer-generation name="qa" text="{ADA}" question-tags="[\'Who\']" '
        'allow-custom-question-tags="true" question-min-words="2"></crowd-question-answer-generation></crowd-form>'
    )
    frame.get_by_role("textbox", name="Question").fill("Who?")
    frame.get_by_role("textbox", name="Answer").fill("Ada Lovelace")
    frame.get_by_role("button", name="Submit").click()
    expect(frame.get_by_role("alert")).to_have_text("Question 1 needs at least 2 words.")

    frame.get_by_role("textbox", name="Question").fill("Who met Babbage?")
    frame.get_by_role("button", name="Who").click()
    frame.get_by_role("textbox", name="A tag of your own").fill("easy")
    page.keyboard.press("Enter")
    Hand(page, frame).drag("Ada", "Lovelace")
    frame.get_by_role("button", name="Refer to the selected words").click()
    frame.get_by_role("button", name="Submit").click()

    assert sent(page) == {
        "qa": {
            "questions": [
                {
                    "question": "Who met Babbage?",
                    "answer": "Ada Lovelace",
                    "tags": ["Who", "easy"],
                    "references": [{"startOffset": 0, "endOffset": 12}],
                }
            ]
        }
    }
