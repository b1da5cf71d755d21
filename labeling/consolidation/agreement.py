"""How far answers agree: between two people, over a job, and of each worker with the labels."""

from collections.abc import Iterable

import numpy as np
from scipy.special import betaincinv

from labeling.consolidation.votes import FloatArray, IntArray, check_votes, count_votes


def share_of_either(one: Iterable[int | str], other: Iterable[int | str]) -> float:
    """Return the share of the things of either that both hold: 0 to 1, and 1 where neither has any (Jaccard)."""
    mine, theirs = set(one), set(other)
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def category_agreement(a: int | str, b: int | str) -> float:
    """1.0 where two class answers are the same, else 0.0."""
    return 1.0 if a == b else 0.0


def observed_agreement(votes: IntArray, *, n_objects: int, n_categories: int) -> float:
    """Share of agreeing pairs of answers, averaged over objects with two answers or more: 0 to 1.

    Not corrected for chance. Without such an object, 1.0: nobody disagreed. Source: Fleiss 1971,
    doi:10.1037/h0031619, equation 2.
    """
    checked = check_votes(votes, n_objects=n_objects, n_workers=None, n_categories=n_categories)
    counts = count_votes(checked, n_objects, n_categories)
    total = counts.sum(axis=1)
    several = total > 1
    if not several.any():
        return 1.0
    pairs = (counts * (counts - 1)).sum(axis=1)[several]
    return float((pairs / (total * (total - 1))[several]).mean())


def worker_agreement(votes: IntArray, labels: IntArray, *, n_workers: int) -> FloatArray:
    """Share of each worker's answers that equal the label: (W,); NaN for a worker without answers."""
    objects, workers, categories = np.asarray(votes, dtype=np.int64).reshape(-1, 3).T
    answered = np.bincount(workers, minlength=n_workers)
    same = np.bincount(workers, weights=labels[objects] == categories, minlength=n_workers)
    return np.where(answered > 0, same / np.maximum(answered, 1), np.nan)


def share_interval(good: float, count: float, probability: float = 0.95) -> tuple[float, float]:
    """Return an interval of the share of which `good` of `count` were seen: (0, 1) of nothing.

    Clopper and Pearson, "The use of confidence or fiducial limits", Biometrika 1934, doi:10.2307/2331986: it holds the
    true share with this probability at least. A sum of grades between 0 and 1 counts as so many that are good, which
    is wider than need be.
    """
    tail, bad = (1 - probability) / 2, count - good
    low = float(betaincinv(good, bad + 1, tail)) if good > 0 else 0.0
    high = float(betaincinv(good + 1, bad, 1 - tail)) if bad > 0 else 1.0
    return low, high
