"""What a worker reads of their own answers in the jobs that ended of late: by category, and what reviews say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.agreeing.shares import ByCategory, Categories, categories_of, share_of
from labeling.agreeing.words import title_of
from labeling.models import Assignment, Job, JobAgreement
from labeling.queries_quality import ENDED, Unlike, unlike_labels
from projects import task_types
from workforce.models import Worker

JOBS = 10  # the latest
FIT = 6  # categories of a job that stand there at once


@dataclass(frozen=True)
class OwnJob:
    """One job: how often the worker's answers were right by category, and what reviews say, in sentences.

    has_examples: its answers can be shown beside the labels, which pictures are not.
    """

    job: Job
    title: str
    public_id: str
    categories: Categories
    reviews: Sequence[str]
    has_examples: bool = True

    def named(self, number: str) -> ByCategory | None:
        """Return the category of that number, written as in an address."""
        rows = [*self.categories.first, *self.categories.rest]
        return next((row for row in rows if str(row.number) == number), None)


def own_jobs(worker: Worker) -> list[OwnJob]:
    """Return what was measured of a worker in their latest ended jobs, the newest first. One statement."""
    mine = Assignment.objects.filter(task__job=OuterRef("job"), worker=worker)
    reports = JobAgreement.objects.filter(Exists(mine), job__state__in=ENDED).select_related("job__schema")
    found = []
    for row in reports.defer("job__skills").order_by("-job_id")[:JOBS]:
        score = next((one for one in row.report.get("people", ()) if one["worker"] == worker.pk), None)
        if score is not None and (own := _own(row.job, score)):
            found.append(own)
    return found


def _own(job: Job, score: Mapping[str, Any]) -> OwnJob | None:
    shown = {name: part for name, part in score.items() if name != "gold"}  # other jobs may ask of these still
    categories, reviews = categories_of(shown, job.asks.categories, FIT), _reviews(score)
    if not categories.first and not reviews:
        return None
    return OwnJob(job, title_of(job), job.public_id, categories, reviews, not task_types.get(job.task_type).has_picture)


def _reviews(score: Mapping[str, Any]) -> list[str]:
    """Say what reviews found; nothing where none judged an answer."""
    said = []
    if found := share_of(score.get("review")):
        words = ngettext(
            "Reviews judged %(n)s of your answers: %(share)s right (%(low)s to %(high)s with chance counted in).",
            "Reviews judged %(n)s of your answers: %(share)s right (%(low)s to %(high)s with chance counted in).",
            found.answers,
        )
        values = {name: _percent(getattr(found, name)) for name in ("share", "low", "high")}
        said.append(words % {"n": f"{found.answers:,}", **values})
    if count := score.get("review", {}).get("open", 0):
        words = ngettext(
            "They called %(n)s label wrong that was not your answer: whether yours is right, nobody knows.",
            "They called %(n)s labels wrong that were not your answers: whether yours are right, nobody knows.",
            count,
        )
        said.append(words % {"n": f"{count:,}"})
    if found := share_of(score.get("checked")):
        words = ngettext(
            "Others looked at %(n)s label that a rule had flagged: your answer was right in %(share)s of such.",
            "Others looked at %(n)s labels that a rule had flagged: your answers were right in %(share)s of them.",
            found.answers,
        )
        said.append(words % {"n": f"{found.answers:,}", "share": _percent(found.share)})
    return said


def _percent(share: float) -> str:
    return f"{share * 100:.0f}\N{NO-BREAK SPACE}%"


@dataclass(frozen=True)
class Examples:
    """Answers that differ from the label: the latest of all, or those of one category of one job, then `of`."""

    rows: Sequence[Unlike]
    of: str = ""


def examples_for(worker: Worker, jobs: Sequence[OwnJob], job: str, category: str) -> Examples:
    """Return the examples that the page shows. job, category: as its address has them, "" for all."""
    chosen = next((one for one in jobs if one.public_id == job), None)
    row = chosen.named(category) if chosen else None
    if chosen is None or row is None:
        return Examples(unlike_labels(worker))
    of = _("%(category)s, in %(job)s") % {"category": row.name, "job": chosen.title}
    return Examples(unlike_labels(worker, chosen.job, row.number), of)
