"""What reviews say of each worker's own answers: customers' of the drawn sample, and others' of what rules had sent.

A review judges a label, and people are judged by the answer they gave themselves. Of a label that was called right,
and of one that was put right since, their answer counts by how far it agrees with it. Of a label that is wrong and
that nobody put right, an answer that is the label is wrong, and of any other nothing is known: it stays open.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from batches.models import ObjectFeedback, Verdict
from labeling.gold_queries import same_schemas
from labeling.models import Finding, Job, JobAgreement, Label
from labeling.models.jobs import BY_OTHERS
from labeling.pictures import put_back_all
from labeling.queries_confidence import reviewed_labels
from labeling.services.answers import chunk_of, evenly, scattered, votes_of
from projects import task_types

CHUNK = 400  # objects whose answers are read at once
MOST_PICTURES = 60  # objects whose labels and answers are large pictures: a chore has four minutes
JOBS_BEFORE = 20  # of the project, the newest, whose reviews tell of the same people


class Said(NamedTuple):
    """A label of which it is known whether it is right."""

    payload: Any
    blob_key: str
    is_right: bool


class Judged(NamedTuple):
    """One answer of a worker: how far it is right, 0 to 1; None where that cannot be told.

    categories: how far by category, by its number, where the label is right: what a wrong one should be nobody knows.
    """

    worker_id: int
    right: float | None
    categories: Mapping[int, float]


# --- which labels -----------------------------------------------------------------------------------


def reviewed(job: Job) -> dict[int, Said]:
    """Return by object what customers' reviews say of this job's part of a batch, of the drawn sample alone.

    Where others adjusted a label before the review, theirs was judged: called right, it tells what is right.
    """
    if job.round != 1:
        return {}
    steps = set(Job.objects.filter(batch=job.batch_id, round=1).values_list("pk", flat=True))
    found: dict[int, Said] = {}
    for of, verdicts in reviewed_labels(job).items():
        if of in steps:
            told = {pk: right for pk, right in verdicts.items() if right or of == job.pk}
            found |= {pk: Said(*label, told[pk]) for pk, label in _last_labels(told, job=of).items()}
    wrong = [pk for pk, said in found.items() if not said.is_right]
    return found | {pk: Said(*label, is_right=True) for pk, label in _put_right(job, wrong).items()}


def checked(job: Job) -> dict[int, Said]:
    """Return by object what others found who looked at this job's labels because a rule had sent them.

    Rules send what is probably wrong, so that this is no sample of anybody's answers.
    """
    outcomes = dict(
        Finding.objects.filter(label__job=job).exclude(is_wrong=None).values_list("label__data_object", "is_wrong")
    )
    mine = _last_labels(outcomes, job=job.pk)
    wrong = [pk for pk, is_wrong in outcomes.items() if is_wrong]
    theirs = _last_labels(wrong, attribute=job.attribute, job__batch=job.batch_id, job__kind__in=BY_OTHERS)
    found = {pk: Said(*label, not outcomes[pk]) for pk, label in mine.items()}
    return found | {pk: Said(*label, is_right=True) for pk, label in theirs.items()}


def _put_right(job: Job, objects: Sequence[int]) -> dict[int, tuple[Any, str]]:
    """Return the labels that a rework gave such objects, but for those that were called wrong again."""
    labels = Label.objects.filter(data_object__in=objects, attribute=job.attribute, author_kind="human")
    later = labels.filter(job__round__gt=1, job__batch=job.batch_id, job__task_type=job.task_type, state="confirmed")
    rows = later.order_by("revision").values_list("data_object", "job__round", "payload", "blob_key")
    last = {pk: (round_, (payload, key)) for pk, round_, payload, key in rows}
    said = ObjectFeedback.objects.filter(data_object__in=last, verdict=Verdict.WRONG)
    again = set(said.values_list("data_object", "round"))
    return {pk: label for pk, (round_, label) in last.items() if (pk, round_) not in again}


def _last_labels(objects: Any, **of: Any) -> dict[int, tuple[Any, str]]:
    """Return payload and picture's key of the last labels of people on these objects."""
    labels = Label.objects.filter(data_object__in=list(objects), author_kind="human", **of).exclude(method="given")
    rows = labels.order_by("revision").values_list("data_object", "payload", "blob_key")
    return {pk: (payload, key) for pk, payload, key in rows}


# --- whose answers ----------------------------------------------------------------------------------


def judge_answers(job: Job, said: Mapping[int, Said], most_seconds: float) -> Iterator[Judged]:
    """Yield each answer of the job to these objects, judged.

    Of answers that take long to compare, as drawings do, no more than are judged in that time, spread over the objects;
    of those whose labels are pictures some at most. An object whose label or answer is a picture that is lost is passed
    over. Raises StoreError.
    """
    kind, schema = task_types.get(job.task_type), job.asks
    same = kind.checked(schema).same if kind.checked else 1.0
    until = time.monotonic() + most_seconds
    objects = scattered(evenly(sorted(said), MOST_PICTURES if kind.has_picture else len(said)))
    size = chunk_of(job, CHUNK)
    for first in range(0, len(objects), size):
        chunk = objects[first : first + size]
        labels = put_back_all([said[pk][:2] for pk in chunk])
        truths = {
            pk: kind.truth_of(label, schema) for pk, label in zip(chunk, labels, strict=True) if label is not None
        }
        for pk, vote in votes_of(job, list(truths)):
            agreement, is_right = kind.agreement(vote.answer, truths[pk], schema), said[pk].is_right
            alike = kind.alike_by(vote.answer, truths[pk], schema) if kind.alike_by and is_right else {}
            yield Judged(int(vote.worker), _right(agreement, is_right, same), alike)
            if kind.names is None and time.monotonic() > until:
                return


def _right(agreement: float, is_right: bool, same: float) -> float | None:
    if is_right:
        return agreement
    return 0.0 if agreement >= same else None


# --- the jobs before --------------------------------------------------------------------------------


def reviewed_before(job: Job) -> dict[int, tuple[float, int]]:
    """Return by worker what customers' reviews said of their answers to earlier jobs that ask the same: how many are
    right, of how many. What they leave open counts as right.
    """
    before = JobAgreement.objects.filter(
        job__batch__project=job.batch.project_id,
        job__attribute=job.attribute,
        job__task_type=job.task_type,
        job__schema__in=same_schemas(job),
    )
    sums: dict[int, tuple[float, int]] = defaultdict(lambda: (0.0, 0))
    for report in before.exclude(job=job).order_by("-job_id").values_list("report", flat=True)[:JOBS_BEFORE]:
        for row in report.get("people", ()):
            if review := row.get("review"):
                right, seen = sums[row["worker"]]
                sums[row["worker"]] = (right + review["right"] + review["open"], seen + review["seen"] + review["open"])
    return dict(sums)
