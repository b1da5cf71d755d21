"""The text tools: selecting, marking, editing and undoing in a text; ranking; questions with answers."""

from __future__ import annotations

from html import escape
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Page

from tests.browser.elements import Mount, sent

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
        return [" ".join(text.split()) for text in self.frame.locator(".pick").all_inner_texts()]


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
