"""Masks, texts and rankings under "2 to 5 people, until 95 % sure": who agree are enough, who differ are asked on."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy

import pytest

from labeling.consolidation.alike import USUAL, usual_right
from labeling.task_types import _alike
from projects import task_types
from projects.task_types import Answer, TaskType, Vote

SURE = 0.95


def swap_colors(answer: Answer, number: int) -> Answer:
    ((name, part),) = deepcopy(answer).items()
    mappings = part["labelMappings"]
    mappings["road"], mappings["sky"] = mappings["sky"], mappings["road"]
    return {name: part}


def swap_labels(answer: Answer, number: int) -> Answer:
    ((name, part),) = deepcopy(answer).items()
    for entry in part["instances"]:
        entry["label"] = "nucleus" if entry["label"] == "cell" else "cell"
    return {name: part}


OTHERS: dict[str, Callable[[Answer, int], Answer]] = {
    "semantic-segmentation": swap_colors,
    "adjustment-semantic-segmentation": swap_colors,
    "instance-segmentation": swap_labels,
    "text-answer": lambda answer, number: {"answer": f"{number} other words {number * 7919}"},
    "text-ranking": lambda answer, number: {"crowd-text-ranking": {"helpful": [3, 1, 2], "harmless": [3, 2, 1]}},
}


@pytest.fixture(params=OTHERS)
def kind(request: pytest.FixtureRequest) -> TaskType:
    return task_types.get(request.param)


def say(kind: TaskType, said: str, number: int = 0) -> list[Vote]:
    """Return the votes of a, b, c, …: `=` says what is true, `x` something else."""
    true = kind.example.answers[0]
    return [
        Vote(name, true if sign == "=" else OTHERS[kind.slug](true, number))
        for name, sign in zip("abcdef", said, strict=False)
    ]


def learn(kind: TaskType, said: list[str]) -> dict:
    pairs = [(number, vote) for number, signs in enumerate(said) for vote in say(kind, signs, number)]
    return json.loads(json.dumps(kind.fit(pairs, kind.example.schema)))


def sure(kind: TaskType, skills: dict, *said: str) -> list[float]:
    assert kind.sureness is not None
    return kind.sureness([say(kind, signs) for signs in said], skills, kind.example.schema, range(len(said)))


def test_two_or_three_good_people_who_agree_are_enough(kind: TaskType) -> None:
    good, new = learn(kind, ["=="] * 20), learn(kind, ["=="] * 2)

    assert min(sure(kind, good, "==", "===", "====")) > SURE
    assert max(sure(kind, good, "=x", "==xx")) < 0.6
    assert sure(kind, good, "=") == [0.0]
    assert sure(kind, new, "===")[0] > SURE


def test_a_job_whose_people_usually_differ_asks_on(kind: TaskType) -> None:
    skills = learn(kind, ["=x", "x=", "=x", "==", "x="] * 6)

    assert max(sure(kind, skills, "==", "===", "==x")) < SURE


def test_who_usually_differs_counts_less(kind: TaskType) -> None:
    skills = learn(kind, ["==x"] * 20)

    right = skills["alike"]["right"]
    assert right["c"] < 0.2 < 0.8 < right["a"] == right["b"]
    assert sure(kind, skills, "==x")[0] > 0.94 > 0.8 > sure(kind, skills, "x=x")[0]


def test_without_skills_people_are_as_usual(kind: TaskType) -> None:
    assert sure(kind, {}, "==") == sure(kind, {"alike": {"usual": usual_right(USUAL), "right": {}}}, "==")
    assert kind.sureness is not None
    assert kind.sureness([], {}, kind.example.schema, []) == []


def test_order_and_names_change_nothing(kind: TaskType) -> None:
    pairs = [(number, vote) for number in range(9) for vote in say(kind, "==x", number)]
    renamed = [(number, Vote(f"z{vote.worker}", vote.answer)) for number, vote in pairs[::-1]]

    learnt, other = (kind.fit(given, kind.example.schema)["alike"] for given in (pairs, renamed))

    assert other["usual"] == learnt["usual"]
    assert other["right"] == {f"z{name}": right for name, right in learnt["right"].items()}
    assert kind.sureness is not None
    votes = say(kind, "==x")
    found = kind.sureness([votes, votes[::-1]], {"alike": learnt}, kind.example.schema, [0, 1])
    assert found[0] == pytest.approx(found[1])


def test_what_is_learnt_is_of_so_many_objects_only(kind: TaskType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_alike, "LEARN_FROM", 5)

    assert learn(kind, ["==", "=x"] * 5)["alike"] == learn(kind, ["=="] * 5)["alike"]


def test_lone_answers_teach_nothing(kind: TaskType) -> None:
    assert "alike" not in learn(kind, ["=", "="])


def test_what_is_learnt_for_asking_gives_nobody_a_weight_in_labels() -> None:
    kind = task_types.get("text-answer")
    skills = learn(kind, ["==x"] * 9)

    assert kind.weight is not None  # or an object's page says that weights differ by category
    assert [kind.weight(skills, name) for name in "abc"] == [None] * 3
    assert kind.consolidate(say(kind, "==x"), skills, kind.example.schema) == kind.consolidate(
        say(kind, "==x"), {}, kind.example.schema
    )
