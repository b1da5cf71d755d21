"""Agreement of people beyond chance on categories, and of any other answers, with bootstrap intervals over objects.

`counts`: (N, K) int, how many people gave each category to each object; `answers`: (N,) int, how many answered it.
Objects of one answer compare nobody. All intervals come from resampled sums, in blocks: a large job costs what its
different objects cost, and never more memory than a block and one row an object.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

DRAWS = 1000  # of the bootstrap
SURE = 0.95  # of its interval
BLOCK = 2_000_000  # numbers drawn at once
STEPS = 1000  # values from 0 to 1 are resampled as so many steps
FEW_KINDS = 16  # one number a kind of object is drawn where there are that much fewer kinds than objects


@dataclass(frozen=True)
class Estimate:
    """A coefficient of at most 1, which 0 says is chance, its interval, and how many objects it rests on."""

    value: float
    low: float
    high: float
    objects: int


@dataclass(frozen=True)
class Naming:
    """How far people agree on categories; `by_category`: each against all others, None where nobody named it."""

    alpha: Estimate
    ac1: Estimate
    by_category: tuple[Estimate | None, ...]


def measure_one(counts: IntArray, *, seed: int = 0) -> Naming | None:
    """Agreement on one category an object: alpha, AC1 and alpha by category; None where no object has two answers.

    Alpha is that of names (Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section D); where all
    answers are one category it is 1. AC1, which a rare category does not pull down as it does alpha, is that of Gwet
    2008, doi:10.1348/000711006X126600, equations 9 to 12, for any number of people.
    """
    return _measure(counts, counts.sum(axis=1), _ac1_of_one, seed)


def measure_several(counts: IntArray, answers: IntArray, *, seed: int = 0) -> Naming | None:
    """Agreement on several categories an object, each of them said or not.

    Alpha's distance of two answers is the number of categories that one names and the other does not (of one category
    an answer that gives alpha of names). AC1 sums its agreement and its chance over the categories that anybody named.
    """
    return _measure(counts, answers, _ac1_of_several, seed)


def krippendorff_alpha(counts: IntArray, *, seed: int = 0) -> Estimate | None:
    """Alpha alone, see `measure_one`."""
    found = measure_one(counts, seed=seed)
    return found.alpha if found else None


def gwet_ac1(counts: IntArray, *, seed: int = 0) -> Estimate | None:
    """AC1 alone, see `measure_one`."""
    found = measure_one(counts, seed=seed)
    return found.ac1 if found else None


def category_alpha(counts: IntArray, category: int, *, seed: int = 0) -> Estimate | None:
    """Alpha of one category against all others."""
    found = measure_one(counts, seed=seed)
    return found.by_category[category] if found else None


def mean_agreement(values: FloatArray, *, seed: int = 0) -> Estimate | None:
    """Mean of values from 0 to 1, one an object; its interval reads them in thousandths. None without any."""
    if not len(values):
        return None
    steps, occurs = np.unique(np.rint(np.asarray(values) * STEPS), return_counts=True)
    parts = np.column_stack([steps / STEPS, np.ones(len(steps))])
    sums = _resampled(parts, occurs, seed)
    low, high = _interval(sums[1:, 0] / sums[1:, 1])
    return Estimate(float(np.mean(values)), low, high, len(values))


def cohen_kappa(first: IntArray, second: IntArray, n_categories: int, *, seed: int = 0) -> Estimate | None:
    """Kappa of two people's categories of the same objects, (N,) each; None without an object.

    Source: Cohen 1960, doi:10.1177/001316446002000104.
    """
    if not len(first):
        return None
    cells, occurs = np.unique(first * n_categories + second, return_counts=True)
    mine, theirs = cells // n_categories, cells % n_categories
    names = np.eye(n_categories)
    parts = np.column_stack([mine == theirs, names[mine], names[theirs]]).astype(np.float64)
    return _estimate(_kappa(_resampled(parts, occurs, seed)), len(first))


def kappa_alone(first: IntArray, second: IntArray, n_categories: int) -> float:
    """Kappa without its interval, of at least one object."""
    size = len(first)
    chance = np.bincount(first, minlength=n_categories) @ np.bincount(second, minlength=n_categories)
    return float(_beyond(np.mean(first == second), chance / size**2))


def _kappa(sums: FloatArray) -> FloatArray:
    mine, theirs = np.split(sums[:, 1:], 2, axis=1)
    size = mine.sum(axis=1)
    return _beyond(sums[:, 0] / size, (mine * theirs).sum(axis=1) / size**2)


# --- categories -----------------------------------------------------------------------------------

# shares (B, K) of each category, differing (B,) of pairs of answers summed over categories → (B,)
Chance = Callable[[FloatArray, FloatArray], FloatArray]


def _measure(counts: IntArray, answers: IntArray, ac1: Chance, seed: int) -> Naming | None:
    compared = answers > 1
    if not compared.any():
        return None
    rows, occurs = np.unique(np.column_stack([answers, counts])[compared], axis=0, return_counts=True)
    sums = _resampled(_parts(rows[:, 0].astype(np.float64), rows[:, 1:].astype(np.float64)), occurs, seed)
    size, total, apart = sums[:, 0], sums[:, 1:2], sums[:, 2]
    differ, named, shares = np.split(sums[:, 3:], 3, axis=1)
    by_chance = named * (total - named) / np.maximum(total - 1, 1)
    objects = int(occurs.sum())
    by_category = 1 - _ratio(differ, by_chance)
    return Naming(
        alpha=_estimate(1 - _ratio(differ.sum(axis=1), by_chance.sum(axis=1)), objects),
        ac1=_estimate(ac1(shares / size[:, None], apart / size), objects),
        by_category=tuple(
            _estimate(by_category[:, k], objects) if named[0, k] else None for k in range(counts.shape[1])
        ),
    )


def _parts(answers: FloatArray, counts: FloatArray) -> FloatArray:
    """What alpha and AC1 sum over objects: (R, 3 + 3 K)."""
    differ = counts * (answers[:, None] - counts) / (answers - 1)[:, None]
    apart = differ.sum(axis=1) / answers
    return np.column_stack([np.ones(len(answers)), answers, apart, differ, counts, counts / answers[:, None]])


def _ac1_of_one(shares: FloatArray, apart: FloatArray) -> FloatArray:
    return _beyond(1 - apart, (shares * (1 - shares)).sum(axis=1) / max(shares.shape[1] - 1, 1))


def _ac1_of_several(shares: FloatArray, apart: FloatArray) -> FloatArray:
    count = max(int((shares[0] > 0).sum()), 1)
    return _beyond(1 - 2 * apart / count, 2 * (shares * (1 - shares)).sum(axis=1) / count)


# --- the bootstrap --------------------------------------------------------------------------------


def _resampled(parts: FloatArray, occurs: IntArray, seed: int) -> FloatArray:
    """Sums over objects, (1 + DRAWS, F): of all, then of each resample. Source: Efron 1979, doi:10.1214/aos/1176344552.

    parts: (R, F), what an object of a kind adds; occurs: (R,), how many objects are of it.
    """
    rng, step = np.random.default_rng(seed), max(BLOCK // len(occurs), 1)
    sums = [occurs[None].astype(np.float64) @ parts]
    for first in range(0, DRAWS, step):
        sums.append(_draw(rng, occurs, min(step, DRAWS - first)).astype(np.float64) @ parts)
    return np.concatenate(sums)


def _draw(rng: np.random.Generator, occurs: IntArray, draws: int) -> IntArray:
    """How often each kind occurs in each resample, (draws, R)."""
    size, kinds = int(occurs.sum()), len(occurs)
    if kinds * FEW_KINDS <= size:
        return np.asarray(rng.multinomial(size, occurs / size, draws))
    owner = np.repeat(np.arange(kinds), occurs)
    return np.stack([np.bincount(owner[rng.integers(size, size=size)], minlength=kinds) for _ in range(draws)])


def _estimate(drawn: FloatArray, objects: int) -> Estimate:
    low, high = _interval(drawn[1:])
    return Estimate(float(drawn[0]), low, high, objects)


def _interval(drawn: FloatArray) -> tuple[float, float]:
    low, high = np.quantile(drawn, [(1 - SURE) / 2, (1 + SURE) / 2])
    return float(low), float(high)


def _ratio(observed: FloatArray, by_chance: FloatArray) -> FloatArray:
    """Disagreement as a share of that by chance; 0 where chance never disagrees."""
    return np.where(by_chance > 1e-12, observed / np.maximum(by_chance, 1e-12), 0.0)


def _beyond(same: FloatArray, chance: FloatArray) -> FloatArray:
    """Agreement beyond chance: (same - chance) / (1 - chance); 1 where chance alone agrees always."""
    left = 1 - chance
    return np.where(left > 1e-12, (same - chance) / np.maximum(left, 1e-12), 1.0)
