"""Sets of labelled objects in a folder, and their features, made once and kept under the file's hash."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from labeling.autolabel.preparing import Pool, prepare
from labeling.encoders import NEEDS, encode, sets

CACHE = Path(tempfile.gettempdir()) / "groundtruth-bench-features"
RATE = 8000  # of sound whose file does not say


class Unknown(ValueError):
    """A file in none of the formats; the sentence says why."""


@dataclass(frozen=True)
class Objects:
    """What a file holds: objects of one modality, each with a name and a category's name."""

    modality: str
    items: list[Any]
    names: list[str]
    labels: list[str]


@dataclass(frozen=True)
class LabelledSet:
    """One set, ready to learn from."""

    name: str
    pool: Pool
    views: list[str]
    names: list[str]
    truth: np.ndarray  # int [n]
    categories: list[str]


def read_set(path: Path, *, base: bool) -> LabelledSet:
    """Read a set and its features, of the base installation alone where `base`. Raises Unknown."""
    name, read = _reader(path)
    content = path.read_bytes()
    objects = read(content)
    names = [one for one in sets(objects.modality) if not (base and one in NEEDS)]
    key = hashlib.sha256(content).hexdigest()
    views = [_cached(CACHE / f"{one}-{key[:32]}.npy", one, objects.items) for one in names]
    categories, truth = np.unique(objects.labels, return_inverse=True)
    return LabelledSet(name, prepare(views), names, objects.names, truth, categories.tolist())


def set_files(folder: Path) -> list[Path]:
    """Return the files that may be sets, by name."""
    return sorted(path for path in folder.iterdir() if any(path.name.endswith(end) for end in READERS))


def _reader(path: Path) -> tuple[str, Callable[[bytes], Objects]]:
    end = next(end for end in READERS if path.name.endswith(end))
    return path.name.removesuffix(end), READERS[end]


def _cached(path: Path, name: str, items: list[Any]) -> np.ndarray:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part.npy")
        np.save(part, encode(name, items))
        part.replace(path)
    return np.asarray(np.load(path, allow_pickle=False))


def _read_texts(content: bytes) -> Objects:
    with gzip.open(io.BytesIO(content), "rt", encoding="utf-8-sig", newline="") as stream:
        rows = _table(stream, "text", "label")
    names = [row.get("id") or str(number) for number, row in enumerate(rows)]
    return Objects("text", [row["text"] for row in rows], names, [row["label"] for row in rows])


def _read_pictures(content: bytes) -> Objects:
    archive = zipfile.ZipFile(io.BytesIO(content))
    there = set(archive.namelist())
    if "labels.csv" not in there:
        raise Unknown("it has no labels.csv")
    with archive.open("labels.csv") as stream:
        rows = _table(io.TextIOWrapper(stream, "utf-8-sig", newline=""), "file", "label")
    names = [row["file"] for row in rows]
    places = [name if name in there else f"images/{name}" for name in names]
    items = [_open_picture(archive.read(place)) if place in there else None for place in places]
    return Objects("image", items, names, [row["label"] for row in rows])


def _open_picture(content: bytes) -> Image.Image | None:
    """Return the picture, decoded; None where it cannot be."""
    try:
        picture = Image.open(io.BytesIO(content))
        picture.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    return picture


def _read_arrays(content: bytes) -> Objects:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        held = dict(arrays)
    if "label" not in held:
        raise Unknown("it has no array called label")
    labels = held["label"].astype(str).tolist()
    modality, items = _sounds_or_pictures(held)
    return Objects(modality, items, [str(number) for number in range(len(labels))], labels)


def _sounds_or_pictures(held: Mapping[str, np.ndarray]) -> tuple[str, list[Any]]:
    if "audio_delta" in held:
        sound, rate = np.cumsum(held["audio_delta"], dtype=np.int16), int(held.get("rate", RATE))
        return "audio", [(sound[a:b], rate) for a, b in zip(held["offsets"], held["offsets"][1:], strict=False)]
    if "image" in held:
        return "image", [Image.fromarray(pixels) for pixels in held["image"]]
    raise Unknown("it has neither audio_delta nor image")


def _table(stream: Iterator[str], *needed: str) -> list[dict[str, str]]:
    csv.field_size_limit(2**31 - 1)  # texts may be long
    reader = csv.DictReader(stream)
    if not set(needed) <= set(reader.fieldnames or ()):
        raise Unknown(f"its columns are {', '.join(reader.fieldnames or ())}")
    return list(reader)


READERS: Mapping[str, Callable[[bytes], Objects]] = {
    ".csv.gz": _read_texts,
    ".zip": _read_pictures,
    ".npz": _read_arrays,
}
