"""What people said of a job's objects, as its learner takes it."""

from __future__ import annotations

from typing import Any

from labeling.models import Job, Label
from labeling.pictures import put_back_all
from labeling.services.answers import chunk_of
from projects import task_types

TEACH_CHUNK = 10_000  # labels read at once; few, where each is a large picture


def taught_by_people(job: Job) -> dict[int, Any]:
    """Return the answer to learn from by object, of every object that has a label of people.

    One whose picture is lost, or lies where it cannot be read, has none. Raises StoreError where the store is away.
    """
    kind, schema = task_types.get(job.task_type), job.asks
    assert kind.teach is not None
    labels = Label.objects.filter(job=job, attribute=job.attribute, author_kind="human").exclude(state="superseded")
    rows = list(labels.order_by("data_object_id").values_list("data_object_id", "pk"))
    size = chunk_of(job, TEACH_CHUNK)
    found: dict[int, Any] = {}
    for first in range(0, len(rows), size):
        some = dict(rows[first : first + size])
        given = list(Label.objects.filter(pk__in=some.values()).values_list("data_object_id", "payload", "blob_key"))
        payloads = put_back_all([(payload, key) for _, payload, key in given])
        for (object_id, _, _), payload in zip(given, payloads, strict=True):
            if payload is not None:
                found[object_id] = kind.teach(payload, schema)
    return found
