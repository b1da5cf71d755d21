"""What the learners of masks and boxes share: a category for each cell of a grid, and the quality of what comes of it.

Grids are read some pictures at a time, so that a step holds the cells that it learns from and those of one part,
however many objects a job has.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labeling.autolabel.grids import Cells, places, unpack
from labeling.autolabel.preparing import Pool
from labeling.autolabel.regression import FOLDS, Line, fit, log_loss

PART = 32  # pictures whose cells are in memory at once
MOST_CELLS = 40_000  # that a model is fitted to
STRENGTHS = (1.0, 0.03, 0.001)  # of scikit-learn's C: cells are many, and those of one picture are much alike
RIDGE = 3.0  # objects' worth of doubt in the quality's slopes
LEAST_SURE = 1e-3  # 0 stands for no proposal


@dataclass(frozen=True)
class CellModel:
    """Says of each cell how likely each category is; 0 is the background."""

    mean: np.ndarray  # float32 [d]
    scale: np.ndarray  # float32 [d]
    line: Line
    classes: int  # with the background

    def probs(self, features: np.ndarray) -> np.ndarray:
        """Return float32 [b, side, side, classes] of cells [b, side * side, d]."""
        count, cells, _ = features.shape
        side = int(round(cells**0.5))
        return self.of_cells(features.reshape(count * cells, -1)).reshape(count, side, side, self.classes)

    def of_cells(self, features: np.ndarray) -> np.ndarray:
        """Return float32 [c, classes] of cells [c, d]."""
        return self.line.probs((features - self.mean) * self.scale, self.classes)

    def arrays(self) -> dict[str, np.ndarray]:
        return {"mean": self.mean, "scale": self.scale, "classes": np.array(self.classes), **vars(self.line)}


def parts_of(pool: Pool, rows: np.ndarray) -> Iterator[tuple[np.ndarray, Cells]]:
    """Yield (places in `rows`, their cells) part by part: of all grid sets side by side, and where each cell is."""
    for first in range(0, len(rows), PART):
        some = np.arange(first, min(first + PART, len(rows)))
        found = [unpack(grids(rows[some])) for grids in pool.grids]
        where = places(int(round(found[0].features.shape[1] ** 0.5)))
        where = np.broadcast_to(where, (len(some), *where.shape))
        yield some, Cells(np.concatenate([*(one.features for one in found), where], axis=2), found[0].sizes)


@dataclass(frozen=True)
class Taught:
    """Cells drawn from the labelled pictures: what they show, their categories, which picture each is of."""

    features: np.ndarray  # float32 [c, d]
    labels: np.ndarray  # int [c]
    owners: np.ndarray  # int [c]: places in `rows`
    strength: float = STRENGTHS[0]

    def suited(self, folds: np.ndarray, classes: int) -> Taught:
        """Return the same with the strength of least log loss on the pictures of the first fold, held out."""
        tried = folds[self.owners] == 0

        def loss(strength: float) -> float:
            model = replace(self, strength=strength).fit(folds != 0, classes)
            return log_loss(model.of_cells(self.features[tried]), self.labels[tried])

        return replace(self, strength=min(STRENGTHS, key=loss))

    def fit(self, keep: np.ndarray, classes: int) -> CellModel:
        """Fit to the cells of some pictures, bool [m]."""
        mine = keep[self.owners]
        features = self.features[mine]
        mean, spread = features.mean(axis=0), features.std(axis=0)
        scale = np.where(spread > 1e-6, 1 / np.maximum(spread, 1e-6), 0.0).astype(np.float32)
        return CellModel(mean, scale, fit((features - mean) * scale, self.labels[mine], self.strength), classes)


def draw_cells(pool: Pool, rows: np.ndarray, targets: np.ndarray, seed: int) -> Taught:
    """Draw cells evenly from pictures; targets: the category of each cell, int [m, cells]."""
    rng = np.random.default_rng(seed)
    count = min(targets.shape[1], max(1, MOST_CELLS // len(rows)))
    features, labels, owners = [], [], []
    for some, cells in parts_of(pool, rows):
        for picture, place in zip(cells.features, some.tolist(), strict=True):
            drawn = rng.permutation(targets.shape[1])[:count]
            features.append(picture[drawn])
            labels.append(targets[place, drawn])
            owners.append(np.full(count, place))
    return Taught(np.concatenate(features), np.concatenate(labels), np.concatenate(owners))


def deal(count: int, seed: int) -> np.ndarray:
    """Return int [m]: each picture's fold, of at least as many pictures."""
    return np.random.default_rng(seed).permutation(np.arange(count) % FOLDS)


def hold_out_cells(pool: Pool, rows: np.ndarray, taught: Taught, folds: np.ndarray, classes: int) -> np.ndarray:
    """Return float16 [m, side, side, classes]: of each picture by a model that saw no cell of it."""
    models = [taught.fit(folds != fold, classes) for fold in range(FOLDS)]
    found = [
        models[fold].probs(picture[None])[0].astype(np.float16)
        for some, cells in parts_of(pool, rows)
        for fold, picture in zip(folds[some].tolist(), cells.features, strict=True)
    ]
    return np.stack(found)


def mean_where_any(qualities: Sequence[float], said: Sequence[bool], true: Sequence[bool]) -> float:
    """Return the mean quality over the pictures in which the machine or people found anything; 0 without any."""
    either = np.asarray(said) | np.asarray(true)
    return float(np.asarray(qualities)[either].mean()) if either.any() else 0.0


# --- the quality to expect -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Expecting:
    """Expects a quality from what a proposal looks like: a straight line in its measures and their squares."""

    mean: np.ndarray
    scale: np.ndarray
    slopes: np.ndarray
    offset: float

    @classmethod
    def learn(cls, measures: np.ndarray, quality: np.ndarray) -> Expecting:
        """Fit a ridge regression to float [m, s] and float [m]; of nothing, expect nothing."""
        if not len(quality):
            none = np.zeros(2 * measures.shape[1])
            return cls(none, none, none, 0.0)
        terms = _terms(measures)
        mean, spread = terms.mean(axis=0), terms.std(axis=0)
        scale = np.where(spread > 1e-9, 1 / np.maximum(spread, 1e-9), 0.0)
        ready, middle = (terms - mean) * scale, float(quality.mean())
        slopes = np.linalg.solve(ready.T @ ready + RIDGE * np.eye(ready.shape[1]), ready.T @ (quality - middle))
        return cls(mean, scale, slopes, middle)

    def quality(self, measures: np.ndarray) -> np.ndarray:
        """Return float [n], from LEAST_SURE to 1."""
        said = ((_terms(measures) - self.mean) * self.scale) @ self.slopes + self.offset
        return np.asarray(np.clip(said, LEAST_SURE, 1.0))

    def arrays(self) -> dict[str, np.ndarray]:
        return {f"expects_{name}": np.asarray(value) for name, value in vars(self).items()}


def expect_held_out(measures: np.ndarray, quality: np.ndarray, folds: np.ndarray, there: np.ndarray) -> np.ndarray:
    """Return float [m]: the quality to expect of each, by those of the other folds; 0 where nothing is proposed."""
    said = np.zeros(len(quality))
    for fold in range(FOLDS):
        own, others = there & (folds == fold), there & (folds != fold)
        if own.any():
            said[own] = Expecting.learn(measures[others], quality[others]).quality(measures[own])
    return said


def _terms(measures: np.ndarray) -> np.ndarray:
    return np.concatenate([measures, measures**2], axis=1)
