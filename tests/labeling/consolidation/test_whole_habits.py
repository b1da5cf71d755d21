"""Habits where answers are compared as wholes: planted ones are found with their evidence, honest crowds have none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from labeling.consolidation.habits import SENTENCES, Habit
from labeling.consolidation.whole_habits import Wholes, find_drawn_habits, find_whole_habits

OBJECTS, WORKERS, EMPTY = 300, 8, 0


def crowd(
    seed: int = 0, *, same: float = 0.0, empty: float = 0.2, each: int = 4, skill: tuple[float, ...] = ()
) -> Wholes:
    """Some of eight honest people an object, of whom each draws their own, but for empty answers to empty objects.

    same: how often somebody gives the one right answer to the object, as with few marked words; skill: by worker.
    """
    rng = np.random.default_rng(seed)
    rows, fresh = [], OBJECTS + 1
    for thing in range(OBJECTS):
        is_empty = rng.random() < empty
        for worker in rng.permutation(WORKERS)[:each].tolist():
            right = rng.random() < (skill[worker] if skill else same)
            rows.append((thing, worker, EMPTY if is_empty else thing + 1 if right else fresh))
            fresh += 1
    objects, workers, answers = np.array(rows).T
    seconds = rng.lognormal(3, 0.4, len(rows))
    return Wholes(objects, workers, answers, seconds, np.zeros(len(rows), dtype=bool), OBJECTS, WORKERS)


def let_copy(given: Wholes, copier: int, source: int) -> Wholes:
    answers = given.answers.copy()
    for thing in range(OBJECTS):
        here = given.objects == thing
        mine, theirs = here & (given.workers == copier), here & (given.workers == source)
        if mine.any() and theirs.any():
            answers[mine] = answers[theirs]
    return replace(given, answers=answers)


def found_of(habits: list[Habit]) -> dict[tuple[int, str], Habit]:
    return {(habit.worker, habit.what): habit for habit in habits}


@pytest.mark.parametrize("seed", range(15))
@pytest.mark.parametrize("fields", [{}, {"empty": 0.9}, {"same": 0.7}, {"each": 2}, {"each": 8}, {"same": 0.01}])
def test_of_honest_people_nothing_is_said(seed: int, fields: dict) -> None:
    given = crowd(seed, **fields)

    assert find_drawn_habits(given) == []
    assert find_whole_habits(given) == []


@pytest.mark.parametrize("seed", range(15))
def test_two_who_are_right_among_many_who_are_not_are_no_copiers(seed: int) -> None:
    assert find_whole_habits(crowd(seed, skill=(0.9, 0.9, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1))) == []


@pytest.mark.parametrize("seed", range(15))
def test_who_misunderstands_the_instructions_as_another_does_is_no_copier(seed: int) -> None:
    """On a third of the objects two of eight give the same wrong answer; else all err now and then by themselves."""
    given = crowd(seed, same=0.9, empty=0.0, each=6)
    trapped = (given.workers < 2) & (given.objects % 3 == 0)

    assert find_whole_habits(replace(given, answers=np.where(trapped, 10**6 + given.objects, given.answers))) == []


def test_drawings_that_are_the_same_to_the_last_detail_are_noticed_of_both() -> None:
    given = let_copy(crowd(), 5, 2)

    found = found_of(find_drawn_habits(given))

    assert set(found) == {(2, "identical"), (5, "identical")}
    habit = found[5, "identical"]
    met = set(given.objects[(given.workers == 5) & (given.answers != EMPTY)].tolist())
    met &= set(given.objects[(given.workers == 2) & (given.answers != EMPTY)].tolist())
    assert habit.values == {"shared": len(met), "met": len(met), "other": 2}
    assert set(habit.objects) <= met
    assert habit.chance < 1e-20


def test_a_ring_of_three_is_noticed() -> None:
    given = let_copy(let_copy(crowd(each=6), 5, 2), 7, 2)

    assert {habit.worker for habit in find_drawn_habits(given)} == {2, 5, 7}


def test_what_the_tool_began_with_tells_nothing() -> None:
    given = let_copy(crowd(), 5, 2)

    assert find_drawn_habits(replace(given, begun=given.workers == 5)) == []


def test_answers_against_those_who_agree_are_copied_where_being_right_makes_the_same() -> None:
    given = let_copy(crowd(same=0.6, each=6, empty=0.0), 5, 2)

    found = found_of(find_whole_habits(given))

    assert set(found) == {(2, "copied"), (5, "copied")}
    assert found[5, "copied"].values["other"] == 2
    assert found[5, "copied"].values["shared"] == found[5, "copied"].values["errors"]


def test_one_answer_always_is_noticed_with_what_others_say() -> None:
    given = crowd(empty=0.2)
    answers = given.answers.copy()
    answers[given.workers == 3] = EMPTY

    (habit,) = find_drawn_habits(replace(given, answers=answers))

    others = given.answers[given.workers != 3] == EMPTY
    assert (habit.worker, habit.what, habit.values["share"]) == (3, "one answer", 100)
    assert habit.values["expected"] == pytest.approx(100 * others.mean(), abs=8)  # all answers count as one other's


def test_who_answers_faster_than_anybody_draws_is_noticed() -> None:
    given = crowd()
    seconds = np.where(given.workers == 6, 1.5, given.seconds)

    (habit,) = find_drawn_habits(replace(given, seconds=seconds))

    assert (habit.worker, habit.what) == (6, "hasty")


def test_numbers_of_workers_and_objects_change_nothing() -> None:
    given = let_copy(crowd(), 5, 2)
    rng = np.random.default_rng(1)
    workers, objects = rng.permutation(WORKERS), rng.permutation(OBJECTS)

    turned = find_drawn_habits(replace(given, workers=workers[given.workers], objects=objects[given.objects]))

    assert {(h.worker, h.what, h.values["shared"], h.chance) for h in turned} == {
        (workers[h.worker], h.what, h.values["shared"], h.chance) for h in find_drawn_habits(given)
    }


def test_of_nobody_nothing_is_said_and_each_has_a_sentence() -> None:
    none = np.zeros(0, dtype=np.int64)

    assert find_drawn_habits(Wholes(none, none, none, np.zeros(0), none.astype(bool), 0, 0)) == []
    assert SENTENCES["identical"] % {"shared": 40, "met": 42, "other": "Ann"} == (
        "40 of 42 answers are in every detail those of Ann; hardly any two people’s are."
    )
    assert SENTENCES["one answer"] % {"share": 98, "expected": 20} == (
        "98 % of the answers are one and the same; others give it to 20 % of these."
    )
