"""Odd jobs: a defined result, whatever people and files do. Odd shapes and masks stand with their own tests."""

import subprocess
import sys

import numpy as np
import pytest

from labeling.consolidation import calibrate, fit, settle
from labeling.consolidation.masks import mean_iou
from labeling.consolidation.presence import believe_parts, fit_presence
from tests.labeling.consolidation.crowds import blur, mixed_crowd, simulate

NOTHING = np.zeros((0, 3), dtype=np.int64)


def settle_all(votes, n_objects, n_workers, n_categories):
    skills = fit(votes, n_objects=n_objects, n_workers=n_workers, n_categories=n_categories)
    return settle(votes, skills, n_objects=n_objects)


@pytest.mark.parametrize(("n_objects", "n_workers", "n_categories"), [(0, 0, 0), (0, 0, 1), (5, 0, 3), (5, 4, 3)])
def test_no_answers_are_labels_without_confidence_beyond_the_draw(n_objects, n_workers, n_categories):
    labels, confidence, probs = settle_all(NOTHING, n_objects, n_workers, n_categories)

    assert labels.shape == confidence.shape == (n_objects,)
    assert probs.shape == (n_objects, n_categories)
    np.testing.assert_allclose(confidence, 1 / max(n_categories, 1))


def test_one_worker_is_believed_but_not_certain():
    votes = np.column_stack([np.arange(40), np.zeros(40, int), np.arange(40) % 3])

    labels, confidence, _ = settle_all(votes, 40, 1, 3)

    assert labels.tolist() == votes[:, 2].tolist()
    assert (confidence < 0.8).all()


def test_where_everybody_disagrees_nothing_is_sure():
    votes = np.array([(number, worker, worker) for number in range(60) for worker in range(4)])
    turned = np.column_stack([votes[:, :2], (votes[:, 2] + votes[:, 0]) % 4])

    labels, confidence, probs = settle_all(turned, 60, 4, 4)

    assert set(labels.tolist()) <= set(range(4))
    assert (confidence < 0.7).all()
    np.testing.assert_allclose(probs.sum(axis=1), 1)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n_categories", [2, 4])
def test_a_worker_who_answers_all_wrong_flips_nothing(seed, n_categories):
    wrong = blur(0.02, n_categories)
    crowd = np.stack([blur(0.8, n_categories)] * 5 + [wrong])
    votes, truth = simulate(crowd, n_objects=300, each=6, seed=seed)
    without = votes[votes[:, 1] < 5]

    labels, _, _ = settle_all(votes, 300, 6, n_categories)
    fair, _, _ = settle_all(without, 300, 5, n_categories)

    assert (labels == truth).mean() > 0.93
    assert (labels == truth).mean() >= (fair == truth).mean() - 0.01


def test_two_of_five_who_answer_all_wrong_flip_nothing():
    votes, truth = simulate(np.stack([blur(0.85, 2)] * 3 + [blur(0.03, 2)] * 2), n_objects=400, each=5, seed=1)

    labels, _, _ = settle_all(votes, 400, 5, 2)

    assert (labels == truth).mean() > 0.9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n_objects", "each", "many", "n_wrong"), [(200, 1, 40, 1), (300, 2, 60, 2), (1000, 1, 40, 1)])
def test_few_who_answer_everything_wrong_flip_nothing_beside_many_who_answer_little(
    seed, n_objects, each, many, n_wrong
):
    votes, truth = simulate(np.stack([blur(0.9, 2)] * many), n_objects=n_objects, each=each, seed=seed)
    objects = np.arange(n_objects)
    wrong = [np.column_stack([objects, np.full(n_objects, many + n), 1 - truth]) for n in range(n_wrong)]

    labels, _, _ = settle_all(np.concatenate([votes, *wrong]), n_objects, many + n_wrong, 2)

    assert (labels == truth).mean() > 0.9


def test_a_hundred_thousand_workers_with_one_answer_each():
    votes, truth = simulate(np.stack([blur(0.8, 3)] * 10), n_objects=20_000, each=5, seed=0)
    alone = np.column_stack([votes[:, 0], np.arange(100_000), votes[:, 2]])

    labels, confidence, _ = settle_all(alone, 20_000, 100_000, 3)

    assert (labels == truth).mean() > 0.93
    assert np.isfinite(confidence).all()


def test_categories_that_nobody_used_are_never_the_label():
    votes, truth = simulate(mixed_crowd(10, 3, 0), n_objects=200, each=4, seed=0)

    labels, confidence, _ = settle_all(votes, 200, 10, 300)
    few, _, _ = settle_all(votes, 200, 10, 3)

    assert labels.max() < 3
    assert (labels == truth).mean() > 0.8
    assert (few == truth).mean() > 0.8
    assert (confidence <= 1).all()


def test_audits_that_contradict_each_other_and_the_labels_make_unsure():
    votes, _ = simulate(mixed_crowd(10, 2, 1), n_objects=200, each=4, seed=1)
    skills = fit(votes, n_objects=200, n_workers=10, n_categories=2)
    labels, before, _ = settle(votes, skills, n_objects=200)
    audited = np.repeat(np.arange(60), 2)
    truth = np.column_stack([labels[:60], 1 - labels[:60]]).ravel()

    taught = calibrate(votes, skills, audited=audited, truth=truth, n_objects=200)
    again, after, _ = settle(votes, skills, n_objects=200, calibration=taught)

    assert again.tolist() == labels.tolist()
    assert after.mean() < before.mean() - 0.1
    assert ((after > 0) & (after < 1)).all()


def test_a_true_category_that_nobody_knows_counts_as_wrong():
    votes, _ = simulate(mixed_crowd(6, 2, 1), n_objects=50, each=3, seed=1)
    skills = fit(votes, n_objects=50, n_workers=6, n_categories=2)

    taught = calibrate(votes, skills, audited=np.arange(50), truth=np.full(50, -1), n_objects=50)

    assert settle(votes, skills, n_objects=50, calibration=taught)[1].max() < 0.7


def test_parts_that_nobody_was_asked_about_have_a_chance_all_the_same():
    presence = fit_presence(NOTHING, np.zeros((0, 2), dtype=int), n_workers=0)

    assert believe_parts(NOTHING, presence, n_parts=0).shape == (0,)
    assert 0 < believe_parts(NOTHING, presence, n_parts=1)[0] < 1


def test_empty_masks_agree():
    empty = np.zeros((4, 4), dtype=np.int64)

    assert mean_iou(empty, empty) == 1.0


PROGRAM = """
import numpy as np
from labeling.consolidation import fit, settle
from tests.labeling.consolidation.crowds import mixed_crowd, simulate
votes, _ = simulate(mixed_crowd(9, 4, 3), n_objects=150, each=3, seed=3)
skills = fit(votes, n_objects=150, n_workers=9, n_categories=4)
print(skills.to_json(), settle(votes, skills, n_objects=150)[1].tobytes().hex())
"""


def test_a_repeated_run_gives_the_same_bytes():
    runs = [subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, check=True).stdout for _ in range(2)]

    assert runs[0] == runs[1]
    assert len(runs[0]) > 1000


@pytest.mark.parametrize("seed", range(3))
def test_labels_are_to_the_last_one_those_of_other_rows_and_names(seed):
    votes, _ = simulate(mixed_crowd(15, 3, seed), n_objects=300, each=3, seed=seed)
    random = np.random.default_rng(seed)
    moved = random.permutation(np.column_stack([votes[:, 0], random.permutation(15)[votes[:, 1]], votes[:, 2]]))

    labels, confidence, _ = settle_all(votes, 300, 15, 3)
    again, confidence_again, _ = settle_all(moved, 300, 15, 3)

    assert again.tolist() == labels.tolist()
    np.testing.assert_allclose(confidence_again, confidence, atol=1e-9)
