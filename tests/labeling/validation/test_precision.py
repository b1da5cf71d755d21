"""How often a rule was right, and what its threshold becomes."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.precision import Outcome, Precision, find_threshold, precision_of


def outcomes(*pairs: tuple[float, bool]) -> list[Outcome]:
    return [Outcome(severity, is_wrong) for severity, is_wrong in pairs]


def test_precision_is_a_share_with_an_exact_interval() -> None:
    found = precision_of(outcomes(*[(0.5, True)] * 3, *[(0.5, False)] * 7))

    assert (found.checked, found.wrong, found.share) == (10, 3, 0.3)
    assert (found.low, found.high) == (pytest.approx(0.0667, abs=5e-5), pytest.approx(0.6525, abs=5e-5))


def test_without_outcomes_nothing_is_known() -> None:
    assert precision_of([]) == Precision(0, 0, None, 0.0, 1.0)


def test_all_or_none_wrong_leave_one_side_open() -> None:
    every, none = precision_of(outcomes(*[(1, True)] * 10)), precision_of(outcomes(*[(1, False)] * 10))

    assert (every.low, every.high) == (pytest.approx(0.025**0.1), 1.0)
    assert (none.low, none.high) == (0.0, pytest.approx(1 - 0.025**0.1))


def test_few_outcomes_leave_the_threshold_where_it_is() -> None:
    assert find_threshold([], 0.6) == 0.6
    assert find_threshold(outcomes(*[(0.7, False)] * 6), 0.6) == 0.6
    assert find_threshold(outcomes((0.5, True), (0.55, True)), 0.6) == 0.6


def test_seven_good_labels_in_a_row_raise_it_just_above_them() -> None:
    assert find_threshold(outcomes(*[(0.7, False)] * 7), 0.6) == 0.700001


def test_it_stays_below_what_proved_wrong() -> None:
    said = outcomes(*[(0.65, False)] * 20, (0.8, True), (0.9, False), (0.95, True))

    assert find_threshold(said, 0.6) == 0.650001


def test_it_does_not_rise_where_as_many_are_wrong_as_are_worth_it() -> None:
    said = outcomes(*[(0.61, True), (0.62, False), (0.63, False)] * 30)

    assert find_threshold(said, 0.6) == 0.6
    assert find_threshold(said, 0.6, worth=0.4) == 0.630001


def test_it_falls_where_labels_below_it_prove_wrong() -> None:
    said = outcomes(*[(0.4, True)] * 3, *[(0.3, False)] * 10, (0.9, True))

    assert find_threshold(said, 0.6) == 0.4


def test_the_surest_findings_are_always_shown() -> None:
    assert find_threshold(outcomes(*[(1.0, False)] * 50), 0.6) == 0.6
    assert find_threshold(outcomes(*[(0.9999999, False)] * 50, (0.7, False)), 0.6) <= 1.0


def test_the_order_of_outcomes_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    said = [Outcome(round(float(severity), 6), bool(rng.random() < severity**3)) for severity in rng.random(300)]

    found = find_threshold(said, 0.2)

    assert found == find_threshold([said[place] for place in rng.permutation(300)], 0.2)
    assert found == pytest.approx(0.3 ** (1 / 3), abs=0.12)  # where a third power passes .3


def test_a_rule_that_is_half_right_is_seldom_silenced_by_bad_luck() -> None:
    rng = np.random.default_rng(1)
    raised = 0
    for _ in range(400):
        said = [Outcome(float(severity), bool(rng.random() < 0.5)) for severity in rng.uniform(0.6, 1, 60)]
        raised += find_threshold(said, 0.6) > 0.6

    assert raised < 400 * 0.08
