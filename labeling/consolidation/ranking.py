"""One order from several people's: the one that disagrees least with all of them (Kemeny), found by exact search.

An order is `ranks`: (n,) int, one an item, 1 is best; equal ranks are a tie. Two orders disagree on a pair of items
by 2 where they put it the other way round and by 1 where only one of them has it tied. Kemeny 1959, "Mathematics
without numbers"; the sum over pairs is built up from the best items on, a set of items at a time, as Held and Karp
1962, doi:10.1137/0110015, do for tours: 3^n steps with ties, n 2^n without, for at most 10 items.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from labeling.consolidation.votes import IntArray, mix_bits, salt_seed

MOST_ITEMS = 10
UNIT = 1000  # what a ranking of weight 1 counts, as a whole number
_DRAW_BITS = 20  # of a cost, below those that count: which of equally good orders it is

Ranks = tuple[int, ...]


def settle_ranks(
    rankings: Sequence[Ranks], *, may_tie: bool, number: int = 0, weights: Sequence[float] = ()
) -> tuple[Ranks, float]:
    """Return the order nearest to all rankings, at least one, and its confidence in [0, 1].

    weights: what each ranking counts, 0 to 3, by default 1 (`raters.Raters.weights`); where all are 0, all count 1.
    Ranks come out as in sport: after two at 1 the next is 3. Of equally near orders one is drawn, by `number`, whatever
    the order of the rankings. Confidence is the mean over pairs of the share of rankings, by weight, that have the pair
    as the result does, with one more ranking half right. Raises ValueError for more than MOST_ITEMS items.
    """
    table = np.array(rankings, dtype=np.int64)
    n_items = table.shape[1]
    if n_items > MOST_ITEMS:
        raise ValueError(f"At most {MOST_ITEMS} items can be ranked.")
    counts = np.round(np.array(weights or np.ones(len(table))) * UNIT).astype(np.int64)
    counts = counts if counts.any() else np.full(len(table), UNIT)
    before, tied = count_pairs(table, counts)
    groups = _best_groups(_cost(before, tied, number), _cost_of_ties(before, tied, number), may_tie=may_tie)
    ranks = np.zeros(n_items, dtype=np.int64)
    place = 1
    for group in groups:
        ranks[list(group)] = place
        place += len(group)
    return tuple(ranks.tolist()), _confidence(ranks, before, tied, int(counts.sum()))


def count_pairs(table: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """Count the rankings (m, n) that have item i before j, and those that have them tied: (n, n) each.

    counts: (m,), what each ranking counts.
    """
    before = np.einsum("m,mij->ij", counts, (table[:, :, None] < table[:, None, :]).astype(np.int64))
    tied = np.einsum("m,mij->ij", counts, (table[:, :, None] == table[:, None, :]).astype(np.int64))
    return before, tied


def _cost(before: IntArray, tied: IntArray, number: int) -> IntArray:
    """What it costs to put i before j: (n, n)."""
    return ((2 * before.T + tied) << _DRAW_BITS) + _draws(len(before), 2 * number)


def _cost_of_ties(before: IntArray, tied: IntArray, number: int) -> IntArray:
    """What it costs to tie i and j: (n, n), symmetric."""
    draws = _draws(len(before), 2 * number + 1)
    return ((before + before.T) << _DRAW_BITS) + np.minimum(draws, draws.T)


def _draws(n_items: int, seed: int) -> IntArray:
    """Numbers that look drawn, the same for the same seed: (n, n), so small that all pairs' sum stays below 1."""
    cells = np.arange(n_items * n_items, dtype=np.uint64) ^ salt_seed(seed)
    return np.asarray((mix_bits(cells) >> np.uint64(64 - 12)).reshape(n_items, n_items), dtype=np.int64)


def _best_groups(cost: IntArray, cost_of_ties: IntArray, *, may_tie: bool) -> list[tuple[int, ...]]:
    """Return the cheapest order as groups of tied items, the best first."""
    n_items = len(cost)
    sets = (np.arange(1 << n_items)[:, None] >> np.arange(n_items)) & 1  # (2^n, n): which items a set has
    within = np.einsum("si,ij,sj->s", sets, np.triu(cost_of_ties, 1), sets, optimize=True)
    everything = (1 << n_items) - 1
    best = np.full(1 << n_items, np.iinfo(np.int64).max)
    chosen = np.zeros(1 << n_items, dtype=np.int64)  # the group that comes last in a set
    best[0] = 0
    numbers = np.arange(1 << n_items)
    for placed in range(everything):  # a set's parts have smaller numbers, so `best` of it is final here
        free = numbers[(numbers & placed) == 0][1:]
        groups = free if may_tie else free[(free & (free - 1)) == 0]
        totals = best[placed] + within[groups] + sets[groups] @ (sets[placed] @ cost)
        better = totals < best[placed | groups]
        best[placed | groups[better]] = totals[better]
        chosen[placed | groups[better]] = groups[better]
    groups, rest = [], everything
    while rest:
        groups.append(tuple(np.flatnonzero(sets[chosen[rest]]).tolist()))
        rest ^= int(chosen[rest])
    return groups[::-1]


def _confidence(ranks: IntArray, before: IntArray, tied: IntArray, total: int) -> float:
    shares = [
        (int(tied[i, j] if ranks[i] == ranks[j] else before[i, j] if ranks[i] < ranks[j] else before[j, i]) + UNIT / 2)
        / (total + UNIT)
        for i, j in combinations(range(len(ranks)), 2)
    ]
    return float(np.mean(shares)) if shares else 1.0


def rank_agreement(a: Ranks, b: Ranks) -> float:
    """Return Kendall's tau of two orders of the same items as a number from 0 (reversed) to 1 (the same).

    A pair that only one of them has tied counts a half. Kendall 1938, doi:10.1093/biomet/30.1-2.81.
    """
    signs = [(np.sign(a[i] - a[j]), np.sign(b[i] - b[j])) for i, j in combinations(range(len(a)), 2)]
    return 1.0 - float(np.mean([abs(one - other) for one, other in signs])) / 2 if signs else 1.0
