"""What pauses leave to operations: appeals that wait, jobs with too few people left, rules that would pause most."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.states import LABELLING
from labeling.desk_lines import MOST, Line, of_batch, page_of
from labeling.models import Job, WorkerPause
from labeling.queries_pauses import open_pauses
from labeling.states import JOB_RUNNING
from workforce.models import Worker, WorkerStatus


def appeals() -> list[Line]:
    """Name the appeals that nobody decided yet, the longest waiting first: somebody may have no work."""
    rows = WorkerPause.objects.filter(appealed_at__isnull=False, decided_at=None).select_related(
        "worker__user", "job__batch__project__organization", "job__batch__project__owner"
    )
    return [_appeal_line(row) for row in rows.order_by("appealed_at")[:MOST]]


def _appeal_line(row: WorkerPause) -> Line:
    detail = _("%(worker)s says: “%(text)s”") % {"worker": row.worker, "text": row.appeal[:120]}
    return of_batch(row.job.batch, detail, row.appealed_at, _("Decide"), page_of(row))


def troubled_jobs() -> list[Line]:
    """Name the jobs whose rule would pause most people, and those that pauses leave fewer people than an object needs.

    One statement.
    """
    paused = open_pauses(OuterRef(OuterRef("pk"))).filter(worker=OuterRef("pk"))
    people = Worker.objects.filter(teams=OuterRef("team"), status=WorkerStatus.ACTIVE, vendor__active=True)
    able = people.filter(~Exists(paused)).order_by().values("teams").annotate(n=Count("pk", distinct=True)).values("n")
    rows = (
        Job.objects.filter(state__in=JOB_RUNNING, batch__state__in=LABELLING, batch__closed_at=None)
        .filter(Q(has_pauses=True) | Q(below__gt=0))
        .annotate(able=Coalesce(Subquery(able[:1], output_field=IntegerField()), 0))
        .filter(Q(below__gt=0) | Q(Exists(open_pauses(OuterRef("pk"))), able__lt=F("workers_each")))
        .select_related("batch__project__organization", "batch__project__owner")
        .defer("skills")
        .order_by("created_at")[:MOST]
    )
    return [line for row in rows for line in _job_lines(row)]


def _job_lines(job: Any) -> list[Line]:
    where = reverse("admin:job_people", args=[job.pk])
    lines = []
    if job.below:
        detail = _("The rule would pause most people (%(n)s): the instructions or the categories may be at fault") % {
            "n": f"{job.below:,}"
        }
        lines.append(of_batch(job.batch, detail, job.created_at, _("Look"), where))
    if job.has_pauses and job.able < job.workers_each:
        detail = ngettext(
            "Pauses leave %(able)s person, and an object needs %(each)s",
            "Pauses leave %(able)s people, and an object needs %(each)s",
            job.able,
        ) % {"able": job.able, "each": job.workers_each}
        lines.append(of_batch(job.batch, detail, job.created_at, _("Look"), where))
    return lines
