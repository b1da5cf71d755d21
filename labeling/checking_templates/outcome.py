"""What came of trying a template, as values and as a row of a table."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

HEAD = "| Template | Result | Elements | Errors | Blocked | Answer |\n|---|---|---|---|---|---|"
CELL = 300  # characters of a cell; the last line has it all
_ADDRESS = re.compile(r"'((?:https?|wss?|ftp|data|blob|file)?:?//[^']+|data:[^']*)'")
_UNKNOWN_NAME = re.compile(r"ReferenceError: .+ is not defined")


@dataclass
class Outcome:
    """rendered: the elements stood; submitted: the form gave an answer. Blocked addresses are no errors."""

    rendered: bool = False
    submitted: bool = False
    errors: list[str] = field(default_factory=list)
    blocked: list[str] = field(default_factory=list)
    answer: Any = None
    elements: list[str] = field(default_factory=list)
    blocks_scripts: bool = False

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
        found = _ADDRESS.search(text) if "Content Security Policy" in text else None
        if found:
            self.blocks_scripts |= "script" in text.partition("directive")[0]
            return self.add_blocked(found[1])
        if text.startswith("Failed to load resource") and source.startswith(("http:", "https:")):
            return self.add_blocked(source)
        return self.add_error(text)

    def settle(self) -> None:
        """Tell what follows from a script that was refused apart from the template's own errors.

        A library that may not be loaded leaves its names undefined: that is the refusal once more.
        """
        if not self.blocks_scripts:
            return
        follows = [text for text in self.errors if _UNKNOWN_NAME.match(text)]
        self.errors = [text for text in self.errors if text not in follows]
        for text in follows:
            self.add_blocked(f"{text} (its script was blocked)")

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
