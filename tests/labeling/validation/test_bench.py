"""The measurement of label errors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.bench.label_errors import main, measure, spoil


@pytest.mark.parametrize("noise", ["uniform", "pair"])
def test_a_tenth_of_the_labels_is_made_wrong(noise) -> None:
    truth = np.arange(1000) % 10

    labels = spoil(truth, noise, seed=0)

    assert (labels != truth).sum() == 100
    steps = set(((labels - truth) % 10).tolist())
    assert steps == ({0, 1} if noise == "pair" else set(range(10)))


def test_perfect_doubts_score_one() -> None:
    features = np.repeat(np.eye(4), 50, axis=0) + 0.01 * np.random.default_rng(0).normal(size=(200, 4))
    truth = np.repeat(np.arange(4), 50)

    found = measure([features], truth, spoil(truth, "uniform", seed=1))

    assert found.auprc == pytest.approx(1.0)
    assert (found.precision, found.reviewed) == (1.0, 1.0)


def test_a_third_of_the_digits_is_enough_for_the_promised_figures(monkeypatch, capsys) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--seeds", "1", "--objects", "600"])

    main()

    figures = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert figures.keys() == {"uniform", "pair"}
    assert figures["uniform"]["auprc"] > 0.95
    assert figures["pair"]["auprc"] > 0.95
