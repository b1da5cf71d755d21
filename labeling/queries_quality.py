"""How well a worker's answers fit the labels, and what is known to be right: by kind of work with an interval, and
where they did not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db.models import Q

from labeling.consolidation.agreement import share_interval
from labeling.gold_queries import MISSED, Miss, agreement_with, miss_of
from labeling.models import Annotation, GoldAnswer, Job, Label
from labeling.queries import in_words
from labeling.states import COUNTED, GOLD
from projects import task_types
from workforce.models import Worker, WorkerQuality

FEW = 30  # answers below which an interval says little
LOOKED_AT, LOOKED_AT_OF_ONE = 300, 1000  # of the latest answers, for examples; of one category where names are compared
EXAMPLES = 10
KNOWN_AT = 1000  # of the latest answers to what is known
ENDED = ("Completed", "Stopped")
UNLIKE = 0.5  # agreement below which an answer is an example


@dataclass(frozen=True)
class Kind:
    """Agreement with settled labels on one kind of work: 0 to 1, with its 95 % interval."""

    title: str
    answers: int
    share: float
    low: float
    high: float

    @property
    def is_early(self) -> bool:
        return self.answers < FEW


@dataclass(frozen=True)
class Unlike:
    """An answer that differs from the label that was settled."""

    job: str
    name: str  # the object's text, or its file
    said: str
    label: str
    at: datetime


def kinds_of(worker: Worker) -> list[Kind]:
    """Return a worker's kinds of work, the most answers first."""
    rows = WorkerQuality.objects.filter(worker=worker, seen__gt=0).order_by("-seen", "task_type")
    return [
        Kind(task_types.get(row.task_type).title, row.seen, row.right / row.seen, *share_interval(row.right, row.seen))
        for row in rows
    ]


def unlike_labels(worker: Worker, job: Job | None = None, category: int | None = None) -> list[Unlike]:
    """Return the latest answers of ended jobs, or of one that may run, that differ from the label, newest first.

    category: those that differ in this one, of a job's.
    """
    of = Q(assignment__task__job=job) if job else Q(assignment__task__job__state="Completed")
    mine = Annotation.objects.for_labels().filter(of, assignment__worker=worker)
    is_quick = category is not None and job is not None and task_types.get(job.task_type).names is not None
    related = mine.select_related("assignment__task__job__schema", "data_object")
    rows = list(
        related.defer("assignment__task__job__skills", "data_object__line").order_by("-pk")[
            : LOOKED_AT_OF_ONE if is_quick else LOOKED_AT
        ]
    )
    labels = _labels_of(rows)
    found = (one for row in rows if (one := _unlike(row, labels, category)) is not None)
    return list(islice(found, EXAMPLES))


def _labels_of(rows: Sequence[Annotation]) -> dict[tuple[int, int], Label]:
    """Return the standing labels of people, by job and object."""
    labels = Label.objects.filter(data_object__in=[row.data_object_id for row in rows], author_kind="human")
    standing = labels.exclude(state="superseded").exclude(job=None)
    return {(label.job_id, label.data_object_id): label for label in standing if label.job_id}


def _unlike(row: Annotation, labels: dict[tuple[int, int], Label], category: int | None) -> Unlike | None:
    assert row.assignment is not None
    job = row.assignment.task.job
    label, kind = labels.get((job.pk, row.data_object_id)), task_types.get(job.task_type)
    if label is None or kind.has_picture:  # a picture is compared nowhere but in the job's last fit
        return None
    true = kind.truth_of(label.payload, job.asks)
    if category is not None and kind.alike_by is not None:
        agreement = kind.alike_by(row.payload, true, job.asks).get(category, 1.0)
    else:
        agreement = kind.agreement(row.payload, true, job.asks)
    if agreement >= UNLIKE:
        return None
    return Unlike(
        job=job.title,
        name=(row.data_object.source_text or row.data_object.source_ref.rpartition("/")[2])[:200],
        said=in_words(job, row.payload),
        label=kind.describe(label.payload, job.asks),
        at=row.created_at,
    )


# --- known answers ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class OnKnown:
    """How a worker answered where the right answer is known. Of jobs that run only what they were told stands here."""

    kinds: Sequence[Kind]
    misses: Sequence[Miss]


def on_known(worker: Worker) -> OnKnown:
    """Return a worker's latest answers beside the known ones, by kind of work, and what they missed, newest first.

    Pictures are left out: they are compared nowhere but by a job's chore. So are tests: what was right there is told to
    nobody.
    """
    mine = Annotation.objects.filter(assignment__worker=worker, assignment__task__state=GOLD)
    mine = mine.filter(assignment__test_number=None)
    related = mine.filter(assignment__state__in=COUNTED).select_related("assignment__task__job__schema", "data_object")
    rows = list(related.defer("assignment__task__job__skills", "data_object__line").order_by("-pk")[:KNOWN_AT])
    stands = GoldAnswer.objects.filter(data_object__in=[row.data_object_id for row in rows], retired_at=None)
    truths = {(one.data_object_id, one.attribute): one for one in stands}
    sums: dict[str, list[float]] = defaultdict(list)
    misses: list[Miss] = []
    for row in rows:
        job = row.assignment.task.job
        gold, has_ended = truths.get((row.data_object_id, job.attribute)), job.state in ENDED
        if gold is None or task_types.get(job.task_type).has_picture or not (has_ended or job.gold_feedback):
            continue
        agreement = agreement_with(gold, row, job)
        if has_ended and agreement is not None:
            sums[job.task_type].append(agreement)
        if agreement is not None and agreement < MISSED:
            misses.append(miss_of(gold, row, job))
    return OnKnown([_kind_of(slug, met) for slug, met in sorted(sums.items())], misses[:EXAMPLES])


def _kind_of(slug: str, met: Sequence[float]) -> Kind:
    right, seen = sum(met), len(met)
    return Kind(task_types.get(slug).title, seen, right / seen, *share_interval(right, seen))
