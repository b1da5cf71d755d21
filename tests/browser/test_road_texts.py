"""The tools of texts, each on its whole road: marked, ranked or written, changed, undone, sent, reviewed, delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.road import TRACE, Case, Hands, Road, submit, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
# A browser counts two for each sign beyond the BMP and may make one of CR LF; the manifest counts code points.
TEXT = (
    "\ufeff \tZoë \U0001f469\u200d\U0001f680 met\r\nBob \U0001f388 in\rOslo."
    "\u2028\U0001d504\U0001d521\U0001d51e left.\r\n "
)
RESPONSES = ["Eight minutes.", "Ask a hen.", "In boiling water."]


def span(label: str, words: str) -> dict[str, Any]:
    """Return the entity of some words: Python's own index counts code points."""
    start = TEXT.index(words)
    return {"label": label, "startOffset": start, "endOffset": start + len(words)}


def mark_apart(hands: Hands) -> None:
    """Mark three places; what overlaps is refused; one is given another name, which is undone and done again."""
    hands.click("Bob")
    hands.press("1")
    hands.drag("Bob", "Oslo")
    hands.press("2")
    expect(hands.frame.get_by_role("alert").filter(has_text="“Bob” is marked already")).to_be_visible()
    assert hands.rows() == ["Bob Person"]
    hands.press("Escape")
    hands.click("Oslo")
    hands.press("2")
    hands.click("\U0001d521")
    hands.press("1")
    assert hands.rows() == ["Bob Person", "Oslo Place", "\U0001d504\U0001d521\U0001d51e Person"]
    hands.click("Bob")
    hands.press("2")
    assert hands.rows()[0] == "Bob Place"
    hands.press("z", "z", "Shift+Z")
    assert hands.rows() == ["Bob Person", "Oslo Place", "\U0001d504\U0001d521\U0001d51e Person"]


def mark_across(hands: Hands) -> None:
    """Mark words within words that are marked, from one line to the next; one is taken away and brought back."""
    hands.click("Bob")
    hands.press("1")
    hands.drag("met", "Oslo")
    hands.press("2")
    assert hands.rows() == ["met Bob \U0001f388 in Oslo Place", "Bob Person"]
    hands.press("z", "z", "Shift+Z")
    assert hands.rows() == ["Bob Person"]
    hands.press("Shift+Z")


def shows_marks(*rows: str) -> Callable[[Hands], None]:
    def look(hands: Hands) -> None:
        assert hands.rows() == list(rows)
        hands.click("left")
        hands.press("1", "z", "Delete")
        assert hands.rows() == list(rows)

    return look


def entities(*spans: dict[str, Any]) -> dict[str, Any]:
    labels = [{"label": "Person", "shortDisplayName": "per"}, {"label": "Place"}]
    return {"annotations": {"labels": labels, "entities": list(spans)}}


def marked(*, overlap: bool, **more: Any) -> Case:
    """Return the case of a text with people and places."""
    return Case(
        "named-entity",
        source=TEXT,
        categories=("Person", "Place"),
        options={"overlap": overlap, "short": ["Person = per"]},
        **more,
    )


# --- ranking, writing -----------------------------------------------------------------------------------------


READ_CARDS = "cards => cards.map((card) => [...card.querySelectorAll('.rank, p')].map((node) => node.textContent))"


def ranks(hands: Hands) -> list[str]:
    """The cards as they stand: rank and response."""
    return [" ".join(words) for words in hands.frame.locator(".card").evaluate_all(READ_CARDS)]


def rank(hands: Hands) -> None:
    """Rank in both respects; one rank is given anew, undone and done again."""
    for response, place in ((1, 1), (2, 3), (3, 2)):
        hands.frame.get_by_role("button", name=f"Response {response}: rank {place}").click()
    assert ranks(hands) == ["1 Eight minutes.", "2 In boiling water.", "3 Ask a hen."]
    hands.frame.get_by_role("radio", name="harmless").click()
    for response, place in ((1, 2), (2, 3), (3, 1)):
        hands.frame.get_by_role("button", name=f"Response {response}: rank {place}").click()
    assert ranks(hands) == ["1 In boiling water.", "2 Eight minutes.", "3 Ask a hen."]
    hands.press("z", "z")
    assert ranks(hands) == ["2 Eight minutes.", "– Ask a hen.", "– In boiling water."]
    hands.press("Shift+Z", "Shift+Z")
    hands.frame.locator(".card").nth(1).focus()
    hands.press("Shift+ArrowUp")
    assert ranks(hands) == ["1 Eight minutes.", "2 In boiling water.", "3 Ask a hen."]
    hands.frame.get_by_role("button", name="Undo, key z").click()


def shows_ranks(hands: Hands) -> None:
    assert ranks(hands) == ["1 Eight minutes.", "2 In boiling water.", "3 Ask a hen."]
    hands.frame.get_by_role("radio", name="harmless").click()
    hands.frame.locator(".card").first.focus()
    hands.press("3", "Shift+ArrowDown", "z")
    assert ranks(hands) == ["1 In boiling water.", "2 Eight minutes.", "3 Ask a hen."]
    expect(hands.frame.get_by_role("button")).to_have_count(0)


def write(hands: Hands) -> None:
    field = hands.frame.get_by_label("What is there?")
    field.click()
    hands.page.keyboard.type("Zoë met Bob")
    hands.press("Enter")
    hands.page.keyboard.insert_text("in <b>Oslo</b> \U0001f388")
    hands.press("Control+z")
    expect(field).not_to_have_value("Zoë met Bob\nin <b>Oslo</b> \U0001f388")
    hands.press("Control+Shift+z")
    expect(field).to_have_value("Zoë met Bob\nin <b>Oslo</b> \U0001f388")


def shows_answer(hands: Hands) -> None:
    field = hands.frame.get_by_label("What is there?")
    expect(field).to_have_value("Zoë met Bob\nin <b>Oslo</b> \U0001f388")
    expect(field).not_to_be_editable()


CASES: Sequence[Case] = [
    marked(
        overlap=False,
        does=mark_apart,
        shows=shows_marks("Bob Person", "Oslo Place", "\U0001d504\U0001d521\U0001d51e Person"),
        value=entities(span("Person", "Bob"), span("Place", "Oslo"), span("Person", "\U0001d504\U0001d521\U0001d51e")),
        metadata={"entities": [{"confidence": 0}] * 3, "type": "groundtruth/text-span"},
        words="2 × Person, 1 × Place",
        name="named-entity-apart",
    ),
    marked(
        overlap=True,
        does=mark_across,
        shows=shows_marks("met Bob \U0001f388 in Oslo Place", "Bob Person"),
        value=entities(span("Place", "met\r\nBob \U0001f388 in\rOslo"), span("Person", "Bob")),
        metadata={"entities": [{"confidence": 0}] * 2, "type": "groundtruth/text-span"},
        words="1 × Person, 1 × Place",
        name="named-entity-overlapping",
    ),
    Case(
        "text-ranking",
        rank,
        shows_ranks,
        {"helpful": [1, 3, 2], "harmless": [2, 3, 1]},
        {"confidence": 0, "confidence-map": {"helpful": 0, "harmless": 0}, "type": "groundtruth/custom"},
        source="How do I boil an egg?",
        keys={**TRACE, "responses": RESPONSES},
        categories=("helpful", "harmless"),
        words="helpful: 1 > 3 > 2; harmless: 3 > 1 > 2",
    ),
    Case(
        "text-answer",
        write,
        shows_answer,
        "Zoë met Bob\nin <b>Oslo</b> \U0001f388",
        {"confidence": 0, "type": "groundtruth/custom"},
        source=TEXT,
        categories=(),
        send=submit,
        words="Zoë met Bob in <b>Oslo</b> \U0001f388",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name or case.task_type)
def test_what_is_made_of_a_text_is_reviewed_and_delivered(road: Road, case: Case) -> None:
    line, expected = take(road, case)

    assert line == expected
