"""What learns from people's answers: from features to a proposal and a confidence for each object.

A learner sees features and answers, never pictures or texts. It says of the labelled objects what it would have said
without their labels, so that its quality can be measured on them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from labeling.autolabel.preparing import Pool


@dataclass(frozen=True)
class Known:
    """What people have answered, or are asked: rows of the features, and which of them calibrate.

    An answer of None stands for an object that was asked and has no label (yet, or ever): it is neither learned from
    nor proposed nor asked again.
    """

    rows: np.ndarray  # int [m]
    answers: Sequence[Any]
    calibrates: np.ndarray  # bool [m]
    left: np.ndarray | None = None  # bool [m]: taken out of the pool by others than a step, since the last one


@dataclass(frozen=True)
class Learned:
    """What a model says of every object, and of each labelled one without its label."""

    proposals: Sequence[Any]  # of all n objects; None: no proposal, so that people are asked
    confidence: np.ndarray  # float [n]; 0 where there is no proposal, as of those held out, whose quality is 0 then
    held_out_confidence: np.ndarray  # float [m]
    held_out_quality: np.ndarray  # float [m], 0..1
    arrays: dict[str, np.ndarray]  # the model
    settings: dict[str, Any] = field(default_factory=dict)  # JSON, for the next time


class Learn(Protocol):
    """Learns from the labelled rows of a pool.

    settings: those of the time before, or {}; start: a model of an earlier job, or {}.
    """

    def __call__(
        self,
        pool: Pool,
        rows: np.ndarray,
        answers: Sequence[Any],
        *,
        classes: int,
        settings: Mapping[str, Any],
        start: Mapping[str, np.ndarray],
        seed: int,
    ) -> Learned: ...


@dataclass(frozen=True)
class Learner:
    """A way of learning, and how its proposals are judged."""

    learn: Learn
    quality_of: Callable[[Any, Any], float]  # of one proposal beside an answer, 0..1, as on what was held out
    categories_in: Callable[[Any], tuple[int, ...]]  # an answer, by number
    measure: str  # what a quality is: the share that is "right" or "shared", or an "overlap"
    disputed: float = 0.0  # below this quality the model and people say so different things that people look again
