"""One mask from several people's: a vote a pixel, to which the neighbours' votes are added.

`ids` are masks as `mask_files` reads them: (height, width) uint8, 0 the background, k + 1 the category k. The vote
follows the service's description ("per-pixel multi-class vote, smoothed over neighbours"); weights, radius and
confidence are ours. All sums are of integers, so that neither the order of the workers nor that of the tiles matters.
"""

from collections.abc import Iterator, Sequence
from math import fsum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labeling.consolidation.mask_files import BACKGROUND, IdArray

Counts = NDArray[np.int16]

# How far neighbours have a say, and how often a pixel's own votes count beside once in the box of (2 * RADIUS + 1)^2.
# A speck of a bare majority goes, a line of theirs stays from two pixels on; a wider box, or fewer own votes, gained
# half a point of IoU on simulated outlines and rubbed such lines out.
RADIUS = 1
OWN = 4
TILE = 256  # pixels a side that are counted at once
FULL = 8  # the integer weight of a worker of the usual skill
MOST_VOTES = 250  # of all workers on a pixel: beyond that weights get coarser, so that scores fit 16 bits
CERTAIN = (OWN + (2 * RADIUS + 1) ** 2) * MOST_VOTES + 1  # more than any score
MOST_COMPARED = 512  # pixels a side of what is compared: IoU needs no more

PRIOR = 4  # overlaps that the crowd's mean weighs in a worker's skill
SHARPNESS = 3  # weight is skill to this power; with sloppy simulated workers 2 and 4 did worse
LEAST_WEIGHT, MOST_WEIGHT = 0.25, 2.0


def settle_masks(masks: Sequence[IdArray], weights: Sequence[float], *, n_categories: int) -> tuple[IdArray, float]:
    """Return the mask that the workers' votes make, and its confidence in [0, 1].

    masks: one a worker, at least one; those of another size than most are stretched. weights: one a worker, 1.0 is
    usual. What all workers agree on stays, however thin it is. Ties fall to a category rather than to the background
    (half of the workers saw it), and to that which covers more of this object. Confidence is the mean share of the
    votes that the result got where anybody saw a category, with one more vote spread over all categories, so that a
    lone answer is not certain. Memory beyond the masks is that of one tile.
    """
    masks = stretch_alike(masks)
    whole = weigh_whole(weights)
    ranked = _rank_categories(masks, whole)
    ids = np.empty_like(masks[0])
    seen = won = 0
    for rows, columns in _tiles(*ids.shape):
        tile_ids, tile_seen, tile_won = _settle_tile(masks, whole, ranked, rows, columns)
        ids[rows, columns] = tile_ids
        seen, won = seen + tile_seen, won + tile_won
    share = won / (seen * sum(whole)) if seen else 1.0
    return ids, (share * len(masks) + 1 / (n_categories + 1)) / (len(masks) + 1)


def weigh_whole(weights: Sequence[float]) -> list[int]:
    """Return weights as whole numbers from 1 whose sum is at most MOST_VOTES. Raises ValueError for more workers."""
    if len(weights) > MOST_VOTES:
        raise ValueError(f"A mask is settled from at most {MOST_VOTES} answers.")
    unit = min(FULL, (MOST_VOTES - len(weights)) / sum(weights))
    return [1 + int(unit * weight) for weight in weights]


def weigh_by_agreement(overlaps: Sequence[Sequence[float]]) -> list[float]:
    """Return a weight for each worker, 1.0 for one like all others, from the overlaps of their masks with others'."""
    count = sum(map(len, overlaps))
    mean = fsum(overlap for mine in overlaps for overlap in mine) / count if count else 0.0
    if not mean:
        return [1.0] * len(overlaps)
    skills = [(fsum(mine) / mean + PRIOR) / (len(mine) + PRIOR) for mine in overlaps]
    return [round(min(max(skill**SHARPNESS, LEAST_WEIGHT), MOST_WEIGHT), 4) for skill in skills]


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
    masks: Sequence[IdArray], whole: Sequence[int], ranked: Sequence[int], rows: slice, columns: slice
) -> tuple[IdArray, int, int]:
    """Return a tile's ids, how many of its pixels anybody gave a category, and the votes won on these."""
    parts = [_with_rim(mask, rows, columns) for mask in masks]
    present = [number for number in ranked if any((part == number).any() for part in parts)]
    shape = (rows.stop - rows.start, columns.stop - columns.start)
    if len(present) == 1:
        size = 0 if present[0] == BACKGROUND else shape[0] * shape[1]
        return np.full(shape, present[0], dtype=np.uint8), size, size * sum(whole)
    return _vote(parts, whole, present, shape)


def _vote(
    parts: Sequence[IdArray], whole: Sequence[int], present: Sequence[int], shape: tuple[int, int]
) -> tuple[IdArray, int, int]:
    best, won, empty = (np.zeros(shape, dtype=np.int16) for _ in range(3))
    ids = np.zeros(shape, dtype=np.uint8)
    for number in present:
        votes = _count(parts, whole, number)
        own = votes[RADIUS : RADIUS + shape[0], RADIUS : RADIUS + shape[1]]
        score = OWN * own + sum_neighbours(votes, shape)
        score[own == sum(whole)] = CERTAIN
        better = score > best
        np.maximum(best, score, out=best)
        np.copyto(won, own, where=better)
        np.copyto(ids, np.uint8(number), where=better)
        if number == BACKGROUND:
            empty = own
    seen = empty < sum(whole)
    return ids, int(seen.sum()), int(won[seen].sum(dtype=np.int64))


def _with_rim(mask: IdArray, rows: slice, columns: slice) -> IdArray:
    """Return a part of a mask with RADIUS pixels more on each side; beyond the edge its last pixels go on."""
    around_rows = np.arange(rows.start - RADIUS, rows.stop + RADIUS).clip(0, mask.shape[0] - 1)
    around_columns = np.arange(columns.start - RADIUS, columns.stop + RADIUS).clip(0, mask.shape[1] - 1)
    return mask[around_rows[:, None], around_columns]


def _count(parts: Sequence[IdArray], whole: Sequence[int], number: int) -> Counts:
    votes = np.zeros(parts[0].shape, dtype=np.int16)
    for part, weight in zip(parts, whole, strict=True):
        votes += np.multiply(part == number, weight, dtype=np.int16)
    return votes


def sum_neighbours(votes: Counts, shape: tuple[int, int]) -> Counts:
    """Return the sum of the votes in the box round each pixel of `shape`; `votes` has RADIUS more on each side."""
    across, total = votes[:, : shape[1]].copy(), np.zeros(shape, dtype=np.int16)
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
