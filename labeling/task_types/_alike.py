"""What the types share whose answers are alike or not by their `agreement`: how sure their labels are, for asking more.

{"alike": {"usual": …, "right": {name: …}}} in the skills: what consolidation/alike.py learns; who is not named is as
usual.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from labeling.consolidation.alike import USUAL, Alike, fit_accord, sure_of, usual_right
from labeling.task_types._parts import number_workers
from projects.task_types import Answer, Schema, Vote

Agree = Callable[[Answer, Answer, Schema], float]
Sureness = Callable[[Sequence[Sequence[Vote]], dict[str, Any], Schema, Sequence[int]], list[float]]
LEARN_FROM = 100  # objects, spread over the job: comparing takes time, and more tell little more


def learn_alike(pairs: Sequence[tuple[int, Vote]], schema: Schema, agree: Agree, same: float) -> dict[str, Any]:
    """Return what a job's answers teach of how far people's are alike; {} where no two can be compared.

    pairs: (object number, vote); same: the agreement from which on two answers are alike.
    """
    grouped: dict[int, list[Vote]] = {}
    for number, vote in pairs:
        grouped.setdefault(number, []).append(vote)
    several = [votes for _, votes in sorted(grouped.items()) if len(votes) > 1]
    step = max(len(several) / LEARN_FROM, 1.0)
    chosen = [several[int(place * step)] for place in range(int(len(several) / step))]
    if not chosen:
        return {}
    names = sorted({vote.worker for votes in chosen for vote in votes})
    numbers = {name: number for number, name in enumerate(names)}
    objects = [(number_workers(votes, numbers), _alike(votes, schema, agree, same)) for votes in chosen]
    found = fit_accord(objects, n_workers=len(names))
    right = dict(zip(names, np.round(found.right, 6).tolist(), strict=True))
    return {"alike": {"usual": round(found.usual, 6), "right": right}}


def _alike(votes: Sequence[Vote], schema: Schema, agree: Agree, same: float) -> Alike:
    table = np.eye(len(votes), dtype=bool)
    for one, other in combinations(range(len(votes)), 2):
        table[one, other] = table[other, one] = agree(votes[one].answer, votes[other].answer, schema) >= same
    return table


def weigh_equally(skills: dict[str, Any], worker: str) -> None:
    """Return nothing: in a label every answer counts the same, whatever is learnt for asking more."""


def sure_by(agree: Agree, same: float) -> Sureness:
    """Return the `sureness` of a type: how sure labels are that people's answers are like, by the job's skills."""

    def sureness(
        objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
    ) -> list[float]:
        learnt = skills.get("alike", {"usual": usual_right(USUAL), "right": {}})
        known, usual = learnt["right"], learnt["usual"]
        right = [np.array([known.get(vote.worker, usual) for vote in votes]) for votes in objects]
        tables = [_alike(votes, schema, agree, same) for votes in objects]
        return [sure_of(alike, chances) for alike, chances in zip(tables, right, strict=True)]

    return sureness
