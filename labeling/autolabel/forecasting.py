"""How many objects people will have labelled in the end, from the rounds so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LOOK_BACK = 3  # rounds


@dataclass(frozen=True)
class Forecast:
    """Human labels in all, of a job's objects: at the least, likely, at the most."""

    low: int
    likely: int
    high: int


def forecast(history: Sequence[Sequence[int]], total: int) -> Forecast:
    """Return what to expect from (labels, needed) of each round, latest last.

    `needed` is how many people would label in all if the model stayed as it is. At the most it does; at the least
    it goes on improving with the logarithm of its labels as it did in the last rounds, until nothing is needed.
    """
    known, needed = history[-1]
    most = int(np.clip(needed, known, total))
    low = _trend(history[-LOOK_BACK:], known, most)
    return Forecast(low, round((low + most) / 2), most)


def _trend(history: Sequence[Sequence[int]], known: int, most: int) -> int:
    """Return the labels at which the falling need meets them; the most where it does not fall."""
    labels, needs = (np.array(column, dtype=float) for column in zip(*history, strict=True))
    if len(labels) < 2 or labels[-1] <= labels[0]:
        return round((known + most) / 2)
    slope = np.polyfit(np.log(labels), needs, 1)[0]
    if slope >= 0:
        return most
    ahead = np.arange(known, most + 1)
    met = ahead[needs[-1] + slope * np.log(ahead / known) <= ahead]
    return int(met[0]) if len(met) else most
