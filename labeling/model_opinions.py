"""What a model said of a job's objects when it joined the people at the last fit, as it is kept in the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from groundtruth.storage import Missing
from labeling.kept_arrays import get_arrays


@dataclass(frozen=True)
class ModelOpinion:
    """A category by number, how sure the model was of it, 0..1, and the band of that."""

    category: int
    sure: float
    band: int


@dataclass(frozen=True)
class KeptOpinions:
    """By ordinal, ascending: categories, how sure, bands; (N,) each."""

    ordinals: np.ndarray
    said: np.ndarray
    sure: np.ndarray
    band: np.ndarray

    def of(self, ordinals: Iterable[int]) -> list[ModelOpinion | None]:
        """Return what the model said of each of these objects."""
        wanted = np.fromiter(ordinals, dtype=np.int64)
        if not len(self.ordinals):
            return [None] * len(wanted)
        at = np.minimum(np.searchsorted(self.ordinals, wanted), len(self.ordinals) - 1)
        known = self.ordinals[at] == wanted
        return [
            ModelOpinion(int(self.said[n]), float(self.sure[n]), int(self.band[n])) if there else None
            for n, there in zip(at.tolist(), known.tolist(), strict=True)
        ]


@lru_cache(maxsize=4)
def read_kept(key: str) -> KeptOpinions:
    """Return what lies under a key, which names its content; nothing where it is gone. Raises StoreError."""
    try:
        kept = get_arrays(key)
    except Missing:  # what an earlier job was told must not keep a later one from its end
        kept = {}
    return KeptOpinions(*(kept.get(name, np.empty(0)) for name in ("ordinals", "said", "sure", "band")))
