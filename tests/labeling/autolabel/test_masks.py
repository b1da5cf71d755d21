"""The learner of masks: exact overlaps, what a cell's chances make, and scenes that it learns."""

from __future__ import annotations

import json
from base64 import b64encode

import numpy as np

from labeling.autolabel.cellwise import Expecting, expect_held_out
from labeling.autolabel.loop import Known, Promise, Step, first_sample, step
from labeling.autolabel.masks import SIDE, categories_in, decide, mask_in, open_mask, pack_mask, quality_of
from labeling.autolabel.preparing import Pool, prepare_grids
from labeling.consolidation.masks import sample
from labeling.encoders import encode
from tests.labeling.scenes import draw_scene


def mask(**parts: tuple[slice, slice]) -> np.ndarray:
    """A mask with a rectangle a number, given as n1=…, n2=…."""
    ids = np.zeros((SIDE, SIDE), dtype=np.uint8)
    for name, where in parts.items():
        ids[where] = int(name[1:])
    return ids


def said(ids: np.ndarray) -> dict[str, object]:
    return {"size": [10, 10], "mask": b64encode(pack_mask(ids)).decode()}


def test_quality_is_the_overlap_of_each_category_without_the_background() -> None:
    one = mask(n1=np.s_[0:40, 0:10], n2=np.s_[60:70, 0:10])
    other = mask(n1=np.s_[20:60, 0:10])

    # 20 rows of 60 are shared of the first; the second is in one mask alone.
    assert quality_of(said(one), pack_mask(other)) == (20 / 60 + 0) / 2
    assert quality_of(said(one), pack_mask(one)) == 1
    assert quality_of(said(mask()), pack_mask(mask())) == 1
    assert quality_of(said(mask()), pack_mask(one)) == 0


def test_a_mask_is_kept_and_opened_again() -> None:
    ids = mask(n3=np.s_[5:9, 6:8], n1=np.s_[0:2, 0:2])

    assert (open_mask(pack_mask(ids)) == ids).all()
    assert (mask_in(said(ids)) == ids).all()
    assert categories_in(pack_mask(ids)) == (0, 2)
    assert len(json.dumps(said(ids))) < 300


def test_cells_chances_make_a_mask_between_their_middles() -> None:
    probs = np.zeros((4, 4, 3))
    probs[:, :2, 1] = probs[:, 2:, 0] = 1

    ids, measures = decide(probs, lean=0.0)

    assert (ids[:, :56] == 1).all()
    assert (ids[:, 56:] == 0).all()
    assert measures[4] == 0.5**0.5
    assert measures[5] == np.log(2)


def test_a_lean_gives_the_categories_more() -> None:
    probs = np.full((4, 4, 2), [0.6, 0.4])

    assert not decide(probs, lean=0.0)[0].any()
    assert decide(probs, lean=0.8)[0].all()


def test_the_quality_to_expect_of_a_picture_does_not_know_its_own() -> None:
    rng = np.random.default_rng(0)
    measures, folds = rng.random((400, 2)), np.arange(400) % 4
    quality = 0.2 + 0.6 * measures[:, 0]
    there = np.arange(400) != 7
    before = expect_held_out(measures, quality, folds, there)
    quality[0] = 0.0

    after = expect_held_out(measures, quality, folds, there)

    assert before[0] == after[0]
    assert abs(before[0] - (0.2 + 0.6 * measures[0, 0])) < 0.02
    assert before[7] == 0
    assert Expecting.learn(measures[:0], quality[:0]).quality(measures).max() == 0.001


def one_step(faint: float, target: float) -> tuple[Step, list[bytes]]:
    scenes = [draw_scene(number, faint=faint) for number in range(350)]
    answers = [pack_mask(sample(scene.ids, SIDE, SIDE)) for scene in scenes]
    features = encode("cells-1", [scene.picture for scene in scenes])
    pool: Pool = prepare_grids([lambda rows: features[rows]], len(scenes))
    rows = first_sample(350, 0)
    known = Known(rows, [answers[row] for row in rows.tolist()], np.ones(len(rows), dtype=bool))
    return step(pool, known, Promise(target), learner="masks", classes=2, memory={}, seed=0), answers


def test_scenes_are_learnt_and_the_promise_is_kept() -> None:
    taken, answers = one_step(faint=0.0, target=0.7)

    quality = [quality_of(taken.proposals[n], answers[taken.rows[n]]) for n in np.flatnonzero(taken.proposed).tolist()]
    assert len(quality) == 100
    assert np.mean(quality) >= 0.85
    assert taken.cut.low >= 0.7
    assert {tuple(proposal["size"]) for proposal in taken.proposals if proposal} == {(56, 56)}
    assert json.loads(json.dumps([taken.proposals, taken.memory])) == [taken.proposals, taken.memory]


def test_nothing_is_proposed_where_too_little_overlaps() -> None:
    taken, _ = one_step(faint=0.9, target=0.9)

    assert not taken.proposed.any()
    assert len(taken.ask) > 0
