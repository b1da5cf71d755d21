"""Features of a batch's objects: chunks that chores make on as many hosts as there are."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

import numpy as np
from django.db.models import Max
from PIL import Image

from batches.models import Batch, DataObject
from batches.references import Grants
from groundtruth.storage import Missing, parse_uri
from groundtruth.work import ring
from labeling import encoders
from labeling.models import FeatureChunk, LoopRun, RunKind
from labeling.services.arrays import get_arrays, is_stored, put_arrays
from projects.models import Project

CHUNK = 500  # objects
PICTURES = 8  # decoded at once: each may take a hundred megabytes


def begin(batch: Batch, modality: str) -> None:
    """Make the rows of the chunks and ring for each; in the caller's transaction. May be repeated."""
    last = DataObject.objects.filter(batch=batch).aggregate(last=Max("ordinal"))["last"]
    for name in encoders.sets(modality):
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


def wake(chunk: FeatureChunk) -> None:
    """Ring for the runs that waited for this chunk, where it was the last."""
    if not FeatureChunk.objects.filter(batch=chunk.batch_id, done_at=None).exclude(pk=chunk.pk).exists():
        for run in LoopRun.objects.filter(job__batch=chunk.batch_id, kind=RunKind.LEARN, done_at=None):
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
    """Return float32 [n, d] of objects by their content; a row of NaN where none can be opened."""
    modality = next(name for name, sets in encoders.SETS.items() if feature_set in sets)
    step = PICTURES if modality == "image" else max(len(contents), 1)
    parts = [contents[first : first + step] for first in range(0, max(len(contents), 1), step)]
    return np.concatenate(
        [encoders.encode(feature_set, [_item(modality, content) for content in part]) for part in parts]
    )


def _item(modality: str, content: bytes | None) -> Any:
    if content is None:
        return None
    if modality == "text":
        return content.decode(errors="replace")
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def load(batch: Batch, ordinals: np.ndarray) -> list[np.ndarray]:
    """Return a float32 matrix [n, d] a feature set, a row an ordinal in the order given; NaN where there is none."""
    chunks = FeatureChunk.objects.filter(batch=batch).exclude(blob_key="").order_by("feature_set", "first")
    names: dict[str, list[dict[str, np.ndarray]]] = {}
    for chunk in chunks:
        names.setdefault(chunk.feature_set, []).append(get_arrays(chunk.blob_key))
    return [_laid_out(parts, ordinals) for _, parts in sorted(names.items())]


def _laid_out(parts: list[dict[str, np.ndarray]], ordinals: np.ndarray) -> np.ndarray:
    width = max(part["features"].shape[1] for part in parts)
    by_ordinal = np.full((int(ordinals.max()) + 1, width), np.nan, dtype=np.float32)
    for part in parts:
        known = part["ordinals"] <= ordinals.max()
        if part["features"].shape[1] == width:  # a chunk of which nothing could be opened may be narrower
            by_ordinal[part["ordinals"][known]] = part["features"][known]
    return by_ordinal[ordinals]
