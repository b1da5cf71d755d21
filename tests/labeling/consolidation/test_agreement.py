import numpy as np
import pytest

from labeling.consolidation import category_agreement, observed_agreement, worker_agreement


def test_two_answers_agree_or_not():
    assert category_agreement("cat", "cat") == 1.0
    assert category_agreement(0, 1) == 0.0


def test_observed_agreement_is_the_share_of_agreeing_pairs():
    votes = np.array([[0, 0, 1], [0, 1, 1], [0, 2, 0], [1, 0, 2], [1, 1, 2], [2, 0, 0]])

    # Object 0: one pair of three; object 1: its one pair; object 2 has a lone answer.
    assert observed_agreement(votes, n_objects=4, n_categories=3) == pytest.approx((1 / 3 + 1) / 2)


@pytest.mark.parametrize("seed", range(5))
def test_observed_agreement_ignores_names_and_stays_within_bounds(seed):
    random = np.random.default_rng(seed)
    votes = np.column_stack([random.integers(limit, size=60) for limit in (15, 8, 4)])
    moved = np.column_stack([votes[:, 0], random.permutation(8)[votes[:, 1]], random.permutation(4)[votes[:, 2]]])

    first = observed_agreement(votes, n_objects=15, n_categories=4)
    second = observed_agreement(moved[::-1], n_objects=15, n_categories=4)

    assert first == pytest.approx(second)
    assert 0 <= first <= 1


def test_nobody_disagrees_where_nobody_is_compared():
    assert observed_agreement(np.zeros((0, 3), dtype=int), n_objects=3, n_categories=2) == 1.0


def test_worker_agreement_is_the_share_of_answers_that_became_labels():
    votes = np.array([[0, 0, 1], [1, 0, 0], [0, 1, 1]])

    shares = worker_agreement(votes, np.array([1, 1]), n_workers=3)

    np.testing.assert_array_equal(shares, [0.5, 1.0, np.nan])
