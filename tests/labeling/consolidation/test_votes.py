import numpy as np
import pytest

from labeling.consolidation import settle_by_vote
from labeling.consolidation.votes import (
    check_votes,
    count_votes,
    key_categories,
    pick_labels,
    share_votes,
)

VOTES = np.array([[0, 0, 1], [0, 1, 1], [0, 2, 0], [2, 0, 2]])


def test_counts_are_by_object_and_category():
    counts = count_votes(VOTES, 3, 3)

    assert counts.tolist() == [[1, 2, 0], [0, 0, 0], [0, 0, 1]]


def test_shares_are_uniform_where_nobody_answered():
    shares = share_votes(VOTES, 3, 3)

    np.testing.assert_allclose(shares, [[1 / 3, 2 / 3, 0], [1 / 3, 1 / 3, 1 / 3], [0, 0, 1]])


def test_majority_wins():
    labels, probs = settle_by_vote(VOTES, n_objects=3, n_categories=3)

    assert labels[[0, 2]].tolist() == [1, 2]
    assert probs[0, 1] == pytest.approx(2 / 3)


def test_ties_are_drawn_evenly_and_only_among_the_tied():
    probs = np.tile([0.4, 0.4, 0.2], (2000, 1))

    labels = pick_labels(probs, np.arange(3, dtype=np.uint64), seed=5)

    assert set(labels.tolist()) == {0, 1}
    assert 0.45 < labels.mean() < 0.55


def test_the_draw_repeats_with_its_seed_and_changes_with_another():
    probs, keys = np.full((200, 2), 0.5), np.arange(2, dtype=np.uint64)

    first, again, other = (pick_labels(probs, keys, seed=seed) for seed in (1, 1, 2))

    assert first.tolist() == again.tolist()
    assert first.tolist() != other.tolist()


def test_the_draw_follows_the_object_and_not_its_row():
    probs, keys = np.full((50, 3), 1 / 3), np.arange(3, dtype=np.uint64)
    whole = pick_labels(probs, keys, seed=9)

    part = pick_labels(probs[20:30], keys, seed=9, object_numbers=np.arange(20, 30))

    assert part.tolist() == whole[20:30].tolist()


def test_renamed_categories_rename_the_drawn_label():
    random = np.random.default_rng(0)
    votes = np.column_stack([np.repeat(np.arange(60), 2), np.tile([0, 1], 60), random.integers(3, size=120)])
    renamed = np.array([2, 0, 1])
    moved = np.column_stack([votes[:, :2], renamed[votes[:, 2]]])

    before, _ = settle_by_vote(votes, n_objects=60, n_categories=3, seed=4)
    after, _ = settle_by_vote(moved, n_objects=60, n_categories=3, seed=4)

    assert after.tolist() == renamed[before].tolist()


def test_category_keys_ignore_the_order_of_answers():
    assert key_categories(VOTES, 3).tolist() == key_categories(VOTES[::-1], 3).tolist()


def test_no_answers_at_all():
    labels, probs = settle_by_vote(np.zeros((0, 3), dtype=int), n_objects=0, n_categories=2)

    assert labels.shape == (0,)
    assert probs.shape == (0, 2)


@pytest.mark.parametrize(("bad", "name"), [([3, 0, 0], "object"), ([0, -1, 0], "worker"), ([0, 0, 2], "category")])
def test_a_number_out_of_range_is_named(bad, name):
    with pytest.raises(ValueError, match=f"^{name} numbers must lie in"):
        check_votes(np.array([bad]), n_objects=3, n_workers=2, n_categories=2)
