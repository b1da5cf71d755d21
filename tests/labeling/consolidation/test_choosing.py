import numpy as np
import pytest

from labeling.consolidation import fit
from labeling.consolidation.choosing import (
    FOLDS,
    LARGE_COMPARED,
    STRENGTHS,
    climb,
    deal_folds,
    fit_model,
    foretell,
    limit_answers,
    name_model,
    score_strength,
)
from labeling.consolidation.dawid_skene import Answers
from tests.labeling.consolidation.crowds import blur, mixed_crowd, simulate


def fit_simulated(confusion, *, n_objects, each, seed=0):
    votes, _ = simulate(confusion, n_objects=n_objects, each=each, seed=seed)
    n_workers, n_categories = confusion.shape[:2]
    return fit(votes, n_objects=n_objects, n_workers=n_workers, n_categories=n_categories)


def test_one_answer_an_object_falls_back_to_the_vote():
    assert fit_simulated(mixed_crowd(20, 3, 0), n_objects=300, each=1).model == "vote"


def test_few_objects_fall_back_to_the_vote():
    assert fit_simulated(mixed_crowd(5, 3, 0), n_objects=19, each=3).model == "vote"


def test_few_objects_with_a_second_answer_fall_back_to_the_vote():
    votes, _ = simulate(mixed_crowd(12, 2, 0), n_objects=400, each=2, seed=0)
    second = np.arange(800) % 2 == 1

    thin = votes[~second | (votes[:, 0] < 79)]
    enough = votes[~second | (votes[:, 0] < 80)]

    assert fit(thin, n_objects=400, n_workers=12, n_categories=2).model == "vote"
    assert fit(enough, n_objects=400, n_workers=12, n_categories=2).model != "vote"


def test_one_worker_falls_back_to_the_vote():
    votes = np.column_stack([np.repeat(np.arange(30), 2), np.zeros(60, int), np.zeros(60, int)])

    assert fit(votes, n_objects=30, n_workers=1, n_categories=2).model == "vote"


def test_one_category_falls_back_to_the_vote():
    votes = np.column_stack([np.repeat(np.arange(30), 2), np.tile([0, 1], 30), np.zeros(60, int)])

    assert fit(votes, n_objects=30, n_workers=2, n_categories=1).model == "vote"


def test_no_answers_fall_back_to_the_vote():
    skills = fit(np.zeros((0, 3), dtype=int), n_objects=0, n_workers=0, n_categories=4)

    assert skills.model == "vote"
    assert skills.class_prior.tolist() == [0.25] * 4


def test_workers_with_their_own_errors_and_many_answers_get_their_own_confusion():
    random = np.random.default_rng(7)
    odd = 0.6 * np.eye(3) + 0.4 * random.dirichlet([0.2] * 3, size=(10, 3))

    skills = fit_simulated(odd, n_objects=1500, each=5)

    assert skills.model in {"shrunk", "full"}
    assert skills.strength <= 4


def test_coins_with_few_answers_and_many_categories_get_one_coin():
    assert fit_simulated(mixed_crowd(60, 10, 3), n_objects=300, each=5).model == "one-coin"


def test_hundreds_of_categories_get_one_coin():
    assert fit_simulated(mixed_crowd(10, 250, 3), n_objects=300, each=3).model == "one-coin"


@pytest.mark.parametrize(("strength", "name"), [(None, "one-coin"), (8.0, "shrunk"), (0.5, "full")])
def test_a_model_has_a_name(strength, name):
    assert name_model(strength) == name


def test_folds_are_even_and_blind_to_order_and_names():
    votes, _ = simulate(mixed_crowd(9, 4, 1), n_objects=500, each=4, seed=1)
    random = np.random.default_rng(3)
    order, workers, categories = random.permutation(2000), random.permutation(9), random.permutation(4)
    renamed = np.column_stack([votes[:, 0], workers[votes[:, 1]], categories[votes[:, 2]]])[order]

    folds = deal_folds(Answers(votes, 500, 9, 4), seed=2)
    again = deal_folds(Answers(renamed, 500, 9, 4), seed=2)

    assert again.tolist() == folds[order].tolist()
    assert np.bincount(folds, minlength=FOLDS).min() > 0.9 * 2000 / FOLDS


@pytest.mark.parametrize("strength", [None, 4.0])
def test_what_a_model_foretells_sums_to_one_over_the_categories(strength):
    votes, _ = simulate(mixed_crowd(6, 3, 2), n_objects=60, each=3, seed=2)
    fitted = fit_model(Answers(votes, 60, 6, 3), strength)

    chances = [foretell(fitted, np.array([[7, 2, category]]))[0] for category in range(3)]

    assert sum(chances) == pytest.approx(1)


def test_the_true_kind_of_crowd_foretells_best():
    shy, eager = np.array([[0.98, 0.02], [0.5, 0.5]]), np.array([[0.5, 0.5], [0.02, 0.98]])
    votes, _ = simulate(np.stack([shy, eager] * 4), n_objects=600, each=5, seed=5)
    answers = Answers(votes, 600, 8, 2)
    folds = deal_folds(answers, 0)

    assert score_strength(answers, 2.0, folds) > score_strength(answers, None, folds) + 50


def test_a_large_job_is_compared_on_a_part_of_its_objects():
    votes = np.column_stack([np.repeat(np.arange(100_000), 2), np.tile([0, 1], 100_000), np.zeros(200_000, int)])

    part = limit_answers(Answers(votes, 100_000, 2, 2), seed=1)

    assert abs(len(part.votes) - LARGE_COMPARED) < 0.02 * LARGE_COMPARED
    assert np.bincount(part.votes[:, 0]).tolist() == [2] * part.n_objects


@pytest.mark.parametrize("peak", range(len(STRENGTHS)))
def test_climbing_finds_the_top_wherever_it_is_and_looks_nowhere_twice(peak):
    looked = []

    def score(strength):
        looked.append(strength)
        return -abs(STRENGTHS.index(strength) - peak)

    assert climb(score) == STRENGTHS[peak]
    assert len(looked) == len(set(looked))
    assert peak or len(looked) == 3


def test_skills_of_a_worker_do_not_depend_on_the_others_names():
    confusion = np.stack([blur(accuracy, 2) for accuracy in (0.9, 0.8, 0.7, 0.6)])
    votes, _ = simulate(confusion, n_objects=200, each=3, seed=6)
    swapped = np.array([3, 2, 1, 0])
    renamed = np.column_stack([votes[:, 0], swapped[votes[:, 1]], votes[:, 2]])

    first = fit(votes, n_objects=200, n_workers=4, n_categories=2)
    second = fit(renamed, n_objects=200, n_workers=4, n_categories=2)

    np.testing.assert_allclose(second.accuracy[swapped], first.accuracy, atol=1e-9)
