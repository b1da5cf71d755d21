"""Who is paused on which job."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from groundtruth.prepared import Prepared
from labeling.models import Job, WorkerPause

_open = Prepared(
    lambda job, worker: WorkerPause.objects.filter(job=job, worker=worker, lifted_at=None).values_list("pk")[:1]
)


def is_paused(has_pauses: bool, job_id: int, worker_id: int) -> bool:
    """Whether this worker is handed nothing of this job; costs nothing in a job where nobody ever was paused."""
    return has_pauses and _open.first(job=job_id, worker=worker_id) is not None


def paused_jobs(worker_id: int, jobs: Iterable[Job]) -> set[int]:
    """Return which of these jobs the worker is paused on, by one statement at most."""
    wanted = [job.pk for job in jobs if job.has_pauses]
    rows = WorkerPause.objects.filter(job__in=wanted, worker=worker_id, lifted_at=None)
    return set(rows.values_list("job", flat=True)) if wanted else set()


def open_pauses(job_id: Any) -> QuerySet[WorkerPause]:
    """Return the pauses of a job that hold, or of an OuterRef to one."""
    return WorkerPause.objects.filter(job=job_id, lifted_at=None)
