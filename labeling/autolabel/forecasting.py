"""How many objects people will have labelled in the end, from what can be certified now."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SURELY, EVENLY, HARDLY = 0.975, 0.5, 0.05  # probabilities at which cuts are found to forecast by
LEARNT = 0.8  # of what even the kindest cut leaves to people: the model goes on learning
LIKELY = 0.85, 0.2  # of the even cut's need; of the way from there to the sure cut's
MORE = 1.5  # times the sure cut's need: a cut falls again where a later sample is unlucky


@dataclass(frozen=True)
class Forecast:
    """Human labels in all, of a job's objects: at the least, likely, at the most."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True)
class Need:
    """Objects below the cut, if the model stayed as it is: cuts found at SURELY, EVENLY, HARDLY."""

    surely: int
    evenly: int
    hardly: int


def forecast(known: int, asked: int, need: Need, total: int) -> Forecast:
    """Return what to expect once `known` objects have been asked and `asked` are asked next.

    The constants were read off 236 rounds on the sets of `tests/bench/autolabel.py` at targets of .9, .95 and .98:
    between low and high lay what people labelled in the end after 83 to 100 % of the rounds, by set and target.
    """
    if not asked:
        return Forecast(known, known, known)
    low = max(LEARNT * need.hardly, asked)
    high = max(MORE * need.surely, 2 * asked)
    likely = LIKELY[0] * need.evenly + LIKELY[1] * (need.surely - need.evenly)
    bounds = np.clip(np.round([known + low, known + np.clip(likely, low, high), known + high]), known, total)
    return Forecast(*(int(bound) for bound in bounds))
