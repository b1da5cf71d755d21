"""Putting the picture of an answer or a label into the store, before the transaction that keeps the rest.

A key holds its picture's digest, so that the same picture is stored once and storing it again changes nothing.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from django.conf import settings

from batches.models import Batch
from groundtruth.states import Invalid
from groundtruth.storage import StoreError, get_store, object_address
from labeling.pictures import DIGEST, INNER, OUTER, value_in, with_picture
from projects.task_types import TaskType


def folder_of(batch: Batch) -> str:
    """Return the prefix of a batch's pictures; a deletion removes it."""
    return f"{batch.project.prefix}answers/{batch.public_id}/"


def find_folder(job_id: int) -> str:
    return folder_of(Batch.objects.select_related("project").get(jobs=job_id))


def put_aside(payload: dict[str, Any], folder: str) -> tuple[dict[str, Any], str]:
    """Store the picture of a checked answer or a label; return the payload without it and its key ("": none).

    Raises Invalid where the store does not take it now: the answer stays with its worker and is sent again.
    """
    part = value_in(payload)
    if part is None or INNER not in part[OUTER]:
        return payload, ""
    data = b64decode(part[OUTER][INNER])
    key = f"{folder}{sha256(data).hexdigest()[:DIGEST]}.png"
    try:
        get_store().put(object_address(settings.GROUNDTRUTH_BUCKET, key), data, "image/png")
    except StoreError as problem:
        raise Invalid(f"The picture could not be stored. Try again in a moment. ({problem})") from problem
    return with_picture(payload, part, {name: value for name, value in part[OUTER].items() if name != INNER}), key


def keeper(kind: TaskType, find: Callable[[], str]) -> Callable[[dict[str, Any]], tuple[dict[str, Any], str]]:
    """Return what puts a type's pictures aside; for types without any it does nothing and asks nothing."""
    if not kind.has_picture:
        return lambda payload: (payload, "")
    folder = find()
    return lambda payload: put_aside(payload, folder)
