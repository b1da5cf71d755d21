"""Make the confidence of parts, such as boxes or spans, say how often they are right, from verdicts on whole objects.

Model: a part whose confidence is c is right with chance s = sigmoid(slope * logit(c)), the parts of an object each on
their own, and the object where all are (noisy-AND: Pearl 1988, Probabilistic Reasoning in Intelligent Systems, 4.3.2):
P = s_1 * ... * s_n. A figure that speaks of a whole object (a mask, a text, "nothing is there") is one part whose log
odds are shifted by `offset` as well (Platt 1999, Advances in Large Margin Classifiers, 61-74).

Slope and offset maximise the likelihood of the verdicts under normal priors about the identity, 1 and 0. Parts have no
offset, and nothing stands for what was missed: after 20 or 50 audits, of two crowds that drew boxes and marked entities
and six simulated ones that ranked or chose several categories, neither made the mean error smaller by more than .002.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from labeling.consolidation.calibration import Calibration
from labeling.consolidation.votes import FloatArray, IntArray

CUT = 0.005  # a confidence counts as this far at least from 0 and 1: those of parts are rounded to hundredths
SLOPE_WEIGHT, OFFSET_WEIGHT = 4.0, 2.0  # of the priors; half and twice as much did alike
LEAST_CONFIDENCE = 0.01  # 0.0 stands for "not computed", and manifests round to hundredths
SHORTEST = 1e-9  # step
STEPS = 50
AS_IT_WAS = Calibration(1.0, 0.0)


class Judged(NamedTuple):
    """An object with its verdict. chances: of its parts; or, where `is_whole`, the one figure of the object."""

    chances: Sequence[float]
    is_whole: bool
    right: bool


def log_odds(chances: FloatArray) -> FloatArray:
    """Return the log odds (M,) of chances (M,), cut; what is no number counts as hardly believed."""
    sure = np.clip(np.nan_to_num(chances, nan=0.0), CUT, 1 - CUT)
    return np.asarray(np.log(sure / (1 - sure)))


def calibrate_figures(found: Calibration, chances: Sequence[float], *, is_whole: bool) -> list[float]:
    """Return the calibrated chance of each part, or of the one figure of a whole object: never quite 0 or 1."""
    odds = log_odds(np.array(chances, dtype=np.float64))
    chances_now = np.exp(-np.logaddexp(0.0, -(found.slope * odds + found.offset * is_whole)))
    return np.maximum(chances_now, LEAST_CONFIDENCE).tolist()


def fit_to_verdicts(judged: Sequence[Judged]) -> Calibration:
    """Learn from a random part of a project's objects how far to believe the figures of the others.

    Newton's method, of which each step is shortened until it is one to the better: a wrong object's part of the
    likelihood is not convex, and its curvature is taken without what would bend it the wrong way. More confidence
    never means less: slope >= 0. Without a verdict, the identity. The order changes nothing but the last digits.
    """
    rows, owners = _rows(judged)
    right = np.array([one.right for one in judged], dtype=bool)
    found = np.array([AS_IT_WAS.slope, AS_IT_WAS.offset])
    for _ in range(STEPS):
        down, bend = _derivatives(rows, owners, right, found)
        flat = found[0] <= 0 < down[0]  # the best slope is on the edge: only the offset moves
        step = np.array([0.0, down[1] / bend[1, 1]]) if flat else np.linalg.solve(bend, down)
        after = _shorten(rows, owners, right, found, np.clip(step, -0.5, 0.5))
        if np.abs(after - found).max() < SHORTEST:
            break
        found = after
    return Calibration(round(float(found[0]), 9), round(float(found[1]), 9))


def _rows(judged: Sequence[Judged]) -> tuple[FloatArray, IntArray]:
    """Return of each figure its log odds and whether it is of a whole: (M, 2), and its object (M,)."""
    counts = [len(one.chances) for one in judged]
    owners = np.repeat(np.arange(len(judged)), counts)
    odds = log_odds(np.array([chance for one in judged for chance in one.chances], dtype=np.float64))
    whole = np.array([one.is_whole for one in judged], dtype=np.float64)
    return np.column_stack([odds, whole[owners]]), owners


def _log_chances(rows: FloatArray, owners: IntArray, count: int, found: FloatArray) -> FloatArray:
    """Return the log of the chance that each object (N,) is right: never quite 0, nor what exp cannot take."""
    logs = np.bincount(owners, weights=-np.logaddexp(0.0, -(rows @ found)), minlength=count)
    return np.clip(logs, -700.0, -1e-12)


def _cost(rows: FloatArray, owners: IntArray, right: IntArray, found: FloatArray) -> float:
    logs = _log_chances(rows, owners, len(right), found)
    likelihood = np.where(right, logs, np.log(-np.expm1(logs))).sum()
    return float((_pull() * (found - _centre()) ** 2).sum() / 2 - likelihood)


def _derivatives(
    rows: FloatArray, owners: IntArray, right: IntArray, found: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the gradient (2,) of the cost, and a positive definite curvature (2, 2)."""
    wrongness = 1 / (1 + np.exp(np.clip(rows @ found, -700, 700)))
    turns = np.column_stack(
        [np.bincount(owners, weights=wrongness * column, minlength=len(right)) for column in rows.T]
    )
    odds = 1 / np.expm1(-_log_chances(rows, owners, len(right), found))  # of an object's being right
    down = -(np.where(right, 1.0, -odds)[:, None] * turns).sum(axis=0) + _pull() * (found - _centre())
    curved = (rows * (np.where(right[owners], wrongness * (1 - wrongness), 0.0))[:, None]).T @ rows
    bend = curved + (turns * np.where(right, 0.0, odds * (1 + odds))[:, None]).T @ turns + np.diag(_pull())
    return down, bend


def _shorten(rows: FloatArray, owners: IntArray, right: IntArray, found: FloatArray, step: FloatArray) -> FloatArray:
    """Return the place after the step, or after a part of it, that costs less; the place itself where none does."""
    before = _cost(rows, owners, right, found)
    while np.abs(step).max() >= SHORTEST:
        after = np.maximum(found - step, (0.0, -np.inf))
        if _cost(rows, owners, right, after) < before:
            return after
        step = step / 2
    return found


def _centre() -> FloatArray:
    return np.array([AS_IT_WAS.slope, AS_IT_WAS.offset])


def _pull() -> FloatArray:
    return np.array([SLOPE_WEIGHT, OFFSET_WEIGHT])
