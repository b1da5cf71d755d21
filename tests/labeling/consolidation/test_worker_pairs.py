"""How far two workers agree where they met, and which categories stand for one another."""

import numpy as np
import pytest

from labeling.consolidation.confusions import Confusion, Confusions, grouped
from labeling.consolidation.worker_pairs import ENOUGH, MOST, common_answers, kappa_by_pair, mean_by_pair


def test_common_answers_are_all_pairs_of_an_object():
    objects, workers = np.array([7, 3, 7, 7, 3]), np.array([2, 0, 0, 1, 1])

    first, second = common_answers(objects, workers)

    assert sorted(zip(objects[first], workers[first], workers[second], strict=True)) == [
        (3, 0, 1), (7, 0, 1), (7, 0, 2), (7, 1, 2),
    ]  # fmt: skip


def test_kappa_of_the_pairs_that_met_often_enough_the_worst_first():
    objects = np.tile(np.arange(40), 3)
    workers = np.repeat([0, 1, 2], 40)
    truth = np.arange(40) % 2
    said = np.concatenate([truth, truth, 1 - truth])
    stranger = np.arange(ENOUGH - 1)

    found = kappa_by_pair(
        np.concatenate([objects, stranger]),
        np.concatenate([workers, np.full(len(stranger), 3)]),
        np.concatenate([said, truth[stranger]]), 2,
    )  # fmt: skip

    assert [(p.first, p.second, p.agreement.value, p.agreement.objects) for p in found.worst] == [
        (0, 2, -1.0, 40), (1, 2, -1.0, 40), (0, 1, 1.0, 40),
    ]  # fmt: skip
    assert (found.enough, found.few) == (3, 3)


def test_mean_agreement_of_pairs_in_any_order():
    first, second = np.repeat([0, 2], 25), np.repeat([1, 1], 25)
    values = np.concatenate([np.full(25, 0.8), np.full(25, 0.2)])

    found = mean_by_pair(first, second, values)
    turned = mean_by_pair(second[::-1], first[::-1], values[::-1])

    assert found == turned
    assert [(p.first, p.second, p.agreement.value) for p in found.worst] == [
        (1, 2, pytest.approx(0.2)), (0, 1, pytest.approx(0.8)),
    ]  # fmt: skip


def test_nobody_met_and_a_crowd_that_all_met():
    none = np.empty(0, dtype=np.int64)
    crowd = np.tile(np.arange(12), ENOUGH), np.repeat(np.arange(ENOUGH), 12)

    empty, alone = kappa_by_pair(none, none, none, 2), kappa_by_pair(np.arange(9), np.zeros(9, dtype=int), none, 2)
    all_met = kappa_by_pair(crowd[1], crowd[0], np.zeros(12 * ENOUGH, dtype=int), 2)

    assert [(p.worst, p.enough, p.few) for p in (empty, alone)] == [((), 0, 0)] * 2
    assert (len(all_met.worst), all_met.enough) == (MOST, 66)


def test_confusions_are_counted_by_pairs_of_answers():
    confusions = Confusions()
    one, two, three = (frozenset({k}) for k in (1, 2, 3))

    confusions.add(11, grouped([two, one, one]))
    confusions.add(12, grouped([one, one]))
    confusions.add(13, grouped([three, one]))

    assert confusions.worst(5) == [Confusion(1, 2, 2, 2 / 3, (11,)), Confusion(1, 3, 1, 1 / 3, (13,))]
    assert confusions.worst(1) == [Confusion(1, 2, 2, 2 / 3, (11,))]
    assert Confusions().worst(5) == []


def test_of_several_categories_only_what_stands_for_another_is_confused():
    confusions = Confusions()

    confusions.add(1, grouped([frozenset({0, 1}), frozenset({0, 2})]))
    confusions.add(2, grouped([frozenset({0, 1}), frozenset({0})]))  # one named more: nothing in its place

    assert confusions.worst(5) == [Confusion(1, 2, 1, 1.0, (1,))]
