"""How sure labels are, learnt from those that customers looked at: a random sample of each batch is reviewed.

A job's confidences are fitted on the verdicts of its project's reviews so far. Without them they are uncalibrated,
and the pages say so.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from labeling.consolidation.calibration import fit_calibration
from labeling.models import Job
from labeling.queries_confidence import reviewed_labels
from labeling.services import joining
from labeling.services.anchoring import anchors_of
from labeling.services.answers import answers_of, spread
from projects import task_types

LEAST = 20  # verdicts: below, the unaudited confidence is as good
SPREAD = 5000  # labels of the job itself that the few verdicts are weighed against


def calibrated(job: Job, skills: dict[str, Any]) -> dict[str, Any]:
    """Return a job's skills with what reviews taught of how sure its labels are; as given where they teach nothing."""
    kind = task_types.get(job.task_type)
    if kind.evidence is None or not skills or not (audits := reviewed_labels(job)):
        return skills
    raw, soft, right = _weighed(audits)
    if len(right) < LEAST:
        return skills
    own, own_soft = _chances(job, skills, answers_of(job, spread(job, SPREAD)))
    given = {"audited": np.arange(len(right)), "right": np.array(right, dtype=float)}
    found = fit_calibration(np.array(raw + own), np.array(soft + own_soft), **given)
    return {**skills, "calibration": found.to_json(), "calibrated_on": len(right)}


def _weighed(audits: dict[int, dict[int, bool]]) -> tuple[list[float], list[float], list[bool]]:
    """Return of all audited labels the model's own chance, the unaudited confidence, and whether it was right."""
    raw: list[float] = []
    soft: list[float] = []
    right: list[bool] = []
    for job in Job.objects.filter(pk__in=audits).select_related("schema").order_by("pk"):
        verdicts, anchored = audits[job.pk], {anchor.object_id for anchor in anchors_of(job)}
        # What people were judged by does not tell how sure the labels of other objects are.
        verdicts = {of: verdict for of, verdict in verdicts.items() if of not in anchored}
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
    heard = joining.hear(job, skills, objects)
    return kind.evidence([one.votes for one in heard], skills, job.asks, [one.object_id for one in objects])
