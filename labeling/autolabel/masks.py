"""The learner of a category for each pixel: each cell of a grid is told its category, and the cells are smoothed.

Masks are compared as squares of SIDE pixels; numbers are 0 for the background, else a category's place from 1. A mask
is kept as its deflated bytes: as an answer, so that it can be told from others, and as base64 in a proposal.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from zlib import compress, decompress

import numpy as np
from scipy.ndimage import label as label_parts

from labeling.autolabel.cellwise import (
    Expecting,
    deal,
    draw_cells,
    expect_held_out,
    hold_out_cells,
    mean_where_any,
    parts_of,
)
from labeling.autolabel.grids import stretch
from labeling.autolabel.learners import Learned
from labeling.autolabel.preparing import Pool
from labeling.consolidation.masks import mean_iou

SIDE = 112  # pixels, of masks as they are compared
CELLS = 28  # a side, of the finest grid
LEANS = (
    0.0,
    0.4,
    0.8,
    1.2,
    1.6,
)  # towards the categories, on the scale of logarithms: overlap rewards more than chance
TRIED = 300  # pictures by which the lean is chosen


def pack_mask(ids: np.ndarray) -> bytes:
    """Return a mask, uint8 [SIDE, SIDE], as an answer."""
    return compress(np.ascontiguousarray(ids, dtype=np.uint8).tobytes())


def open_mask(packed: bytes) -> np.ndarray:
    """Return the mask of an answer."""
    return np.frombuffer(decompress(packed), dtype=np.uint8).reshape(SIDE, SIDE)


def mask_in(proposal: Mapping[str, Any]) -> np.ndarray:
    """Return the mask of a proposal, {"size": [width, height], "mask": base64}."""
    return open_mask(b64decode(proposal["mask"]))


def quality_of(proposal: Mapping[str, Any], answer: bytes) -> float:
    """Return the mean overlap (IoU) of the categories that either has, the background apart."""
    return mean_iou(mask_in(proposal), open_mask(answer))


def categories_in(answer: bytes) -> tuple[int, ...]:
    """Return the numbers of the categories in an answer, from 0."""
    return tuple(int(number) - 1 for number in np.unique(open_mask(answer)) if number)


def learn_masks(
    pool: Pool, rows: np.ndarray, answers: Sequence[bytes], *,
    classes: int, settings: Mapping[str, Any], start: Mapping[str, np.ndarray], seed: int,
) -> Learned:  # fmt: skip
    """Learn from masks. Quality is the mean overlap (IoU) of the categories in a picture, the background apart.

    A promise of 70 % so means: on average the machine's regions and people's overlap by that much. The confidence is
    the quality to expect, from how sure the cells are. Without any region there is no proposal: pictures in which
    rightly nothing is found would count as perfect, and enough of them would carry poor ones. Settings and start are
    not used.
    """
    masks = np.stack([open_mask(answer) for answer in answers])
    folds = deal(len(rows), seed)
    taught = draw_cells(pool, rows, _cells_of(masks), seed).suited(folds, classes + 1)
    probs = hold_out_cells(pool, rows, taught, folds, classes + 1)
    lean = _choose_lean(probs, masks)
    held_out = [decide(one, lean) for one in probs]
    quality = np.array([mean_iou(ids, mask) for (ids, _), mask in zip(held_out, masks, strict=True)])
    measures = np.stack([found for _, found in held_out])
    there = np.array([ids.any() for ids, _ in held_out])
    expecting = Expecting.learn(measures[there], quality[there])
    model = taught.fit(np.ones(len(rows), dtype=bool), classes + 1)
    proposals: list[Any] = [None] * len(pool.readable)
    confidence = np.zeros(len(pool.readable))
    rest = np.setdiff1d(np.flatnonzero(pool.readable), rows)
    for some, cells in parts_of(pool, rest):
        decided = [decide(one, lean) for one in model.probs(cells.features)]
        expected = expecting.quality(np.stack([found for _, found in decided]))
        for row, (ids, _), sure, size in zip(rest[some].tolist(), decided, expected, cells.sizes.tolist(), strict=True):
            if ids.any():
                proposals[row] = {"size": size, "mask": b64encode(pack_mask(ids)).decode()}
                confidence[row] = sure
    return Learned(
        proposals=proposals,
        confidence=confidence,
        held_out_confidence=expect_held_out(measures, quality, folds, there),
        held_out_quality=quality * there,
        arrays={**model.arrays(), **expecting.arrays(), "lean": np.array(lean)},
    )


def decide(probs: np.ndarray, lean: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a picture's mask, uint8 [SIDE, SIDE], and its measures, from probabilities [side, side, k + 1]."""
    fine = stretch(probs[None].astype(np.float32), SIDE)[0]
    fine[..., 1:] *= np.exp(lean)
    fine /= fine.sum(axis=2, keepdims=True)
    ids = fine.argmax(axis=2).astype(np.uint8)
    return ids, _measure(fine, ids)


def _measure(fine: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return what tells of a mask's quality: float [7]."""
    top = fine.max(axis=2)
    there = np.unique(ids[ids > 0]).tolist()
    overlaps = [_expected_overlap(fine[..., number], ids == number) for number in there]
    missing = [float(fine[..., number].max()) for number in range(1, fine.shape[2]) if number not in there]
    area = float((ids > 0).mean())
    return np.array(
        [
            float(np.mean(overlaps)) if overlaps else 0.0,
            min(overlaps, default=0.0),
            float(top[ids > 0].mean()) if there else 0.0,
            float((top < 0.7).mean()),
            area**0.5,
            np.log1p(label_parts(ids > 0)[1]),
            max(missing, default=0.0),
        ]
    )


def _expected_overlap(chance: np.ndarray, inside: np.ndarray) -> float:
    """Return the overlap to expect of a region, were its pixels' probabilities right and independent."""
    return float(chance[inside].sum() / (inside.sum() + chance[~inside].sum()))


def _cells_of(masks: np.ndarray) -> np.ndarray:
    """Return the commonest number in each cell: int [m, CELLS * CELLS]."""
    own = SIDE // CELLS
    parts = masks.reshape(len(masks), CELLS, own, CELLS, own).swapaxes(2, 3).reshape(len(masks), CELLS**2, own**2)
    counts = np.stack([(parts == number).sum(axis=2) for number in range(int(masks.max()) + 1)], axis=2)
    return np.asarray(counts.argmax(axis=2))


def _choose_lean(probs: np.ndarray, masks: np.ndarray) -> float:
    """Return the lean at which the masks overlap most with people's, where either has any region."""
    some = np.linspace(0, len(masks) - 1, min(len(masks), TRIED)).astype(int)

    def worth(lean: float) -> float:
        said = [decide(probs[place], lean)[0] for place in some.tolist()]
        quality = [mean_iou(ids, mask) for ids, mask in zip(said, masks[some], strict=True)]
        return mean_where_any(quality, [bool(ids.any()) for ids in said], masks[some].any(axis=(1, 2)).tolist())

    return max(LEANS, key=worth)
