"""What customers wish of the machine."""

from __future__ import annotations

from labeling.models import Job
from projects.models import MachineWish, Project


def refuses_machine(job: Job) -> bool:
    """Ask anew: the customer may refuse at any time."""
    return Project.objects.filter(pk=job.batch.project_id, machine_wish=MachineWish.REFUSE).exists()
