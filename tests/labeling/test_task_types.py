"""The contract that every registered task type keeps (architecture: one page, one operation, one task type)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from labeling import templating
from projects import task_types
from projects.task_types import Answer, Schema, TaskType, Vote

TYPES = list(task_types.every())


def with_more(kind: TaskType, options: dict[str, Any], *, more: dict[str, Any]) -> TaskType:
    """Return a type whose example is a job with these options, and more in each of its shapes."""

    def richer(answer: Answer) -> Answer:
        ((name, part),) = answer.items()
        shapes = next(key for key, value in part.items() if isinstance(value, list))
        return {name: {**part, shapes: [{**shape, **more} for shape in part[shapes]]}}

    example, first = kind.example, kind.example.answers[0]
    schema = Schema(example.schema.categories, {**example.schema.options, **options})
    answers = (richer(first), *example.answers[1:])
    return replace(kind, example=replace(example, schema=schema, answers=answers))


SAYS = {"shape_attributes": ["occluded", "pose: left, right"]}
SAID = {"attributes": {"occluded": True, "pose": "left"}}
VARIANTS = {
    f"{slug}, {words}": with_more(task_types.get(slug), options, more=more)
    for slug, words, options, more in (
        ("bounding-box", "turned", {"rotate": True}, {"rotation": 8.5}),
        ("bounding-box", "turned with attributes", {"rotate": True, **SAYS}, {"rotation": 8.5, **SAID}),
        ("adjustment-bounding-box", "turned with attributes", {"rotate": True, **SAYS}, {"rotation": 8.5, **SAID}),
        ("polygon", "with attributes", SAYS, SAID),
        ("polyline", "with attributes", SAYS, SAID),
        ("keypoint", "with attributes", SAYS, SAID),
    )
}
BY_NAME = {**{kind.slug: kind for kind in TYPES}, **VARIANTS}


@pytest.fixture(params=BY_NAME.values(), ids=BY_NAME)
def kind(request: pytest.FixtureRequest) -> TaskType:
    return request.param


def votes_of(kind: TaskType, names: str = "abc") -> list[Vote]:
    return [Vote(name, answer) for name, answer in zip(names, kind.example.answers, strict=True)]


def without_file(payload: Any) -> Any:
    """Return a payload without its picture.

    A label that is a file says in the manifest where that lies, and only the delivery knows where: `decode` gives the
    file's address in place of its content and size. What the file's colours mean, and how sure it is, must come back.
    """
    if not isinstance(payload, dict):
        return payload
    return {key: value for key, value in payload.items() if key not in ("labeledImage", "inputImageProperties")}


def test_the_road_has_its_two_types() -> None:
    assert {"image-classification", "text-classification"} <= {kind.slug for kind in TYPES}


def test_what_is_encoded_decodes_to_itself(kind: TaskType) -> None:
    schema = kind.example.schema
    settled = kind.consolidate(votes_of(kind), {}, schema)

    line = kind.encode(settled.payload, settled.confidence, schema, kind.example.item)
    wire = json.loads(json.dumps({"value": line.value, "metadata": line.metadata}))
    value = "s3://acme/out/0.png" if kind.needs_ref else wire["value"]
    payload, confidence = kind.decode(value, wire["metadata"], schema)

    assert without_file(payload) == without_file(settled.payload)
    assert line.value is None or not kind.needs_ref
    assert confidence == pytest.approx(settled.confidence, abs=0.0051)  # manifests hold two decimals
    assert line.metadata["type"] == kind.groundtruth_type


def test_equal_answers_give_that_answer(kind: TaskType) -> None:
    schema, answer = kind.example.schema, kind.example.answers[0]

    settled = kind.consolidate([Vote(name, answer) for name in "abc"], {}, schema)

    assert kind.agreement(kind.answer_of(settled.payload, schema), answer, schema) == 1.0
    assert 0.5 < settled.confidence <= 1.0


def turned_around(value: Any) -> Any:
    """Return the same JSON with the keys of each object the other way round."""
    if isinstance(value, dict):
        return {key: turned_around(value[key]) for key in reversed(value)}
    return [turned_around(part) for part in value] if isinstance(value, list) else value


def test_a_label_is_told_alike_in_whatever_order_a_database_keeps_its_keys(kind: TaskType) -> None:
    schema = kind.example.schema
    payload = kind.consolidate(votes_of(kind), {}, schema).payload

    other = turned_around(payload)

    assert other == payload
    assert kind.describe(other, schema) == kind.describe(payload, schema)


def test_order_and_names_of_workers_do_not_matter(kind: TaskType) -> None:
    schema, votes = kind.example.schema, votes_of(kind)
    renamed = [Vote(f"someone {vote.worker}", vote.answer) for vote in votes]

    settled = [kind.consolidate(given, {}, schema) for given in (votes, votes[::-1], renamed)]

    assert settled[0] == settled[1] == settled[2]


def test_many_at_once_are_settled_as_one_at_a_time(kind: TaskType) -> None:
    if kind.consolidate_many is None:
        pytest.skip("this type settles one object at a time")
    schema, votes = kind.example.schema, votes_of(kind)
    skills = kind.fit([(0, vote) for vote in votes] + [(1, vote) for vote in votes], schema)

    many = kind.consolidate_many([votes, votes], skills, schema, [0, 0])

    assert many == [kind.consolidate(votes, skills, schema)] * 2


def test_agreement_is_symmetric_and_one_on_equals(kind: TaskType) -> None:
    schema, answers = kind.example.schema, kind.example.answers

    for a in answers:
        assert kind.agreement(a, a, schema) == 1.0
        for b in answers:
            assert kind.agreement(a, b, schema) == kind.agreement(b, a, schema)
            assert 0.0 <= kind.agreement(a, b, schema) <= 1.0


def test_answers_name_categories_of_the_job(kind: TaskType) -> None:
    if kind.names is None:
        assert not kind.names_several
        return
    named = [list(kind.names(answer)) for answer in kind.example.answers]

    assert all(set(names) <= set(kind.example.schema.categories) for names in named)
    assert all(len(names) > 0 for names in named)
    assert kind.names_several == any(len(names) > 1 for names in named)
    assert list(kind.names({})) == []


def test_nothing_is_mistaken_in_equals_and_both_ways_the_same(kind: TaskType) -> None:
    if kind.mistaken is None:
        return
    schema, answers = kind.example.schema, kind.example.answers

    for a in answers:
        assert list(kind.mistaken(a, a, schema)) == []
        for b in answers:
            pairs = kind.mistaken(a, b, schema)
            assert pairs == kind.mistaken(b, a, schema)
            assert all(0 <= one < other < len(schema.categories) for one, other in pairs)


def test_check_takes_the_answers_and_refuses_the_damaged_one(kind: TaskType) -> None:
    schema = kind.example.schema

    assert [kind.check(answer, schema, kind.example.item) for answer in kind.example.answers] == [[], [], []]
    assert kind.check(kind.example.damaged, schema, kind.example.item) != []


def test_answers_that_make_no_sense_are_refused_without_an_error(kind: TaskType) -> None:
    if kind.slug == "custom":
        pytest.skip("a form of one's own may say anything")
    name = next(iter(kind.example.answers[0]))
    part = kind.example.answers[0][name]
    bare = {key: [{}, None, "x", [], True] for key in part}
    hostile = [
        {},
        {name: None},
        {name: []},
        {name: {}},
        {name: bare},
        {name: part, "more": part},
        {name: "x" * 100_000},
    ]

    found = [kind.check(answer, kind.example.schema, kind.example.item) for answer in hostile]

    assert all(problems and all(isinstance(problem, str) for problem in problems) for problems in found)
    assert max(len(problem) for problems in found for problem in problems) < 300


def test_a_set_up_with_the_example_has_no_problems(kind: TaskType) -> None:
    assert kind.problems is None or kind.problems(kind.example.schema, "another-attribute") == []


def test_skills_are_plain_json(kind: TaskType) -> None:
    skills = kind.fit([(n, vote) for n in range(30) for vote in votes_of(kind)], kind.example.schema)

    assert json.loads(json.dumps(skills)) == skills
    assert kind.fit([], kind.example.schema) == {}


def test_a_weight_is_a_share_for_those_who_were_judged(kind: TaskType) -> None:
    if kind.weight is None:
        pytest.skip("this type weighs nobody")
    votes = votes_of(kind)
    skills = kind.fit([(n, vote) for n in range(30) for vote in votes], kind.example.schema)

    weights = [kind.weight(skills, vote.worker) for vote in votes]

    assert all(weight is None or 0.0 <= weight <= 1.0 for weight in weights)
    told = {vote.worker for vote, weight in zip(votes, weights, strict=True) if weight is not None}
    assert told <= {*skills.get("workers", ())}  # by whose names hard objects find the better ones
    assert kind.weight(skills, "a stranger") is None
    assert kind.weight({}, votes[0].worker) is None


def test_the_template_renders_the_example(kind: TaskType) -> None:
    source = (Path(settings.BASE_DIR) / "templates" / "tasks" / kind.template).read_text()
    example = kind.example
    given = {
        "taskObject": next(iter(example.item.line.values())),
        "labels": list(example.schema.categories),
        "header": "Which?",
        **(kind.task_input(example.item, example.schema) if kind.task_input else {}),
    }

    html = templating.render(source, given, sign=lambda uri: f"https://signed.test/{uri[5:]}")

    assert "<crowd-form>" in html or "<crowd-entity-annotation" in html  # which is a form of its own
    assert all(category in html for category in example.schema.categories)
    assert not kind.source_key or kind.source_key in example.item.line


@pytest.mark.parametrize("kind", [k for k in TYPES if k.teach and not k.features], ids=lambda kind: kind.slug)
def test_what_a_machine_is_taught_it_proposes(kind: TaskType) -> None:
    schema = kind.example.schema
    settled = kind.consolidate([Vote("a", kind.example.answers[0])], {}, schema)
    assert kind.teach is not None
    assert kind.propose is not None

    proposed = kind.propose(kind.teach(settled.payload, schema), 0.9, schema)

    assert kind.answer_of(proposed, schema) == kind.answer_of(settled.payload, schema)


# Their damaged answer can be used: it lacks a flag alone, or goes beyond a text that a fit does not see.
USABLE = ("adjustment-bounding-box", "adjustment-semantic-segmentation", "named-entity")


def unusable_truths(kind: TaskType) -> list[Any]:
    """Return truths that a type cannot use: damaged, malformed, or of categories that the job does not have."""
    answer = kind.example.answers[0]
    name, part = next(iter(answer.items()))
    text = json.dumps(answer)
    for category in kind.example.schema.categories:
        text = text.replace(json.dumps(category), json.dumps(f"no {category}"))
    bare = {key: [{}, None, "x", [], True] for key in part} if isinstance(part, dict) else {}
    shapeless: list[Any] = [{}, {name: None}, {name: []}, {name: {}}, {name: bare}, {name: dict.fromkeys(bare)}]
    return [kind.example.damaged, *shapeless, {name: part, "more": part}, json.loads(text)]


def test_truths_that_cannot_be_used_are_passed_over(kind: TaskType) -> None:
    schema = kind.example.schema
    pairs = [(number, vote) for number in range(12) for vote in votes_of(kind)]
    plain = kind.fit(pairs, schema)

    for truth in unusable_truths(kind):
        learnt = kind.fit(pairs, schema, {3: truth, 10**6: kind.example.answers[0]})

        if kind.slug not in USABLE or truth != kind.example.damaged:
            assert learnt == plain, truth
