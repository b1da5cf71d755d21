"""Shapes that several people drew on one picture: which are of the same thing, and how far two people agree.

A shape is an array (k, 2) of points in pixels: of a box the near and the far corner, of a keypoint one point. What
differs from kind to kind is a `Geometry`; see `boxes`, `polygons`, `polylines` and `keypoints`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labeling.consolidation.votes import FloatArray, IntArray

# A shape is compared with as many of another person's, those whose bounds lie nearest: who drew more than that near
# it drew smaller things. Fewer where people drew thousands, so that no picture holds up the others for long.
PARTNERS = 8
MOST_COMPARED = 200_000  # shapes times authors times partners


@dataclass(frozen=True, eq=False)
class Drawn:
    """The shapes on one picture, from everybody.

    points: n arrays (k, 2); categories, authors: (n,), numbered from 0; diagonal: of the picture, in pixels.
    """

    points: Sequence[FloatArray]
    categories: IntArray
    authors: IntArray
    diagonal: float

    def bounds(self) -> FloatArray:
        """Left, top, right and bottom of each shape: (n, 4)."""
        ends = [(*shape.min(axis=0), *shape.max(axis=0)) for shape in self.points]
        return np.array(ends, dtype=np.float64).reshape(-1, 4)


@dataclass(frozen=True)
class Geometry:
    """How shapes of one kind compare.

    closeness: (drawn, pairs (P, 2)) → (P,), 0 (nothing in common) to 1 (the same), the same both ways round.
    middle: the shape that stands for those of a cluster, given as their points, and the picture's diagonal.
    least: closeness from which two shapes may be of the same thing.
    margin: share of the diagonal by which the bounds of two shapes with closeness above 0 may miss each other.
    """

    closeness: Callable[[Drawn, IntArray], FloatArray]
    middle: Callable[[Sequence[FloatArray], float], FloatArray]
    least: float
    margin: float = 0.0


def pair_shapes(drawn: Drawn, margin: float = 0.0) -> IntArray:
    """Return the pairs (P, 2) of shapes worth comparing: one category, two authors, bounds that (nearly) touch."""
    bounds = drawn.bounds()
    crowd = len(bounds) * len(np.unique(drawn.authors))
    partners = min(max(MOST_COMPARED // max(crowd, 1), 1), PARTNERS)
    found = [np.empty((0, 2), dtype=np.int64)]
    for category in np.unique(drawn.categories):
        here = np.flatnonzero(drawn.categories == category)
        by_author = [here[drawn.authors[here] == author] for author in np.unique(drawn.authors[here])]
        found += [_partner(bounds, mine, theirs, partners) for mine, theirs in combinations(by_author, 2)]
    pairs = np.sort(np.concatenate(found), axis=1)
    pairs = pairs[np.lexsort(pairs.T[::-1])]  # in the order of shapes, whatever their authors are numbered
    one, other = bounds[pairs[:, 0]], bounds[pairs[:, 1]]
    gaps = np.maximum(one[:, :2], other[:, :2]) - np.minimum(one[:, 2:], other[:, 2:])
    return np.asarray(pairs[(gaps <= margin * drawn.diagonal).all(axis=1)])


def _partner(bounds: FloatArray, mine: IntArray, theirs: IntArray, partners: int) -> IntArray:
    if max(len(mine), len(theirs)) <= partners:
        return np.column_stack([np.repeat(mine, len(theirs)), np.tile(theirs, len(mine))])
    there = _nearest(bounds, mine, theirs, partners)
    back = _nearest(bounds, theirs, mine, partners)
    return np.unique(np.concatenate([there, back[:, ::-1]]), axis=0)


def _nearest(bounds: FloatArray, mine: IntArray, theirs: IntArray, partners: int) -> IntArray:
    from scipy.spatial import cKDTree  # loads for a while, and most pictures hold few shapes

    wanted = np.arange(1, min(partners, len(theirs)) + 1)
    _, places = cKDTree(bounds[theirs]).query(bounds[mine], k=wanted, p=np.inf)
    return np.column_stack([np.repeat(mine, len(wanted)), theirs[places.ravel()]])


def cluster_shapes(drawn: Drawn, geometry: Geometry) -> list[IntArray]:
    """Return clusters of shapes of the same thing: the places of its members each, at most one an author.

    Closest pairs first (agglomerative, single linkage); a pair whose clusters share an author stays apart. Ties fall
    by the places of shapes, so the caller orders shapes by something that lasts.
    """
    pairs = pair_shapes(drawn, geometry.margin)
    closeness = geometry.closeness(drawn, pairs)
    near = closeness >= geometry.least
    clusters = [[place] for place in range(len(drawn.points))]
    authors = [{author} for author in drawn.authors.tolist()]
    home = list(range(len(drawn.points)))
    for one, other in pairs[near][np.argsort(-closeness[near], kind="stable")].tolist():
        into, gone = home[one], home[other]
        if authors[into].isdisjoint(authors[gone]):  # a cluster shares all authors with itself
            for place in clusters[gone]:
                home[place] = into
            clusters[into] += clusters[gone]
            authors[into] |= authors[gone]
            clusters[gone] = []
    return [np.array(members) for members in sorted(sorted(members) for members in clusters) if members]


def share_agreement(drawn: Drawn, geometry: Geometry) -> float:
    """Return how far two people, authors 0 and 1, drew the same: 0 to 1, and 1 where neither drew anything.

    Twice the closeness of shapes matched one to one, as large as can be, over the number of shapes: the F1 of one
    against the other where every match is perfect.
    """
    if not drawn.points:
        return 1.0
    return _share(*_compare(drawn, geometry), len(drawn.points))


def shares_by_category(drawn: Drawn, geometry: Geometry) -> dict[int, float]:
    """Return the same by each category of which either drew something."""
    if not drawn.points:
        return {}
    pairs, closeness = _compare(drawn, geometry)
    of = drawn.categories[pairs[:, 0]]  # the other's, too
    counts = zip(*np.unique(drawn.categories, return_counts=True), strict=True)
    return {int(one): _share(pairs[of == one], closeness[of == one], int(count)) for one, count in counts}


def _compare(drawn: Drawn, geometry: Geometry) -> tuple[IntArray, FloatArray]:
    """Return pairs (P, 2) of a shape of author 0 and one of author 1, and how close these are (P,)."""
    pairs = pair_shapes(drawn, geometry.margin)
    first = np.argsort(drawn.authors[pairs], axis=1)
    return np.take_along_axis(pairs, first, axis=1), geometry.closeness(drawn, pairs)


def _share(pairs: IntArray, closeness: FloatArray, count: int) -> float:
    return min(round(2 * match_best(pairs, closeness) / count, 6), 1.0)


def match_best(pairs: IntArray, closeness: FloatArray) -> float:
    """Return the largest sum of closeness over pairs (P, 2) of my shape and yours, of which no two share a shape."""
    pairs, closeness = pairs[closeness > 0], closeness[closeness > 0]
    if all(len(set(side)) == len(pairs) for side in pairs.T.tolist()):  # no two share a shape, as on most pictures
        return math.fsum(closeness.tolist())
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching  # loads for a while

    rows, row = np.unique(pairs[:, 0], return_inverse=True)
    columns, column = np.unique(pairs[:, 1], return_inverse=True)
    # Each row may also stay alone, in a column of its own at the worst cost. No cost is 0: sparse zeros are no edges.
    alone = np.arange(len(rows))
    costs = np.concatenate([2 - closeness, np.full(len(rows), 2.0)])
    at = np.concatenate([row, alone]), np.concatenate([column, len(columns) + alone])
    table = csr_matrix((costs, at), shape=(len(rows), len(columns) + len(rows)))
    chosen = min_weight_full_bipartite_matching(table)
    return math.fsum((2 - np.asarray(table[chosen]).ravel()).tolist())


def pick_medoid(shapes: Sequence[FloatArray], geometry: Geometry, diagonal: float) -> FloatArray:
    """Return the shape that is closest to all the others together; of equals the first."""
    if len(shapes) < 3:
        return shapes[0]
    drawn = Drawn(shapes, np.zeros(len(shapes), dtype=np.int64), np.arange(len(shapes)), diagonal)
    pairs = np.array(list(combinations(range(len(shapes)), 2)))
    closeness = geometry.closeness(drawn, pairs)
    total = np.bincount(pairs.ravel(), weights=np.repeat(closeness, 2), minlength=len(shapes))
    return shapes[int(np.argmax(np.round(total, 9)))]
