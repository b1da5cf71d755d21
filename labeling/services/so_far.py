"""What the answers to an object come to before it has a label: anew at every look, by what is known of its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from batches.models import DataObject
from groundtruth.storage import StoreError
from labeling.models import Job, Task
from labeling.queries_confidence import learns_of_people
from labeling.review_queries import Given, Said, given_to, said_of
from labeling.services import hooks
from labeling.services.answers import Answers
from labeling.services.settling import settle_by_type
from projects import task_types
from projects.task_types import Settled, Vote


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
    """Return what was answered of an object without a label, and what it comes to; None where nobody answered, or the
    store with the answers' pictures is away.
    """
    tasks = Task.objects.for_labels().filter(data_object=row, answers__gt=0).select_related("job__schema", "job__batch")
    task = tasks.order_by("-pk").first()
    if task is None:
        return None
    try:
        given = given_to(row, task.job)
        settled = None if row.failure else _settle(task.job, row, given)
    except StoreError:
        return None
    kind, schema = task_types.get(task.job.task_type), task.job.asks
    answer = None if settled is None else kind.answer_of(settled.payload, schema)
    weighs_alike = kind.weight is not None or not learns_of_people(task.job)
    found = SoFar(task.answers, task.wanted, said_of(given, task.job, answer, schema), weighs_alike)
    if settled is None:
        return found
    return replace(found, words=kind.describe(settled.payload, schema), confidence=settled.confidence)


def _settle(job: Job, row: DataObject, given: Sequence[Given]) -> Settled | None:
    """Return what the answers that count come to; None where the job's own function makes its labels. Raises
    StoreError.
    """
    votes = tuple(Vote(str(one.row.assignment.worker_id), one.answer) for one in given if not one.discarded)
    if hooks.has_post(job) or not votes:
        return None
    return settle_by_type(job, [Answers(row.pk, votes)], job.skills)[0]
