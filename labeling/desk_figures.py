"""Beside the day's work: figures of right now, the next calls, batches in progress, what was settled today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.db.models import Min, Q, Sum

from batches.models import Batch, BatchDay
from batches.states import LABELLING
from groundtruth import clock
from groundtruth.work import MAX_ATTEMPTS
from labeling.desk_failures import work_models
from labeling.models import Assignment, Task
from labeling.states import IN_HAND
from projects.models import AuditEvent, Project, User
from workforce.models import Worker, WorkerStatus

ONLINE_WITHIN = timedelta(minutes=5)
SHOWN = 6


@dataclass(frozen=True)
class Now:
    """Figures of this minute. `week`: answers of the last seven days, today last."""

    online: int
    workers: int
    answers_today: int
    week: Sequence[int]
    open_tasks: int
    held: int
    oldest_chore: datetime | None


def right_now() -> Now:
    """Return the figures, from daily sums and partial indices: no annotation is counted."""
    now = clock.now()
    in_hand = Assignment.objects.filter(state__in=IN_HAND)
    online = in_hand.filter(last_seen_at__gte=now - ONLINE_WITHIN).values("worker").distinct().count()
    days = {
        row["day"]: row["n"]
        for row in BatchDay.objects.filter(day__gt=clock.today() - timedelta(days=7))
        .values("day")
        .annotate(n=Sum("labels"))
    }
    week = [days.get(clock.today() - timedelta(days=ago), 0) for ago in range(6, -1, -1)]
    return Now(
        online=online,
        workers=Worker.objects.filter(status=WorkerStatus.ACTIVE).count(),
        answers_today=week[-1],
        week=week,
        open_tasks=Task.objects.filter(state="open", open_slots__gt=0).count(),
        held=in_hand.count(),
        oldest_chore=_oldest_chore(),
    )


def _oldest_chore() -> datetime | None:
    """Return since when the longest waiting chore waits; not of jobs and fits, which may run for weeks."""
    waiting = Q(done_at=None, attempts__lte=MAX_ATTEMPTS)
    brief = [model for model in work_models() if model._meta.app_label != "labeling"]
    oldest = [model._default_manager.filter(waiting).aggregate(at=Min("created_at"))["at"] for model in brief]
    return min((at for at in oldest if at), default=None)


def next_calls() -> list[Project]:
    """Return the projects whose consultations come next, from this morning on."""
    morning = datetime.combine(clock.today(), time(), UTC)
    rows = Project.objects.filter(closed_at=None, consultation_at__gte=morning).select_related("organization", "owner")
    return list(rows.order_by("consultation_at")[:SHOWN])


def batches_in_progress() -> list[Batch]:
    """Return the batches being labelled, the oldest first."""
    rows = Batch.objects.filter(state__in=LABELLING, closed_at=None).select_related("project__organization")
    return list(rows.order_by("state_since")[:SHOWN])


def settled_today() -> Any:
    """Return what people of operations did today, newest first: a QuerySet of audit events."""
    morning = datetime.combine(clock.today(), time(), UTC)
    staff = User.objects.filter(is_staff=True).values("pk")
    return AuditEvent.objects.filter(at__gte=morning, actor_id__in=staff).exclude(project_id=None).order_by("-at")
