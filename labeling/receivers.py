"""What a move in a lower app means here: a batch that starts gets its jobs, and a review judges its people."""

from __future__ import annotations

from typing import Any

from batches.models import Batch
from groundtruth.states import moved
from labeling.services import jobs, measuring


def listen() -> None:
    moved.connect(_batch_moved, sender=Batch, dispatch_uid="labeling.batch")


def _batch_moved(sender: Any, rows: list[Batch], event: str, by: Any, **_: Any) -> None:
    for batch in rows:
        if event == "start":
            jobs.create_jobs(batch, by)
        elif event == "rework":
            jobs.create_rework(batch, by)
        elif event == "store_review":
            measuring.begin_again(batch)
        elif event == "resume":
            jobs.wake(batch)
