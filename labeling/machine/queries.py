"""What the pages tell of a batch's automated labelling: where it stands, what it promises, what it spares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import Batch
from groundtruth.charts import Chart, Point, Text, line_chart
from labeling.autolabel.forecasting import LIKELY
from labeling.autolabel.loop import first_size
from labeling.machine import limits, words
from labeling.machine.notes import say
from labeling.machine.prelabelled import Prelabelled, prelabelled
from labeling.machine.savings import Range, money_spared, people_done, work_spared
from labeling.models import FeatureChunk, Job, LoopRun, RunKind
from labeling.states import JOB_RUNNING
from projects import task_types

LITTLE = 0.05  # of the objects left: a smaller saving is none


@dataclass(frozen=True)
class Machine:
    """A job's loop as the customer and operations see it; what is not known yet is empty."""

    stands: str
    is_done: bool
    note: str
    notes: Sequence[str]
    promise: str  # in words, as `expected`, `checked` and `looked_again`, which are "" where nothing is known yet
    threshold: float | None
    expected: str
    checked: str
    looked_again: str
    human: int
    proposed: int
    total: int
    limits: str  # in words, "" for none
    forecast: Sequence[int]  # of the objects that people label: low, likely, high; likely 0 where nothing tells
    work: Range | None  # spared, as the money
    money: Range | None
    finish: Range | None
    no_saving: bool  # as things stand
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
    done = _is_done(job, last)
    proposed = _proposed(job, last)
    foreseen = () if done or not job.machine_labels else last.get("forecast") or _first_forecast(job)
    forecast = [min(count, limits.most_asked(job)) for count in foreseen]
    spared = _spared(job, foreseen) if last and foreseen else [proposed] * 3
    learner = task_types.get(job.task_type).learner
    kept = last if done else {}  # what was written keeps what was promised then
    no_saving = len(told) > 1 and bool(foreseen) and _spares_little(job, last)
    return Machine(
        stands=_stands(job, runs, last),
        is_done=done,
        note=job.machine_note,
        notes=[say(note, job.asks.categories) for note in last.get("notes", ())],
        promise=words.promise(learner, kept.get("target", job.target), kept.get("probability", job.probability)),
        threshold=last.get("threshold"),
        expected=words.expected(learner, last.get("quality"), last.get("low"), last.get("judged_on", 0)),
        checked=words.checked(learner, last.get("check")),
        looked_again=words.looked_again(sum(run.report.get("asked_again", 0) for run in told)),
        human=last.get("human", 0),
        proposed=proposed,
        total=job.planned,
        limits=limits.told(job),
        forecast=forecast,
        work=None if no_saving else work_spared(job, spared),
        money=None if no_saving else money_spared(job, spared),
        finish=people_done(job, [max(count - job.ended, 0) for count in forecast]) if forecast and last else None,
        no_saving=no_saving,
        prelabelled=prelabelled(job),
        chart=_chart(job, told) if len(told) > 1 else None,
    )


def _is_done(job: Job, last: dict[str, Any]) -> bool:
    return job.state not in JOB_RUNNING or last.get("finished") == "sure"


def _proposed(job: Job, last: dict[str, Any]) -> int:
    """Return what the machine is sure of, and where it labels no more, what it labelled."""
    if job.state in JOB_RUNNING and job.machine_labels:
        return last.get("proposed", 0)
    return limits.machine_labelled(job)


def _spared(job: Job, foreseen: Sequence[int]) -> list[int]:
    """Return how many objects the machine labels in people's place: low, likely, high.

    It labels what people would not have to, whether they may label all the others or not; of the others those that
    they may not label are nobody's. Together they label no more than the job allows.
    """
    most, asked = limits.most_labelled(job), limits.most_asked(job)
    return [max(min(job.planned - count, most - min(count, asked)), 0) for count in reversed(foreseen)]


def _spares_little(job: Job, last: dict[str, Any]) -> bool:
    """Tell whether next to nothing of what is left would be certified as likely as not, the model being as it is.

    It is not told where people may not label nearly all of it.
    """
    if last["forecast"][1] > limits.most_asked(job):
        return False
    left = job.planned - last["human"]
    return last["forecast"][1] - last["human"] > (1 - LITTLE) * LIKELY[0] * left


def _stands(job: Job, runs: Sequence[LoopRun], last: dict[str, Any]) -> str:
    """Say what goes on; a second sentence tells of what a limit left out."""
    if job.state == "Stopped" or not limits.leaves_some(job):
        return _goes_on(job, runs, last)
    rest = _("The limit is reached: the rest stays without a label.")
    if job.state in JOB_RUNNING and last.get("finished") != "sure":
        return _("People label what they were asked about.") + " " + rest
    return _goes_on(job, runs, last) + " " + rest


def _goes_on(job: Job, runs: Sequence[LoopRun], last: dict[str, Any]) -> str:
    if last.get("finished") == "sure":
        return _("Done: the machine has labelled what it is sure of.")
    if job.state not in JOB_RUNNING:
        return _("Done: the machine labelled nothing.") if job.state == "Completed" else _("The job has ended.")
    if not job.machine_labels:
        return _("People label all that is left.") if last else _("People label all of it.")
    if any(run.done_at is None for run in runs):
        made, of, _lost = features_made(job.batch)
        if made < of:
            return _("Looking at the objects: %(made)s of %(of)s parts are done.") % {"made": made, "of": of}
        return _("The model learns from what people said.")
    if not last:
        return _("People label a random first sample.")
    if last.get("checking"):
        return _("People check a random part of the machine’s labels before any is written.")
    said = ngettext(
        "Round %(round)s: people label %(n)s object that the machine is least sure of.",
        "Round %(round)s: people label %(n)s objects that the machine is least sure of.",
        last["asked"],
    )
    return said % {"round": len(runs), "n": f"{last['asked']:,}"}


def _first_forecast(job: Job) -> Sequence[int]:
    """Return how many objects people will label before anything is learnt: as in the project's job before, if any."""
    first = first_size(job.planned)
    same = LoopRun.objects.filter(job__batch__project=job.batch.project_id, job__task_type=job.task_type)
    before = same.exclude(job=job).filter(report__finished="sure").select_related("job").order_by("-created_at").first()
    if before is None or not before.job.planned:
        return first, 0, job.planned
    share = 1 - before.report["proposed"] / before.job.planned
    return first, max(round(share * job.planned), first), job.planned


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
