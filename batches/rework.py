"""What goes back to people: objects that the customer called wrong, and failed ones that can be shown by now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import transaction

from batches.metrics import tally_failed
from batches.models import Batch, DataObject, ObjectFeedback, Verdict
from batches.references import THREADS, Grants, Look, look_at
from batches.sources import TransferFailed, modality_of
from groundtruth import clock
from groundtruth.states import Refused, move
from groundtruth.storage import StoreError
from projects.audit import record
from projects.notices import notify_project

CHUNK = 1000  # objects looked at, or written, at once


def send_for_rework(batch: Batch, by: Any) -> None:
    """Send a rejected batch back to people: what was called wrong, and what failed and can be shown by now.

    They get new tasks in a new round. Raises Refused where there is neither.
    """
    wrong = ObjectFeedback.objects.filter(data_object__batch=batch, round=batch.round, verdict=Verdict.WRONG)
    wrong = wrong.filter(data_object__failure="")  # what has no label is none that is wrong
    mended = look_anew(batch)
    if not mended and not wrong.exists():
        raise Refused("No object was called wrong. Agree with the customer which objects to rework, and mark them.")
    with transaction.atomic():
        batch.round += 1
        for ids in _chunks(clear_failures(batch, by, mended)):
            DataObject.objects.filter(pk__in=ids).update(sample_round=batch.round)  # they are shown in its review
        move(batch, "rework", by, round=batch.round, state_since=clock.now(), with_feedback=0)
        notify_project(
            f"rework-{batch.pk}-{batch.round}", batch.project, "batch_rework", batch=batch.name, batch_slug=batch.slug
        )


def look_anew(batch: Batch) -> list[int]:
    """Look at the files of failed objects as the transfer did; return the ids of the objects that can be shown now.

    The others go on failing, for the reason of today, and what a limit left out stays so. Asks the store, so never in
    a transaction. Raises Refused while the store does not answer.
    """
    failed = DataObject.objects.filter(batch=batch).mendable().order_by("ordinal")
    rows = list(failed.only("pk", "source_ref", "media_type", "failure", "width", "height", "depth"))
    try:
        looks = _looks([row.source_ref for row in rows], batch)
    except StoreError as problem:
        raise Refused("The store of the files does not answer now. Try again in some minutes.") from problem
    for row, look in zip(rows, looks, strict=True):
        _note(row, look)
    return [row.pk for row, look in zip(rows, looks, strict=True) if not look.problem]


def _note(row: DataObject, look: Look) -> None:
    """Keep what is new about a failed object, unless somebody took it back meanwhile."""
    found: dict[str, Any] = {"failure": look.problem[:300] or row.failure}
    found |= {"media_type": look.media_type or row.media_type}
    found |= {"width": look.width, "height": look.height, "depth": look.depth}
    if found != {name: getattr(row, name) for name in found}:
        DataObject.objects.filter(pk=row.pk).mendable().update(**found)


def _looks(references: Sequence[str], batch: Batch) -> list[Look]:
    grants, modality = Grants(batch.project), modality_of(batch.project)

    def look(uri: str) -> Look:
        try:
            return look_at(uri, grants, modality) if uri else Look()  # a text in the manifest is always there
        except TransferFailed as limit:
            return Look(problem=str(limit))

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(look, references))


def clear_failures(batch: Batch, by: Any, ids: Sequence[int]) -> list[int]:
    """Take back that these objects failed, so that they can be tried again; return those that had.

    In the caller's transaction.
    """
    cleared: list[int] = []
    for some in _chunks(ids):
        rows = DataObject.objects.filter(batch=batch, pk__in=some).mendable()
        held = list(rows.select_for_update().values_list("pk", flat=True))
        DataObject.objects.filter(pk__in=held).update(failure="")
        cleared += held
    if cleared:
        tally_failed(batch.pk, -len(cleared))
        record("retry failed objects", by, batch, objects=len(cleared))
    return cleared


def first_failure(batch: Batch) -> str:
    """Return why the batch's first failed object cannot be shown; "" where none failed but for a limit."""
    failed = DataObject.objects.filter(batch=batch).mendable().order_by("ordinal")
    return failed.values_list("failure", flat=True).first() or ""


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
