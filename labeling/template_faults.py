"""What is wrong with a template that does not parse, in words that its author can act on, and where."""

from __future__ import annotations

import re

_ASIDE = re.compile(r"{%-?\s*(comment|raw)\b.*?{%-?\s*end\1\b|{#.*?#}", re.DOTALL)
_TAG = re.compile(r"{%-?\s*(end)?(if|unless|for|case|capture|tablerow|ifchanged)\b")
_UNEXPECTED = re.compile(r"unexpected tag '(\w+)'")
_SAID = {
    "include": "the tag 'include' is not supported: a task template stands in one piece",
    "render": "the tag 'render' is not supported: a task template stands in one piece",
    "raw": "the tag 'raw' is never closed: 'endraw' is missing",
}


def explain(message: str, source: str, index: int) -> tuple[str, int]:
    """Return what to say of a fault, and its line from 1. `index`: its place in the source, below 0 at its end."""
    if index < 0 and (opened := _left_open(source)):
        name, index = opened
        return f"the tag '{name}' is never closed: 'end{name}' is missing", line_of(source, index)
    found = _UNEXPECTED.fullmatch(message)
    said = _SAID.get(found[1], message) if found else message
    return said, line_of(source, index if index >= 0 else len(source))


def line_of(source: str, index: int) -> int:
    return source.count("\n", 0, index) + 1


def _left_open(source: str) -> tuple[str, int] | None:
    """Return the innermost block that is open at the end: its tag, and where it stands."""
    shown = _ASIDE.sub(lambda found: " " * len(found[0]), source)
    open_: list[tuple[str, int]] = []
    for tag in _TAG.finditer(shown):
        if not tag[1]:
            open_.append((tag[2], tag.start()))
        elif open_:
            open_.pop()
    return open_[-1] if open_ else None
