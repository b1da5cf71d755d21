"""The learner of boxes: which cells lie in a box of which category, and how far its four sides are from there.

Tian et al., "FCOS", ICCV 2019, with straight lines in place of a network: the sides are told from how far the
likely cells go on to each side, and from what the cell shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.autolabel.box_sets import fuse, set_quality
from labeling.autolabel.cellwise import (
    FOLDS,
    MOST_CELLS,
    CellModel,
    Expecting,
    deal,
    draw_cells,
    expect_held_out,
    hold_out_cells,
    mean_where_any,
    parts_of,
)
from labeling.autolabel.learners import Learned
from labeling.autolabel.preparing import Pool

CELLS = 28  # a side, of the finest grid
SURE = 0.2  # a cell says a box from here on
MOST = 80  # cells of a picture that do
LEVELS = (0.25, 0.35, 0.45, 0.55, 0.65, 0.75)  # scores from which a box is proposed: one is chosen
RIDGE = 100.0  # cells' worth of doubt in the sides' slopes
TRIED = 300  # pictures by which it is chosen

Boxes = tuple[tuple[float, ...], ...]  # an answer: (category, left, top, right, bottom) in shares of the picture
Found = list[tuple[int, np.ndarray, float, float]]  # as `fuse` returns them


def quality_of(proposal: Mapping[str, Any], answer: Boxes) -> float:
    """Return the quality of {"size": [width, height], "boxes": [[category, left, top, right, bottom, score], …]}."""
    return set_quality(proposal["boxes"], answer)


def categories_in(answer: Boxes) -> tuple[int, ...]:
    """Return the numbers of the categories in an answer."""
    return tuple(sorted({int(box[0]) for box in answer}))


def learn_boxes(
    pool: Pool, rows: np.ndarray, answers: Sequence[Boxes], *,
    classes: int, settings: Mapping[str, Any], start: Mapping[str, np.ndarray], seed: int,
) -> Learned:  # fmt: skip
    """Learn from boxes. Quality is their mean overlap (IoU), missed and superfluous boxes counting 0 (`set_quality`).

    A promise of 60 % so means: on average the machine's boxes and people's overlap by that much. The confidence is
    the quality to expect, from how sure the boxes are. Without any box there is no proposal: see `learn_masks`.
    Settings and start are not used.
    """
    targets = [_cells_of(answer) for answer in answers]
    folds = deal(len(rows), seed)
    taught = draw_cells(pool, rows, np.stack([inside for inside, _ in targets]), seed).suited(folds, classes + 1)
    probs = hold_out_cells(pool, rows, taught, folds, classes + 1)
    sums = _sum_up(pool, rows, probs, targets, folds)
    others = [Sides.solve(sums.sum(axis=0) - mine) for mine in sums]
    held_out = [
        others[folds[place]].find(probs[place].astype(np.float32), features)
        for some, cells in parts_of(pool, rows)
        for place, features in zip(some.tolist(), cells.features, strict=True)
    ]
    level = _choose_level(held_out, answers)
    quality = np.array(
        [set_quality(_listed(one, level), answer) for one, answer in zip(held_out, answers, strict=True)]
    )
    measures = np.stack([_measure(found, one, level) for found, one in zip(held_out, probs, strict=True)])
    there = np.array([len(_listed(found, level)) > 0 for found in held_out])
    expecting = Expecting.learn(measures[there], quality[there])
    model, sides = taught.fit(np.ones(len(rows), dtype=bool), classes + 1), Sides.solve(sums.sum(axis=0))
    proposals, confidence = _propose(pool, rows, model, sides, expecting, level)
    return Learned(
        proposals=proposals,
        confidence=confidence,
        held_out_confidence=expect_held_out(measures, quality, folds, there),
        held_out_quality=quality * there,
        arrays={**model.arrays(), **expecting.arrays(), "sides": sides.slopes, "level": np.array(level)},
    )


def _propose(
    pool: Pool, rows: np.ndarray, model: CellModel, sides: Sides, expecting: Expecting, level: float
) -> tuple[list[Any], np.ndarray]:
    """Return what the model says of every picture that is not labelled, and how good it may be."""
    proposals: list[Any] = [None] * len(pool.readable)
    confidence = np.zeros(len(pool.readable))
    rest = np.setdiff1d(np.flatnonzero(pool.readable), rows)
    for some, cells in parts_of(pool, rest):
        probs = model.probs(cells.features)
        found = [sides.find(*one) for one in zip(probs, cells.features, strict=True)]
        expected = expecting.quality(
            np.stack([_measure(one, chance, level) for one, chance in zip(found, probs, strict=True)])
        )
        for row, one, sure, size in zip(rest[some].tolist(), found, expected, cells.sizes.tolist(), strict=True):
            boxes = _listed(one, level)
            if boxes:
                proposals[row], confidence[row] = {"size": size, "boxes": boxes}, sure
    return proposals, confidence


# --- sides ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sides:
    """How far left, top, right and bottom of a box are from a cell in it, in cells: lines in what the cell tells."""

    slopes: np.ndarray  # float [e, 4]

    @classmethod
    def solve(cls, sums: np.ndarray) -> Sides:
        """Fit to the sums that `_sum_up` made: terms by terms, then terms by distances."""
        size = len(sums)
        return cls(np.linalg.solve(sums[:, :size] + RIDGE * np.eye(size), sums[:, size:]))

    def find(self, probs: np.ndarray, features: np.ndarray) -> Found:
        """Return the boxes that a picture's cells say."""
        side = probs.shape[0]
        flat = probs.reshape(side * side, -1)
        chance = flat[:, 1:].max(axis=1)
        cells = np.argsort(-chance, kind="stable")[:MOST]
        cells = cells[chance[cells] >= SURE]
        if not len(cells):
            return []
        categories = flat[cells, 1:].argmax(axis=1)
        far = np.maximum(_terms(probs, features, cells, categories) @ self.slopes, 0.25)
        across, down = (
            np.minimum(far[:, a], far[:, b]) / np.maximum(far[:, a], far[:, b]) for a, b in ((0, 2), (1, 3))
        )
        scores = chance[cells] * (across * down) ** 0.25  # a cell at the rim knows less of the other side
        middles = np.stack([cells % side, cells // side], axis=1) + 0.5
        boxes = np.concatenate([middles - far[:, :2], middles + far[:, 2:]], axis=1) / side
        return fuse(np.clip(boxes, 0, 1), categories, scores)


def _terms(probs: np.ndarray, features: np.ndarray, cells: np.ndarray, categories: np.ndarray) -> np.ndarray:
    """Return float32 [c, e]: how far the category goes on from each cell to each side, and what the cell shows."""
    found = np.ones((len(cells), 10), dtype=np.float32)
    for category in np.unique(categories).tolist():
        mine = categories == category
        runs = _runs(probs[..., category + 1])[cells[mine]]
        found[mine, 1:9] = np.concatenate([runs, np.sqrt(runs)], axis=1)
        found[mine, 9] = probs[..., category + 1].ravel()[cells[mine]]
    return np.concatenate([found, features[cells] * 0.1], axis=1)


def _runs(chance: np.ndarray) -> np.ndarray:
    """Return float32 [cells, 4]: how many likely cells follow on each other left, up, right and down of each."""
    likely = np.clip((chance.astype(np.float32) - 0.2) / 0.5, 0, 1)
    left, up = _run(likely), _run(likely.T).T
    right, down = _run(likely[:, ::-1])[:, ::-1], _run(likely.T[:, ::-1])[:, ::-1].T
    return np.stack([way.ravel() for way in (left, up, right, down)], axis=1)


def _run(likely: np.ndarray) -> np.ndarray:
    """Return the length of the run before each cell of a row, a cell counting as far as it is likely."""
    found = np.zeros_like(likely)
    for place in range(1, likely.shape[1]):
        found[:, place] = likely[:, place - 1] * (1 + found[:, place - 1])
    return found


def _cells_of(answer: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """Return for each cell the number from 1 of the smallest box round its middle (0: none), and that box."""
    inside, boxes = np.zeros(CELLS * CELLS, dtype=int), np.zeros((CELLS * CELLS, 4))
    at = (np.arange(CELLS) + 0.5) / CELLS
    down, across = (part.ravel() for part in np.meshgrid(at, at, indexing="ij"))
    for category, left, top, right, bottom in sorted(answer, key=lambda box: -(box[3] - box[1]) * (box[4] - box[2])):
        within = (across >= left) & (across <= right) & (down >= top) & (down <= bottom)
        inside[within], boxes[within] = int(category) + 1, (left, top, right, bottom)
    return inside, boxes


def _sum_up(
    pool: Pool, rows: np.ndarray, probs: np.ndarray, targets: Sequence[tuple[np.ndarray, np.ndarray]], folds: np.ndarray
) -> np.ndarray:
    """Return float [folds, e, e + 4]: for each fold the sums from which its sides' lines follow."""
    most = max(1, MOST_CELLS // len(rows))
    sums: np.ndarray | None = None
    for some, cells in parts_of(pool, rows):
        for place, features in zip(some.tolist(), cells.features, strict=True):
            inside, boxes = targets[place]
            known = np.flatnonzero(inside)
            known = known[np.linspace(0, len(known) - 1, min(len(known), most)).astype(int)]
            terms = _terms(probs[place], features, known, inside[known] - 1).astype(float)
            middles = np.stack([known % CELLS, known // CELLS], axis=1) + 0.5
            ends = boxes[known] * CELLS
            far = np.concatenate([middles - ends[:, :2], ends[:, 2:] - middles], axis=1)
            mine = terms.T @ np.concatenate([terms, far], axis=1)
            sums = np.zeros((FOLDS, *mine.shape)) if sums is None else sums
            sums[folds[place]] += mine
    assert sums is not None
    return sums


# --- sets -------------------------------------------------------------------------------------------------


def _listed(found: Found, level: float) -> list[list[float]]:
    """Return the boxes to propose, as JSON."""
    return [
        [category, *(round(float(end), 5) for end in box), round(score, 4)]
        for category, box, score, _ in found
        if score >= level
    ]


def _choose_level(found: Sequence[Found], answers: Sequence[Boxes]) -> float:
    """Return the score from which on boxes are best proposed, over the pictures where either has any."""
    some = np.linspace(0, len(found) - 1, min(len(found), TRIED)).astype(int).tolist()
    true = [len(answers[place]) > 0 for place in some]

    def worth(level: float) -> float:
        said = [_listed(found[place], level) for place in some]
        quality = [set_quality(one, answers[place]) for one, place in zip(said, some, strict=True)]
        return mean_where_any(quality, [len(one) > 0 for one in said], true)

    return max(LEVELS, key=worth)


def _measure(found: Found, probs: np.ndarray, level: float) -> np.ndarray:
    """Return what tells of a set's quality: float [8]."""
    kept = [one for one in found if one[2] >= level]
    scores = [score for _, _, score, _ in kept]
    left = max((score for _, _, score, _ in found if score < level), default=0.0)
    areas = [float((box[2] - box[0]) * (box[3] - box[1])) ** 0.5 for _, box, _, _ in kept]
    rest = (1 - probs[..., 0].astype(np.float32)).copy()
    for _, box, _, _ in kept:
        ends = np.round(box * len(rest)).astype(int)
        rest[ends[1] : ends[3], ends[0] : ends[2]] = 0
    return np.array(
        [
            np.log1p(len(kept)),
            float(np.mean(scores)) if kept else 0.0,
            min(scores, default=0.0),
            left,
            float(np.mean([accord for *_, accord in kept])) if kept else 0.0,
            min((accord for *_, accord in kept), default=0.0),
            min(areas, default=0.0),
            float(rest.mean()) ** 0.5,
        ]
    )
