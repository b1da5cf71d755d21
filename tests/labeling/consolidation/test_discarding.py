"""Who tells nothing of the category is found; who errs, or always says the opposite, is not."""

import numpy as np
import pytest

from labeling.consolidation import fit, settle
from labeling.consolidation.discarding import find_untelling
from labeling.consolidation.votes import settle_by_vote
from tests.labeling.consolidation.crowds import blur, simulate


def found_in(crowd, *, each=5, n_objects=400, seed=0):
    votes, truth = simulate(np.stack(crowd), n_objects=n_objects, each=each, seed=seed)
    skills = fit(votes, n_objects=n_objects, n_workers=len(crowd), n_categories=len(crowd[0]))
    return votes, truth, skills, find_untelling(votes, skills, n_objects=n_objects)


@pytest.mark.parametrize("n_categories", [2, 4])
def test_who_answers_by_chance_or_always_the_same_tells_nothing(n_categories):
    always = np.tile(np.eye(n_categories)[0], (n_categories, 1))
    chance = blur(1 / n_categories, n_categories)

    _, _, _, found = found_in([blur(0.85, n_categories)] * 5 + [chance, always], n_objects=600)

    assert [one.worker for one in found] == [5, 6]
    assert all(abs(one.agreed - one.by_chance) <= 0.1 * one.compared for one in found)


def test_who_always_says_the_opposite_or_is_often_wrong_tells_much():
    _, _, _, found = found_in([blur(0.85, 2)] * 5 + [blur(0.1, 2), blur(0.7, 2)])

    assert found == []


def test_few_answers_are_no_evidence():
    _, _, _, found = found_in([blur(0.9, 2)] * 5 + [blur(0.5, 2)], each=3, n_objects=60)

    assert found == []


def test_without_them_labels_are_no_worse():
    votes, truth, skills, found = found_in([blur(0.8, 2)] * 4 + [blur(0.5, 2)] * 3, n_objects=800, seed=3)
    kept = ~np.isin(votes[:, 1], [one.worker for one in found])

    before, after = (settle(some, skills, n_objects=800)[0] for some in (votes, votes[kept]))

    assert len(found) == 3
    assert (after == truth).mean() >= (before == truth).mean() - 0.005


def test_order_and_names_change_nothing():
    votes, _, skills, found = found_in([blur(0.85, 2)] * 5 + [blur(0.5, 2)] * 2)
    mixed = np.random.default_rng(1).permutation(votes)

    assert find_untelling(mixed, skills, n_objects=400) == found


def test_nothing_is_said_where_nobody_was_judged_or_nothing_is_there_to_tell():
    same = np.array([(number, worker, 0) for number in range(100) for worker in range(4)])
    skills = fit(same, n_objects=100, n_workers=4, n_categories=2)
    nobody = fit(same[:0], n_objects=0, n_workers=0, n_categories=2)

    assert settle_by_vote(same, n_objects=100, n_categories=2)[0].tolist() == [0] * 100
    assert find_untelling(same, skills, n_objects=100) == []
    assert find_untelling(same[:0], nobody, n_objects=0) == []
