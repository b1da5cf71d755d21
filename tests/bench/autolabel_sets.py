"""Sets of labelled objects in a folder, and their features, made once and kept under the file's hash."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labeling.autolabel.preparing import Pool, prepare
from labeling.encoders import NEEDS, encode, sets
from tests.bench.autolabel_arrays import Unknown
from tests.bench.autolabel_files import read_objects, set_name

CACHE = Path(tempfile.gettempdir()) / "groundtruth-bench-features"


@dataclass(frozen=True)
class LabelledSet:
    """One set, ready to learn from."""

    name: str
    pool: Pool
    views: list[str]
    names: list[str]
    truth: np.ndarray  # int [n]
    categories: list[str]


def read_set(path: Path, *, base: bool, least: int = 0) -> LabelledSet:
    """Read a set of `least` objects or more, and its features, of the base installation alone where `base`.

    Raises Unknown.
    """
    name = set_name(path)
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise Unknown("it may not be read") from problem
    objects = read_objects(path, content)
    if len(objects.labels) < least:
        raise Unknown(f"{len(objects.labels):,} objects, fewer than {least:,}")
    names = [one for one in sets(objects.modality) if not (base and one in NEEDS)]
    key = hashlib.sha256(content).hexdigest()
    views = [_cached(CACHE / f"{one}-{key[:32]}.npy", one, objects.items) for one in names]
    pool = prepare(views)
    if 2 * (there := int(pool.readable.sum())) < len(objects.labels):
        raise Unknown(f"only {there:,} of its {len(objects.labels):,} objects can be opened")
    categories, truth = np.unique(objects.labels, return_inverse=True)
    return LabelledSet(name, pool, names, objects.names, truth, categories.tolist())


def _cached(path: Path, name: str, items: list[Any]) -> np.ndarray:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        part = path.with_suffix(".part.npy")
        np.save(part, encode(name, items))
        part.replace(path)
    return np.asarray(np.load(path, allow_pickle=False))
