"""Comparing two means: by hand, and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.autolabel.comparing import compare_means


def test_the_bounds_are_those_of_welch() -> None:
    usual = np.array([27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4])
    changed = np.array([27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 25.2])

    found = compare_means(usual, changed)

    # Means 20.8200 and 23.7067, variances 7.8674 and 7.0550 of 15 each: t of 27.917 degrees of freedom is 2.04868.
    assert found.spared == pytest.approx(-2.88667, abs=1e-5)
    assert found.low == pytest.approx(-4.93004, abs=1e-5)
    assert found.high == pytest.approx(-0.84329, abs=1e-5)


def test_times_that_never_vary_leave_nothing_open() -> None:
    found = compare_means(np.full(3, 5.0), np.full(4, 3.5))

    assert (found.spared, found.low, found.high) == (1.5, 1.5, 1.5)


def test_the_bounds_hold_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(8)
    held = 0
    for _ in range(2000):
        found = compare_means(rng.normal(6.0, 3.0, 15), rng.normal(4.0, 1.0, 120))
        held += found.low <= 2.0 <= found.high

    assert held / 2000 == pytest.approx(0.95, abs=0.015)
