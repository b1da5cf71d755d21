"""What the customer's review and object pages show: one object, its label, who said what of it, and where it stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from batches.models import Batch, DataObject, ObjectFeedback
from groundtruth.storage import StoreError
from labeling.agreeing import words
from labeling.consolidation.joined import WITH_MODEL, name_band
from labeling.model_opinions import read_kept
from labeling.models import Annotation, Job, Label, Task
from labeling.models.jobs import BY_OTHERS
from labeling.pictures import put_back, put_back_all
from labeling.queries import in_words
from labeling.queries_confidence import learns_of_people
from labeling.states import COUNTED, WITH_ALL
from projects import task_types
from projects.models import User
from projects.task_types import Schema, TaskType

ROWS = 50


@dataclass(frozen=True)
class Said:
    """One worker's answer, under a number instead of a name.

    `discarded` says why the answer does not count, empty where it does; `weight`: 0..1, None where all weigh the same;
    `agreement`: 0..1, how far it is the label, None where there is none.
    """

    who: str
    what: str
    agreement: float | None
    seconds: float
    at: datetime
    weight: float | None = None
    discarded: str = ""


@dataclass(frozen=True)
class Revision:
    """What the label was at a time."""

    number: int
    words: str
    confidence: float
    method: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Opinion:
    """What the machine proposed before people answered. `agreement`: 0..1, how far it is the label."""

    what: str
    agreement: float
    was_shown: bool  # to people, who began with it


@dataclass(frozen=True)
class Heard:
    """What a model said of the object at the last fit. `counts`: it has a part in the label; the rest as in Said."""

    what: str
    sure: float
    agreement: float
    weight: float | None
    counts: bool


@dataclass(frozen=True)
class Shown:
    """An object with its label, ready to be drawn."""

    row: DataObject
    name: str
    label: Label | None = None
    words: str = ""
    by: str = ""
    html: str = ""
    answer: dict[str, Any] | None = None
    said: list[Said] = field(default_factory=list)
    agreement_is: str = ""  # what it measures
    weight_is: str = ""  # what an answer's weight is
    among: float | None = None  # mean agreement of two answers that count, 0..1; None for fewer
    opinion: Opinion | None = None
    heard: Heard | None = None
    weighs_alike: bool = True  # where an answer has no weight: all have the same, or it is no single figure

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return the names and values of a label that an own template gave; nothing for any other."""
        value = self.label.payload.get("value") if self.label and self.label.job.task_type == "custom" else None
        if not isinstance(value, dict):
            return []
        return [
            (name, said if isinstance(said, str) else json.dumps(said, ensure_ascii=False))
            for name, said in sorted(value.items())
        ]


def show_object(row: DataObject, draw: Callable[[DataObject, Job], str]) -> Shown:
    """Return an object with its current label and the answers behind it.

    draw: makes the HTML that shows an object, as its job's tasks did.
    """
    label = (
        Label.objects.filter(data_object=row)
        .exclude(state="superseded")
        .select_related("job__schema")
        .order_by("-pk")
        .first()
    )
    name = row.source_ref.rpartition("/")[2] or f"object {row.ordinal + 1}"
    if label is None:
        return Shown(row, name)
    job = Job.objects.filter(pk=label.job_id).select_related("schema", "batch").get()
    kind, schema = task_types.get(job.task_type), job.asks
    given = given_to(row, job, all_heard=label.method.endswith(WITH_ALL))
    answer = kind.answer_of(put_back(label.payload, label.blob_key), schema)
    return Shown(
        row, name, label, kind.describe(label.payload, schema), label.get_author_kind_display(),
        draw(row, job), answer, said_of(given, job, answer, schema),
        str(kind.agreement_is), str(kind.weight_is), _among(given, job, schema),
        _opinion(row, job, answer, schema), _heard(row, job, label, schema),
        kind.weight is not None or not learns_of_people(job),
    )  # fmt: skip


@dataclass(frozen=True)
class Given:
    """An answer as stored, and with its picture. discarded: why it does not count, empty where it does."""

    row: Annotation
    answer: dict[str, Any]
    discarded: str


def given_to(row: DataObject, job: Job, *, all_heard: bool = False) -> list[Given]:
    """Return every answer to the object, of any job; not one whose picture is lost.

    job: that of its label. all_heard: those who labelled before the others of that job count as well.
    """
    rows = (
        Annotation.objects.for_labels()
        .filter(data_object=row)
        .select_related("assignment__task__job__schema")
        .defer("assignment__task__job__skills")
        .order_by("pk")
    )
    answers = put_back_all([(given.payload, given.blob_key) for given in rows])
    found = [(given, said) for given, said in zip(rows, answers, strict=True) if said is not None]
    return [Given(one, said, _why_discarded(job, one, all_heard=all_heard)) for one, said in found]


def said_of(given: list[Given], job: Job, answer: dict[str, Any] | None, schema: Schema) -> list[Said]:
    """Return the answers that make the object's label, and those that do not count any more.

    answer: what they are held against; None where there is no label.
    """
    numbers: dict[int, int] = {}
    kind = task_types.get(job.task_type)
    return [
        Said(
            _("Worker %(n)d") % {"n": numbers.setdefault(one.row.assignment.worker_id, len(numbers) + 1)},
            in_words(one.row.assignment.task.job, one.answer),
            None if answer is None else kind.agreement(one.answer, answer, schema),
            one.row.assignment.seconds, one.row.created_at, _weight(kind, job, one.row), one.discarded,
        )
        for one in given
    ]  # fmt: skip


def _among(given: list[Given], job: Job, schema: Schema) -> float | None:
    """Return the mean agreement of two answers that count; None where there are no two."""
    kind = task_types.get(job.task_type)
    counted = [one.answer for one in given if not one.discarded]
    alike = [kind.agreement(a, b, schema) for a, b in combinations(counted, 2)]
    return sum(alike) / len(alike) if alike else None


def _opinion(row: DataObject, job: Job, answer: dict[str, Any], schema: Schema) -> Opinion | None:
    """Return what the machine proposed; None where it was not asked to, or had nothing to propose."""
    if not job.prelabel:
        return None
    tasks = Task.objects.filter(job=job, data_object=row).order_by("-round")
    proposal, withheld = tasks.values_list("proposal", "withheld").first() or (None, None)
    said = proposal if proposal is not None else withheld
    if said is None:
        return None
    agreement = task_types.get(job.task_type).agreement(said, answer, schema)
    return Opinion(in_words(job, said), agreement, proposal is not None)


def _heard(row: DataObject, job: Job, label: Label, schema: Schema) -> Heard | None:
    """Return what a model said beside people; None where none joined them, or what it said cannot be read."""
    key = job.skills.get("opinions")
    if not key or label.author_kind != "human":
        return None
    try:
        [said] = read_kept(key).of([row.ordinal])
    except StoreError:
        return None
    if said is None:
        return None
    kind, payload = task_types.get(job.task_type), label.payload
    agreement = kind.agreement(kind.answer_of(said.category, schema), kind.answer_of(payload, schema), schema)
    weight = kind.weight(job.skills, name_band(said.band)) if kind.weight else None
    return Heard(kind.describe(said.category, schema), said.sure, agreement, weight, label.method.endswith(WITH_MODEL))


def _weight(kind: TaskType, job: Job, given: Annotation) -> float | None:
    return kind.weight(job.skills, str(given.assignment.worker_id)) if kind.weight else None


def _why_discarded(job: Job, given: Annotation, *, all_heard: bool) -> str:
    of = given.assignment.task.job
    is_heard = all_heard and of.kind not in BY_OTHERS and (of.round, of.attribute) == (job.round, job.attribute)
    if of.pk != job.pk and not is_heard and job.kind in BY_OTHERS:
        return _("before others looked at it again")
    if of.pk != job.pk and not is_heard:
        return _("of round %(n)d, before the rework") % {"n": of.round}
    if given.assignment.state not in COUNTED:
        return _("rejected by operations")
    return words.why_discarded(given.discarded, given.discard_numbers)


def revisions_of(row: DataObject) -> list[Revision]:
    """Return what the object's labels were, newest first."""
    labels = Label.objects.filter(data_object=row).select_related("job__schema").defer("job__skills").order_by("-pk")
    return [
        Revision(
            label.revision, task_types.get(label.job.task_type).describe(label.payload, label.job.asks),
            label.confidence, label.method, label.get_author_kind_display(), label.created_at,
        )
        for label in labels
    ]  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where one object stands in the sample."""

    number: int  # from 1
    total: int
    row: DataObject
    with_feedback: frozenset[int]  # numbers
    previous: int | None
    next: int | None

    @property
    def cells(self) -> list[tuple[float, float, str]]:
        """The sample as at most 80 cells of a bar: x and width of 100 units, and a class."""
        count = min(self.total, 80)
        found: list[tuple[float, float, str]] = []
        for cell in range(count):
            numbers = range(cell * self.total // count + 1, (cell + 1) * self.total // count + 1)
            css = (
                "cell-here"
                if self.number in numbers
                else "cell-feedback"
                if self.with_feedback.intersection(numbers)
                else ""
            )
            found.append((round(cell * 100 / count, 2), round(80 / count, 2), css))
        return found

    @property
    def to_go(self) -> int:
        return self.total - len(self.with_feedback)


def place_in_sample(batch: Batch, number: int) -> Place | None:
    """Return the object with this number (from 1) in the batch's sample, or the nearest; None for an empty sample."""
    ids = list(_sample(batch).values_list("pk", flat=True))
    if not ids:
        return None
    number = min(max(number, 1), len(ids))
    said = set(
        ObjectFeedback.objects.filter(data_object__in=_sample(batch), round=batch.round).values_list(
            "data_object", flat=True
        )
    )
    row = DataObject.objects.get(pk=ids[number - 1])
    marked = frozenset(n for n, pk in enumerate(ids, start=1) if pk in said)
    return Place(number, len(ids), row, marked, number - 1 or None, number + 1 if number < len(ids) else None)


def _sample(batch: Batch) -> QuerySet[DataObject]:
    return DataObject.objects.filter(batch=batch, sample_round=batch.round).order_by("ordinal")


def feedback_of(row: DataObject, round_: int, author: User) -> ObjectFeedback | None:
    """Return what this person said of an object in this round."""
    return ObjectFeedback.objects.filter(data_object=row, round=round_, author=author).first()


def feedback_on(row: DataObject) -> list[ObjectFeedback]:
    """Return what everybody said of an object, newest first."""
    return list(ObjectFeedback.objects.filter(data_object=row).select_related("author").order_by("-updated_at"))


@dataclass(frozen=True)
class ObjectRow:
    public_id: str
    ordinal: int
    number: int
    name: str
    state: str
    words: str
    confidence: float | None
    feedback: bool


def object_rows(batch: Batch, show: str, after: int) -> list[ObjectRow]:
    """Return a batch's objects behind an ordinal, in the manifest's order: all, labelled, failed, or with feedback."""
    said = ObjectFeedback.objects.filter(data_object=OuterRef("pk"))
    rows = DataObject.objects.filter(batch=batch, ordinal__gt=after).annotate(said=Exists(said)).order_by("ordinal")
    narrow = {
        "labelled": rows.exclude(done_by=""),
        "failed": rows.exclude(failure=""),
        "feedback": rows.filter(said=True),
    }
    chosen = list(narrow.get(show, rows)[:ROWS])
    labels = (
        Label.objects.filter(data_object__in=chosen)
        .exclude(state="superseded")
        .select_related("job__schema")
        .defer("job__skills")
    )
    by_object = {label.data_object_id: label for label in labels}
    return [_object_row(row, by_object.get(row.pk)) for row in chosen]


def _object_row(row: Any, label: Label | None) -> ObjectRow:
    words = ""
    if label is not None:
        words = task_types.get(label.job.task_type).describe(label.payload, label.job.asks)
    state = row.failure or (words and label and label.get_author_kind_display()) or ""
    name = row.source_ref.rpartition("/")[2] or row.source_text[:80]
    confidence = label.confidence if label else None
    return ObjectRow(row.public_id, row.ordinal, row.ordinal + 1, name, state, words, confidence, row.said)
