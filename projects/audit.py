"""The audit log: who did what, appended inside the transaction that did it, sealed into a hash chain by a chore."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.db import transaction
from django.db.models import Max, Model

from groundtruth import clock
from groundtruth.http import current_request_id
from groundtruth.states import moved
from projects.models import AuditEvent, DataGrant, Project

AUDITED = ("projects.project", "batches.batch", "labeling.job", "batches.delivery")  # tasks are their own history
SEAL_CHUNK = 500


def record(verb: str, by: Any, target: Model | None = None, *, project: Project | None = None, **data: Any) -> None:
    """Append one event. `data` is plain JSON and holds no secret, no payload and no object's content."""
    project = project or _project_of(target)
    AuditEvent.objects.create(
        at=clock.now(),
        actor_id=getattr(by, "pk", None),
        actor=str(by or "system")[:254],
        organization_id=project.organization_id if project else getattr(target, "organization_id", None),
        project_id=project.pk if project else None,
        verb=verb,
        target_type=target._meta.label_lower if target is not None else "",
        target_id=target.pk if target is not None else None,
        request_id=current_request_id.get(),
        data=data,
    )


def _project_of(target: Model | None) -> Project | None:
    """Follow the row up to its project: by its own key, or by its batch's."""
    row: Any = target
    if isinstance(row, Project | None):
        return row
    if isinstance(row, DataGrant) or hasattr(row, "project_id"):
        return row.project
    return row.batch.project if hasattr(row, "batch_id") else None


def listen() -> None:
    """Record every move of an audited row, so that no call can be forgotten."""
    moved.connect(_record_moves, dispatch_uid="audit")


def _record_moves(sender: Any, rows: Any, event: str, by: Any, left: str, entered: str, **_: Any) -> None:
    if sender._meta.label_lower in AUDITED:
        for row in rows:
            record(event, by, row, left=left, entered=entered)


def event_hash(event: AuditEvent, prev_hash: str) -> str:
    """Return SHA-256 over the event's content, its number and the hash before."""
    content = [
        prev_hash, event.sealed_no, event.at.isoformat(), event.actor_id, event.actor, event.organization_id,
        event.project_id, event.verb, event.target_type, event.target_id, event.request_id, event.data,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def seal() -> int:
    """Number and hash what was appended since, in chunks; return how many. Two at once: the unique number stops one.

    Numbers, not ids, make the chain: PostgreSQL commits ids out of order.
    """
    count = 0
    while chunk := list(AuditEvent.objects.filter(hash="").order_by("id")[:SEAL_CHUNK]):
        with transaction.atomic():
            number = AuditEvent.objects.aggregate(n=Max("sealed_no"))["n"] or 0
            last = AuditEvent.objects.filter(sealed_no=number).values_list("hash", flat=True).first() or ""
            for event in chunk:
                number += 1
                event.sealed_no, event.prev_hash = number, last
                last = event_hash(event, last)
                AuditEvent.objects.filter(pk=event.pk, hash="").update(
                    sealed_no=number, prev_hash=event.prev_hash, hash=last
                )
        count += len(chunk)
    return count


def verify_chain() -> list[str]:
    """Walk the sealed chain and return what is wrong with it, a sentence each; empty is good."""
    problems, last, expected = [], "", 1
    for event in AuditEvent.objects.exclude(hash="").order_by("sealed_no").iterator():
        if event.sealed_no != expected:
            problems.append(f"Event {expected} is missing.")
            expected = event.sealed_no or expected
        if event.prev_hash != last or event.hash != event_hash(event, event.prev_hash):
            problems.append(f"Event {event.sealed_no} was changed, or the one before it.")
        last, expected = event.hash, expected + 1
    return problems
