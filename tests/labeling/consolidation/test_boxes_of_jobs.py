import numpy as np
import pytest

from labeling.consolidation import box_hands
from labeling.consolidation.box_hands import Hands, drawable, fit_hands, refine_boxes
from labeling.consolidation.box_sets import Boxes, fit_boxes, settle_boxes, usual_skills
from labeling.consolidation.boxes import overlaps


def simulate_job(seed, *, spreads, shifts=None, finds=0.85, n_objects=80):
    """A job of boxes whose workers' hands are known, and each object's true boxes."""
    random = np.random.default_rng(seed)
    shifts = np.zeros((len(spreads), 4)) if shifts is None else np.array(shifts)
    truth, rows, looks = [], [], []
    for number in range(n_objects):
        near = random.uniform(0, 900, size=(random.integers(0, 4), 2))
        true = np.hstack([near, near + random.uniform(60, 90, size=near.shape)])
        truth.append(true)
        for worker, spread in enumerate(spreads):
            looks.append((number, worker))
            for box in true:
                if random.random() < finds:
                    sides = np.tile(box[2:] - box[:2], 2)
                    drawn = box + sides * (shifts[worker] + spread * random.normal(size=4))
                    rows.append((number, worker, *drawn))
    table = np.array(rows).reshape(-1, 6)
    objects, workers = table[:, :2].astype(np.int64).T
    return Boxes(table[:, 2:], objects, workers, np.array(looks)), truth


def f1(settled, truth, least):
    objects, boxes, _ = settled
    hits = 0
    for number, true in enumerate(truth):
        found = boxes[objects == number]
        near = overlaps(found[:, None], true[None])[0] >= least
        hits += int(near.any(axis=0).sum()) if near.size else 0
    return 2 * hits / (len(boxes) + sum(map(len, truth)))


def test_hands_are_found_again():
    shifts = [(0.1, 0, 0, 0), (-0.1, 0, 0, 0), (0, 0, 0, 0), (0, 0, 0, 0)]
    job, _ = simulate_job(1, spreads=[0.02, 0.02, 0.02, 0.1], shifts=shifts, n_objects=150)

    hands = fit_boxes(job, n_workers=4).hands

    np.testing.assert_allclose(hands.shift[:2, 0], [0.1, -0.1], atol=0.03)
    assert hands.spread[3] > 2 * hands.spread[:3].max()


def test_a_steady_hand_weighs_more():
    boxes = np.array([[0.0, 0, 100, 100], [20.0, 20, 120, 120]])
    hands = Hands(np.array([0.02, 0.1, 0.05]), np.zeros((3, 4)))

    (middle,) = refine_boxes(boxes, np.zeros(2, dtype=int), np.arange(2), hands)

    assert overlaps(middle, boxes[0])[0] > 0.9 > overlaps(middle, boxes[1])[0]


def test_learning_beats_judging_all_alike_where_hands_differ():
    job, truth = simulate_job(2, spreads=[0.02, 0.02, 0.12, 0.12, 0.12])

    learnt, alike = settle_boxes(job, fit_boxes(job, n_workers=5)), settle_boxes(job, usual_skills())

    assert f1(learnt, truth, 0.85) > f1(alike, truth, 0.85) + 0.05
    assert f1(learnt, truth, 0.5) > 0.95


def test_what_one_of_five_drew_is_left_out():
    job, truth = simulate_job(3, spreads=[0.02] * 5)
    stray = np.array([[950.0, 950, 999, 999]])
    more = Boxes(np.vstack([job.boxes, stray]), np.append(job.objects, 7), np.append(job.workers, 2), job.looks)

    objects, boxes, sure = settle_boxes(more, fit_boxes(more, n_workers=5))

    assert (overlaps(boxes[objects == 7], stray)[0] < 0.5).all()
    assert ((sure >= 0.4) & (sure <= 1)).all()


@pytest.mark.parametrize("seed", range(3))
def test_order_of_boxes_and_names_of_workers_do_not_matter(seed):
    job, _ = simulate_job(seed, spreads=[0.03, 0.05, 0.08, 0.1], n_objects=25)
    random = np.random.default_rng(seed)
    order, renamed = random.permutation(len(job.boxes)), random.permutation(4)
    looks = random.permutation(np.column_stack([job.looks[:, 0], renamed[job.looks[:, 1]]]))
    moved = Boxes(job.boxes[order], job.objects[order], renamed[job.workers[order]], looks)

    first = settle_boxes(job, fit_boxes(job, n_workers=4))
    second = settle_boxes(moved, fit_boxes(moved, n_workers=4))

    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_two_things_that_people_drew_apart_stay_two():
    left, right = (0.0, 0, 100, 100), (40.0, 0, 140, 100)
    boxes = np.array([left, right] * 3)
    workers = np.repeat(np.arange(3), 2)
    job = Boxes(boxes, np.zeros(6, dtype=int), workers, np.array([(0, 0), (0, 1), (0, 2)]))

    _, found, _ = settle_boxes(job, usual_skills())

    np.testing.assert_allclose(found[found[:, 0].argsort()], [left, right])


def test_boxes_without_area_or_place_say_nothing():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 0, 10], [5, 5, 1, 9], [0, 0, np.nan, 1], [0, 0, np.inf, 1]])
    job = Boxes(boxes, np.zeros(5, dtype=int), np.arange(5), np.zeros((0, 2), dtype=int))

    skills = fit_boxes(job, n_workers=5)
    _, found, _ = settle_boxes(job, skills, keep=0.0)

    assert drawable(boxes).tolist() == [True, False, False, False, False]
    assert found.tolist() == [[0, 0, 10, 10]]
    assert np.isfinite(skills.hands.spread).all()


def test_nothing_drawn_is_nothing_found():
    nobody = Boxes(np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.array([(0, 0), (1, 0)]))

    objects, boxes, sure = settle_boxes(nobody, fit_boxes(nobody, n_workers=1))

    assert (len(objects), boxes.shape, len(sure)) == (0, (0, 4), 0)
    assert fit_hands(np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0, dtype=int), n_workers=2)[1].shape == (0, 4)


def test_a_crowded_scene_is_matched_in_parts_as_at_once(monkeypatch):
    random = np.random.default_rng(5)
    near = random.uniform(0, 300, size=(40, 2))
    true = np.hstack([near, near + random.uniform(60, 90, size=near.shape)])  # each overlaps several others
    drawn = [true + random.normal(scale=3.0, size=true.shape) for _ in range(3)]
    job = Boxes(
        np.concatenate(drawn), np.zeros(120, dtype=int), np.repeat(np.arange(3), 40), np.empty((0, 2), dtype=int)
    )

    in_parts = settle_boxes(job, usual_skills())
    monkeypatch.setattr(box_hands, "FEW", 10_000)
    monkeypatch.setattr(box_hands, "BLOCK", 100)
    at_once = settle_boxes(job, usual_skills())

    np.testing.assert_array_equal(in_parts[1], at_once[1])
    assert f1(in_parts, [true], 0.5) > 0.8
