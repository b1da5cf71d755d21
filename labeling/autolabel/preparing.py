"""Features made ready to learn from: filled, scaled, narrowed. What is not a number is set apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from labeling.autolabel.grids import Grids

WIDTH = 384  # a wider view is turned to its strongest directions: as good, and the fits several times as fast
SEEN = 4000  # rows, evenly spread, from which means, spreads and directions are read
POWERS = (0.5, 0.0)  # of the spread by which a column is divided: embeddings want the first, TF-IDF the second


@dataclass(frozen=True)
class Scaling:
    """From raw features to ready ones: (x - mean) @ turn."""

    mean: np.ndarray  # float32 [d]
    turn: np.ndarray  # float32 [d, e]

    def apply(self, view: np.ndarray) -> np.ndarray:
        """Return float32 [n, e]."""
        moved: np.ndarray = (view - self.mean) @ self.turn if self.turn.ndim == 2 else (view - self.mean) * self.turn
        return moved


@dataclass(frozen=True)
class Pool:
    """All objects of a job: their features, and which of them have any."""

    views: tuple[np.ndarray, ...]  # float32 [n, d] each, zeros where unreadable
    readable: np.ndarray  # bool [n]
    grids: tuple[Grids, ...] = ()  # in place of views, where it matters what is where
    made: dict[tuple[int, float], tuple[Scaling, np.ndarray]] = field(default_factory=dict, compare=False)

    def ready(self, view: int, power: float) -> tuple[Scaling, np.ndarray]:
        """Return one view's scaling and the scaled rows, made once."""
        if (view, power) not in self.made:
            scaling = _find_scaling(self.views[view], self.readable, power)
            self.made[view, power] = scaling, scaling.apply(self.views[view])
        return self.made[view, power]


def prepare(views: Sequence[np.ndarray]) -> Pool:
    """Return a pool of matrices float [n, d_i]; a row with a NaN or an infinity in any of them is unreadable.

    Views whose readable rows are all equal tell nothing and are left out.
    """
    readable = np.all([np.isfinite(view).all(axis=1) for view in views], axis=0)
    kept = []
    for view in views:
        clean = view.astype(np.float32, copy=False) if readable.all() else np.where(readable[:, None], view, 0)
        rows = clean[readable]
        if len(rows) and np.ptp(rows, axis=0).max(initial=0) > 0:
            kept.append(clean.astype(np.float32, copy=False))
    return Pool(tuple(kept), readable)


def prepare_grids(grids: Sequence[Grids], count: int, part: int = 500) -> Pool:
    """Return a pool of grids of so many objects, which are read part by part and not kept."""
    readable = np.ones(count, dtype=bool)
    for first in range(0, count, part):
        rows = np.arange(first, min(first + part, count))
        readable[rows] = np.all([np.isfinite(one(rows)).all(axis=1) for one in grids], axis=0)
    return Pool((), readable, grids=tuple(grids) if readable.any() else ())


def scaling_of(arrays: Mapping[str, np.ndarray], view: int) -> Scaling:
    """Return the scaling that a saved model used for a view."""
    return Scaling(arrays[f"mean{view}"], arrays[f"turn{view}"])


def _find_scaling(view: np.ndarray, readable: np.ndarray, power: float) -> Scaling:
    rows = np.flatnonzero(readable)
    seen = view[rows[:: max(1, len(rows) // SEEN)]].astype(np.float64)
    mean, spread = seen.mean(axis=0), seen.std(axis=0)
    scale = np.where(spread > 0, 1 / np.maximum(spread, 1e-9) ** power, 0.0)
    seen = (seen - mean) * scale
    # Rows of length one on average, so that one strength of regularization means the same for every view.
    scale = scale / max(float(np.sqrt((seen**2).sum(axis=1).mean())), 1e-9)
    turn = scale
    if len(mean) > WIDTH:
        _, directions = np.linalg.eigh(seen.T @ seen)
        turn = scale[:, None] * directions[:, : -WIDTH - 1 : -1]
    return Scaling(mean.astype(np.float32), turn.astype(np.float32))
