import numpy as np
import pytest

from labeling.consolidation import Skills, fit, settle
from labeling.consolidation.adaptive import Asking, is_worth_learning, sureness, wants_another, wants_more
from tests.labeling.consolidation.crowds import blur, mixed_crowd, simulate

NOBODY = Skills("vote", 0.0, np.full(2, 0.5), np.zeros(0), 0.5, np.arange(2, dtype=np.uint64))
EXPERTS = Skills("one-coin", 0.0, np.full(2, 0.5), np.full(5, 0.99), 0.9, np.arange(2, dtype=np.uint64))


def agreeing(*counts):
    """Votes (M, 3): for each object so many answers of different workers, all category 0."""
    rows = [(number, worker, 0) for number, count in enumerate(counts) for worker in range(count)]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def test_everybody_who_is_asked_in_any_case_is_asked():
    wanted = wants_another(agreeing(0, 1, 2), EXPERTS, Asking(least=2), n_objects=4)

    assert wanted.tolist() == [True, True, False, True]


def test_nobody_is_asked_beyond_the_most():
    split = np.array([[0, worker, worker % 2] for worker in range(5)])

    assert wants_another(split, EXPERTS, Asking(most=5)).tolist() == [False]
    assert wants_another(split[:4], EXPERTS, Asking(most=5)).tolist() == [True]


def test_the_bounds_of_asking_hold_for_any_type_and_no_figure_is_no_sureness():
    answered = np.array([1, 2, 3, 3, 5, 9])
    sure = np.array([1.0, 0.95, 0.9, np.nan, 0.1, np.nan])

    assert wants_more(answered, sure, Asking(2, 5, 0.95)).tolist() == [True, False, True, True, False, False]


def test_people_who_agree_are_believed_until_something_is_known_of_them():
    votes = np.concatenate([agreeing(2), [[1, 0, 0], [1, 1, 1]]])
    poor = Skills("one-coin", 0.0, np.full(2, 0.5), np.full(5, 0.6), 0.6, np.arange(2, dtype=np.uint64))

    assert wants_another(votes, NOBODY, Asking()).tolist() == [False, True]
    assert wants_another(votes, poor, Asking()).tolist() == [True, True]
    assert wants_another(votes, EXPERTS, Asking()).tolist() == [False, True]


def test_who_must_be_surer_asks_more():
    votes, _ = simulate(mixed_crowd(30, 3, 0), n_objects=300, each=3, seed=0)
    skills = fit(votes, n_objects=300, n_workers=30, n_categories=3)

    asked = [wants_another(votes, skills, Asking(sure=sure)).sum() for sure in (0.5, 0.8, 0.95, 1.0)]

    assert asked == sorted(asked)
    assert 0 < asked[0] < asked[-1]


def test_order_of_votes_does_not_matter():
    votes, _ = simulate(mixed_crowd(12, 2, 1), n_objects=80, each=3, seed=1)
    skills = fit(votes, n_objects=80, n_workers=12, n_categories=2)
    mixed = np.random.default_rng(1).permutation(votes)

    assert wants_another(mixed, skills, Asking()).tolist() == wants_another(votes, skills, Asking()).tolist()


def test_asking_in_doubt_keeps_the_accuracy_of_five_with_fewer_labels():
    careful = np.stack([blur(accuracy, 3) for accuracy in np.linspace(0.7, 0.97, 40)])
    votes, truth = simulate(careful, n_objects=800, each=5, seed=2)
    rank = np.arange(len(votes)) % 5

    asked = np.full(800, 2)
    for _ in range(4):
        so_far = votes[rank < asked[votes[:, 0]]]
        skills = fit(so_far, n_objects=800, n_workers=40, n_categories=3)
        asked += wants_another(so_far, skills, Asking())
    so_far = votes[rank < asked[votes[:, 0]]]
    accuracies = []
    for given in (so_far, votes):
        skills = fit(given, n_objects=800, n_workers=40, n_categories=3)
        accuracies.append((settle(given, skills, n_objects=800)[0] == truth).mean())

    assert len(so_far) < 0.7 * len(votes)
    assert accuracies[0] > accuracies[1] - 0.015


def test_skills_are_learnt_anew_at_the_first_answer_and_as_a_job_grows():
    assert [is_worth_learning(*pair) for pair in [(0, 0), (1, 0), (129, 100), (130, 100)]] == [False, True, False, True]


def test_sureness_of_nothing_is_empty():
    assert sureness(np.zeros((0, 3), dtype=int), EXPERTS, n_objects=0).shape == (0,)


@pytest.mark.parametrize(("least", "most", "sure"), [(0, 5, 0.9), (3, 2, 0.9), (1, 2, 0.0), (1, 2, 1.1)])
def test_an_asking_that_makes_no_sense_is_refused(least, most, sure):
    with pytest.raises(ValueError, match=r"is no range|is not above 0"):
        Asking(least, most, sure)
