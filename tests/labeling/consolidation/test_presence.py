import numpy as np
import pytest

from labeling.consolidation.presence import (
    KEEP,
    Presence,
    ask_parts,
    believe_parts,
    believe_rest,
    fit_presence,
    weigh_parts,
)

STRANGERS = np.array([7, 8, 9, 10, 11])


def simulate(finds, invents, *, n_objects, each, seed):
    """Votes on parts, looks, and the truth (N,) of parts: things two an object, inventions alone, by known workers."""
    random = np.random.default_rng(seed)
    votes, looks, truth = [], [], []
    for number in range(n_objects):
        who = random.permutation(len(finds))[:each]
        seen = [{place for place, w in enumerate(who) if random.random() < finds[w]} for _ in range(random.poisson(2))]
        named = [part for part in seen if part]
        invented = [{place} for place, w in enumerate(who) for _ in range(random.poisson(invents[w]))]
        votes.append(ask_parts(named + invented, who, len(truth)))
        looks += [(number, w) for w in who]
        truth += [True] * len(named) + [False] * len(invented)
    return np.concatenate(votes), np.array(looks), np.array(truth)


def test_each_part_is_asked_of_everybody_who_looked():
    votes = ask_parts([{0, 2}, set()], np.array([5, 6, 7]), first=3)

    assert votes.tolist() == [[3, 5, 1], [3, 6, 0], [3, 7, 1], [4, 5, 0], [4, 6, 0], [4, 7, 0]]
    assert ask_parts([], np.array([5, 6])).shape == (0, 3)


def test_without_skills_the_odds_are_those_of_ordinary_workers():
    named = [set(range(count)) for count in range(1, 6)]

    probs = weigh_parts(ask_parts(named, STRANGERS), Presence(), n_parts=5)

    np.testing.assert_allclose(probs / (1 - probs), [4.0**-3, 4.0**-1, 4.0, 4.0**3, 4.0**5])


@pytest.mark.parametrize(("lookers", "least"), [(2, 1), (3, 2), (4, 2), (5, 3)])
def test_without_skills_half_of_those_who_looked_must_have_named_a_part(lookers, least):
    named = [set(range(count)) for count in range(1, lookers + 1)]

    confidence = believe_parts(ask_parts(named, STRANGERS[:lookers]), Presence(), n_parts=lookers)

    assert (confidence >= KEEP).tolist() == [count >= least for count in range(1, lookers + 1)]
    assert (np.diff(confidence) > 0).all()


def test_confidence_is_drawn_to_the_share_of_those_who_named_it():
    confidence = believe_parts(ask_parts([{0, 1, 2}], STRANGERS), Presence(), n_parts=1)

    weight = 0.38 * (1 - 1 / 5)
    assert confidence[0] == pytest.approx((1 - weight) * 0.8 + weight * 0.6)


def test_one_who_never_invents_is_believed_against_two_who_miss_most():
    presence = Presence(np.array([0.9, 0.3, 0.3, 0.8]), np.array([0.01, 0.5, 0.5, 0.2]), 1.0, 1.0)
    workers = np.array([0, 1, 2])

    trusted, doubted = weigh_parts(ask_parts([{0}, {1}], workers), presence, n_parts=2)

    assert trusted == pytest.approx(1 / (1 + 0.01 * 0.5 * 0.5 / (0.9 * 0.7 * 0.7)))
    assert doubted == pytest.approx(1 / (1 + 0.99 * 0.5 * 0.5 / (0.1 * 0.3 * 0.7)))


def test_that_nothing_else_is_there_is_surer_the_more_looked():
    found = [believe_rest(STRANGERS[:count], Presence()) for count in (1, 2, 3)]

    np.testing.assert_allclose(found, np.exp([-0.2, -0.04, -0.008]))


def test_no_answers_teach_nothing():
    none = fit_presence(np.empty((0, 3), dtype=int), np.empty((0, 2), dtype=int), n_workers=0)

    assert none.finds.tolist() == [0.8]
    assert none.falls.tolist() == [0.2]
    assert (none.there, none.misleading) == (1.0, 1.0)


def test_those_who_find_nothing_are_known_for_it_though_no_part_names_them():
    looks = np.array([(number, worker) for number in range(60) for worker in (0, 1, 2)])
    votes = np.concatenate([ask_parts([{0, 1}], np.array([0, 1, 2]), number) for number in range(60)])

    fitted = fit_presence(votes, looks, n_workers=3)

    assert fitted.finds[2] < 0.15
    assert fitted.finds[:2].min() > 0.9
    assert fitted.there == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_order_and_numbers_of_workers_and_objects_do_not_matter(seed):
    random = np.random.default_rng(seed)
    votes, looks, _ = simulate(np.full(6, 0.8), np.full(6, 0.3), n_objects=40, each=3, seed=seed)
    turn = random.permutation(6)
    order, other = random.permutation(len(votes)), random.permutation(len(looks))
    moved_votes, moved_looks = votes[order].copy(), looks[other].copy()
    moved_votes[:, 1], moved_looks[:, 1] = turn[moved_votes[:, 1]], turn[moved_looks[:, 1]]

    one = fit_presence(votes, looks, n_workers=6)
    two = fit_presence(moved_votes, moved_looks, n_workers=6)

    np.testing.assert_allclose(two.finds[turn], one.finds[:6])
    np.testing.assert_allclose(two.falls[turn], one.falls[:6])
    assert (two.there, two.misleading) == pytest.approx((one.there, one.misleading))


def test_known_workers_are_found_again():
    finds = np.array([0.95, 0.9, 0.85, 0.6, 0.5, 0.4])
    invents = np.array([0.05, 0.05, 0.05, 0.05, 1.0, 1.0])
    votes, looks, truth = simulate(finds, invents, n_objects=400, each=4, seed=1)

    fitted = fit_presence(votes, looks, n_workers=6)
    probs = weigh_parts(votes, fitted, n_parts=len(truth))

    np.testing.assert_allclose(fitted.finds[:6], finds, atol=0.08)
    assert fitted.there == pytest.approx(2.0, abs=0.2)
    assert fitted.falls[4:6].min() > 4 * fitted.falls[:4].max()
    assert ((probs >= 0.5) == truth).mean() > 0.96


def test_the_model_beats_the_majority_where_some_invent():
    finds, invents = np.array([0.9] * 6 + [0.5] * 4), np.array([0.05] * 6 + [0.8] * 4)
    votes, looks, truth = simulate(finds, invents, n_objects=200, each=3, seed=2)

    fitted = fit_presence(votes, looks, n_workers=10)
    share = np.bincount(votes[:, 0], weights=votes[:, 2]) / np.bincount(votes[:, 0])

    right = ((believe_parts(votes, fitted, n_parts=len(truth)) >= KEEP) == truth).mean()
    assert right > ((share >= 0.5) == truth).mean() + 0.03
