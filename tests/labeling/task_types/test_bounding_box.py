"""Boxes from several people: settled, compared, written and read."""

import json

import numpy as np
import pytest

from labeling.task_types import bounding_box
from projects.task_types import Item, Schema, Vote
from tests.labeling.task_types.drawings import SCHEMA, Person, box, boxes_answer, draw, simulate

BOXES = bounding_box.TASK_TYPE
DOG = box("person", 111, 134, 61, 128)


def vote(worker, *boxes):
    return Vote(worker, boxes_answer(list(boxes)))


def settle(*drawn):
    return BOXES.consolidate([vote(f"w{place}", *boxes) for place, boxes in enumerate(drawn)], {}, SCHEMA)


def plain(settled):
    return [
        {key: value for key, value in found.items() if key != "confidence"}
        for found in settled.payload["boundingBoxes"]
    ]


def moved(found, by):
    return {**found, "left": found["left"] + by}


# --- consolidation --------------------------------------------------------------------------------------


def test_a_mean_that_a_slip_moves_little_stands_for_the_workers_boxes():
    settled = settle(
        [box("person", 100, 100, 50, 80)], [box("person", 102, 101, 50, 78)], [box("person", 104, 90, 45, 95)],
        [box("person", 103, 102, 47, 80)], [box("person", 90, 99, 80, 81)],
    )  # fmt: skip

    # Lefts 90 100 102 103 104, tops 90 99 100 101 102, rights 149 150 150 152 170, bottoms 179 180 180 182 185.
    # Plain means would be a left of 99.8 and a width of 54.4.
    assert plain(settled) == [box("person", 101, 99, 51, 82)]
    assert settled.payload["inputImageProperties"] == {"width": 640, "height": 480}
    assert settled.method == "clusters"


def test_who_draws_steadily_weighs_more_and_a_shift_of_ones_own_comes_off():
    random = np.random.default_rng(0)
    pairs = []
    for number in range(60):
        true = random.integers(50, 300, size=2).tolist()
        for worker, (spread, shift) in {"Ada": (0, 0), "Ben": (0, 0), "Wei": (12, 0), "Mal": (1, 10)}.items():
            left, top = (place + shift + int(random.integers(-spread, spread + 1)) for place in true)
            pairs.append((number, vote(worker, box("person", left, top, 80, 80))))

    skills = BOXES.fit(pairs, SCHEMA)

    spread, shift = dict(zip(skills["workers"], skills["spread"], strict=False)), skills["shift"]
    assert spread["Wei"] > 1.5 * max(spread["Ada"], spread["Ben"])
    assert shift[skills["workers"].index("Mal")][0] > 0.04
    votes = [vote(name, box("person", left, 100, 80, 80)) for name, left in (("Ada", 100), ("Wei", 120))]
    (learnt,), (alike,) = (plain(BOXES.consolidate(votes, known, SCHEMA)) for known in (skills, {}))
    assert learnt["left"] <= 105
    assert alike["left"] == 110


def test_a_lone_box_of_one_of_five_is_dropped_and_three_of_five_are_kept():
    stray = box("person", 400, 300, 50, 50)

    assert plain(settle([DOG, stray], [DOG], [DOG], [DOG], [DOG])) == [DOG]
    assert plain(settle([DOG, stray], [DOG, stray], [DOG, stray], [DOG], [DOG])) == [DOG, stray]


def test_boxes_of_another_category_are_of_another_thing():
    bicycle = {**DOG, "label": "bicycle"}

    assert plain(settle([DOG], [DOG], [bicycle])) == [DOG]
    assert plain(settle([DOG, bicycle], [DOG, bicycle], [DOG, bicycle])) == [DOG, bicycle]


def test_the_same_box_drawn_twice_by_one_person_counts_once():
    assert plain(settle([DOG, DOG], [DOG], [DOG, DOG])) == [DOG]


def test_confidence_grows_with_those_who_drew_it_and_the_label_has_the_mean():
    other = box("bicycle", 300, 200, 120, 90)

    settled = settle([DOG, other], [DOG, other], [DOG, other], [DOG], [DOG])

    weight = 0.38 * (1 - 1 / 5)
    by_label = {found["label"]: found["confidence"] for found in settled.payload["boundingBoxes"]}
    assert by_label["person"] == round((1 - weight) * 1024 / 1025 + weight, 2) == 1.0
    assert by_label["bicycle"] == round((1 - weight) * 0.8 + weight * 0.6, 2) == 0.74
    assert settled.confidence == pytest.approx(0.87)


def test_one_worker_alone_keeps_all_boxes_in_their_order_without_confidence():
    settled = settle([moved(DOG, 200), DOG, DOG])

    assert plain(settled) == [moved(DOG, 200), DOG, DOG]
    assert {found["confidence"] for found in settled.payload["boundingBoxes"]} == {0.0}
    assert (settled.confidence, settled.method) == (0.0, "single")


def test_nothing_drawn_is_an_answer_surer_the_more_people_saw_nothing():
    two, five, doubted = settle([], []), settle([], [], [], [], []), settle([DOG], [], [], [], [])

    assert two.payload["boundingBoxes"] == five.payload["boundingBoxes"] == doubted.payload["boundingBoxes"] == []
    assert two.confidence == pytest.approx(np.exp(-0.04), abs=1e-6)
    assert five.confidence == pytest.approx(np.exp(-(0.2**5)), abs=1e-6)
    assert doubted.confidence < two.confidence


def test_fractions_of_pixels_stay_where_the_answers_have_them():
    fine = {**DOG, "left": 110.5}

    assert plain(settle([fine], [DOG])) == [{**DOG, "left": 110.75}]
    assert plain(settle([DOG], [moved(DOG, 1)])) == [moved(DOG, 1)]


@pytest.mark.parametrize("seed", range(6))
def test_order_names_and_copies_of_workers_do_not_matter(seed):
    random = np.random.default_rng(seed)
    truth = simulate([Person()], n_objects=1, each=1, seed=seed, things=8)[1][0]
    votes = [Vote(name, draw(Person(0.8, 0.5, 3.0), truth, random)) for name in "abcde"]
    renamed = [Vote(f"z{given.worker}", given.answer) for given in votes]
    mixed = [Vote(given.worker, boxes_answer(given.answer["boundingBox"]["boundingBoxes"][::-1])) for given in votes]

    settled = BOXES.consolidate(votes, {}, SCHEMA)

    for others in (votes[::-1], renamed[2:] + renamed[:2], mixed):
        assert BOXES.consolidate(others, {}, SCHEMA) == settled
    assert BOXES.check(BOXES.answer_of(settled.payload, SCHEMA), SCHEMA, Item({}, 640, 480, 3)) == []
    same = BOXES.consolidate([Vote(name, votes[0].answer) for name in "abc"], {}, SCHEMA)
    assert BOXES.agreement(BOXES.answer_of(same.payload, SCHEMA), votes[0].answer, SCHEMA) == 1.0


def test_the_picture_has_the_size_that_most_answers_give_it():
    wrong = boxes_answer([DOG])
    wrong["boundingBox"]["inputImageProperties"] = {"width": 9000, "height": 9000}
    votes = [Vote("mallory", wrong), vote("ada", DOG), vote("ben", DOG)]

    assert BOXES.consolidate(votes, {}, SCHEMA).payload["inputImageProperties"] == {"width": 640, "height": 480}


# --- skills -----------------------------------------------------------------------------------------------


def test_workers_who_invent_or_miss_are_known_after_a_job():
    people = [Person(0.95, 0.05, 2.0)] * 6 + [Person(0.5, 0.8, 4.0)] * 4
    objects, _ = simulate(people, n_objects=120, each=4, seed=3)

    skills = BOXES.fit([(number, given) for number, votes in enumerate(objects) for given in votes], SCHEMA)

    finds, falls = (dict(zip(skills["workers"], skills[what][:-1], strict=True)) for what in ("finds", "falls"))
    good, bad = [f"w{number}" for number in range(6)], [f"w{number}" for number in range(6, 10)]
    assert min(finds[name] for name in good) > 0.85 > 0.7 > max(finds[name] for name in bad)
    assert max(falls[name] for name in good) < min(falls[name] for name in bad)


@pytest.mark.parametrize("each", [2, 3])
def test_with_skills_more_true_boxes_are_found_and_fewer_false_ones(each):
    people = [Person(0.95, 0.05, 2.0)] * 8 + [Person(0.5, 0.8, 6.0)] * 4
    objects, truths = simulate(people, n_objects=100, each=each, seed=1)
    skills = BOXES.fit([(number, given) for number, votes in enumerate(objects) for given in votes], SCHEMA)

    with_skills = f1_of(BOXES.consolidate_many(objects, skills, SCHEMA, []), truths)
    without = f1_of(BOXES.consolidate_many(objects, {}, SCHEMA, []), truths)

    assert with_skills > 0.88
    assert with_skills > without + 0.015


def f1_of(settled, truths):
    found = right = true = 0
    for label, truth in zip(settled, truths, strict=True):
        left = list(truth)
        for drawn in plain(label):
            match = next(
                (t for t in left if BOXES.agreement(boxes_answer([drawn]), boxes_answer([t]), SCHEMA) > 0.5), None
            )
            if match:
                left.remove(match)
                right += 1
        found, true = found + len(plain(label)), true + len(truth)
    return 2 * right / (found + true)


def test_a_long_job_is_learned_from_a_part_of_its_objects(monkeypatch):
    from labeling.task_types import _parts

    monkeypatch.setattr(_parts, "LEARN_FROM", 10)
    pairs = [(number, vote(name, DOG)) for number in range(95) for name in ("ada", f"w{number}")]

    taken = _parts.spread_objects(pairs)

    assert [votes[1].worker for votes in taken] == [f"w{number}" for number in (0, 9, 19, 28, 38, 47, 57, 66, 76, 85)]
    assert len(BOXES.fit(pairs, SCHEMA)["workers"]) == 96


# --- agreement, and the manifest --------------------------------------------------------------------------


def test_agreement_is_shared_area_over_all_boxes():
    one, two = boxes_answer([DOG]), boxes_answer([{**DOG, "height": 64}, box("person", 400, 300, 50, 50)])

    assert BOXES.agreement(one, two, SCHEMA) == BOXES.agreement(two, one, SCHEMA) == 0.333333
    assert BOXES.agreement(boxes_answer([]), boxes_answer([]), SCHEMA) == 1.0
    assert BOXES.agreement(boxes_answer([]), one, SCHEMA) == 0.0


def test_the_manifest_holds_boxes_as_the_guide_prints_them():
    dogs = Schema(("dog",))
    payload = {
        "boundingBoxes": [{"label": "dog", "left": 111, "top": 134, "width": 61, "height": 128, "confidence": 0.8}],
        "inputImageProperties": {"width": 500, "height": 400},
    }

    line = BOXES.encode(payload, 0.8, dogs, Item({}, 500, 400, 3))

    assert line.value == {
        "image_size": [{"width": 500, "height": 400, "depth": 3}],
        "annotations": [{"class_id": 0, "left": 111, "top": 134, "width": 61, "height": 128}],
    }
    assert line.metadata == {
        "objects": [{"confidence": 0.8}],
        "class-map": {"0": "dog"},
        "type": "groundtruth/object-detection",
    }
    assert BOXES.decode(line.value, line.metadata, dogs) == (payload, 0.8)


def test_the_class_map_holds_only_what_occurs_and_depth_comes_from_the_object():
    settled = settle([{**DOG, "label": "bicycle"}])

    line = BOXES.encode(settled.payload, 0.0, SCHEMA, Item({}, 640, 480, 1))
    empty = BOXES.encode(settle([], []).payload, 0.9, SCHEMA, Item())

    assert line.metadata["class-map"] == {"1": "bicycle"}
    assert line.metadata["objects"] == [{"confidence": 0.0}]
    assert line.value["image_size"] == [{"width": 640, "height": 480, "depth": 1}]
    assert empty.value == {"image_size": [{"width": 640, "height": 480, "depth": 3}], "annotations": []}
    assert empty.metadata == {"objects": [], "class-map": {}, "type": "groundtruth/object-detection"}


def printed(**changes):
    """A value and metadata as manifests print them, with other or no keys (None) in value, annotation and metadata."""
    annotation = {"class_id": 0, "left": 1, "top": 2, "width": 30, "height": 40}
    value = {"image_size": [{"width": 500, "height": 400, "depth": 3}], "annotations": [annotation]}
    metadata = {"objects": [{"confidence": 0.5}], "class-map": {"0": "person"}}
    for part in (value, annotation, metadata):
        part.update({key: new for key, new in changes.items() if key in part})
    return json.loads(json.dumps([value, metadata]))


def test_a_box_of_another_tool_is_read_without_its_extra_keys_and_confidence():
    value, metadata = printed(class_id="0", objects=[None])
    value["annotations"][0]["iscrowd"] = 0

    payload, confidence = BOXES.decode(value, metadata, SCHEMA)

    assert payload["boundingBoxes"] == [{**box("person", 1, 2, 30, 40), "confidence": 0.0}]
    assert confidence == 0.0


@pytest.mark.parametrize(
    "changes",
    [
        {"class_id": 7},
        {"class-map": {"0": "aeroplane"}},
        {"class-map": []},
        {"class-map": {"0": ["person"]}},
        {"left": -3},
        {"width": 0},
        {"left": None},
        {"top": "2"},
        {"height": float("inf")},
        {"width": 10**400},
        {"left": float("nan")},
        {"left": True},
        {"image_size": []},
        {"image_size": [{"width": 0, "height": 400}]},
        {"image_size": 5},
        {"annotations": {"0": 1}},
        {"annotations": [None]},
        {"annotations": 5},
        {"objects": [{"confidence": 7}]},
        {"objects": [{"confidence": "high"}]},
        {"objects": 5},
    ],
)
def test_what_is_no_box_label_is_not_read(changes):
    value, metadata = printed(**changes)

    with pytest.raises((ValueError, KeyError, TypeError, IndexError)):
        BOXES.decode(value, metadata, SCHEMA)


def test_a_label_is_shown_in_words():
    settled = settle([DOG, moved(DOG, 200), {**DOG, "label": "bicycle"}])

    assert BOXES.describe(settled.payload, SCHEMA) == "2 × person, 1 × bicycle"
    assert BOXES.describe(settle([], []).payload, SCHEMA) == "nothing"
