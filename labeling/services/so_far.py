"""What the answers to an object come to before it has a label: anew at every look, by what is known of its people."""

from __future__ import annotations

from dataclasses import dataclass, replace

from batches.models import DataObject
from groundtruth.storage import StoreError
from labeling.models import Job, Label, Task
from labeling.queries_confidence import learns_of_people
from labeling.review_queries import Said, given_to, said_of
from labeling.services import hooks
from labeling.services.answers import answers_of
from labeling.services.settling import settle_by_type
from projects import task_types
from projects.task_types import Settled


@dataclass(frozen=True)
class SoFar:
    """The answers to an object without a label.

    words, confidence: of the label that they would make now; "" where that cannot be told. given, wanted: answers.
    weighs_alike: where an answer has no weight, all have the same.
    """

    given: int
    wanted: int
    said: list[Said]
    weighs_alike: bool
    words: str = ""
    confidence: float = 0.0


def sum_up(row: DataObject) -> SoFar | None:
    """Return what was answered of an object, and what it comes to; None where it has a label, or nobody answered."""
    if Label.objects.filter(data_object=row).exists():
        return None
    tasks = Task.objects.for_labels().filter(data_object=row, answers__gt=0).select_related("job__schema", "job__batch")
    task = tasks.order_by("-pk").first()
    if task is None:
        return None
    job, kind, settled = task.job, task_types.get(task.job.task_type), None if row.failure else _settle(task.job, row)
    answer = None if settled is None else kind.answer_of(settled.payload, job.asks)
    said = said_of(given_to(row, job), job, answer, job.asks)
    found = SoFar(task.answers, task.wanted, said, kind.weight is not None or not learns_of_people(job))
    if settled is None:
        return found
    return replace(found, words=kind.describe(settled.payload, job.asks), confidence=settled.confidence)


def _settle(job: Job, row: DataObject) -> Settled | None:
    """Return what the answers come to; None where the job's own function makes its labels, or what it needs is away."""
    if hooks.has_post(job):
        return None
    try:
        settled = settle_by_type(job, answers_of(job, [row.pk]), job.skills)
    except StoreError:
        return None
    return settled[0] if settled else None
