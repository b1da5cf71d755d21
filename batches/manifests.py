"""Augmented manifests: read their lines and write results into them. Pure: bytes and values only.

A manifest is JSON Lines: UTF-8, an object a line, with exactly one of `source-ref` (the address of a stored
object) and `source` (inline text); all other keys come back untouched. `made_manifests.py` makes them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]  # stable since Python 2.6, absent from the stubs
from typing import Any, NamedTuple

from groundtruth import strict_json
from groundtruth.storage.addresses import object_uri_problem

MAX_LINE_CHARS = 100_000
MAX_ATTRIBUTE_CHARS = 20_000
_MAX_LINE_BYTES = MAX_LINE_CHARS * 4 + 2  # a longer line has too many characters, however encoded

# Written by streaming jobs, and read back by a chained job. No other key may begin with $.
SERVICE_KEYS = frozenset({"$label-attribute-name-object-id", "$sequencer"})

_SPACE = re.compile(r"[ \t\n\r]*")
_ATTRIBUTE = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,126}")


class Line(NamedTuple):
    """A good line. A named tuple and not a dataclass: it is made for each object, at half the cost."""

    number: int  # 1 is the first line of the manifest
    end_offset: int  # bytes from the manifest's start to the next line: where a reader may go on
    text: str  # the line as read, without its line break
    value: dict[str, Any]
    source_ref: str | None  # exactly one of the two is set
    source_text: str | None


class BadLine(NamedTuple):
    """A line that gives no object, or a run of blank ones, and why not."""

    number: int
    end_offset: int
    code: str  # stable, for counting and translating
    reason: str  # a sentence


class RawLine(NamedTuple):
    """A line's bytes without the line break; None for a line that was too long to keep."""

    number: int
    end_offset: int
    data: bytes | None


class _Bad(ValueError):
    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


# --- reading -------------------------------------------------------------------------------------
def read_lines(chunks: Iterable[bytes], start_offset: int = 0, start_line: int = 0) -> Iterator[Line | BadLine]:
    """Yield each line of a manifest, good or bad, in flat memory whatever the file holds.

    chunks: the file's bytes from `start_offset`, cut anywhere; `start_line` lines come before them. To go on
    after an item, start at its `end_offset` with its `number`. Lines end with \\n or \\r\\n; a byte order
    mark at the file's start is skipped. Blank lines at the end are no lines; a run of them elsewhere is one
    BadLine with the code `blank` and the number of its last line.
    """
    blank_from: int | None = None
    previous = RawLine(start_line, start_offset, b"")
    for raw in split_lines(chunks, start_offset, start_line):
        if raw.data is not None and not raw.data.strip(b" \t\r"):
            blank_from = blank_from or raw.number
        else:
            if blank_from is not None:
                yield _blank_lines(blank_from, previous)
                blank_from = None
            yield parse_line(raw)
        previous = raw


def split_lines(chunks: Iterable[bytes], start_offset: int = 0, start_line: int = 0) -> Iterator[RawLine]:
    """Yield the lines of a file. Keeps at most one chunk and one line of the longest allowed length."""
    number, offset = start_line, start_offset
    head: list[bytes] = []  # pieces of the line that the last chunk began
    head_size = 0
    for chunk in chunks:
        first, *rest = chunk.split(b"\n")
        head_size += len(first)
        if head_size <= _MAX_LINE_BYTES:
            head.append(first)
        else:  # only the size is kept: a line of a gigabyte is counted, not stored
            head.clear()
        if not rest:
            continue
        number, offset = number + 1, offset + head_size + 1
        yield _raw_line(number, offset, b"".join(head), head_size)
        last = rest.pop()
        for data in rest:
            number, offset = number + 1, offset + len(data) + 1
            yield _raw_line(number, offset, data, len(data))
        head, head_size = [last], len(last)
    if head_size:
        yield _raw_line(number + 1, offset + head_size, b"".join(head), head_size)


def parse_line(raw: RawLine) -> Line | BadLine:
    """Return what one line says, or what is wrong with it."""
    number, end_offset, data = raw
    try:
        if data is None or len(text := data.decode()) > MAX_LINE_CHARS:
            raise _Bad("too_long", f"The line is longer than {MAX_LINE_CHARS:,} characters.")
        value = _decode(text)
        source_ref, source_text = _source(value)
        _check_attributes(text, value)
    except UnicodeDecodeError:
        return BadLine(number, end_offset, "encoding", "The line is not UTF-8.")
    except _Bad as bad:
        return BadLine(number, end_offset, bad.code, bad.reason)
    return Line(number, end_offset, text, value, source_ref, source_text)


def _raw_line(number: int, end_offset: int, data: bytes, size: int) -> RawLine:
    if size > _MAX_LINE_BYTES:
        return RawLine(number, end_offset, None)
    if number == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    return RawLine(number, end_offset, data.removesuffix(b"\r"))


def _blank_lines(first: int, last: RawLine) -> BadLine:
    reason = f"Lines {first} to {last.number} are blank." if first < last.number else "The line is blank."
    return BadLine(last.number, last.end_offset, "blank", reason)


def _decode(text: str) -> dict[str, Any]:
    try:
        value = strict_json.decode(text)
    except strict_json.BadJson as bad:
        raise _not_json(text, bad) from None
    if type(value) is not dict:
        raise _Bad("not_object", "The line is JSON, but not an object in braces.")
    return value


def _not_json(text: str, bad: strict_json.BadJson) -> _Bad:
    """Say what is wrong with a line, naming what an editor does not show."""
    if bad.code == "not_json" and text.startswith("\ufeff"):
        return _Bad("mark", "The line begins with a byte order mark, which only a file may.")
    if bad.code == "not_json" and "\r" in text:
        return _Bad("line_ends", "The line holds a carriage return alone; lines end with \\n or \\r\\n.")
    return _Bad(bad.code, f"The line {bad.says}")


_SPANS = json.JSONDecoder()


def _source(value: dict[str, Any]) -> tuple[str | None, str | None]:
    reference, text = value.get("source-ref"), value.get("source")
    if "source-ref" in value and "source" in value:
        raise _Bad("both_sources", "The line has both source-ref and source; it must have exactly one.")
    if "source-ref" not in value and "source" not in value:
        raise _Bad("no_source", "The line has neither source-ref nor source.")
    source = text if reference is None else reference
    if not isinstance(source, str):
        raise _Bad("source_type", "The value of source-ref or source is not text.")
    if not source.strip():
        raise _Bad("empty_source", "The value of source-ref or source is empty.")
    if reference is None:
        return None, source
    if problem := object_uri_problem(source):
        raise _Bad("bad_reference", f"source-ref is not an object's address. {problem}")
    return source, None


def _check_attributes(text: str, value: dict[str, Any]) -> None:
    for key in value:
        if key.startswith("$") and key not in SERVICE_KEYS:
            raise _Bad("reserved_key", "A key begins with $, which is reserved for keys of the service.")
    if len(text) <= MAX_ATTRIBUTE_CHARS:
        return
    for key, item in value.items():
        shown = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False, separators=(",", ":"))
        if len(shown) > MAX_ATTRIBUTE_CHARS:
            short = key if len(key) <= 40 else key[:40] + "…"
            limit = f"{MAX_ATTRIBUTE_CHARS:,} characters"
            raise _Bad("attribute_too_long", f"The attribute {short} is longer than {limit}.")


# --- writing -------------------------------------------------------------------------------------
def output_line(line_text: str, updates: Mapping[str, Any]) -> str:
    """Return a manifest's line with keys set: one line of JSON without its break.

    What is not updated stays byte for byte as it was read: order, spelling of numbers, escapes. A key that
    the line has is replaced where it stands; a new one goes to the end. Raises ValueError where the line is
    no JSON object, or an update is no JSON (NaN, broken Unicode).
    """
    spans, end = _value_spans(line_text)
    pieces, at = [], 0
    for key, (start, stop) in spans.items():
        if key in updates:
            pieces += [line_text[at:start], one_line(updates[key])]
            at = stop
    added = [f"{one_line(key)}:{one_line(value)}" for key, value in updates.items() if key not in spans]
    pieces.append(line_text[at:end])
    if spans and added:
        pieces.append(",")
    return "".join([*pieces, ",".join(added), line_text[end:]]).strip()


def one_line(value: Any) -> str:
    """Return a value as compact JSON, one line for every reader. Raises ValueError for what is no JSON."""
    text = _encode(value)
    if text.isascii():
        return text
    text.encode()  # raises for half of a surrogate pair
    return text.translate(_LINE_BREAKS)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
# Python's splitlines, and some editors, break lines here; inside JSON they stand in strings only.
_LINE_BREAKS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def _value_spans(text: str) -> tuple[dict[str, tuple[int, int]], int]:
    """Return where the value of each key stands (start, stop), and where the last member ends."""
    spans: dict[str, tuple[int, int]] = {}
    at = _expect(text, 0, "{")
    end = at
    if text[(after := _skip(text, at)) : after + 1] == "}":
        return spans, at
    while True:
        key, at = scanstring(text, _expect(text, at, '"'), True)
        start = _skip(text, _expect(text, at, ":"))
        _, end = _SPANS.raw_decode(text, start)
        spans[key] = (start, end)
        at = _skip(text, end)
        if text[at : at + 1] != ",":
            _expect(text, at, "}")
            return spans, end
        at += 1


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # an empty match always succeeds


def _expect(text: str, at: int, character: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != character:
        raise ValueError(f"The line is not a JSON object: no {character} at character {at + 1}.")
    return at + 1


# --- names of label attributes -------------------------------------------------------------------
def metadata_key(name: str) -> str:
    """Return the key of an attribute's metadata: `boxes` has `boxes-metadata`."""
    return f"{name}-metadata"


def check_attribute_name(name: str, needs_ref: bool) -> list[str]:
    """Return what is wrong with the name of a label attribute, as sentences; empty is good.

    needs_ref: whether the task type's labels are files, so that the name must end in `-ref`, as no other may.
    """
    problems = []
    if not _ATTRIBUTE.fullmatch(name):
        problems.append("The name has 1 to 127 letters, digits and hyphens, and no hyphen at either end.")
    if name in ("source", "source-ref"):
        problems.append(f"The name {name} is reserved for the object itself.")
    if name.endswith("-metadata"):
        problems.append("The name must not end with -metadata, which marks what is said about a label.")
    if needs_ref and not name.endswith("-ref"):
        problems.append("The labels of this task type are files, so the name must end with -ref.")
    if not needs_ref and name.endswith("-ref"):
        problems.append("Only labels that are files have names that end with -ref.")
    return problems
