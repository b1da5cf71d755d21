"""A task with a picture, as a person meets it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser

from labeling.demonstration.client import Browser, Unexpected
from labeling.demonstration.subject import Seen

ELEMENT = "crowd-image-classifier"


@dataclass(frozen=True)
class Task:
    name: str
    picture: str  # a short-lived address

    def look(self, browser: Browser) -> str:
        """Fetch the picture as the page would and return its mark: what tells it from all others."""
        return sha256(browser.fetch(self.picture)).hexdigest()


def look_at_picture(browser: Browser, html: str) -> Seen:
    """Return what a person sees of a task's HTML. Raises Unexpected for a task of another kind."""
    task = read_task(html)
    return Seen(task.name, task.look(browser))


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == ELEMENT:
            self.found = {name: value or "" for name, value in attrs}


def read_task(html: str) -> Task:
    """Return what stands in a task's HTML. Raises Unexpected for a task of another kind."""
    reader = _Reader()
    reader.feed(html)
    if not {"name", "src"} <= reader.found.keys():
        raise Unexpected(f"The task shows no {ELEMENT}: {html[:300]}")
    return Task(reader.found["name"], reader.found["src"])
