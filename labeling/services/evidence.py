"""What people said of a job's objects as a loop sees it, and which of them speak for the rest.

Reports name objects by ordinal and never by row: rows move as an object joins that was lost at first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labeling.autolabel import loop
from labeling.consolidation.votes import mix_bits, salt_seed
from labeling.models import Job, LoopRun, Task
from labeling.services.taking_over import FIRST
from labeling.services.teaching import taught_by_people


@dataclass(frozen=True)
class Rows:
    """The objects of a job as rows of the feature matrices, by ordinal: their tasks, states and ordinals."""

    tasks: np.ndarray
    objects: np.ndarray
    ordinals: np.ndarray
    pooled: np.ndarray  # bool
    forced: np.ndarray  # bool: given to people by operations

    @classmethod
    def of(cls, job: Job) -> Rows:
        found = Task.objects.filter(job=job, round=1).order_by("data_object__ordinal")
        rows = list(found.values_list("pk", "data_object_id", "data_object__ordinal", "state", "priority"))
        tasks, objects, ordinals = (np.array([row[n] for row in rows], dtype=np.int64) for n in range(3))
        pooled = np.array([row[3] == "pooled" for row in rows], dtype=bool)
        return cls(tasks, objects, ordinals, pooled, np.array([row[4] == FIRST for row in rows], dtype=bool))


def first_sample(job: Job, ordinals: np.ndarray) -> np.ndarray:
    """Return the objects that people label first, by ordinal, in random order.

    Each object draws its own place: one that joins later, tried again, changes the others' places by none.
    """
    drawn = mix_bits(ordinals.astype(np.uint64) ^ salt_seed(job.pk))
    return ordinals[np.argsort(drawn)[: loop.first_size(len(ordinals))]]


def known_of(job: Job, rows: Rows, before: LoopRun | None) -> loop.Known:
    """Return what people said of every row that they were asked about, None where they gave no label, and which of
    these calibrate: the random ones that still stand.
    """
    said = taught_by_people(job)
    known = np.flatnonzero(~rows.pooled).tolist()
    # The first sample is not all that was asked: operations may have given objects to people meanwhile.
    random = first_sample(job, rows.ordinals) if before is None else before.report["calibrating"]
    calibrates = np.isin(rows.ordinals[known], np.array(random, dtype=np.int64))
    left = np.isin(rows.ordinals[known], left_pool(rows, before)) & ~calibrates
    answers = [said.get(int(rows.objects[row])) for row in known]
    return loop.Known(np.array(known, dtype=np.int64), answers, calibrates, left)


def left_pool(rows: Rows, before: LoopRun | None) -> np.ndarray:
    """Return the ordinals of what left the pool since the run before, and not since it was unsure of them: what
    operations gave to people, and what people checked of proposals that were not written.
    """
    if before is None:
        return rows.ordinals[rows.forced]
    left = np.union1d(rows.ordinals[rows.forced], np.array(before.report.get("checking", ()), dtype=np.int64))
    return np.setdiff1d(left, np.array(before.report.get("left", ()), dtype=np.int64))


def why_sample_failed(known: loop.Known) -> str:
    """Return why the first sample stops the job; "" where it does not."""
    labelled = [answer is not None for answer, of_it in zip(known.answers, known.calibrates, strict=True) if of_it]
    failed, of = len(labelled) - sum(labelled), len(labelled)
    if not of or failed / of <= loop.FAIL_SHARE:
        return ""
    return f"{failed:,} of the first {of:,} objects got no label; more than {loop.FAIL_SHARE:.0%} stop the job."


def still_calibrating(rows: Rows, known: loop.Known, retired: np.ndarray, drawn: np.ndarray) -> list[int]:
    """Return the ordinals of the objects that calibrate from now on."""
    stay = np.setdiff1d(known.rows[known.calibrates], retired)
    return np.sort(rows.ordinals[np.concatenate([stay, drawn]).astype(np.int64)]).tolist()
