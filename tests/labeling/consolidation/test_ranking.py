from collections import Counter
from itertools import combinations, permutations, product

import numpy as np
import pytest

from labeling.consolidation.ranking import count_pairs, rank_agreement, settle_ranks


def distance(a, b):
    """How far two orders disagree, pair by pair: 2 where reversed, 1 where one has a tie."""
    return sum(abs(np.sign(a[i] - a[j]) - np.sign(b[i] - b[j])) for i, j in combinations(range(len(a)), 2))


def as_in_sport(ranks):
    return tuple(1 + sum(other < rank for other in ranks) for rank in ranks)


def every_order(n_items, may_tie):
    if not may_tie:
        return list(permutations(range(1, n_items + 1)))
    return sorted({as_in_sport(ranks) for ranks in product(range(1, n_items + 1), repeat=n_items)})


def test_the_majority_of_each_pair_by_hand():
    ranks, confidence = settle_ranks([(1, 2, 3), (1, 2, 3), (3, 1, 2)], may_tie=False)

    assert ranks == (1, 2, 3)
    # Pairs: 2 of 3, 2 of 3 and 3 of 3 agree.
    assert confidence == pytest.approx((2.5 + 2.5 + 3.5) / 3 / 4)


def test_condorcets_circle_costs_the_weakest_pair():
    circle = [(1, 2, 3)] * 3 + [(3, 1, 2)] * 2 + [(2, 3, 1)] * 2  # a before b 5:2, b before c 5:2, c before a 4:3

    assert settle_ranks(circle, may_tie=False)[0] == (1, 2, 3)


def test_equal_rankings_give_that_ranking():
    assert settle_ranks([(2, 1, 3)] * 3, may_tie=False) == ((2, 1, 3), 3.5 / 4)
    assert settle_ranks([(1, 1, 3)] * 3, may_tie=True) == ((1, 1, 3), 3.5 / 4)


def test_ranks_come_out_as_in_sport():
    assert settle_ranks([(1, 1, 2)] * 2, may_tie=True)[0] == (1, 1, 3)
    assert settle_ranks([(2, 2, 2)] * 2, may_tie=True)[0] == (1, 1, 1)


@pytest.mark.parametrize("may_tie", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_no_order_is_nearer(may_tie, seed):
    random = np.random.default_rng(seed)
    orders = every_order(int(random.integers(2, 5)), may_tie)
    given = [orders[random.integers(len(orders))] for _ in range(random.integers(1, 6))]

    found, _ = settle_ranks(given, may_tie=may_tie, number=seed)

    costs = {order: sum(distance(order, ranks) for ranks in given) for order in orders}
    assert costs[found] == min(costs.values())
    assert settle_ranks(given[::-1], may_tie=may_tie, number=seed)[0] == found


def test_equally_near_orders_are_drawn_and_repeat():
    torn = [(1, 2, 3), (3, 2, 1)]

    drawn = [settle_ranks(torn, may_tie=False, number=number)[0] for number in range(120)]

    assert drawn[:20] == [settle_ranks(torn, may_tie=False, number=number)[0] for number in range(20)]
    assert len(Counter(drawn)) == 6
    assert min(Counter(drawn).values()) > 8


def test_a_true_order_is_recovered_from_noisy_people():
    random = np.random.default_rng(2)
    right = alone = 0.0
    for _ in range(30):
        true = random.permutation(6) + 1
        given = [tuple((np.argsort(np.argsort(true + random.normal(0, 1.5, 6))) + 1).tolist()) for _ in range(7)]
        found, _ = settle_ranks(given, may_tie=False)
        right += rank_agreement(found, tuple(true.tolist())) / 30
        alone += np.mean([rank_agreement(ranks, tuple(true.tolist())) for ranks in given]) / 30

    assert right > 0.92 > 0.85 > alone


def test_ten_items_with_ties_are_searched_and_eleven_refused():
    ten = tuple(range(1, 11))

    assert settle_ranks([ten, ten, ten[::-1]], may_tie=True)[0] == ten
    with pytest.raises(ValueError, match="At most 10 items"):
        settle_ranks([tuple(range(1, 12))], may_tie=False)


def test_one_item():
    assert settle_ranks([(1,), (1,)], may_tie=True) == ((1,), 1.0)


def test_pairs_are_counted():
    before, tied = count_pairs(np.array([[1, 2], [1, 1], [2, 1]]), np.array([1, 1, 4]))

    assert before.tolist() == [[0, 1], [4, 0]]
    assert tied.tolist() == [[6, 1], [1, 6]]


def test_who_weighs_more_outvotes_two_and_weights_of_nothing_count_alike():
    torn = [(1, 2, 3), (1, 2, 3), (3, 2, 1)]

    assert settle_ranks(torn, may_tie=False, weights=[0.4, 0.4, 1.5])[0] == (3, 2, 1)
    assert settle_ranks(torn, may_tie=False, weights=[0, 0, 0]) == settle_ranks(torn, may_tie=False)
    assert settle_ranks(torn, may_tie=False, weights=[0.4, 0.4, 1.5])[1] == pytest.approx((1.5 + 0.5) / 3.3)


def test_agreement_by_hand():
    assert rank_agreement((1, 2, 3), (1, 2, 3)) == 1.0
    assert rank_agreement((1, 2, 3), (3, 2, 1)) == 0.0
    assert rank_agreement((1, 2, 3), (2, 1, 3)) == pytest.approx(2 / 3)
    assert rank_agreement((1, 1), (1, 2)) == 0.5
    assert rank_agreement((1, 1, 3), (1, 1, 2)) == 1.0
    assert rank_agreement((1,), (1,)) == 1.0
