"""Read the gzipped tables of a folder of crowds; what cannot be read is said in a sentence, never raised."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

LABELS, TRUTH = ".labels.csv.gz", ".truth.csv.gz"

Columns = tuple[str, ...]


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


def pick_columns(path: Path, wanted: Columns) -> Table | None:
    """Return a table of these columns, by their names or else in their order; None, said in a sentence, without them.

    More columns than those are left out where all the names are there.
    """
    table = read_table(path)
    if table is None or table.header == list(wanted):
        return table
    if set(wanted) <= set(table.header):
        places = [table.header.index(name) for name in wanted]
        return Table(list(wanted), [[row[place] for place in places] for row in table.rows])
    if len(table.header) == len(wanted):
        print(f"{path.name}: columns are {','.join(table.header)}, taken for {','.join(wanted)}")
        return Table(list(wanted), table.rows)
    print(f"skipped {path.name}: columns are {','.join(table.header)}, not {','.join(wanted)}")
    return None


def list_pairs(folder: Path, kinds: Mapping[Columns, Columns]) -> Iterator[Pair]:
    """Yield each set whose labels have the columns of a kind, which leads to those of its truth.

    Says which files it skips and why.
    """
    for path in sorted(folder.glob(f"*{LABELS}")):
        name = path.name.removesuffix(LABELS)
        truth_path = path.with_name(f"{name}{TRUTH}")
        answers = read_table(path)
        if answers is None:
            continue
        truth_columns = kinds.get(tuple(answers.header))
        if truth_columns is None:
            print(f"skipped {name}: columns are {','.join(answers.header)}")
        elif not truth_path.exists():
            print(f"skipped {name}: no {truth_path.name}")
        elif (truth := pick_columns(truth_path, truth_columns)) is not None:
            yield Pair(name, answers, truth, folder)


def numbered(names: set[str]) -> dict[str, int]:
    """Number names from 0 in their order."""
    return {name: number for number, name in enumerate(sorted(names))}
