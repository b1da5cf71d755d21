"""The labels that the machine gives: kept as proposals while a job's loop runs, written once at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from batches.metrics import tally_done
from batches.models import DataObject
from groundtruth.states import Conflict, move_many
from groundtruth.work import keep
from labeling.models import Job, Label, LoopRun, Task
from labeling.services.answers import chunk_of
from labeling.services.arrays import get_arrays
from labeling.services.budgets import leave_rest
from labeling.services.keeping import find_folder, keeper
from projects import task_types

WRITE_CHUNK = 1000


def proposals_of(run: LoopRun) -> dict[int, tuple[Any, float]]:
    """Return what the machine is sure of by ordinal, each with its confidence. Raises StoreError."""
    kept = get_arrays(run.blob_key)
    said = json.loads(kept["proposals"].tobytes())
    return dict(zip(kept["ordinals"].tolist(), zip(said, kept["confidence"].tolist(), strict=True), strict=True))


def write_proposals(run: LoopRun, job: Job) -> None:
    """Write what the machine is sure of, chunk by chunk behind a cursor; what is left then is nobody's."""
    made = proposals_of(run)
    while chunk := _next_pooled(job, run.settled_to):
        mine = [row for row in chunk if row[2] in made]
        labels = _make_labels(job, mine, made)
        with transaction.atomic():
            if not LoopRun.objects.filter(pk=run.pk, settled_to=run.settled_to).update(settled_to=chunk[-1][2]):
                raise Conflict("Another chore writes these labels.")
            _write(job, mine, labels)
        run.settled_to = chunk[-1][2]
        keep(run)
    with transaction.atomic():
        leave_rest(job)


def _next_pooled(job: Job, after: int) -> list[tuple[int, int, int]]:
    """Return (task, object, ordinal) of the next tasks of the pool."""
    rest = Task.objects.filter(job=job, state="pooled", data_object__ordinal__gt=after).order_by("data_object__ordinal")
    return list(rest.values_list("pk", "data_object_id", "data_object__ordinal")[: chunk_of(job, WRITE_CHUNK)])


def _make_labels(
    job: Job, chunk: Sequence[tuple[int, int, int]], made: dict[int, tuple[Any, float]]
) -> Sequence[Label]:
    """Return machine labels to write, their pictures stored: outside of any transaction."""
    kind, schema = task_types.get(job.task_type), job.asks
    assert kind.propose is not None
    keep_one = keeper(kind, lambda: find_folder(job.pk))
    labels = []
    for _, pk, ordinal in chunk:
        said, confidence = made[ordinal]
        payload, blob_key = keep_one(kind.propose(said, confidence, schema))
        labels.append(
            Label(
                data_object_id=pk, attribute=job.attribute, job=job, payload=payload, blob_key=blob_key,
                author_kind="auto", confidence=round(confidence, 6), method=kind.learner, state="confirmed",
            )
        )  # fmt: skip
    return labels


def _write(job: Job, chunk: Sequence[tuple[int, int, int]], labels: Sequence[Label]) -> None:
    """Write machine labels and end their tasks; in the caller's transaction."""
    tasks = Task.objects.filter(pk__in=[task for task, _, _ in chunk])
    if move_many(tasks, "machine_label", None, open_slots=0) != len(chunk):
        raise Conflict("Somebody took one of these objects meanwhile.")
    Label.objects.bulk_create(labels)
    move_many(tasks, "consolidate", None)
    done = DataObject.objects.filter(pk__in=[pk for _, pk, _ in chunk], done_by="", failure="").update(done_by="auto")
    Job.objects.filter(pk=job.pk).update(ended=F("ended") + len(chunk))
    if done:
        tally_done(job.batch_id, auto=done)
