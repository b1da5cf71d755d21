"""Which objects people label next, and which of those labelled still speak for the rest of the pool.

Calibration needs a random sample of what the pool holds *now*. Asking people about the least sure objects takes those
out of the pool, so the calibrating objects that would have been asked retire with them: the same share, the least
sure first ("asked in thought"). What is left of both is alike again, and objects drawn at random later may join.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SHARE = 0.08  # of all objects: random ones asked before any others, where the data is hard
FEWEST, MOST = 300, 1000  # of them
EASY = 0.04, 250  # share and fewest of the very first, which suffice where the model is good at once
GROWTH = 0.3  # of the labels so far: the next batch
LEAST = 100  # in a batch
RANDOM = 0.3  # of a batch, drawn at random, while nothing is certified
PATIENCE = 2  # rounds without a certificate before that


@dataclass(frozen=True)
class Asking:
    """What people are asked next, and what stops calibrating for it."""

    rows: np.ndarray  # int: least sure first, then the random ones
    calibrates: np.ndarray  # bool: drawn at random
    retired: np.ndarray  # int: rows of known objects


NOBODY = Asking(np.empty(0, dtype=int), np.empty(0, dtype=bool), np.empty(0, dtype=int))


@dataclass(frozen=True)
class Standing:
    """Where a job stands: its pool and its calibrating objects, each with the model's confidence."""

    pool: np.ndarray  # int [p]: rows nobody was asked about
    confidence: np.ndarray  # float [p]
    calibrating: np.ndarray  # int [c]
    calibrating_confidence: np.ndarray  # float [c]
    known: int  # objects asked so far
    drawn: int  # of them at random
    good: bool  # whether the model, over all the pool, is as good as promised
    certified: bool
    rounds: int  # since the first sample


def first_size(count: int) -> int:
    """Return how many of so many objects people label first."""
    return int(np.clip(EASY[0] * count, EASY[1], MOST))


def first_sample(count: int, seed: int) -> np.ndarray:
    """Return the rows that people label first, of so many objects: random, sorted."""
    return np.sort(np.random.default_rng(seed).permutation(count)[: first_size(count)])


def select(standing: Standing, below: np.ndarray, total: int, rng: np.random.Generator) -> Asking:
    """Return the next batch out of the pool, `below` telling for each of its objects whether it is under the cut."""
    wanted = int(np.clip(SHARE * total, FEWEST, MOST)) - standing.drawn
    if standing.rounds == 0 and wanted > 0 and not standing.good:
        return _ask(standing, below, actively=0, randomly=wanted, rng=rng)
    batch = min(max(LEAST, int(GROWTH * standing.known)), int(below.sum()))
    stuck = not standing.certified and standing.rounds >= PATIENCE
    randomly = int(RANDOM * batch) if stuck else 0
    return _ask(standing, below, actively=batch - randomly, randomly=randomly, rng=rng)


def _ask(standing: Standing, below: np.ndarray, *, actively: int, randomly: int, rng: np.random.Generator) -> Asking:
    order = np.argsort(standing.confidence, kind="stable")
    chosen = order[below[order]][:actively]
    rest = np.setdiff1d(np.arange(len(standing.pool)), chosen)
    drawn = rng.permutation(rest)[:randomly]
    return Asking(
        rows=standing.pool[np.concatenate([chosen, drawn])],
        calibrates=np.arange(len(chosen) + len(drawn)) >= len(chosen),
        retired=_retire(standing, len(chosen), rng),
    )


def _retire(standing: Standing, asked: int, rng: np.random.Generator) -> np.ndarray:
    """Return the least sure calibrating rows, as large a share of them as is asked of the pool."""
    share = asked / max(len(standing.pool), 1)
    count = int(np.floor(share * len(standing.calibrating) + rng.random()))
    return standing.calibrating[np.argsort(standing.calibrating_confidence, kind="stable")[:count]]


def alike(
    calibrating: np.ndarray, confidence: np.ndarray, left: np.ndarray, pool: int, rng: np.random.Generator
) -> np.ndarray:
    """Return of the calibrating rows, int [c], as large a share as has left a pool in which `pool` objects are still.

    Of objects that left, float [l] confidences, that many are drawn, and for each the row retires that the model was
    as sure of, or nearly: what is left of both is alike again, whoever chose what left.
    """
    count = int(np.floor(len(calibrating) * len(left) / max(pool + len(left), 1) + rng.random()))
    free = np.ones(len(calibrating), dtype=bool)
    for sure in rng.permutation(left)[:count]:
        away = np.where(free, np.abs(confidence - sure), np.inf)
        free[away.argmin()] = False
    return calibrating[~free]
