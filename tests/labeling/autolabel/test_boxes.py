"""The learner of boxes: exact qualities, boxes that mean one thing, and scenes that it learns."""

from __future__ import annotations

import json

import numpy as np
import pytest

from labeling.autolabel.box_sets import fuse, set_quality
from labeling.autolabel.boxes import CELLS, _cells_of, _runs, categories_in, quality_of
from labeling.autolabel.loop import Known, Promise, first_sample, step
from labeling.autolabel.preparing import prepare_grids
from labeling.consolidation.boxes import overlaps
from labeling.encoders import encode
from tests.labeling.scenes import SIDE, Scene, draw_scene

LEFT, RIGHT, WHOLE = (0, 0.0, 0.0, 0.5, 1.0), (0, 0.5, 0.0, 1.0, 1.0), (0, 0.0, 0.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("said", "true", "quality"),
    [
        ([], [], 1.0),
        ([LEFT], [LEFT], 1.0),
        ([LEFT], [], 0.0),
        ([], [LEFT], 0.0),
        ([WHOLE], [LEFT], 0.5),
        ([LEFT, RIGHT], [LEFT], 0.5),  # one too many
        ([LEFT], [LEFT, RIGHT], 0.5),  # one missed
        ([WHOLE], [LEFT, RIGHT], 0.25),  # one half of one, one missed
        ([LEFT], [RIGHT], 0.0),  # of two boxes that do not meet, one is too many and one is missed
        ([LEFT, (1, *RIGHT[1:])], [LEFT], 0.5),  # the mean over two categories
        ([LEFT, (1, *WHOLE[1:])], [LEFT, (1, *RIGHT[1:])], 0.75),
    ],
)
def test_quality_is_the_mean_over_boxes_said_and_missed_then_over_categories(
    said: list[tuple[float, ...]], true: list[tuple[float, ...]], quality: float
) -> None:
    assert set_quality(said, true) == quality
    assert quality_of({"size": [4, 4], "boxes": [[*box, 0.9] for box in said]}, tuple(true)) == quality


def test_overlap_is_told_of_both_and_of_the_smaller() -> None:
    boxes = np.array([WHOLE[1:], LEFT[1:], RIGHT[1:]])

    of_both, of_smaller = overlaps(boxes[:1, None], boxes)

    assert of_both.tolist() == [[1, 0.5, 0.5]]
    assert of_smaller.tolist() == [[1, 1, 1]]
    assert overlaps(boxes[1:2, None], boxes[2:])[0].tolist() == [[0]]


def test_boxes_that_mean_one_thing_become_one_and_parts_of_it_none() -> None:
    boxes = np.array([[0, 0, 0.4, 0.4], [0, 0, 0.4, 0.6], [0, 0, 0.1, 0.1], [0.6, 0.6, 1, 1], [0, 0, 0.4, 0.4]])

    found = fuse(boxes, np.array([0, 0, 0, 0, 1]), np.array([0.9, 0.3, 0.5, 0.8, 0.7]))

    assert [(category, score) for category, _, score, _ in found] == [(0, 0.9), (0, 0.8), (1, 0.7)]
    assert found[0][1].tolist() == pytest.approx([0, 0, 0.4, (0.9 * 0.4 + 0.3 * 0.6) / 1.2])
    assert found[0][3] == pytest.approx((0.4 / 0.45 + 0.45 / 0.6) / 2)


def test_runs_are_counted_to_each_side() -> None:
    chance = np.zeros((5, 5))
    chance[1:4, 0:3] = 1

    runs = _runs(chance).reshape(5, 5, 4)

    assert runs[2, 1].tolist() == [1, 1, 1, 1]
    assert runs[1, 2].tolist() == [2, 0, 0, 2]
    assert runs[4, 0].tolist() == [0, 3, 0, 0]


def test_a_cell_is_in_the_smallest_box_round_its_middle() -> None:
    inside, boxes = _cells_of((WHOLE, (1, 0.0, 0.0, 1 / CELLS, 1 / CELLS)))

    assert inside[0] == 2
    assert set(inside[1:].tolist()) == {1}
    assert boxes[0].tolist() == [0, 0, 1 / CELLS, 1 / CELLS]
    assert categories_in((WHOLE, (2, *LEFT[1:]))) == (0, 2)


def answer_of(scene: Scene) -> tuple[tuple[float, ...], ...]:
    return tuple((category, *(end / SIDE for end in ends)) for category, *ends in scene.boxes)


def test_scenes_are_learnt_and_the_promise_is_kept() -> None:
    scenes = [draw_scene(number) for number in range(400)]
    answers = [answer_of(scene) for scene in scenes]
    features = encode("cells-1", [scene.picture for scene in scenes])
    pool = prepare_grids([lambda rows: features[rows]], len(scenes))
    rows = first_sample(400, 0)
    known = Known(rows, [answers[row] for row in rows.tolist()], np.ones(len(rows), dtype=bool))

    taken = step(pool, known, Promise(0.6), learner="boxes", classes=2, memory={}, seed=0)

    quality = [quality_of(taken.proposals[n], answers[taken.rows[n]]) for n in np.flatnonzero(taken.proposed).tolist()]
    assert len(quality) > 100
    assert np.mean(quality) >= 0.65
    assert taken.cut.low >= 0.6
    assert json.loads(json.dumps([taken.proposals, taken.memory])) == [taken.proposals, taken.memory]
    assert {box[0] for proposal in taken.proposals if proposal for box in proposal["boxes"]} == {0, 1}
