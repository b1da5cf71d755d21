"""Where a model may be believed: the largest part of the pool whose quality keeps a promise with a stated probability.

The evidence is the calibrating objects: a random sample of what the pool holds, labelled by people, each with the
confidence and the quality of a model that had not seen its label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv


@dataclass(frozen=True)
class Promise:
    """What the mean quality of the proposals must be, and how surely."""

    target: float  # 0..1
    probability: float = 0.95


@dataclass(frozen=True)
class Cut:
    """The lowest confidence to believe, and what is known of what lies above it."""

    confidence: float  # np.inf where nothing is certified
    quality: float  # mean of the calibrating objects above it, 0..1
    low: float  # the proposals' mean is at least this, with the promise's probability
    count: int  # calibrating objects above it


NONE = Cut(np.inf, 0.0, 0.0, 0)


def find_cut(confidence: np.ndarray, quality: np.ndarray, pool: np.ndarray, promise: Promise) -> Cut:
    """Return the cut for the pool's confidences, float [p], from the calibrating objects', both float [m].

    The part believed is the largest share of the calibrating objects, surest first, at which the lower bound of the
    pool's mean quality is the target or more; the same share of the pool lies above the cut. Shares and not values are
    carried over, since a model that saw a label fewer is less sure. Equal confidences stand or fall together.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, good = confidence[order], quality[order]
    counts = np.arange(1, len(order) + 1)
    reach = np.floor(len(pool) * counts / max(len(order), 1))
    low = lower_bound(np.cumsum(good), counts, reach, promise.probability)
    last = np.append(sure[1:] < sure[:-1], True)[: len(order)]
    held = np.flatnonzero((low >= promise.target) & last)
    if not len(held):
        return NONE
    end = int(held[-1])
    value = _value_at(pool, int(reach[end]))
    return Cut(value, float(good[: end + 1].mean()), float(low[end]), end + 1) if value < np.inf else NONE


def lower_bound(total: np.ndarray, count: np.ndarray, reach: np.ndarray, probability: float) -> np.ndarray:
    """Return a lower bound of the mean quality of `reach` other objects, from the sum over `count` random ones.

    Clopper & Pearson, "The use of confidence or fiducial limits", Biometrika 1934, one-sided, for as many objects as
    carry the variance of both samples, 1/count + 1/reach: what is proposed is a draw too, and a small one may be
    unlucky. Exact for qualities of 0 or 1 and a large reach; a quality in between varies less than a coin of the
    same mean, which makes it cautious.
    """
    count, reach = np.asarray(count, dtype=float), np.asarray(reach, dtype=float)
    enough = (count > 0) & (reach > 0) & (total > 0)
    size = np.where(enough, count * reach / np.maximum(count + reach, 1), 1.0)
    good = np.where(enough, np.minimum(total / np.maximum(count, 1), 1.0) * size, 0.5)
    return np.where(enough, betaincinv(good, size - good + 1, 1 - probability), 0.0)


def _value_at(pool: np.ndarray, reach: int) -> float:
    """Return the confidence that at most `reach` objects of the pool have or pass, all those of equal confidence."""
    if reach >= len(pool):
        return 0.0 if len(pool) else float(np.inf)
    falling = -np.sort(-pool)
    above = falling[falling > falling[reach]]
    return float(above[-1]) if len(above) else float(np.inf)
