"""What the pages tell of a batch's automated labelling: where it stands, what it promises, what it spares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import Batch
from groundtruth.charts import Chart, Point, Text, line_chart
from labeling.models import Assignment, FeatureChunk, Job, LoopRun, RunKind
from labeling.prelabel_queries import Prelabelled, in_percent, prelabelled
from labeling.states import COUNTED, JOB_RUNNING

TIMED = 500  # answers whose time tells how long one takes


@dataclass(frozen=True)
class Saved:
    """Hours of work that the machine spares: likely, and within which bounds (95 %)."""

    hours: float
    low: float
    high: float


@dataclass(frozen=True)
class Machine:
    """A job's loop as the customer and operations see it; what is not known yet is empty."""

    stands: str
    is_done: bool
    note: str
    words: Sequence[str]
    target: str  # in per cent, as the next one, `expected` and `low`: "" where nothing is known yet
    probability: str
    threshold: float | None
    expected: str
    low: str
    judged_on: int
    checked: dict[str, Any] | None
    human: int
    proposed: int
    total: int
    forecast: Sequence[int]
    saved: Saved | None
    prelabelled: Prelabelled | None
    chart: Chart | None

    @property
    def share(self) -> float:
        """Return the share of the objects that the machine labels as things stand."""
        return self.proposed / self.total if self.total else 0.0


def features_made(batch: Batch) -> tuple[int, int, str]:
    """Return how many chunks of features are made, of how many, and what the first one says that gave up."""
    rows = list(FeatureChunk.objects.filter(batch=batch).only("done_at", "attempts", "last_error"))
    lost = next((row.last_error for row in rows if row.gave_up), "")
    return sum(row.done_at is not None for row in rows), len(rows), lost


def machine_of(batch: Batch) -> Machine | None:
    """Return the loop of the batch's newest job that has one, or was refused one; None where nobody wanted it."""
    jobs = Job.objects.filter(batch=batch).defer("skills").order_by("-position")
    job = next((job for job in jobs if job.machine_labels or job.machine_note), None)
    if job is None:
        return None
    runs = list(LoopRun.objects.filter(job=job, kind=RunKind.LEARN).order_by("iteration"))
    told = [run for run in runs if "proposed" in run.report]
    last = told[-1].report if told else {}
    proposed = last.get("proposed", 0) if job.machine_labels or batch.auto else 0
    return Machine(
        stands=_stands(job, runs, last),
        is_done=_is_done(job, last),
        note=job.machine_note,
        words=last.get("words", []),
        target=in_percent(job.target),
        probability=in_percent(job.probability),
        threshold=last.get("threshold"),
        expected=in_percent(last.get("quality")),
        low=in_percent(last.get("low")),
        judged_on=last.get("judged_on", 0),
        checked=last.get("check"),
        human=last.get("human", 0),
        proposed=proposed,
        total=job.planned,
        forecast=last.get("forecast", ()),
        saved=_saved(job, proposed),
        prelabelled=prelabelled(job),
        chart=_chart(job, told) if len(told) > 1 else None,
    )


def _is_done(job: Job, last: dict[str, Any]) -> bool:
    return job.state not in JOB_RUNNING or last.get("finished") == "sure"


def _stands(job: Job, runs: Sequence[LoopRun], last: dict[str, Any]) -> str:
    """Say in a sentence what goes on."""
    if not job.machine_labels:
        return _("People label all that is left.") if last else _("People label all of it.")
    if _is_done(job, last):
        return _("Done: the machine has labelled what it is sure of.")
    if any(run.done_at is None for run in runs):
        made, of, _lost = features_made(job.batch)
        if made < of:
            return _("Looking at the objects: %(made)s of %(of)s parts are done.") % {"made": made, "of": of}
        return _("The model learns from what people said.")
    if not last:
        return _("People label a random first sample.")
    if last.get("checking"):
        return _("People check a random part of the machine’s labels before any is written.")
    words = ngettext(
        "Round %(round)s: people label %(n)s object that the machine is least sure of.",
        "Round %(round)s: people label %(n)s objects that the machine is least sure of.",
        last["asked"],
    )
    return words % {"round": len(runs), "n": f"{last['asked']:,}"}


def _saved(job: Job, proposed: int) -> Saved | None:
    """Return the hours that people would need for what the machine labels, from the time of the latest answers."""
    latest = Assignment.objects.filter(task__job=job, state__in=COUNTED, seconds__gt=0).order_by("-submitted_at")
    seconds = np.array(latest.values_list("seconds", flat=True)[:TIMED], dtype=float)
    if not proposed or len(seconds) < 2:
        return None
    answers = proposed * job.workers_each / 3600
    error = 1.96 * float(seconds.std(ddof=1)) / len(seconds) ** 0.5
    mean = float(seconds.mean())
    return Saved(answers * mean, answers * max(mean - error, 0), answers * (mean + error))


def _chart(job: Job, told: Sequence[LoopRun]) -> Chart:
    """Draw the share that the machine would label by the number of objects that people labelled."""
    points = [
        Point(
            run.report["human"], round(100 * run.report["proposed"] / max(job.planned, 1), 1), label=str(run.iteration)
        )
        for run in told
    ]
    text = Text(
        _("Labelled by the machine"), _("share of the objects, %, by how many people labelled"),
        _("A point is a round: what the machine would be sure of, had people stopped there."), key="machine",
    )  # fmt: skip
    return line_chart(text, points, names=(_("Round"), _("People"), _("Machine, %")))
