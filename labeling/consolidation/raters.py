"""How well each person ranks: who orders how many pairs as the others do, so that careful people weigh more.

Model: of each pair of an object's items one comes first in truth, either as likely; worker w puts it the other way with
chance e_w, pair by pair (Babington Smith 1950; with one e for a ranking's pairs it is Mallows 1957, whose likeliest
order is the Kemeny order with weights log((1 - e_w) / e_w)). A tie tells nothing of its pair. e_w is learnt by EM
(Dawid and Skene 1979, doi:10.2307/2346806, with one chance a worker), drawn to the crowd's by `STRENGTH` pairs.
Rankings of two people alone tell that they differ and not who is right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

STRENGTH = 20.0  # pairs: two rankings of five items
START, LEAST = 0.25, 0.02  # e before anything is learnt, and at least
MOST_WEIGHT = 3.0  # of the crowd's: nobody outvotes four who are as the crowd
ROUNDS = 50
SETTLED = 1e-9


@dataclass(frozen=True)
class Raters:
    """errors: (W,), e of each worker; crowd: that of a worker who is not known."""

    errors: FloatArray
    crowd: float

    def weights(self) -> FloatArray:
        """Return (W,): what each one's ranking counts, 1 is as the crowd; 0 where chance would order as well."""
        told = np.log((1 - self.errors) / self.errors) / np.log((1 - self.crowd) / self.crowd)
        return np.asarray(np.clip(told, 0.0, MOST_WEIGHT))


def pairs_of(ranks: IntArray) -> IntArray:
    """Return for each pair of items 1 where the first is ranked before the second, -1 where behind, 0 where tied.

    ranks: (n,); the result (n (n - 1) / 2,), in the order of `numpy.triu_indices`.
    """
    first, second = np.triu_indices(len(ranks), 1)
    return np.asarray(np.sign(ranks[second] - ranks[first]), dtype=np.int64)


def fit_raters(said: IntArray, *, n_pairs: int, n_workers: int, truth: IntArray | None = None) -> Raters:
    """Return how well workers rank. said: (M, 3) of pair 0..n_pairs-1, worker 0..n_workers-1, and 1, 0 or -1.

    truth: (n_pairs,), 1 or -1 where it is known which comes first, else 0. Rows in any order give the same to the last
    digits that count; nothing said, or none whom others stand beside: all are as `START`.
    """
    pair, worker, sign = said[:, 0], said[:, 1], said[:, 2].astype(np.float64)
    known = np.zeros(n_pairs) if truth is None else truth.astype(np.float64)
    others = np.bincount(pair, minlength=n_pairs)[pair] > 1
    tells = (sign != 0) & (others | (known[pair] != 0))
    errors, crowd = np.full(n_workers, START), START
    if not tells.any():
        return Raters(errors, crowd)
    seen = np.bincount(worker[tells], minlength=n_workers).astype(np.float64)
    for _ in range(ROUNDS):
        weight = np.maximum(np.log((1 - errors) / errors), 0.0)[worker] * sign
        chance = 1 / (1 + np.exp(-np.bincount(pair, weight, minlength=n_pairs)))
        first = np.where(known == 0, chance, known > 0)[pair]
        wrong = np.where(sign > 0, 1 - first, first)
        missed = np.bincount(worker[tells], wrong[tells], minlength=n_workers)
        crowd = float(np.clip(missed.sum() / seen.sum(), LEAST, 0.5 - LEAST))
        before, errors = errors, np.clip((missed + STRENGTH * crowd) / (seen + STRENGTH), LEAST, 1 - LEAST)
        if np.abs(errors - before).max() < SETTLED:
            break
    return Raters(np.round(errors, 9), round(crowd, 9))
