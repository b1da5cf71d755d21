"""One set of labelled spans of a text from several people's: clustered by overlap, then settled by votes.

A span is (start, end, category), in characters, the end exclusive. Spans of different workers are about the same thing
when they overlap enough (Jaccard: shared characters over all characters of both). The places are the most frequent
pair among a cluster's spans, or the medians where there is no such pair, as the service describes it; the category is
put to the vote of all workers who read the text, of whom those with no span in the cluster say that nothing is there.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.settling import settle
from labeling.consolidation.skills import Skills
from labeling.consolidation.votes import FloatArray, IntArray, count_votes, mix_bits, pick_labels

Span = tuple[int, int, int]  # start, end, category

SAME = 0.3  # Jaccard from which on two spans are about the same thing; .5 and .7 did a little worse
KEEP = 0.4  # confidence that there is anything from which on a cluster is kept: half the F1 that crowds reach
NOTHING = 0  # in votes: no span; category k is k + 1


@dataclass(frozen=True)
class Cluster:
    """Spans about one thing: by author, a place among the answers, the span."""

    spans: dict[int, Span]

    def place(self) -> tuple[int, int]:
        """Return start and end: the most frequent pair, else the medians, of even numbers the lower."""
        pairs = Counter(span[:2] for span in self.spans.values()).most_common(2)
        if len(pairs) == 1 or pairs[0][1] > pairs[1][1]:
            return pairs[0][0]
        starts, ends = (sorted(span[side] for span in self.spans.values()) for side in (0, 1))
        middle = (len(starts) - 1) // 2
        return starts[middle], ends[middle]

    def votes(self, n_answers: int) -> list[int]:
        """Return what each of the answers says of this cluster: NOTHING, or a category + 1."""
        return [self.spans[author][2] + 1 if author in self.spans else NOTHING for author in range(n_answers)]


def cluster_spans(answers: Sequence[Sequence[Span]]) -> list[Cluster]:
    """Return the clusters of several answers' spans; each holds at most one span of an answer.

    A cluster grows round the span that most answers have in common, taking from each other answer the free span that
    overlaps most, of equal ones that of the same category. The order of the answers changes nothing but the authors.
    """
    rows = sorted({(*span, author) for author, spans in enumerate(answers) for span in spans})
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    free = np.ones(len(table), dtype=bool)
    kinds, first, counts = np.unique(table[:, :3], axis=0, return_index=True, return_counts=True)
    clusters = []
    for kind in np.lexsort((np.arange(len(kinds)), -counts)):
        if free[first[kind] : first[kind] + counts[kind]].any():
            members = _gather(table, free, kinds[kind])
            free[members] = False
            clusters.append(Cluster({rows[row][3]: rows[row][:3] for row in members.tolist()}))
    return clusters


def _gather(table: IntArray, free: NDArray[np.bool_], centre: IntArray) -> IntArray:
    """Return the rows of the free spans closest to a centre, one an author."""
    start, end, category = centre.tolist()
    low, high = np.searchsorted(table[:, 0], (start - (end - start), end))
    near = np.arange(low, high)[free[low:high]]
    starts, ends, categories, authors = table[near].T
    shared = np.minimum(ends, end) - np.maximum(starts, start)
    overlap = shared / (np.maximum(ends, end) - np.minimum(starts, start))
    order = np.lexsort((categories != category, -overlap))
    order = order[overlap[order] >= SAME]
    return near[order[np.unique(authors[order], return_index=True)[1]]]


def judge_nobody(n_categories: int) -> Skills:
    """Return skills by which all workers are alike, for answers that nothing was learnt from yet."""
    n_said = n_categories + 1
    keys = mix_bits(np.arange(n_said, dtype=np.uint64))
    return Skills("vote", 0.0, np.full(n_said, 1 / n_said), np.zeros(0), 0.5, keys)


def believe_clusters(
    votes: IntArray, skills: Skills, *, n_clusters: int, numbers: IntArray
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Return for each cluster its category, the confidence in it, and the confidence that there is anything: (N,) each.

    votes: (M, 3) of cluster, worker, NOTHING or category + 1. numbers: (N,), by which ties of categories are drawn.
    Where the skills judge nobody ("vote"), there is something as often as workers say so, one more half on each side,
    and its category is that which most of them name.
    """
    _, _, probs = settle(votes, skills, n_objects=n_clusters)
    if skills.model == "vote":
        probs = _share(count_votes(votes, n_clusters, skills.n_categories))
    named = probs[:, 1:]
    categories = pick_labels(named, skills.category_keys[1:], object_numbers=numbers)
    return categories, named[np.arange(n_clusters), categories], named.sum(axis=1)


def _share(counts: FloatArray) -> FloatArray:
    """Return probs (N, K + 1) from counts; a cluster has one vote for a category or more."""
    named = counts[:, 1:].sum(axis=1, keepdims=True)
    there = (named + 0.5) / (counts.sum(axis=1, keepdims=True) + 1)
    return np.hstack([1 - there, there * counts[:, 1:] / named])


def drop_overlaps(places: Sequence[tuple[int, int]], confidence: Sequence[float]) -> list[int]:
    """Return which spans (by number, ascending) stay if none may overlap: the surest first, of equal ones the first."""
    kept: list[tuple[int, int, int]] = []  # start, end, number; by start, so that only neighbours can overlap
    for number in sorted(range(len(places)), key=lambda number: (-confidence[number], places[number])):
        start, end = places[number]
        at = bisect_left(kept, (start,))
        is_free = (at == 0 or kept[at - 1][1] <= start) and (at == len(kept) or kept[at][0] >= end)
        if is_free:
            kept.insert(at, (start, end, number))
    return sorted(number for _, _, number in kept)


def span_f1(a: Sequence[Span], b: Sequence[Span]) -> float:
    """Return the F1 of one set of spans measured by another: same places, same category. 1.0 if both are empty."""
    one, other = set(a), set(b)
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 1.0
