"""A model's opinion among people's: who hears it, who is never overruled by it, and where nothing joins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling import consolidation
from labeling.consolidation.choosing import fit_like
from labeling.consolidation.joined import (
    BANDS,
    Opinions,
    add_opinions,
    is_model,
    joins,
    leave_out_overruling,
    name_band,
    read_opinions,
    tells,
)
from labeling.consolidation.skills import Skills


def coins(*right: float, categories: int = 3) -> Skills:
    share = np.full(categories, 1 / categories)
    return Skills("one-coin", 0.0, share, np.array(right), 0.7, np.arange(categories, dtype=np.uint64))


def simulate(seed: int, *, count: int = 400, each: int = 2, categories: int = 4, sees: float = 0.95) -> tuple:
    """Return truth, votes of 12 people who are right in .5 to .9 of cases, and a model's probabilities."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(categories, size=count)
    right = np.linspace(0.5, 0.9, 12)
    workers = rng.random((count, 12)).argsort(axis=1)[:, :each].ravel()
    objects = np.repeat(np.arange(count), each)
    wrong = rng.random(len(objects)) >= right[workers]
    said = (truth[objects] + wrong * rng.integers(1, categories, len(objects))) % categories
    names = (truth + (rng.random(count) >= sees) * rng.integers(1, categories, count)) % categories
    top = rng.uniform(0.5, 0.99, count)
    probs = np.repeat(((1 - top) / (categories - 1))[:, None], categories, axis=1)
    probs[np.arange(count), names] = top
    return truth, np.column_stack([objects, workers, said]), probs


def settle_joined(votes: np.ndarray, probs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return labels alone and joined."""
    skills = consolidation.fit(votes, n_objects=len(probs), n_workers=12, n_categories=probs.shape[1])
    alone = consolidation.settle(votes, skills, n_objects=len(probs))[0]
    opinions = read_opinions(probs)
    joint = add_opinions(votes, opinions, n_workers=12)
    fitted = fit_like(joint, skills, n_objects=len(probs), n_workers=12 + opinions.n_bands)
    kept = leave_out_overruling(joint, fitted, n_people=12, n_objects=len(probs))
    return alone, consolidation.settle(kept, fitted, n_objects=len(probs))[0]


def test_bands_hold_equal_shares_by_how_sure_the_model_is() -> None:
    top = np.linspace(0.55, 0.95, 250)
    found = read_opinions(np.column_stack([top, 1 - top]))

    assert np.bincount(found.band).tolist() == [50] * BANDS
    assert (np.diff(found.band) >= 0).all()
    assert found.said.tolist() == [0] * 250
    assert found.sure.tolist() == top.tolist()


def test_few_opinions_are_one_band_and_equally_sure_ones_share_theirs() -> None:
    few = np.column_stack([np.linspace(0.6, 0.9, 99), 1 - np.linspace(0.6, 0.9, 99)])
    same = np.tile([0.25, 0.75], (500, 1))

    assert read_opinions(few).n_bands == 1
    assert read_opinions(same).band.tolist() == [0] * 500


@pytest.mark.parametrize(
    "probs",
    [np.full((4, 3), np.nan), np.ones((4, 1)), np.empty((4, 0)), np.empty((0, 3)), np.full((4, 3), np.inf)],
    ids=["no opinion", "one category", "no category", "no object", "infinite"],
)
def test_nothing_joins_of_bad_input(probs: np.ndarray) -> None:
    found = read_opinions(probs)
    votes = np.array([[0, 0, 0], [1, 1, 0]]) if len(probs) else np.empty((0, 3), dtype=np.int64)

    assert found.n_bands == 0
    assert not tells(found, np.zeros(len(probs), dtype=np.int64))
    assert add_opinions(votes, found, n_workers=2).tolist() == votes.tolist()


def test_an_opinion_is_one_vote_of_its_band_on_objects_that_people_answered() -> None:
    opinions = Opinions(np.array([2, -1, 1, 0]), np.array([0.9, np.nan, 0.6, 0.7]), np.array([1, -1, 0, 0]))

    assert add_opinions(np.array([[0, 3, 1], [1, 0, 1], [2, 0, 1]]), opinions, n_workers=4).tolist() == [
        [0, 3, 1], [1, 0, 1], [2, 0, 1], [0, 5, 2], [2, 4, 1],
    ]  # fmt: skip


def test_two_people_who_agree_are_not_overruled_by_the_model_alone() -> None:
    votes = np.array([[0, 0, 0], [0, 1, 0], [0, 2, 1], [1, 0, 0], [1, 2, 1], [2, 0, 0], [2, 1, 0], [2, 2, 0]])
    skills = coins(0.6, 0.6, 0.99)

    assert consolidation.settle(votes[:3], skills)[0].tolist() == [1]  # it would be
    assert leave_out_overruling(votes, skills, n_people=2, n_objects=3).tolist() == [
        [0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 2, 1], [2, 0, 0], [2, 1, 0], [2, 2, 0],
    ]  # fmt: skip


def test_the_model_may_side_with_one_against_two() -> None:
    votes = np.array([[0, 0, 0], [0, 1, 0], [0, 2, 1], [0, 3, 1]])

    kept = leave_out_overruling(votes, coins(0.6, 0.6, 0.8, 0.99), n_people=3, n_objects=1)

    assert kept.tolist() == votes.tolist()


def test_people_unknown_to_the_skills_are_people() -> None:
    votes = np.array([[0, 2, 0], [0, 3, 0], [0, 1, 1]])

    assert leave_out_overruling(votes, coins(0.6, 0.999), n_people=1, n_objects=1).tolist() == votes[:2].tolist()


@given(seed=st.integers(0, 10**6), each=st.integers(2, 4))
@settings(max_examples=15, deadline=None)
def test_no_label_of_agreeing_people_becomes_what_nobody_said(seed: int, each: int) -> None:
    _, votes, probs = simulate(seed, count=120, each=each)
    counts = np.zeros((120, 4))
    np.add.at(counts, (votes[:, 0], votes[:, 2]), 1)

    _, joined = settle_joined(votes, probs)
    people = consolidation.fit(votes, n_objects=120, n_workers=12, n_categories=4)
    agree = (counts.max(axis=1) == each) & (counts.max(axis=1) >= 2)

    if people.model == "one-coin":  # under confusions all who agree may err alike, and the skills know it
        assert (joined == counts.argmax(axis=1))[agree].all()


def test_joined_labels_are_right_more_often() -> None:
    truth, votes, probs = simulate(3, count=600)

    alone, joined = settle_joined(votes, probs)

    assert float((joined == truth).mean()) - float((alone == truth).mean()) > 0.1


def test_order_of_rows_changes_nothing() -> None:
    _, votes, probs = simulate(5)
    shuffled = np.random.default_rng(0).permutation(votes)

    assert settle_joined(votes, probs)[1].tolist() == settle_joined(shuffled, probs)[1].tolist()


def test_names_of_workers_change_nothing() -> None:
    _, votes, probs = simulate(6)
    renamed = votes.copy()
    renamed[:, 1] = 11 - renamed[:, 1]

    assert settle_joined(votes, probs)[1].tolist() == settle_joined(renamed, probs)[1].tolist()


def test_a_model_that_guesses_does_not_join_and_one_that_sees_does() -> None:
    _, votes, probs = simulate(7)
    _, _, blind = simulate(7, sees=0.25)
    skills = consolidation.fit(votes, n_objects=400, n_workers=12, n_categories=4)
    labels = consolidation.settle(votes, skills, n_objects=400)[0]

    assert joins(skills, read_opinions(probs), labels)
    assert not joins(skills, read_opinions(blind), labels)


def test_where_people_cannot_be_compared_nothing_joins() -> None:
    _, votes, probs = simulate(8, each=1)
    skills = consolidation.fit(votes, n_objects=400, n_workers=12, n_categories=4)

    assert skills.model == "vote"
    assert not joins(skills, read_opinions(probs), votes[:, 2])
    with pytest.raises(ValueError, match="nobody is judged"):
        fit_like(votes, skills, n_objects=400, n_workers=12)


def test_the_crowd_is_people_alone() -> None:
    _, votes, probs = simulate(9, each=3)
    people = consolidation.fit(votes, n_objects=400, n_workers=12, n_categories=4)
    one_more = np.concatenate([votes, np.column_stack([np.arange(400), np.full(400, 12), probs.argmax(axis=1)])])

    fitted = fit_like(one_more, people, n_objects=400, n_workers=13)

    assert fitted.model == people.model
    assert fitted.accuracy[12] > 0.9
    assert fitted.crowd_accuracy < 0.8


def test_bands_are_named_apart_from_workers() -> None:
    assert sorted(["10", name_band(0), "9"]) == ["10", "9", "model 0"]
    assert (is_model(name_band(3)), is_model("3")) == (True, False)
