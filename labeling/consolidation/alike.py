"""How sure a label is whose answers are never simply equal or not: masks, texts, rankings.

Answers are alike or not, by the agreement of their type. Model: worker w's answer is like the truth with chance
right[w]; two answers that are not are like each other with chance CHANCE, as people miss or overlook the same. Answers
fall into groups that are alike; that all are wrong weighs 1, and that the group G is right

    R(G) = CHANCE * product over G of right[w] / (CHANCE (1 - right[w])),

and its chance is R(G) / (1 + sum of R over all groups). That is Dawid and Skene 1979 (doi:10.2307/2346806), a chance a
worker, with categories that are what people say. Two people's answers are alike with chance usual^2 + CHANCE (1 -
usual)^2 where both are usual; so the share of answers that are alike in a job tells `usual`, drawn to a share before
anything is known, and each worker's `right` is learnt by EM, drawn to `usual` (empirical Bayes: Morris 1983,
doi:10.1080/01621459.1983.10477920). As for classes the chance is not believed alone (consolidation/adaptive.py): the
share of the answers that are in G counts beside, and doubt more.

On simulated jobs asked "2 to 5, until 95 % sure", of people who are right in .97, .9, .8 and .6 of their answers, 2.1,
2.4, 3.1 and 4.8 answers an object gave labels as right as five did, to .005; CHANCE of .1 asked .2 to .4 fewer of the
last two, .5 as many more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.adaptive import doubt
from labeling.consolidation.calibration import soften_with_vote
from labeling.consolidation.votes import FloatArray, IntArray

CHANCE = 0.3
USUAL, USUAL_WEIGHT = 0.75, 5.0  # how often two answers are alike before anything is known, and the objects it counts
WORKER_WEIGHT = 5.0  # objects that the usual chance counts for in a worker's
ROUNDS = 20
LEAST, MOST = 0.05, 0.98  # of anybody's chance to be right

Alike = NDArray[np.bool_]  # (n, n) of an object's answers, symmetric, each like itself


@dataclass(frozen=True, eq=False)
class Accord:
    """usual: an ordinary worker's chance to be right; right: (W,), each worker's own."""

    usual: float
    right: FloatArray


def fit_accord(objects: Sequence[tuple[IntArray, Alike]], *, n_workers: int) -> Accord:
    """Learn how often answers are right from how often they are alike.

    objects: the workers (n,) who answered each, and which answers are alike. Each object counts once, however many
    answered: those who were asked again are no example of the others. Order changes nothing but the last digits.
    """
    several = [(workers, alike) for workers, alike in objects if len(workers) > 1]
    shares = [(alike.sum() / len(alike) - 1) / (len(alike) - 1) for _, alike in several]
    usual = usual_right(float(sum(shares) + USUAL_WEIGHT * USUAL) / (len(shares) + USUAL_WEIGHT))
    who = np.concatenate([np.empty(0, dtype=np.int64), *(workers for workers, _ in several)])
    count, right = np.bincount(who, minlength=n_workers), np.full(n_workers, usual)
    for _ in range(ROUNDS):
        chances = [weigh_alike(alike, right[workers]) for workers, alike in several]
        total = np.bincount(who, weights=np.concatenate([np.empty(0), *chances]), minlength=n_workers)
        right = np.clip((total + WORKER_WEIGHT * usual) / (count + WORKER_WEIGHT), LEAST, MOST)
    return Accord(usual, right)


def usual_right(alike: float) -> float:
    """Return the chance to be right of people two of whose answers are alike with chance `alike`, 0 to 1."""
    root = CHANCE**2 - (1 + CHANCE) * (CHANCE - alike)  # below 0: less alike than anybody's can be by this model
    return float(np.clip((CHANCE + np.sqrt(max(root, 0.0))) / (1 + CHANCE), LEAST, MOST))


def sure_of(alike: Alike, right: FloatArray) -> float:
    """Return how sure the label is that most of an object's answers are like; 0.0 of one answer, which none confirms.

    alike: (n, n); right: (n,), each worker's chance to be right.
    """
    if len(alike) < 2:
        return 0.0
    own = weigh_alike(alike, right)
    count = alike.sum(axis=1)
    soft = soften_with_vote(np.column_stack([1 - own, own]), np.column_stack([len(alike) - count, count]))[:, 1]
    return float(doubt(own, soft).max())


def weigh_alike(alike: Alike, right: FloatArray) -> FloatArray:
    """Return the model's own chance (n,) that each answer is right.

    Where a is like b and b like c, but a is not like c, each answer's group is those that are like it, and the rest is
    split as it falls.
    """
    weight = CHANCE * np.exp(alike @ np.log(right / (CHANCE * (1 - right))))
    other = ~alike
    size = np.maximum(other.astype(np.int64) @ alike, 1)  # (n, n): how many that are not like one are like another
    rest = (other * (weight / size)).sum(axis=1)
    return np.asarray(weight / (1 + weight + rest))
