"""Parts of an answer, such as boxes or labels, that some of those who looked named and others did not: are they there?

Model: an object holds `there` things on the mean, and `misleading` spots that look like one (Poisson). Worker w names
each thing with chance finds[w], else misses it, and each misleading spot with chance falls[w]: an invention. All
independently, so a part's odds are those of Dawid and Skene 1979 (doi:10.2307/2346806) for two classes, but what
nobody named cannot be seen. EM puts the expected number of unseen things and spots back in each round; without that,
a lone box of two people counts as half believed whoever drew it. A worker's chances are drawn to the crowd's, and the
crowd's to .8 and .2, by priors worth so many answers.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from labeling.consolidation.calibration import soften_with_vote
from labeling.consolidation.votes import FloatArray, IntArray

FINDS = (40.0, 10.0)  # answers that the prior of the crowd's chances weighs: named, not named
FALLS = (10.0, 40.0)
CROWD_WEIGHT = 10.0  # answers that the crowd's chance weighs in a worker's
ROUNDS = 100
TOLERANCE = 1e-4
# A part is kept from this confidence on. The cut that makes F1 largest is half the F1 that can be had (Lipton et al.
# 2014, arXiv:1402.1892), and crowds that draw reach about .8.
KEEP = 0.4


@dataclass(frozen=True, eq=False)
class Presence:
    """What a job's answers teach. finds, falls: (W + 1,), the crowd's chance last, for workers who are not known."""

    finds: FloatArray = field(default_factory=lambda: np.array([FINDS[0] / sum(FINDS)]))
    falls: FloatArray = field(default_factory=lambda: np.array([FALLS[0] / sum(FALLS)]))
    there: float = 1.0
    misleading: float = 1.0

    @property
    def n_workers(self) -> int:
        return len(self.finds) - 1


def ask_parts(named: Sequence[Collection[int]], workers: IntArray, first: int = 0) -> IntArray:
    """Return one object's votes (M, 3) of part, worker, named or not; parts are numbered from `first`.

    named: for each part the places in `workers` of those who named it; workers: (n,), all who looked.
    """
    said = np.array([[place in names for place in range(len(workers))] for names in named], dtype=np.int64)
    parts = np.repeat(np.arange(first, first + len(named)), len(workers))
    return np.column_stack([parts, np.tile(workers, len(named)), said.reshape(-1)])


@dataclass(frozen=True, eq=False)
class Truths:
    """What is known: parts (P, 2) of part, 1 where it is there, else 0; objects (A,), all of whose things are known."""

    parts: IntArray = field(default_factory=lambda: np.empty((0, 2), dtype=np.int64))
    objects: IntArray = field(default_factory=lambda: np.empty(0, dtype=np.int64))


NOTHING_KNOWN = Truths()


def fit_presence(votes: IntArray, looks: IntArray, *, n_workers: int, known: Truths = NOTHING_KNOWN) -> Presence:
    """Learn who misses and who invents.

    votes: (M, 3) of part, worker, named or not, from everybody who looked at the part's object; looks: (L, 2) of
    object, worker, those who named nothing too; known: parts whose truth is fixed in every round, also those that
    nobody named, of objects where nothing is unseen. Known objects do not tell how much there is in an object. Order
    and names do not change what is learned.
    """
    n_parts, n_objects = (int(rows[:, 0].max(initial=-1)) + 1 for rows in (votes, looks))
    is_open, is_open_part = np.ones(n_objects), np.ones(n_parts)
    is_open[known.objects], is_open_part[known.parts[:, 0]] = 0.0, 0.0
    parts, _, said = votes.T
    asked = np.maximum(np.bincount(parts, minlength=n_parts), 1)
    probs = _hold((np.bincount(parts, weights=said, minlength=n_parts) + 0.5) / (asked + 1), known)
    unseen, unseen_spots = np.zeros(n_objects), np.zeros(n_objects)
    fitted = Presence()
    for _ in range(ROUNDS):
        fitted = Presence(
            _chances(votes, looks, probs, unseen, FINDS, n_workers),
            _chances(votes, looks, 1 - probs, unseen_spots, FALLS, n_workers),
            (probs @ is_open_part + unseen.sum() + 1) / (is_open.sum() + 1),
            ((1 - probs) @ is_open_part + unseen_spots @ is_open + 1) / (is_open.sum() + 1),
        )
        unseen = fitted.there * _miss(looks, fitted.finds, n_objects) * is_open
        unseen_spots = fitted.misleading * _miss(looks, fitted.falls, n_objects)
        before, probs = probs, _hold(weigh_parts(votes, fitted, n_parts=n_parts), known)
        if np.abs(probs - before).max(initial=0.0) < TOLERANCE:
            break
    return fitted


def _hold(probs: FloatArray, known: Truths) -> FloatArray:
    """Return probs (N,) with the truth of known parts, in place."""
    probs[known.parts[:, 0]] = known.parts[:, 1]
    return probs


def _chances(
    votes: IntArray, looks: IntArray, probs: FloatArray, unseen: FloatArray, prior: tuple[float, float], n_workers: int
) -> FloatArray:
    """Chance to name a part of one sort: (W + 1,), the crowd's last; probs: of parts to be of it, unseen: by object."""
    parts, workers, said = votes.T
    named = np.bincount(workers, weights=probs[parts] * said, minlength=n_workers)
    met = np.bincount(workers, weights=probs[parts], minlength=n_workers).astype(np.float64)  # whole where empty
    met += np.bincount(looks[:, 1], weights=unseen[looks[:, 0]], minlength=n_workers)
    crowd = (named.sum() + prior[0]) / (met.sum() + sum(prior))
    return np.append((named + CROWD_WEIGHT * crowd) / (met + CROWD_WEIGHT), crowd)


def _miss(looks: IntArray, chances: FloatArray, n_objects: int) -> FloatArray:
    """Chance that nobody who looked at an object names a thing of it: (N,)."""
    return np.asarray(np.exp(np.bincount(looks[:, 0], weights=np.log1p(-chances[looks[:, 1]]), minlength=n_objects)))


def weigh_parts(votes: IntArray, presence: Presence, *, n_parts: int) -> FloatArray:
    """Return the model's own chance (N,) that each part is there; a worker out of range is judged as the crowd."""
    parts, workers, said = votes.T
    known = np.where((workers >= 0) & (workers < presence.n_workers), workers, presence.n_workers)

    def log_chance(mean: float, chances: FloatArray) -> FloatArray:
        each = np.where(said == 1, np.log(chances[known]), np.log1p(-chances[known]))
        return np.log(mean) + np.bincount(parts, weights=each, minlength=n_parts)

    against = log_chance(presence.misleading, presence.falls) - log_chance(presence.there, presence.finds)
    return np.asarray(1 / (1 + np.exp(np.clip(against, -500, 500))))


def believe_parts(votes: IntArray, presence: Presence, *, n_parts: int) -> FloatArray:
    """Return the confidence (N,) that each part is there, drawn to the share of those who named it; uncalibrated."""
    probs = weigh_parts(votes, presence, n_parts=n_parts)
    named = np.bincount(votes[:, 0], weights=votes[:, 2], minlength=n_parts)
    asked = np.bincount(votes[:, 0], minlength=n_parts)
    counts = np.column_stack([asked - named, named])
    return soften_with_vote(np.column_stack([1 - probs, probs]), counts)[:, 1]


def believe_rest(workers: IntArray, presence: Presence) -> float:
    """Return the chance that nothing is there beside what these workers (n,) named."""
    known = np.where((workers >= 0) & (workers < presence.n_workers), workers, presence.n_workers)
    return float(np.exp(-presence.there * np.prod(1 - presence.finds[known])))
