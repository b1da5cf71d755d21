"""Multinomial logistic regression on one view, with a strength chosen by what it says of rows that it did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from labeling.autolabel.preparing import POWERS, Pool

FOLDS = 4
MOST_ROWS = 8000  # that a model is fitted to: more teach it little, and an iteration must take seconds
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # scikit-learn's C: the larger, the freer
GROWN = 1.5  # times the labels of the last choice: choose the strength again, among its neighbours
LEAST = 1e-6  # probability of a class that a model never saw
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Said:
    """One view's model: probabilities of every object, and of each labelled one by a model without its label."""

    probs: np.ndarray  # float32 [n, k]
    held_out: np.ndarray  # float32 [m, k]
    arrays: dict[str, np.ndarray]
    settings: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A fitted model: scores are x @ weights + offsets, for the classes that it saw."""

    seen: np.ndarray  # int [c]
    weights: np.ndarray  # float32 [d, c]
    offsets: np.ndarray  # float32 [c]

    def probs(self, rows: np.ndarray, classes: int) -> np.ndarray:
        """Return float32 [n, classes], each at least LEAST."""
        said = np.full((len(rows), classes), LEAST, dtype=np.float32)
        scores = rows @ self.weights + self.offsets
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        said[:, self.seen] = np.maximum(scores / scores.sum(axis=1, keepdims=True), LEAST)
        return said


def regress(
    pool: Pool, view: int, rows: np.ndarray, labels: np.ndarray, *,
    classes: int, settings: Mapping[str, Any], seed: int,
) -> Said:  # fmt: skip
    """Fit one view of a pool to the labels, int [m], of these rows."""
    folds = deal_folds(labels, np.random.default_rng(seed))
    best: tuple[float, float, float, np.ndarray] | None = None
    for power, strength in _choices(settings, len(rows)):
        features = pool.ready(view, power)[1][rows]
        held_out = _hold_out(features, labels, folds, strength, classes)
        loss = log_loss(held_out, labels)
        if best is None or loss < best[0]:
            best = loss, power, strength, held_out
    assert best is not None
    _, power, strength, held_out = best
    scaling, ready = pool.ready(view, power)
    some = taught(folds, None)
    line = fit(ready[rows[some]], labels[some], strength)
    arrays = {"mean": scaling.mean, "turn": scaling.turn, **vars(line)}
    chosen_at = len(rows) if _is_due(settings, len(rows)) else settings["labels"]
    kept = {"power": power, "strength": strength, "labels": chosen_at}
    return Said(line.probs(ready, classes), held_out, arrays, kept)


def deal_folds(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return int [m]: each row's fold, 0..FOLDS-1, the classes dealt out evenly."""
    folds = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        folds[own] = (np.arange(len(own)) + rng.integers(FOLDS)) % FOLDS
    return folds


def taught(folds: np.ndarray, without: int | None) -> np.ndarray:
    """Return the rows to fit, int, outside a fold: evenly thinned out where they are too many."""
    rows = np.arange(len(folds)) if without is None else np.flatnonzero(folds != without)
    return rows if len(rows) <= MOST_ROWS else rows[np.linspace(0, len(rows) - 1, MOST_ROWS).astype(int)]


def fit(features: np.ndarray, labels: np.ndarray, strength: float) -> Line:
    """Fit from nothing: a start from another fold's model would carry the labels that this one must not see."""
    seen = np.unique(labels)
    if len(seen) == 1:
        return Line(seen, np.zeros((features.shape[1], 1), np.float32), np.zeros(1, np.float32))
    model = LogisticRegression(C=strength, tol=TOLERANCE, max_iter=100).fit(features, labels)
    weights, offsets = model.coef_.T, model.intercept_
    if len(seen) == 2:  # scikit-learn keeps one line for two classes
        weights, offsets = np.hstack([0 * weights, weights]), np.append(0, offsets)
    return Line(seen, weights.astype(np.float32), offsets.astype(np.float32))


def log_loss(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of -log p of the right class."""
    return float(-np.log(probs[np.arange(len(labels)), labels]).mean())


def _hold_out(features: np.ndarray, labels: np.ndarray, folds: np.ndarray, strength: float, classes: int) -> np.ndarray:
    said = np.empty((len(labels), classes), dtype=np.float32)
    for fold in range(FOLDS):
        some = taught(folds, fold)
        if len(some):
            said[folds == fold] = fit(features[some], labels[some], strength).probs(features[folds == fold], classes)
    return said


def _is_due(settings: Mapping[str, Any], count: int) -> bool:
    return not settings or count >= GROWN * settings["labels"]


def _choices(settings: Mapping[str, Any], count: int) -> Sequence[tuple[float, float]]:
    """Return the (power, strength) to try: all at first, the neighbours when due, else what was chosen."""
    if not settings:
        return [(power, strength) for power in POWERS for strength in STRENGTHS]
    power, strength = settings["power"], settings["strength"]
    if not _is_due(settings, count):
        return [(power, strength)]
    place = STRENGTHS.index(strength)
    return [(power, near) for near in STRENGTHS[max(0, place - 1) : place + 2]]
