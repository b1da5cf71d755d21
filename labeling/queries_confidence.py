"""What the batch page tells of confidence: what it was learnt from, and how right labels were by what they said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import Batch, ObjectFeedback, Verdict
from groundtruth.charts import Chart, Point, Text, reliability_chart
from labeling.consolidation.calibration import expected_calibration_error
from labeling.models import Job, Label, StepKind
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
    if job is None or not job.skills or task_types.get(job.task_type).evidence is None or job.workers_each == 1:
        return None
    said = _reviewed(job)
    return Confidence(_stands(job), _error(said), _chart(said) if len(said) >= GROUP else None)


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
    labels = Label.objects.filter(
        data_object__in=list(verdicts), attribute=job.attribute, author_kind="human", job__task_type=job.task_type,
        job__round=1,
    )  # fmt: skip
    last = dict(labels.order_by("revision").values_list("data_object", "job"))
    found: dict[int, dict[int, bool]] = {}
    for of, job_id in last.items():
        found.setdefault(job_id, {})[of] = verdicts[of]
    return found


def _reviewed(job: Job) -> list[tuple[float, bool]]:
    """Return confidence and verdict of this job's labels that a review judged."""
    verdicts = reviewed_labels(job).get(job.pk, {})
    labels = Label.objects.filter(job=job, data_object__in=list(verdicts)).order_by("revision")
    confidence = dict(labels.values_list("data_object", "confidence"))
    return [(confidence[of], verdicts[of]) for of in sorted(verdicts)]


def _error(said: Sequence[tuple[float, bool]]) -> str:
    if not said:
        return ""
    confidence, right = np.array([one for one, _right in said]), np.array([float(good) for _one, good in said])
    words = {
        "said": f"{100 * confidence.mean():.1f}\N{NO-BREAK SPACE}%",
        "right": f"{100 * right.mean():.1f}\N{NO-BREAK SPACE}%",
        "gap": f"{100 * expected_calibration_error(confidence, right):.1f}",
        "n": f"{len(said):,}",
    }
    return _("Said %(said)s, right %(right)s of %(n)s reviewed; on average %(gap)s points apart.") % words


def _chart(said: Sequence[tuple[float, bool]]) -> Chart:
    """Draw how many were right by what they said: groups of about as many labels each."""
    rows = sorted(said)
    count = max(min(POINTS, len(rows) // GROUP), 1)
    points = []
    for part in np.array_split(np.arange(len(rows)), count):
        some = [rows[place] for place in part.tolist()]
        found = precision_of([Outcome(confidence, right) for confidence, right in some])
        mean = float(np.mean([confidence for confidence, _right in some]))
        share = found.share or 0.0
        points.append(Point(round(mean, 3), round(share, 3), low=round(found.low, 3), high=round(found.high, 3)))
    text = Text(
        _("How sure, and how right"), _("share right, by the confidence said"),
        _("A point stands for as many reviewed labels as each other; the lines are 95 % intervals."), key="confidence",
    )  # fmt: skip
    return reliability_chart(text, points)
