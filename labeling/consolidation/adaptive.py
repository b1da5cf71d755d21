"""Which objects need one more answer: from `least` to `most` people each, until the label is sure enough.

An object's sureness is the mean of the model's own chance of its label and of the unaudited confidence, its doubt
counted DOUBT times: with two or three answers a model knows its workers little and sees too little doubt. While
nothing is known of the workers ("vote"), it is the share of the answers, so that people who agree are believed for the
moment; as the decision needs no more than the answers so far and the skills of the moment, it is made again for every
object that is not yet written when the skills were learnt anew. No object waits for the others. A rule of this kind is
that of Welinder and Perona 2010, doi:10.1109/CVPRW.2010.5543189, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.settling import admit_votes, weigh_labels
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import FloatArray, IntArray, share_votes

# On six crowds, in the file's order and two drawn ones, 1.3 asked 34 and 30 % less than always five people and lost
# .000 and .001 in accuracy; 1 asked 37 and 33 % less and lost .003 and .000; 2 asked 30 and 25 % less.
DOUBT = 1.2
GROWTH = 0.3  # by which share of answers a job grows before its skills are worth learning anew


@dataclass(frozen=True)
class Asking:
    """How many people answer an object: `least` in any case, then more while it is less than `sure`, up to `most`.

    Raises ValueError where 1 <= least <= most or 0 < sure <= 1 does not hold.
    """

    least: int = 2
    most: int = 5
    sure: float = 0.95

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise ValueError(f"From {self.least} to {self.most} people is no range.")
        if not 0 < self.sure <= 1:
            raise ValueError(f"{self.sure} is not above 0 and at most 1.")


def is_worth_learning(answers: int, learnt_from: int) -> bool:
    """Whether a job with so many answers has grown enough since its skills were learnt from `learnt_from`."""
    return answers > 0 and answers >= (1 + GROWTH) * learnt_from


def wants_more(answered: IntArray, sure: FloatArray, asking: Asking) -> NDArray[np.bool_]:
    """Which objects (N,) need one more answer: the bounds of asking, for every type of task.

    answered: (N,), how many answers each has; sure: (N,), see `sureness`. NaN is taken for no sureness at all.
    """
    doubted = ~(np.asarray(sure, dtype=np.float64) >= asking.sure)
    return np.asarray((answered < asking.least) | ((answered < asking.most) & doubted))


def wants_another(
    votes: IntArray,
    skills: Skills,
    asking: Asking,
    *,
    n_objects: int | None = None,
    object_numbers: IntArray | None = None,
) -> NDArray[np.bool_]:
    """Which objects (N,) need one more answer than the votes (M, 3) so far; those that nobody answered do.

    The same votes and skills give the same decision, in whatever order the votes stand.
    """
    checked, count = admit_votes(votes, skills, n_objects)
    answered = np.bincount(checked[:, 0], minlength=count)
    sure = sureness(checked, skills, n_objects=count, object_numbers=object_numbers)
    return wants_more(answered, sure, asking)


def sureness(votes: IntArray, skills: Skills, *, n_objects: int, object_numbers: IntArray | None = None) -> FloatArray:
    """How sure each object's label is (N,) for the purpose of asking: 1 at most, and below 0 where all is doubt."""
    if skills.model == "vote":
        return share_votes(votes, n_objects, skills.n_categories).max(axis=1, initial=0.0)
    _, own, soft = weigh_labels(votes, skills, n_objects=n_objects, object_numbers=object_numbers)
    return doubt(own, soft)


def doubt(own: FloatArray, soft: FloatArray) -> FloatArray:
    """Return how sure labels (N,) are by the model's own chance of them and their unaudited confidence."""
    return np.asarray(1 - DOUBT * (1 - (own + soft) / 2))
