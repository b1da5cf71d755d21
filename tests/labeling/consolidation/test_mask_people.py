"""What is learnt of people who paint masks, and what it gains over the weighted vote."""

from functools import partial

import numpy as np
import pytest

from labeling.consolidation import mask_people
from labeling.consolidation.mask_people import Look, learn_corrections, weigh_workers
from labeling.consolidation.mask_words import say_tables
from labeling.consolidation.masks import mean_iou, settle_masks
from tests.labeling.consolidation.drawings import Painter, as_categories, paint, place_discs, renumbered, truth_of

USUAL = Painter(1.5, 0.05, 0.02)
BLIND = partial(renumbered, c1=0, c2=0)  # paints nothing
MISSES = partial(renumbered, c2=0)
WRONG = partial(renumbered, c0=1, c1=0, c2=0)


def same(ids):
    return ids


def everything(ids):
    return np.ones_like(ids)


def job(habits, seed, n_objects=8):
    """Pictures as looks, and their true masks: each habit is a worker of the usual hand."""
    random = np.random.default_rng(seed)
    scenes = [place_discs(random) for _ in range(n_objects)]
    workers = range(len(habits))
    looks = [Look([do(as_categories(paint(USUAL, scene, random))) for do in habits], workers) for scene in scenes]
    return looks, [as_categories(truth_of(scene)) for scene in scenes]


def settle_all(looks, learnt=True):
    count = 1 + max(max(look.workers) for look in looks)
    weights = weigh_workers(looks, count)
    corrections = learn_corrections(looks, weights, n_categories=2) if learnt else None
    return [
        settle_masks(
            look.masks,
            [weights[worker] for worker in look.workers],
            n_categories=2,
            corrections=None if corrections is None else [corrections[worker] for worker in look.workers],
        )
        for look in looks
    ]


def score(settled, truths):
    return np.mean([mean_iou(ids, true) for (ids, _), true in zip(settled, truths, strict=True)])


def gain(habits, seeds=3):
    """By how much the mean overlap with the truth is better than that of the weighted vote."""
    jobs = [job(habits, seed) for seed in range(seeds)]
    return np.mean(
        [score(settle_all(looks), true) - score(settle_all(looks, learnt=False), true) for looks, true in jobs]
    )


@pytest.mark.parametrize(
    ("habits", "least"),
    [
        ([same, MISSES], 0.02),
        ([same, BLIND], 0.06),
        ([same, same, BLIND], 0.02),
        ([same, same, WRONG], 0.05),
        ([same, same, same, MISSES, MISSES], 0.015),
        ([same, same, same, BLIND, BLIND], 0.03),
    ],
)
def test_who_goes_astray_always_in_one_way_is_seen_through(habits, least):
    assert gain(habits) > least


@pytest.mark.parametrize(
    "habits",
    [
        [same] * 2,
        [same] * 3,
        [same, same, partial(renumbered, c1=2)],
        [same, same, partial(renumbered, c1=2, c2=1)],
        [same, same, everything],
    ],
)
def test_nowhere_is_it_clearly_worse_than_the_vote(habits):
    assert gain(habits) > -0.008  # of 24 pictures; of 96 it is -.0037 at worst


@pytest.mark.parametrize("seed", range(3))
def test_one_who_is_all_wrong_turns_nobody_round(seed):
    looks, truths = job([same, same, WRONG], seed)

    assert score(settle_all(looks), truths) > 0.75


def test_corrections_name_what_somebody_takes_for_something_else():
    looks, _ = job([same, same, partial(renumbered, c1=2), MISSES], seed=1)

    ann, bo, cy, di = learn_corrections(looks, weigh_workers(looks, 4), n_categories=2)

    assert cy[1, 2] == di[2, 0] == mask_people.MOST_SAID  # "2" of the third may well be 1, nothing of the fourth 2
    assert max(ann[1, 2], bo[1, 2], di[1, 2]) < 0
    assert min(ann[2, 2], bo[2, 2], cy[2, 2]) > 0 > di[2, 2]


def test_neither_the_names_nor_the_order_of_people_matter():
    looks, _ = job([same, partial(renumbered, c1=2), MISSES], seed=2)
    turned = [Look(look.masks[::-1], [0, 1, 2]) for look in looks]

    learnt, backwards = (learn_corrections(given, weigh_workers(given, 3), n_categories=2) for given in (looks, turned))

    assert (learnt == backwards[::-1]).all()
    for (ids, confidence), (other, same_confidence) in zip(settle_all(looks), settle_all(turned), strict=True):
        assert (ids == other).all()
        assert confidence == same_confidence


def test_neither_does_the_size_of_tiles(monkeypatch):
    looks, _ = job([same, same, MISSES], seed=3, n_objects=2)
    whole = settle_all(looks)
    monkeypatch.setattr("labeling.consolidation.masks.TILE", 17)

    for (ids, confidence), (other, same_confidence) in zip(whole, settle_all(looks), strict=True):
        assert (ids == other).all()
        assert confidence == same_confidence


def test_what_is_known_judges_where_the_crowd_errs():
    """Two of three miss a category always: nothing but the truth can tell."""
    looks, truths = job([same, MISSES, MISSES], seed=4)
    told = [Look(look.masks, look.workers, true) for look, true in zip(looks, truths, strict=True)]

    guessed, known = (learn_corrections(given, weigh_workers(given, 3), n_categories=2) for given in (looks, told))

    assert weigh_workers(looks, 3)[0] < 1 < weigh_workers(told, 3)[0]
    assert guessed[0, 0, 2] > 0 > known[0, 0, 2]  # "2" of the first seemed to be invented
    assert known[1, 2, 0] > 0 > known[0, 2, 0]  # nothing of the others may be 2


def test_empty_masks_and_single_colours_teach_nothing_that_hurts():
    nothing, road = np.zeros((8, 8), dtype=np.uint8), np.ones((8, 8), dtype=np.uint8)

    for masks in ([nothing] * 3, [road] * 3):
        looks = [Look(masks, range(3))] * 4
        assert [(ids == masks[0]).all() for ids, _ in settle_all(looks)] == [True] * 4
        assert settle_all(looks)[0][1] == pytest.approx((3 + 1 / 3) / 4)


def test_where_nothing_compares_or_too_much_would_be_kept_nothing_is_learnt(monkeypatch):
    looks, _ = job([same, same], seed=0, n_objects=2)

    assert learn_corrections([], [], n_categories=2) is None
    monkeypatch.setattr(mask_people, "MOST_NUMBERS", 4 * 3**2 - 1)
    assert learn_corrections(looks, [1.0, 1.0], n_categories=2) is None
    monkeypatch.setattr(mask_people, "MOST_NUMBERS", 4 * 3**2)
    assert learn_corrections(looks, [1.0, 1.0], n_categories=2).shape == (2, 3, 3)


def test_a_word_is_a_vote_by_skill_and_what_was_learnt():
    usual, corrected = say_tables([1.0, 16.0], [np.zeros((2, 2)), np.array([[0.0, -1.0], [0.5, 0.0]])])

    assert usual.tolist() == [[2.5, 0.0], [0.0, 2.5]]
    assert corrected.tolist() == [[20.0, -1.0], [0.5, 20.0]]


def test_chances_are_sure_only_where_people_agree():
    looks, truths = job([same] * 3, seed=6)
    settled = settle_all(looks)

    seen = [np.any([mask > 0 for mask in look.masks], axis=0) for look in looks]
    right = np.mean([(ids == true)[at].mean() for (ids, _), true, at in zip(settled, truths, seen, strict=True)])

    assert right - 0.2 < np.mean([confidence for _, confidence in settled]) < right
