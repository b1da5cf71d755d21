"""The port for task types: what a type is, and the registry that `labeling/task_types/` fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Payload = Any  # what the type says: for a class its index, for boxes a list
Answer = dict[str, Any]  # a submitted form, keyed by element name


@dataclass(frozen=True)
class Schema:
    """The categories that an answer may name, in order: a category's id is its place."""

    categories: tuple[str, ...]


@dataclass(frozen=True)
class Vote:
    """One answer with its author, for consolidation. `worker` is any hashable name."""

    worker: str
    answer: Answer


@dataclass(frozen=True)
class Settled:
    """A consolidated answer: its payload, confidence 0..1 (0.0 = not computed) and how it was made."""

    payload: Payload
    confidence: float
    method: str


@dataclass(frozen=True)
class LabelLine:
    """What the manifest holds of a label: its value and metadata, without job name and times."""

    value: Any
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Example:
    """An object, a schema, three answers and one answer that `check` must refuse."""

    source: dict[str, str]
    schema: Schema
    answers: tuple[Answer, Answer, Answer]
    damaged: Answer


@dataclass(frozen=True)
class TaskType:
    """A kind of work, as data and pure functions (architecture.md 9)."""

    slug: str
    title: str
    modality: str
    aws_names: tuple[str, ...]  # PRE-/ACS- function names
    workers_each: int
    seconds: int
    target: float  # accuracy an automated label must keep
    template: str  # under templates/tasks/
    groundtruth_type: str  # `type` in the metadata
    check: Callable[[Answer, Schema], list[str]]
    fit: Callable[[Sequence[tuple[int, Vote]], Schema], dict[str, Any]]  # (object number, vote) pairs → JSON skills
    consolidate: Callable[[Sequence[Vote], dict[str, Any], Schema], Settled]
    agreement: Callable[[Answer, Answer, Schema], float]
    encode: Callable[[Payload, float, Schema], LabelLine]
    decode: Callable[[Any, dict[str, Any], Schema], tuple[Payload, float]]
    answer_of: Callable[[Payload, Schema], Answer]  # the answer that would show this label in the tool
    describe: Callable[[Payload, Schema], str]  # in words, for tables
    example: Example
    min_categories: int = 2
    max_categories: int = 50
    one_worker_only: bool = False
    needs_ref: bool = False  # the attribute must end with -ref
    source_key: str = "source-ref"
    learner: str = ""
    # how much a worker's answers weigh by the job's skills, 0..1; None where all weigh the same
    weight: Callable[[dict[str, Any], str], float | None] | None = None
    # many objects at once, with a number each by which ties are drawn; for types where that is much faster
    consolidate_many: (
        Callable[[Sequence[Sequence[Vote]], dict[str, Any], Schema, Sequence[int]], list[Settled]] | None
    ) = None


_registry: dict[str, TaskType] = {}


def register(task_type: TaskType) -> TaskType:
    _registry[task_type.slug] = task_type
    return task_type


def get(slug: str) -> TaskType:
    """Return the type of that name. Raises KeyError."""
    return _registry[slug]


def every() -> Iterator[TaskType]:
    """Yield the registered types by title."""
    yield from sorted(_registry.values(), key=lambda t: t.title)
