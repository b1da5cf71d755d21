"""The desk's page for a job's people: how each does, what to look at, who is paused, and the way to pause or lift."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from groundtruth.storage import StoreError
from labeling.agreeing.people import columns_of, everybody, workers_in
from labeling.models import Annotation, Job, JobAgreement, StepKind
from labeling.services.noticing import habits_of
from labeling.services.scoring import scores_of
from labeling.states import JOB_RUNNING
from workforce.models import Worker

MOST_RECKONED = 20_000  # answers of a job that runs, compared while somebody waits for the page
MOST_DRAWN = 300  # of its objects on which drawings are
MOST_SECONDS = 10  # for comparing drawings, and for reading them


def people(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Show a job's people. While it runs they are reckoned for the page; then the report has them. `context`: the
    admin's.
    """
    jobs = Job.objects.exclude(kind=StepKind.VALIDATE).select_related("batch__project", "schema", "team__vendor")
    job = get_object_or_404(jobs.defer("skills"), pk=pk)
    report = _report(job)
    workers = _workers(job, report)
    shown = {
        "job": job,
        "people": (found := everybody(job, report or {}, workers)),
        "columns": columns_of(found),
        "is_reckoned": report is not None,
        "is_running": job.state in JOB_RUNNING,
    }
    return render(request, "labeling/desk/people.html", {**context, **shown})


def _report(job: Job) -> dict[str, Any] | None:
    """Return the people and habits of a job; None where they cannot be reckoned now: of so many answers, or because the
    store of known pictures does not answer.
    """
    kept = JobAgreement.objects.filter(job=job).values_list("report", flat=True).first()
    if kept:
        return dict(kept)
    if Annotation.objects.filter(assignment__task__job=job).count() > MOST_RECKONED:
        return None
    try:
        people = scores_of(job, most_objects=MOST_DRAWN, most_seconds=MOST_SECONDS)
    except StoreError:
        return None
    return {"people": people, "habits": habits_of(job, most_seconds=MOST_SECONDS)}


def _workers(job: Job, report: dict[str, Any] | None) -> dict[int, Worker]:
    """Return the people of a job's team, and who else answered, by id."""
    named = Q(teams=job.team_id) | Q(pk__in=workers_in(report or {})) | Q(pauses__job=job)
    return {row.pk: row for row in Worker.objects.filter(named).select_related("user").distinct()}
