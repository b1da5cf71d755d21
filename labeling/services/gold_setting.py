"""What operations do about known answers: promote the surest labels, set one by hand, retire one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from batches.models import DataObject
from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from labeling.gold_queries import Source, chosen_label, gold_like, surest_labels
from labeling.models import GoldAnswer, GoldSource, Job, Label, StepKind
from labeling.pictures import put_back_all
from labeling.services import gold
from labeling.services.hooks import has_pre
from labeling.services.keeping import find_folder, keeper
from labeling.services.submitting import check_answer
from projects import task_types
from projects.audit import record
from projects.task_types import Answer

MOST_PROMOTED, MOST_PICTURES = 500, 50  # at once; the second where each is a large picture
EXPLANATION = 500  # characters
NO_LABEL = "Choose an object of this project that people have labelled under this attribute, by the same categories."


def why_none(job: Job) -> str:
    """Return why a job has no tasks whose answer is known, as a sentence; "" where it may have them."""
    if job.kind != StepKind.LABEL:
        return "Only the first labelling of a batch has them: others who look again see few objects, and those count."
    if has_pre(job):
        return "A job with a pre-annotation function has none: its tasks show what the function made of each object."
    return ""


def refuse_none(job: Job) -> None:
    """Raise Refused for a job that has no known answers."""
    if why := why_none(job):
        raise Refused(why)


def promote(job: Job, by: Any, *, count: int, least: float) -> int:
    """Make known answers of the surest labels, spread over the categories; return how many.

    least: the confidence that a label has, 0 to 1, unless a customer's review called it right. Raises Refused where
    none is as sure, Invalid.
    """
    refuse_none(job)
    most = MOST_PICTURES if task_types.get(job.task_type).has_picture else MOST_PROMOTED
    if not 1 <= count <= most:
        raise Invalid(f"Promote 1 to {most} at once.")
    chosen = [source.label_id for source in spread(surest_labels(job, least), count)]
    labels = Label.objects.in_bulk(chosen)
    made = [row for pk in chosen if pk in labels and (row := _made_of(job, labels[pk]))]
    if not made:
        raise Refused("No label is as sure that is not a known answer already, or was one.")
    with transaction.atomic():
        new = len(GoldAnswer.objects.bulk_create(made, ignore_conflicts=True))
        record("promote gold", by, job, count=new, least=least)
        _lay_out(job)
    return new


def spread(found: Sequence[Source], count: int) -> list[Source]:
    """Return so many of these, in turns from each category, of each in the given order."""
    by_category: dict[Any, list[Source]] = defaultdict(list)
    for source in found:
        by_category[source.category].append(source)
    turns = [
        (turn, place, source) for place, rows in enumerate(by_category.values()) for turn, source in enumerate(rows)
    ]
    return [source for _, _, source in sorted(turns, key=lambda row: row[:2])[:count]]


def _made_of(job: Job, label: Label) -> GoldAnswer | None:
    """Return the known answer that a label makes; None where the tool would not take it, or its picture is lost."""
    try:
        answer = answer_of(job, label)
        payload, key = _kept(job, label.data_object_id, answer) if answer else ({}, "")
    except Invalid:
        return None
    if answer is None:
        return None
    same = {"job": job, "data_object_id": label.data_object_id, "attribute": job.attribute}
    return GoldAnswer(**same, payload=payload, blob_key=key, source=GoldSource.PROMOTED)


def answer_of(job: Job, label: Label) -> Answer | None:
    """Return the answer that would make this label, with its picture; None where that is lost. Raises StoreError."""
    kind = task_types.get(job.task_type)
    if kind.has_picture and not label.blob_key:
        return None  # it lies in the customer's store
    (payload,) = put_back_all([(label.payload, label.blob_key)])
    return None if payload is None else kind.answer_of(payload, job.asks)


def _kept(job: Job, object_id: int, answer: Any) -> tuple[Answer, str]:
    """Return an answer as a row holds it: checked, its picture put aside. Raises Invalid."""
    checked = check_answer(job.task_type, job.pk, object_id, answer)
    return keeper(task_types.get(job.task_type), lambda: find_folder(job.pk))(checked)


def set_answer(job: Job, by: Any, *, row: DataObject, answer: Any, explanation: str) -> GoldAnswer:
    """Set the known answer of an object by hand, anew or in place of what it was; one that was retired stands again.

    Raises Refused for an object without a label, Invalid for an answer that the tool would not take.
    """
    refuse_none(job)
    if chosen_label(job, row) is None:
        raise Refused(NO_LABEL)
    said = explanation.strip()
    if len(said) > EXPLANATION:
        raise Invalid(f"The explanation has at most {EXPLANATION} characters.")
    payload, key = _kept(job, row.pk, answer)
    values = {"job": job, "payload": payload, "blob_key": key, "explanation": said}
    with transaction.atomic():
        made, is_new = GoldAnswer.objects.update_or_create(
            data_object=row,
            attribute=job.attribute,
            defaults={**values, "source": GoldSource.SET, "set_by": by, "retired_at": None},
        )
        record("set gold", by, made, project=job.batch.project, object=row.public_id, anew=is_new)
        _lay_out(job)
    return made


def retire(job: Job, by: Any, *, pk: int) -> None:
    """Hand a known answer out no more, and judge nobody by it. Raises Conflict where it was retired already."""
    mine = gold_like(job).filter(pk=pk)
    with transaction.atomic():
        row = mine.first()
        if row is None or not GoldAnswer.objects.filter(pk=pk, retired_at=None).update(retired_at=clock.now()):
            raise Conflict("This known answer was retired already.")
        record("retire gold", by, row, project=job.batch.project)


def _lay_out(job: Job) -> None:
    """Mix what is new into the project's jobs that run and ask the same; in the caller's transaction."""
    running = Job.objects.filter(
        Q(gold_percent__gt=0) | Q(course_examples__gt=0) | Q(test_tasks__gt=0),
        batch__project=job.batch.project_id,
        attribute=job.attribute,
        state="InProgress",
    )
    for one in running.select_related("batch", "schema").order_by("pk"):
        gold.lay_out(one)
