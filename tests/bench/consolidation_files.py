"""Read the gzipped tables of a folder of crowds; what cannot be read is said in a sentence, never raised."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

LABELS, TRUTH = ".labels.csv.gz", ".truth.csv.gz"


@dataclass(frozen=True)
class Table:
    """One file's rows, each as long as the header."""

    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Pair:
    """A set's answers and truth, and the folder that may hold more of it."""

    name: str
    answers: Table
    truth: Table
    folder: Path


def read_rows(path: Path) -> list[list[str]]:
    """Return a table's rows without blank ones, and without a byte order mark."""
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as stream:
        return [row for row in csv.reader(stream) if row]


def read_table(path: Path) -> Table | None:
    """Return a table, its rows of another length than its header left out; None where it cannot be read."""
    try:
        header, *rows = read_rows(path) or [[]]
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as problem:
        print(f"skipped {path.name}: {problem}")
        return None
    fitting = [row for row in rows if len(row) == len(header)]
    if len(fitting) < len(rows):
        print(f"{path.name}: left out {len(rows) - len(fitting)} rows that are not as long as the header")
    return Table(header, fitting)


def list_pairs(folder: Path, headers: Sequence[Sequence[str]]) -> Iterator[Pair]:
    """Yield each set whose labels have one of `headers`; says which files it skips and why."""
    for path in sorted(folder.glob(f"*{LABELS}")):
        name = path.name.removesuffix(LABELS)
        truth_path = path.with_name(f"{name}{TRUTH}")
        answers = read_table(path)
        if answers is None:
            continue
        if answers.header not in [list(header) for header in headers]:
            print(f"skipped {name}: columns are {','.join(answers.header)}")
        elif not truth_path.exists():
            print(f"skipped {name}: no {truth_path.name}")
        elif (truth := read_table(truth_path)) is not None:
            yield Pair(name, answers, truth, folder)


def numbered(names: set[str]) -> dict[str, int]:
    """Number names from 0 in their order."""
    return {name: number for number, name in enumerate(sorted(names))}
