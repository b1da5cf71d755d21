"""The confidence of parts learnt from verdicts on whole objects: values by hand, models found again, and bad input."""

import numpy as np
import pytest

from labeling.consolidation.calibration import Calibration
from labeling.consolidation.parts_calibration import (
    AS_IT_WAS,
    CUT,
    LEAST_CONFIDENCE,
    SLOPE_WEIGHT,
    Judged,
    calibrate_figures,
    fit_to_verdicts,
    log_odds,
)


def simulate(true, count, *, seed, whole=0.3):
    """Objects of one to four parts, or of one figure, that are right as often as `true` says, each part on its own."""
    random = np.random.default_rng(seed)
    judged = []
    for _ in range(count):
        is_whole = bool(random.random() < whole)
        chances = random.uniform(0.4, 0.99, 1 if is_whole else random.integers(1, 5)).tolist()
        sure = calibrate_figures(true, chances, is_whole=is_whole)
        judged.append(Judged(chances, is_whole, bool((random.random(len(sure)) < sure).all())))
    return judged


def test_the_slope_stretches_the_log_odds_of_parts_and_the_offset_shifts_those_of_wholes():
    found = Calibration(2.0, float(np.log(3)))

    assert calibrate_figures(found, [0.75, 0.5], is_whole=False) == pytest.approx([0.9, 0.5])
    assert calibrate_figures(found, [0.75], is_whole=True) == pytest.approx([27 / 28])


def test_what_was_as_it_was_stays_within_what_rounding_left():
    assert calibrate_figures(AS_IT_WAS, [0.01, 0.4, 0.99, 1.0], is_whole=False) == pytest.approx(
        [0.01, 0.4, 0.99, 1 - CUT]
    )


def test_a_calibrated_figure_is_never_the_zero_of_what_was_not_computed():
    assert calibrate_figures(Calibration(3.0, -9.0), [0.01], is_whole=True) == [LEAST_CONFIDENCE]


def test_the_model_of_many_verdicts_is_found_again():
    found = fit_to_verdicts(simulate(Calibration(0.5, -0.8), 8000, seed=1))

    assert found.slope == pytest.approx(0.5, abs=0.05)
    assert found.offset == pytest.approx(-0.8, abs=0.1)


def test_of_single_parts_it_is_the_logistic_regression_with_its_prior():
    judged = [Judged([0.9], False, number < 30) for number in range(40)]

    slope = fit_to_verdicts(judged).slope

    x = np.log(9)
    sure = 1 / (1 + np.exp(-slope * x))
    assert (40 * sure - 30) * x + SLOPE_WEIGHT * (slope - 1) == pytest.approx(0, abs=1e-6)  # the gradient there


def test_a_wrong_object_of_one_part_tells_more_of_it_than_one_of_five():
    one = fit_to_verdicts([Judged([0.9], False, False)] * 10)
    five = fit_to_verdicts([Judged([0.9] * 5, False, False)] * 10)

    assert one.slope < five.slope < 1


def test_without_verdicts_nothing_changes_and_few_change_little():
    assert fit_to_verdicts([]) == AS_IT_WAS
    assert 1.0 < fit_to_verdicts([Judged([0.95, 0.9], False, True)] * 3).slope < 1.2


def test_verdicts_that_say_nothing_of_the_offset_leave_it():
    assert fit_to_verdicts(simulate(Calibration(0.5, -0.8), 200, seed=2, whole=0.0)).offset == 0.0


def test_where_surer_parts_were_righter_less_often_none_is_surer_than_another():
    judged = [Judged([0.98], False, number >= 70) for number in range(80)]
    judged += [Judged([0.6], False, True)] * 20

    found = fit_to_verdicts(judged)

    assert found.slope == 0.0
    assert calibrate_figures(found, [0.98, 0.6], is_whole=False) == [0.5, 0.5]


def test_on_the_edge_wholes_still_learn_how_often_they_are_right():
    judged = [Judged([0.98], True, number >= 70) for number in range(100)] + [Judged([0.5], True, True)] * 200

    found = fit_to_verdicts(judged)

    assert found.slope == 0.0
    assert calibrate_figures(found, [0.98], is_whole=True)[0] == pytest.approx(230 / 300, abs=0.01)


@pytest.mark.parametrize("right", [True, False])
@pytest.mark.parametrize("is_whole", [True, False])
@pytest.mark.parametrize("chances", [[1.0], [0.01], [0.0], [0.5], [1.0, 0.01], [0.9] * 5000, [], [float("nan"), 0.7]])
def test_whatever_was_judged_gives_a_finite_calibration_that_is_monotone(chances, is_whole, right):
    found = fit_to_verdicts([Judged(chances, is_whole, right)] * (400 if len(chances) < 9 else 20))

    assert np.isfinite([found.slope, found.offset]).all()
    assert found.slope >= 0
    after = np.array(calibrate_figures(found, chances, is_whole=is_whole))
    assert after.shape == (len(chances),)
    assert ((after > 0) & (after < 1)).all()
    assert (np.diff(calibrate_figures(found, np.linspace(0, 1, 50).tolist(), is_whole=is_whole)) >= 0).all()


def test_what_is_no_number_counts_as_hardly_believed():
    assert log_odds(np.array([np.nan, 2.0, -1.0])) == pytest.approx(log_odds(np.array([0.0, 1.0, 0.0])))


def test_order_does_not_matter_and_twice_is_the_same():
    judged = simulate(Calibration(0.6, -0.5), 300, seed=3)

    found, turned = fit_to_verdicts(judged), fit_to_verdicts(judged[::-1])

    assert fit_to_verdicts(judged).to_json() == found.to_json()
    assert (turned.slope, turned.offset) == pytest.approx((found.slope, found.offset), abs=1e-7)


def test_a_calibration_comes_back_from_its_text():
    found = fit_to_verdicts(simulate(Calibration(0.6, -0.5), 60, seed=4))

    assert Calibration.from_json(found.to_json()) == found
