"""Files of labelled objects, in the three formats that the measurement reads; what is odd is told in a sentence."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from tests.bench.autolabel_arrays import Unknown, opened, read_sounds_or_pictures

GZIP = b"\x1f\x8b"  # what such a file begins with
DAMAGE = (OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)  # RuntimeError: locked by a password


@dataclass(frozen=True)
class Objects:
    """What a file holds: objects of one modality, each with a name and a category's name."""

    modality: str
    items: list[Any]
    names: list[str]
    labels: list[str]


def set_name(path: Path) -> str:
    """Return what a set is called. Raises Unknown for a file of no format."""
    return path.name.removesuffix(_ending(path))


def read_objects(path: Path, content: bytes) -> Objects:
    """Return what a set's file holds. Raises Unknown where it is not as its name says."""
    try:
        return READERS[_ending(path)](content)
    except UnicodeDecodeError as problem:
        raise Unknown("its text is not UTF-8") from problem
    except csv.Error as problem:
        raise Unknown(f"its table cannot be read ({problem})") from problem
    except DAMAGE as problem:
        raise Unknown("it is damaged") from problem


def _ending(path: Path) -> str:
    if not path.is_file():
        raise Unknown("it is no file")
    found = next((end for end in READERS if path.name.endswith(end)), None)
    if found is None:
        raise Unknown(f"its name ends in none of {', '.join(READERS)}")
    return found


def _read_texts(content: bytes) -> Objects:
    if not content.startswith(GZIP):
        raise Unknown("it is not compressed with gzip")
    with gzip.open(io.BytesIO(content), "rt", encoding="utf-8-sig", newline="") as stream:
        rows = _table(stream, "text", "label")
    names = [row.get("id") or str(number) for number, row in enumerate(rows)]
    return Objects("text", [row["text"] for row in rows], names, [row["label"] for row in rows])


def _read_pictures(content: bytes) -> Objects:
    archive = _archive(content, "zip")
    there = set(archive.namelist())
    if "labels.csv" not in there:
        raise Unknown("it has no labels.csv")
    with archive.open("labels.csv") as stream:
        rows = _table(io.TextIOWrapper(stream, "utf-8-sig", newline=""), "file", "label")
    names = [row["file"] for row in rows]
    places = [name if name in there else f"images/{name}" for name in names]
    items = [_open_picture(archive, place) if place in there else None for place in places]
    return Objects("image", items, names, [row["label"] for row in rows])


def _archive(content: bytes, called: str) -> zipfile.ZipFile:
    if not zipfile.is_zipfile(io.BytesIO(content)):
        raise Unknown(f"it is no {called} archive")
    return zipfile.ZipFile(io.BytesIO(content))


def _open_picture(archive: zipfile.ZipFile, place: str) -> Image.Image | None:
    """Return the picture, decoded; None where it cannot be."""
    try:
        picture = Image.open(io.BytesIO(archive.read(place)))
        picture.load()
    except (*DAMAGE, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return picture


def _read_arrays(content: bytes) -> Objects:
    _archive(content, "npz")
    with opened(content) as arrays:
        modality, items, labels = read_sounds_or_pictures(arrays)
    return Objects(modality, items, [str(number) for number in range(len(labels))], labels)


def _table(stream: Iterator[str], *needed: str) -> list[dict[str, str]]:
    usual = csv.field_size_limit(2**31 - 1)  # texts may be long
    try:
        return _rows(csv.DictReader(stream), needed)
    finally:
        csv.field_size_limit(usual)  # of the whole process


def _rows(reader: csv.DictReader[str], needed: tuple[str, ...]) -> list[dict[str, str]]:
    columns = reader.fieldnames or ()
    if not set(needed) <= set(columns):
        raise Unknown(f"its columns are {', '.join(columns) or 'none'}; {' and '.join(needed)} are needed")
    rows = []
    for row in reader:
        if None in row:
            raise Unknown(f"line {reader.line_num:,} has more than the {len(columns)} columns of the first")
        if missing := [name for name in needed if row[name] is None or (name != "text" and not row[name].strip())]:
            raise Unknown(f"line {reader.line_num:,} has no {missing[0]}")
        rows.append(row)
    return rows


READERS: Mapping[str, Callable[[bytes], Objects]] = {
    ".csv.gz": _read_texts,
    ".zip": _read_pictures,
    ".npz": _read_arrays,
}
