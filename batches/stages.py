"""Stages of a project that hang on its batches: the pilot's beginning and end, and the end of production.

They stand here and not in `projects`, because a project knows nothing of batches.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q

from batches.models import Batch
from groundtruth import clock
from groundtruth.states import Refused, move
from projects.models import Project, Stage

BEFORE_DATA = ("request_submitted", "data_transfer_in_progress", "data_transfer_failed")


def start_pilot(project: Project, by: Any) -> None:
    """Begin the pilot of a project that is set up. Raises Refused without a batch whose data is here, or Conflict."""
    batches = Batch.objects.filter(project=project, closed_at=None)
    here = batches.exclude(state__in=BEFORE_DATA).exclude(state="paused", state_before_pause__in=BEFORE_DATA)
    if not here.exists():
        raise Refused("The pilot begins with data: no batch of this project has been received yet.")
    _move(project, "start_pilot", by)


def finish_pilot(project: Project, by: Any) -> None:
    """End the pilot. Raises Refused while a pilot batch is neither delivered nor closed, or Conflict."""
    _refuse_unless_settled(project, Stage.PILOT)
    _move(project, "finish_pilot", by)


def finish(project: Project, by: Any) -> None:
    """End production, and so the project. Raises Refused while a batch is neither delivered nor closed, or Conflict."""
    _refuse_unless_settled(project, Stage.PRODUCTION)
    _move(project, "finish", by)


def _refuse_unless_settled(project: Project, stage: str) -> None:
    """A batch whose transfer failed ended there: it can neither be delivered nor closed, and holds nothing up."""
    batches = Batch.objects.filter(project=project, stage=stage)
    settled = Q(state="data_delivered") | Q(closed_at__isnull=False)
    if not batches.filter(settled).exists():
        raise Refused("No batch of this stage has been delivered or closed.")
    ended = settled | Q(state="data_transfer_failed")
    open_still = batches.exclude(ended).order_by("created_at").first()
    if open_still:
        raise Refused(
            f"The batch “{open_still.name}” is “{open_still.get_state_display()}”. Deliver or close it first."
        )


def _move(project: Project, event: str, by: Any) -> None:
    with transaction.atomic():
        if Project.objects.select_for_update().get(pk=project.pk).closed_at:
            raise Refused("This project was closed.")
        move(project, event, by, state_since=clock.now())
