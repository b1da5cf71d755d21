"""Features of a batch's objects: chunks that chores make on as many hosts as there are."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
from django.db.models import Max

from batches.models import Batch, DataObject
from batches.references import Grants
from groundtruth.storage import Missing, parse_uri
from groundtruth.work import ring
from labeling import encoders
from labeling.autolabel.preparing import Pool, prepare_grids
from labeling.encoders.opening import open_item
from labeling.models import FeatureChunk, LoopRun
from labeling.services.arrays import get_arrays, is_stored, put_arrays
from projects.models import Project
from projects.task_types import TaskType

CHUNK = 500  # objects
PICTURES = 8  # decoded at once: each may take a hundred megabytes
# For the customer; what went wrong stands at the chunk, which the desk shows to operations.
LOST = "The objects could not be looked at by the machine: people label the rest."


def kind_of(task_type: TaskType) -> str:
    """Return which kind of sets the learner of a type looks at."""
    return task_type.features or task_type.modality


def begin(batch: Batch, kind: str) -> None:
    """Make the rows of the chunks and ring for each; in the caller's transaction. May be repeated."""
    last = DataObject.objects.filter(batch=batch).aggregate(last=Max("ordinal"))["last"]
    for name in encoders.sets(kind):
        step = last + 1 if name in encoders.WHOLE else CHUNK
        there = set(FeatureChunk.objects.filter(batch=batch, feature_set=name).values_list("first", flat=True))
        FeatureChunk.objects.bulk_create(
            FeatureChunk(batch=batch, feature_set=name, first=first, last=min(first + step - 1, last))
            for first in range(0, last + 1, step)
            if first not in there
        )
    for chunk in FeatureChunk.objects.filter(batch=batch, done_at=None):
        ring(chunk)


def make(chunk: FeatureChunk) -> None:
    """Make and store a chunk's features, unless the store has those of the same objects."""
    rows = list(_objects(chunk).only("pk", "ordinal", "source_ref", "source_text"))
    contents = _contents(chunk.batch.project, rows)
    prefix = f"{chunk.batch.project.prefix}features/{chunk.feature_set}/"
    key = f"{prefix}{_digest(chunk, rows, contents)}.npz"
    if not is_stored(key):
        arrays = {
            "ordinals": np.array([row.ordinal for row in rows], dtype=np.int64),
            "features": features_of(chunk.feature_set, contents),
        }
        put_arrays(prefix, arrays, name=key.removeprefix(prefix).removesuffix(".npz"))
    FeatureChunk.objects.filter(pk=chunk.pk).update(blob_key=key)


def made(batch: Batch, kind: str) -> tuple[int, int, bool]:
    """Return how many chunks of the sets of a kind are made, of how many, and whether one gave up."""
    chunks = FeatureChunk.objects.filter(batch=batch, feature_set__in=encoders.SETS.get(kind, ()))
    rows = list(chunks.only("done_at", "attempts"))
    return sum(row.done_at is not None for row in rows), len(rows), any(row.gave_up for row in rows)


def wake(chunk: FeatureChunk) -> None:
    """Ring for the runs that waited for this chunk, where it was the last."""
    if not FeatureChunk.objects.filter(batch=chunk.batch_id, done_at=None).exclude(pk=chunk.pk).exists():
        waiting = LoopRun.objects.filter(job__batch=chunk.batch_id, done_at=None)
        for run in waiting:
            ring(run)


def _objects(chunk: FeatureChunk) -> Any:
    within = DataObject.objects.filter(batch=chunk.batch_id, ordinal__range=(chunk.first, chunk.last))
    return within.order_by("ordinal")


def _digest(chunk: FeatureChunk, rows: list[DataObject], contents: list[bytes | None]) -> str:
    """Name a chunk by what its objects hold and where they stand: the same objects are never encoded twice."""
    digest = sha256()
    for row, content in zip(rows, contents, strict=True):
        digest.update(row.ordinal.to_bytes(8, "big") + sha256(content or b"").digest())
    return digest.hexdigest()[:40]


def _contents(project: Project, rows: list[DataObject]) -> list[bytes | None]:
    """Return what each object holds; None where it cannot be read. Raises StoreError where the store is away."""
    grants = Grants(project)
    return [row.source_text.encode() if row.source_text else _read(grants, row.source_ref) for row in rows]


def _read(grants: Grants, uri: str) -> bytes | None:
    address = parse_uri(uri)
    store = grants.store(address)
    try:
        return store.read(address) if store else None
    except Missing:
        return None


def features_of(feature_set: str, contents: list[bytes | None]) -> np.ndarray:
    """Return float [n, d] of objects by their content; a row of NaN where none can be opened."""
    kind = next(name for name, sets in encoders.SETS.items() if feature_set in sets)
    step = max(len(contents), 1) if kind == "text" else PICTURES
    parts = [contents[first : first + step] for first in range(0, max(len(contents), 1), step)]
    return np.concatenate(
        [encoders.encode(feature_set, [open_item(kind, content) for content in part]) for part in parts]
    )


def load(batch: Batch, ordinals: np.ndarray, kind: str) -> list[np.ndarray] | Pool:
    """Return a float32 matrix [n, d] a feature set of a kind, a row an ordinal in the order given; NaN for no row.

    Cells, of which a job's do not fit into memory, as a pool that reads them when they are wanted.
    """
    names = encoders.SETS[kind]
    chunks = FeatureChunk.objects.filter(batch=batch, feature_set__in=names).exclude(blob_key="")
    by_name: dict[str, list[FeatureChunk]] = {}
    for chunk in chunks.order_by("feature_set", "first"):
        by_name.setdefault(chunk.feature_set, []).append(chunk)
    if kind == encoders.CELLS:
        return prepare_grids([_Stored(found, ordinals) for found in by_name.values()], len(ordinals))
    return [_laid_out([get_arrays(chunk.blob_key) for chunk in found], ordinals) for found in by_name.values()]


class _Stored:
    """A set's rows by their places in a job, read from the store chunk by chunk; the last chunk is kept."""

    def __init__(self, chunks: Sequence[FeatureChunk], ordinals: np.ndarray) -> None:
        self.keys = [chunk.blob_key for chunk in chunks]
        self.lasts = np.array([chunk.last for chunk in chunks])
        self.ordinals = ordinals
        self.read: tuple[str, dict[str, np.ndarray]] = ("", {})

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        wanted = self.ordinals[rows]
        places = np.searchsorted(self.lasts, wanted)
        found: np.ndarray | None = None
        for place in np.unique(places).tolist():
            part, mine = self._chunk(self.keys[place]), places == place
            if found is None:
                found = np.full((len(rows), part["features"].shape[1]), np.nan, dtype=part["features"].dtype)
            at = np.minimum(np.searchsorted(part["ordinals"], wanted[mine]), len(part["ordinals"]) - 1)
            known = (part["ordinals"][at] == wanted[mine])[:, None]
            found[mine] = np.where(known, part["features"][at], np.nan)
        assert found is not None
        return found

    def _chunk(self, key: str) -> dict[str, np.ndarray]:
        if self.read[0] != key:
            self.read = (key, get_arrays(key))
        return self.read[1]


def _laid_out(parts: list[dict[str, np.ndarray]], ordinals: np.ndarray) -> np.ndarray:
    width = max(part["features"].shape[1] for part in parts)
    by_ordinal = np.full((int(ordinals.max()) + 1, width), np.nan, dtype=np.float32)
    for part in parts:
        known = part["ordinals"] <= ordinals.max()
        if part["features"].shape[1] == width:  # a chunk of which nothing could be opened may be narrower
            by_ordinal[part["ordinals"][known]] = part["features"][known]
    return by_ordinal[ordinals]
