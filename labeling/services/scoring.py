"""How each of a job's people did: agreement with its labels, by category, their pace, and habits to look at.

Alone, a worker agrees with themselves: only objects of two answers or more count. Habits are told of jobs of one
category an object.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db.models import Q

from labeling.consolidation.habits import Answers, find_habits
from labeling.models import Annotation, Job, Label
from labeling.services.answers import spread
from labeling.services.gold import known_answers
from labeling.states import COUNTED
from projects import task_types

READ_CHUNK = 2000  # answers whose labels are fetched at once
MOST_OBJECTS = 1000  # spread over the job, of types whose answers take long to compare, as drawings do
MOST_ANSWERS = 200_000  # of the latest, in which habits are looked for


@dataclass
class Score:
    """One worker's answers beside the labels; a right one adds 1, others what they share with the label.

    categories: by the label's category number, [right, seen]; of types of one category an object. gold: [right, seen]
    where the right answer is known.
    """

    worker: int
    right: float = 0.0
    seen: int = 0
    seconds: list[float] = field(default_factory=list)
    gold: list[float] = field(default_factory=lambda: [0.0, 0])
    categories: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0]))

    def add(self, agreement: float, category: int | None) -> None:
        self.right += agreement
        self.seen += 1
        if category is not None:
            self.categories[str(category)][0] += agreement
            self.categories[str(category)][1] += 1

    def report(self) -> dict[str, Any]:
        """Return the score as JSON; seconds is the median of an answer's, None where none is known."""
        return {
            "worker": self.worker,
            "right": round(self.right, 6),
            "seen": self.seen,
            "seconds": round(float(np.median(self.seconds)), 1) if self.seconds else None,
            "categories": dict(sorted(self.categories.items())),
            "gold": {"right": round(self.gold[0], 6), "seen": self.gold[1]},
        }


def scores_of(job: Job, since: Mapping[int, datetime] | None = None) -> list[dict[str, Any]]:
    """Return the score of each worker who has one, by worker's id; of those in `since` by their answers from then on.

    While a job runs its labels are the ones of the moment.
    """
    kind, schema, since = task_types.get(job.task_type), job.asks, since or {}
    scores: dict[int, Score] = {}
    for rows in _chunks(job, since):
        labels = _labels_of(job, {row[0] for row in rows})
        for object_id, worker, payload, seconds in rows:
            score = scores.setdefault(worker, Score(worker))
            if seconds > 0:
                score.seconds.append(seconds)
            if object_id in labels and not kind.has_picture:
                label = labels[object_id]
                agreement = kind.agreement(payload, kind.answer_of(label, schema), schema)
                score.add(agreement, label if _names_one(job) else None)
    for known in known_answers(job):
        if known.worker_id in since and known.at <= since[known.worker_id]:
            continue
        score = scores.setdefault(known.worker_id, Score(known.worker_id))
        score.gold[0] += kind.agreement(known.answer, known.truth, schema)
        score.gold[1] += 1
    return [scores[worker].report() for worker in sorted(scores) if scores[worker].seen or scores[worker].gold[1]]


def _names_one(job: Job) -> bool:
    """Tell whether a label is one category's number."""
    return task_types.get(job.task_type).learner == "classes"


def _chunks(job: Job, since: Mapping[int, datetime]) -> Iterator[list[tuple[int, int, Any, float]]]:
    """Yield (object, worker, answer, seconds) of the answers that count, many at once, by object."""
    rows = Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED)
    for worker, at in since.items():
        rows = rows.exclude(assignment__worker=worker, created_at__lte=at)
    if not _names_one(job):
        rows = rows.filter(data_object__in=spread(job, MOST_OBJECTS))
    columns = ("data_object_id", "assignment__worker_id", "payload", "assignment__seconds")
    chunk: list[tuple[int, int, Any, float]] = []
    for row in rows.order_by("data_object_id", "id").values_list(*columns).iterator(chunk_size=READ_CHUNK):
        chunk.append(row)
        if len(chunk) == READ_CHUNK:
            yield chunk
            chunk = []
    yield chunk


def _labels_of(job: Job, object_ids: set[int]) -> dict[int, Any]:
    """Return the standing labels that people of this job made together."""
    several = Q(data_object__tasks__job=job, data_object__tasks__answers__gt=1)
    labels = Label.objects.filter(several, job=job, author_kind="human", data_object__in=object_ids)
    return dict(labels.exclude(state="superseded").values_list("data_object_id", "payload"))


def habits_of(job: Job) -> list[dict[str, Any]]:
    """Return the habits of a job's people as JSON: worker's id, what, values, ids of objects, chance."""
    names = task_types.get(job.task_type).names
    if names is None or not _names_one(job):
        return []
    rows = (
        Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED).order_by("-pk")
    )
    columns = ("data_object_id", "assignment__worker_id", "payload", "assignment__seconds")
    numbers = {name: number for number, name in enumerate(job.asks.categories)}
    said = [(*row[:2], *names(row[2]), row[3]) for row in rows.values_list(*columns)[:MOST_ANSWERS]][::-1]
    known = [(*row[:2], numbers[row[2]], row[3]) for row in said if len(row) == 4 and row[2] in numbers]
    if not known:
        return []
    objects, places = np.unique([row[0] for row in known], return_inverse=True)
    workers, people = np.unique([row[1] for row in known], return_inverse=True)
    votes = np.column_stack([places, people, [row[2] for row in known]]).astype(np.int64)
    seconds = np.array([row[3] for row in known], dtype=float)
    found = find_habits(Answers(votes, seconds, len(objects), len(workers), len(numbers)))
    return [_plain(habit, objects, workers) for habit in found]


def _plain(habit: Any, objects: np.ndarray, workers: np.ndarray) -> dict[str, Any]:
    values = dict(habit.values)
    if "other" in values:
        values["other"] = int(workers[values["other"]])
    return {
        "worker": int(workers[habit.worker]),
        "what": habit.what,
        "values": values,
        "objects": [int(objects[number]) for number in habit.objects],
        "chance": habit.chance,
    }
