"""What went wrong without anybody: chores that gave up, jobs that stand still, a cluster that does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from batches.models import BatchDay, Delivery, Manifest
from batches.states import LABELLING
from groundtruth import clock
from groundtruth.work import MAX_ATTEMPTS, WorkRow
from labeling.desk_lines import MOST, Line, act_of, of_batch, page_of
from labeling.models import Job, LoopRun, StepKind
from labeling.states import JOB_RUNNING
from workforce.models import Worker, WorkerStatus

BEGIN_WITHIN = timedelta(minutes=15)
QUIET_AFTER = timedelta(days=2)
HEARTBEAT_WITHIN = timedelta(minutes=5)


def work_models() -> list[type[WorkRow]]:
    """Return the models that chores advance, each shown in the admin."""
    return [model for model in apps.get_models() if issubclass(model, WorkRow)]


def failed_work() -> Iterator[Line]:
    """Name every row whose chore gave up, one statement a model; a failed transfer is told of its batch instead."""
    for model in work_models():
        rows: QuerySet[Any] = model._default_manager.filter(done_at=None, attempts__gt=MAX_ATTEMPTS)
        if model is Manifest:
            rows = rows.exclude(state="failed")
        elif model is Delivery:
            rows = Delivery.objects.filter(Q(state="failed") | Q(done_at=None, attempts__gt=MAX_ATTEMPTS))
        for row in rows.select_related(*_way_to_project(model)).order_by("pk")[:MOST]:
            yield _failed_line(row)


def _way_to_project(model: type[Model]) -> list[str]:
    names = {f.name for f in model._meta.fields}
    way = {"batch": "batch__project", "job": "job__batch__project", "project": "project"}
    return [f"{way[name]}__{end}" for name in way if name in names for end in ("organization", "owner")][:2]


def _failed_line(row: Any) -> Line:
    batch = getattr(row, "batch", None) or getattr(getattr(row, "job", None), "batch", None)
    project = batch.project if batch else getattr(row, "project", None)
    act = (
        "retry"
        if isinstance(row, Delivery) and row.state == "failed"
        else "send"
        if row._meta.model_name == "notice"
        else "try-again"
    )
    owner = {"customer": project.organization.name, "project_id": project.pk, "owner": project.owner} if project else {}
    what = str(row._meta.verbose_name).capitalize()
    title = _("%(what)s of %(batch)s") % {"what": what, "batch": batch.name} if batch else f"{what}: {row}"
    return Line(
        title, row.last_error[:160], row.created_at, page_of(row), _("Try again"), act_of(row, act), posts=True, **owner
    )


def waiting_work() -> Iterator[Line]:
    """Name every job that waits: for something outside, such as a function, or for operations where it failed."""
    failed = Q(state="Failed", batch__state__in=LABELLING, batch__closed_at=None)
    for model, waits in ((Job, Job.WAITS | failed), (LoopRun, LoopRun.WAITS)):
        rows: QuerySet[Any] = model._default_manager.filter(waits)
        for row in rows.select_related(*_way_to_project(model)).order_by("pk")[:MOST]:
            batch = getattr(row, "batch", None) or row.job.batch
            why = row.last_error or row.machine_note
            yield of_batch(batch, why[:160], row.created_at, _("Look"), page_of(row))


def stuck_jobs() -> list[Line]:
    """Name the jobs on batches being labelled that do not begin, have nobody, or got no answer for two days."""
    now = clock.now()
    before = Job.objects.filter(batch=OuterRef("batch"), position__lt=OuterRef("position"), state__in=JOB_RUNNING)
    people = Worker.objects.filter(teams=OuterRef("team"), status=WorkerStatus.ACTIVE, vendor__active=True)
    by_people = ~Q(kind=StepKind.VALIDATE)
    answers = BatchDay.objects.filter(batch=OuterRef("batch"), day__gte=(now - QUIET_AFTER).date(), labels__gt=0)
    rows = (
        Job.objects.filter(
            state__in=JOB_RUNNING, batch__state__in=LABELLING, batch__closed_at=None, attempts__lte=MAX_ATTEMPTS
        )
        .filter(~Exists(before))
        .annotate(has_people=Exists(people), has_answers=Exists(answers))
        .filter(
            Q(has_people=False) & by_people
            | Q(state="Initializing", created_at__lte=now - BEGIN_WITHIN)
            | Q(state="InProgress", has_answers=False, created_at__lte=now - QUIET_AFTER) & by_people
        )
        .select_related("batch__project__organization", "batch__project__owner", "team__vendor")
        .order_by("created_at")[:MOST]
    )
    return [_stuck_line(row) for row in rows]


def _stuck_line(job: Any) -> Line:
    if not job.has_people and job.kind != StepKind.VALIDATE:
        return of_batch(
            job.batch,
            _("No active worker in %(team)s") % {"team": job.team},
            job.created_at,
            _("Add workers"),
            reverse("admin:workforce_worker_add"),
        )
    detail = _("The job does not begin") if job.state == "Initializing" else _("No answer for two days")
    return of_batch(job.batch, detail, job.created_at, _("Look"), page_of(job))


def heartbeat() -> list[Line]:
    """Say so when nothing carries out chores: the minute's schedule is overdue, or there is none."""
    due = (
        apps.get_model("django_q.Schedule")
        .objects.filter(func="groundtruth.work.sweep")
        .values_list("next_run", flat=True)
        .first()
    )
    if due is not None and due >= clock.now() - HEARTBEAT_WITHIN:
        return []
    detail = (
        _("No worker process answers: start “manage.py qcluster”")
        if due
        else _("No schedule: run “manage.py sync_schedules”")
    )
    return [
        Line(
            _("Background work stands still"),
            detail,
            due,
            reverse("admin:labeling_job_changelist"),
            _("Look"),
            reverse("admin:labeling_job_changelist"),
        )
    ]
