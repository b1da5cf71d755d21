"""Instructions that a job wants read before the first task with them: who has read which version.

Kept as events of the audit log: each is written once, counts for good, and tells operations when it was.
"""

from __future__ import annotations

from labeling.models import Job
from projects.audit import record
from projects.models import AuditEvent
from workforce.models import Worker

VERB = "read instructions"


def to_read(worker: Worker, job: Job) -> str:
    """Return which instructions this worker has to read before a task of the job; "" where there are none to."""
    if not job.read_first or _read(worker, job.schema_id):
        return ""
    return str(job.schema_id)


def note_read(worker: Worker, job: Job) -> None:
    """Note that a worker says to have read a job's instructions: in whatever job with the same ones."""
    if not _read(worker, job.schema_id):
        record(VERB, worker.user, worker, schema=job.schema_id)


def _read(worker: Worker, schema_id: int) -> bool:
    mine = AuditEvent.objects.filter(target_type=worker._meta.label_lower, target_id=worker.pk, verb=VERB)
    return mine.filter(data__schema=schema_id).exists()
