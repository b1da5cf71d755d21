"""Writes of the app `workforce`."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F

from groundtruth import clock
from groundtruth.states import Invalid
from projects.audit import record
from projects.notices import notify
from workforce.models import Team, Worker, WorkerQuality, WorkerStatus

MOST_KEYS = 200
NAMED_KEYS = {"Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown"}


def record_quality(task_type: str, judged: dict[int, tuple[float, int]]) -> None:
    """Add to workers' records, in the caller's transaction.

    judged: by worker id, (sum of agreements with settled labels, of how many answers).
    """
    for worker_id, (right, seen) in judged.items():
        row, _ = WorkerQuality.objects.get_or_create(worker_id=worker_id, task_type=task_type)
        WorkerQuality.objects.filter(pk=row.pk).update(right=F("right") + right, seen=F("seen") + seen)


def add_worker(email: str, name: str, teams: list[Team], by: Any) -> Worker:
    """Make somebody a worker of these teams and mail them how to set a password and begin.

    Raises Invalid if there is no team, the teams are of several vendors, or the person works elsewhere already.
    """
    vendors = {team.vendor_id for team in teams}
    if len(vendors) != 1:
        raise Invalid("Choose at least one team, all of the same vendor.")
    with transaction.atomic():
        user_model = get_user_model()
        user = user_model.objects.filter(email=email.strip().lower()).first()
        user = user or user_model.objects.create_user(email, name=name)
        worker, new = Worker.objects.get_or_create(user=user, defaults={"vendor": teams[0].vendor})
        if worker.vendor_id not in vendors:
            raise Invalid(f"{user} works for {worker.vendor} already.")
        worker.teams.add(*teams)
        record("add worker", by, worker, teams=[str(team) for team in teams])
        if new:
            notify(f"worker-{worker.pk}", user.email, "worker_welcome", user=user.pk)
    return worker


def agree_to_terms(worker: Worker) -> None:
    """Record that the worker agreed to the non-disclosure terms; an invited one may begin."""
    with transaction.atomic():
        mine = Worker.objects.filter(pk=worker.pk, status=WorkerStatus.INVITED)
        if mine.update(nda_at=clock.now(), status=WorkerStatus.ACTIVE):
            record("agree to terms", worker.user, worker)


def set_keys(worker: Worker, keys: Any) -> dict[str, str]:
    """Store a worker's own keys: by the key that an act has in itself, the one that stands for it. Raises Invalid.

    The two sides hold the same keys, so that each has one act and none is lost.
    """
    if not isinstance(keys, dict) or len(keys) > MOST_KEYS or not all(map(_is_key, [*keys, *keys.values()])):
        raise Invalid("Keys are letters, digits, signs, or named as Delete is.")
    if sorted(keys) != sorted(keys.values()):
        raise Invalid("Every key stands for one act.")
    Worker.objects.filter(pk=worker.pk).update(keys=keys)
    return keys


def _is_key(key: Any) -> bool:
    is_sign = isinstance(key, str) and len(key) == 1 and key.isprintable() and not key.isspace()
    return is_sign or (isinstance(key, str) and key in NAMED_KEYS)


def disable(worker: Worker, by: Any) -> None:
    """Give a worker no new tasks; what they hold goes back when its time is over."""
    with transaction.atomic():
        if (
            Worker.objects.filter(pk=worker.pk)
            .exclude(status=WorkerStatus.DISABLED)
            .update(status=WorkerStatus.DISABLED)
        ):
            record("disable worker", by, worker)


def enable(worker: Worker, by: Any) -> None:
    """Let a disabled worker work again; without the terms agreed to they are invited to agree first."""
    status = WorkerStatus.ACTIVE if worker.nda_at else WorkerStatus.INVITED
    with transaction.atomic():
        if Worker.objects.filter(pk=worker.pk, status=WorkerStatus.DISABLED).update(status=status):
            record("enable worker", by, worker)
