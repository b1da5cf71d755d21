"""Views are blended by what they are worth."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.autolabel.categories import HEAVIEST, combine, find_weights


def test_a_view_of_weight_one_alone_is_what_it_says() -> None:
    said = np.array([[0.7, 0.2, 0.1]], dtype=np.float32)

    assert combine([said, said[:, ::-1]], np.array([1.0, 0.0]))[0] == pytest.approx(said[0])


def test_two_views_that_agree_are_surer_together() -> None:
    said = np.array([[0.8, 0.2]], dtype=np.float32)

    assert combine([said, said], np.array([1.0, 1.0]))[0] == pytest.approx([0.64 / 0.68, 0.04 / 0.68])


def test_a_view_of_noise_weighs_nothing_and_one_too_modest_weighs_more() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=4000)
    sure = np.where(rng.random(4000) < 0.9, labels, 1 - labels)  # right nine times of ten
    modest = np.where(np.eye(2)[sure] > 0, 0.6, 0.4).astype(np.float32)  # and says six
    noise = rng.dirichlet([1, 1], size=4000).astype(np.float32)

    weights = find_weights([modest, noise], labels)

    assert weights[0] == pytest.approx(HEAVIEST)
    assert weights[1] == pytest.approx(0, abs=0.05)


def test_a_view_that_says_its_chances_weighs_one() -> None:
    rng = np.random.default_rng(1)
    probs = rng.dirichlet([1, 1, 1], size=20_000)
    labels = (rng.random((20_000, 1)) > probs.cumsum(axis=1)).sum(axis=1)

    assert find_weights([probs], labels)[0] == pytest.approx(1, abs=0.05)
