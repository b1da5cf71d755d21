"""Known answers as operations see them: each with how it was met, and the labels that could become one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from batches.models import DataObject, ObjectFeedback, Verdict
from groundtruth.storage import StoreError
from labeling.consolidation.agreement import share_interval
from labeling.models import Annotation, GoldAnswer, Job, Label
from labeling.pictures import put_back_all
from labeling.queries import in_words
from labeling.states import COUNTED, GOLD
from projects import task_types
from projects.models import LabelSchema
from projects.task_types import Schema

MISSED = 0.5  # agreement with the known answer below which an answer is a miss
ROWS = 100  # known answers on one page
FOUND = 20  # objects to choose from at once
LOOKED_AT = 20_000  # of the surest labels, from which some are promoted
MOST_ANSWERS = 5_000  # to the answers of one page, the newest; few, where each is a large picture
MOST_PICTURES = 200
FEW = 4  # people who met an object: fewer tell nothing of its answer
NAME_LETTERS = 80


# --- what could become one --------------------------------------------------------------------------


@dataclass(frozen=True)
class Source:
    """A label that may become a known answer. `category`: what labels are spread over; one for all where none is."""

    label_id: int
    category: Any


def sources_of(job: Job) -> QuerySet[Label]:
    """Return the current labels of people, in the job's project, to what asks the same as this job."""
    labels = Label.objects.filter(
        data_object__batch__project=job.batch.project_id,
        data_object__failure="",
        attribute=job.attribute,
        author_kind="human",
        job__task_type=job.task_type,
        job__schema__in=same_schemas(job),
    )
    return labels.exclude(state="superseded").exclude(method="given")


def gold_like(job: Job) -> QuerySet[GoldAnswer]:
    """Return the known answers, the retired ones too, of the job's project to what asks the same as this job."""
    return GoldAnswer.objects.filter(
        data_object__batch__project=job.batch.project_id,
        attribute=job.attribute,
        job__task_type=job.task_type,
        job__schema__in=same_schemas(job),
    )


def same_schemas(job: Job) -> list[int]:
    schemas = LabelSchema.objects.filter(project=job.batch.project_id)
    return [schema.pk for schema in schemas if schema.categories == job.schema.categories]


def chosen_label(job: Job, row: DataObject) -> Label | None:
    """Return the label of an object that may become a known answer; None where it has none such."""
    return sources_of(job).filter(data_object=row).first()


def surest_labels(job: Job, least: float) -> list[Source]:
    """Return final labels at least as sure as this, or called right in a review, these first; then the surest.

    None that a customer called wrong, and none of an object that has a known answer or had one.
    """
    said = ObjectFeedback.objects.filter(data_object=OuterRef("data_object"))
    had = GoldAnswer.objects.filter(data_object=OuterRef("data_object"), attribute=job.attribute)
    labels = sources_of(job).filter(~Exists(said.filter(verdict=Verdict.WRONG)), ~Exists(had), state="confirmed")
    labels = labels.annotate(is_right=Exists(said.filter(verdict=Verdict.RIGHT)))
    sure = labels.filter(Q(is_right=True) | Q(confidence__gte=least)).order_by("-is_right", "-confidence", "pk")
    kind = task_types.get(job.task_type)
    return [Source(pk, _category(kind, payload, job)) for pk, payload in sure.values_list("pk", "payload")[:LOOKED_AT]]


def _category(kind: task_types.TaskType, payload: Any, job: Job) -> Any:
    return tuple(sorted(map(str, kind.names(kind.answer_of(payload, job.asks))))) if kind.names else None


@dataclass(frozen=True)
class Choice:
    """An object whose answer can be set."""

    public_id: str
    name: str
    batch: str
    words: str
    confidence: float


def choices_of(job: Job, asked: str) -> list[Choice]:
    """Return objects that have a label, the newest first; asked: part of a file's name or a text."""
    labels = sources_of(job).select_related("data_object__batch", "job__schema").defer("job__skills")
    if asked:
        source = Q(data_object__source_ref__icontains=asked) | Q(data_object__source_text__icontains=asked)
        labels = labels.filter(source)
    return [
        Choice(
            label.data_object.public_id, name_of(label.data_object), label.data_object.batch.name,
            in_label_words(label), label.confidence,
        )
        for label in labels.order_by("-pk")[:FOUND]
    ]  # fmt: skip


def in_label_words(label: Label) -> str:
    return task_types.get(label.job.task_type).describe(label.payload, label.job.asks)


def name_of(row: DataObject) -> str:
    """Return an object's file, or the beginning of its text."""
    return (row.source_text or row.source_ref.rpartition("/")[2])[:NAME_LETTERS]


# --- what there is ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """A known answer: how many answered, and which share of these rightly, with its 95 % interval."""

    pk: int
    public_id: str
    name: str
    batch: str
    words: str
    explanation: str
    source: str
    by: str  # "" where nobody set it by hand
    at: datetime
    retired_at: datetime | None
    asked: int
    share: float | None
    low: float
    high: float
    is_doubtful: bool  # most people say something else


def gold_rows(job: Job, before: int | None = None) -> list[Row]:
    """Return the known answers to what asks the same as this job, the newest first, a page at a time by key."""
    found = gold_like(job)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.select_related("data_object__batch", "set_by").order_by("-pk")[:ROWS])
    met = _agreements(job, rows)
    return [_row(job, row, met.get(row.data_object_id, ())) for row in rows]


def _agreements(job: Job, rows: Sequence[GoldAnswer]) -> dict[int, list[float]]:
    """Return by object how far each answer was the known one, of the newest answers."""
    kind, truths = task_types.get(job.task_type), {row.data_object_id: row for row in rows}
    given = Annotation.objects.filter(
        data_object__in=truths, assignment__task__state=GOLD, assignment__task__job__attribute=job.attribute
    )
    counted = given.filter(assignment__state__in=COUNTED).order_by("-pk")
    most = MOST_PICTURES if kind.has_picture else MOST_ANSWERS
    said = list(counted.values_list("data_object_id", "payload", "blob_key")[:most])
    answers = put_back_all([(payload, key) for _, payload, key in said])
    known = put_back_all([(row.payload, row.blob_key) for row in rows])
    right = dict(zip(truths, known, strict=True))
    found: dict[int, list[float]] = defaultdict(list)
    for (of, _payload, _key), answer in zip(said, answers, strict=True):
        if answer is not None and (truth := right[of]) is not None:
            found[of].append(kind.agreement(answer, truth, job.asks))
    return dict(found)


def _row(job: Job, row: GoldAnswer, met: Sequence[float]) -> Row:
    low, high = share_interval(sum(met), len(met))
    misses = sum(one < MISSED for one in met)
    return Row(
        pk=row.pk,
        public_id=row.data_object.public_id,
        name=name_of(row.data_object),
        batch=row.data_object.batch.name,
        words=in_words(job, row.payload),
        explanation=row.explanation,
        source=str(row.get_source_display()),
        by=str(row.set_by or ""),
        at=row.created_at,
        retired_at=row.retired_at,
        asked=len(met),
        share=sum(met) / len(met) if met else None,
        low=low,
        high=high,
        is_doubtful=len(met) >= FEW and misses * 2 > len(met),
    )


# --- what people missed -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Miss:
    """A worker's answer that is not the known one, in words; `why` is what operations say of it, "" for nothing."""

    job: str
    name: str  # the object's text, or its file
    said: str
    answer: str
    why: str
    at: datetime


def miss_in(given: Annotation) -> Miss | None:
    """Return what a worker missed by this answer to a task whose answer is known; None for nothing.

    given: with `assignment.task.job.schema` and `data_object`. Nothing can be told while a picture cannot be read.
    """
    job = given.assignment.task.job
    gold = GoldAnswer.objects.filter(data_object=given.data_object_id, attribute=job.attribute, retired_at=None).first()
    if gold is None or (agreement := agreement_with(gold, given, job)) is None or agreement >= MISSED:
        return None
    return miss_of(gold, given, job)


def miss_of(gold: GoldAnswer, given: Annotation, job: Job) -> Miss:
    """Return a miss in words."""
    said, known = in_words(job, given.payload), in_words(job, gold.payload)
    return Miss(job.title, name_of(given.data_object), said, known, gold.explanation, given.created_at)


def agreement_with(gold: GoldAnswer, given: Annotation, job: Job) -> float | None:
    """Return how far an answer is the known one, 0 to 1; None where a picture of theirs cannot be read."""
    kind = task_types.get(job.task_type)
    return agreement_of((given.payload, given.blob_key), (gold.payload, gold.blob_key), kind, job.asks)


def agreement_of(given: Sequence[Any], known: Sequence[Any], kind: task_types.TaskType, schema: Schema) -> float | None:
    """As `agreement_with`, of two answers as their rows hold them: a payload and the key of its picture each."""
    try:
        answer, truth = put_back_all([(given[0], given[1]), (known[0], known[1])])
    except StoreError:
        return None
    if answer is None or truth is None:
        return None
    return kind.agreement(answer, truth, schema)
