"""How sure labels are, learnt from those that customers looked at: a random sample of each batch is reviewed.

A job's confidences are fitted on the verdicts of its project's reviews so far. Without them they are uncalibrated,
and the pages say so. Classes are settled with what was learnt; the figures of other types are calibrated by `apply`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from groundtruth.work import keep
from labeling.consolidation.calibration import Calibration, fit_calibration
from labeling.consolidation.parts_calibration import Judged, calibrate_figures, fit_to_verdicts
from labeling.models import Job, LoopRun
from labeling.queries_confidence import reviewed_labels
from labeling.services import hooks
from labeling.services.anchoring import anchors_of
from labeling.services.answers import Answers, answers_of, chunk_of, spread
from labeling.services.settling import settle_by_type, voices
from projects import task_types
from projects.task_types import Settled, TaskType

LEAST = 20  # verdicts: below, the unaudited confidence is as good
SPREAD = 5000  # labels of the job itself that the few verdicts are weighed against
JUDGED, PICTURES = 500, 100  # verdicts, the newest: two numbers need no more, and drawings take long to settle
CHUNK = 100
DOUBTED = 0.49  # at most, of a part less than half believed: where most labels are wrong all figures come to 0.5


def calibrated(job: Job, skills: dict[str, Any], run: LoopRun | None = None) -> dict[str, Any]:
    """Return a job's skills with what reviews taught of how sure its labels are; as given where they teach nothing.

    run: whose lease is kept meanwhile.
    """
    kind = task_types.get(job.task_type)
    if (not skills and kind.weight is not None) or hooks.has_post(job) or not (audits := reviewed_labels(job)):
        return skills
    found, count = _learn_classes(job, skills, audits) if kind.evidence else _learn_figures(kind, audits, run)
    if found is None:
        return skills
    return {**skills, "calibration": found.to_json(), "calibrated_on": count}


def _audited(audits: dict[int, dict[int, bool]]) -> Iterator[tuple[Job, dict[int, bool]]]:
    """Yield each job, with the verdicts on those of its labels that tell how sure those of other objects are."""
    for job in Job.objects.filter(pk__in=audits).select_related("schema").order_by("pk"):
        anchored = {anchor.object_id for anchor in anchors_of(job)}  # people were judged by these
        yield job, {of: verdict for of, verdict in audits[job.pk].items() if of not in anchored}


# --- classes --------------------------------------------------------------------------------------------


def _learn_classes(
    job: Job, skills: dict[str, Any], audits: dict[int, dict[int, bool]]
) -> tuple[Calibration | None, int]:
    raw, soft, right = _weighed(audits)
    if len(right) < LEAST:
        return None, 0
    own, own_soft = _chances(job, skills, answers_of(job, spread(job, SPREAD)))
    given = {"audited": np.arange(len(right)), "right": np.array(right, dtype=float)}
    return fit_calibration(np.array(raw + own), np.array(soft + own_soft), **given), len(right)


def _weighed(audits: dict[int, dict[int, bool]]) -> tuple[list[float], list[float], list[bool]]:
    """Return of all audited labels the model's own chance, the unaudited confidence, and whether it was right."""
    raw: list[float] = []
    soft: list[float] = []
    right: list[bool] = []
    for job, verdicts in _audited(audits):
        objects = answers_of(job, sorted(verdicts))
        if not job.skills or not objects:
            continue
        own, unaudited = _chances(job, job.skills, objects)
        raw, soft = raw + own, soft + unaudited
        right += [verdicts[one.object_id] for one in objects]
    return raw, soft, right


def _chances(job: Job, skills: dict[str, Any], objects: Any) -> tuple[list[float], list[float]]:
    kind = task_types.get(job.task_type)
    assert kind.evidence is not None
    heard = voices(job, objects, skills)
    return kind.evidence([one.votes for one in heard], skills, job.asks, [one.object_id for one in objects])


# --- other types ----------------------------------------------------------------------------------------


def _learn_figures(
    kind: TaskType, audits: dict[int, dict[int, bool]], run: LoopRun | None
) -> tuple[Calibration | None, int]:
    judged: list[Judged] = []
    for job, verdicts in _audited(_newest(audits, PICTURES if kind.has_picture else JUDGED)):
        if not hooks.has_post(job):
            judged += _judged(job, verdicts, run)
    return (fit_to_verdicts(judged), len(judged)) if len(judged) >= LEAST else (None, 0)


def _newest(audits: dict[int, dict[int, bool]], most: int) -> dict[int, dict[int, bool]]:
    """Return the verdicts on at most so many objects, the last to come."""
    last = set(sorted(of for verdicts in audits.values() for of in verdicts)[-most:])
    return {job: {of: right for of, right in verdicts.items() if of in last} for job, verdicts in audits.items()}


def _judged(job: Job, verdicts: dict[int, bool], run: LoopRun | None) -> Iterator[Judged]:
    """Yield the uncalibrated figures of audited labels, as the job's answers and skills give them."""
    kind, ids, size = task_types.get(job.task_type), sorted(verdicts), chunk_of(job, CHUNK)
    for first in range(0, len(ids), size):
        objects = answers_of(job, ids[first : first + size])
        for one, settled in zip(objects, settle_by_type(job, objects, job.skills), strict=True):
            parts = kind.parts.read(settled.payload) if kind.parts else []
            if _is_computed(one, settled) and (kind.parts is None or kind.parts.tells(parts)):
                yield Judged(parts or [settled.confidence], not parts, verdicts[one.object_id])
        if run is not None:
            keep(run)


def _is_computed(answers: Answers, settled: Settled) -> bool:
    return len(answers.votes) > 1 and settled.confidence > 0


def apply(
    job: Job, objects: Sequence[Answers], settled: Sequence[Settled], skills: dict[str, Any]
) -> Sequence[Settled]:
    """Return settled answers with what `calibrated` learnt of the figures of types other than classes.

    Who asks others where a label is unsure sees the figures before this. 0.0 stays: nothing was computed.
    """
    kind = task_types.get(job.task_type)
    if "calibration" not in skills or kind.evidence is not None:
        return settled
    found = Calibration.from_json(skills["calibration"])
    return [
        _surer(kind, one, found) if _is_computed(of, one) else one for of, one in zip(objects, settled, strict=True)
    ]


def _surer(kind: TaskType, settled: Settled, found: Calibration) -> Settled:
    parts = kind.parts.read(settled.payload) if kind.parts else []
    sure = calibrate_figures(found, parts or [settled.confidence], is_whole=not parts)
    if parts and kind.parts and kind.parts.may_doubt:
        sure = [min(now, DOUBTED) if was < 0.5 else now for was, now in zip(parts, sure, strict=True)]
    payload = kind.parts.write(settled.payload, sure if parts else [], sure[0]) if kind.parts else settled.payload
    written = kind.parts.read(payload) if kind.parts and parts else sure
    return replace(settled, payload=payload, confidence=round(sum(written) / len(written), 6))
