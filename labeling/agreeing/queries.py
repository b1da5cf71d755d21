"""How far the people of a batch agree, as its page tells it: what was measured at the end, and until then the days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from batches.models import Batch, BatchDay, DataObject
from groundtruth.charts import Chart, Point, Text
from groundtruth.interval_charts import interval_chart
from labeling.agreeing import words
from labeling.agreeing.people import Columns, Person, columns_of, people_of, workers_in
from labeling.desk_lines import page_of
from labeling.models import Annotation, Job, JobAgreement
from labeling.models.jobs import BY_OTHERS
from labeling.states import JOB_RUNNING
from projects import task_types
from workforce.models import Worker

CHARTED = 8  # categories: so many lines fit
LEAST_CHARTED = 3  # of two categories each is the other turned round
LEAST_COMPARED = 2  # where each is compared by itself
PAIRS_SHOWN = 10
NAME_LETTERS = 24
CONFUSED_SHOWN, EXAMPLES_SHOWN = 6, 3
Report = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """An object that people differ on."""

    name: str
    url: str


@dataclass(frozen=True)
class Confused:
    """Two categories that people say for one another."""

    first: str
    second: str
    count: int
    share: float
    examples: Sequence[Example]


@dataclass(frozen=True)
class Pair:
    """Two workers, for operations alone."""

    first: str
    first_url: str
    second: str
    second_url: str
    figure: str
    objects: int


@dataclass(frozen=True)
class Agreement:
    """One job's. `facts`: name, figure and what it is; `advice`, `pairs` and `people` are for operations alone."""

    title: str
    meaning: str
    compared: Sequence[tuple[str, str]]
    notes: Sequence[str]
    facts: Sequence[tuple[str, str, str]]
    chart: Chart | None
    confused: Sequence[Confused]
    advice: str = ""
    set_up_url: str = ""
    pairs: Sequence[Pair] = ()
    pairs_told: str = ""
    pairs_are: str = ""
    people: Sequence[Person] = ()

    @property
    def columns(self) -> Columns:
        """What the table of people tells."""
        return columns_of(self.people)


@dataclass(frozen=True)
class BatchAgreement:
    """A batch's jobs that were measured, in their order; `now` tells of what still runs, "" where nothing does."""

    jobs: Sequence[Agreement] = ()
    now: str = ""
    is_done: bool = True


@dataclass(frozen=True)
class _Reader:
    """What is read at once for all jobs of a batch."""

    batch: Batch
    place: tuple[str, str, str]  # slugs of organization, project and batch
    objects: dict[int, DataObject] = field(default_factory=dict)
    workers: dict[int, Worker] = field(default_factory=dict)
    discarded: dict[int, dict[str, int]] = field(default_factory=dict)  # answers by job and code


def agreement_of(batch: Batch, place: tuple[str, str, str], *, for_operations: bool) -> BatchAgreement | None:
    """Return how far people agree, in at most five statements; None for a batch without a job.

    Workers are named to operations alone: to others not even their pairs are read.
    """
    jobs = list(Job.objects.filter(batch=batch).select_related("schema").defer("skills").order_by("position"))
    if not jobs:
        return None
    rows = {row.job_id: row for row in JobAgreement.objects.filter(job__in=jobs)}
    told = [(job, rows[job.pk].report) for job in jobs if job.pk in rows and rows[job.pk].report]
    reader = _Reader(batch, place, _objects(batch, told), _workers(told) if for_operations else {}, _discarded(told))
    waits = any(job.state in JOB_RUNNING or (job.pk in rows and not _is_over(rows[job.pk])) for job in jobs)
    return BatchAgreement(
        jobs=[_agreement(job, report, reader, for_operations=for_operations) for job, report in told],
        now=_now(batch, jobs) if waits or not told else "",
        is_done=not waits,
    )


def _is_over(row: JobAgreement) -> bool:
    return row.done_at is not None or row.gave_up or bool(row.report)  # measured again, it stands meanwhile


def _now(batch: Batch, jobs: Sequence[Job]) -> str:
    if all(job.workers_each == 1 and not job.most_workers for job in jobs):
        return _("One person labels each object: there is nobody to compare them with.")
    sums = BatchDay.objects.filter(batch=batch).aggregate(agreement=Sum("agreement"), agreed=Sum("agreed"))
    return words.so_far(sums["agreement"] or 0.0, sums["agreed"] or 0)


def _shown(report: Report) -> Sequence[Report]:
    confused: Sequence[Report] = report.get("confused", ())
    return confused[:CONFUSED_SHOWN]


def _objects(batch: Batch, told: Sequence[tuple[Job, Report]]) -> dict[int, DataObject]:
    wanted = {pk for _, report in told for one in _shown(report) for pk in one["objects"][:EXAMPLES_SHOWN]}
    rows = DataObject.objects.filter(batch=batch, pk__in=wanted).defer("line")
    return {row.pk: row for row in rows} if wanted else {}


def _discarded(told: Sequence[tuple[Job, Report]]) -> dict[int, dict[str, int]]:
    """Return by job how many answers have no part in its labels, by the reason's code."""
    of_jobs = Annotation.objects.filter(assignment__task__job__in=[job for job, _ in told]).exclude(discarded="")
    found: dict[int, dict[str, int]] = {}
    counts = of_jobs.values_list("assignment__task__job", "discarded").annotate(count=Count("pk"))
    for job_id, code, count in counts if told else ():
        found.setdefault(job_id, {})[code] = count
    return found


def _workers(told: Sequence[tuple[Job, Report]]) -> dict[int, Worker]:
    pairs = [pair for _, report in told for pair in report.get("pairs", {}).get("worst", ())[:PAIRS_SHOWN]]
    wanted = {pair[side] for pair in pairs for side in ("first", "second")}
    wanted |= {pk for _, report in told for pk in workers_in(report)}
    rows = Worker.objects.filter(pk__in=wanted).select_related("user")
    return {row.pk: row for row in rows} if wanted else {}


def _agreement(job: Job, report: Report, reader: _Reader, *, for_operations: bool) -> Agreement:
    confused = [_confused(one, job, reader) for one in _shown(report)]
    more: dict[str, Any] = {}
    if for_operations:
        more = {**_pairs(report.get("pairs"), reader), "people": people_of(job, report, reader.workers)}
        if confused and not reader.batch.project.closed_at:
            more["advice"] = words.advice(confused[0].first, confused[0].second)
            more["set_up_url"] = reverse("admin:project_set_up", args=[reader.batch.project_id])
    return Agreement(
        title=words.title_of(job),
        meaning=words.meaning(report, looks_again=job.kind in BY_OTHERS),
        compared=words.compared(report) if report["objects"] else (),
        notes=[*words.notes(report), *words.discarded(reader.discarded.get(job.pk, {}))],
        facts=_facts(job, report),
        chart=_chart(job, report),
        confused=confused,
        **more,
    )


def _facts(job: Job, report: Report) -> list[tuple[str, str, str]]:
    if not report["objects"]:
        return []
    facts = [(_("Mean"), report["mean"], str(task_types.get(job.task_type).agreement_is))]
    if len(report.get("categories", ())) > 1:
        facts[:0] = [
            (_("Alpha"), report["alpha"], _("Krippendorff’s: 1 is always, 0 is by chance")),
            (_("AC1"), report["ac1"], _("Gwet’s: the same, less moved by rare categories")),
        ]
    return [(name, words.estimate(found), what) for name, found, what in facts]


def _chart(job: Job, report: Report) -> Chart | None:
    """Draw agreement by category, the lowest; all of them stand in its table."""
    rows = by_category(report)
    if len(rows) < (LEAST_CHARTED if "alpha" in report else LEAST_COMPARED):
        return None
    points = [_point(found, category_name(job, number)) for number, found in rows]
    figure, caption = _("Mean"), _("how far two answers agree on each, where one of them names it; the lowest first")
    if "alpha" in report:
        figure, caption = _("Alpha"), _("alpha of each against all others, the lowest first")
    text = Text(_("Agreement by category"), caption, _spoken(points), key=f"agreement-{job.pk}")
    return interval_chart(text, points, names=(_("Category"), figure), most=CHARTED)


def by_category(report: Report) -> list[tuple[int, Report]]:
    """Return the categories with an estimate each, the lowest first."""
    found = [(row["id"], row["alpha"]) for row in report.get("categories", ())]
    found += [(row["id"], row["mean"]) for row in report.get("alike", ())]
    return sorted(found, key=lambda row: (row[1]["value"], row[0]))


def _point(alpha: Report, name: str) -> Point:
    return Point(alpha["objects"], alpha["value"], low=alpha["low"], high=alpha["high"], label=name)


def _spoken(points: Sequence[Point]) -> str:
    return _("From “%(low)s” with %(least)s to “%(high)s” with %(most)s.") % {
        "low": points[0].label,
        "least": words.figure(points[0].y),
        "high": points[-1].label,
        "most": words.figure(points[-1].y),
    }


def category_name(job: Job, number: int) -> str:
    """Return a category's name, by its place in the job."""
    names = job.asks.categories
    return names[number] if number < len(names) else str(number)


def _confused(one: Report, job: Job, reader: _Reader) -> Confused:
    rows = [reader.objects[pk] for pk in one["objects"][:EXAMPLES_SHOWN] if pk in reader.objects]
    examples = [Example(_named(row), reverse("object", args=[*reader.place, row.public_id])) for row in rows]
    first, second = (category_name(job, one[side]) for side in ("first", "second"))
    return Confused(first, second, one["count"], one["share"], examples)


def _named(row: DataObject) -> str:
    return Truncator(row.source_ref.rpartition("/")[2] or row.source_text).chars(NAME_LETTERS)


def _pairs(pairs: Report | None, reader: _Reader) -> dict[str, Any]:
    if not pairs:
        return {}
    shown = [
        Pair(str(first), page_of(first), str(second), page_of(second), words.estimate(pair), pair["objects"])
        for pair in pairs["worst"][:PAIRS_SHOWN]
        if (first := reader.workers.get(pair["first"])) and (second := reader.workers.get(pair["second"]))
    ]
    are = _("Cohen’s kappa") if pairs["is_kappa"] else _("Mean agreement")
    return {"pairs": shown, "pairs_told": words.pairs_told(pairs), "pairs_are": are}
