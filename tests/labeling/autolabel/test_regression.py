"""The regression says of a row only what it can know without the row's label."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.autolabel.preparing import WIDTH, prepare
from labeling.autolabel.regression import (
    FEWER,
    FOLDS,
    LEAST,
    MOST_ROWS,
    STRENGTHS,
    _descend,
    deal_folds,
    fit,
    hold_out,
    log_loss,
    regress,
    taught,
)
from tests.labeling.autolabel.simulated import clusters


def test_folds_hold_the_classes_evenly() -> None:
    labels = np.array([0] * 40 + [1] * 20 + [2] * 3)

    folds = deal_folds(labels, 10, np.random.default_rng(0))

    assert np.bincount(folds[labels == 0]).tolist() == [4] * 10
    assert np.bincount(folds[labels == 1]).tolist() == [2] * 10
    assert len(set(folds[labels == 2].tolist())) == 3


def test_a_model_is_fitted_to_no_more_rows_than_it_needs() -> None:
    folds = np.arange(20_000) % FEWER

    some = taught(folds, 1)

    assert (len(some), (folds[some] == 1).sum()) == (MOST_ROWS, 0)
    assert (some[0], some[-1]) == (0, 19_999)
    assert taught(folds[:100], None).tolist() == list(range(100))


def test_labels_of_chance_are_not_known_beforehand() -> None:
    """With more features than labels a model knows each label that it saw; held out it knows none."""
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(300, 380)).astype(np.float32), rng.integers(2, size=300)

    seen = fit(features, labels, 1000.0).probs(features, 2)
    held_out = hold_out(features, labels, deal_folds(labels, FOLDS, rng), 1000.0, 2)

    assert (seen.argmax(axis=1) == labels).all()
    assert (held_out.argmax(axis=1) == labels).mean() == pytest.approx(0.5, abs=0.08)


def test_rows_all_in_one_fold_could_be_anything() -> None:
    """Two objects that can be read, say, each of another category."""
    said = hold_out(np.eye(2, dtype=np.float32), np.array([0, 3]), np.array([1, 1]), 1.0, 4)

    assert said.tolist() == [[0.25] * 4] * 2


def test_classes_that_a_model_never_saw_have_the_least_probability() -> None:
    features, labels = clusters(200, 2, spread=0.5)

    probs = fit(features, labels * 3, 1.0).probs(features, 5)

    assert (probs[:, [1, 2, 4]] == np.float32(LEAST)).all()
    assert probs[:, [0, 3]].sum(axis=1) == pytest.approx(np.ones(200), abs=1e-5)


def test_two_classes_are_told_as_three_are() -> None:
    features, labels = clusters(500, 2, spread=0.3)

    line = fit(features, labels, 10.0)

    assert line.weights.shape == (8, 2)
    assert (line.probs(features, 2).argmax(axis=1) == labels).mean() > 0.98


def test_log_loss_is_the_mean_surprise() -> None:
    assert log_loss(np.array([[0.5, 0.5], [0.25, 0.75]]), np.array([0, 0])) == pytest.approx(np.log(8) / 2)


@pytest.mark.parametrize("best", range(7))
def test_the_strength_of_least_loss_is_found_downhill(best: int) -> None:
    tried = []

    def loss(place: int) -> float:
        tried.append(place)
        return abs(place - best)

    assert _descend(loss, 3, 7) == best
    assert {*tried} == {*range(max(min(best, 3) - 1, 0), min(max(best, 3) + 2, 7))}


def test_settings_are_chosen_again_when_the_labels_have_grown_by_half() -> None:
    features, labels = clusters(400, 3, spread=0.8)
    rows, pool, bad = np.arange(300), prepare([features]), {"power": 0.5, "strength": 1.0, "labels": 200}

    kept = regress(pool, 0, rows[:299], labels[:299], classes=3, settings=bad, seed=0)
    again = regress(pool, 0, rows, labels[:300], classes=3, settings=bad, seed=0)

    assert kept.settings == bad
    assert again.settings["labels"] == 300
    assert again.settings["strength"] in STRENGTHS[1:]


def test_regression_remembers_what_it_chose() -> None:
    features, labels = clusters(400, 3, spread=0.8)
    rows, pool = np.arange(300), prepare([features])

    first = regress(pool, 0, rows[:200], labels[:200], classes=3, settings={}, seed=0)
    second = regress(pool, 0, rows[:250], labels[:250], classes=3, settings=first.settings, seed=0)

    assert (first.settings["labels"], second.settings) == (200, first.settings)
    assert first.probs.shape == (400, 3)
    assert first.held_out.shape == (200, 3)
    assert (first.probs[200:].argmax(axis=1) == labels[200:]).mean() > 0.8


def test_preparing_narrows_wide_views_and_leaves_out_those_that_say_nothing() -> None:
    rng = np.random.default_rng(0)
    wide, flat = rng.normal(size=(900, 700)).astype(np.float32), np.ones((900, 3), np.float32)

    pool = prepare([wide, flat])

    assert len(pool.views) == 1
    _, ready = pool.ready(0, 0.5)
    assert (ready.dtype, ready.shape) == (np.float32, (900, WIDTH))
    assert pool.ready(0, 0.5)[1] is ready


def test_preparing_brings_rows_to_length_one_and_sets_the_unreadable_apart() -> None:
    view = np.random.default_rng(0).normal(5, 30, size=(1000, 6)).astype(np.float32)
    view[3, 2], view[:, 4] = np.inf, 7

    pool = prepare([view])
    scaling, ready = pool.ready(0, 0.5)

    assert pool.readable.tolist() == [row != 3 for row in range(1000)]
    assert (ready[pool.readable] ** 2).sum(axis=1).mean() == pytest.approx(1, abs=1e-4)
    assert (ready[:, 4] == 0).all()
    assert scaling.apply(view[:3]).tolist() == ready[:3].tolist()
