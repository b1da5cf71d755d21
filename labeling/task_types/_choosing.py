"""Who chooses which categories rightly: learnt from multi-label answers, kept as JSON, and used to believe them.

{"workers": names, "finds": […], "falls": […], "by_category": {…}}: the first two are each worker's chances over all
categories of the job, the crowd's last. "by_category" has "there", "finds" and "falls" of the crowd, one a category;
"shifts", each worker's care and zeal; and "cells" of worker, category, and care and zeal once more in it, where they
tell (consolidation/choices.py). Without "by_category" these are skills of a job learnt with one figure a worker.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.special import logit

from labeling.consolidation.choices import Choices, Truth, Weights, fit_choices, weigh_answers
from labeling.consolidation.presence import Presence
from labeling.consolidation.votes import FloatArray, IntArray
from labeling.task_types._parts import number_workers
from projects.task_types import Answer, Fit, Known, Schema, Vote

MOST_CELLS = 5_000_000  # answers times categories that a fit looks at, of objects spread over the job
TELLS = 0.1  # log odds from which on a worker's shift in one category is kept
MOST_TOLD = 20_000  # of those that are
MOST_OWN = 400_000  # people times categories with figures of their own; others are judged as the crowd

Choose = Callable[[Answer], list[Any] | None]  # an answer → the categories it names; None: it is no such answer


def choice_fitter(chosen: Choose) -> Fit:
    """Return the `fit` of a type whose answers choose categories."""

    def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
        if not pairs:
            return {}
        ids = {name: number for number, name in enumerate(schema.categories)}
        truths = {of: said for of, true in (known or {}).items() if (said := _truth(chosen(true), ids)) is not None}
        objects = _objects(pairs, truths, len(ids))
        workers = _known_best(pairs, max(MOST_OWN // max(len(ids), 1), 1))
        looks, choices = _rows([votes for _, votes in objects], workers, ids, chosen)
        sizes = {"n_objects": len(objects), "n_workers": len(workers), "n_categories": len(ids)}
        return write_choices(workers, fit_choices(looks, choices, **sizes, known=_held(objects, truths, len(ids))))

    return fit


def _known_best(pairs: Sequence[tuple[int, Vote]], most: int) -> list[str]:
    """Return the names of those who get figures of their own: all, or who answered most; of equals at the end none."""
    counts = Counter(vote.worker for _, vote in pairs)
    left_out = sorted(counts.values(), reverse=True)[most:]
    return sorted(name for name, count in counts.items() if count > max(left_out, default=0))


def _held(objects: Sequence[tuple[int, Any]], truths: Mapping[int, list[int]], n_categories: int) -> Truth:
    places = [place for place, (of, _) in enumerate(objects) if of in truths]
    there = np.zeros((len(places), n_categories), dtype=np.int64)
    for row, place in enumerate(places):
        there[row, truths[objects[place][0]]] = 1
    return Truth(np.array(places, dtype=np.int64), there)


def _truth(said: Sequence[Any] | None, ids: Mapping[str, int]) -> list[int] | None:
    """Return the categories of a truth; None where it is none, or names what the job does not."""
    if not said or not all(isinstance(name, str) and name in ids for name in said):
        return None
    return [ids[name] for name in said]


def _objects(
    pairs: Sequence[tuple[int, Vote]], truths: Mapping[int, list[int]], n_categories: int
) -> list[tuple[int, list[Vote]]]:
    """Return (number, votes) of what skills are learnt from: known objects, and those of several people, spread."""
    grouped: dict[int, list[Vote]] = {}
    for number, vote in pairs:
        grouped.setdefault(number, []).append(vote)
    ordered = sorted(grouped.items())
    several = [(of, votes) for of, votes in ordered if of not in truths and len(votes) > 1]
    step = max(sum(len(votes) for _, votes in several) * n_categories / MOST_CELLS, 1.0)
    spread = [several[int(place * step)] for place in range(int(len(several) / step))]
    return [*spread, *((of, votes) for of, votes in ordered if of in truths)]


def _rows(
    objects: Sequence[Sequence[Vote]], workers: Sequence[str], ids: Mapping[str, int], chosen: Choose
) -> tuple[IntArray, IntArray]:
    """Return who looked (L, 2), object and worker, and what they chose (C, 3), with the category."""
    numbers, others = {name: number for number, name in enumerate(workers)}, len(workers)
    looks = [(place, numbers.get(vote.worker, others)) for place, votes in enumerate(objects) for vote in votes]
    rows = [
        (place, numbers.get(vote.worker, others), ids[name])
        for place, votes in enumerate(objects)
        for vote in votes
        for name in chosen(vote.answer) or []
    ]
    return np.array(looks, dtype=np.int64).reshape(-1, 2), np.array(rows, dtype=np.int64).reshape(-1, 3)


def write_choices(workers: Sequence[str], learnt: Choices) -> dict[str, Any]:
    """Return what was learnt as plain JSON, small whatever the job's size."""
    finds, falls = learnt.chances()
    there = learnt.there
    return {
        "workers": list(workers),
        "finds": _plain(finds @ there / there.sum()),
        "falls": _plain(falls @ (1 - there) / (1 - there).sum()),
        "by_category": {
            "there": _plain(there),
            "finds": _plain(learnt.finds),
            "falls": _plain(learnt.falls),
            "shifts": _plain(learnt.workers, 3),
            "cells": _telling(learnt.cells),
        },
    }


def _plain(numbers: FloatArray, digits: int = 6) -> list[Any]:
    return np.round(numbers, digits).tolist()


def _telling(cells: FloatArray) -> list[list[float]]:
    """Return [worker, category, *shifts] of the shifts (W, K, 2) that tell most; where not all equal ones fit, none."""
    size = np.round(np.abs(cells).max(axis=2), 3)
    left_out = np.sort(size, axis=None)[:-MOST_TOLD]
    at = np.argwhere((size >= TELLS) & (size > left_out.max(initial=0.0)))
    shifts = _plain(cells[at[:, 0], at[:, 1]], 3)
    return [[*place, *shift] for place, shift in zip(at.tolist(), shifts, strict=True)]


def read_weights(written: Mapping[str, Any], n_categories: int) -> Weights:
    """Return what answers count by skills as `fit` wrote them; without any, everybody is an ordinary worker."""
    if "by_category" not in written:
        return _one_figure_each(written, n_categories)
    told = written["by_category"]
    there, finds, falls = (np.array(told[name], dtype=np.float64) for name in ("there", "finds", "falls"))
    cells, rows = np.zeros((len(written["workers"]), n_categories, 2)), np.array(told["cells"]).reshape(-1, 4)
    cells[rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)] = rows[:, 2:]
    learnt = Choices(there, finds, falls, np.array(told["shifts"]).reshape(-1, 2), cells)
    return Weights(logit(there), *weigh_answers(*learnt.chances()))


def _one_figure_each(written: Mapping[str, Any], n_categories: int) -> Weights:
    known = Presence()
    if written:
        finds, falls = (np.array(written[name], dtype=np.float64) for name in ("finds", "falls"))
        known = Presence(finds, falls, written["there"], written["misleading"])
    yes, no = weigh_answers(known.finds, known.falls)
    wide = (len(yes), n_categories)
    prior = np.full(n_categories, np.log(known.there / known.misleading))
    return Weights(prior, np.broadcast_to(yes[:, None], wide), np.broadcast_to(no[:, None], wide))


class ChoiceJudge:
    """Skills read once for many objects."""

    def __init__(self, written: Mapping[str, Any], schema: Schema) -> None:
        self._numbers = {name: number for number, name in enumerate(written.get("workers", []))}
        self._weights = read_weights(written, len(schema.categories))

    def believe(self, votes: Sequence[Vote], named: Sequence[tuple[int, Collection[int]]]) -> list[float]:
        """Return the confidence that each category is there; named: its number and the places of the votes with it."""
        said = np.zeros((len(votes), len(named)), dtype=np.int64)
        for column, (_, places) in enumerate(named):
            said[list(places), column] = 1
        categories = np.array([number for number, _ in named], dtype=np.int64)
        return self._weights.believe(number_workers(votes, self._numbers), said, categories).tolist()
