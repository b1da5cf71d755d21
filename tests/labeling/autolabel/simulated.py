"""Jobs with known answers: clusters of features, perfect people, the loop until it ends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.autolabel.loop import Known, Promise, Step, first_sample, step


def clusters(count: int, classes: int, *, spread: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return float32 [count, 8] round the classes' centres, and int [count]: the classes."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=count)
    centres = rng.normal(size=(classes, 8))
    return (centres[labels] + spread * rng.normal(size=(count, 8))).astype(np.float32), labels


def first_known(answers: Sequence[Any], *, seed: int = 0, count: int | None = None) -> Known:
    """Return what is known after the first sample."""
    rows = first_sample(len(answers), seed)[:count]
    return Known(rows, [answers[row] for row in rows.tolist()], np.ones(len(rows), dtype=bool))


def run(views: Sequence[np.ndarray], answers: Sequence[Any], classes: int, **options: Any) -> tuple[list[Step], Known]:
    """Take steps until one is finished, every object asked being answered as in `answers`."""
    settings = {"promise": Promise(0.95), "learner": "classes", "seed": 0, **options}
    known, steps, memory = first_known(answers), [], {}
    while not steps or not steps[-1].finished:
        taken = step(views, known, classes=classes, memory=memory, **settings)
        steps.append(taken)
        memory = taken.memory
        known = follow(known, taken, answers)
    return steps, known


def follow(known: Known, taken: Step, answers: Sequence[Any]) -> Known:
    """Return what is known once people answered what a step asks."""
    rows = np.concatenate([known.rows, taken.ask])
    kept = known.calibrates & ~np.isin(known.rows, taken.retired)
    return Known(rows, [answers[row] for row in rows.tolist()], np.concatenate([kept, taken.ask_calibrates]))
