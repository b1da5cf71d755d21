"""How well people rank, learnt from each other."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.consolidation.ranking import rank_agreement, settle_ranks
from labeling.consolidation.raters import START, Raters, fit_raters, pairs_of
from labeling.consolidation.votes import IntArray

ITEMS = 5
PAIRS = ITEMS * (ITEMS - 1) // 2


def ranks_of(scores: np.ndarray) -> np.ndarray:
    return np.asarray(np.argsort(np.argsort(scores)) + 1)


def make_crowd(objects: int, noise: list[float], seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the true order of each object, and everybody's (objects, people, ITEMS)."""
    rng = np.random.default_rng(seed)
    true = [rng.permutation(ITEMS) + 1 for _ in range(objects)]
    said = [[ranks_of(order + rng.normal(0, spread, ITEMS)) for spread in noise] for order in true]
    return true, np.array(said)


def rows_of(said: np.ndarray) -> IntArray:
    rows = [
        (of * PAIRS + place, worker, sign)
        for of, rankings in enumerate(said)
        for worker, ranks in enumerate(rankings)
        for place, sign in enumerate(pairs_of(ranks).tolist())
    ]
    return np.array(rows, dtype=np.int64)


def test_pairs_by_hand() -> None:
    assert pairs_of(np.array([1, 3, 3])).tolist() == [1, 1, 0]
    assert pairs_of(np.array([2, 1])).tolist() == [-1]


def test_who_ranks_as_others_do_weighs_more_and_who_draws_lots_nothing() -> None:
    noise = [0.3, 1.0, 2.0, 100.0]
    _, said = make_crowd(200, noise)

    found = fit_raters(rows_of(said), n_pairs=200 * PAIRS, n_workers=4)

    weights = found.weights()
    assert list(np.argsort(-weights)) == [0, 1, 2, 3]
    assert weights[3] < 0.1 < 1 < weights[0]
    assert found.errors[3] == pytest.approx(0.5, abs=0.04)


def test_orders_weighed_by_skill_are_nearer_to_the_truth() -> None:
    gains = []
    for seed in range(5):
        true, said = make_crowd(150, [0.5, 1.5, 3.0, 3.0], seed)
        weights = fit_raters(rows_of(said), n_pairs=150 * PAIRS, n_workers=4).weights().tolist()
        right = [0.0, 0.0]
        for of, order in enumerate(true):
            rankings = [tuple(ranks.tolist()) for ranks in said[of]]
            for place, given_weights in enumerate(((), weights)):
                settled, _ = settle_ranks(rankings, may_tie=False, number=of, weights=given_weights)
                right[place] += rank_agreement(settled, tuple(order.tolist())) / len(true)
        gains.append(right[1] - right[0])

    assert min(gains) > 0.05


def test_known_orders_judge_a_majority_that_is_wrong() -> None:
    rng = np.random.default_rng(1)
    true = [rng.permutation(ITEMS) + 1 for _ in range(30)]
    said = np.array([[order, ITEMS + 1 - order, ITEMS + 1 - order] for order in true])
    truth = np.concatenate([pairs_of(order) for order in true])

    alone = fit_raters(rows_of(said), n_pairs=30 * PAIRS, n_workers=3)
    taught = fit_raters(rows_of(said), n_pairs=30 * PAIRS, n_workers=3, truth=truth)

    assert alone.errors[0] > 0.5 > alone.errors[1]
    assert taught.errors[0] < 0.5 < taught.errors[1]
    assert taught.weights()[1:].tolist() == [0.0, 0.0]


def test_nothing_said_and_nobody_beside_tell_nothing() -> None:
    nobody = fit_raters(np.empty((0, 3), dtype=np.int64), n_pairs=0, n_workers=0)
    alone = fit_raters(np.array([[0, 0, 1], [1, 1, -1]]), n_pairs=2, n_workers=2)
    tied = fit_raters(np.array([[0, 0, 0], [0, 1, 0]]), n_pairs=1, n_workers=2)

    assert (nobody.errors.tolist(), nobody.crowd) == ([], START)
    assert alone.errors.tolist() == tied.errors.tolist() == [START, START]
    assert alone.weights().tolist() == [1.0, 1.0]


def test_weights_are_bounded() -> None:
    assert Raters(np.array([0.02, 0.25, 0.5, 0.9]), 0.25).weights().tolist() == [3.0, 1.0, 0.0, 0.0]


@settings(max_examples=30)
@given(st.permutations(range(60)), st.integers(0, 5))
def test_order_and_names_do_not_matter(order: list[int], seed: int) -> None:
    _, said = make_crowd(2, [0.5, 1.0, 3.0], seed)
    rows = rows_of(said)
    renamed = rows.copy()
    renamed[:, 1] = 2 - rows[:, 1]

    found = fit_raters(rows, n_pairs=2 * PAIRS, n_workers=3)

    assert fit_raters(rows[order], n_pairs=2 * PAIRS, n_workers=3).errors.tolist() == found.errors.tolist()
    assert fit_raters(renamed, n_pairs=2 * PAIRS, n_workers=3).errors.tolist()[::-1] == found.errors.tolist()
