"""What the multi-label types share: an answer `{"<name>": {"labels": [...]}}`, its payload the union of all answers.

A payload is a list of {"class_id", "confidence"} by class id, one for each category that anybody chose.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.consolidation.agreement import share_of_either
from labeling.task_types._choosing import ChoiceJudge, choice_fitter
from labeling.task_types._parts import mean_confidence, round_confidence, weight, with_confidences
from labeling.validation.findings import Kind
from projects.task_types import Answer, Checked, Example, Item, LabelLine, Parts, Schema, Settled, TaskType, Vote

MAX_COMMENT = 2000  # characters
BELIEVED = 0.5  # confidence from which a category that somebody chose is right rather than wrong


def chosen(answer: Answer) -> list[Any] | None:
    """Return the categories named, whatever name the element has; None where the answer is no such element's."""
    parts = list(answer.values())
    if len(parts) == 1 and isinstance(parts[0], dict) and isinstance(parts[0].get("labels"), list):
        return list(parts[0]["labels"])
    return None


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why these are not one or more categories of the schema; empty is good."""
    labels = chosen(answer)
    if not labels:
        return [_("Choose at least one category.")]
    part = next(iter(answer.values()))
    comment = part.get("workerComment", "")
    if part.keys() - {"labels", "workerComment"}:
        return [_("This answer holds more than labels. Reload the page and choose again.")]
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT:
        return [_("A comment is text of at most 2,000 characters.")]
    if len(labels) > len(schema.categories):
        return [_("Choose each category once.")]
    for label in labels:
        if not isinstance(label, str) or label not in schema.categories:
            return [_("“%(name)s” is not a category of this job.") % {"name": str(label)[:60]}]
    return [_("Choose each category once.")] if len(set(labels)) < len(labels) else []


def _named(votes: Sequence[Vote], schema: Schema) -> list[tuple[int, set[int]]]:
    """Return each category that anybody chose, by class id, and the places of the votes that hold it."""
    by_class: dict[int, set[int]] = {}
    for place, vote in enumerate(votes):
        for label in chosen(vote.answer) or []:
            by_class.setdefault(schema.categories.index(label), set()).add(place)
    return sorted(by_class.items())


def consolidate_many(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[Settled]:
    """Settle many objects: every label that anybody chose, each with the chance that it is right."""
    judge = ChoiceJudge(skills, schema)
    return [_settle(votes, judge, schema) for votes in objects]


def _settle(votes: Sequence[Vote], judge: ChoiceJudge, schema: Schema) -> Settled:
    named = _named(votes, schema)
    if len(votes) == 1:
        payload = [{"class_id": number, "confidence": 0.0} for number, _ in named]
        return Settled(payload, 0.0, "single")
    chances = judge.believe(votes, named)
    payload = [
        {"class_id": number, "confidence": round_confidence(chance)}
        for (number, _), chance in zip(named, chances, strict=True)
    ]
    return Settled(payload, mean_confidence(payload), "union")


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object."""
    return consolidate_many([votes], skills, schema)[0]


def sureness(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[float]:
    """Return how sure each object's label is, for asking more people: that a label is wrong can be sure, too."""
    judge = ChoiceJudge(skills, schema)
    return [_sure(judge.believe(votes, _named(votes, schema))) if len(votes) > 1 else 0.0 for votes in objects]


def _sure(chances: Sequence[float]) -> float:
    return sum(max(chance, 1 - chance) for chance in chances) / len(chances) if chances else 0.0


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return the share of the labels of either that both hold (Jaccard)."""
    return share_of_either(chosen(a) or [], chosen(b) or [])


def alike_by(a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
    """Return for each category that either answer names whether both do."""
    ids = {name: number for number, name in enumerate(schema.categories)}
    one, other = ({ids[name] for name in chosen(answer) or [] if name in ids} for answer in (a, b))
    return {number: float(number in one and number in other) for number in sorted(one | other)}


def encoder(groundtruth_type: str) -> Callable[[Any, float, Schema, Item], LabelLine]:
    """Return the function that writes labels as spec/manifests.md 4 prints them."""

    def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
        ids = [part["class_id"] for part in payload]
        metadata = {
            "class-map": {str(number): schema.categories[number] for number in ids},
            "confidence-map": {str(part["class_id"]): round(part["confidence"], 2) for part in payload},
            "type": groundtruth_type,
        }
        return LabelLine(ids, metadata)

    return encode


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[Any, float]:
    """Read class ids as integers or strings; names in the class map, where given, decide. Raises ValueError."""
    if not isinstance(value, list) or not value:
        raise ValueError("A multi-label value is a list of class ids.")
    names, chances = metadata.get("class-map", {}), metadata.get("confidence-map", {})
    if not isinstance(names, dict) or not isinstance(chances, dict):
        raise ValueError("class-map and confidence-map are objects.")
    found: dict[int, float] = {}
    for given in value:
        if isinstance(given, bool) or not isinstance(given, int | str):
            raise ValueError(f"{given!r} is not a class id.")
        name = names.get(str(given))
        number = schema.categories.index(name) if name is not None else int(given)
        confidence = float(chances.get(str(given), 0.0))
        if number in found or not 0 <= number < len(schema.categories) or not 0 <= confidence <= 1:
            raise ValueError(f"{given!r} is not a category, or there twice, or its confidence is not from 0 to 1.")
        found[number] = confidence
    payload = [{"class_id": number, "confidence": found[number]} for number in sorted(found)]
    return payload, mean_confidence(payload)


def answer_of(name: str) -> Callable[[Any, Schema], Answer]:
    """Return the function that makes the answer an element called `name` would give for a label."""

    def make(payload: Any, schema: Schema) -> Answer:
        return {name: {"labels": [schema.categories[part["class_id"]] for part in payload]}}

    return make


def believed(name: str) -> Callable[[Any, Schema], Answer]:
    """Return the function that makes the answer which a label says is right: of all that anybody chose, what is
    believed, or the surest where nothing is.
    """
    make = answer_of(name)

    def truth_of(payload: Any, schema: Schema) -> Answer:
        surest = max((part["confidence"] for part in payload), default=0.0)
        return make([part for part in payload if part["confidence"] >= min(BELIEVED, surest)], schema)

    return truth_of


def describe(payload: Any, schema: Schema) -> str:
    """Return the categories, each with its confidence where there is one."""
    shown = ((schema.categories[part["class_id"]], part["confidence"]) for part in payload)
    return ", ".join(f"{name} {chance:.0%}" if chance else name for name, chance in shown)


def teach(payload: Any, schema: Schema) -> tuple[int, ...]:
    """Return the categories of a label, as numbers."""
    return tuple(part["class_id"] for part in payload)


def propose(numbers: Sequence[int], confidence: float, schema: Schema) -> Any:
    """Return the label of categories that a machine named; of each it is as sure as of all."""
    return [{"class_id": int(number), "confidence": round(confidence, 6)} for number in sorted(numbers)]


def multi_label(
    *,
    slug: str,
    title: str,
    modality: str,
    aws_name: str,
    groundtruth_type: str,
    element: str,
    source: dict[str, str],
    categories: tuple[str, ...],
    answers: tuple[list[str], list[str], list[str]],
    damaged: list[str],
    source_key: str = "source-ref",
) -> TaskType:
    """Return the type whose task is one `element` that gives one category or more.

    source, categories, answers, damaged: its example, the answers as categories, `damaged` not all of them.
    """
    first, second, third = ({element: {"labels": answer}} for answer in answers)
    return TaskType(
        slug=slug,
        title=title,
        modality=modality,
        aws_names=(aws_name,),
        workers_each=3,
        seconds=300,
        target=0.95,
        template=f"{slug.replace('-', '_')}.liquid.html",
        groundtruth_type=groundtruth_type,
        source_key=source_key,
        check=check,
        fit=choice_fitter(chosen),
        consolidate=consolidate,
        consolidate_many=consolidate_many,
        agreement=agreement,
        alike_by=alike_by,
        believed=believed(element),
        encode=encoder(groundtruth_type),
        decode=decode,
        answer_of=answer_of(element),
        describe=describe,
        example=Example(Item(source), Schema(categories), (first, second, third), {element: {"labels": damaged}}),
        learner="multilabel",
        teach=teach,
        propose=propose,
        names=lambda answer: chosen(answer) or [],
        names_several=True,
        weight=weight,
        parts=Parts(
            lambda payload: [part["confidence"] for part in payload],
            lambda payload, chances, _own: with_confidences(payload, chances),
            may_doubt=True,
        ),
        sureness=sureness,
        agreement_is=gettext_lazy("categories that both answers name, of those that either names"),
        checked=lambda schema: Checked(Kind.CLASSES, lambda payload: teach(payload, schema)),
    )
