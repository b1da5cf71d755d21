"""The answers of a job's objects, as consolidation takes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from labeling.models import Annotation, Job, Task
from labeling.pictures import put_back_all
from labeling.states import COUNTED
from projects import task_types
from projects.task_types import Vote

PICTURES_CHUNK = 20  # objects with an answer of some hundred kB by each worker
SHAPES_CHUNK = 100  # objects on which people may have drawn hundreds of things
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Answers:
    """The answers of one object."""

    object_id: int
    votes: tuple[Vote, ...]


def chunk_of(job: Job, usual: int) -> int:
    """Return how many objects to settle at once: few, where an answer is a large picture or many shapes."""
    kind = task_types.get(job.task_type)
    if kind.has_picture:
        return PICTURES_CHUNK
    return min(usual, SHAPES_CHUNK) if kind.reads_item else usual


def spread(job: Job, most: int) -> list[int]:
    """Return the ids of at most so many objects that have all their answers, spread evenly over the job."""
    answered = Task.objects.filter(job=job, state__in=("answered", "done")).order_by("data_object_id")
    return evenly(list(answered.values_list("data_object_id", flat=True)), most) if most else []


def evenly(ids: Sequence[int], most: int) -> list[int]:
    """Return at most so many, spread evenly."""
    count = min(most, len(ids))
    return [ids[place * len(ids) // count] for place in range(count)]


def scattered(ids: Sequence[int]) -> list[int]:
    """Return the same in an order of which every beginning is spread over all, by multiples of the golden ratio."""
    return [ids[place] for place in sorted(range(len(ids)), key=lambda place: place * GOLDEN % 1)]


def votes_of(job: Job, object_ids: Sequence[int] | None = None) -> Iterable[tuple[int, Vote]]:
    """Yield (object id, vote) of the answers that count, in a fixed order; those of given objects with pictures."""
    rows = Annotation.objects.for_labels().filter(assignment__task__job=job, assignment__state__in=COUNTED)
    if object_ids is not None:
        rows = rows.filter(data_object__in=object_ids)
    columns = ("data_object_id", "assignment__worker_id", "payload", "blob_key")
    found = rows.order_by("data_object_id", "id").values_list(*columns)
    if object_ids is None:
        for object_id, worker_id, payload, _ in found.iterator(chunk_size=5000):
            yield object_id, Vote(str(worker_id), payload)
        return
    given = list(found)
    payloads = put_back_all([(payload, key) for _, _, payload, key in given])
    for (object_id, worker_id, _, _), payload in zip(given, payloads, strict=True):
        if payload is not None:  # its picture is lost: the others' answers count
            yield object_id, Vote(str(worker_id), payload)


def answers_of(job: Job, object_ids: Sequence[int]) -> Sequence[Answers]:
    """Return the objects that have answers, each with its votes, by object id."""
    grouped: dict[int, list[Vote]] = defaultdict(list)
    for object_id, vote in votes_of(job, object_ids):
        grouped[object_id].append(vote)
    return [Answers(pk, tuple(votes)) for pk, votes in sorted(grouped.items())]


def agreement_among(job: Job, answers: Answers, left_out: Collection[tuple[int, int]]) -> float | None:
    """Return how far an object's answers agree, the mean over pairs, 0 to 1; None for one alone.

    left_out: answers that have no part in a label, by object and worker: they have none in this.
    """
    kind, schema = task_types.get(job.task_type), job.asks
    votes = [vote for vote in answers.votes if (answers.object_id, int(vote.worker)) not in left_out]
    pairs = [kind.agreement(one.answer, other.answer, schema) for one, other in combinations(votes, 2)]
    return sum(pairs) / len(pairs) if pairs else None
