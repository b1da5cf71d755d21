"""Habits: planted ones are found with their evidence, and honest crowds have none."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.consolidation.habits import SENTENCES, Answers, Habit, find_habits

OBJECTS, WORKERS, CATEGORIES = 400, 12, 4


def crowd(
    seed: int = 0, *, accuracy: float = 0.85, in_order: bool = False, skewed: bool = False, each: int = 3
) -> Answers:
    """Some of twelve honest people an object, who take 4 to 20 seconds."""
    rng = np.random.default_rng(seed)
    shares = [0.91, 0.03, 0.03, 0.03] if skewed else [0.25] * 4
    truth = rng.choice(CATEGORIES, OBJECTS, p=shares)
    truth = np.sort(truth) if in_order else truth
    rows = []
    for thing in range(OBJECTS):
        for worker in rng.permutation(WORKERS)[:each].tolist():
            right = rng.random() < accuracy
            rows.append((thing, worker, truth[thing] if right else (truth[thing] + rng.integers(1, 4)) % 4))
    votes = np.array(rows)
    return Answers(votes, rng.lognormal(2, 0.4, len(votes)), OBJECTS, WORKERS, CATEGORIES)


def found_of(answers: Answers) -> dict[tuple[int, str], Habit]:
    return {(habit.worker, habit.what): habit for habit in find_habits(answers)}


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("fields", [{}, {"in_order": True}, {"skewed": True}, {"accuracy": 0.55}, {"each": 5}])
def test_of_honest_people_nothing_is_said(seed: int, fields: dict) -> None:
    assert find_habits(crowd(seed, **fields)) == []


def test_who_answers_faster_than_anybody_reads_is_noticed() -> None:
    answers = crowd()
    mine = answers.votes[:, 1] == 5
    answers.seconds[mine] = 0.8

    habit = found_of(answers)[5, "hasty"]

    assert list(found_of(answers)) == [(5, "hasty")]
    assert habit.values["share"] == 100
    assert 2 < habit.values["seconds"] < 5
    assert set(habit.objects) <= set(answers.votes[mine, 0].tolist())


def test_where_all_answer_at_once_nobody_is_hasty() -> None:
    answers = crowd()
    answers.seconds[:] = 0.02
    answers.seconds[answers.votes[:, 1] == 5] = 0.01

    assert find_habits(answers) == []


def test_unknown_times_are_no_haste() -> None:
    answers = crowd()
    answers.seconds[:] = 0

    assert find_habits(answers) == []


def test_who_says_one_category_always_is_noticed() -> None:
    answers = crowd()
    answers.votes[answers.votes[:, 1] == 5, 2] = 2

    found = found_of(answers)

    assert found[5, "one category"].values == {"share": 100, "category": 2, "expected": pytest.approx(26, abs=6)}
    assert {worker for worker, _ in found} == {5}


def test_where_nearly_all_are_of_one_category_saying_so_is_no_habit() -> None:
    answers = crowd(skewed=True)
    answers.votes[answers.votes[:, 1] == 5, 2] = 0

    assert find_habits(answers) == []


def test_a_run_that_others_contradict_is_noticed_with_where_it_is() -> None:
    answers = crowd()
    rows = np.flatnonzero(answers.votes[:, 1] == 5)[40:65]
    answers.votes[rows, 2] = 3

    habit = found_of(answers)[5, "streak"]

    assert 25 <= habit.values["count"] <= 28
    assert habit.values["category"] == 3
    assert habit.values["agreeing"] < 15
    assert set(habit.objects) & set(answers.votes[rows, 0].tolist())


def test_who_copies_another_is_noticed_by_the_errors_they_share() -> None:
    rng = np.random.default_rng(4)
    answers = crowd(4, each=4)
    honest = answers.votes[answers.votes[:, 1] == 5]
    copied = np.column_stack([honest[:, 0], np.full(len(honest), 11), honest[:, 2]])
    rest = answers.votes[(answers.votes[:, 1] != 11)]
    votes = np.concatenate([rest, copied])
    taken = Answers(votes, rng.lognormal(2, 0.4, len(votes)), OBJECTS, WORKERS, CATEGORIES)

    found = found_of(taken)

    assert set(found) == {(5, "copied"), (11, "copied")}
    assert found[11, "copied"].values["other"] == 5
    assert found[11, "copied"].values["shared"] == found[11, "copied"].values["errors"] >= 8


def test_few_answers_tell_nothing() -> None:
    votes = np.array([(thing, worker, 0 if worker else 1) for thing in range(29) for worker in range(3)])

    assert find_habits(Answers(votes, np.full(len(votes), 0.1), 29, 3, 2)) == []


def test_no_answers_are_no_habit() -> None:
    assert find_habits(Answers(np.zeros((0, 3), dtype=int), np.zeros(0), 0, 0, 2)) == []


def test_every_habit_has_a_sentence() -> None:
    answers = crowd()
    answers.votes[answers.votes[:, 1] == 5, 2] = 2
    answers.seconds[answers.votes[:, 1] == 5] = 0.5

    said = [SENTENCES[habit.what] % habit.values for habit in find_habits(answers)]

    assert "100 % of the answers are category 2; others say so in" in " ".join(said)
    assert "100 % of the answers took less than" in " ".join(said)
