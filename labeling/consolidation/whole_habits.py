"""Habits of answering where answers are compared as wholes: drawings, marked words, several categories, texts.

Nothing is said of what an answer holds, only of which are the same. Haste is found as for categories, and so are copied
answers against the rest, where the others agree on one. Two people's drawings are hardly ever the same to the last
detail, however right they are: where they often are, that is told, unless most people's are in this job. What the tool
began with, and what is an answer to several objects, as an empty one is, tells nothing there. All as careful as
`habits`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from labeling.consolidation.habits import (
    LEAST,
    LEVEL,
    MORE,
    MOST_EACH,
    SAME,
    SHARED,
    Answers,
    Habit,
    find_copied,
    find_hasty,
)
from labeling.consolidation.votes import FloatArray, IntArray, count_votes

RARE = 0.02  # of the answers of two people who both met an object: so few of most pairs' are the same by chance
LEAST_PAIRS = 3  # that met often: fewer tell nothing of what is usual
SHOWN = 6  # objects of a habit


@dataclass(frozen=True)
class Wholes:
    """A job's answers in the order in which they came, (M,) each.

    objects, workers: numbered from 0. answers: equal numbers are the same answer, to whatever object. seconds: of work
    on each, 0 where not known. begun: whether the answer is what the tool began with.
    """

    objects: IntArray
    workers: IntArray
    answers: IntArray
    seconds: FloatArray
    begun: NDArray[np.bool_]
    n_objects: int
    n_workers: int


def find_whole_habits(given: Wholes) -> list[Habit]:
    """Return what is noticed, by worker and kind. The names of workers and the numbers of objects change nothing."""
    if not len(given.objects):
        return []
    votes = np.column_stack([given.objects, given.workers, _number_by_object(given)])
    kinds = int(votes[:, 2].max()) + 1
    answers = Answers(votes, given.seconds, given.n_objects, given.n_workers, kinds)
    copied = find_copied(answers, count_votes(votes, given.n_objects, kinds))
    return _in_order([*find_hasty(answers), *_one_answer(given), *copied])


def find_drawn_habits(given: Wholes) -> list[Habit]:
    """Return the same of drawings, with those that two people share to the last detail."""
    identical = _identical(given)
    told = {(habit.worker, habit.values["other"]) for habit in identical}
    others = find_whole_habits(given)
    rest = [one for one in others if one.what != "copied" or (one.worker, one.values["other"]) not in told]
    return _in_order([*rest, *identical])


def _in_order(habits: list[Habit]) -> list[Habit]:
    return sorted(habits, key=lambda habit: (habit.worker, habit.what, habit.values.get("other", -1)))


def _number_by_object(given: Wholes) -> IntArray:
    """Number each object's different answers from 0."""
    pairs, which = np.unique(np.column_stack([given.objects, given.answers]), axis=0, return_inverse=True)
    starts = np.searchsorted(pairs[:, 0], np.arange(given.n_objects))
    return np.asarray(which.ravel() - starts[given.objects])


def _one_answer(given: Wholes) -> list[Habit]:
    """One and the same answer nearly always, and oftener than others give it on the same objects."""
    found = []
    totals = np.bincount(given.objects, minlength=given.n_objects)
    for worker in np.flatnonzero(np.bincount(given.workers, minlength=given.n_workers) >= LEAST).tolist():
        rows = np.flatnonzero(given.workers == worker)
        kinds, counts = np.unique(given.answers[rows], return_counts=True)
        if counts.max() < SAME * len(rows):
            continue
        is_top = given.answers == kinds[counts.argmax()]
        objects = given.objects[rows]
        same = np.bincount(given.objects, weights=is_top, minlength=given.n_objects)[objects] - is_top[rows]
        others = (same + is_top.mean()) / totals[objects]  # what all say counts as one other's answer
        share, expected = float(is_top[rows].mean()), float(others.mean())
        chance = float(binom.sf(int(is_top[rows].sum()) - 1, len(rows), min(expected, 1.0)))
        if share - expected >= MORE and chance < LEVEL / given.n_workers:
            values = {"share": round(100 * share), "expected": round(100 * expected)}
            seen = objects[is_top[rows] & (others < 0.5)]
            found.append(Habit(worker, "one answer", values, tuple(seen[:SHOWN].tolist()), chance))
    return found


def _identical(given: Wholes) -> list[Habit]:
    """Answers that two workers share to the last detail, where hardly any two do."""
    first, second = _pairs(given, _tells(given))
    pairs = given.workers[first] * given.n_workers + given.workers[second]
    known, place = np.unique(pairs, return_inverse=True)
    same = given.answers[first] == given.answers[second]
    met, shared = np.bincount(place), np.bincount(place, weights=same)
    often = met >= SHARED
    if often.sum() < LEAST_PAIRS or np.median(shared[often] / met[often]) > RARE:
        return []
    chance = binom.sf(shared - 1, met, RARE)
    found = []
    for number in np.flatnonzero((shared >= SHARED) & (chance < LEVEL / len(known))).tolist():
        objects = tuple(given.objects[first[(place == number) & same]][:SHOWN].tolist())
        one, other = divmod(int(known[number]), given.n_workers)
        for worker, beside in ((one, other), (other, one)):
            values = {"shared": int(shared[number]), "met": int(met[number]), "other": beside}
            found.append(Habit(worker, "identical", values, objects, float(chance[number])))
    return found


def _tells(given: Wholes) -> NDArray[np.bool_]:
    """Tell of each answer whether it is somebody's own work on this object: not begun with, and no other object's."""
    objects_of = np.unique(np.column_stack([given.answers, given.objects]), axis=0)[:, 0]
    return np.asarray(~given.begun & (np.bincount(objects_of)[given.answers] == 1))


def _pairs(given: Wholes, tells: NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    """Return pairs of rows, such answers of two workers to one object, the lower worker's first."""
    rows = np.flatnonzero(tells)
    rows = rows[np.lexsort((given.workers[rows], given.objects[rows]))]
    sizes = np.bincount(given.objects[rows], minlength=given.n_objects)
    starts = np.cumsum(sizes) - sizes
    firsts, seconds = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for size in np.unique(sizes[(sizes > 1) & (sizes <= MOST_EACH)]).tolist():
        mine = rows[starts[sizes == size][:, None] + np.arange(size)]
        for one, other in combinations(range(size), 2):
            firsts.append(mine[:, one])
            seconds.append(mine[:, other])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    apart = given.workers[first] != given.workers[second]
    return first[apart], second[apart]
