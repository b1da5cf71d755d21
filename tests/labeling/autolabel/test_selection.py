"""Who is asked next, and who stops calibrating for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labeling.autolabel.selection import Standing, alike, first_sample, select

STANDING = Standing(
    pool=np.arange(1000, 2000),
    confidence=np.linspace(0, 1, 1000),
    calibrating=np.arange(400),
    calibrating_confidence=np.linspace(1, 0, 400),
    known=400,
    drawn=400,
    good=True,
    certified=True,
    rounds=1,
)
ALL = np.ones(1000, dtype=bool)


def rng() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.mark.parametrize(("count", "size"), [(200, 200), (1250, 250), (7600, 304), (100_000, 1000)])
def test_first_sample_is_4_percent_within_bounds(count: int, size: int) -> None:
    rows = first_sample(count, 1)

    assert len(rows) == len(set(rows.tolist())) == size
    assert list(rows) == sorted(rows)
    assert 0 <= rows[0] < rows[-1] < count


def test_first_sample_is_drawn_by_the_seed() -> None:
    assert first_sample(5000, 1).tolist() == first_sample(5000, 1).tolist()
    assert first_sample(5000, 1).tolist() != first_sample(5000, 2).tolist()


def test_the_least_sure_are_asked_and_the_like_of_them_retire() -> None:
    asking = select(STANDING, ALL, total=2000, rng=rng())

    assert asking.rows.tolist() == list(range(1000, 1120))  # 30 % of 400
    assert not asking.calibrates.any()
    assert len(asking.retired) in (48, 49)  # 12 % of 400, rounded by a draw
    assert set(asking.retired.tolist()) <= set(range(351, 400))


def test_only_what_lies_below_the_cut_is_asked() -> None:
    asking = select(STANDING, STANDING.confidence < 0.03, total=2000, rng=rng())

    assert asking.rows.tolist() == list(range(1000, 1030))


def test_nothing_below_the_cut_asks_nothing() -> None:
    asking = select(STANDING, ~ALL, total=2000, rng=rng())

    assert (len(asking.rows), len(asking.calibrates), len(asking.retired)) == (0, 0, 0)


def test_a_batch_has_100_at_least() -> None:
    asking = select(replace(STANDING, known=250), ALL, total=2000, rng=rng())

    assert len(asking.rows) == 100


def test_hard_data_completes_its_random_sample_first() -> None:
    standing = replace(STANDING, rounds=0, good=False, drawn=250, known=250)

    asking = select(standing, ALL, total=6000, rng=rng())

    assert len(asking.rows) == 480 - 250  # 8 % of 6,000
    assert asking.calibrates.all()
    assert len(asking.retired) == 0
    assert len(set(asking.rows.tolist())) == 230


def test_easy_data_does_not() -> None:
    asking = select(replace(STANDING, rounds=0, drawn=250, known=250), ALL, total=6000, rng=rng())

    assert not asking.calibrates.any()


def test_after_two_rounds_without_a_certificate_a_part_is_random_and_calibrates() -> None:
    asking = select(replace(STANDING, certified=False, rounds=2), ALL, total=2000, rng=rng())

    assert asking.rows[:84].tolist() == list(range(1000, 1084))
    assert asking.calibrates.tolist() == [False] * 84 + [True] * 36
    assert len(set(asking.rows.tolist())) == 120


def test_what_calibrates_stays_alike_to_the_pool() -> None:
    """Confidence of both, after three batches of the least sure, has the same mean."""
    draw = np.random.default_rng(5)
    pool, own = draw.random(4000), draw.random(800)
    for _ in range(3):
        standing = replace(
            STANDING, pool=np.arange(len(pool)), confidence=pool, calibrating=np.arange(len(own)),
            calibrating_confidence=own, known=2000,
        )  # fmt: skip
        asking = select(standing, np.ones(len(pool), dtype=bool), total=4800, rng=draw)
        pool, own = np.delete(pool, asking.rows), np.delete(own, asking.retired)

    assert (len(pool), abs(len(own) - 800 * 2200 / 4000) <= 2) == (2200, True)
    assert own.mean() == pytest.approx(pool.mean(), abs=0.02)


def test_with_what_others_took_as_large_a_share_of_the_evidence_retires_and_what_is_alike() -> None:
    calibrating, confidence = np.arange(100, 200), np.linspace(0, 1, 100)
    taken = np.full(300, 0.9)  # of a pool of 1,500

    gone = alike(calibrating, confidence, taken, 1200, np.random.default_rng(0))

    assert len(gone) in (20, 21)
    assert gone.tolist() == list(range(gone[0], gone[0] + len(gone)))
    assert gone[0] <= 189 <= gone[-1]


def test_nothing_retires_where_nothing_was_taken() -> None:
    calibrating = np.arange(10)

    gone = alike(calibrating, np.linspace(0, 1, 10), np.empty(0), 100, np.random.default_rng(3))

    assert gone.tolist() == []


def test_with_a_whole_pool_all_the_evidence_goes() -> None:
    gone = alike(np.arange(10), np.linspace(0, 1, 10), np.linspace(0, 1, 50), 0, np.random.default_rng(3))

    assert gone.tolist() == list(range(10))
