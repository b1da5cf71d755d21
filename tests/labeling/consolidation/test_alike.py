"""How sure labels are whose answers are alike or not: few answers where people agree, more where they do not."""

import numpy as np
import pytest

from labeling.consolidation.adaptive import DOUBT, Asking, wants_more
from labeling.consolidation.alike import (
    CHANCE,
    LEAST,
    MOST,
    USUAL,
    USUAL_WEIGHT,
    WORKER_WEIGHT,
    fit_accord,
    sure_of,
    usual_right,
    weigh_alike,
)

ASKING = Asking(2, 5, 0.95)


def alike_of(said):
    """Return which answers are alike where equal numbers are."""
    said = np.array(said)
    return said[:, None] == said


def sure(said, right=0.9):
    return sure_of(alike_of(said), np.broadcast_to(np.array(right, dtype=float), len(said)))


def test_the_chances_are_those_of_the_model():
    right = np.array([0.9, 0.8, 0.6])

    own = weigh_alike(alike_of([0, 0, 1]), right)

    both, third = 0.9 / 0.1 * 0.8 / 0.2 / CHANCE, 0.6 / 0.4
    np.testing.assert_allclose(own, np.array([both, both, third]) / (1 + both + third))


def test_what_is_like_two_that_differ_stands_for_both():
    alike = np.array([[True, True, False], [True, True, True], [False, True, True]])
    one = 0.9 / 0.1

    own = weigh_alike(alike, np.full(3, 0.9))

    two, three = one**2 / CHANCE, one**3 / CHANCE**2
    np.testing.assert_allclose(own, [two / (1 + 2 * two), three / (1 + three), two / (1 + 2 * two)])


def test_sureness_counts_doubt_more_and_is_that_of_the_answer_most_are_like():
    both, third, weight = 9**2 / CHANCE, 9, 0.38 * (1 - 1 / 3)
    own = both / (1 + both + third)
    soft = (1 - weight) * own + weight * 2 / 3

    assert sure([4, 7, 4]) == pytest.approx(1 - DOUBT * (1 - (own + soft) / 2))
    assert sure([4, 7, 4]) == sure([7, 4, 4]) == sure([1, 1, 0])


def test_good_people_who_agree_are_enough_at_two_and_more_are_surer():
    unanimous = [sure([0] * count) for count in (2, 3, 4, 5)]

    assert unanimous[0] > 0.95
    assert (np.diff(unanimous) > 0).all()
    assert max(unanimous) < 1


@pytest.mark.parametrize("right", [0.7, 0.8, 0.9, 0.98])
def test_who_disagree_are_asked_on(right):
    assert sure([0, 1], right) < 0.6
    assert sure([0, 1, 2], right) < sure([0, 0, 1], right) < sure([0, 0], right)
    assert sure([0, 0, 1, 1], right) < 0.6


def test_people_who_are_usually_wrong_are_believed_by_none_of_five():
    assert [sure([0] * count, 0.5) >= 0.95 for count in (2, 3, 4, 5)] == [False, False, True, True]
    assert [sure([0] * count, 0.3) >= 0.95 for count in (2, 3, 4, 5)] == [False] * 4


def test_whom_nobody_is_ever_like_takes_little_away():
    good = np.array([0.95, 0.95, 0.95])
    poor = np.array([0.95, 0.95, 0.1])

    assert sure_of(alike_of([0, 0, 1]), poor) > sure_of(alike_of([0, 0, 1]), good)


def test_a_lone_answer_is_confirmed_by_nobody():
    assert sure([0]) == 0.0
    assert sure([]) == 0.0


@pytest.mark.parametrize("right", [0.4, 0.6, 0.8, 0.95])
def test_the_share_that_is_alike_tells_how_often_people_are_right(right):
    assert usual_right(right**2 + CHANCE * (1 - right) ** 2) == pytest.approx(right)


def test_shares_out_of_the_model_give_its_bounds():
    assert usual_right(1.0) == MOST
    assert usual_right(0.0) == pytest.approx(CHANCE / (1 + CHANCE))


def test_each_object_counts_once_and_draws_from_what_is_usual():
    two, four = np.array([0, 1]), np.array([0, 1, 2, 3])
    objects = [(two, alike_of([0, 0])), (four, alike_of([0, 0, 1, 1])), (np.array([3]), alike_of([0]))]

    accord = fit_accord(objects, n_workers=5)

    alike = (1 + 1 / 3 + USUAL_WEIGHT * USUAL) / (2 + USUAL_WEIGHT)
    usual = usual_right(alike)
    assert accord.usual == pytest.approx(usual)
    two_told, four_told = (weigh_alike(alike, accord.right[who]) for who, alike in objects[:2])
    told = np.array([two_told[0] + four_told[0], two_told[1] + four_told[1], four_told[2], four_told[3], 0])
    expected = (told + WORKER_WEIGHT * usual) / (np.array([2, 2, 1, 1, 0]) + WORKER_WEIGHT)
    np.testing.assert_allclose(accord.right, expected, atol=1e-4)  # where EM has come to rest


def test_nothing_teaches_what_is_usual():
    assert fit_accord([], n_workers=0).usual == usual_right(USUAL)


def test_worst_and_best_workers_stay_within_bounds():
    objects = [(np.array([0, 1, 2]), alike_of([n, n, -1 - n])) for n in range(500)]

    right = fit_accord(objects, n_workers=3).right

    assert (right >= LEAST).all()
    assert (right <= MOST).all()
    assert right[2] < right[0]


def simulate(right, *, seed, hard=0.0, same_error=0.3, n_objects=300, n_workers=12):
    """Return who answers (N, 5) and what (N, 5), 0 is right; `hard` objects are right for two of five people."""
    random = np.random.default_rng(seed)
    each = np.broadcast_to(right, n_workers)
    who = np.array([random.permutation(n_workers)[:5] for _ in range(n_objects)])
    chance = np.where(random.random((n_objects, 1)) < hard, np.minimum(0.4, each[who]), each[who])
    wrong = np.where(random.random((n_objects, 5)) < same_error, 1, 2 + np.arange(5))
    return who, np.where(random.random((n_objects, 5)) < chance, 0, wrong)


def ask(who, said):
    """Ask until all are sure enough, learning anew each round; return how many answers each object got: (N,)."""
    answers, more = np.full(len(who), 2), np.array([True])
    while more.any():
        objects = [(who[n, :count], alike_of(said[n, :count])) for n, count in enumerate(answers.tolist())]
        accord = fit_accord(objects, n_workers=int(who.max()) + 1)
        sure_now = np.array([sure_of(alike, accord.right[workers]) for workers, alike in objects])
        more = wants_more(answers, sure_now, ASKING)
        answers = answers + more
    return answers


def share_right(said, answers):
    """Return the share of objects where more answers are right than of any other kind."""
    counts = [np.bincount(said[n, :count], minlength=7) for n, count in enumerate(answers.tolist())]
    return np.mean([count[0] > count[1:].max() for count in counts])


def measure(right, **crowd):
    """Return the mean answers an object, how many of five are saved in accuracy, over three seeds."""
    found = []
    for seed in range(3):
        who, said = simulate(right, seed=seed, **crowd)
        answers = ask(who, said)
        found.append((answers.mean(), share_right(said, answers) - share_right(said, np.full(len(said), 5))))
    return np.mean(found, axis=0)


@pytest.mark.parametrize(("right", "most"), [(0.97, 2.2), (0.95, 2.3), (0.9, 2.6), (0.8, 3.6)])
def test_a_job_of_good_people_asks_few_and_its_labels_are_as_right_as_those_of_five(right, most):
    answers, gain = measure(right)

    assert answers < most
    assert gain > -0.01


def test_the_less_people_agree_the_more_are_asked():
    answers = [measure(right)[0] for right in (0.97, 0.9, 0.8, 0.6, 0.4)]

    assert (np.diff(answers) > 0).all()
    assert answers[0] < 2.2
    assert min(answers[3:]) > 4.5


def test_where_some_objects_mislead_others_stop_early():
    answers, gain = measure(0.97, hard=0.15, same_error=0.7)

    assert answers < 2.6
    assert gain > -0.01


def test_bad_workers_cost_more_answers_and_no_accuracy():
    answers, gain = measure(np.array([0.97] * 9 + [0.2] * 3))

    assert answers < 3.3
    assert gain > -0.01
