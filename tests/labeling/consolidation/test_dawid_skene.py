import time

import numpy as np
import pytest

from labeling.consolidation.dawid_skene import (
    COIN_WEIGHT,
    Answers,
    build_base,
    coin_logs,
    estimate_coins,
    fit_confusion,
    fit_one_coin,
    normalise_logs,
)
from tests.labeling.consolidation.crowds import blur, mixed_crowd, simulate


def test_coins_weigh_a_disagreement_by_bayes_rule():
    votes = np.array([[0, 0, 0], [0, 1, 1]])

    probs = normalise_logs(coin_logs(votes, np.array([0.9, 0.6]), (1, 2)))

    assert probs[0, 0] == pytest.approx(0.9 * 0.4 / (0.9 * 0.4 + 0.1 * 0.6))


def test_errors_of_a_coin_are_shared_by_the_other_categories():
    probs = normalise_logs(coin_logs(np.array([[0, 0, 2]]), np.array([0.7]), (1, 4)))

    np.testing.assert_allclose(probs, [[0.1, 0.1, 0.7, 0.1]])


def test_a_worker_without_answers_gets_the_crowds_accuracy():
    accuracy, crowd = estimate_coins(np.array([8.0, 0.0]), np.array([10.0, 0.0]))

    assert crowd == pytest.approx(9 / 12)
    np.testing.assert_allclose(accuracy, [(8 + COIN_WEIGHT * 0.75) / (10 + COIN_WEIGHT), 0.75])


def test_very_unlikely_rows_do_not_underflow():
    probs = normalise_logs(np.array([[-5000.0, -5000.0], [-9000.0, -1.0]]))

    np.testing.assert_allclose(probs, [[0.5, 0.5], [0.0, 1.0]])


@pytest.mark.parametrize("seed", range(5))
def test_base_rows_are_distributions(seed):
    expected = np.random.default_rng(seed).exponential(size=(4, 3, 3))

    base, crowd_confusion, accuracy, crowd = build_base(expected)

    np.testing.assert_allclose(base.sum(axis=2), 1)
    np.testing.assert_allclose(crowd_confusion.sum(axis=1), 1)
    assert ((accuracy > 0) & (accuracy < 1)).all()
    assert 0 < crowd < 1


def test_one_coin_finds_the_workers_again():
    accuracies = np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.5])
    votes, truth = simulate(np.stack([blur(a, 3) for a in accuracies]), n_objects=2000, each=4, seed=1)

    fitted = fit_one_coin(Answers(votes, 2000, 6, 3))

    np.testing.assert_allclose(fitted.accuracy, accuracies, atol=0.03)
    assert (fitted.probs.argmax(axis=1) == truth).mean() > 0.93


def test_confusion_finds_the_workers_and_the_class_prior_again():
    shy = np.array([[0.95, 0.05], [0.4, 0.6]])
    eager = np.array([[0.6, 0.4], [0.05, 0.95]])
    crowd = np.stack([shy, shy, eager, eager, blur(0.85, 2), blur(0.75, 2)])
    votes, _ = simulate(crowd, n_objects=20_000, each=5, seed=2, prior=np.array([0.75, 0.25]))

    fitted = fit_confusion(Answers(votes, 20_000, 6, 2), 4.0)

    assert fitted.confusion is not None
    np.testing.assert_allclose(fitted.confusion, crowd, atol=0.05)
    np.testing.assert_allclose(fitted.class_prior, [0.75, 0.25], atol=0.03)


def test_a_worker_who_always_swaps_is_read_backwards():
    swap = np.array([[0.05, 0.95], [0.95, 0.05]])
    votes, truth = simulate(np.stack([blur(0.85, 2)] * 4 + [swap]), n_objects=600, each=5, seed=3)

    fitted = fit_confusion(Answers(votes, 600, 5, 2), 4.0)

    assert fitted.confusion is not None
    np.testing.assert_allclose(fitted.confusion[4], swap, atol=0.07)
    assert (fitted.probs.argmax(axis=1) == truth).mean() > 0.97


def test_a_stronger_prior_draws_a_worker_nearer_to_the_crowd():
    votes, _ = simulate(mixed_crowd(8, 3, seed=0), n_objects=100, each=4, seed=4)
    answers = Answers(votes, 100, 8, 3)

    spreads = [fit_confusion(answers, strength).confusion.std(axis=0).mean() for strength in (0.5, 8.0, 64.0)]

    assert spreads == sorted(spreads, reverse=True)


def test_a_hundred_thousand_answers_take_ten_rounds_within_a_second():
    random = np.random.default_rng(0)
    votes = np.column_stack([random.integers(limit, size=100_000) for limit in (20_000, 500, 4)])
    started = time.perf_counter()

    fit_confusion(Answers(votes, 20_000, 500, 4), 8.0, rounds=10, tolerance=0.0)

    assert time.perf_counter() - started < 1.0
