"""One drawing of instances from several people's: matched by overlap, believed by number, voted pixel by pixel.

A drawing is a mask whose numbers are instances, each of a category. Two of different workers are the same thing when
their category is the same and they overlap enough; the best overlaps are joined first, and nobody is twice in one
group. A group is believed by what its workers, and those who left it out, are known to find and to invent
(`presence`); where nothing is known, if at least half of the workers are in it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from labeling.consolidation.mask_files import MOST_NUMBERS, IdArray
from labeling.consolidation.masks import (
    OWN,
    RADIUS,
    TILE,
    Counts,
    count_pairs,
    measure_overlap,
    stretch_alike,
    sum_neighbours,
)
from labeling.consolidation.presence import KEEP

SAME = 0.4  # intersection over union from which on two workers mean the same thing
HIT = 0.5  # from which on two drawings agree on an instance: above it a match is the only one
_ALL = OWN + (2 * RADIUS + 1) ** 2  # what one worker's votes on a pixel and round it can count
_SCALE = 1000  # of a pixel's score, so that groups of different size compare as whole numbers

Believe = Callable[[Sequence[Collection[int]]], list[float]]  # places of drawings in each group → chances, 0..1
Member = tuple[int, int]  # a drawing's place and an instance's number in it
Box = tuple[slice, slice]  # rows and columns


@dataclass(frozen=True, eq=False)
class Drawing:
    """What one worker drew: ids (height, width), 0 nothing, and the category of each number from 1."""

    ids: IdArray
    categories: tuple[int, ...]


@dataclass(frozen=True)
class Instance:
    """A thing that is believed: its category, the chance that it is there and how far its pixels are agreed on."""

    category: int
    confidence: float


def settle_instances(drawings: Sequence[Drawing], believe: Believe | None = None) -> tuple[IdArray, list[Instance]]:
    """Return the mask of the instances believed in and the instances by number from 1, from the top left on.

    drawings: one a worker, at least one, in an order that does not depend on names: it breaks ties between matches.
    believe: tells the chance of each group by its drawings' places; those under KEEP are left out.
    A pixel belongs to an instance if most of those who drew it, and their neighbours, say so; of several instances
    to the one most agreed on, of equal ones to the smaller. Confidence is the chance, or where nobody tells it the
    share of the workers who drew it, one more half in and half out, times the mean share of them on its pixels. At most
    255 instances are kept.
    """
    masks = stretch_alike([drawing.ids for drawing in drawings])
    drawings = [Drawing(mask, drawing.categories) for mask, drawing in zip(masks, drawings, strict=True)]
    groups = group_instances(drawings)
    if believe is None:
        groups = [group for group in groups if 2 * len(group) >= len(drawings)]
        chances = [(len(group) + 0.5) / (len(drawings) + 1) for group in groups]
    else:
        chances = believe([[place for place, _ in group] for group in groups]) if groups else []
    rated = [pair for pair in zip(chances, groups, strict=True) if believe is None or pair[0] >= KEEP]
    believed = sorted(rated, key=lambda pair: -pair[0])[:MOST_NUMBERS]
    scores = np.zeros(masks[0].shape, dtype=np.int32)
    ids = np.zeros(masks[0].shape, dtype=np.uint8)
    shares = _draw(drawings, [group for _, group in believed], ids, scores)
    instances = [
        Instance(drawings[group[0][0]].categories[group[0][1] - 1], chance * share)
        for (chance, group), share in zip(believed, shares, strict=True)
        if share
    ]
    return _number_anew(ids, instances)


def group_instances(drawings: Sequence[Drawing]) -> list[list[Member]]:
    """Return the instances of all drawings in groups that mean the same thing, no drawing twice in a group."""
    matches: list[tuple[float, Member, Member]] = []
    groups: dict[Member, list[Member]] = {}
    for place, drawing in enumerate(drawings):
        counts = np.bincount(drawing.ids.ravel(), minlength=256)
        groups.update({(place, n): [(place, n)] for n in range(1, len(drawing.categories) + 1) if counts[n]})
    for a, b in combinations(range(len(drawings)), 2):
        found = match_instances(drawings[a], drawings[b], SAME)
        matches += [(-overlap, (a, n), (b, m)) for n, m, overlap in found]
    for _, one, other in sorted(matches):
        first, second = groups[one], groups[other]
        if first is not second and not {place for place, _ in first} & {place for place, _ in second}:
            first += second
            groups.update(dict.fromkeys(second, first))
    return [group for member, group in groups.items() if group[0] == member]


def match_instances(a: Drawing, b: Drawing, least: float) -> list[tuple[int, int, float]]:
    """Return (number in a, number in b, intersection over union) of one category that overlap by `least` or more."""
    size_a, size_b, both = measure_overlap(count_pairs(a.ids, b.ids))
    found = []
    for n, m in np.argwhere(both > 0).tolist():
        overlap = float(both[n, m] / (size_a[n] + size_b[m] - both[n, m]))
        if overlap >= least and a.categories[n] == b.categories[m]:
            found.append((n + 1, m + 1, overlap))
    return found


def _draw(
    drawings: Sequence[Drawing], groups: Sequence[list[Member]], ids: IdArray, scores: NDArray[np.int32]
) -> list[float]:
    """Draw the groups into `ids` as 1, 2, …; return the mean share of votes on each one's pixels, 0.0 if it has none.

    The smallest come last and win ties.
    """
    reaches = [_find_reaches(drawing.ids) for drawing in drawings]
    boxes = [_box_of(reaches, group) for group in groups]
    votes = [_count_votes(drawings, group, box) for group, box in zip(groups, boxes, strict=True)]
    for place in sorted(range(len(groups)), key=lambda place: -int(votes[place].sum()) / len(groups[place])):
        score = _score(votes[place], len(groups[place]))
        here = scores[boxes[place]]
        wins = (2 * score > _SCALE) & (score >= here)
        here[wins] = score[wins]
        ids[boxes[place]][wins] = place + 1
    shares = []
    for place, (box, count) in enumerate(zip(boxes, votes, strict=True)):
        mine = ids[box] == place + 1
        shares.append(float(count[mine].mean() / len(groups[place])) if mine.any() else 0.0)
    return shares


def _find_reaches(ids: IdArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return by row, and by column, which numbers are in it: (height, 256) and (width, 256)."""
    rows, columns = (np.zeros((length, 256), dtype=bool) for length in ids.shape)
    for top in range(0, len(ids), TILE):
        part = ids[top : top + TILE]
        rows[np.arange(top, top + len(part))[:, None], part] = True
        columns[np.arange(ids.shape[1]), part] = True
    return rows, columns


def _box_of(reaches: Sequence[tuple[NDArray[np.bool_], NDArray[np.bool_]]], group: list[Member]) -> Box:
    """Return the rows and columns that the members of a group reach over."""
    rows, columns = (
        np.flatnonzero(np.any([reaches[place][axis][:, number] for place, number in group], axis=0)) for axis in (0, 1)
    )
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _count_votes(drawings: Sequence[Drawing], group: list[Member], box: Box) -> Counts:
    votes = np.zeros(drawings[0].ids[box].shape, dtype=np.int16)
    for place, number in group:
        votes += drawings[place].ids[box] == number
    return votes


def _score(votes: Counts, n_members: int) -> NDArray[np.int32]:
    """Return how far a group's members, and their neighbours, claim each pixel: 0 to _SCALE."""
    total = OWN * votes + sum_neighbours(np.pad(votes, RADIUS), votes.shape)
    score = total.astype(np.int32) * _SCALE // (_ALL * n_members)
    score[votes == n_members] = _SCALE
    return score


def _number_anew(ids: IdArray, instances: Sequence[Instance]) -> tuple[IdArray, list[Instance]]:
    """Return both with the numbers in the order in which the instances are met, row by row; gaps are closed."""
    present, first = np.unique(ids, return_index=True)
    order = [int(number) for _, number in sorted(zip(first.tolist(), present.tolist(), strict=True)) if number]
    known = {int(number): instance for number, instance in zip(sorted(order), instances, strict=True)}
    table = np.zeros(256, dtype=np.uint8)
    table[order] = np.arange(1, len(order) + 1)
    return table[ids], [known[number] for number in order]


def panoptic_quality(a: Drawing, b: Drawing) -> float:
    """Return how far two drawings agree: 0 to 1, 1.0 where neither has anything.

    The overlaps of matched instances, over the mean number of instances. Source: Kirillov et al. 2019,
    arXiv:1801.00868, equation 1; matched is what overlaps by more than a half, which can be one only.
    """
    found = _overlaps(a, b)
    count = sum(drawn for drawn, _ in found.values())
    return 2 * sum(sorted(one for _, overlaps in found.values() for one in overlaps)) / count if count else 1.0


def quality_by_category(a: Drawing, b: Drawing) -> dict[int, float]:
    """Return the same by each category of which either has an instance."""
    return {one: 2 * sum(sorted(overlaps)) / drawn for one, (drawn, overlaps) in sorted(_overlaps(a, b).items())}


def _overlaps(a: Drawing, b: Drawing) -> dict[int, tuple[int, list[float]]]:
    """Return by category how many instances the two have together, and the overlaps of the matched ones."""
    if a.ids.shape != b.ids.shape:
        a, b = (Drawing(ids, d.categories) for ids, d in zip(stretch_alike([a.ids, b.ids]), (a, b), strict=True))
    matched: dict[int, list[float]] = {}
    for number, _, overlap in match_instances(a, b, HIT):
        if overlap > HIT:
            matched.setdefault(a.categories[number - 1], []).append(overlap)
    there = [
        drawing.categories[number - 1] for drawing in (a, b) for number in np.unique(drawing.ids).tolist() if number
    ]
    return {one: (count, matched.get(one, [])) for one, count in Counter(there).items()}
