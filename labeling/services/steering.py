"""Who is handed what first: objects on which people differed go to those who are right oftener, while there are others.

A worker who is right less often than half of the job's people is handed such an object when nothing else is left.
"""

from __future__ import annotations

from functools import lru_cache
from statistics import median

from labeling.consolidation.joined import is_model
from labeling.models import Job
from projects import task_types

HARD = -2  # the priority of an object on which people, or people and machine, differ: before all others
LOWEST = -(2**15)  # any priority


def floor_of(job_id: int, skills_from: int, asks_more: bool, worker_id: int) -> int:
    """Return the lowest priority of tasks that this worker is handed while there are others.

    skills_from: the answers from which the job's skills were learnt, by which these are known again.
    """
    if not asks_more:
        return LOWEST
    better = _better(job_id, skills_from)
    return LOWEST if better is None or worker_id in better else HARD + 1


@lru_cache(maxsize=200)
def _better(job_id: int, skills_from: int) -> frozenset[int] | None:
    """Return the better half of a job's workers, by what its answers taught of them; None where they taught nothing."""
    job = Job.objects.only("skills", "task_type").get(pk=job_id)
    kind = task_types.get(job.task_type)
    if kind.weight is None:
        return None
    workers = [str(name) for name in job.skills.get("workers", ()) if not is_model(str(name))]
    weights = {name: weight for name in workers if (weight := kind.weight(job.skills, name)) is not None}
    if not weights:
        return None
    usual = median(weights.values())
    return frozenset(int(name) for name, weight in weights.items() if weight >= usual)
