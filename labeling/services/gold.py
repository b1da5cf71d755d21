"""Objects whose answer is known, mixed in among a job's others: their tasks, who gets one, and what was answered.

A task of one stays in the state `gold`, so that nothing that counts tasks, answers or costs counts it; to a worker it
is like any other. Jobs of others, of rework, and those with a pre-annotation function have none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random, SystemRandom
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from groundtruth import clock
from groundtruth.prepared import Prepared
from labeling.gold_queries import MISSED, Miss, agreement_of, gold_like, miss_in
from labeling.models import Annotation, Assignment, GoldAnswer, Job, StepKind, Task
from labeling.models.gold import gold_stands
from labeling.pictures import put_back_all
from labeling.services.answers import chunk_of
from labeling.services.hooks import has_pre
from labeling.states import COUNTED, GOLD
from projects.audit import record
from projects.task_types import Answer, Schema, TaskType

READ_CHUNK = 1000  # answers read at once; few, where each is a large picture
_STORED = ("payload", "blob_key")
lot: Random = SystemRandom()  # nobody can foresee which task is one


def takes_gold(job: Job) -> bool:
    """Tell whether a job has tasks whose answer is known: mixed in, or in its course and test."""
    return (job.gold_percent > 0 or job.asks_first) and job.kind == StepKind.LABEL and not has_pre(job)


def gold_for(job: Job) -> QuerySet[GoldAnswer]:
    """Return the known answers that stand, of the job's project, to what asks the same as this job."""
    return gold_like(job).filter(retired_at=None, data_object__failure="")


def lay_out(job: Job) -> int:
    """Make the job's tasks whose answer is known, as far as they are missing; return how many. May be repeated."""
    if not takes_gold(job):
        return 0
    there = Task.objects.filter(job=job, round=0)
    missing = gold_for(job).exclude(data_object__in=there.values("data_object")).order_by("data_object_id")
    objects = list(missing.values_list("data_object_id", flat=True))
    blank = {"job": job, "round": 0, "state": GOLD, "wanted": 0, "open_slots": 0}
    Task.objects.bulk_create([Task(data_object_id=pk, **blank) for pk in objects], ignore_conflicts=True)
    return len(objects)


# --- who gets one -----------------------------------------------------------------------------------


def is_drawn(percent: int) -> bool:
    """Tell by lot whether the next task is one whose answer is known."""
    return lot.random() * 100 < percent


def draw(worker_id: int, job_id: int) -> int | None:
    """Return a task of the job whose answer is known, by lot, of whose object this worker has seen nothing; or None."""
    ids = [pk for (pk,) in _unmet.rows(worker=worker_id, job=job_id)]
    return lot.choice(ids) if ids else None


def _unmet_by(worker: int, job: int) -> QuerySet[Task]:
    met = Assignment.objects.filter(
        task__data_object=OuterRef("data_object"), task__job__attribute=OuterRef("job__attribute"), worker=worker
    )
    return Task.objects.filter(~Exists(met), gold_stands(), job=job, state=GOLD).order_by("pk")


_unmet = Prepared(lambda worker, job: _unmet_by(worker, job).values_list("pk"))


def given_back(worker_id: int, job_id: int, drawn: Sequence[int] | None = None) -> int | None:
    """Return a task whose answer is known that this worker returned or let expire, the first; or None.

    drawn: the objects of a test before the work; without them none of a test.
    """
    mine = Assignment.objects.filter(worker=worker_id, state__in=("returned", "expired"))
    mine = mine.filter(test_number=None) if drawn is None else mine.filter(task__data_object__in=drawn)
    tasks = Task.objects.filter(gold_stands(), job=job_id, state=GOLD, assignments__in=mine)
    return tasks.order_by("pk").values_list("pk", flat=True).first()


def retire_unshown(task_id: int) -> None:
    """Ask no more of an object that cannot be shown, where its answer is known; in the caller's transaction."""
    task = Task.objects.filter(pk=task_id, state=GOLD).select_related("job__batch__project").first()
    if task is None:
        return
    mine = GoldAnswer.objects.filter(data_object=task.data_object_id, attribute=task.job.attribute, retired_at=None)
    for row in mine:
        GoldAnswer.objects.filter(pk=row.pk).update(retired_at=clock.now())
        record("retire gold", None, row, project=task.job.batch.project, why="cannot be shown")


# --- what was answered ------------------------------------------------------------------------------


class Known(NamedTuple):
    """What a worker answered where the right answer is known; both as an annotation holds one, with its picture."""

    object_id: int
    worker_id: int
    answer: Answer
    truth: Answer
    at: datetime


def known_answers(job: Job) -> Iterator[Known]:
    """Yield a job's answers to objects whose answer is known, by object and then in the order they were given.

    Of answers that stand: one that was retired judges nobody any more. Left out is what was rejected, what was asked in
    a test before the work, which judged it, and where a picture is lost. Raises StoreError where the store is away.
    """
    truths = {gold.data_object_id: gold for gold in gold_for(job)}
    mine = Annotation.objects.filter(assignment__task__job=job, assignment__task__state=GOLD)
    mine = mine.filter(assignment__test_number=None)
    columns = ("data_object_id", "assignment__worker_id", "payload", "blob_key", "created_at")
    counted = mine.filter(assignment__state__in=COUNTED, data_object__in=truths).order_by("data_object_id", "id")
    rows, size = list(counted.values_list(*columns)), chunk_of(job, READ_CHUNK)
    for first in range(0, len(rows), size):
        chunk = rows[first : first + size]
        given = put_back_all([(payload, key) for _, _, payload, key, _ in chunk])
        known = put_back_all([(truths[row[0]].payload, truths[row[0]].blob_key) for row in chunk])
        for (object_id, worker_id, _, _, at), answer, truth in zip(chunk, given, known, strict=True):
            if answer is not None and truth is not None:
                yield Known(object_id, worker_id, answer, truth, at)


_given = Prepared(lambda turn: Annotation.objects.filter(assignment=turn).values_list(*_STORED))
_known = Prepared(lambda row, attribute: _standing(row, attribute).values_list(*_STORED))


def _standing(row: int, attribute: str) -> QuerySet[GoldAnswer]:
    return GoldAnswer.objects.filter(data_object=row, attribute=attribute, retired_at=None)


def is_missed(turn: int, place: tuple[int, str], kind: TaskType, schema: Schema, *, is_known: bool) -> bool:
    """Tell whether the answer of a turn is a miss; none is while a picture cannot be read. place: object, attribute.

    Whatever the task, the same is read and compared, so that the time does not tell whose right answer is known.
    """
    given, known = _given.first(turn=turn), _known.first(row=place[0], attribute=place[1])
    if given is None:
        return False
    truth = known if is_known and known else given
    agreement = agreement_of(given, truth, kind, schema)
    return truth is not given and agreement is not None and agreement < MISSED


def told_miss(assignment_id: int) -> Miss | None:
    """Return what a worker is told of the answer of this turn: a miss, where the job says so; nothing in a test."""
    told = Annotation.objects.filter(assignment=assignment_id, assignment__task__state=GOLD)
    told = told.filter(assignment__test_number=None)
    rows = told.filter(assignment__task__job__gold_feedback=True)
    given = rows.select_related("assignment__task__job__schema", "data_object").first()
    return None if given is None else miss_in(given)
