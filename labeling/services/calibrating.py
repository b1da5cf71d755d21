"""How sure labels are, learnt from those that customers looked at: a random sample of each batch is reviewed.

A job's confidences are fitted on the verdicts of its project's reviews so far. Without them they are uncalibrated,
and the pages say so.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from batches.models import ObjectFeedback, Verdict
from labeling.consolidation.calibration import fit_calibration
from labeling.models import Job, Label
from labeling.services.answers import answers_of, spread
from projects import task_types

LEAST = 20  # verdicts: below, the unaudited confidence is as good
MOST = 2000  # of the newest
SPREAD = 5000  # labels of the job itself that the few verdicts are weighed against


def calibrated(job: Job, skills: dict[str, Any]) -> dict[str, Any]:
    """Return a job's skills with what reviews taught of how sure its labels are; as given where they teach nothing."""
    kind = task_types.get(job.task_type)
    if kind.evidence is None or not skills or not (audits := audited(job)):
        return skills
    raw, soft, right = _weighed(audits)
    if len(right) < LEAST:
        return skills
    own, own_soft = _chances(job, skills, answers_of(job, spread(job, SPREAD)))
    given = {"audited": np.arange(len(right)), "right": np.array(right, dtype=float)}
    found = fit_calibration(np.array(raw + own), np.array(soft + own_soft), **given)
    return {**skills, "calibration": found.to_json(), "calibrated_on": len(right)}


def audited(job: Job) -> dict[int, dict[int, bool]]:
    """Return by job of the same kind in this project which of its people's labels a review called right.

    Only the objects drawn for a review count, in its round: what customers choose to look at tells nothing of the rest.
    Where two members differ, the label is wrong.
    """
    said = ObjectFeedback.objects.filter(
        verdict__in=(Verdict.RIGHT, Verdict.WRONG),
        data_object__batch__project=job.batch.project_id,
        data_object__sample_round__isnull=False,
    )
    rows = said.order_by("-pk").values_list("data_object", "round", "verdict")[:MOST]
    verdicts: dict[tuple[int, int], bool] = {}
    for of, round_, verdict in rows:
        verdicts[of, round_] = verdicts.get((of, round_), True) and verdict == Verdict.RIGHT
    return _by_job(job, verdicts)


def _by_job(job: Job, verdicts: dict[tuple[int, int], bool]) -> dict[int, dict[int, bool]]:
    """Find the job whose label each verdict is about: the last one of people up to that round."""
    labels = Label.objects.filter(
        data_object__in={of for of, _ in verdicts}, attribute=job.attribute, author_kind="human",
        job__task_type=job.task_type,
    )  # fmt: skip
    made: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for of, round_, job_id in labels.order_by("revision").values_list("data_object", "job__round", "job"):
        made[of].append((round_, job_id))
    found: dict[int, dict[int, bool]] = defaultdict(dict)
    for (of, round_), right in verdicts.items():
        before = [job_id for made_in, job_id in made[of] if made_in <= round_]
        if before:
            found[before[-1]][of] = right
    return dict(found)


def _weighed(audits: dict[int, dict[int, bool]]) -> tuple[list[float], list[float], list[bool]]:
    """Return of all audited labels the model's own chance, the unaudited confidence, and whether it was right."""
    raw: list[float] = []
    soft: list[float] = []
    right: list[bool] = []
    for job in Job.objects.filter(pk__in=audits).select_related("schema").order_by("pk"):
        verdicts = audits[job.pk]
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
    return kind.evidence([one.votes for one in objects], skills, job.asks, [one.object_id for one in objects])
