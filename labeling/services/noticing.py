"""Habits of a job's people that are worth a look: which answers are given to the tests of consolidation, and how."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from django.db.models import QuerySet

from labeling.consolidation.habits import Answers, Habit, find_habits
from labeling.consolidation.whole_habits import Wholes, find_drawn_habits, find_whole_habits
from labeling.models import Annotation, Job
from labeling.states import COUNTED
from projects import task_types

MOST_ANSWERS = 200_000  # of the latest, in which habits are looked for
MOST_WHOLES = 40_000  # the same, where each may be a large drawing
MOST_SECONDS = 30  # for reading these: of drawings of hundreds of shapes some thousands
READ_CHUNK = 500
CHANGED = "initialValueModified"  # what a tool says that began with a label: whether anything was changed


def habits_of(job: Job, *, most_seconds: float = MOST_SECONDS) -> list[dict[str, Any]]:
    """Return the habits of a job's people as JSON: worker's id, what, values, ids of objects, chance.

    most_seconds: for reading answers that may be large, the latest first.
    """
    return _of_categories(job) if task_types.get(job.task_type).names_one else _of_wholes(job, most_seconds)


def _answers(job: Job) -> QuerySet[Annotation]:
    counted = Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED)
    return counted.order_by("-pk")


def _of_categories(job: Job) -> list[dict[str, Any]]:
    names = task_types.get(job.task_type).names
    assert names is not None
    columns = ("data_object_id", "assignment__worker_id", "payload", "assignment__seconds")
    numbers = {name: number for number, name in enumerate(job.asks.categories)}
    said = [(*row[:2], *names(row[2]), row[3]) for row in _answers(job).values_list(*columns)[:MOST_ANSWERS]][::-1]
    known = [(*row[:2], numbers[row[2]], row[3]) for row in said if len(row) == 4 and row[2] in numbers]
    if not known:
        return []
    objects, places = np.unique([row[0] for row in known], return_inverse=True)
    workers, people = np.unique([row[1] for row in known], return_inverse=True)
    votes = np.column_stack([places, people, [row[2] for row in known]]).astype(np.int64)
    seconds = np.array([row[3] for row in known], dtype=float)
    found = find_habits(Answers(votes, seconds, len(objects), len(workers), len(numbers)))
    return [_plain(habit, objects, workers) for habit in found]


def _latest_wholes(job: Job, most_seconds: float) -> Iterator[tuple[int, int, float, str, bool]]:
    """Yield object, worker, seconds, digest, and whether the tool began with it, the latest answer first."""
    until = time.monotonic() + most_seconds
    columns = (
        "data_object_id", "assignment__worker_id", "assignment__seconds", "payload", "blob_key",
        "assignment__task__proposal",
    )  # fmt: skip
    latest = _answers(job).values_list(*columns)[:MOST_WHOLES]
    for object_id, worker, seconds, payload, key, proposal in latest.iterator(chunk_size=READ_CHUNK):
        yield object_id, worker, seconds, digest_of(payload, key), _is_begun(payload, proposal)
        if time.monotonic() > until:
            return


def _of_wholes(job: Job, most_seconds: float) -> list[dict[str, Any]]:
    rows = list(_latest_wholes(job, most_seconds))[::-1]
    if not rows:
        return []
    objects, places = np.unique([row[0] for row in rows], return_inverse=True)
    workers, people = np.unique([row[1] for row in rows], return_inverse=True)
    given = Wholes(
        objects=places,
        workers=people,
        answers=np.unique([row[3] for row in rows], return_inverse=True)[1],
        seconds=np.array([row[2] for row in rows], dtype=float),
        begun=np.array([row[4] for row in rows], dtype=bool),
        n_objects=len(objects),
        n_workers=len(workers),
    )
    kind = task_types.get(job.task_type)
    is_drawn = kind.modality == "image" and kind.names is None and kind.alike_by is not None
    found = find_drawn_habits(given) if is_drawn else find_whole_habits(given)
    return [_plain(habit, objects, workers) for habit in found]


def digest_of(payload: Any, blob_key: str = "") -> str:
    """Return what two answers share if they are the same, whatever the order of their keys. A picture's key holds its
    digest.
    """
    text = json.dumps(payload, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(f"{text}\n{PurePosixPath(blob_key).name}".encode()).hexdigest()[:32]


def _is_begun(payload: Any, proposal: Any) -> bool:
    """Tell whether an answer is what the tool began with, as far as that is known."""
    parts: Sequence[Any] = list(payload.values()) if isinstance(payload, dict) else ()
    if any(isinstance(part, dict) and part.get(CHANGED) is False for part in parts):
        return True
    return proposal is not None and digest_of(payload) == digest_of(proposal)


def _plain(habit: Habit, objects: np.ndarray, workers: np.ndarray) -> dict[str, Any]:
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
