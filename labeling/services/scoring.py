"""How each of a job's people did: agreement with its labels, by category, what is known and what reviews say, and pace.

Alone, a worker agrees with themselves: only objects of two answers or more are compared with their label.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Q

from labeling.models import Annotation, Job, Label
from labeling.pictures import put_back_all
from labeling.services import reviewed
from labeling.services.answers import evenly, scattered, spread
from labeling.services.gold import known_answers
from labeling.states import COUNTED
from projects import task_types
from projects.task_types import Answer, Schema, TaskType

READ_CHUNK = 2000  # answers whose labels are fetched at once
MOST_OBJECTS = 1000  # spread over the job, of types whose answers take long to compare, as drawings do
MOST_PICTURES = 120  # the same, where each answer is a large picture
MOST_SECONDS = 30  # for these, and for each kind of review; a chore that measures has four minutes
OBJECTS_CHUNK, PICTURES_CHUNK = 100, 20

Sum = list[float]  # [right, seen]
ByCategory = dict[int, Sum]


def _none() -> Sum:
    return [0.0, 0]


@dataclass
class Score:
    """One worker's answers beside the labels; a right one adds 1, others what they share with the label.

    categories: by category number, [right, seen]: over objects where the label names it or, of types whose answers have
    several parts, the answer does. gold: [right, seen] where the right answer is known, gold_by: by category. review:
    [right, seen] of labels that a customer's review judged, and open_: of how many answers there nobody can tell;
    review_by: by category, of labels that it called right. checked: [right, seen] of labels that others looked at since
    a rule had sent them.
    """

    worker: int
    total: Sum = field(default_factory=_none)
    seconds: list[float] = field(default_factory=list)
    categories: ByCategory = field(default_factory=lambda: defaultdict(_none))
    gold: Sum = field(default_factory=_none)
    gold_by: ByCategory = field(default_factory=lambda: defaultdict(_none))
    review: Sum = field(default_factory=_none)
    review_by: ByCategory = field(default_factory=lambda: defaultdict(_none))
    open_: int = 0
    checked: Sum = field(default_factory=_none)

    @property
    def tells(self) -> bool:
        return any(part[1] for part in (self.total, self.gold, self.review, self.checked))

    def report(self) -> dict[str, Any]:
        """Return the score as JSON; seconds is the median of an answer's, None where none is known. `review` and
        `checked` stand there where anything was judged.
        """
        found: dict[str, Any] = {
            "worker": self.worker,
            **_plain_sum(self.total),
            "seconds": round(float(np.median(self.seconds)), 1) if self.seconds else None,
            "categories": _plain_categories(self.categories),
            "gold": {**_plain_sum(self.gold), **_told(self.gold_by)},
        }
        if self.review[1] or self.open_:
            found["review"] = {**_plain_sum(self.review), "open": self.open_, **_told(self.review_by)}
        if self.checked[1]:
            found["checked"] = _plain_sum(self.checked)
        return found


def _add(into: Sum, right: float) -> None:
    into[0] += right
    into[1] += 1


def _add_each(into: ByCategory, found: Mapping[int, float]) -> None:
    for category, right in found.items():
        _add(into[category], right)


def _plain_categories(found: ByCategory) -> dict[str, Sum]:
    return {str(number): [round(right, 6), seen] for number, (right, seen) in sorted(found.items())}


def _told(found: ByCategory) -> dict[str, Any]:
    return {"categories": _plain_categories(found)} if found else {}


def _plain_sum(found: Sum) -> dict[str, Any]:
    return {"right": round(found[0], 6), "seen": found[1]}


class _Given(NamedTuple):
    """One answer; truth is what its object's label says, None where nothing is compared."""

    worker_id: int
    seconds: float
    answer: Answer
    truth: Answer | None


class _Scores(dict[int, Score]):
    def __missing__(self, worker: int) -> Score:
        self[worker] = Score(worker)
        return self[worker]

    def hear(self, given: _Given, kind: TaskType, schema: Schema) -> None:
        score = self[given.worker_id]
        if given.seconds > 0:
            score.seconds.append(given.seconds)
        if given.truth is not None:
            _add(score.total, kind.agreement(given.answer, given.truth, schema))

    def reports(self) -> list[dict[str, Any]]:
        return [self[worker].report() for worker in sorted(self) if self[worker].tells]


def scores_of(
    job: Job, *, most_objects: int = MOST_OBJECTS, most_pictures: int = 0, most_seconds: float = MOST_SECONDS
) -> list[dict[str, Any]]:
    """Return the score of each worker who has one, by worker's id. While a job runs its labels are those of the moment.

    most_objects: on how many answers are compared that take long, as drawings do. most_pictures: on how many labels
    that are pictures are read from the store, and compared. most_seconds: for these, and for each kind of review.
    Raises StoreError where the store is away.
    """
    kind, schema, scores = task_types.get(job.task_type), job.asks, _Scores()
    for given in _beside_labels(job, {}, _Most(most_objects, most_pictures, most_seconds)):
        scores.hear(given, kind, schema)
        if given.truth is not None and kind.alike_by is not None:
            _add_each(scores[given.worker_id].categories, kind.alike_by(given.answer, given.truth, schema))
    _add_known(job, scores, {}, by_category=True)
    _add_reviews(job, scores, most_seconds)
    return scores.reports()


def totals_of(job: Job, since: Mapping[int, datetime]) -> list[dict[str, Any]]:
    """Return the same without categories and reviews; of those in `since` by their answers from then on."""
    kind, schema, scores = task_types.get(job.task_type), job.asks, _Scores()
    for given in _beside_labels(job, since, _Most(MOST_OBJECTS, 0, MOST_SECONDS)):
        scores.hear(given, kind, schema)
    _add_known(job, scores, since)
    return scores.reports()


def _add_known(job: Job, scores: _Scores, since: Mapping[int, datetime], *, by_category: bool = False) -> None:
    kind, schema = task_types.get(job.task_type), job.asks
    for known in known_answers(job):
        if known.worker_id not in since or known.at > since[known.worker_id]:
            _add(scores[known.worker_id].gold, kind.agreement(known.answer, known.truth, schema))
            if by_category and kind.alike_by is not None:
                _add_each(scores[known.worker_id].gold_by, kind.alike_by(known.answer, known.truth, schema))


def _add_reviews(job: Job, scores: _Scores, most_seconds: float) -> None:
    for judged in reviewed.judge_answers(job, reviewed.reviewed(job), most_seconds):
        if judged.right is None:
            scores[judged.worker_id].open_ += 1
        else:
            _add(scores[judged.worker_id].review, judged.right)
            _add_each(scores[judged.worker_id].review_by, judged.categories)
    for judged in reviewed.judge_answers(job, reviewed.checked(job), most_seconds):
        if judged.right is not None:
            _add(scores[judged.worker_id].checked, judged.right)


class _Most(NamedTuple):
    """How much is compared of answers that take long: objects, those of them whose pictures are read, and the time."""

    objects: int
    pictures: int
    seconds: float


def _beside_labels(job: Job, since: Mapping[int, datetime], most: _Most) -> Iterator[_Given]:
    """Yield the answers that count beside their labels; of those that take long some, spread over the job."""
    kind, until = task_types.get(job.task_type), time.monotonic() + most.seconds
    chosen = spread(job, most.objects) if kind.names is None else None
    pictured = set(evenly(chosen or (), most.pictures)) if kind.has_picture else None
    for rows in _chunks(job, since, chosen):
        objects = {row[0] for row in rows}
        labels = _labels_of(job, objects if pictured is None else objects & pictured)
        compared = [row for row in rows if row[0] in labels]
        answers = iter(put_back_all([(payload, key) for _, _, payload, key, _ in compared]))
        for object_id, worker, payload, _, seconds in rows:
            answer = next(answers) if object_id in labels else None  # None, too, where its picture is lost
            truth = None if answer is None else labels[object_id]
            yield _Given(worker, seconds, payload if answer is None else answer, truth)
            if chosen is not None and time.monotonic() > until:
                return


Row = tuple[int, int, Any, str, float]  # object, worker, answer, its picture's key, seconds


def _chunks(job: Job, since: Mapping[int, datetime], chosen: Sequence[int] | None) -> Iterator[list[Row]]:
    """Yield the answers that count, many at once: all by object, or those to chosen ones, scattered."""
    rows = Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED)
    for worker, at in since.items():
        rows = rows.exclude(assignment__worker=worker, created_at__lte=at)
    columns = ("data_object_id", "assignment__worker_id", "payload", "blob_key", "assignment__seconds")
    ordered = rows.order_by("data_object_id", "id").values_list(*columns)
    if chosen is None:
        yield from _cut(ordered.iterator(chunk_size=READ_CHUNK))
        return
    objects = scattered(chosen)
    size = PICTURES_CHUNK if task_types.get(job.task_type).has_picture else OBJECTS_CHUNK
    for first in range(0, len(objects), size):
        yield list(ordered.filter(data_object__in=objects[first : first + size]))


def _cut(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while chunk := list(islice(rows, READ_CHUNK)):
        yield chunk


def _labels_of(job: Job, object_ids: set[int]) -> dict[int, Answer]:
    """Return what the standing labels say that people of this job made together, but for lost pictures."""
    several = Q(data_object__tasks__job=job, data_object__tasks__answers__gt=1)
    labels = Label.objects.filter(several, job=job, author_kind="human", data_object__in=object_ids)
    rows = list(labels.exclude(state="superseded").values_list("data_object_id", "payload", "blob_key"))
    payloads = put_back_all([(payload, key) for _, payload, key in rows])
    kind, schema = task_types.get(job.task_type), job.asks
    there = zip((row[0] for row in rows), payloads, strict=True)
    return {pk: kind.truth_of(payload, schema) for pk, payload in there if payload is not None}
