"""The learner of any number of categories an object: each category is learned alone, as there or not there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from labeling.autolabel.categories import learn_probs
from labeling.autolabel.learners import Learned
from labeling.autolabel.preparing import Pool


def learn_sets(
    pool: Pool, rows: np.ndarray, answers: Sequence[Any], *,
    classes: int, settings: Mapping[str, Any], start: Mapping[str, np.ndarray], seed: int,
) -> Learned:  # fmt: skip
    """Learn from tuples of category numbers. Quality is the share of the categories of either that both hold (Jaccard).

    A promise of 95 % so means: on average the machine's label and people's share 95 % of the categories of either;
    one of two right and none wrong counts one half. Proposed is what is likelier there than not; the confidence is the
    chance that all of it is right, were the categories independent. Where nothing is likely and no answer was ever
    empty, there is no proposal: the confidence is 0, and so is the quality. A start from an earlier job is not used.
    """
    may_be_empty = () in answers
    there = np.zeros((len(rows), classes), dtype=int)
    for place, answer in enumerate(answers):
        there[place, list(answer)] = 1
    probs, held_out = np.zeros((len(pool.readable), classes)), np.zeros((len(rows), classes))
    kept: dict[str, Any] = {}
    arrays: dict[str, np.ndarray] = {}
    for category in range(classes):
        labels = there[:, category]
        if labels.min() == labels.max():  # always or never there so far
            probs[:, category] = held_out[:, category] = labels[0]
            continue
        before = settings.get(str(category), {})
        said = learn_probs(pool, rows, labels, classes=2, settings=before, start={}, seed=seed)
        probs[:, category], held_out[:, category] = said.probs[:, 1], said.held_out[:, 1]
        kept[str(category)] = said.settings
        arrays |= {f"category{category}.{name}": array for name, array in said.arrays.items()}
    there_now, there_then = (np.asarray((one > 0.5).any(axis=1) | may_be_empty) for one in (probs, held_out))
    return Learned(
        proposals=[
            tuple(np.flatnonzero(row).tolist()) if there_is else None
            for row, there_is in zip(probs > 0.5, there_now.tolist(), strict=True)
        ],
        confidence=_all_right(probs) * there_now,
        held_out_confidence=_all_right(held_out) * there_then,
        held_out_quality=shared(held_out > 0.5, there > 0) * there_then,
        arrays=arrays,
        settings=kept,
    )


def shared(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return float [m]: of the categories of either (bool [m, k]) the share that both hold; 1 where neither has any."""
    both, either = (one & other).sum(axis=1), (one | other).sum(axis=1)
    return np.where(either > 0, both / np.maximum(either, 1), 1.0)


def _all_right(probs: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(probs, 1 - probs).prod(axis=1))
