"""What the single-label types share: an answer `{"<name>": {"label": "<category>"}}`, its payload a category's id."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _

from labeling import consolidation
from labeling.consolidation import Skills, adaptive
from labeling.consolidation.calibration import Calibration
from labeling.consolidation.choosing import fit_like
from labeling.consolidation.discarding import find_untelling
from labeling.consolidation.joined import WITH_MODEL, is_model, leave_out_overruling
from labeling.consolidation.settling import weigh_labels
from labeling.validation.findings import Kind
from projects.task_types import (
    Answer,
    Checked,
    Discard,
    Example,
    Item,
    Known,
    LabelLine,
    Schema,
    Settled,
    TaskType,
    Vote,
)

FIELDS = {"label", "workerComment"}  # what crowd-classifier and crowd-image-classifier give
UNTELLING = "untelling"  # the code of answers that tell nothing of the category
MAX_NAME, MAX_COMMENT = 127, 2000


def said(answer: Answer) -> str | None:
    """Return the category named, whatever name the element has; None where the answer is no classifier's."""
    parts = list(answer.values())
    if len(parts) == 1 and isinstance(parts[0], dict) and isinstance(parts[0].get("label"), str):
        return str(parts[0]["label"])
    return None


def check(answer: Answer, schema: Schema, item: Item) -> list[str]:
    """Return why this is not one category of the schema; empty is good."""
    label = said(answer)
    if label is None:
        return ["Choose one category."]
    if label not in schema.categories:
        return [f"“{label[:60]}” is not a category of this job."]
    ((name, part),) = answer.items()
    if len(name) > MAX_NAME or not part.keys() <= FIELDS:
        return ["The answer holds more than a category and a comment."]
    comment = part.get("workerComment", "")
    if not isinstance(comment, str) or len(comment) > MAX_COMMENT:
        return [f"A comment is text of at most {MAX_COMMENT:,} characters."]
    return []


def fit(pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None) -> dict[str, Any]:
    """Return the workers' skills as JSON: {"workers": names in order, "skills": text of Skills}.

    pairs: (object number from 0, vote). Workers are numbered by name, so that their order does not matter. By objects
    whose truth is known people are judged, whatever else they answered.
    """
    return _learn(pairs, schema, known)


def fit_joined(
    pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None, alone: dict[str, Any]
) -> dict[str, Any]:
    """Return the skills of people and a model whose votes are among the pairs; `alone` is what theirs taught."""
    return _learn(pairs, schema, known, like=Skills.from_json(alone["skills"]))


def _learn(
    pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None, like: Skills | None = None
) -> dict[str, Any]:
    workers = sorted({vote.worker for _, vote in pairs})
    if not workers:
        return {}
    votes = _votes([(number, vote) for number, vote in pairs], workers, schema)
    count, ids = int(votes[:, 0].max()) + 1, {name: number for number, name in enumerate(schema.categories)}
    truths = [(of, ids[said(true) or ""]) for of, true in (known or {}).items() if of < count and said(true) in ids]
    given = np.array(truths, dtype=np.int64).reshape(-1, 2)
    if like is not None:
        skills = fit_like(votes, like, n_objects=count, n_workers=len(workers), known=given)
    else:
        skills = consolidation.fit(votes, n_objects=count, n_workers=len(workers), n_categories=len(ids), known=given)
    told_nothing = {
        workers[one.worker]: [one.agreed, one.compared, one.by_chance]
        for one in find_untelling(votes, skills, n_objects=count)
    }
    learnt = {"workers": workers, "skills": skills.to_json()}
    return {**learnt, "untelling": told_nothing} if told_nothing else learnt


def discard(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> list[Discard | None]:
    """Return of each answer why it does not count: its worker's answers tell nothing. One at least always counts."""
    untelling = skills.get("untelling", {})
    if all(vote.worker in untelling for vote in votes):
        return [None] * len(votes)
    figures = [untelling.get(vote.worker) for vote in votes]
    names = ("agreed", "compared", "by_chance")
    return [None if given is None else Discard(UNTELLING, dict(zip(names, given, strict=True))) for given in figures]


def _votes(pairs: Sequence[tuple[int, Vote]], workers: Sequence[str], schema: Schema) -> Any:
    numbers = {name: number for number, name in enumerate(workers)}
    ids = {name: number for number, name in enumerate(schema.categories)}
    unknown = len(workers)
    rows = [(number, numbers.get(vote.worker, unknown), ids[said(vote.answer) or ""]) for number, vote in pairs]
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def consolidate_many(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[Settled]:
    """Settle many objects at once with the job's skills; without any, with what these answers teach.

    numbers: one an object, by which ties are drawn: the same number draws the same, today and in the last fit.
    """
    if not objects:
        return []
    votes, fitted, drawn_by = _weighed(objects, skills, schema, numbers)
    audited = Calibration.from_json(skills["calibration"]) if "calibration" in skills else None
    labels, confidence, _ = consolidation.settle(
        votes, fitted, n_objects=len(objects), object_numbers=drawn_by, calibration=audited
    )
    heard = _hears_model(votes, skills, len(objects))
    return [
        Settled(int(k), round(float(c), 6), fitted.model + (WITH_MODEL if with_model else ""))
        for k, c, with_model in zip(labels, confidence, heard, strict=True)
    ]


def _people(workers: Sequence[str]) -> int:
    """Return how many of the workers, in order, are people; a model's voices come after them."""
    return sum(not is_model(name) for name in workers)


def _hears_model(votes: Any, skills: dict[str, Any], count: int) -> list[bool]:
    """Tell of each object whether a model's vote is among those (M, 3) that made its label."""
    workers = skills.get("workers", [])
    joined = (votes[:, 1] >= _people(workers)) & (votes[:, 1] < len(workers))
    return [bool(one) for one in np.bincount(votes[joined, 0], minlength=count) > 0]


def _weighed(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int]
) -> tuple[Any, Skills, Any]:
    """Return the votes as rows, the skills to weigh them by, and what draws ties."""
    pairs = [(number, vote) for number, votes in enumerate(objects) for vote in votes]
    known = skills or fit(pairs, schema)
    if "untelling" in known:
        pairs = [
            (number, vote)
            for number, votes in enumerate(objects)
            for vote, why in zip(votes, discard(votes, known, schema), strict=True)
            if why is None
        ]
    drawn_by = np.array(numbers, dtype=np.int64) if len(numbers) else None
    workers, fitted = known.get("workers", []), Skills.from_json(known["skills"])
    votes = leave_out_overruling(
        _votes(pairs, workers, schema), fitted, n_people=_people(workers), n_objects=len(objects)
    )
    return votes, fitted, drawn_by


def sureness(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> list[float]:
    """Return how sure each object's label is, for asking more people (labeling/consolidation/adaptive.py)."""
    if not objects:
        return []
    votes, fitted, drawn_by = _weighed(objects, skills, schema, numbers)
    sure = adaptive.sureness(votes, fitted, n_objects=len(objects), object_numbers=drawn_by)
    return [float(one) for one in sure]


def evidence(
    objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int] = ()
) -> tuple[list[float], list[float]]:
    """Return the model's own chance of each object's label, and its confidence before any audit."""
    if not objects:
        return [], []
    votes, fitted, drawn_by = _weighed(objects, skills, schema, numbers)
    _, own, soft = weigh_labels(votes, fitted, n_objects=len(objects), object_numbers=drawn_by)
    return own.tolist(), soft.tolist()


def consolidate(votes: Sequence[Vote], skills: dict[str, Any], schema: Schema) -> Settled:
    """Settle one object."""
    return consolidate_many([votes], skills, schema)[0]


@lru_cache(maxsize=8)
def _read(text: str) -> Skills:  # one for all of a job's workers
    return Skills.from_json(text)


def weight(skills: dict[str, Any], worker: str) -> float | None:
    """Return a worker's chance to be right as the job's fit found it; None where it judged nobody."""
    if worker not in skills.get("workers", []):
        return None
    fitted = _read(skills["skills"])
    return None if fitted.model == "vote" else round(float(fitted.accuracy[skills["workers"].index(worker)]), 6)


def agreement(a: Answer, b: Answer, schema: Schema) -> float:
    """Return 1.0 where both name the same category, else 0.0."""
    return float(said(a) == said(b))


def alike_by(a: Answer, b: Answer, schema: Schema) -> dict[int, float]:
    """Return the same by the category that the second names."""
    told = said(b)
    return {schema.categories.index(told): agreement(a, b, schema)} if told in schema.categories else {}


def names(answer: Answer) -> list[str]:
    """Return the category named, alone; nothing where the answer is no classifier's."""
    label = said(answer)
    return [] if label is None else [label]


def encoder(groundtruth_type: str) -> Callable[[Any, float, Schema, Item], LabelLine]:
    """Return the function that writes a class as spec/manifests.md 4 prints it."""

    def encode(payload: Any, confidence: float, schema: Schema, item: Item) -> LabelLine:
        metadata = {
            "class-name": schema.categories[payload],
            "confidence": round(confidence, 2),
            "type": groundtruth_type,
        }
        return LabelLine(payload, metadata)

    return encode


def decode(value: Any, metadata: dict[str, Any], schema: Schema) -> tuple[int, float]:
    """Read a class written as integer or string; the class's name, where given, decides. Raises ValueError."""
    name = metadata.get("class-name")
    number = schema.categories.index(name) if name is not None else int(value)
    if isinstance(value, bool) or not 0 <= number < len(schema.categories):
        raise ValueError(f"{value!r} is not a category.")
    return number, float(metadata.get("confidence", 0.0))


def answer_of(name: str) -> Callable[[Any, Schema], Answer]:
    """Return the function that makes the answer an element called `name` would give for a label."""

    def make(payload: Any, schema: Schema) -> Answer:
        return {name: {"label": schema.categories[payload]}}

    return make


def describe(payload: Any, schema: Schema) -> str:
    return schema.categories[payload]


def single_label(
    *,
    slug: str,
    title: str,
    modality: str,
    aws_name: str,
    element: str,
    source: dict[str, str],
    categories: tuple[str, ...],
    answers: tuple[str, str, str],
    damaged: str,
    source_key: str = "source-ref",
) -> TaskType:
    """Return the type whose task is one `element` that gives one category.

    source, categories, answers, damaged: its example, the answers as categories, `damaged` as none of them.
    """
    groundtruth_type = f"groundtruth/{slug}"
    first, second, third = ({element: {"label": answer}} for answer in answers)
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
        fit=fit,
        consolidate=consolidate,
        consolidate_many=consolidate_many,
        agreement=agreement,
        alike_by=alike_by,
        encode=encoder(groundtruth_type),
        decode=decode,
        answer_of=answer_of(element),
        describe=describe,
        example=Example(Item(source), Schema(categories), (first, second, third), {element: {"label": damaged}}),
        learner="classes",
        teach=lambda number, schema: int(number),
        propose=lambda number, confidence, schema: int(number),
        weight=weight,
        fit_joined=fit_joined,
        discard=discard,
        sureness=sureness,
        evidence=evidence,
        names=names,
        agreement_is=_("two answers of the same category count 1, others 0"),
        checked=lambda schema: Checked(Kind.CLASS, int),
    )
