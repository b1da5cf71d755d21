"""Lower bounds: known values, and how often they fail over many draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from labeling.autolabel import bounds
from labeling.autolabel.bounds import keeping, low_of, lower_bound

ENDLESS = 10**15


def test_right_or_wrong_is_bounded_exactly() -> None:
    quality = np.array([1.0] * 57 + [0.0] * 3)

    low = low_of(quality, ENDLESS, 0.95)

    assert low == pytest.approx(float(lower_bound(np.array(57), np.array(60), np.array(ENDLESS), 0.95)))


def test_the_graded_bound_is_the_exact_one_where_all_is_right_or_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    quality = np.array([1.0] * 57 + [0.0] * 3)
    exact = low_of(quality, 600, 0.95)
    monkeypatch.setattr(bounds, "_is_plain", lambda quality: False)

    assert low_of(quality, 600, 0.95) == pytest.approx(exact, abs=2e-4)


def test_equal_qualities_are_bounded_as_one_object_of_none_more_tells() -> None:
    # The mean under the weights is 0.8 times a Beta(50, 1): its 5 % quantile.
    assert low_of(np.full(50, 0.8), ENDLESS, 0.95) == pytest.approx(0.8 * 0.05 ** (1 / 50), abs=2e-4)


def test_what_varies_less_than_a_coin_needs_fewer() -> None:
    quality = np.tile([0.7, 0.8], 50)

    low = low_of(quality, ENDLESS, 0.95)

    assert float(lower_bound(np.array(75), np.array(100), np.array(ENDLESS), 0.95)) == pytest.approx(0.669, abs=0.001)
    assert low == pytest.approx(0.7263, abs=0.0005)  # by 4 million draws of the weights


@pytest.mark.parametrize(("count", "reach"), [(0, 100), (10, 0)])
def test_nothing_is_promised_of_nothing(count: int, reach: int) -> None:
    assert low_of(np.full(count, 0.5), reach, 0.95) == 0


def test_the_last_end_that_keeps_is_that_whose_bound_reaches_the_target() -> None:
    quality = np.array([0.8, 0.9] * 60 + [0.0, 0.1] * 60)
    ends = np.arange(240)
    reach = 5 * (ends + 1)

    end = int(keeping(quality, ends, reach, target=0.7, probability=0.95)[-1])

    assert 120 < end < 150
    assert low_of(quality[: end + 1], int(reach[end]), 0.95) >= 0.7
    assert low_of(quality[: end + 2], int(reach[end + 1]), 0.95) < 0.7
    assert keeping(quality, ends, reach, target=0.95, probability=0.95).tolist() == []


def shared(rng: np.random.Generator) -> np.ndarray:
    return rng.choice([1, 2 / 3, 1 / 2, 1 / 3, 0], 150, p=[0.9, 0.05, 0.02, 0.01, 0.02])


def overlap(rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(150) < 0.05, 0, rng.beta(20, 5, 150))


def seldom_bad(rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(150) < 0.02, 0, 0.97)


@pytest.mark.parametrize(
    ("draw", "mean"),
    [(shared, 0.9 + 0.05 * 2 / 3 + 0.01 + 0.01 / 3), (overlap, 0.95 * 0.8), (seldom_bad, 0.98 * 0.97)],
    ids=["shared categories", "overlaps", "seldom bad"],
)
def test_graded_bounds_fail_as_seldom_as_they_say(
    draw: Callable[[np.random.Generator], np.ndarray], mean: float
) -> None:
    rng = np.random.default_rng(11)

    missed = sum(
        keeping(draw(rng), np.array([149]), np.array([ENDLESS]), target=mean, probability=0.95).size
        for _ in range(2000)
    )

    assert 0 < missed / 2000 <= 0.06
