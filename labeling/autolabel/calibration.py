"""Where a model may be believed: the largest part of the pool whose quality keeps a promise with a stated probability.

The evidence is the calibrating objects: a random sample of what the pool holds, labelled by people, each with the
confidence and the quality of a model that had not seen its label.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.autolabel.bounds import keeping, low_of


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


def find_cut(
    confidence: np.ndarray, quality: np.ndarray, pool: np.ndarray, promise: Promise, most: int | None = None
) -> Cut:
    """Return the cut for the pool's confidences, float [p], from the calibrating objects', both float [m].

    most: so many of the objects above the cut are labelled, drawn at random: then the cut is the highest that has room.

    The part believed is the largest share of the calibrating objects, surest first, at which the lower bound of the
    pool's mean quality is the target or more; the same share of the pool lies above the cut. Shares and not values are
    carried over, since a model that saw a label fewer is less sure. Equal confidences stand or fall together.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, good = confidence[order], quality[order]
    counts = np.arange(1, len(order) + 1)
    reach = np.floor(len(pool) * counts / max(len(order), 1)).astype(int)
    ends = np.flatnonzero(np.append(sure[1:] < sure[:-1], True)[: len(order)])
    if most is not None:
        ends, reach = ends[reach[ends] >= most], np.minimum(reach, most)
    kept = keeping(good, ends, reach[ends], target=promise.target, probability=promise.probability)
    end, value = _reached(kept, -np.sort(-pool), len(order), most)
    if value == np.inf:
        return NONE
    good = good[: end + 1]
    return Cut(value, float(good.mean()), low_of(good, int(reach[end]), promise.probability), end + 1)


def _reached(ends: np.ndarray, falling: np.ndarray, count: int, most: int | None) -> tuple[int, float]:
    """Return the last of the ends, of so many places, and its confidence; the first that has room for `most`.

    falling: the pool's confidences, the highest first.
    """
    end, value = -1, float(np.inf)
    for end in (ends[-1:] if most is None else ends).tolist():
        value = _value_at(falling, len(falling) * (end + 1) // count)
        if most is not None and (falling >= value).sum() >= most:
            break
    return end, value


def _value_at(falling: np.ndarray, reach: int) -> float:
    """Return the confidence that at most `reach` objects of a pool have or pass, all those of equal confidence."""
    if reach >= len(falling):
        return 0.0 if len(falling) else float(np.inf)
    above = falling[falling > falling[reach]]
    return float(above[-1]) if len(above) else float(np.inf)
