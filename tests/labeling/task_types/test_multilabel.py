"""Multi-label types: the union of what people chose, each label with the chance that it is right."""

import json
from collections import Counter

import numpy as np
import pytest

from labeling.task_types import _choosing, image_multilabel, text_multilabel
from labeling.task_types._parts import weight
from projects.task_types import Item, Schema, Vote

IMAGE, TEXT = image_multilabel.TASK_TYPE, text_multilabel.TASK_TYPE
SCHEMA = Schema(("person", "bicycle", "a", "b", "c", "d", "e", "f", "clothing"))
NAME = "crowd-image-classifier-multi-select"


def vote(worker, *labels):
    return Vote(worker, {NAME: {"labels": list(labels)}})


def by_class(settled):
    return {part["class_id"]: part["confidence"] for part in settled.payload}


def test_every_label_that_anybody_chose_is_in_the_union():
    votes = [vote("ada", "clothing", "person"), vote("ben", "bicycle", "person"), vote("wei", "person")]

    settled = IMAGE.consolidate(votes, {}, SCHEMA)

    assert [part["class_id"] for part in settled.payload] == [0, 1, 8]
    assert settled.method == "union"
    # Three ordinary workers, .8 to name what is there and .2 what is not; a quarter of it the share of the votes.
    weight = 0.38 * (1 - 1 / 3)
    assert by_class(settled)[0] == round((1 - weight) * 64 / 65 + weight, 2) == 0.99
    assert by_class(settled)[1] == by_class(settled)[8] == round((1 - weight) * 0.2 + weight / 3, 2) == 0.23
    assert settled.confidence == pytest.approx((0.99 + 0.23 + 0.23) / 3, abs=1e-6)


def test_one_worker_has_no_confidence():
    settled = IMAGE.consolidate([vote("ada", "bicycle", "person")], {}, SCHEMA)

    assert settled.payload == [{"class_id": 0, "confidence": 0.0}, {"class_id": 1, "confidence": 0.0}]
    assert settled.confidence == 0.0


def test_a_label_that_is_hardly_believed_has_more_than_the_confidence_of_nothing():
    votes = [vote("liar", "clothing", "person"), *(vote(name, "person") for name in "abcdefgh")]
    skills = {"workers": ["liar"], "finds": [0.1, 0.99], "falls": [0.9, 0.01], "there": 1.0, "misleading": 1.0}

    settled = IMAGE.consolidate(votes, skills, SCHEMA)

    assert 0.01 <= by_class(settled)[8] < 0.05


def test_workers_who_invent_are_believed_less():
    random = np.random.default_rng(0)
    pairs = []
    for number in range(60):
        true = SCHEMA.categories[number % 4]
        invented = SCHEMA.categories[4 + number % 4]
        liar = [invented] if random.random() < 0.8 else [true]
        pairs += [(number, vote("ada", true)), (number, vote("ben", true)), (number, vote("mallory", *liar))]

    skills = IMAGE.fit(pairs, SCHEMA)
    from_liar = IMAGE.consolidate([vote("ada", "person"), vote("mallory", "clothing")], skills, SCHEMA)
    from_good = IMAGE.consolidate([vote("ada", "clothing"), vote("mallory", "person")], skills, SCHEMA)

    assert by_class(from_liar)[0] > by_class(from_liar)[8] + 0.2
    assert by_class(from_good)[8] > by_class(from_good)[0] + 0.2


@pytest.mark.parametrize("seed", range(5))
def test_order_names_and_renamed_categories_do_not_matter(seed):
    random = np.random.default_rng(seed)
    chosen = [random.permutation(9)[: random.integers(1, 5)].tolist() for _ in range(5)]
    turn = random.permutation(9).tolist()
    turned = Schema(tuple(SCHEMA.categories[place] for place in turn))
    votes = [vote(name, *(SCHEMA.categories[n] for n in labels)) for name, labels in zip("abcde", chosen, strict=True)]
    renamed = [Vote(f"z{given.worker}", given.answer) for given in votes[::-1]]

    plain = IMAGE.consolidate(votes, {}, SCHEMA)

    assert IMAGE.consolidate(renamed, {}, SCHEMA) == plain
    assert {turn[n]: c for n, c in by_class(IMAGE.consolidate(votes, {}, turned)).items()} == by_class(plain)
    assert IMAGE.consolidate_many([votes, renamed], {}, SCHEMA, [0, 1]) == [plain, plain]


def test_the_manifest_holds_it_as_the_guide_prints_it():
    payload = [
        {"class_id": 0, "confidence": 0.77}, {"class_id": 1, "confidence": 0.95}, {"class_id": 8, "confidence": 0.2}
    ]  # fmt: skip

    line = IMAGE.encode(payload, 0.64, SCHEMA, Item())

    assert line.value == [0, 1, 8]
    assert line.metadata == {
        "class-map": {"0": "person", "1": "bicycle", "8": "clothing"},
        "confidence-map": {"0": 0.77, "1": 0.95, "8": 0.2},
        "type": "groundtruth/image-classification-multilabel",
    }
    assert TEXT.encode(payload, 0.64, SCHEMA, Item()).metadata["type"] == "groundtruth/text-classification-multilabel"
    assert IMAGE.decode(line.value, line.metadata, SCHEMA) == (payload, 0.64)


def test_a_manifest_is_read_by_names_in_any_order_and_without_confidences():
    payload, confidence = IMAGE.decode([8, "1"], {"class-map": {"8": "person", "1": "bicycle"}}, SCHEMA)

    assert payload == [{"class_id": 0, "confidence": 0.0}, {"class_id": 1, "confidence": 0.0}]
    assert confidence == 0.0


@pytest.mark.parametrize(
    ("value", "metadata"),
    [
        (1, {}),
        ([], {}),
        ({"0": 1}, {}),
        ([9], {}),
        ([-1], {}),
        ([True], {}),
        ([0.5], {}),
        ([None], {}),
        ([0, 0], {}),
        ([0, 1], {"class-map": {"0": "bicycle"}}),
        ([0], {"class-map": {"0": "aeroplane"}}),
        ([0], {"class-map": ["person"]}),
        ([0], {"confidence-map": {"0": 2}}),
        ([0], {"confidence-map": {"0": float("nan")}}),
        ([0], {"confidence-map": {"0": {}}}),
        ([0], {"confidence-map": 5}),
    ],
)
def test_what_is_no_multi_label_value_is_not_read(value, metadata):
    with pytest.raises((ValueError, KeyError, TypeError)):
        IMAGE.decode(value, metadata, SCHEMA)


def test_agreement_is_the_share_of_labels_in_common():
    one, two = vote("ada", "a", "b").answer, vote("ben", "b", "c").answer

    assert IMAGE.agreement(one, two, SCHEMA) == 1 / 3
    assert IMAGE.agreement(one, {"another name": {"labels": ["b", "a"]}}, SCHEMA) == 1.0
    assert IMAGE.agreement(one, vote("wei", "d").answer, SCHEMA) == 0.0


def test_a_label_is_shown_with_all_its_categories():
    payload = [{"class_id": 0, "confidence": 0.77}, {"class_id": 8, "confidence": 0.0}]

    assert IMAGE.answer_of(payload, SCHEMA) == {NAME: {"labels": ["person", "clothing"]}}
    assert IMAGE.describe(payload, SCHEMA) == "person 77%, clothing"


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ({"labels": []}, "Choose at least one category."),
        ({"labels": "person"}, "Choose at least one category."),
        ({"labels": {"0": "person"}}, "Choose at least one category."),
        ({}, "Choose at least one category."),
        ({"labels": ["person", "aeroplane"]}, "“aeroplane” is not a category of this job."),
        ({"labels": ["x" * 100_000]}, f"“{'x' * 60}” is not a category of this job."),
        ({"labels": [1]}, "“1” is not a category of this job."),
        ({"labels": [["person"]]}, "“['person']” is not a category of this job."),
        ({"labels": ["person", "person"]}, "Choose each category once."),
        ({"labels": ["person"] * 100_000}, "Choose each category once."),
        ({"labels": ["person"], "workerComment": 5}, "A comment is text of at most 2,000 characters."),
        ({"labels": ["person"], "workerComment": "x" * 2001}, "A comment is text of at most 2,000 characters."),
        ({"labels": ["person"], "more": 1}, "This answer holds more than labels. Reload the page and choose again."),
    ],
)
def test_an_answer_is_labels_of_the_job_and_nothing_else(part, problem):
    assert IMAGE.check({NAME: part}, SCHEMA, Item()) == [problem]


def test_the_name_of_the_element_does_not_matter_and_fifty_categories_are_fine():
    fifty = Schema(tuple(f"c{number}" for number in range(50)))

    assert IMAGE.check({"boxes": {"labels": list(fifty.categories), "workerComment": "all"}}, fifty, Item()) == []
    assert IMAGE.max_categories == TEXT.max_categories == 50


def test_skills_survive_json():
    votes = [vote("ada", "a", "b"), vote("ben", "b"), vote("wei", "b", "c")]
    skills = IMAGE.fit([(number, given) for number in range(30) for given in votes], SCHEMA)

    assert IMAGE.consolidate(votes, json.loads(json.dumps(skills)), SCHEMA) == IMAGE.consolidate(votes, skills, SCHEMA)
    assert skills["workers"] == ["ada", "ben", "wei"]


def test_who_finds_much_and_invents_little_weighs_more() -> None:
    skills = {"workers": ["a", "b"], "finds": [0.9, 0.6, 0.8], "falls": [0.1, 0.5, 0.2]}

    assert [weight(skills, name) for name in ("a", "b", "stranger")] == [0.9, 0.55, None]
    assert weight({}, "a") is None


def job_of_experts(n_objects: int = 120) -> list[tuple[int, Vote]]:
    """Return votes of people who see one category each always, and others no better than by chance."""
    random, pairs = np.random.default_rng(3), []
    for number in range(n_objects):
        true = random.random(6) < 0.4
        for who in random.permutation(12)[:5].tolist():
            seen = np.where(random.random(6) < 0.7, true, ~true)
            seen[who % 6] = true[who % 6]
            pairs.append((number, vote(f"w{who:02d}", *(SCHEMA.categories[n] for n in np.flatnonzero(seen)))))
    return pairs


def test_each_category_has_its_own_skill() -> None:
    skills = IMAGE.fit(job_of_experts(240), SCHEMA)

    from_expert = IMAGE.consolidate([vote("w00", "person", "b"), vote("w03", "bicycle")], skills, SCHEMA)
    from_other = IMAGE.consolidate([vote("w01", "person", "b"), vote("w03", "bicycle")], skills, SCHEMA)

    assert by_class(from_expert)[0] > by_class(from_other)[0] + 0.2  # w00 sees persons
    assert abs(by_class(from_expert)[3] - by_class(from_other)[3]) < 0.1  # of b both know as little
    assert {(worker % 6, category) for worker, category, care, _ in skills["by_category"]["cells"] if care > 0.8} == {
        (n, n) for n in range(6)
    }


def test_skills_do_not_depend_on_order_or_names_and_repeat_to_the_byte() -> None:
    pairs = job_of_experts()
    renamed = [(number, Vote(f"{99 - int(given.worker[1:])}", given.answer)) for number, given in pairs[::-1]]

    skills, again, other = (IMAGE.fit(given, SCHEMA) for given in (pairs, pairs[::-1], renamed))

    assert json.dumps(skills) == json.dumps(again)
    assert other["finds"][:-1] == skills["finds"][-2::-1]
    assert other["by_category"]["shifts"] == skills["by_category"]["shifts"][::-1]
    assert sorted((11 - w, *more) for w, *more in other["by_category"]["cells"]) == sorted(
        tuple(cell) for cell in skills["by_category"]["cells"]
    )


def test_skills_stay_small(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = job_of_experts()

    monkeypatch.setattr(_choosing, "MOST_TOLD", 10)
    few_told = IMAGE.fit(pairs, SCHEMA)["by_category"]["cells"]
    monkeypatch.setattr(_choosing, "MOST_OWN", 4 * len(SCHEMA.categories))
    few = IMAGE.fit(pairs, SCHEMA)

    assert len(few_told) == 10
    answered = sorted(Counter(given.worker for _, given in pairs).values())
    assert len(few["workers"]) == sum(count > answered[-5] for count in answered) <= 4
    assert len(few["finds"]) == len(few["workers"]) + 1
    stranger = next(given.worker for _, given in pairs if given.worker not in few["workers"])
    assert weight(few, stranger) is None
    assert IMAGE.consolidate([vote(stranger, "a"), vote("nobody", "a")], few, SCHEMA).payload[0]["confidence"] > 0.5


def test_a_fit_looks_at_so_many_answers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = job_of_experts()
    monkeypatch.setattr(_choosing, "MOST_CELLS", 60 * 5 * len(SCHEMA.categories))

    some = IMAGE.fit(pairs, SCHEMA)

    assert some == IMAGE.fit([(n, given) for n, given in pairs if n % 2 == 0], SCHEMA)
    assert some != IMAGE.fit([(n, given) for n, given in pairs if n % 2], SCHEMA)


def test_skills_of_one_figure_a_worker_are_read_as_ever() -> None:
    skills = {
        "workers": ["a", "b"],
        "finds": [0.9, 0.6, 0.8],
        "falls": [0.1, 0.5, 0.2],
        "there": 2.0,
        "misleading": 1.0,
    }

    settled = IMAGE.consolidate([vote("a", "person"), vote("b", "bicycle")], skills, SCHEMA)

    odds = {0: 2 * 0.9 / 0.1 * 0.4 / 0.5, 1: 2 * 0.1 / 0.9 * 0.6 / 0.5}
    assert by_class(settled) == {n: round(0.81 * told / (1 + told) + 0.19 * 0.5, 2) for n, told in odds.items()}


def test_a_label_that_is_surely_wrong_makes_nobody_ask_on() -> None:
    votes = [*(vote(name, "person") for name in "abcd"), vote("e", "person", "a")]
    doubted = [vote("a", "person"), vote("b", "person", "a")]

    settled = IMAGE.consolidate(votes, {}, SCHEMA)
    sure = IMAGE.sureness([votes, doubted, votes[:1]], {}, SCHEMA, [0, 1, 2])

    share = 0.38 * (1 - 1 / 5)
    chances = [(1 - share) * 4**5 / (4**5 + 1) + share, (1 - share) / (4**3 + 1) + share / 5]
    assert settled.confidence < 0.6
    assert sure[0] == pytest.approx((chances[0] + 1 - chances[1]) / 2)
    assert sure[0] > 0.95 > sure[1]
    assert sure[2] == 0.0
