"""Multinomial logistic regression on one view, with a strength chosen by what it says of rows that it did not see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import numpy as np

from labeling.autolabel.preparing import POWERS, Pool

FOLDS = 10  # what is said of a row without its label is said by a model of nine tenths of the labels
FEWER = 4  # where there are many labels, or strengths are compared
MANY = 4000
MOST_ROWS = 8000  # that a model is fitted to: more teach it little, and an iteration must take seconds
STRENGTHS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)  # scikit-learn's C: the larger, the freer
START = 3  # the strength that is tried first
GROWN = 1.5  # times the labels of the last choice: choose the strength again, from there
LEAST = 1e-6  # probability of a class that a model never saw
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Said:
    """A model's probabilities of every object, and of each labelled one without its label."""

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
    power, strength = _choose(pool, view, rows, labels, settings=settings, classes=classes, seed=seed)
    scaling, ready = pool.ready(view, power)
    folds = deal_folds(labels, FOLDS if len(rows) < MANY else FEWER, np.random.default_rng(seed))
    held_out = hold_out(ready[rows], labels, folds, strength, classes)
    some = taught(folds, None)
    line = fit(ready[rows[some]], labels[some], strength)
    arrays = {"mean": scaling.mean, "turn": scaling.turn, **vars(line)}
    chosen_at = len(rows) if _is_due(settings, len(rows)) else settings["labels"]
    kept = {"power": power, "strength": strength, "labels": chosen_at}
    return Said(line.probs(ready, classes), held_out, arrays, kept)


def _choose(
    pool: Pool, view: int, rows: np.ndarray, labels: np.ndarray, *,
    settings: Mapping[str, Any], classes: int, seed: int,
) -> tuple[float, float]:  # fmt: skip
    """Return the power and strength of least log loss on rows whose labels were held out."""
    if not _is_due(settings, len(rows)):
        return settings["power"], settings["strength"]
    some = np.linspace(0, len(rows) - 1, min(len(rows), MANY)).astype(int)  # enough to compare by
    rows, labels = rows[some], labels[some]
    folds = deal_folds(labels, FEWER, np.random.default_rng(seed))

    @cache
    def loss(power: float, place: int) -> float:
        features = pool.ready(view, power)[1][rows]
        return log_loss(hold_out(features, labels, folds, STRENGTHS[place], classes), labels)

    powers = [settings["power"]] if settings else POWERS
    start = STRENGTHS.index(settings["strength"]) if settings else START
    found = [(power, _descend(partial(loss, power), start, len(STRENGTHS))) for power in powers]
    power, place = min(found, key=lambda choice: loss(*choice))
    return power, STRENGTHS[place]


def _descend(loss: Callable[[int], float], place: int, count: int) -> int:
    """Return the place of 0..count-1 whose loss is less than its neighbours', found downhill from another."""
    while (best := min(range(max(0, place - 1), min(count, place + 2)), key=loss)) != place:
        place = best
    return place


def deal_folds(labels: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return int [m]: each row's fold, 0..count-1, the classes dealt out evenly."""
    folds = np.empty(len(labels), dtype=int)
    for label in np.unique(labels):
        own = rng.permutation(np.flatnonzero(labels == label))
        folds[own] = (np.arange(len(own)) + rng.integers(count)) % count
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
    from sklearn.linear_model import LogisticRegression  # loads for two seconds, and most processes never fit one

    model = LogisticRegression(C=strength, tol=TOLERANCE, max_iter=100).fit(features, labels)
    weights, offsets = model.coef_.T, model.intercept_
    if len(seen) == 2:  # scikit-learn keeps one line for two classes
        weights, offsets = np.hstack([0 * weights, weights]), np.append(0, offsets)
    return Line(seen, weights.astype(np.float32), offsets.astype(np.float32))


def log_loss(probs: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean of -log p of the right class."""
    return float(-np.log(probs[np.arange(len(labels)), labels]).mean())


def hold_out(features: np.ndarray, labels: np.ndarray, folds: np.ndarray, strength: float, classes: int) -> np.ndarray:
    """Return float32 [m, classes]: of each row, by a model of the other folds' labels."""
    said = np.full((len(labels), classes), 1 / classes, dtype=np.float32)  # of the only fold there is, nothing
    for fold in np.unique(folds).tolist():
        some = taught(folds, fold)
        if len(some):
            said[folds == fold] = fit(features[some], labels[some], strength).probs(features[folds == fold], classes)
    return said


def _is_due(settings: Mapping[str, Any], count: int) -> bool:
    return not settings or count >= GROWN * settings["labels"]
