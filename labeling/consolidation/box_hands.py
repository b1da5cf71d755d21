"""Boxes of several people: who draws how exactly, and one box of many weighed by it.

Model: worker w draws edge e of a box whose true one is t, with sides s, at t + s * (shift[w, e] + spread[w] * noise),
where the noise is Student's with FREEDOM degrees, so that a hand that slipped moves little; EM as for any Student mean
(Lange et al. 1989, doi:10.1080/01621459.1989.10478852, section 4). A shift is against the others only: what all people
draw too wide nobody can see. Then every worker's boxes are matched anew to the refined ones, one to one with the
largest overlap in sum (optimal assignment), and what two clusters say of the same thing becomes one.

| name | what |
|---|---|
| `boxes` | (M, 4) float: left, top, right, bottom in pixels |
| `objects`, `workers` | (M,) int: whose box it is |
| `things` | (M,) int: the thing it is taken to show, numbered from 0 over all objects |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from labeling.consolidation.boxes import median_points, overlaps, share_area
from labeling.consolidation.shapes import Drawn, Geometry, cluster_shapes
from labeling.consolidation.votes import FloatArray, IntArray

FREEDOM = 6.0  # 3 and 10 lost .006 F1 at an IoU of .5, and 1 and 100 .015 at .75
USUAL_SPREAD = 0.1  # of an edge, in sides of the box, before anything is learnt
SPREAD_WEIGHT, SHIFT_WEIGHT = 10.0, 10.0  # boxes that the crowd's spread, and no shift, weigh in a worker's
SAME = 0.3  # IoU from which a worker's box may show a thing, and two things may be one
STARTING = Geometry(share_area, median_points, least=0.4)
STEPS, REGROUPINGS = 10, 3
BLOCK = 1_000_000  # pairs of boxes compared at once
FEW = 50  # pairs that one table assigns


@dataclass(frozen=True, eq=False)
class Hands:
    """How workers draw. spread: (W + 1,), shift: (W + 1, 4), in sides of a box; the crowd's last, without shift."""

    spread: FloatArray
    shift: FloatArray

    def of(self, workers: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return spread (M, 1) and shift (M, 4) of each worker; who is out of range draws as the crowd."""
        known = self._known(workers)
        return self.spread[known][:, None], self.shift[known]

    def pick(self, workers: IntArray) -> Hands:
        """Return the hands of these workers (n,) alone, numbered anew in this order."""
        known = self._known(np.append(workers, -1))
        return Hands(self.spread[known], self.shift[known])

    def _known(self, workers: IntArray) -> IntArray:
        last = len(self.spread) - 1
        return np.where((workers >= 0) & (workers < last), workers, last)


def usual_hands(n_workers: int = 0) -> Hands:
    """Return what is held of people before any box."""
    return Hands(np.full(n_workers + 1, USUAL_SPREAD), np.zeros((n_workers + 1, 4)))


def drawable(boxes: FloatArray) -> np.ndarray:
    """Which boxes (M,) have an area and finite places; the others say nothing."""
    with np.errstate(invalid="ignore"):
        return np.isfinite(boxes).all(axis=1) & (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])


def start_things(boxes: FloatArray, objects: IntArray, workers: IntArray) -> IntArray:
    """Number the clusters of boxes of the same thing: things (M,)."""
    things = np.zeros(len(boxes), dtype=np.int64)
    count = 0
    for rows in _by_object(objects):
        corners = [box.reshape(2, 2) for box in boxes[rows]]
        drawn = Drawn(corners, np.zeros(len(rows), dtype=np.int64), workers[rows], 1.0)
        for members in cluster_shapes(drawn, STARTING):
            things[rows[members]] = count
            count += 1
    return things


def _by_object(objects: IntArray) -> Iterator[IntArray]:
    """Yield the rows of each object that has any."""
    order = np.argsort(objects, kind="stable")
    cuts = np.flatnonzero(np.diff(objects[order])) + 1
    yield from (rows for rows in np.split(order, cuts) if len(rows))


def _means(things: IntArray, values: FloatArray, weights: FloatArray) -> FloatArray:
    """Weighted means (T, 4) of values (M, 4) by thing."""
    count = int(things.max(initial=-1)) + 1
    total = [np.bincount(things, weights=column, minlength=count) for column in (values * weights).T]
    whole = [np.bincount(things, weights=column, minlength=count) for column in weights.T]
    return np.stack(total, axis=1) / np.stack(whole, axis=1)


def _sides(middles: FloatArray) -> FloatArray:
    sides = np.maximum(middles[:, 2:] - middles[:, :2], 1.0)
    return np.hstack([sides, sides])


def _medians(boxes: FloatArray, things: IntArray) -> FloatArray:
    order = np.argsort(things, kind="stable")
    parts = np.split(boxes[order], np.flatnonzero(np.diff(things[order])) + 1)
    return np.stack([np.median(part, axis=0) for part in parts]) if len(boxes) else np.zeros((0, 4))


def refine_boxes(boxes: FloatArray, things: IntArray, workers: IntArray, hands: Hands) -> FloatArray:
    """Return one box (T, 4) of each thing, its makers weighed by their hands."""
    middles = _medians(boxes, things)
    spread, shift = hands.of(workers)
    for _ in range(STEPS):
        sides = _sides(middles)[things]
        off = (boxes - middles[things]) / sides - shift
        weights = _trust(off, spread) / spread**2
        middles = _means(things, boxes - shift * sides, weights)
    return middles


def _trust(off: FloatArray, spread: FloatArray) -> FloatArray:
    return np.asarray((FREEDOM + 1) / (FREEDOM + (off / spread) ** 2))


def fit_hands(boxes: FloatArray, things: IntArray, workers: IntArray, *, n_workers: int) -> tuple[Hands, FloatArray]:
    """Learn how workers draw from boxes of things; return it and the refined boxes (T, 4)."""
    middles, hands = _medians(boxes, things), usual_hands(n_workers)
    if not len(boxes):
        return hands, middles
    members = np.bincount(things)[things]
    several = members > 1
    judged = workers[several]
    answered = np.bincount(judged, minlength=n_workers)
    # A mean of few lies nearer to each of them than the truth does.
    share = members[several] / (members[several] - 1)
    for _ in range(STEPS):
        spread, shift = hands.of(workers)
        sides = _sides(middles)[things]
        raw = (boxes - middles[things]) / sides
        trust = _trust(raw - shift, spread)
        squares = (trust * (raw - shift) ** 2).sum(axis=1)[several] * share
        total = np.bincount(judged, weights=squares, minlength=n_workers)
        crowd = (total.sum() + SPREAD_WEIGHT * 4 * USUAL_SPREAD**2) / (4 * (answered.sum() + SPREAD_WEIGHT))
        own = np.sqrt((total + SPREAD_WEIGHT * 4 * crowd) / (4 * (answered + SPREAD_WEIGHT)))
        pulls = [np.bincount(judged, weights=column, minlength=n_workers) for column in raw[several].T]
        shifts = np.stack(pulls, axis=1) / (answered + SHIFT_WEIGHT)[:, None]
        hands = Hands(np.append(own, np.sqrt(crowd)), np.vstack([shifts, np.zeros(4)]))
        spread, shift = hands.of(workers)
        middles = _means(things, boxes - shift * sides, trust / spread**2)
    return hands, middles


def regroup(boxes: FloatArray, objects: IntArray, workers: IntArray, things: IntArray, middles: FloatArray) -> IntArray:
    """Match each worker's boxes anew to the things refined as `middles` (T, 4): things (M,), numbered from 0."""
    again = np.zeros(len(boxes), dtype=np.int64)
    count = 0
    for rows in _by_object(objects):
        kept = _distinct(things[rows], workers[rows], middles)
        found = _match(boxes[rows], workers[rows], middles[kept])
        _, numbers = np.unique(found, return_inverse=True)
        again[rows] = count + numbers
        count += int(numbers.max()) + 1
    return again


def _distinct(things: IntArray, workers: IntArray, middles: FloatArray) -> IntArray:
    """Return the things of one object that are no copy of one with more makers.

    Two that overlap are two all the same where most makers of the smaller one drew both.
    """
    numbers, sizes = np.unique(things, return_counts=True)
    order = np.lexsort((*middles[numbers].T[::-1], -sizes)).tolist()
    makers = [set(workers[rows].tolist()) for rows in _by_object(things)]
    near: list[list[int]] = [[] for _ in order]
    for one, other in near_pairs(middles[numbers], middles[numbers])[0].tolist():
        near[one].append(other)
    kept: dict[int, None] = {}  # in order
    for place in order:
        copied = (other for other in near[place] if other in kept)
        if all(2 * len(makers[place] & makers[other]) > len(makers[place]) for other in copied):
            kept[place] = None
    return np.asarray(numbers[list(kept)])


def near_pairs(boxes: FloatArray, others: FloatArray) -> tuple[IntArray, FloatArray]:
    """Return the pairs (P, 2) of boxes (n, 4) and others (m, 4) whose IoU is SAME or more, by rows, and it (P,)."""
    pairs, shared = [np.empty((0, 2), dtype=np.int64)], [np.empty(0)]
    step = max(BLOCK // max(len(others), 1), 1)
    for first in range(0, len(boxes), step):
        overlap = overlaps(boxes[first : first + step, None], others[None])[0]
        found = np.argwhere(overlap >= SAME)
        pairs.append(found + (first, 0))
        shared.append(overlap[found[:, 0], found[:, 1]])
    return np.concatenate(pairs), np.concatenate(shared)


def _match(boxes: FloatArray, workers: IntArray, middles: FloatArray) -> IntArray:
    """Return for each box of one object the number of its thing among `middles`, or a new one that is its own."""
    found = len(middles) + np.arange(len(boxes))
    for mine in _by_object(workers):
        pairs, shared = near_pairs(boxes[mine], middles)
        for group in _connected(pairs):
            row, column = _assign(pairs[group], shared[group])
            found[mine[row]] = column
    return found


def _connected(pairs: IntArray) -> Iterator[IntArray]:
    """Yield the places of the pairs that hang together by a box or a thing; of few all at once, which is quicker."""
    from scipy.sparse import coo_matrix  # loads for a while
    from scipy.sparse.csgraph import connected_components  # loads for a while

    if len(pairs) <= FEW:
        yield np.arange(len(pairs))
        return
    size = int(pairs[:, 0].max()) + 1
    at = (pairs[:, 0], size + pairs[:, 1])
    nodes = size + int(pairs[:, 1].max()) + 1
    _, parts = connected_components(coo_matrix((np.ones(len(pairs)), at), shape=(nodes, nodes)), directed=False)
    yield from _by_object(parts[pairs[:, 0]])


def _assign(pairs: IntArray, shared: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the pairs, as boxes (n,) and things (n,), one to one, that share most in sum."""
    from scipy.optimize import linear_sum_assignment  # loads for a while

    if len(pairs) < 2:
        return pairs[:, 0], pairs[:, 1]
    rows, row = np.unique(pairs[:, 0], return_inverse=True)
    columns, column = np.unique(pairs[:, 1], return_inverse=True)
    table = np.zeros((len(rows), len(columns)))
    table[row, column] = shared
    mine, theirs = linear_sum_assignment(table, maximize=True)
    good = table[mine, theirs] > 0
    return rows[mine[good]], columns[theirs[good]]
