"""How far the people of a job agree: measured by a chore of its own when the final labels are written, and again when a
review, or others whom the rules asked, judged these.

The report, all numbers rounded to six places; an estimate is {"value", "low", "high", "objects"}:

| key | what |
|---|---|
| `objects`, `answers`, `workers` | compared: objects of two answers or more, their answers, who gave them |
| `of` | objects of two answers or more, of which `objects` were looked at |
| `mean` | estimate of the mean agreement of two answers, as the task type's `agreement` has it; null for nobody |
| `alpha`, `ac1` | estimates, of types whose answers name categories |
| `categories` | one a category that was named: `id`, `named` (answers), `alpha` (it against the others) |
| `alike` | of other types that name categories: one a category that was named: `id`, `mean` (estimate over the objects
where somebody named it, of how far two answers agree on it) |
| `confused` | of types that have them, the worst first: `first`, `second` (ids), `count`, `share`, `objects` (ids) |
| `people` | where there are any: one a worker, as `scoring.Score.report` has it |
| `habits` | the same: ways of answering to look at, as `noticing.habits_of` has them |
| `pairs` | `worst` (`first`, `second`: workers' ids, and an estimate), `enough`, `few`, `is_kappa` |
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import combinations, groupby
from operator import itemgetter
from typing import Any

import numpy as np
from django.db.models import QuerySet

from batches.models import Batch
from groundtruth.work import keep, ring, ring_again
from labeling.consolidation.agreement import share_of_either
from labeling.consolidation.confusions import Confusions, grouped
from labeling.consolidation.reliability import Estimate, Naming, mean_agreement, measure_one, measure_several
from labeling.consolidation.worker_pairs import WorkerPairs, kappa_by_pair, mean_by_pair
from labeling.models import Annotation, Job, JobAgreement, Task
from labeling.models.jobs import BY_OTHERS
from labeling.pictures import put_back_all
from labeling.services.answers import evenly, scattered
from labeling.services.noticing import habits_of
from labeling.services.scoring import MOST_PICTURES as MOST_PICTURES_SCORED
from labeling.services.scoring import scores_of
from labeling.states import COUNTED
from projects import task_types
from projects.task_types import Answer, Schema, TaskType

KEEP_EVERY = 10_000  # objects, between two words that the chore lives
MOST_COMPARED = 10_000  # pairs of answers that are compared as wholes: more would tell nothing more
MOST_PICTURES = 600  # the same, where each answer is a large picture
MOST_SECONDS = 60  # for them: drawings of thousands of shapes take their time, and a chore has four minutes
CHUNK, PICTURES_CHUNK = 100, 20  # objects
CONFUSED = 10  # pairs of categories
PLACES = 6

Said = list[tuple[int, Any]]  # one object's answers: worker's id, and what they said


def begin(job: Job) -> None:
    """Let the agreement of a job that ends be measured; in the caller's transaction. May be repeated.

    Where others looked at the labels of earlier jobs, these jobs' people are judged by that: they are measured again.
    """
    ring(JobAgreement.objects.get_or_create(job=job)[0])
    if job.kind in BY_OTHERS:
        _ring_again(JobAgreement.objects.filter(job__batch=job.batch_id, job__position__lt=job.position))


def begin_again(batch: Batch) -> None:
    """Let the jobs of a batch that was reviewed be measured again: the review judges their people."""
    _ring_again(JobAgreement.objects.filter(job__batch=batch))


def _ring_again(rows: QuerySet[JobAgreement]) -> None:
    for row in rows.order_by("pk"):
        ring_again(row)


def measure(row: JobAgreement) -> None:
    """Measure a job's agreement and store the report; repeated, it stores the same."""
    kind = task_types.get(row.job.task_type)
    report = _of_wholes(row, kind) if kind.names is None else _of_categories(row, kind)
    keep(row)
    more = {"people": scores_of(row.job, most_pictures=MOST_PICTURES_SCORED), "habits": habits_of(row.job)}
    report |= {name: found for name, found in more.items() if found}
    keep(row)  # rung again meanwhile, somebody else measures what is newer
    JobAgreement.objects.filter(pk=row.pk).update(report=report)


@dataclass
class Tally:
    """What is summed over the objects of two answers or more, as numbers: some 30 bytes an answer."""

    objects: int = 0
    answers: int = 0
    workers: set[int] = field(default_factory=set)
    means: array[float] = field(default_factory=lambda: array("d"))
    first: array[int] = field(default_factory=lambda: array("q"))  # of each pair of answers, the worker's id
    second: array[int] = field(default_factory=lambda: array("q"))
    alike: array[float] = field(default_factory=lambda: array("f"))

    def add(self, workers: Sequence[int], alike: Sequence[float]) -> None:
        """Add an object. alike: agreement of each pair of its answers, in the order of `combinations`."""
        self.objects += 1
        self.answers += len(workers)
        self.workers.update(workers)
        self.means.append(sum(alike) / len(alike))
        for (one, other), value in zip(combinations(workers, 2), alike, strict=True):
            if one != other:
                self.first.append(one)
                self.second.append(other)
                self.alike.append(value)

    def report(self) -> dict[str, Any]:
        return {
            **{"objects": self.objects, "answers": self.answers, "workers": len(self.workers), "of": self.objects},
            "mean": _plain(mean_agreement(np.array(self.means))),
        }

    def pairs(self) -> dict[str, Any]:
        ids, numbers = np.unique(np.array([self.first, self.second], dtype=np.int64), return_inverse=True)
        first, second = numbers.reshape(2, -1)
        return _plain_pairs(mean_by_pair(first, second, np.array(self.alike, dtype=np.float64)), ids)


# --- answers that name categories -----------------------------------------------------------------


@dataclass
class Named(Tally):
    """The same, with what was named: a row for each answer's each category."""

    confusions: Confusions = field(default_factory=Confusions)
    sizes: array[int] = field(default_factory=lambda: array("q"))  # answers of each object
    places: array[int] = field(default_factory=lambda: array("q"))  # of the object, from 0
    authors: array[int] = field(default_factory=lambda: array("q"))
    categories: array[int] = field(default_factory=lambda: array("q"))

    def add_object(self, object_id: int, said: Sequence[tuple[int, frozenset[int]]]) -> None:
        for worker, named in said:
            for category in sorted(named):
                self.places.append(self.objects)
                self.authors.append(worker)
                self.categories.append(category)
        self.sizes.append(len(said))
        counts = grouped(named for _, named in said)
        if len(counts) > 1:
            self.confusions.add(object_id, counts)
        alike = [share_of_either(a, b) if a != b else 1.0 for (_, a), (_, b) in combinations(said, 2)]
        self.add([worker for worker, _ in said], alike)

    def counts(self, n_categories: int) -> np.ndarray:
        """How many people named each category of each object, (N, K)."""
        counts = np.zeros((self.objects, n_categories), dtype=np.uint16)
        np.add.at(counts, (np.array(self.places), np.array(self.categories)), 1)
        return counts

    def kappas(self, n_categories: int) -> dict[str, Any]:
        ids, workers = np.unique(np.array(self.authors, dtype=np.int64), return_inverse=True)
        found = kappa_by_pair(np.array(self.places), workers, np.array(self.categories), n_categories)
        return {**_plain_pairs(found, ids), "is_kappa": True}


def _of_categories(row: JobAgreement, kind: TaskType) -> dict[str, Any]:
    categories, said = row.job.asks.categories, Named()
    numbers = {name: number for number, name in enumerate(categories)}
    for count, (object_id, answers) in enumerate(_answered(row.job, kind)):
        named = [(worker, frozenset(numbers[n] for n in kind.names(a) if n in numbers)) for worker, a in answers]  # type: ignore[misc]
        if len(known := [one for one in named if one[1]]) > 1:
            said.add_object(object_id, known)
        if count % KEEP_EVERY == KEEP_EVERY - 1:
            keep(row)
    report = said.report()
    if not said.objects:
        return report
    counts, answered = said.counts(len(categories)), np.array(said.sizes)
    keep(row)
    found = measure_several(counts, answered) if kind.names_several else measure_one(counts)
    keep(row)
    return {
        **report,
        **(_plain_naming(found, counts) if found else {}),
        "confused": _plain_confused(said.confusions),
        "pairs": said.pairs() if kind.names_several else said.kappas(len(categories)),
    }


def _plain_naming(found: Naming, counts: np.ndarray) -> dict[str, Any]:
    named = counts.sum(axis=0)
    rows = [{"id": k, "named": int(named[k]), "alpha": _plain(one)} for k, one in enumerate(found.by_category) if one]
    return {"alpha": _plain(found.alpha), "ac1": _plain(found.ac1), "categories": rows}


# --- answers compared as wholes -------------------------------------------------------------------


def _of_wholes(row: JobAgreement, kind: TaskType) -> dict[str, Any]:
    job, said, confusions, alike_by = row.job, Tally(), Confusions(), _ByCategory()
    several = _objects_of_several(job)
    for object_id, answers in _looked_at(row, kind, several):
        alike = [kind.agreement(a, b, job.asks) for (_, a), (_, b) in combinations(answers, 2)]
        said.add([worker for worker, _ in answers], alike)
        if kind.alike_by:
            alike_by.add([kind.alike_by(a, b, job.asks) for (_, a), (_, b) in combinations(answers, 2)])
        if min(alike) < 1:
            confusions.add_pairs(object_id, _mistaken(kind, [a for _, a in answers], job.asks))
    report = {**said.report(), "of": len(several)}
    if not said.objects:
        return report
    return {**report, **alike_by.report(), "confused": _plain_confused(confusions), "pairs": said.pairs()}


class _ByCategory:
    """How far two answers agree on each category: a mean an object, over the pairs of which one at least names it."""

    def __init__(self) -> None:
        self.means: dict[int, array[float]] = {}

    def add(self, pairs: Sequence[Mapping[int, float]]) -> None:
        """Add an object. pairs: what two of its answers share, by category."""
        for category in set().union(*pairs):
            found = [pair[category] for pair in pairs if category in pair]
            self.means.setdefault(category, array("d")).append(sum(found) / len(found))

    def report(self) -> dict[str, Any]:
        found = [
            {"id": category, "mean": _plain(mean_agreement(np.array(means)))}
            for category, means in sorted(self.means.items())
        ]
        return {"alike": found} if found else {}


def _looked_at(row: JobAgreement, kind: TaskType, several: Sequence[int]) -> Iterator[tuple[int, Said]]:
    """Yield objects of two answers, spread over the job, until there are enough pairs or the time is over."""
    until, job = time.monotonic() + MOST_SECONDS, row.job
    people = max(job.workers_each, job.most_workers or 0, 2)
    pairs = MOST_PICTURES if kind.has_picture else MOST_COMPARED
    chosen = scattered(evenly(several, max(pairs // (people * (people - 1) // 2), 1)))
    step = PICTURES_CHUNK if kind.has_picture else CHUNK
    for first in range(0, len(chosen), step):
        for object_id, answers in _answered(job, kind, chosen[first : first + step]):
            if len(answers) > 1:
                yield object_id, answers
            if time.monotonic() > until:
                return
        keep(row)


def _mistaken(kind: TaskType, answers: Sequence[Answer], schema: Schema) -> Counter[tuple[int, int]]:
    if kind.mistaken is None:
        return Counter()
    return Counter(pair for a, b in combinations(answers, 2) for pair in kind.mistaken(a, b, schema))


def _objects_of_several(job: Job) -> list[int]:
    tasks = Task.objects.filter(job=job, answers__gt=1).order_by("data_object_id")
    return list(tasks.values_list("data_object_id", flat=True).distinct())


# --- rows -----------------------------------------------------------------------------------------


def _answered(job: Job, kind: TaskType, object_ids: Sequence[int] | None = None) -> Iterator[tuple[int, Said]]:
    """Yield the answers that have a part in the label of each object, by its id; of given ones with their pictures."""
    counted = Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED)
    rows = counted.filter(discarded="")
    if object_ids is not None:
        rows = rows.filter(data_object__in=object_ids)
    columns = ("data_object_id", "assignment__worker_id", "payload", "blob_key")
    ordered = rows.order_by("data_object_id", "assignment__worker_id", "id").values_list(*columns)
    found = ordered.iterator(chunk_size=5000) if object_ids is None else _with_pictures(list(ordered))
    for object_id, mine in groupby(found, key=itemgetter(0)):
        yield object_id, [(worker, payload) for _, worker, payload, _ in mine]


def _with_pictures(rows: Sequence[tuple[int, int, Any, str]]) -> Iterator[tuple[int, int, Any, str]]:
    payloads = put_back_all([(payload, key) for *_, payload, key in rows])
    for (object_id, worker, _, key), payload in zip(rows, payloads, strict=True):
        if payload is not None:  # its picture is lost
            yield object_id, worker, payload, key


# --- plain values ---------------------------------------------------------------------------------


def _plain(found: Estimate | None) -> dict[str, Any] | None:
    return _plain_values(asdict(found)) if found else None


def _plain_values(values: dict[str, Any]) -> dict[str, Any]:
    return {name: round(value, PLACES) if isinstance(value, float) else value for name, value in values.items()}


def _plain_confused(found: Confusions) -> list[dict[str, Any]]:
    rows = [asdict(one) for one in found.worst(CONFUSED)]
    return [{**_plain_values(row), "objects": list(row["objects"])} for row in rows]


def _plain_pairs(found: WorkerPairs, ids: np.ndarray) -> dict[str, Any]:
    worst = [
        {"first": int(ids[pair.first]), "second": int(ids[pair.second]), **(_plain(pair.agreement) or {})}
        for pair in found.worst
    ]
    return {"worst": worst, "enough": found.enough, "few": found.few, "is_kappa": False}
