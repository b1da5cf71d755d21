"""One mask from several people's: what each says of a pixel, to which the neighbours' evidence is added.

`ids` are masks as `mask_files` reads them: (height, width) uint8, 0 the background, k + 1 the category k. Without
`corrections` evidence is a vote, as the service describes it ("per-pixel multi-class vote, smoothed over neighbours");
with them it is the log chance that `mask_people` learns by EM. Weights, radius and confidence are ours. All sums are of
integers, so that neither the order of the workers nor that of the tiles matters.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labeling.consolidation.calibration import VOTE_WEIGHT
from labeling.consolidation.mask_files import BACKGROUND, IdArray
from labeling.consolidation.mask_words import People, Scores, hire, weigh_whole
from labeling.consolidation.votes import FloatArray

Counts = NDArray[np.int16]

# How far neighbours have a say, and how often a pixel's own votes count beside once in the box of (2 * RADIUS + 1)^2.
# A speck of a bare majority goes, a line of theirs stays from two pixels on; a wider box, or fewer own votes, gained
# half a point of IoU on simulated outlines and rubbed such lines out.
RADIUS = 1
OWN = 4
TILE = 128  # pixels a side that are counted at once

CHANCE = 1000  # the whole number that stands for certainty
UNNAMED = -(2**30)  # less than any score
_ALL = OWN + (2 * RADIUS + 1) ** 2  # how often a pixel's own word and its neighbours' count together
MOST_COMPARED = 512  # pixels a side of what is compared: IoU needs no more


def settle_masks(
    masks: Sequence[IdArray],
    weights: Sequence[float],
    *,
    n_categories: int,
    corrections: Sequence[FloatArray] | None = None,
) -> tuple[IdArray, float]:
    """Return the mask that the workers' words make, and its confidence in [0, 1].

    masks: one a worker, at least one; those of another size than most are stretched. weights: one a worker, 1.0 is
    usual. corrections: one a worker, see `mask_people`; without, words are votes. What all workers agree on stays,
    however thin it is; only what somebody names at a pixel or beside it can win it. Ties fall to a category rather than
    to the background (half of the workers saw it), and to that which covers more of this object.
    Confidence is the mean share of the votes that the result got where anybody saw a category, with one more vote
    spread over all categories, so that a lone answer is not certain; with corrections the mean chance of the result
    there, drawn to that share by as much as `calibration` draws any. Memory beyond the masks is that of one tile.
    """
    masks = stretch_alike(masks)
    whole = weigh_whole(weights)
    ranked = _rank_categories(masks, whole)
    people = hire(weights, corrections, ranked, _ALL)
    ids = np.empty_like(masks[0])
    counts = np.zeros(3, dtype=np.int64)
    for rows, columns in _tiles(*ids.shape):
        ids[rows, columns], found = _settle_tile(masks, people, ranked, rows, columns)
        counts += found
    return ids, _confide(counts.tolist(), people, n_categories)


def _confide(counts: Sequence[int], people: People, n_categories: int) -> float:
    """Confidence from how many pixels anybody gave a category, the votes won there, and the sum of chances."""
    seen, won, chances = counts
    n_workers = len(people.whole)
    share = won / (seen * sum(people.whole)) if seen else 1.0
    if people.heat and seen:
        drawn = VOTE_WEIGHT * (1 - 1 / n_workers)
        share = (1 - drawn) * chances / (seen * CHANCE) + drawn * share
    return (share * n_workers + 1 / (n_categories + 1)) / (n_workers + 1)


def stretch_alike(masks: Sequence[IdArray]) -> list[IdArray]:
    """Return the masks at the size that most of them have, of equally frequent ones the largest."""
    sizes = [mask.shape for mask in masks]
    size = max(set(sizes), key=lambda shape: (sizes.count(shape), shape[0] * shape[1], shape))
    return [mask if mask.shape == size else sample(mask, *size) for mask in masks]


def sample(ids: IdArray, height: int, width: int) -> IdArray:
    """Return the mask at another size, each pixel that of the nearest place."""
    rows = (2 * np.arange(height) + 1) * ids.shape[0] // (2 * height)
    columns = (2 * np.arange(width) + 1) * ids.shape[1] // (2 * width)
    return ids[rows[:, None], columns]


def smooth(ids: IdArray, height: int, width: int) -> IdArray:
    """Return a small mask at a larger size with smooth edges: each pixel the number that is nearest on the whole.

    Numbers are stretched one by one along straight lines, so that memory is that of three masks.
    """
    size = (width, height)
    found, best = np.zeros((height, width), dtype=np.uint8), np.zeros((height, width), dtype=np.uint8)
    for number in np.unique(ids).tolist():
        there = Image.fromarray(np.where(ids == number, 255, 0).astype(np.uint8))
        share = np.asarray(there.resize(size, Image.Resampling.BILINEAR))
        np.copyto(found, np.uint8(number), where=share > best)
        np.maximum(best, share, out=best)
    return found


def thin(ids: IdArray, most: int = MOST_COMPARED) -> IdArray:
    """Return the mask, its longer side cut down to `most` pixels."""
    longer = max(ids.shape)
    if longer <= most:
        return ids
    return sample(ids, max(1, ids.shape[0] * most // longer), max(1, ids.shape[1] * most // longer))


def _rank_categories(masks: Sequence[IdArray], whole: Sequence[int]) -> list[int]:
    """Return the numbers in the masks: those that got most votes on this object first, the background last."""
    totals = np.zeros(256, dtype=np.int64)
    for mask, weight in zip(masks, whole, strict=True):
        for top in range(0, len(mask), TILE):
            totals += weight * np.bincount(mask[top : top + TILE].ravel(), minlength=256)
    return sorted(np.flatnonzero(totals).tolist(), key=lambda number: (number == BACKGROUND, -totals[number], number))


def _tiles(height: int, width: int) -> Iterator[tuple[slice, slice]]:
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            yield slice(top, min(top + TILE, height)), slice(left, min(left + TILE, width))


def _settle_tile(
    masks: Sequence[IdArray], people: People, ranked: Sequence[int], rows: slice, columns: slice
) -> tuple[IdArray, tuple[int, int, int]]:
    """Return a tile's ids; how many of its pixels anybody gave a category, votes won and chances on these."""
    parts = [_with_rim(mask, rows, columns) for mask in masks]
    present = [number for number in ranked if any((part == number).any() for part in parts)]
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    if len(present) == 1:
        size = 0 if present[0] == BACKGROUND else shape[0] * shape[1]
        return np.full(shape, present[0], dtype=np.uint8), (size, size * sum(people.whole), size * CHANCE)
    ids, chances = _choose(parts, people, present, shape)
    inner = [part[RADIUS : RADIUS + shape[0], RADIUS : RADIUS + shape[1]] for part in parts]
    np.copyto(ids, inner[0], where=np.logical_and.reduce([part == inner[0] for part in inner]))
    seen = np.logical_or.reduce([part != BACKGROUND for part in inner])
    won = sum(weight * int((part == ids)[seen].sum()) for part, weight in zip(inner, people.whole, strict=True))
    return ids, (int(seen.sum()), won, int(chances[seen].sum(dtype=np.int64)))


def _choose(
    parts: Sequence[IdArray], people: People, present: Sequence[int], shape: tuple[int, int]
) -> tuple[IdArray, NDArray[np.int16]]:
    """Return the category of each pixel whose score is best, and its chance in CHANCE; 0 where scores are votes."""
    best, ids = np.full(shape, UNNAMED, dtype=np.int32), np.zeros(shape, dtype=np.uint8)
    total = np.zeros(shape, dtype=np.float32)  # of all chances, the best one's being 1
    places = [part.astype(np.intp) for part in parts]
    for number in present:
        score = _score(places, people.tables[number], shape)
        score += people.lean * (number != BACKGROUND)
        named = np.logical_or.reduce([part == number for part in parts])
        score[sum_neighbours(named.astype(np.uint8), shape) == 0] = UNNAMED
        np.copyto(ids, np.uint8(number), where=score > best)
        top = np.maximum(best, score)
        if people.heat:
            total *= np.exp((best - top) / np.float32(people.heat))
            total += np.exp((score - top) / np.float32(people.heat))
        best = top
    return ids, np.rint(CHANCE / total).astype(np.int16) if people.heat else np.zeros(shape, dtype=np.int16)


def _score(places: Sequence[NDArray[np.intp]], table: Scores, shape: tuple[int, int]) -> Scores:
    words = np.zeros(places[0].shape, dtype=np.int32)
    for place, row in zip(places, table, strict=True):
        words += row.take(place)
    return OWN * words[RADIUS : RADIUS + shape[0], RADIUS : RADIUS + shape[1]] + sum_neighbours(words, shape)


def _with_rim(mask: IdArray, rows: slice, columns: slice) -> IdArray:
    """Return a part of a mask with RADIUS pixels more on each side; beyond the edge its last pixels go on."""
    around_rows = np.arange(rows.start - RADIUS, rows.stop + RADIUS).clip(0, mask.shape[0] - 1)
    around_columns = np.arange(columns.start - RADIUS, columns.stop + RADIUS).clip(0, mask.shape[1] - 1)
    return mask[around_rows[:, None], around_columns]


def sum_neighbours(votes: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """Return the sum of the votes in the box round each pixel of `shape`; `votes` has RADIUS more on each side."""
    across, total = votes[:, : shape[1]].copy(), np.zeros(shape, dtype=votes.dtype)
    for step in range(1, 2 * RADIUS + 1):
        across += votes[:, step : step + shape[1]]
    for step in range(2 * RADIUS + 1):
        total += across[step : step + shape[0]]
    return total


def mean_iou(a: IdArray, b: IdArray) -> float:
    """Return intersection over union, averaged over the categories that either mask has: 0 to 1.

    The background is left out; two empty masks agree fully. Masks of another size are compared at that of `a`.
    """
    overlaps = iou_by_number(a, b)
    return float(np.array(list(overlaps.values())).mean()) if overlaps else 1.0


def iou_by_number(a: IdArray, b: IdArray) -> dict[int, float]:
    """Return the intersection over union of each number from 1 that either mask has."""
    if a.shape != b.shape:
        a, b = stretch_alike([a, b])
    size_a, size_b, both = measure_overlap(count_pairs(a, b))
    either = size_a + size_b - np.diagonal(both)
    there = np.flatnonzero(either)
    return dict(zip((there + 1).tolist(), (np.diagonal(both)[there] / either[there]).tolist(), strict=True))


def count_pairs(a: IdArray, b: IdArray) -> NDArray[np.int64]:
    """Count the pixels with each pair of numbers in two masks of one size: (256, 256)."""
    counts = np.zeros(1 << 16, dtype=np.int64)
    for top in range(0, len(a), TILE):
        pairs = a[top : top + TILE].astype(np.uint16) << 8 | b[top : top + TILE]
        counts += np.bincount(pairs.ravel(), minlength=1 << 16)
    return counts.reshape(256, 256)


def measure_overlap(pairs: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the areas of a's numbers from 1 and of b's, (255,) each, and what they share, (255, 255)."""
    return pairs.sum(axis=1)[1:], pairs.sum(axis=0)[1:], pairs[1:, 1:]
