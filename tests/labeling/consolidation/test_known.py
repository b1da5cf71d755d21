"""Objects whose truth is known: people are judged by them."""

import numpy as np
import pytest

from labeling.consolidation import fit, settle
from labeling.consolidation.presence import Truths, ask_parts, fit_presence
from tests.labeling.consolidation.crowds import blur, mixed_crowd, simulate


def some_known(truth, count):
    return np.column_stack([np.arange(count), truth[:count]])


def learn(votes, known=None, *, n_objects, n_workers, n_categories=2):
    return fit(votes, n_objects=n_objects, n_workers=n_workers, n_categories=n_categories, known=known)


def test_a_majority_that_is_always_wrong_is_found_out_by_known_objects():
    crowd = np.stack([blur(0.95, 2)] * 2 + [blur(0.05, 2)] * 3)
    votes, truth = simulate(crowd, n_objects=300, each=5, seed=0)

    alone = learn(votes, n_objects=300, n_workers=5)
    taught = learn(votes, some_known(truth, 30), n_objects=300, n_workers=5)

    assert (settle(votes, alone)[0] == truth)[30:].mean() < 0.05
    assert (settle(votes, taught)[0] == truth)[30:].mean() > 0.99
    assert (taught.accuracy > 0.5).tolist() == [True, True, False, False, False]


def test_who_answered_known_objects_alone_is_judged_too():
    votes, truth = simulate(mixed_crowd(8, 3, 1), n_objects=100, each=3, seed=1)
    of_more = [(number, 8, truth[number]) for number in range(40)] + [(n, 9, (truth[n] + 1) % 3) for n in range(40)]

    skills = learn(np.concatenate([votes, of_more]), some_known(truth, 40), n_objects=100, n_workers=10, n_categories=3)

    assert skills.accuracy[8] > 0.9
    assert skills.accuracy[9] < 0.1


def test_one_person_is_judged_where_the_truth_is_known():
    votes = np.array([(number, 0, number % 2) for number in range(60)])
    truth = np.arange(60) % 2

    assert learn(votes, n_objects=60, n_workers=1).model == "vote"
    assert learn(votes, some_known(truth, 20), n_objects=60, n_workers=1).accuracy[0] > 0.9


def test_known_objects_say_nothing_of_how_common_a_category_is():
    crowd = np.stack([blur(0.9, 2)] * 6)
    votes, truth = simulate(crowd, n_objects=400, each=3, seed=2, prior=np.array([0.5, 0.5]))
    rare = np.flatnonzero(truth == 1)[:150]

    skills = learn(votes, np.column_stack([rare, truth[rare]]), n_objects=400, n_workers=6)

    others = np.delete(truth, rare)
    assert skills.class_prior[1] == pytest.approx(others.mean(), abs=0.05)


@pytest.mark.parametrize("strength", ["one-coin", "other"])
def test_order_and_repeats_of_known_objects_and_names_of_workers_change_nothing(strength):
    votes, truth = simulate(mixed_crowd(9, 3, 3), n_objects=90, each=3 if strength == "other" else 2, seed=3)
    known, renamed = some_known(truth, 30), np.random.default_rng(3).permutation(9)
    mixed = np.random.default_rng(4).permutation(votes)
    mixed[:, 1] = renamed[mixed[:, 1]]

    one = learn(votes, known, n_objects=90, n_workers=9, n_categories=3)
    other = learn(mixed, np.concatenate([known[::-1], known]), n_objects=90, n_workers=9, n_categories=3)

    assert np.allclose(other.accuracy[renamed], one.accuracy, atol=1e-9)
    assert one.to_json() == learn(votes, known, n_objects=90, n_workers=9, n_categories=3).to_json()


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ([(3, 0), (3, 1)], "object 3 has two truths, categories 0 and 1"),
        ([(4, 0)], "known object numbers must lie in 0..3, got 4..4"),
        ([(0, 2)], "known category numbers must lie in 0..1, got 2..2"),
    ],
)
def test_truths_that_make_no_sense_are_refused_with_a_sentence(known, words):
    votes = np.array([(number, 0, 0) for number in range(4)])

    with pytest.raises(ValueError, match=words):
        learn(votes, np.array(known), n_objects=4, n_workers=1)


def test_known_objects_that_nobody_answered_and_jobs_of_known_objects_alone_are_fine():
    votes, truth = simulate(mixed_crowd(5, 2, 5), n_objects=40, each=3, seed=5)

    everything = learn(votes, some_known(truth, 40), n_objects=40, n_workers=5)
    unanswered = learn(votes, np.array([(40, 0)]), n_objects=41, n_workers=5)

    assert np.isfinite(everything.class_prior).all()
    assert np.allclose(unanswered.accuracy, learn(votes, n_objects=40, n_workers=5).accuracy, atol=1e-9)


def test_who_misses_what_is_known_to_be_there_is_judged_by_it():
    workers = np.array([0, 1])
    # Worker 0 names the known thing of each object, worker 1 something else.
    votes = np.concatenate([ask_parts([{0}, {1}], workers, 2 * number) for number in range(40)])
    looks = np.array([(number, worker) for number in range(40) for worker in workers])
    parts = np.array([(part, part % 2 == 0) for part in range(80)], dtype=np.int64)

    alone = fit_presence(votes, looks, n_workers=2)
    taught = fit_presence(votes, looks, n_workers=2, known=Truths(parts, np.arange(40)))

    assert alone.finds[0] == pytest.approx(alone.finds[1])
    assert taught.finds[0] > 0.9 > 0.3 > taught.finds[1]
    assert taught.falls[0] < 0.2 < 0.6 < taught.falls[1]
