"""What the batch page tells of confidence: what it was learnt from, and how right labels were by what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import Batch, ObjectFeedback, Verdict
from groundtruth.charts import Chart, Point, Text, reliability_chart
from labeling.consolidation.calibration import expected_calibration_error
from labeling.models import Job, Label, StepKind
from labeling.states import BY_FUNCTION
from labeling.validation.precision import Outcome, precision_of
from projects import task_types

GROUP = 12  # labels at least that a point of the curve stands for
POINTS = 6
MOST = 2000  # verdicts of a project, the newest


@dataclass(frozen=True)
class Confidence:
    """What is known of a batch's confidences, in words, and a curve once labels were reviewed."""

    stands: str
    error: str  # "" until labels were reviewed
    chart: Chart | None


def confidence_of(batch: Batch) -> Confidence | None:
    """Return what to tell of the batch's last labelling; None where no confidence is computed."""
    job = Job.objects.filter(batch=batch, kind=StepKind.LABEL).order_by("-position").first()
    if job is None or job.workers_each == 1 or not _computes(job):
        return None
    said = _reviewed(job)
    return Confidence(_stands(job), _error(said), _chart(said) if len(said) >= GROUP else None)


def _computes(job: Job) -> bool:
    """Tell whether the job's labels have confidences of ours: not where a function of its own makes them."""
    if task_types.get(job.task_type).evidence is not None:
        return bool(job.skills)
    labels = Label.objects.filter(job=job, author_kind="human", confidence__gt=0)
    return labels.exclude(method=BY_FUNCTION).exists()


def learns_of_people(job: Job) -> bool:
    """Tell whether the job's skills say something of its people, and not of its labels' confidences alone."""
    return bool(job.skills.keys() - {"calibration", "calibrated_on"})


def _stands(job: Job) -> str:
    return " ".join(filter(None, (_calibrated(job), _judged_by(job))))


def _judged_by(job: Job) -> str:
    if not (count := job.skills.get("known_objects", 0)):
        return ""
    said = ngettext(
        "People were also judged by their answers to %(n)s object whose truth is known.",
        "People were also judged by their answers to %(n)s objects whose truth is known.",
        count,
    )
    return said % {"n": f"{count:,}"}


def _calibrated(job: Job) -> str:
    count = job.skills.get("calibrated_on", 0)
    if not count:
        return _("Uncalibrated: when they were written, too few labels of this project had been reviewed.")
    said = ngettext(
        "Calibrated on %(n)s reviewed label of this project.",
        "Calibrated on %(n)s reviewed labels of this project.",
        count,
    )
    return said % {"n": f"{count:,}"}


def reviewed_labels(job: Job) -> dict[int, dict[int, bool]]:
    """Return by job of the same kind in this project which of its people's labels a review called right, by object.

    Only what was drawn for a batch's first review counts, and the verdicts of that: what customers choose to look at
    tells nothing of the rest, nor do the objects of a rework. Where two members differ, the label is wrong.
    """
    said = ObjectFeedback.objects.filter(
        verdict__in=(Verdict.RIGHT, Verdict.WRONG),
        round=1,
        data_object__batch__project=job.batch.project_id,
        data_object__sample_round__isnull=False,
    )
    verdicts: dict[int, bool] = {}
    for of, verdict in said.order_by("-pk").values_list("data_object", "verdict")[:MOST]:
        verdicts[of] = verdicts.get(of, True) and verdict == Verdict.RIGHT
    labels = Label.objects.filter(data_object__in=list(verdicts), attribute=job.attribute, job__round=1)
    columns = ("data_object", "job", "job__task_type", "author_kind")
    last = {of: made for of, *made in labels.order_by("revision").values_list(*columns)}
    found: dict[int, dict[int, bool]] = {}
    for of, (job_id, task_type, author) in last.items():
        if (task_type, author) == (job.task_type, "human"):  # else the verdict is on what others made of it
            found.setdefault(job_id, {})[of] = verdicts[of]
    return found


class Reviewed(NamedTuple):
    """A label that a review judged. said: the chance that all of its parts are right; parts: how many it has."""

    said: float
    right: bool
    parts: int


def _reviewed(job: Job) -> list[Reviewed]:
    """Return this job's labels that a review judged, where the verdict tells whether what they say is right."""
    verdicts, kind = reviewed_labels(job).get(job.pk, {}), task_types.get(job.task_type)
    labels = Label.objects.filter(job=job, data_object__in=list(verdicts)).order_by("revision")
    columns = ("data_object", "confidence", *(["payload"] if kind.parts else []))
    last = {of: told for of, *told in labels.values_list(*columns)}
    found = []
    for of in sorted(verdicts):
        parts = kind.parts.read(last[of][1]) if kind.parts else []
        if last[of][0] > 0 and (kind.parts is None or kind.parts.tells(parts)):
            found.append(Reviewed(prod(parts) if parts else last[of][0], verdicts[of], len(parts)))
    return found


def _error(said: Sequence[Reviewed]) -> str:
    if not said:
        return ""
    confidence, right = np.array([one.said for one in said]), np.array([float(one.right) for one in said])
    words = {
        "said": f"{100 * confidence.mean():.1f}\N{NO-BREAK SPACE}%",
        "right": f"{100 * right.mean():.1f}\N{NO-BREAK SPACE}%",
        "gap": f"{100 * expected_calibration_error(confidence, right):.1f}",
        "n": f"{len(said):,}",
    }
    compared = _("Said %(said)s, right %(right)s of %(n)s reviewed; on average %(gap)s points apart.") % words
    of_parts = _("What a label of several parts said is the chance that all of them are right.")
    return f"{compared} {of_parts}" if any(one.parts > 1 for one in said) else compared


def _chart(said: Sequence[Reviewed]) -> Chart:
    """Draw how many were right by what they said: groups of about as many labels each."""
    rows = sorted(said)
    count = max(min(POINTS, len(rows) // GROUP), 1)
    points = []
    for part in np.array_split(np.arange(len(rows)), count):
        some = [rows[place] for place in part.tolist()]
        found = precision_of([Outcome(one.said, one.right) for one in some])
        mean = float(np.mean([one.said for one in some]))
        share = found.share or 0.0
        points.append(Point(round(mean, 3), round(share, 3), low=round(found.low, 3), high=round(found.high, 3)))
    text = Text(
        _("How sure, and how right"), _("share right, by the confidence said"),
        _("A point stands for as many reviewed labels as each other; the lines are 95 % intervals."), key="confidence",
    )  # fmt: skip
    return reliability_chart(text, points)
