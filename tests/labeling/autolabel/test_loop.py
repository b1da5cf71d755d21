"""The loop over simulated people: what it ends with, and what odd input makes of it."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest

from labeling.autolabel.loop import Known, Promise, Step, step
from tests.labeling.autolabel.simulated import clusters, first_known, follow, run

PROMISE = Promise(0.95)


def one_step(views: Any, answers: Any, classes: int, memory: Any = None) -> Step:
    return step(views, first_known(answers), PROMISE, "classes", classes, memory or {}, 0)


def accuracy(last: Step, answers: Any) -> float:
    right = [said == answers[row] for said, row in zip(last.proposals, last.rows.tolist(), strict=True)]
    return float(np.mean(np.array(right)[last.proposed]))


def test_easy_data_needs_little_more_than_the_first_sample() -> None:
    features, labels = clusters(3000, 4, spread=0.2)

    steps, known = run([features], labels.tolist(), 4)

    last = steps[-1]
    assert (len(steps), len(known.rows), last.cut.confidence) == (1, 250, 0.0)
    assert last.proposed.all()
    assert sorted([*last.rows, *known.rows]) == list(range(3000))
    assert accuracy(last, labels) == 1.0


def test_harder_data_keeps_the_promise_and_saves_people() -> None:
    features, labels = clusters(4000, 4, spread=0.9)

    steps, known = run([features], labels.tolist(), 4)

    assert steps[-1].proposed.all()
    assert len(known.rows) + len(steps[-1].rows) == 4000
    assert 320 < len(known.rows) < 2600
    assert accuracy(steps[-1], labels) >= 0.95


def test_noise_is_labelled_by_people() -> None:
    rng = np.random.default_rng(1)
    features, labels = rng.normal(size=(1300, 8)).astype(np.float32), rng.integers(3, size=1300)

    steps, known = run([features], labels.tolist(), 3)

    assert len(known.rows) > 1200
    assert not any(taken.proposed.sum() > 130 for taken in steps)
    assert steps[0].forecast.high == 1300


def test_a_step_is_a_function_of_its_arguments() -> None:
    features, labels = clusters(1500, 3, spread=1)
    first, again = (one_step([features, features[:, :4]], labels.tolist(), 3) for _ in range(2))

    assert first.ask.tobytes() == again.ask.tobytes()
    assert first.confidence.tobytes() == again.confidence.tobytes()
    assert {name: array.tobytes() for name, array in first.arrays.items()} == {
        name: array.tobytes() for name, array in again.arrays.items()
    }
    assert json.dumps(first.memory) == json.dumps(again.memory)


def test_memory_survives_json() -> None:
    features, labels = clusters(1500, 3, spread=1)
    answers = labels.tolist()
    first = one_step([features], answers, 3)
    known = follow(first_known(answers), first, answers)

    told, read = (
        step([features], known, PROMISE, "classes", 3, memory, 0)
        for memory in (first.memory, json.loads(json.dumps(first.memory)))
    )

    assert told.ask.tolist() == read.ask.tolist()
    assert told.memory == read.memory
    assert told.memory["rounds"] == 2


def test_nobody_is_asked_twice_and_pending_objects_are_left_alone() -> None:
    features, labels = clusters(1500, 3, spread=1)
    first = one_step([features], labels.tolist(), 3)
    known = follow(first_known(labels.tolist()), first, labels.tolist())
    pending = Known(known.rows, [*known.answers[:250], *[None] * len(first.ask)], known.calibrates)

    taken = step([features], pending, PROMISE, "classes", 3, first.memory, 0)

    assert not set(taken.ask.tolist()) & set(known.rows.tolist())
    assert not set(taken.rows.tolist()) & set(known.rows.tolist())
    assert set(taken.ask.tolist()) <= set(taken.rows.tolist())


def test_a_saved_model_is_a_start_for_the_next_job() -> None:
    features, labels = clusters(4000, 12, spread=0.7)
    answers = labels.tolist()
    steps, _ = run([features[:2500]], answers[:2500], 12)
    file = BytesIO()
    np.savez(file, **steps[-1].arrays)
    file.seek(0)
    with np.load(file, allow_pickle=False) as saved:
        start = dict(saved)

    fresh = one_step([features[2500:]], answers[2500:], 12)
    helped = one_step([features[2500:]], answers[2500:], 12, {"start": start})

    right = [np.mean(np.array(taken.proposals) == labels[2500:][taken.rows]) for taken in (fresh, helped)]
    assert right[1] > right[0] + 0.02
    assert "start" not in helped.memory


def test_a_model_of_other_categories_or_features_is_no_start() -> None:
    features, labels = clusters(1500, 3, spread=1)
    fresh = one_step([features], labels.tolist(), 3)
    other, wider = (
        one_step([np.hstack([features, features])], labels.tolist(), 3),
        one_step([features], labels.tolist(), 4),
    )

    for model in (other, wider):
        taken = one_step([features], labels.tolist(), 3, {"start": model.arrays})
        assert taken.confidence.tobytes() == fresh.confidence.tobytes()


def test_two_views_are_better_than_either() -> None:
    features, labels = clusters(2000, 4, spread=1)
    left, right = features[:, :4], features[:, 4:]

    both, one, other = (one_step(views, labels.tolist(), 4) for views in ([left, right], [left], [right]))

    said = [np.mean(np.array(taken.proposals) == labels[taken.rows]) for taken in (both, one, other)]
    assert said[0] > max(said[1:]) + 0.05


# --- odd input -----------------------------------------------------------------------------------------


def test_one_category_only_certifies_nothing_and_asks_on() -> None:
    features, _ = clusters(1500, 3, spread=1)

    steps, known = run([features], [0] * 1500, 3)

    assert len(known.rows) == 1500
    assert not any(taken.proposed.any() for taken in steps)
    assert steps[0].notes == [{"what": "same"}]
    assert steps[2].ask_calibrates.any()


def test_equal_objects_certify_nothing() -> None:
    labels = np.random.default_rng(0).random(1500) < 0.01

    steps, known = run([np.ones((1500, 5), np.float32)], labels.astype(int).tolist(), 2)

    assert len(known.rows) == 1500
    assert not any(taken.proposed.any() for taken in steps)
    assert steps[0].notes[0] == {"what": "equal"}


def test_unreadable_objects_go_to_people_at_once() -> None:
    features, labels = clusters(3000, 4, spread=0.2)
    features[::50, 2] = np.nan
    features[7, 0] = np.inf

    steps, known = run([features], labels.tolist(), 4)

    broken = {*range(0, 3000, 50), 7}
    assert broken <= set(known.rows.tolist())
    assert set(steps[0].ask.tolist()) <= broken
    assert not set(steps[0].rows[steps[0].proposed].tolist()) & broken
    assert [said for said, row in zip(steps[0].proposals, steps[0].rows.tolist(), strict=True) if row in broken] == [
        None
    ] * len(steps[0].ask)
    assert steps[0].notes == [{"what": "unreadable", "n": 61, "of": 3000}]


def test_nothing_readable_is_labelled_by_people() -> None:
    steps, known = run([np.full((1300, 3), np.nan, np.float32)], [0, 1] * 650, 2)

    assert (len(steps), len(known.rows), steps[-1].proposed.size) == (2, 1300, 0)


def test_categories_seen_once_or_never_are_told() -> None:
    features, labels = clusters(1500, 3, spread=0.2)
    answers = labels.tolist()
    answers[int(first_known(answers).rows[0])] = 3

    taken = one_step([features], answers, 6)

    assert taken.notes == [{"what": "never", "categories": [4, 5]}, {"what": "once", "categories": [3]}]
    assert not {4, 5} & set(taken.proposals)


def test_500_categories_are_learned() -> None:
    features, labels = clusters(2500, 500, spread=0.02)

    taken = one_step([features], labels.tolist(), 500)

    assert len(taken.ask) > 0
    assert len(taken.notes) == 2


def test_labels_that_contradict_each_other_certify_nothing() -> None:
    """The same object again and again, half of the people saying one thing, half another."""
    features = np.repeat(np.eye(2, 3, dtype=np.float32), 750, axis=0)
    answers = np.random.default_rng(2).integers(2, size=1500).tolist()

    steps, known = run([features], answers, 2)

    assert len(known.rows) == 1500
    assert not any(taken.proposed.any() for taken in steps)


def test_without_any_answer_all_is_asked() -> None:
    features, _ = clusters(1300, 3, spread=1)

    taken = one_step([features], [None] * 1300, 3)

    assert len(taken.ask) > 0
    assert not taken.proposed.any()
    assert not taken.finished


@pytest.mark.parametrize("classes", [2, 3])
def test_arrays_are_plain(classes: int) -> None:
    features, labels = clusters(1300, classes, spread=1)

    arrays = one_step([features], labels.tolist(), classes).arrays

    assert {array.dtype.kind for array in arrays.values()} <= {"f", "i"}
    assert arrays["weights0"].shape == (8, classes)


def test_people_look_again_where_a_good_model_says_something_else() -> None:
    views, labels = clusters(1500, 3, spread=0.1)
    known = first_known(labels.tolist())
    wrong = [(answer + 1) % 3 if place < 12 else answer for place, answer in enumerate(known.answers)]

    taken = step([views], replace(known, answers=wrong), Promise(0.95), "classes", 3, {}, 0)

    assert taken.disputed.tolist() == sorted(known.rows[:12].tolist())


def test_nobody_looks_again_where_all_that_is_left_is_certified() -> None:
    views, labels = clusters(1500, 3, spread=0.1)
    known = first_known(labels.tolist())
    wrong = [(answer + 1) % 3 if place < 3 else answer for place, answer in enumerate(known.answers)]

    taken = step([views], replace(known, answers=wrong), Promise(0.9), "classes", 3, {}, 0)

    assert taken.finished
    assert taken.disputed.tolist() == []


def test_of_what_may_be_labelled_a_random_part_is_proposed_and_nobody_asked() -> None:
    views, labels = clusters(1500, 3, spread=0.1)
    known = first_known(labels.tolist())

    taken = step([views], known, Promise(0.9), "classes", 3, {}, 0, most=len(known.rows) + 200)
    again = step([views], known, Promise(0.9), "classes", 3, {}, 0, most=len(known.rows) + 200)

    assert taken.finished
    assert taken.proposed.sum() == 200
    assert (taken.proposed == again.proposed).all()


def test_what_others_took_takes_its_like_out_of_the_evidence() -> None:
    views, labels = clusters(1500, 3, spread=0.1)
    first = first_known(labels.tolist())
    taken = np.setdiff1d(np.arange(1500), first.rows)[:400]
    rows = np.concatenate([first.rows, taken])
    is_left = np.arange(len(rows)) >= len(first.rows)
    known = Known(rows, labels[rows].tolist(), ~is_left, is_left)

    found = step([views], known, Promise(0.9), "classes", 3, {}, 0)

    share = 400 / (1500 - len(first.rows))
    assert len(found.gone) in (int(share * len(first.rows)), int(share * len(first.rows)) + 1)
    assert found.cut.count == len(first.rows) - len(found.gone)
