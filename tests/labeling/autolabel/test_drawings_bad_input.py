"""Masks and boxes that hardly anything can be learnt from: nothing is proposed on them, and nothing breaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from labeling.autolabel.grids import pack
from labeling.autolabel.loop import Known, Promise, Step, step
from labeling.autolabel.masks import SIDE, pack_mask
from labeling.autolabel.preparing import Pool, prepare_grids

BOX = (0, 0.1, 0.1, 0.6, 0.7)
EMPTY = np.zeros((SIDE, SIDE), dtype=np.uint8)


def painted(number: int) -> bytes:
    ids = EMPTY.copy()
    ids[11:78, 11:67] = number
    return pack_mask(ids)


def noise(count: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return pack([rng.normal(size=(count, 28, 28, 3)).astype(np.float32)], [(40, 30)] * count)


def take(rows: np.ndarray, answers: Sequence[Any], learner: str, classes: int = 2) -> Step:
    pool: Pool = prepare_grids([lambda some: rows[some]], len(rows))
    known = Known(np.arange(len(answers)), answers, np.ones(len(answers), dtype=bool))
    return step(pool, known, Promise(0.6), learner=learner, classes=classes, memory={}, seed=0)


@pytest.mark.parametrize(
    ("learner", "answers"),
    [
        ("masks", [painted(1), pack_mask(EMPTY)]),
        ("masks", [pack_mask(EMPTY)] * 30 + [painted(2)]),
        ("masks", [painted(1), painted(2)] * 20),  # labels that contradict each other
        ("boxes", [(BOX,), ()]),
        ("boxes", [()] * 30 + [((1, *BOX[1:]),)]),
        ("boxes", [(BOX,), ((1, *BOX[1:]),)] * 20),
        ("boxes", [((0, 0.5, 0.5, 0.5, 0.5),), ((0, 0.0, 0.0, 1e-6, 1.0),)] * 3),  # boxes that hold no cell's middle
    ],
)
def test_noise_certifies_nothing(learner: str, answers: Sequence[Any]) -> None:
    taken = take(noise(60), answers, learner)

    assert not taken.proposed.any()
    assert len(taken.ask) > 0


@pytest.mark.parametrize(("learner", "answer"), [("masks", painted(1)), ("boxes", (BOX,))])
def test_equal_answers_teach_nothing(learner: str, answer: Any) -> None:
    taken = take(noise(40), [answer] * 20, learner)

    assert taken.proposals == [None] * 20
    assert taken.notes == [{"what": "same"}]


@pytest.mark.parametrize(
    ("learner", "answers"), [("masks", [painted(1), painted(7)] * 5), ("boxes", [(BOX,), ((6, *BOX[1:]),)] * 5)]
)
def test_pictures_that_look_the_same_and_categories_never_seen(learner: str, answers: Sequence[Any]) -> None:
    rows = pack([np.ones((20, 28, 28, 3), dtype=np.float32)], [(40, 30)] * 20)

    taken = take(rows, answers, learner, classes=7)

    assert not taken.proposed.any()
    assert taken.notes == [{"what": "never", "categories": [1, 2, 3, 4, 5]}]


def test_what_cannot_be_read_is_asked_of_people() -> None:
    rows = noise(40)
    rows[[3, 35], 5] = np.nan

    taken = take(rows, [painted(1), painted(2)] * 10, "masks")

    assert 35 in taken.ask
    assert taken.notes[0] == {"what": "unreadable", "n": 2, "of": 40}
