import numpy as np
import pytest

from labeling.consolidation import apply_temperature, fit_temperature
from labeling.consolidation.calibration import VOTE_WEIGHT, expected_calibration_error, soften_with_vote


def test_a_temperature_of_two_takes_the_root_of_the_odds():
    np.testing.assert_allclose(apply_temperature(np.array([[0.9, 0.1]]), 2.0), [[0.75, 0.25]])


def test_temperature_keeps_the_order_and_the_sum():
    probs = np.random.default_rng(0).dirichlet([1.0] * 4, size=50)

    softened = apply_temperature(probs, 3.0)

    assert (softened.argsort(axis=1) == probs.argsort(axis=1)).all()
    np.testing.assert_allclose(softened.sum(axis=1), 1)


def test_the_temperature_of_overconfident_probs_is_found_again():
    random = np.random.default_rng(1)
    honest = random.dirichlet([1.0] * 3, size=3000)
    truth = (random.random(3000)[:, None] > honest.cumsum(axis=1)).sum(axis=1)

    found = fit_temperature(apply_temperature(honest, 1 / 3), truth)

    assert found == pytest.approx(3.0, rel=0.1)


def test_few_lucky_audits_do_not_make_certain():
    assert fit_temperature(np.array([[0.9, 0.1]] * 3), np.zeros(3, dtype=int)) > 0.4


def test_without_audits_the_temperature_is_one():
    assert fit_temperature(np.zeros((0, 2)), np.zeros(0, dtype=int)) == 1.0


def test_softening_weighs_the_share_more_the_more_answers_there_are():
    probs, counts = np.array([[0.0, 1.0]] * 3), np.array([[0.0, 1.0], [1.0, 1.0], [5.0, 5.0]])

    softened = soften_with_vote(probs, counts)

    expected = [0.0, VOTE_WEIGHT * 0.5 * 0.5, VOTE_WEIGHT * 0.9 * 0.5]
    np.testing.assert_allclose(softened[:, 0], expected)


def test_calibration_error_by_hand():
    confidence = np.array([0.95, 0.95, 0.55, 1.0])
    right = np.array([1.0, 0.0, 1.0, 1.0])

    # The top bin holds three: 2.9 promised, 2 kept; the sixth holds one: .55 promised, 1 kept.
    assert expected_calibration_error(confidence, right) == pytest.approx((0.9 + 0.45) / 4)


def test_calibration_error_of_nothing_is_zero():
    assert expected_calibration_error(np.zeros(0), np.zeros(0)) == 0.0
