"""Counters that move with what they count: the batch's own and the day's. Pages read them and never count rows."""

from __future__ import annotations

import logging

from django.db.models import Count, F, Q

from batches.models import Batch, BatchDay, DataObject
from groundtruth import clock
from groundtruth.prepared import Prepared

logger = logging.getLogger(__name__)


_add_to_day = Prepared(
    lambda batch, day, **_: BatchDay.objects.filter(batch=batch, day=day),
    lambda batch, day, **deltas: {name: F(name) + delta for name, delta in deltas.items()},
)


def tally_day(batch_id: int, **deltas: float) -> None:
    """Add to today's figures of a batch (columns of BatchDay), in one UPDATE but for the day's first."""
    today = clock.today()
    if not _add_to_day.update(batch=batch_id, day=today, **deltas):
        BatchDay.objects.get_or_create(batch_id=batch_id, day=today)
        _add_to_day.update(batch=batch_id, day=today, **deltas)


def tally_done(batch_id: int, *, human: int = 0, auto: int = 0, agreement: float = 0.0, agreed: int = 0) -> None:
    """Count objects completed for the first time; agreement is a sum over `agreed` objects, each 0..1."""
    Batch.objects.filter(pk=batch_id).update(
        human=F("human") + human, auto=F("auto") + auto, done=F("done") + human + auto
    )
    tally_day(batch_id, human=human, auto=auto, agreement=agreement, agreed=agreed)


def tally_failed(batch_id: int, failed: int) -> None:
    """Count failed objects; a negative number takes failures back when they are tried again."""
    Batch.objects.filter(pk=batch_id).update(failed=F("failed") + failed)
    tally_day(batch_id, failed=failed)


def recount() -> int:
    """Compare every open batch's counters with its rows, mend and log any drift, which is a bug. Each night."""
    drifted = 0
    for batch in Batch.objects.exclude(
        state__in=["data_delivered", "data_transfer_failed", "data_transfer_in_progress"]
    ):
        true = DataObject.objects.filter(batch=batch).aggregate(
            total=Count("pk"),
            failed=Count("pk", filter=~Q(failure="")),
            human=Count("pk", filter=Q(done_by="human")),
            auto=Count("pk", filter=Q(done_by="auto")),
        )
        true["done"] = true["human"] + true["auto"]
        held = {name: getattr(batch, name) for name in true}
        if held != true and Batch.objects.filter(pk=batch.pk, **held).update(**true):
            drifted += 1
            logger.error("batch counters had drifted", extra={"batch": batch.pk, "held": held, "true": true})
    return drifted
