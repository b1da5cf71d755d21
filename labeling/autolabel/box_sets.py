"""Boxes of a picture as arrays: overlap, the quality of a set of them, and one box from many that mean the same.

A box is (left, top, right, bottom) in shares of the picture, 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labeling.consolidation.boxes import overlaps

SAME = 0.4  # overlap from which two boxes mean one thing
INSIDE = 0.7  # of the smaller one's area within the other, likewise: a part of a thing is no other thing
MOST = 50  # boxes of a picture


def set_quality(said: Sequence[Sequence[float]], true: Sequence[Sequence[float]]) -> float:
    """Return the mean overlap (IoU) of boxes (category, left, top, right, bottom, …): 0 to 1.

    For each category that either has, the mean over boxes said and boxes missed, each said box with the overlap of
    its partner (one to one, closest first) and a missed one with 0; then the mean over the categories. 1 without any.
    """
    mine, theirs = (np.array([box[:5] for box in boxes], dtype=float).reshape(-1, 5) for boxes in (said, true))
    found = []
    for category in np.union1d(mine[:, 0], theirs[:, 0]).tolist():
        one, other = (boxes[boxes[:, 0] == category, 1:] for boxes in (mine, theirs))
        shared = _matched(overlaps(one[:, None], other[None])[0])
        found.append(sum(shared) / (len(one) + len(other) - len(shared)))
    return float(np.mean(found)) if found else 1.0


def _matched(shared: np.ndarray) -> list[float]:
    """Return the overlaps of the pairs, closest first, each box in one pair at most."""
    left, found = shared.copy(), []
    while left.size and left.max() > 0:
        one, other = np.unravel_index(left.argmax(), left.shape)
        found.append(float(left[one, other]))
        left[one], left[:, other] = 0, 0
    return found


def fuse(boxes: np.ndarray, categories: np.ndarray, scores: np.ndarray) -> list[tuple[int, np.ndarray, float, float]]:
    """Return (category, box, score, accord) of each thing, the surest first, from many boxes [c, 4] that mean them.

    Non-maximum suppression, where the boxes that mean the same thing as the surest have a say by their scores
    (Solovyev et al., "Weighted boxes fusion", 2021); accord is their mean overlap with what comes out.
    """
    found: list[tuple[int, np.ndarray, float, float]] = []
    left = np.argsort(-scores, kind="stable")
    while len(left) and len(found) < MOST:
        best = left[0]
        shared, within = overlaps(boxes[best], boxes[left])
        own = categories[left] == categories[best]
        alike = left[own & (shared >= SAME)]
        box = np.average(boxes[alike], axis=0, weights=scores[alike])
        accord = float(overlaps(box, boxes[alike])[0].mean())
        found.append((int(categories[best]), box, float(scores[best]), accord))
        rest = ~(own & ((shared >= SAME) | (within >= INSIDE)))
        rest[0] = False
        left = left[rest]
    return found
