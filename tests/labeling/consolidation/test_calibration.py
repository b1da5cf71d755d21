import numpy as np
import pytest

from labeling.consolidation import Calibration, fit_calibration
from labeling.consolidation.calibration import (
    VOTE_WEIGHT,
    expected_calibration_error,
    soften_with_vote,
    weigh_evidence,
)


def test_evidence_is_the_mean_of_two_log_odds():
    evidence = weigh_evidence(np.array([0.8, 1.0, 0.5]), np.array([0.5, 0.5, 0.9]))

    np.testing.assert_allclose(evidence, [np.log(4) / 2, np.log(9999) / 2, np.log(9) / 2])


def test_confidence_is_the_logistic_of_the_evidence():
    sure = Calibration(2.0, 0.0).apply(np.array([0.75]), np.array([0.75]))

    np.testing.assert_allclose(sure, [0.9])


def test_the_calibration_of_many_audits_is_found_again():
    random = np.random.default_rng(1)
    raw = random.uniform(0.3, 1.0, 20_000)
    honest = Calibration(0.5, 0.3).apply(raw, raw)

    found = fit_calibration(raw, raw, audited=np.arange(20_000), right=(random.random(20_000) < honest).astype(float))

    assert found.slope == pytest.approx(0.5, abs=0.05)
    assert found.offset == pytest.approx(0.3, abs=0.1)


def test_few_lucky_audits_do_not_make_certain():
    raw = np.full(100, 0.9)

    lucky = fit_calibration(raw, raw, audited=np.arange(3), right=np.ones(3)).apply(raw, raw)

    assert 0.9 < lucky[0] < 0.93


def test_without_audits_confidence_stays_about_what_it_was():
    soft = np.random.default_rng(2).uniform(0.5, 1.0, 400)

    after = fit_calibration(soft, soft, audited=np.zeros(0, dtype=int), right=np.zeros(0)).apply(soft, soft)

    assert abs(after - soft).mean() < 0.08
    assert (np.diff(after[np.argsort(soft)]) >= 0).all()


def test_a_calibration_comes_back_from_its_text():
    made = Calibration(0.25, -0.5)

    assert Calibration.from_json(made.to_json()) == made


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


def test_where_surer_labels_were_righter_less_often_all_are_as_sure_as_they_were_right() -> None:
    raw, soft = np.repeat([0.999, 0.9], [80, 40]), np.repeat([0.995, 0.75], [80, 40])
    right = np.repeat([0.0, 1.0], [40, 80])

    found = fit_calibration(raw, soft, audited=np.arange(120), right=right)

    # 80 of 120 audits, and the weight of 50 unaudited labels, said to be right in .91.
    assert found.slope == 0.0
    assert found.apply(raw, soft) == pytest.approx(np.full(120, (80 + 50 * soft.mean()) / 170), abs=0.01)
