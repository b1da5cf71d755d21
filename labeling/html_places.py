"""Where in the HTML an output of a template stands: in text, a tag, an attribute's value, a script or a comment."""

from __future__ import annotations

import functools
import re

Place = tuple[str, str]  # (mode, element): element is the raw-text element, or the tag being read
TEXT: Place = ("text", "")
RAW_TEXT = frozenset({"script", "style"})
ESCAPABLE_RAW_TEXT = frozenset({"textarea", "title"})
# An escaped value holds no angle bracket and no quote, so in these modes it cannot move the place.
STEADY = frozenset({"text", "double", "single", "raw", "comment"})

_TAG_OPENS = re.compile(r"<(?:!--|/?([a-zA-Z][^\s/>]*))")
_IN_TAG = re.compile(r">|=\s*(?:([\"'])|$|(?=[^\s\"'>]))")
_VALUE_STARTS = re.compile(r"\s*(?:([\"'>])|(?=[^\s]))")
_UNQUOTED_ENDS = re.compile(r"[\s>]")


def advance(place: Place, text: str) -> Place:
    """Return the place that an HTML reader has reached after `text`, having started it at `place`."""
    at = 0
    while at < len(text):
        place, at = _step(place, text, at)
    return place


advance_static = functools.lru_cache(maxsize=4096)(advance)


def _step(place: Place, text: str, at: int) -> tuple[Place, int]:
    mode, name = place
    if mode == "text":
        found = _TAG_OPENS.search(text, at)
        if not found:
            return place, len(text)
        return (("tag", found[0][1:].lower()) if found[1] else ("comment", "")), found.end()
    if mode == "tag":
        return _step_in_tag(name, text, at)
    if mode == "value":
        found = _VALUE_STARTS.match(text, at)
        if not found:
            return place, len(text)
        if found[1] == ">":
            return _after_tag(name), found.end()
        return (_quote_mode(found[1]), name), found.end()
    if mode == "unquoted":
        found = _UNQUOTED_ENDS.search(text, at)
        return (("tag", name), found.start()) if found else (place, len(text))
    end, following = _end_of(mode, name)
    found = end.search(text, at)
    return (following, found.end()) if found else (place, len(text))


def _step_in_tag(name: str, text: str, at: int) -> tuple[Place, int]:
    found = _IN_TAG.search(text, at)
    if not found:
        return ("tag", name), len(text)
    if found[0] == ">":
        return _after_tag(name), found.end()
    if found[1] is None and found.end() == len(text):
        return ("value", name), len(text)
    return (_quote_mode(found[1]), name), found.end()


def _quote_mode(quote: str | None) -> str:
    return {'"': "double", "'": "single", None: "unquoted"}[quote]


def _after_tag(name: str) -> Place:
    if name in RAW_TEXT or name in ESCAPABLE_RAW_TEXT:
        return ("raw", name)
    return TEXT


@functools.lru_cache(maxsize=64)
def _end_of(mode: str, name: str) -> tuple[re.Pattern[str], Place]:
    if mode == "raw":
        return re.compile(rf"</{re.escape(name)}(?=[\s/>])", re.IGNORECASE), ("tag", "/" + name)
    if mode == "comment":
        return re.compile(r"-->"), TEXT
    return re.compile('"' if mode == "double" else "'"), ("tag", name)
