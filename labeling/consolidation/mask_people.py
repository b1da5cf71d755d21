"""How each worker's categories go astray in masks, learnt from pixels by EM.

Model: pixel i of a picture has a true category z_i, 0 the background; worker w says j there with chance
theta[w, z_i, j]. EM over pixels is STAPLE (Warfield, Zou, Wells 2004, doi:10.1109/TMI.2004.828354), which is Dawid and
Skene's (`dawid_skene`). As it stands it lost to the weighted vote wherever people are alike or few (mean IoU .67 for
.71 over all regimes): pixels err together, along edges and over whole things, and most of a picture is background. So

- EM begins at the weighted vote (`mask_words.weigh_by_agreement`): one who is all wrong turns nobody round;
- a word counts as a vote (`mask_words.say_tables`), to which comes how far its worker's confusion differs from the
  crowd's, log theta[w, k, j] - log theta[crowd, k, j], cut at MOST_SAID. The crowd's is drawn to one coin; nothing is
  gained by how common a category is;
- a picture is one piece of evidence for a row k of theta, however many pixels it has: the usual area of category k
  counts as one, and rows are drawn to the base that `build_base` makes, as if by PICTURES pictures;
- a picture is weighed by what its workers did on others (leave one out); where its truth is known, z_i is that.

Pixels of a picture of which all workers say the same are one pattern: a round takes O(patterns * workers * K).
Mean IoU with the truth of simulated painters (tests/labeling/consolidation/drawings.py: radius off by 1.5 pixels, .05
of the discs missed, .02 of the pixels wrong; 2 jobs of 12 pictures, two categories), by the weighted vote and by this:
equal people, 2: .832 .831, 3: .845 .846; one good of two .754 .767, of three .853 .915. Beside one person, who misses a
category .767 .817, paints nothing .660 .772. Beside two people, who swaps two categories .819 .825, calls one the other
.830 .825, misses one .794 .797, paints nothing .747 .815, everything .814 .816, background for things .735 .830, too
wide .817 .815. Two of five who miss a category .843 .874, paint nothing .787 .863. Of twelve of all sorts, 2 a picture:
.608 .621, 3: .731 .769, 5: .723 .761. Of 29 regimes only one (two of three, who each call another category the other)
lost more than .005, .745 .739; their mean went from .763 to .787, that of 16 with four categories from .795 to .822.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from labeling.consolidation.dawid_skene import build_base
from labeling.consolidation.mask_files import IdArray
from labeling.consolidation.mask_words import say_tables, weigh_by_agreement
from labeling.consolidation.masks import mean_iou
from labeling.consolidation.settling import add_evidence
from labeling.consolidation.votes import FloatArray, IntArray

MOST_SAID = 0.8  # with 1.25 two equal people lost .014 where there are four categories, with .5 crowds gained less
PICTURES = 1.0  # pictures that the base weighs in a row; with 3, too little was learnt of 10 pictures
START = 2.0  # what a worker of weight 1 says where EM begins
ROUNDS = 4  # more drifted where each picture has two workers
LEAST_AREA = 1e-6  # of a picture: what is rarer is not scaled up
MOST_NUMBERS = 500_000  # answers * (K + 1)^2 over this: nothing is learnt beyond the weights


@dataclass(frozen=True, eq=False)
class Look:
    """One picture's masks of one size, the number of each one's worker, and the true mask where it is known."""

    masks: Sequence[IdArray]
    workers: Sequence[int]
    true: IdArray | None = None


@dataclass(frozen=True, eq=False)
class _Patterns:
    """What is said of pixels: said (M, 3) of pattern, answer, category; mass (N,) of patterns, 1 a picture.

    workers: (A,), that of each answer. known: (B, 2) of pattern, true category.
    """

    said: IntArray
    mass: FloatArray
    workers: IntArray
    known: IntArray

    def hold(self, probs: FloatArray) -> FloatArray:
        probs[self.known[:, 0]] = 0.0
        probs[self.known[:, 0], self.known[:, 1]] = 1.0
        return probs


def weigh_workers(looks: Sequence[Look], n_workers: int) -> list[float]:
    """Return a weight for each worker, from how far their masks overlap with the truth, or with those of others."""
    overlaps: list[list[float]] = [[] for _ in range(n_workers)]
    for look in looks:
        places = range(len(look.workers))
        if look.true is not None:
            for place in places:
                overlaps[look.workers[place]].append(mean_iou(look.masks[place], look.true))
            continue
        for one, other in combinations(places, 2):
            overlap = mean_iou(look.masks[one], look.masks[other])
            for place in (one, other):
                overlaps[look.workers[place]].append(overlap)
    return weigh_by_agreement(overlaps)


def learn_corrections(looks: Sequence[Look], weights: Sequence[float], *, n_categories: int) -> FloatArray | None:
    """Return how a worker's word shifts the log chance of each category: (W, K + 1 true, K + 1 said), 0 the background.

    looks: of pictures with two masks or more, or one and the truth, in an order that does not depend on names. weights:
    one a worker, see `weigh_workers`. From -MOST_SAID to MOST_SAID, to three decimals; 0 is how the crowd is counted.
    None where there is nothing to compare, or too much to keep.
    """
    size = n_categories + 1
    if not looks or sum(len(look.workers) for look in looks) * size**2 > MOST_NUMBERS:
        return None
    patterns, votes = _find_patterns(looks), np.stack(say_tables(weights, np.zeros((len(weights), size, size))))
    start = START * np.array(weights)[patterns.workers]
    probs = _weigh(patterns, start[:, None, None] * np.eye(size))
    for _ in range(ROUNDS):
        expected = _expect(patterns, probs, size)
        total = _by_worker(expected, patterns.workers, len(weights))
        base, crowd, _, _ = build_base(total)
        base = PICTURES * base
        rest = np.maximum(total[patterns.workers] - expected, 0.0)
        probs = _weigh(patterns, votes[patterns.workers] + _compare(rest + base[patterns.workers], crowd))
    return np.round(_compare(total + base, crowd), 3)


def _find_patterns(looks: Sequence[Look]) -> _Patterns:
    said, mass, known, count, answers = [], [], [], 0, 0
    for look in looks:
        masks = look.masks if look.true is None else [*look.masks, look.true]
        patterns, pixels = np.unique(np.stack([mask.ravel() for mask in masks], axis=1), axis=0, return_counts=True)
        numbers = np.arange(count, count + len(patterns))
        for place in range(len(look.workers)):
            said.append(np.column_stack([numbers, np.full(len(numbers), answers + place), patterns[:, place]]))
        if look.true is not None:
            known.append(np.column_stack([numbers, patterns[:, -1]]))
        mass.append(pixels / pixels.sum())
        count, answers = count + len(patterns), answers + len(look.workers)
    return _Patterns(
        np.concatenate(said).astype(np.int64),
        np.concatenate(mass),
        np.array([worker for look in looks for worker in look.workers], dtype=np.int64),
        np.concatenate([np.empty((0, 2), dtype=np.int64), *known]),
    )


def _weigh(patterns: _Patterns, tables: FloatArray) -> FloatArray:
    """Probs (N, K + 1) of the patterns; tables: (A, K + 1 true, K + 1 said), one an answer."""
    size = tables.shape[1]
    objects, answers, categories = patterns.said.T
    rows = tables.transpose(0, 2, 1).reshape(-1, size)
    return patterns.hold(add_evidence(np.zeros((len(patterns.mass), size)), objects, rows, answers * size + categories))


def _expect(patterns: _Patterns, probs: FloatArray, size: int) -> FloatArray:
    """Expected answers (A, K + 1 true, K + 1 said), a usual area of a true category counted as one."""
    objects, answers, categories = patterns.said.T
    cells, count = answers * size + categories, len(patterns.workers)
    held = probs * patterns.mass[:, None]
    rows = [np.bincount(cells, weights=held[objects, true], minlength=count * size) for true in range(size)]
    expected = np.stack(rows).reshape(size, count, size).transpose(1, 0, 2)
    usual = expected.sum(axis=(0, 2)) / count
    return np.asarray(expected / np.maximum(usual, LEAST_AREA)[:, None])


def _by_worker(expected: FloatArray, workers: IntArray, n_workers: int) -> FloatArray:
    total = np.zeros((n_workers, *expected.shape[1:]))
    np.add.at(total, workers, expected)
    return total


def _compare(counts: FloatArray, crowd: FloatArray) -> FloatArray:
    """How far the confusions (n, K + 1, K + 1) that counts make differ from the crowd's, as log chances, cut."""
    rows, usual = counts / counts.sum(axis=2, keepdims=True), crowd / crowd.sum(axis=1, keepdims=True)
    return np.asarray(np.clip(np.log(rows) - np.log(usual), -MOST_SAID, MOST_SAID))
