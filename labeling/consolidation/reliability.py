"""Agreement beyond chance of people who name categories, with bootstrap intervals over objects.

`counts`: (N, K) int, how many people gave each category to each object. Objects of one answer compare nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

DRAWS = 1000  # of the bootstrap
SURE = 0.95  # of its interval

Statistic = Callable[[FloatArray, FloatArray], FloatArray]  # rows (P, K), how often each occurs (B, P) -> (B,)


@dataclass(frozen=True)
class Estimate:
    """A coefficient of at most 1, which 0 says is chance, its interval, and how many objects it rests on."""

    value: float
    low: float
    high: float
    objects: int


def krippendorff_alpha(counts: IntArray, *, seed: int = 0) -> Estimate | None:
    """Alpha of names; None where no object has two answers. Where all answers are one category it is 1.

    Source: Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section D.
    """
    return _estimate(_alpha, counts, seed)


def gwet_ac1(counts: IntArray, *, seed: int = 0) -> Estimate | None:
    """AC1, which a rare category does not pull down as it does alpha; None where no object has two answers.

    Source: Gwet 2008, doi:10.1348/000711006X126600, equations 9 to 12, for any number of people.
    """
    return _estimate(_ac1, counts, seed)


def category_alpha(counts: IntArray, category: int, *, seed: int = 0) -> Estimate | None:
    """Alpha of one category against all others."""
    own = counts[:, category]
    return krippendorff_alpha(np.column_stack([own, counts.sum(axis=1) - own]), seed=seed)


def cohen_kappa(first: IntArray, second: IntArray, n_categories: int, *, seed: int = 0) -> Estimate | None:
    """Kappa of two people's categories of the same objects, (N,) each; None without an object.

    Source: Cohen 1960, doi:10.1177/001316446002000104.
    """
    if not len(first):
        return None
    cells = np.bincount(first * n_categories + second, minlength=n_categories**2)
    there = np.flatnonzero(cells)

    def kappa(_rows: FloatArray, occurs: FloatArray) -> FloatArray:
        table = np.zeros((len(occurs), n_categories**2))
        table[:, there] = occurs / occurs.sum(axis=1, keepdims=True)
        tables = table.reshape(-1, n_categories, n_categories)
        same = np.einsum("bkk->b", tables)
        chance = (tables.sum(axis=1) * tables.sum(axis=2)).sum(axis=1)
        return _beyond(same, chance)

    return _resample(kappa, there[:, None].astype(np.float64), cells[there], seed)


def _estimate(statistic: Statistic, counts: IntArray, seed: int) -> Estimate | None:
    """Resample objects; equal rows stand together, so that a large job costs what its different rows cost."""
    rows, occurs = np.unique(counts[counts.sum(axis=1) > 1], axis=0, return_counts=True)
    return _resample(statistic, rows.astype(np.float64), occurs, seed) if len(rows) else None


def _resample(statistic: Statistic, rows: FloatArray, occurs: IntArray, seed: int) -> Estimate:
    """Percentile bootstrap. Source: Efron 1979, doi:10.1214/aos/1176344552."""
    size = int(occurs.sum())
    drawn = np.random.default_rng(seed).multinomial(size, occurs / size, DRAWS)
    value = float(statistic(rows, occurs[None].astype(np.float64))[0])
    low, high = np.quantile(statistic(rows, drawn.astype(np.float64)), [(1 - SURE) / 2, (1 + SURE) / 2])
    return Estimate(value, float(low), float(high), size)


def _alpha(rows: FloatArray, occurs: FloatArray) -> FloatArray:
    answers = rows.sum(axis=1)
    same = occurs @ ((rows * (rows - 1)).sum(axis=1) / (answers - 1))
    by_category = occurs @ rows
    total = by_category.sum(axis=1)
    chance = (by_category * (by_category - 1)).sum(axis=1) / (total * (total - 1))
    return _beyond(same / total, chance)


def _ac1(rows: FloatArray, occurs: FloatArray) -> FloatArray:
    answers, size = rows.sum(axis=1), occurs.sum(axis=1)
    same = occurs @ ((rows * (rows - 1)).sum(axis=1) / (answers * (answers - 1))) / size
    share = occurs @ (rows / answers[:, None]) / size[:, None]
    return _beyond(same, (share * (1 - share)).sum(axis=1) / max(rows.shape[1] - 1, 1))


def _beyond(same: FloatArray, chance: FloatArray) -> FloatArray:
    """Agreement beyond chance: (same - chance) / (1 - chance); 1 where chance alone agrees always."""
    left = 1 - chance
    return np.where(left > 1e-12, (same - chance) / np.maximum(left, 1e-12), 1.0)
