"""Several categories an object: each with its own skill, without people who are alike losing by it."""

import numpy as np
import pytest

from labeling.consolidation.choices import Choices, Truth, Weights, fit_choices, weigh_answers
from labeling.consolidation.presence import ask_parts, believe_parts, fit_presence

K = 6


def simulate(right, *, n_objects, each, seed, often=0.35):
    """Return looks, choices and the truth (N, K): worker w is right of category k with chance right[w, k]."""
    random = np.random.default_rng(seed)
    there = random.random((n_objects, right.shape[1])) < often
    looks = np.array([(n, w) for n in range(n_objects) for w in random.permutation(len(right))[:each]])
    said = there[looks[:, 0]] ^ (random.random((len(looks), right.shape[1])) > right[looks[:, 1]])
    row, category = np.nonzero(said)
    return looks, np.column_stack([looks[row], category]), there


def learn(looks, choices, *, n_objects, n_workers, n_categories=K, known=None):
    sizes = {"n_objects": n_objects, "n_workers": n_workers, "n_categories": n_categories}
    return fit_choices(looks, choices, **sizes, known=known)


def said_by_object(looks, choices, n_objects, n_categories=K):
    """Yield for each object who answered, and (n, K) what they chose."""
    chosen = {(n, w, k) for n, w, k in choices.tolist()}
    for number in range(n_objects):
        workers = looks[looks[:, 0] == number, 1]
        yield (
            workers,
            np.array([[(number, w, k) in chosen for k in range(n_categories)] for w in workers.tolist()], int),
        )


def f1(beliefs, there):
    found = beliefs >= 0.5
    return 2 * (found & there).sum() / (found.sum() + there.sum())


def believe_by_category(looks, choices, there, n_workers):
    learnt = learn(looks, choices, n_objects=len(there), n_workers=n_workers)
    weights = Weights(np.log(learnt.there / (1 - learnt.there)), *weigh_answers(*learnt.chances()))
    return np.array(
        [weights.believe(workers, said, np.arange(K)) for workers, said in said_by_object(looks, choices, len(there))]
    )


def believe_with_one_figure(looks, choices, there, n_workers):
    said = list(said_by_object(looks, choices, len(there)))
    named = [[set(np.flatnonzero(rows[:, k]).tolist()) for k in range(K)] for _, rows in said]
    votes = np.concatenate(
        [ask_parts(parts, who, K * n) for n, ((who, _), parts) in enumerate(zip(said, named, strict=True))]
    )
    is_named = np.isin(votes[:, 0], votes[votes[:, 2] == 1, 0])
    fitted = fit_presence(votes[is_named], looks, n_workers=n_workers)
    return believe_parts(votes, fitted, n_parts=K * len(there)).reshape(there.shape)


def experts(n_workers=10):
    right = np.full((n_workers, K), 0.7)
    right[np.arange(n_workers), np.arange(n_workers) % K] = 0.97
    return right


@pytest.mark.parametrize("seed", range(3))
def test_experts_in_one_category_are_heard_in_it(seed):
    looks, choices, there = simulate(experts(), n_objects=400, each=4, seed=seed)

    by_category = f1(believe_by_category(looks, choices, there, 10), there)

    assert by_category > f1(believe_with_one_figure(looks, choices, there, 10), there) + 0.02
    learnt = learn(looks, choices, n_objects=400, n_workers=10)
    care = learnt.workers[:, None, 0] + learnt.cells[..., 0]
    assert (care.argmax(axis=1) == np.arange(10) % K).mean() >= 0.9


@pytest.mark.parametrize(("n_objects", "n_workers", "each"), [(300, 12, 3), (40, 12, 3), (150, 150, 3), (300, 8, 2)])
def test_people_who_are_alike_lose_nothing(n_objects, n_workers, each):
    lost = []
    for seed in range(3):
        looks, choices, there = simulate(np.full((n_workers, K), 0.85), n_objects=n_objects, each=each, seed=seed)
        with_one = f1(believe_with_one_figure(looks, choices, there, n_workers), there)
        lost.append(with_one - f1(believe_by_category(looks, choices, there, n_workers), there))

    assert np.mean(lost) < 0.01


def test_people_who_choose_all_or_nothing_tell_next_to_nothing():
    right = np.full((8, K), 0.9)
    looks, choices, there = simulate(right, n_objects=300, each=4, seed=0)
    choices = choices[choices[:, 1] > 1]
    everything = [(n, w, k) for n, w in looks.tolist() if w == 0 for k in range(K)]
    choices = np.concatenate([choices, np.array(everything)])

    learnt = learn(looks, choices, n_objects=300, n_workers=8)
    yes, no = weigh_answers(*learnt.chances())

    assert np.abs(yes[0]).max() < 0.15  # who chooses all
    assert np.abs(no[1]).max() < 0.15  # who chooses nothing
    assert min(yes[2:8].min(), -no[2:8].max()) > 1


def test_a_worker_with_three_answers_stays_near_the_crowd_and_one_with_many_does_not():
    right = np.full((10, K), 0.9)
    right[0] = 0.1
    looks, choices, _ = simulate(right, n_objects=300, each=4, seed=1)
    few = looks[looks[:, 1] == 0][:3, 0]
    keep, kept = (~((rows[:, 1] == 0) & ~np.isin(rows[:, 0], few)) for rows in (looks, choices))

    many = learn(looks, choices, n_objects=300, n_workers=10)
    three = learn(looks[keep], choices[kept], n_objects=300, n_workers=10)

    assert many.chances()[0][0].max() < 0.3
    assert 0.3 < three.chances()[0][0].mean() < three.finds.mean()


def test_the_last_worker_is_the_crowd_and_learns_no_shift():
    looks, choices, _ = simulate(np.full((4, K), 0.9), n_objects=60, each=3, seed=2)
    rest, of_rest = (np.where(rows[:, 1] > 1, 2, rows[:, 1]) for rows in (looks, choices))

    learnt = learn(
        np.column_stack([looks[:, 0], rest]),
        np.column_stack([choices[:, 0], of_rest, choices[:, 2]]),
        n_objects=60,
        n_workers=2,
    )

    assert learnt.workers.shape == (2, 2)
    np.testing.assert_allclose([chances[-1] for chances in learnt.chances()], [learnt.finds, learnt.falls])


def test_what_is_known_decides_against_all_who_say_otherwise():
    looks = np.array([(n, w) for n in range(40) for w in range(3)])
    choices = np.array([(n, w, 0 if w else 1) for n, w in looks.tolist()])  # 0 alone says 1, which is true
    known = Truth(np.arange(40), np.tile([0, 1], (40, 1)))

    alone = learn(looks, choices, n_objects=40, n_workers=3, n_categories=2)
    taught = learn(looks, choices, n_objects=40, n_workers=3, n_categories=2, known=known)

    assert alone.workers[0, 0] < 0 < taught.workers[0, 0]
    assert taught.there.tolist() == [0.5, 0.5]  # what is known does not tell how often a category is there


def test_without_answers_everybody_is_an_ordinary_worker():
    none = np.empty((0, 2), dtype=int), np.empty((0, 3), dtype=int)

    learnt = learn(*none, n_objects=0, n_workers=2, n_categories=3)

    np.testing.assert_allclose(learnt.chances(), [np.full((3, 3), 0.8), np.full((3, 3), 0.2)])
    assert learnt.there.tolist() == [0.5] * 3


@pytest.mark.parametrize("seed", range(3))
def test_order_and_numbers_do_not_matter(seed):
    random = np.random.default_rng(seed)
    looks, choices, _ = simulate(experts(), n_objects=80, each=4, seed=seed)
    turn, again = random.permutation(10), random.permutation(80)
    moved, more = random.permutation(looks), random.permutation(choices)
    moved = np.column_stack([again[moved[:, 0]], turn[moved[:, 1]]])
    more = np.column_stack([again[more[:, 0]], turn[more[:, 1]], more[:, 2]])

    one = learn(looks, choices, n_objects=80, n_workers=10)
    other = learn(moved, more, n_objects=80, n_workers=10)

    np.testing.assert_allclose(other.cells[turn], one.cells, atol=1e-9)
    np.testing.assert_allclose(other.workers[turn], one.workers, atol=1e-9)


def test_belief_is_bayes_drawn_to_the_share():
    # Care of 1 in log odds above the crowd's .8 and .2.
    crowd = np.full(1, 0.8), np.full(1, 0.2)
    learnt = Choices(np.full(1, 0.25), *crowd, workers=np.array([[1.0, 0.0]]), cells=np.zeros((1, 1, 2)))
    finds, falls = learnt.chances()
    own = 4 * np.e / (1 + 4 * np.e)

    weights = Weights(np.log(learnt.there / (1 - learnt.there)), *weigh_answers(finds, falls))
    belief = weights.believe(np.array([0, 7]), np.array([[1], [0]]), np.array([0]))

    assert (finds[0, 0], falls[0, 0]) == (pytest.approx(own), pytest.approx(1 - own))
    odds = 1 / 3 * own / (1 - own) * 0.2 / 0.8
    assert belief == pytest.approx([0.81 * odds / (1 + odds) + 0.19 * 0.5])
