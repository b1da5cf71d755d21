"""Marking words in a long text: how long after a key or a click the browser has painted what it did.

`python3 -m tests.bench.marking [--characters 50000] [--spans 500] [--marks 60]` mounts the text tool with spans that
are there already, in the real frame in headless Chromium, selects a word by a click and marks it by a digit, again
and again through the text. A wait is from the event to the end of the paint after it. The last line is JSON:
{"ready_ms": …, "select_p95_ms": …, "mark_p95_ms": …, "max_ms": …}.
"""

from __future__ import annotations

import argparse
import json
from html import escape
from typing import Any

from tests.bench.drawing import blank_page

WORDS = ("Ada", "met", "Charles", "Babbage", "in", "London", "and", "wrote", "the", "notes.")
WATCH = """() => {
    globalThis.waits = { pointerup: [], keydown: [] };
    for (const type of Object.keys(waits)) {
        const note = ({ timeStamp }) => waits[type].push(performance.now() - timeStamp);
        addEventListener(type, (event) => requestAnimationFrame(() => setTimeout(() => note(event))), true);
    }
}"""
# Where the word at this place of the text is on screen, once it is scrolled to.
PLACE = """(node, place) => {
    const texts = document.createTreeWalker(node.shadowRoot.querySelector(".body"), NodeFilter.SHOW_TEXT);
    let at = 0;
    for (let text = texts.nextNode(); text; at += text.data.length, text = texts.nextNode()) {
        if (text.parentElement.closest("[data-id]") || at + text.data.length <= place) continue;
        const start = text.data.search(/\\w{3,}/);
        if (start < 0) continue;
        const range = new Range();
        range.setStart(text, start);
        range.setEnd(text, start + 3);
        range.startContainer.parentElement.scrollIntoView({ block: "center" });
        const { left, top, width, height } = range.getBoundingClientRect();
        return { x: left + width / 2, y: top + height / 2 };
    }
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, default=50_000)
    parser.add_argument("--spans", type=int, default=500)
    parser.add_argument("--marks", type=int, default=60)
    options = parser.parse_args()
    with blank_page() as show:
        found = measure(show, options.characters, options.spans, options.marks)
    print(f"Marking in {options.characters:,} characters with {options.spans} spans\n")
    print("| wait | ms |\n|---|---|")
    for name, figure in found.items():
        print(f"| {name} | {figure} |")
    print(json.dumps(found))


def measure(show: Any, characters: int, spans: int, marks: int) -> dict[str, float]:
    frame = show(form(characters, spans))
    ready = frame.evaluate("performance.now()")
    page, tool = frame.page, frame.locator("crowd-entity-annotation")
    page.wait_for_timeout(1000)
    frame.evaluate(WATCH)
    for mark in range(marks):
        place = tool.evaluate(PLACE, characters * mark // marks)
        page.wait_for_timeout(200)  # a person looks
        place = tool.evaluate(PLACE, characters * mark // marks)
        page.mouse.click(place["x"], place["y"])
        page.wait_for_timeout(150)
        page.keyboard.press("2")
        page.wait_for_timeout(150)
    waits = frame.evaluate("waits")
    entities = len(tool.evaluate("(node) => node.value.entities"))
    if entities < spans + marks * 0.9:
        raise SystemExit(f"Of {marks} words only {entities - spans} were marked.")
    selecting, marking = sorted(waits["pointerup"]), sorted(waits["keydown"])
    return {
        "ready_ms": round(ready),
        "select_p95_ms": round(selecting[int(len(selecting) * 0.95)], 1),
        "mark_p95_ms": round(marking[int(len(marking) * 0.95)], 1),
        "max_ms": round(max(selecting[-1], marking[-1]), 1),
    }


def form(characters: int, spans: int) -> str:
    """Return the tool with a text of paragraphs and spans spread evenly over it."""
    text, starts = "", []
    while len(text) < characters:
        starts.append(len(text))
        text += WORDS[len(starts) % len(WORDS)] + (" " if len(starts) % 90 else "\n\n")
    picked = [starts[place * len(starts) // spans] for place in range(spans)]
    given = [{"label": "Person", "startOffset": at, "endOffset": text.find(" ", at)} for at in picked]
    labels = escape(json.dumps(["Person", "Place"]))
    return (
        f'<crowd-entity-annotation name="it" labels="{labels}" text="{escape(text)}" allow-overlap '
        f'initial-value="{escape(json.dumps(given))}"></crowd-entity-annotation>'
    )


if __name__ == "__main__":
    main()
