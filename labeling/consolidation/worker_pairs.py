"""How far two workers agree on the objects that both answered, for all pairs that share enough of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from labeling.consolidation.reliability import Estimate, cohen_kappa, kappa_alone, mean_agreement
from labeling.consolidation.votes import FloatArray, IntArray

ENOUGH = 20  # objects in common: with fewer an interval tells nothing
MOST = 50  # pairs that are kept, those that agree least


@dataclass(frozen=True)
class WorkerPair:
    """Two workers by number, the lower first."""

    first: int
    second: int
    agreement: Estimate


@dataclass(frozen=True)
class WorkerPairs:
    """The pairs that agree least first, how many share enough objects, and how many share some but not enough."""

    worst: tuple[WorkerPair, ...]
    enough: int
    few: int


def common_answers(objects: IntArray, workers: IntArray) -> tuple[IntArray, IntArray]:
    """Return the rows of two answers to one object, (P,) each, the lower worker's first.

    objects, workers: (M,) of each answer. A worker who answered an object twice is not compared with themselves.
    """
    order = np.lexsort((workers, objects))
    sorted_objects, sorted_workers = objects[order], workers[order]
    first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    most = int(np.unique(objects, return_counts=True)[1].max()) if len(objects) else 0
    for distance in range(1, most):
        same_object = sorted_objects[distance:] == sorted_objects[:-distance]
        same = np.flatnonzero(same_object & (sorted_workers[distance:] != sorted_workers[:-distance]))
        first.append(order[same])
        second.append(order[same + distance])
    return np.concatenate(first), np.concatenate(second)


def kappa_by_pair(objects: IntArray, workers: IntArray, categories: IntArray, n_categories: int) -> WorkerPairs:
    """Return Cohen's kappa of the pairs of workers, of (M,) answers of one category each."""
    first, second = common_answers(objects, workers)
    mine, theirs = categories[first], categories[second]
    return _by_pair(
        workers[first],
        workers[second],
        lambda rows: kappa_alone(mine[rows], theirs[rows], n_categories),
        lambda rows: cohen_kappa(mine[rows], theirs[rows], n_categories),
    )


def mean_by_pair(first: IntArray, second: IntArray, values: FloatArray) -> WorkerPairs:
    """Return the mean agreement of the pairs. first, second, values: (P,) two workers and 0 to 1, of an object each."""
    lower, higher = np.minimum(first, second), np.maximum(first, second)
    return _by_pair(lower, higher, lambda rows: float(values[rows].mean()), lambda rows: mean_agreement(values[rows]))


def _by_pair(
    first: IntArray,
    second: IntArray,
    value: Callable[[IntArray], float],
    estimate: Callable[[IntArray], Estimate | None],
) -> WorkerPairs:
    width = int(second.max(initial=0)) + 1
    order = np.argsort(first * width + second, kind="stable")
    codes, starts, counts = np.unique((first * width + second)[order], return_index=True, return_counts=True)
    enough = np.flatnonzero(counts >= ENOUGH)
    rows = [order[starts[place] : starts[place] + counts[place]] for place in enough]
    found = sorted(
        (round(value(mine), 9), int(codes[place]), n) for n, (mine, place) in enumerate(zip(rows, enough, strict=True))
    )
    worst = [
        WorkerPair(code // width, code % width, made) for _, code, n in found[:MOST] if (made := estimate(rows[n]))
    ]
    return WorkerPairs(tuple(worst), len(enough), len(codes) - len(enough))
