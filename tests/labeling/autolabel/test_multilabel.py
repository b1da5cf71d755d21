"""Several categories an object."""

from __future__ import annotations

import json

import numpy as np

from labeling.autolabel.calibration import Promise
from labeling.autolabel.loop import LEARNERS
from labeling.autolabel.multilabel import shared
from tests.labeling.autolabel.simulated import run


def objects(count: int, noise: float) -> tuple[np.ndarray, list[tuple[int, ...]]]:
    """Return features, each of four a category's evidence, and the categories there."""
    rng = np.random.default_rng(0)
    there = rng.random((count, 4)) < [0.5, 0.3, 0.3, 0.1]
    features = (there + noise * rng.normal(size=there.shape)).astype(np.float32)
    return features, [tuple(np.flatnonzero(row).tolist()) for row in there]


def test_quality_is_the_share_of_what_either_has() -> None:
    one = np.array([[1, 1, 0], [0, 0, 0], [1, 0, 0], [0, 0, 0]], dtype=bool)
    other = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype=bool)

    assert shared(one, other).tolist() == [1 / 3, 1, 1, 0]


def test_categories_are_learned_each_alone_and_the_promise_is_kept() -> None:
    features, answers = objects(2000, 0.3)

    steps, known = run([features], answers, 4, learner="multilabel")

    last = steps[-1]
    overlap = [
        len({*said} & {*answers[row]}) / len({*said} | {*answers[row]}) if said or answers[row] else 1.0
        for said, row in zip(last.proposals, last.rows.tolist(), strict=True)
    ]
    assert last.proposed.all()
    assert len(known.rows) < 1500
    assert np.mean(overlap) >= 0.95
    assert json.loads(json.dumps(last.memory)) == last.memory


def test_a_category_never_seen_is_never_proposed() -> None:
    features, answers = objects(1300, 0.1)

    steps, _ = run([features], answers, 6, learner="multilabel")

    assert {number for said in steps[-1].proposals for number in said} == {0, 1, 2, 3}
    assert steps[0].notes == [{"what": "never", "categories": [4, 5]}]


def test_one_answer_only_certifies_nothing() -> None:
    features, _ = objects(1300, 0.1)

    steps, known = run([features], [(0, 2)] * 1300, 4, learner="multilabel")

    assert len(known.rows) == 1300
    assert not any(taken.proposed.any() for taken in steps)


def test_quality_of_one_proposal_is_that_of_the_learner() -> None:
    quality_of = LEARNERS["multilabel"].quality_of

    assert [quality_of(*pair) for pair in (([0, 1], (0, 2)), ([], ()), ([0], (0,)), ([], (1,)))] == [1 / 3, 1, 1, 0]


def test_where_no_answer_is_empty_an_empty_proposal_is_none_and_people_are_asked() -> None:
    features, answers = objects(2000, 0.3)
    some = [row for row, answer in enumerate(answers) if answer]
    blank = features[some] * (np.arange(len(some)) % 20 > 0)[:, None]  # in one of 20 nothing is to be seen

    steps, known = run([blank], [answers[row] for row in some], 4, learner="multilabel", promise=Promise(0.9))

    last = steps[-1]
    assert not any(said == () for taken in steps for said in taken.proposals)
    assert all(
        said is not None for taken in steps for said, one in zip(taken.proposals, taken.proposed, strict=True) if one
    )
    assert last.proposed.sum() > 500
    assert set(range(0, len(some), 20)) <= set(known.rows.tolist())
