import dataclasses

import numpy as np
import pytest

from labeling.consolidation import (
    Calibration,
    Skills,
    calibrate,
    fit,
    posterior,
    settle,
    settle_by_vote,
    zero_single_answers,
)
from labeling.consolidation.calibration import expected_calibration_error
from tests.labeling.consolidation.crowds import blur, mixed_crowd, simulate

CASES = [(n_objects, k, each, seed) for seed, (n_objects, k, each) in enumerate([(40, 2, 3), (60, 4, 2), (25, 3, 5)])]
COINS = Skills("one-coin", 0.0, np.array([0.5, 0.5]), np.array([0.9, 0.6]), 0.75, np.arange(2, dtype=np.uint64))


def settle_votes(votes, n_objects, n_workers, n_categories):
    skills = fit(votes, n_objects=n_objects, n_workers=n_workers, n_categories=n_categories)
    return settle(votes, skills, n_objects=n_objects)


def compare_with_vote(confusion, *, n_objects, each, seed, prior=None):
    votes, truth = simulate(confusion, n_objects=n_objects, each=each, seed=seed, prior=prior)
    n_workers, n_categories = confusion.shape[:2]
    labels, confidence, _ = settle_votes(votes, n_objects, n_workers, n_categories)
    voted, _ = settle_by_vote(votes, n_objects=n_objects, n_categories=n_categories)
    ece = expected_calibration_error(confidence, (labels == truth).astype(float))
    return (labels == truth).mean(), (voted == truth).mean(), ece


def test_posterior_follows_bayes_rule_and_judges_strangers_as_the_crowd():
    votes = np.array([[0, 0, 0], [0, 1, 1], [1, 99, 1], [2, -1, 1]])

    probs = posterior(votes, COINS, n_objects=4)

    assert probs[0, 0] == pytest.approx(0.36 / 0.42)
    np.testing.assert_allclose(probs[1:], [[0.25, 0.75], [0.25, 0.75], [0.5, 0.5]])


def test_confidence_is_softened_by_the_answers_that_disagree():
    votes = np.array([[0, 0, 0], [0, 1, 1]])

    labels, confidence, probs = settle(votes, COINS)

    weight = 0.38 / 2
    assert labels.tolist() == [0]
    assert confidence[0] == pytest.approx((1 - weight) * 0.36 / 0.42 + weight * 0.5)
    assert probs.sum() == pytest.approx(1)


def test_a_calibration_takes_the_place_of_softening_and_the_rest_is_shared_as_before():
    skills = Skills("one-coin", 0.0, np.full(3, 1 / 3), np.array([0.9, 0.6]), 0.75, np.arange(3, dtype=np.uint64))
    votes = np.array([[0, 0, 0], [0, 1, 1]])
    _, soft, before = settle(votes, skills)

    labels, confidence, probs = settle(votes, skills, calibration=Calibration(0.0, np.log(4)))

    assert labels.tolist() == [0]
    assert soft[0] != pytest.approx(0.8)
    assert confidence[0] == pytest.approx(0.8)
    assert probs.sum() == pytest.approx(1)
    assert probs[0, 1] / probs[0, 2] == pytest.approx(before[0, 1] / before[0, 2])


@pytest.mark.parametrize("seed", range(3))
def test_audited_objects_make_the_confidence_of_the_others_honest(seed):
    votes, truth = simulate(mixed_crowd(30, 3, seed), n_objects=1500, each=4, seed=seed)
    misled = np.random.default_rng(seed).random(1500) < 0.15  # objects that mislead everybody
    truth = np.where(misled, (truth + 1) % 3, truth)
    skills = fit(votes, n_objects=1500, n_workers=30, n_categories=3)
    labels, before, _ = settle(votes, skills)
    audited = np.arange(1500) % 10 == 0

    taught = calibrate(votes, skills, audited=np.flatnonzero(audited), truth=truth[audited])
    again, after, _ = settle(votes, skills, calibration=taught)

    others = ~audited
    accuracy = (labels == truth)[others].mean()
    assert again.tolist() == labels.tolist()
    assert before[others].mean() - accuracy > 0.06
    assert abs(after[others].mean() - accuracy) < 0.05


def test_nothing_to_calibrate_is_a_calibration_all_the_same():
    nobody = np.zeros((0, 3), dtype=int)

    taught = calibrate(nobody, COINS, audited=np.zeros(0, dtype=int), truth=np.zeros(0, dtype=int))

    assert (taught.slope, taught.offset) == (0.2, 1.0)


def test_posterior_of_fitted_skills_is_the_fit_itself():
    votes, truth = simulate(mixed_crowd(8, 3, 0), n_objects=200, each=5, seed=0)
    skills = fit(votes, n_objects=200, n_workers=8, n_categories=3)

    part = posterior(votes[votes[:, 0] < 20], skills)
    whole = posterior(votes, skills, n_objects=200)

    np.testing.assert_allclose(part, whole[:20])
    assert (whole.argmax(axis=1) == truth).mean() > 0.9


@pytest.mark.parametrize(("n_objects", "k", "each", "seed"), CASES)
def test_order_of_answers_and_names_of_workers_do_not_matter(n_objects, k, each, seed):
    votes, _ = simulate(mixed_crowd(7, k, seed), n_objects=n_objects, each=each, seed=seed)
    random = np.random.default_rng(seed)
    moved = np.column_stack([votes[:, 0], random.permutation(7)[votes[:, 1]], votes[:, 2]])
    moved = moved[random.permutation(len(moved))]

    labels, confidence, _ = settle_votes(votes, n_objects, 7, k)
    again, confidence_again, _ = settle_votes(moved, n_objects, 7, k)

    assert again.tolist() == labels.tolist()
    np.testing.assert_allclose(confidence_again, confidence, atol=1e-9)


@pytest.mark.parametrize(("n_objects", "k", "each", "seed"), CASES)
def test_renamed_categories_rename_the_labels(n_objects, k, each, seed):
    votes, _ = simulate(mixed_crowd(7, k, seed), n_objects=n_objects, each=each, seed=seed)
    renamed = np.random.default_rng(seed).permutation(k)
    moved = np.column_stack([votes[:, :2], renamed[votes[:, 2]]])

    labels, _, probs = settle_votes(votes, n_objects, 7, k)
    again, _, probs_again = settle_votes(moved, n_objects, 7, k)

    assert again.tolist() == renamed[labels].tolist()
    np.testing.assert_allclose(probs_again[:, renamed], probs, atol=1e-9)


@pytest.mark.parametrize("each", [1, 2, 3])
def test_answers_that_all_agree_are_the_labels(each):
    truth = np.random.default_rng(each).integers(4, size=50)
    votes = np.column_stack([np.repeat(np.arange(50), each), np.tile(np.arange(each), 50), np.repeat(truth, each)])

    labels, confidence, _ = settle_votes(votes, 50, each, 4)

    assert labels.tolist() == truth.tolist()
    assert confidence.min() > 0.6


def test_probs_are_distributions_and_the_label_is_their_greatest():
    votes, _ = simulate(mixed_crowd(12, 5, 1), n_objects=150, each=3, seed=1)

    labels, confidence, probs = settle_votes(votes, 150, 12, 5)

    np.testing.assert_allclose(probs.sum(axis=1), 1)
    np.testing.assert_allclose(confidence, probs.max(axis=1), atol=1e-9)
    np.testing.assert_allclose(confidence, probs[np.arange(150), labels])


def test_copied_votes_do_not_overturn_the_rest():
    votes, truth = simulate(mixed_crowd(10, 3, 2), n_objects=400, each=4, seed=2)
    copies = np.column_stack([votes[:, 0], votes[:, 1] + 10, votes[:, 2]])

    labels, _, _ = settle_votes(votes, 400, 10, 3)
    doubled, _, _ = settle_votes(np.concatenate([votes, copies]), 400, 20, 3)

    assert (doubled == labels).mean() > 0.95
    assert (doubled == truth).mean() > (labels == truth).mean() - 0.03


def test_spammers_and_liars_are_seen_through():
    spammer = np.tile([1.0, 0.0, 0.0], (3, 1))
    liar = np.roll(np.eye(3), 1, axis=1)
    confusion = np.stack([blur(0.8, 3)] * 7 + [spammer] * 3 + [liar] * 2)

    ours, vote, _ = compare_with_vote(confusion, n_objects=500, each=5, seed=3)

    assert ours > vote + 0.1


def test_five_answers_and_ten_categories_do_not_fall_under_the_vote():
    ours, vote, ece = compare_with_vote(mixed_crowd(60, 10, 4), n_objects=300, each=5, seed=4)

    assert ours >= vote
    assert ece < 0.12


@pytest.mark.parametrize("seed", range(3))
def test_two_answers_do_not_swallow_the_smaller_class(seed):
    ours, vote, ece = compare_with_vote(mixed_crowd(30, 2, seed), n_objects=400, each=2, seed=seed)

    assert ours > vote + 0.02
    assert ece < 0.1


def test_a_rare_category_is_still_found():
    confusion = np.stack([blur(accuracy, 2) for accuracy in np.linspace(0.75, 0.98, 40)])

    ours, vote, _ = compare_with_vote(confusion, n_objects=1500, each=3, seed=5, prior=np.array([0.95, 0.05]))

    assert ours > 0.96
    assert ours > vote + 0.02


def test_workers_with_three_answers_are_judged_as_the_crowd():
    votes, truth = simulate(mixed_crowd(200, 3, 6), n_objects=200, each=3, seed=6)

    labels, _, _ = settle_votes(votes, 200, 200, 3)
    voted, _ = settle_by_vote(votes, n_objects=200, n_categories=3)

    assert (labels == truth).mean() >= (voted == truth).mean() - 0.02


def test_hundreds_of_categories():
    ours, vote, _ = compare_with_vote(mixed_crowd(12, 300, 7), n_objects=400, each=3, seed=7)

    assert ours > vote


def test_nothing_in_nothing_out():
    labels, confidence, probs = settle_votes(np.zeros((0, 3), dtype=int), 0, 0, 3)

    assert labels.shape == (0,)
    assert confidence.shape == (0,)
    assert probs.shape == (0, 3)


def test_an_object_without_answers_gets_the_class_prior():
    probs = posterior(np.zeros((0, 3), dtype=int), COINS, n_objects=2)

    assert probs.tolist() == [[0.5, 0.5], [0.5, 0.5]]


def test_a_lone_answer_without_comparison_is_not_certain():
    _, confidence, _ = settle_votes(np.array([[0, 0, 1]]), 1, 1, 2)

    assert confidence.tolist() == [0.75]


def test_single_answers_are_zeroed_where_the_caller_asks():
    votes = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 0]])

    assert zero_single_answers(np.array([0.9, 0.8, 0.5]), votes).tolist() == [0.0, 0.8, 0.0]


@pytest.mark.parametrize(("n_categories", "each", "model"), [(10, 5, "one-coin"), (2, 5, "shrunk"), (3, 1, "vote")])
def test_skills_read_back_from_json_settle_alike(n_categories, each, model):
    votes, _ = simulate(mixed_crowd(30, n_categories, 3), n_objects=300, each=each, seed=3)
    skills = fit(votes, n_objects=300, n_workers=30, n_categories=n_categories)

    copy = Skills.from_json(skills.to_json())

    assert copy.model == skills.model == model
    assert copy.category_keys.tolist() == skills.category_keys.tolist()
    assert settle(votes, copy)[0].tolist() == settle(votes, skills)[0].tolist()
    np.testing.assert_allclose(settle(votes, copy)[2], settle(votes, skills)[2], atol=1e-4)


def test_skills_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        COINS.model = "vote"
