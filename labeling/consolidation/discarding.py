"""Workers whose answers tell nothing of the category: found with evidence, so that their answers can be left out.

Each answer is set against what the others' answers to its object say (the posterior without its own part). A worker
tells as much as the information between the two, in shares of what there is to know (the entropy of the categories).
Were that as much as TELLING, twice the answers times the information measured would follow a noncentral chi-square
distribution (Kullback 1959, "Information Theory and Statistics", chapter 6); who lies below its lowest LEVEL tells
less. Somebody who names the wrong category always tells much: only chance is discarded, never error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import ncx2

from labeling.consolidation.settling import admit_votes, posterior
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import FloatArray, IntArray

TELLING = 0.05  # of what there is to know; a worker right in .63 of cases of two even categories tells as much
LEVEL = 0.01
LEAST, LEAST_EACH = 50, 3  # answers compared: of a worker, and for each degree of freedom, else the law does not hold
OTHERS = 2  # answers beside the worker's own, from which an object is compared


@dataclass(frozen=True)
class Telling:
    """Of one worker who tells nothing: agreed, of so many answers compared, with the others, and as chance would."""

    worker: int
    agreed: int
    compared: int
    by_chance: int


def find_untelling(votes: IntArray, skills: Skills, *, n_objects: int) -> list[Telling]:
    """Return the workers, by number, whose answers tell nothing; nobody under the model "vote".

    votes: (M, 3), those that the skills were learnt from. Order does not matter.
    """
    checked, count = admit_votes(votes, skills, n_objects)
    if skills.model == "vote" or not len(checked):
        return []
    among = np.bincount(checked[:, 0], minlength=count)[checked[:, 0]] > OTHERS
    enough = np.bincount(checked[among, 1], minlength=skills.n_workers) >= LEAST
    compared = among & enough[checked[:, 1]]
    rest = _without_own(checked[compared], posterior(checked, skills, n_objects=count), skills)
    workers, numbers = np.unique(checked[compared, 1], return_inverse=True)
    tables = _tables(rest, numbers, checked[compared, 2], len(workers))
    return [
        _figures(int(worker), table) for worker, table in zip(workers, tables, strict=True) if _tells_nothing(table)
    ]


def _figures(worker: int, table: FloatArray) -> Telling:
    size = float(table.sum())
    chance = float(table.sum(axis=1) @ table.sum(axis=0)) / size
    return Telling(worker, round(float(np.trace(table))), round(size), round(chance))


def _without_own(votes: IntArray, probs: FloatArray, skills: Skills) -> FloatArray:
    """Chance of each category by the other answers to each vote's object: (M, K)."""
    objects, workers, said = votes.T
    n_categories = skills.n_categories
    if skills.confusion is not None:
        own = skills.confusion[workers, :, said]
    else:
        right = skills.accuracy[workers]
        own = np.repeat((1 - right)[:, None] / max(n_categories - 1, 1), n_categories, axis=1)
        own[np.arange(len(votes)), said] = right
    rest = probs[objects] / np.maximum(own, 1e-12)
    return np.asarray(rest / rest.sum(axis=1, keepdims=True))


def _tables(rest: FloatArray, workers: IntArray, said: IntArray, n_workers: int) -> FloatArray:
    """Expected answers of each worker: (W, K true, K answered)."""
    n_categories = rest.shape[1]
    cells, size = workers * n_categories + said, n_workers * n_categories
    columns = [np.bincount(cells, weights=share, minlength=size).reshape(n_workers, n_categories) for share in rest.T]
    return np.stack(columns, axis=1)


def _tells_nothing(table: FloatArray) -> bool:
    """Tell whether so little information would be rare in answers that tell as much as TELLING."""
    size, true, said = table.sum(), table.sum(axis=1), table.sum(axis=0)
    entropy = -float((true[true > 0] / size * np.log(true[true > 0] / size)).sum())
    if entropy < 1e-9:
        return False  # all of one category: there is nothing to tell
    there = table > 0
    statistic = 2 * float((table[there] * np.log(table[there] * size / np.outer(true, said)[there])).sum())
    freedom = max(int((true >= 1).sum()) - 1, 1) * max(int((said > 0).sum()) - 1, 1)
    if size < max(LEAST, LEAST_EACH * freedom) - 0.5:
        return False
    return bool(ncx2.cdf(max(statistic, 0.0), freedom, 2 * size * TELLING * entropy) < LEVEL)
