"""What came of trying a template, as values and as a row of a table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

HEAD = "| Template | Result | Elements | Errors | Blocked | Answer |\n|---|---|---|---|---|---|"
CELL = 300  # characters of a cell; the last line has it all
_ADDRESS = re.compile(r"'((?:https?|wss?|ftp|data|blob|file)?:?//[^']+|data:[^']*)'")
# What a script says that counts on another which was refused: its names are missing, and what was made with them.
_MISSES_SCRIPT = re.compile(
    r"ReferenceError: .+ is not defined|ReferenceError: Cannot access .+ before initialization"
    r"|TypeError: Cannot (read|set) properties of (undefined|null)|TypeError: .+ is not a (function|constructor)"
    r"|TypeError: .+ is not iterable|TypeError: Class extends value undefined|There is no element <"
)
_MISSES_REQUEST = re.compile(r"\w*Error: .*(Failed to fetch|Failed to execute 'send'|NetworkError)")


@dataclass
class Outcome:
    """rendered: the elements stood; submitted: the form gave an answer. Blocked addresses are no errors."""

    rendered: bool = False
    submitted: bool = False
    errors: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    answer: Any = None
    elements: list[str] = field(default_factory=list)
    ours: set[str] = field(default_factory=set)  # errors that our own elements threw
    blocks_scripts: bool = False
    blocks_requests: bool = False

    @property
    def failed(self) -> bool:
        return not (self.rendered and self.submitted) or bool(self.errors)

    def add_error(self, text: str) -> None:
        if text not in self.errors:
            self.errors.append(text)

    def add_blocked(self, address: str) -> None:
        shown = address if len(address) <= CELL else address[:CELL] + "…"
        if shown not in self.blocked:
            self.blocked.append(shown)

    def hear_console(self, text: str, source: str) -> None:
        """Take an error of the console: a refused address, or the template's own trouble."""
        if "Content Security Policy" in text:
            return self._hear_refusal(text)
        if text.startswith("Failed to load resource") and source.startswith(("http:", "https:")):
            return self.add_blocked(source)
        return self.add_error(text)

    def _hear_refusal(self, text: str) -> None:
        found = _ADDRESS.search(text)
        self.blocks_scripts |= "script" in text.partition("directive")[0]
        self.blocks_requests |= "connect" in text
        if found:
            self.add_blocked(found[1])
        elif not text.startswith("Fetch API"):  # which says a second time what was told with its address
            self.add_blocked(text)

    def hear_thrown(self, text: str, stack: str) -> None:
        """Take an error that nothing caught, and where it was thrown."""
        if "Content Security Policy" in text:
            return self._hear_refusal(text)
        places = [line for line in stack.splitlines() if line.lstrip().startswith("at ")]
        if places and "blob:" in places[0]:  # the address of our modules in a frame
            self.ours.add(text)
        return self.add_error(text)

    def settle(self) -> None:
        """Tell what follows from a refusal apart from the template's own errors.

        A library that may not be loaded leaves its names undefined: that is the refusal once more.
        """
        # A refusal may name an address' host alone, which was told with its address.
        self.blocked = [one for one in self.blocked if not any(o.startswith(f"{one}/") for o in self.blocked)]
        for why, refused, pattern in (
            ("its script was blocked", self.blocks_scripts, _MISSES_SCRIPT),
            ("its request was blocked", self.blocks_requests, _MISSES_REQUEST),
        ):
            follows = [text for text in self.errors if refused and pattern.match(text) and text not in self.ours]
            self.errors = [text for text in self.errors if text not in follows]
            for text in follows:
                self.add_blocked(f"{text} ({why})")

    def as_json(self) -> dict[str, Any]:
        return {
            "rendered": self.rendered,
            "submitted": self.submitted,
            "errors": self.errors,
            "blocked": self.blocked,
            "answer": self.answer,
        }

    def row(self, path: str) -> str:
        result = "failed" if self.failed else "ok"
        answer = "" if self.answer is None else json.dumps(self.answer, ensure_ascii=False)
        cells = (path, result, " ".join(self.elements), "; ".join(self.errors), " ".join(self.blocked), answer)
        return "| " + " | ".join(_cell(text) for text in cells) + " |"


def _cell(text: str) -> str:
    flat = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return flat if len(flat) <= CELL else flat[:CELL] + "…"
