"""A batch that rules have looked at, with what they found and what others said of it, as stored rows."""

from __future__ import annotations

from batches.models import Batch, DataObject
from groundtruth import clock
from labeling.models import Finding, Job, Label, LoopRun, StepKind
from tests.factories import make_job, make_running_batch

OBJECTS = 12


class Found:
    """A batch of which the rules looked at all labels: six unlikely ones, of which others found three wrong."""

    def __init__(self) -> None:
        self.batch: Batch = make_running_batch(texts=tuple(f"text {n}" for n in range(OBJECTS)))
        label = make_job(self.batch)
        self.look: Job = make_job(self.batch, kind=StepKind.VALIDATE, position=2, team=label.team)
        self.verify: Job = make_job(self.batch, kind=StepKind.VERIFY, position=3, team=label.team)
        Job.objects.filter(batch=self.batch).update(state="Completed")
        thresholds = {"unlikely": 0.9}
        LoopRun.objects.create(
            job=self.look,
            kind="check",
            report={"labels": OBJECTS, "thresholds": thresholds, "notes": ["A rule failed."]},
        )
        for row in DataObject.objects.filter(batch=self.batch).order_by("ordinal"):
            made = Label.objects.create(
                data_object=row, attribute="kind", job=label, payload=0, confidence=0.9, method="vote"
            )
            if row.ordinal < 6:
                self.find(made, row.ordinal)

    def find(self, label: Label, place: int) -> None:
        is_sent = place < 5
        Finding.objects.create(
            job=self.look, label=label, rule="unlikely", severity=0.99 - place / 100,
            detail={"what": "other", "label": "bird", "likelier": "plane"}, sent="worst" if is_sent else "",
            is_wrong=place < 3 if is_sent else None, resolved_at=clock.now() if is_sent else None,
        )  # fmt: skip
