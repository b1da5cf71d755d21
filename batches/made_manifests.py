"""Manifests that we make ourselves, from a folder of objects or a file of texts. Pure: values in, lines out.

Every line made here is read again by `manifests.read_lines`, which has the last word on it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath

from batches.manifests import BadLine, RawLine, one_line, split_lines

# What a task may show, by its modality (spec/manifests.md 1); a modality that is not here takes any object.
MEDIA: dict[str, frozenset[str]] = {
    "image": frozenset({".jpg", ".jpeg", ".png"}),
    "text": frozenset({".txt", ".csv"}),
    "video": frozenset({".mp4", ".ogg", ".webm"}),
    "video_frames": frozenset({".jpg", ".jpeg", ".png", ".json"}),
    "audio": frozenset({".mp3", ".wav", ".ogg", ".flac", ".m4a"}),
    "point_cloud": frozenset({".bin", ".txt", ".json"}),
}

_USUAL_HEADERS = frozenset(
    ["body", "comment", "content", "description", "document", "item", "message", "question", "review"]
    + ["sentence", "source", "text", "title", "tweet", "utterance"]
)
_COLUMN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,40}")


def manifest_name(at: datetime) -> str:
    """Return the name of a manifest made at a moment: `dataset-YYMMDDTHHMMSS.manifest`."""
    return f"dataset-{at:%y%m%dT%H%M%S}.manifest"


def check_reference(key: str, modality: str) -> str | None:
    """Return why a task of this modality cannot show an object, as a sentence, or None where it can."""
    allowed = MEDIA.get(modality)
    if allowed is None or PurePosixPath(key).suffix.lower() in allowed:
        return None
    return f"{PurePosixPath(key).name} is not one of the formats {', '.join(sorted(allowed))}."


def made_lines_from_text(chunks: Iterable[bytes]) -> Iterator[str | BadLine]:
    """Yield a manifest line for each line of a text (UTF-8); skip blank ones, report unreadable ones."""
    for raw in split_lines(chunks):
        text = _text(raw)
        if isinstance(text, BadLine):
            yield text
        elif text.strip():
            yield one_line({"source": text})


def made_lines_from_csv(chunks: Iterable[bytes]) -> Iterator[str | BadLine]:
    """Yield a manifest line for each row's first column; a header is left out, unreadable lines are reported.

    The first row is a header where its first cell is a usual name of a text column, or where it has several
    cells, all different and all shaped like names of columns, and the second row is not so shaped.
    """
    source = _CsvSource(chunks)
    rows = _rows(source)
    first = next(rows, None)
    second = next(rows, None)
    waiting = [row for row in (first, second) if row is not None]
    if isinstance(first, list) and is_header(first, second if isinstance(second, list) else []):
        waiting = waiting[1:]
    for row in waiting:
        yield from _csv_item(row)
        yield from source.take_bad()
    for row in rows:
        yield from _csv_item(row)
        yield from source.take_bad()
    yield from source.take_bad()


def is_header(first: list[str], second: list[str]) -> bool:
    """Return whether the first row of a table names its columns."""
    if first and first[0].strip().casefold() in _USUAL_HEADERS:
        return True
    return _are_names(first) and bool(second) and not _are_names(second)


def _are_names(row: list[str]) -> bool:
    names = {cell.strip() for cell in row if _COLUMN_NAME.fullmatch(cell.strip())}
    return len(row) > 1 and len(names) == len(row)


def _csv_item(row: list[str] | BadLine) -> Iterator[str | BadLine]:
    if isinstance(row, BadLine):
        yield row
    elif row and row[0].strip():
        yield one_line({"source": row[0]})


def _text(raw: RawLine) -> str | BadLine:
    if raw.data is None:
        return BadLine(raw.number, raw.end_offset, "too_long", "The line is too long for a text.")
    try:
        text = raw.data.decode()
    except UnicodeDecodeError:
        return BadLine(raw.number, raw.end_offset, "encoding", "The line is not UTF-8.")
    if "\0" in text:
        return BadLine(raw.number, raw.end_offset, "nul", "The line holds a NUL character.")
    return text


class _CsvSource:
    """The text lines of a CSV file, for csv.reader; lines that cannot be read are kept aside."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._lines = split_lines(chunks)
        self._bad: list[BadLine] = []
        self.at = RawLine(0, 0, b"")
        self.has_ended = False

    def __iter__(self) -> Iterator[str]:
        for raw in self._lines:
            self.at = raw
            text = _text(raw)
            if isinstance(text, BadLine):
                self._bad.append(text)
                if len(self._bad) < 1000:  # a file of garbage is reported as it goes, and not collected
                    continue
                text = ""
            yield text + "\n"
        self.has_ended = True

    def take_bad(self) -> list[BadLine]:
        taken, self._bad = self._bad, []
        return taken


def _rows(source: _CsvSource) -> Iterator[list[str] | BadLine]:
    reader = csv.reader(source)
    while True:
        began = source.at.number + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            # A quote that never closes ends here, at the reader's limit of a field, not at the file's end.
            yield BadLine(source.at.number, source.at.end_offset, "not_csv", f"The line is not CSV: {error}.")
            continue
        if source.has_ended:  # the reader wanted more, to close the row: what it gives back is the rest of the file
            yield BadLine(began, source.at.end_offset, "not_csv", "A quote opens here and is never closed.")
            return
        yield row
