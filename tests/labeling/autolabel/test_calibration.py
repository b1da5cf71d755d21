"""The cut: known values, and the promise kept over many draws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from labeling.autolabel.bounds import lower_bound
from labeling.autolabel.calibration import NONE, Promise, find_cut

ENDLESS = 1e15


def bound(total: float, count: int, reach: float = ENDLESS, probability: float = 0.95) -> float:
    return float(lower_bound(np.array([total]), np.array([count]), np.array([reach]), probability)[0])


def test_lower_bound_is_that_of_clopper_and_pearson() -> None:
    low = bound(18, 20)

    # The quality at which 18 or more of 20 would be seen with a chance of 5 %.
    assert binom.sf(17, 20, low) == pytest.approx(0.05)


def test_59_right_of_59_are_the_fewest_that_promise_95_percent() -> None:
    assert bound(59, 59) == pytest.approx(0.05 ** (1 / 59))
    assert bound(59, 59) >= 0.95 > bound(58, 58)


def test_as_few_objects_to_come_as_were_seen_count_half() -> None:
    assert bound(90, 100, reach=100) == pytest.approx(bound(45, 50))


@pytest.mark.parametrize(("total", "count", "reach"), [(0, 0, 100), (0, 10, 100), (10, 10, 0)])
def test_nothing_is_promised_of_nothing(total: float, count: int, reach: float) -> None:
    assert bound(total, count, reach) == 0


def test_cut_is_where_the_surest_share_still_keeps_the_promise() -> None:
    confidence = np.linspace(1, 0.01, 100)
    quality = np.array([1.0] * 70 + [0.0] * 30)
    pool = np.linspace(1, 0, 1001)

    cut = find_cut(confidence, quality, pool, Promise(0.9, 0.95))

    assert (cut.count, cut.quality) == (72, pytest.approx(70 / 72))
    assert cut.low == pytest.approx(bound(70, 72, reach=720))
    assert cut.low >= 0.9 > bound(70, 73, reach=730)
    assert (pool >= cut.confidence).sum() == 720


def test_cut_takes_the_whole_pool_where_all_calibrating_objects_hold() -> None:
    cut = find_cut(np.linspace(0.5, 1, 200), np.ones(200), np.array([0.1, 0.9] * 1000), Promise(0.95))

    assert (cut.confidence, cut.count, cut.quality) == (0.0, 200, 1.0)


def test_no_cut_where_too_little_is_known() -> None:
    assert find_cut(np.linspace(0.5, 1, 58), np.ones(58), np.ones(10_000), Promise(0.95)) == NONE
    assert find_cut(np.zeros(0), np.zeros(0), np.ones(10), Promise(0.95)) == NONE
    assert find_cut(np.ones(100), np.ones(100), np.zeros(0), Promise(0.95)) == NONE


def test_equal_confidences_of_calibrating_objects_stand_or_fall_together() -> None:
    quality = np.array([1.0] * 100 + [0.0] * 100)

    assert find_cut(np.full(200, 0.7), quality, np.full(1000, 0.7), Promise(0.9)) == NONE


def test_equal_confidences_in_the_pool_stand_or_fall_together() -> None:
    confidence, quality = np.linspace(1, 0.005, 200), np.array([1.0] * 100 + [0.0] * 100)
    pool = np.array([0.99] * 300 + [0.6] * 400 + [0.1] * 300)  # half of it ends amid the 0.6

    cut = find_cut(confidence, quality, pool, Promise(0.9))

    assert cut.confidence == 0.99


def test_promise_is_kept_as_surely_as_it_is_made() -> None:
    """2,000 draws of a job whose model is right with its confidence: one look each, broken in at most 5 %."""
    rng = np.random.default_rng(7)
    broken = 0
    for _ in range(2000):
        confidence = rng.beta(4, 1, size=1600)
        right = (rng.random(1600) < confidence).astype(float)
        cut = find_cut(confidence[:400], right[:400], confidence[400:], Promise(0.9))
        above = right[400:][confidence[400:] >= cut.confidence]
        broken += len(above) > 0 and above.mean() < 0.9

    assert 0 < broken / 2000 <= 0.07  # the lowest of several cuts that hold is a little lucky


def test_where_a_part_is_wanted_the_cut_is_the_highest_that_has_room_for_it() -> None:
    confidence, pool = np.linspace(1, 0.01, 100), np.linspace(1, 0, 1001)

    whole = find_cut(confidence, np.ones(100), pool, Promise(0.9, 0.95))
    part = find_cut(confidence, np.ones(100), pool, Promise(0.9, 0.95), most=400)

    assert (whole.count, part.count) == (100, 40)
    assert (pool >= part.confidence).sum() == 400
    assert part.low == pytest.approx(bound(40, 40, reach=400))
    assert part.low >= 0.9


def test_a_part_that_is_too_small_to_be_sure_of_is_drawn_from_a_larger_one() -> None:
    confidence, pool = np.linspace(1, 0.01, 100), np.linspace(1, 0, 1001)

    part = find_cut(confidence, np.ones(100), pool, Promise(0.9, 0.95), most=100)

    assert bound(part.count - 1, part.count - 1, reach=100) < 0.9 <= part.low
    assert part.low == pytest.approx(bound(part.count, part.count, reach=100))
    assert (pool >= part.confidence).sum() == 10 * part.count > 100
