"""Lower bounds of a mean quality: exact for right or wrong, and one of the same kind for qualities in between."""

from __future__ import annotations

import numpy as np
from scipy.special import betaincinv, ndtr

STEPS = 30  # of halving: to nine digits
PLACES = 250  # ends tried of a graded sample, each a sum over all of it


def lower_bound(total: np.ndarray, count: np.ndarray, reach: np.ndarray, probability: float) -> np.ndarray:
    """Return a lower bound of the mean quality of `reach` other objects, from the sum over `count` random ones.

    Clopper & Pearson, "The use of confidence or fiducial limits", Biometrika 1934, one-sided, for as many objects as
    carry the variance of both samples, 1/count + 1/reach: what is proposed is a draw too, and a small one may be
    unlucky. Exact for qualities of 0 or 1 and a large reach.
    """
    count, reach = np.asarray(count, dtype=float), np.asarray(reach, dtype=float)
    enough = (count > 0) & (reach > 0) & (total > 0)
    size = np.where(enough, _size(count, reach), 1.0)
    good = np.where(enough, np.minimum(total / np.maximum(count, 1), 1.0) * size, 0.5)
    return np.where(enough, betaincinv(good, size - good + 1, 1 - probability), 0.0)


def low_of(quality: np.ndarray, reach: int, probability: float) -> float:
    """Return a lower bound of the mean quality of `reach` other objects, from that of random ones, float [m] in 0..1.

    Qualities in between are bounded as in Gaffke, "Three test statistics for a nonparametric one-sided hypothesis on
    the mean of a nonnegative variable", Mathematical Methods of Statistics 2005: the quantile of their mean under
    Dirichlet weights, with one object of quality 0 more. For 0 and 1 this is Clopper & Pearson's bound; elsewhere it
    gains what the qualities vary less than a coin of the same mean. That it covers is not proven but by simulation
    (Learned-Miller & Thomas 2019, arXiv:1905.06208, and our tests).
    """
    if _is_plain(quality):
        return float(lower_bound(quality.sum(), np.array(len(quality)), np.array(reach), probability))
    low, high = 0.0, float(quality.mean())
    weight = np.array([_size(len(quality), reach) / len(quality)])
    for _ in range(STEPS if reach else 0):
        middle = (low + high) / 2
        holds = _chance(quality[None] - middle, weight, middle)[0] <= 1 - probability
        low, high = (middle, high) if holds else (low, middle)
    return low


def keeping(
    quality: np.ndarray, ends: np.ndarray, reach: np.ndarray, *, target: float, probability: float
) -> np.ndarray:
    """Return those of `ends`, rising places in float [m], up to which the lower bound reaches the target.

    reach: for each end, of how many other objects. Of a graded sample at most PLACES ends are tried.
    """
    if _is_plain(quality):
        low = lower_bound(np.cumsum(quality)[ends], ends + 1, reach, probability)
        return ends[low >= target]
    some = np.unique(np.linspace(0, len(ends) - 1, min(len(ends), PLACES)).astype(int))
    ends, reach = ends[some], reach[some]
    within = np.arange(len(quality)) <= ends[:, None]
    weight = _size(ends + 1, reach) / (ends + 1)
    chance = _chance(np.where(within, quality - target, 0.0), weight, target)
    return ends[(chance <= 1 - probability) & (reach > 0)]


def _size(count: np.ndarray | int, reach: np.ndarray | int) -> np.ndarray:
    return np.asarray(count * reach / np.maximum(count + np.asarray(reach), 1))


def _is_plain(quality: np.ndarray) -> bool:
    return bool(np.isin(quality, (0, 1)).all())


def _chance(gaps: np.ndarray, weight: np.ndarray, target: float) -> np.ndarray:
    """Return for each row the chance that the mean under Dirichlet weights is the target at most, float [r].

    gaps: qualities less the target, [r, m], 0 where a row has none; weight: of each of a row's, the added one has 1.
    The sum of gammas times gaps is at most 0: Lugannani & Rice, Advances in Applied Probability 1980, within 1 % of
    Clopper & Pearson's chances here.
    """
    tilt = _tilt(gaps, weight, target)
    grown, added = 1 + tilt[:, None] * gaps, 1 - tilt * target
    height = weight * np.log(grown).sum(axis=1) + np.log(added)
    bend = weight * ((gaps / grown) ** 2).sum(axis=1) + (target / added) ** 2
    root, step = -np.sqrt(2 * np.maximum(height, 0)), -tilt * np.sqrt(bend)
    far = root < -1e-4  # else the mean is hardly above the target, or below it
    root, step = np.where(far, root, -1), np.where(far, step, -1)
    said = ndtr(root) + np.exp(-(root**2) / 2) / np.sqrt(2 * np.pi) * (1 / root - 1 / step)
    return np.where(far, said, 1.0)


def _tilt(gaps: np.ndarray, weight: np.ndarray, target: float) -> np.ndarray:
    """Return for each row where the sum of gap / (1 + tilt * gap), weighted, is 0; 0 where it is nowhere above."""
    low, high = np.zeros(len(gaps)), np.full(len(gaps), (1 - 1e-12) / max(target, 1e-9))
    for _ in range(STEPS):
        tilt = (low + high) / 2
        slope = weight * (gaps / (1 + tilt[:, None] * gaps)).sum(axis=1) - target / (1 - tilt * target)
        low, high = np.where(slope > 0, tilt, low), np.where(slope > 0, high, tilt)
    return low
