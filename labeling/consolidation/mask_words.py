"""What the words of workers who paint masks count: votes by how far they agree, or log chances where EM learnt more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.votes import FloatArray

Scores = NDArray[np.int32]

FULL = 8  # the integer weight of a worker of the usual skill
MOST_VOTES = 250  # of all workers on a pixel: beyond that weights get coarser
UNIT = 100  # of a log chance, so that evidence is whole
LEAN = 20  # in UNIT, for a category against the background: people miss things more often than they invent them
PRIOR = 4  # overlaps that the crowd's mean weighs in a worker's skill
SHARPNESS = 3  # weight is skill to this power; with sloppy simulated workers 2 and 4 did worse
LEAST_WEIGHT, MOST_WEIGHT = 0.25, 2.0
SAY, HELD = 2.5, 0.75  # 2 to 2.5 did alike; the whole weight counts a skill twice, none leaves out whose hand is poor


@dataclass(frozen=True, eq=False)
class People:
    """What the workers' words count as whole numbers.

    whole: (n,), their votes. tables: for a category, (n, 256), what each one's word adds to its score; heat: what a
    score is divided by for a log chance, 0 where it is none; lean: of each category's score against the background's.
    """

    whole: list[int]
    tables: dict[int, Scores]
    heat: int = 0
    lean: int = 0


def hire(
    weights: Sequence[float], corrections: Sequence[FloatArray] | None, numbers: Sequence[int], times: int
) -> People:
    """Return what the workers' words count on a picture with these category numbers.

    corrections: see `say_tables`; None: words are votes. times: how often a pixel's words count in its score.
    """
    whole = weigh_whole(weights)
    if corrections is None:
        return People(whole, {number: _vote_table(whole, number) for number in numbers})
    said = [np.rint(UNIT * table).astype(np.int32) for table in say_tables(weights, corrections)]
    return People(whole, {number: _word_table(said, number) for number in numbers}, UNIT * times, LEAN * times)


def _vote_table(whole: Sequence[int], number: int) -> Scores:
    table = np.zeros((len(whole), 256), dtype=np.int32)
    table[:, number] = whole
    return table


def _word_table(said: Sequence[Scores], number: int) -> Scores:
    table = np.zeros((len(said), 256), dtype=np.int32)
    table[:, : len(said[0])] = [words[number] for words in said]
    return table


def weigh_whole(weights: Sequence[float]) -> list[int]:
    """Return weights as whole numbers from 1 whose sum is at most MOST_VOTES. Raises ValueError for more workers."""
    if len(weights) > MOST_VOTES:
        raise ValueError(f"A mask is settled from at most {MOST_VOTES} answers.")
    unit = min(FULL, (MOST_VOTES - len(weights)) / sum(weights))
    return [1 + int(unit * weight) for weight in weights]


def weigh_by_agreement(overlaps: Sequence[Sequence[float]]) -> list[float]:
    """Return a weight for each worker, 1.0 for one like all others, from the overlaps of their masks with others'."""
    count = sum(map(len, overlaps))
    mean = fsum(overlap for mine in overlaps for overlap in mine) / count if count else 0.0
    if not mean:
        return [1.0] * len(overlaps)
    skills = [(fsum(mine) / mean + PRIOR) / (len(mine) + PRIOR) for mine in overlaps]
    return [round(min(max(skill**SHARPNESS, LEAST_WEIGHT), MOST_WEIGHT), 4) for skill in skills]


def say_tables(weights: Sequence[float], corrections: Sequence[FloatArray] | FloatArray) -> list[FloatArray]:
    """Return what each worker's word adds to the log chance of each category: (K + 1 true, K + 1 said), 0 background.

    A vote of SAY * weight**HELD for what is said, and what was learnt beyond that (`mask_people`).
    """
    tables = zip(weights, corrections, strict=True)
    return [SAY * weight**HELD * np.eye(len(shifts)) + shifts for weight, shifts in tables]
