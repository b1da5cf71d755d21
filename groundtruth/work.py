"""Chores: rows are the truth, the queue is a doorbell. Everything that knows django-q2.

A service calls `ring(row)` in its transaction; after the commit the queue holds `advance(label, id)`. `advance` takes
the row's lease, counting the attempt before the work, and calls what `<app>/chores.py` registered for the model.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django_q.tasks import async_task

from groundtruth import clock

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 5
_chores: dict[str, Callable[[Any], bool | None]] = {}
_last_words: dict[str, Callable[[Any, str], None]] = {}


class GiveUp(Exception):
    """A chore that can never succeed says why; it is not tried again."""


FOR_PEOPLE = ("", "StoreError", "BadAddress", "Missing", "Changed", "Denied", "Unreachable")  # kinds of error


def sentence_of(error: str) -> str:
    """Return what a customer may read of a row's `last_error`: a sentence that was written for people.

    "" for any other error, which is a fault of ours: its words may tell of this machine, and operations read them.
    """
    found = re.match(r"([A-Za-z_]\w*): ", error)
    kind = found[1] if found else ""
    return error.removeprefix(f"{kind}: ") if kind in FOR_PEOPLE else ""


class Later(Exception):
    """A chore that waits for something outside says for what: no failure of its own, and tried again without end."""

    AFTER = timedelta(minutes=1)


class WorkRow(models.Model):
    """A row that a chore advances: its outbox entry, its lease and its log in one."""

    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    last_error = models.TextField(blank=True, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    rung = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True

    @property
    def gave_up(self) -> bool:
        """Whether the chore is not tried again until somebody rings by hand."""
        return self.done_at is None and self.attempts > MAX_ATTEMPTS

    @property
    def told_error(self) -> str:
        """What a customer may read of the error, see `sentence_of`."""
        return sentence_of(self.last_error)

    WAITS = Q(done_at=None, attempts=0) & ~Q(last_error="")  # for something outside, see Later


def advances(model: type[WorkRow], gave_up: Callable[[Any, str], None] | None = None) -> Any:
    """Register the function that advances a row of `model`, and what to do with the row when all attempts failed.

    It returns True (or None) when the row is done, False when there will be more to do: then the lease is given back
    and the next ring or sweep goes on. It may be killed anywhere and run again.
    """
    if gave_up is not None:
        _last_words[model._meta.label_lower] = gave_up

    def register(function: Callable[[Any], bool | None]) -> Callable[[Any], bool | None]:
        _chores[model._meta.label_lower] = function
        return function

    return register


def ring(row: WorkRow) -> None:
    """After the commit, tell the cluster that this row has work. Many rings before the chore starts are one."""
    model = type(row)
    if model._default_manager.filter(pk=row.pk, rung=False).update(rung=True):
        label, pk = model._meta.label_lower, row.pk
        transaction.on_commit(lambda: _queue(label, pk))


def ring_again(row: WorkRow) -> None:
    """Start over a row that is done or has given up: attempts from nought, and a ring."""
    type(row)._default_manager.filter(pk=row.pk).update(
        attempts=0, lease_until=None, done_at=None, last_error="", rung=False
    )
    ring(row)


def _queue(label: str, pk: int) -> None:
    async_task("groundtruth.work.advance", label, pk, cluster=getattr(apps.get_model(label), "CLUSTER", None))


def advance(label: str, pk: int) -> str:
    """Advance one row, if nobody else has it. The only function that is queued, but for schedules."""
    model: Any = apps.get_model(label)
    row = _lease(model, pk)
    if row is None:
        return "busy or done"
    if row.attempts > MAX_ATTEMPTS:
        return _give_up(model, row, row.last_error or "It was killed or ran out of time at each attempt.")
    try:
        more = _chores[label](row) is False
    except GiveUp as why:
        return _give_up(model, row, str(why))
    except Later as why:
        _release(model, row, attempts=0, last_error=str(why)[:2000], lease_until=clock.now() + Later.AFTER)
        return "later"
    except Exception as error:  # whatever it is, the row keeps it, is tried again, and operations see it
        logger.exception("chore failed", extra={"row": label, "id": pk})
        _release(model, row, last_error=f"{type(error).__name__}: {error}"[:2000], lease_until=_retry_at(row.attempts))
        return "failed"
    _release(model, row, attempts=0, last_error="", **({} if more else {"done_at": clock.now()}))
    return "more" if more else "done"


def _give_up(model: Any, row: WorkRow, why: str) -> str:
    label = model._meta.label_lower
    logger.error("chore gave up", extra={"row": label, "id": row.pk, "why": why})
    _release(model, row, attempts=MAX_ATTEMPTS + 1, last_error=why[:2000])
    if label in _last_words:
        _last_words[label](row, why)
    return f"gave up: {why}"


def _lease(model: Any, pk: int) -> Any:
    """Take the lease by one conditional UPDATE, attempt counted, and return the row; None if it is not to be had."""
    now = clock.now()
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    took = model._default_manager.filter(free, pk=pk, done_at=None, attempts__lte=MAX_ATTEMPTS).update(
        attempts=F("attempts") + 1, lease_until=now + timedelta(seconds=settings.CHORE_LEASE_SECONDS), rung=False
    )
    return model._default_manager.get(pk=pk) if took else None


def _release(model: Any, row: WorkRow, **values: Any) -> None:
    """Give the lease back, only while it is ours: a chore that overran must not undo its successor's."""
    values.setdefault("lease_until", None)
    mine = model._default_manager.filter(pk=row.pk, lease_until=row.lease_until)
    if mine.update(**values) and values["lease_until"] is None and "done_at" not in values:
        pending = model._default_manager.filter(pk=row.pk, rung=True, done_at=None, attempts__lte=MAX_ATTEMPTS)
        if pending.exists():  # rung while we held the lease: that doorbell found us busy
            _queue(model._meta.label_lower, row.pk)


def keep(row: WorkRow) -> None:
    """Lengthen the lease of a long chore between two of its chunks. Raises LeaseLost if somebody took it over."""
    until = clock.now() + timedelta(seconds=settings.CHORE_LEASE_SECONDS)
    held = type(row)._default_manager.filter(pk=row.pk, lease_until=row.lease_until)
    if not held.update(lease_until=until, attempts=1):
        raise LeaseLost("Another worker took this chore over.")
    row.lease_until = until


class LeaseLost(Exception):
    """The chore ran past its lease and somebody else goes on with it."""


def _retry_at(attempts: int) -> Any:
    return clock.now() + timedelta(seconds=min(5 * 3 ** (attempts - 1), 300))


def sweep() -> int:
    """Ring for every row that waits and nobody has: a lost queue, a killed chore, a failed attempt. Every minute."""
    now, count = clock.now(), 0
    for model in (m for m in apps.get_models() if issubclass(m, WorkRow)):
        free = Q(lease_until=None) | Q(lease_until__lte=now)
        due = model._default_manager.filter(free, done_at=None, attempts__lte=MAX_ATTEMPTS)
        for pk in list(due.order_by("pk").values_list("pk", flat=True)[:500]):
            model._default_manager.filter(pk=pk).update(rung=True)
            _queue(model._meta.label_lower, pk)
            count += 1
    return count
