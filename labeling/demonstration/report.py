"""What the demonstration came to: counts from the tables, accuracy from the delivered file, against scikit-learn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from batches.delivery import MANIFEST, open_place
from batches.models import Batch, Delivery
from groundtruth.storage import Address, get_store
from labeling.demonstration.digits import number_of, truth_of
from labeling.demonstration.subject import Subject
from labeling.models import Annotation, Job, Label


@dataclass(frozen=True)
class Outcome:
    """The line that a script reads. Accuracies are shares of 0 to 1; `accuracy` is that of the delivered labels."""

    objects: int
    delivered: int
    failed: int
    human_answers: int
    people_accuracy: float
    accuracy: float
    machine_labels: int  # of the delivered ones
    machine_accuracy: float
    promise: float  # the share of machine labels that has to be right
    seconds: float
    manifest: str  # its path on disk, or its address where the store is another server

    def as_json(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class SoFar:
    """What the progress line shows while people work."""

    done: int
    total: int
    failed: int
    answers: int
    accuracy: float | None


def outcome(batch: Batch, seconds: float) -> Outcome:
    """Return the result of a delivered batch, its labels read back from the manifest in the customer's bucket."""
    place = _manifest(batch)
    text = get_store().read(place).decode()
    labels, machine = _delivered_labels(batch, text), _delivered_labels(batch, text, by_machine=True)
    answers, right = _answers(batch)
    return Outcome(
        objects=batch.total,
        delivered=len(labels),
        failed=batch.failed,
        human_answers=answers,
        people_accuracy=_share(right, answers),
        accuracy=_share(_right(labels), len(labels)),
        machine_labels=len(machine),
        machine_accuracy=_share(_right(machine), len(machine)),
        promise=Job.objects.filter(batch=batch).order_by("position")[0].target,
        seconds=round(seconds, 1),
        manifest=place.uri
        if settings.GROUNDTRUTH_S3
        else str(Path(settings.GROUNDTRUTH_STORE_ROOT) / place.bucket / place.key),
    )


def so_far(batch: Batch, subject: Subject) -> SoFar:
    """Return how far a batch is, and how right its labels are as they stand."""
    current = Label.objects.filter(data_object__batch=batch).exclude(state="superseded")
    labels = list(current.values_list("data_object__source_ref", "data_object__source_text", "payload"))
    truth = subject.truths([(ref, text) for ref, text, _ in labels])
    right = sum(subject.categories[said] == is_ for (_, _, said), is_ in zip(labels, truth, strict=True))
    answers = Annotation.objects.for_labels().filter(data_object__batch=batch).count()
    return SoFar(batch.done, batch.total, batch.failed, answers, _share(right, len(labels)) if labels else None)


def _share(right: int, of: int) -> float:
    return round(right / of, 4) if of else 0.0


def _right(labels: Mapping[int, str]) -> int:
    truth = truth_of(list(labels))
    return sum(said == is_ for said, is_ in zip(labels.values(), truth, strict=True))


def _manifest(batch: Batch) -> Address:
    delivery = (
        Delivery.objects.filter(batch=batch, state="complete")
        .select_related("batch__project__organization")
        .latest("round")
    )
    job = Job.objects.filter(batch=batch).order_by("position")[0]
    return open_place(delivery, job.name).file(MANIFEST)


def _delivered_labels(batch: Batch, manifest: str, *, by_machine: bool = False) -> dict[int, str]:
    """Return the label of each object that has one, or has it from the machine, by the digit's number."""
    attribute = Job.objects.filter(batch=batch).order_by("position")[0].attribute
    lines: list[dict[str, Any]] = [json.loads(line) for line in manifest.splitlines()]
    told = ((line["source-ref"], line.get(f"{attribute}-metadata", {})) for line in lines)
    wanted = ("no",) if by_machine else ("yes", "no")
    return {number_of(ref): about["class-name"] for ref, about in told if about.get("human-annotated") in wanted}


def _answers(batch: Batch) -> tuple[int, int]:
    """Return how many answers people gave, and how many of them were right."""
    rows = list(
        Annotation.objects.for_labels()
        .filter(data_object__batch=batch)
        .values_list("data_object__source_ref", "payload")
    )
    said = [next(iter(payload.values()))["label"] for _, payload in rows]
    truth = truth_of([number_of(ref) for ref, _ in rows])
    return len(rows), sum(a == b for a, b in zip(said, truth, strict=True))
