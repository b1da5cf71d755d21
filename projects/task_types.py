"""The port for task types: what a type is, and the registry that `labeling/task_types/` fills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _

Payload = Any  # what the type says: for a class its index, for boxes a list
Answer = dict[str, Any]  # a submitted form, keyed by element name


@dataclass(frozen=True)
class Schema:
    """What a job asks: the categories that an answer may name, in order (an id is a place), and the type's options."""

    categories: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict, hash=False)  # by the names of `TaskType.options`


@dataclass(frozen=True)
class Option:
    """Something that a type leaves to the job: a field of the set-up's form."""

    name: str
    title: Any
    help: Any = ""
    kind: str = "flag"  # or "text", "lines"
    default: Any = False
    is_needed: bool = False  # the type refuses a job without it


@dataclass(frozen=True)
class Item:
    """The object that an answer is about: its manifest line and, of a picture, its pixels and channels (0: unknown)."""

    line: Mapping[str, Any] = field(default_factory=dict, hash=False)
    width: int = 0
    height: int = 0
    depth: int = 0


@dataclass(frozen=True)
class Vote:
    """One answer with its author, for consolidation. `worker` is any hashable name."""

    worker: str
    answer: Answer


Known = Mapping[int, Answer]  # object number → its true answer


class Fit(Protocol):
    """What learns skills: (object number, vote) pairs, and the truth of the objects where it is known → JSON.

    Truths that the type cannot use, or that name what the job does not, are passed over; the votes still count.
    """

    def __call__(
        self, pairs: Sequence[tuple[int, Vote]], schema: Schema, known: Known | None = None, /
    ) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Settled:
    """A consolidated answer: its payload, confidence 0..1 (0.0 = not computed) and how it was made.

    A payload of several parts (boxes, spans) holds the confidence of each; then `confidence` is their mean.
    """

    payload: Payload
    confidence: float
    method: str


@dataclass(frozen=True)
class Parts:
    """Where a payload holds confidences, so that one place calibrates those of every type.

    read: the confidence of each part; [] where nothing is there, or the label has no parts. write: the payload with
    others, given those of its parts, in that order and to be rounded, and that of a label without parts.
    may_doubt: parts that are less than half believed stay.
    """

    read: Callable[[Payload], list[float]]
    write: Callable[[Payload, Sequence[float], float], Payload]
    may_doubt: bool = False

    def tells(self, parts: Sequence[float]) -> bool:
        """Tell whether a verdict on an object of these parts says if they are right."""
        return not self.may_doubt or min(parts, default=1.0) >= 0.5


@dataclass(frozen=True)
class Discard:
    """Why an answer has no part in its object's label: a short code, and the figures that its words name."""

    code: str
    numbers: Mapping[str, int] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class LabelLine:
    """What the manifest holds of a label: its value and metadata, without job name and times."""

    value: Any
    metadata: dict[str, Any]


@dataclass(frozen=True)
class Example:
    """An object, a schema, three answers and one answer that `check` must refuse."""

    item: Item
    schema: Schema
    answers: tuple[Answer, Answer, Answer]
    damaged: Answer


@dataclass(frozen=True)
class Checked:
    """How the rules of machine validation see a type's labels.

    kind: a name of `labeling.validation.findings.Kind`. read: a payload, with its picture, as that kind holds labels;
    None where there is nothing to look at. Raises ValueError, LookupError, TypeError. same: the agreement of two
    answers, 0..1, from which their labels say the same. size_of: the picture's width and height by a payload.
    """

    kind: str
    read: Callable[[Payload], Any]
    same: float = 1.0
    size_of: Callable[[Payload], tuple[int, int]] | None = None


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
    check: Callable[[Answer, Schema, Item], list[str]]
    fit: Fit
    consolidate: Callable[[Sequence[Vote], dict[str, Any], Schema], Settled]
    agreement: Callable[[Answer, Answer, Schema], float]
    encode: Callable[[Payload, float, Schema, Item], LabelLine]
    decode: Callable[[Any, dict[str, Any], Schema], tuple[Payload, float]]  # raises ValueError, KeyError, TypeError
    answer_of: Callable[[Payload, Schema], Answer]  # the answer that would show this label in the tool
    describe: Callable[[Payload, Schema], str]  # in words, for tables
    example: Example
    min_categories: int = 2
    max_categories: int = 50
    one_worker_only: bool = False
    needs_ref: bool = False  # the attribute must end with -ref, and its value is a file's address
    source_key: str = "source-ref"
    learner: str = ""  # what learns it (labeling/autolabel/learners.py); "": people do all
    features: str = ""  # what the learner sees of an object, a kind of sets in labeling/encoders; "": its modality's
    teach: Callable[[Payload, Schema], Any] | None = None  # a label, with its picture, as the learner takes it
    propose: Callable[[Any, float, Schema], Payload] | None = None  # back: what the learner said, with its confidence
    unlearnt: Callable[[Schema], str] | None = None  # why a job's labels are not learnt, as a sentence; "": they are
    checked: Callable[[Schema], Checked] | None = None  # None: no rule looks at its labels
    options: tuple[Option, ...] = ()
    # what is wrong with a job's categories and options under its label attribute, as sentences; empty is good
    problems: Callable[[Schema, str], list[str]] | None = None
    reads_item: bool = False  # `check` looks at the item; else it is given an empty one
    # what the template gets beside task.input's usual keys; ValueError with a sentence: this object has no task
    task_input: Callable[[Item, Schema], dict[str, Any]] | None = None
    # answers and payloads hold one large picture at ["labeledImage"]["pngImageData"]: services keep it in the store
    has_picture: bool = False
    # how many objects, spread over the job, `fit` is given with their pictures; None: all, without
    learns_from: int | None = None
    # how much a worker's answers weigh by the job's skills, 0..1; None where all weigh the same
    weight: Callable[[dict[str, Any], str], float | None] | None = None
    weight_is: Any = _("the worker’s chance to be right, as the job’s answers tell it")
    # which of one object's answers have no part in its label, by the job's skills; None of one: it counts
    discard: Callable[[Sequence[Vote], dict[str, Any], Schema], list[Discard | None]] | None = None
    # `fit` with a model's votes among the pairs, by what people's alone taught (labeling/consolidation/joined.py)
    fit_joined: Callable[[Sequence[tuple[int, Vote]], Schema, Known | None, dict[str, Any]], dict[str, Any]] | None = (
        None
    )
    # many objects at once, with a number each by which ties are drawn; for types where that is much faster
    consolidate_many: (
        Callable[[Sequence[Sequence[Vote]], dict[str, Any], Schema, Sequence[int]], list[Settled]] | None
    ) = None
    # (own chance, unaudited confidence) of each of many objects' labels, from which audited ones teach a calibration
    evidence: (
        Callable[[Sequence[Sequence[Vote]], dict[str, Any], Schema, Sequence[int]], tuple[list[float], list[float]]]
        | None
    ) = None
    parts: Parts | None = None  # of types without `evidence`; None: the label's own confidence is the only one
    # how sure each of many objects' labels is, for asking others too; None: as its confidence
    sureness: Callable[[Sequence[Sequence[Vote]], dict[str, Any], Schema, Sequence[int]], list[float]] | None = None
    # the categories that an answer names, one or, where it may, several; None: answers are compared as wholes alone
    names: Callable[[Answer], Sequence[Any]] | None = None
    names_several: bool = False
    # how far two answers agree on a category, 0..1, by its number: on each that the second names and, of answers of
    # several parts, that the first names; None: answers name no categories
    alike_by: Callable[[Answer, Answer, Schema], Mapping[int, float]] | None = None
    # the answer that people are judged by, of types whose labels hold what is hardly believed; None: `answer_of`
    believed: Callable[[Payload, Schema], Answer] | None = None
    # the categories, the lower first, that two answers give to what is the same thing otherwise
    mistaken: Callable[[Answer, Answer, Schema], Sequence[tuple[int, int]]] | None = None
    agreement_is: Any = _("how far two answers are the same")  # what `agreement` measures

    @property
    def names_one(self) -> bool:
        """Whether an answer is one category of the job's."""
        return self.names is not None and not self.names_several

    def settle(
        self, objects: Sequence[Sequence[Vote]], skills: dict[str, Any], schema: Schema, numbers: Sequence[int]
    ) -> list[Settled]:
        """Return what each object's answers come to; numbers: one an object, by which ties are drawn."""
        if self.consolidate_many is not None:
            return self.consolidate_many(objects, skills, schema, numbers)
        return [self.consolidate(votes, skills, schema) for votes in objects]

    def truth_of(self, payload: Payload, schema: Schema) -> Answer:
        """Return the answer that a label says is right."""
        return (self.believed or self.answer_of)(payload, schema)


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
