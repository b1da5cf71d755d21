"""The page of one project: who acts next, how far it is, its batches; and beside it team, agreement, events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Sum

from batches.models import Batch, BatchDay
from batches.queries_batches import BatchFilters, BatchList, batch_rows
from batches.queries_next import Next, project_next, with_url
from batches.queries_projects import Counts, batch_sums, project_facts, waiting_batches
from batches.queries_steps import Event, Step, entered_at, event_lines, project_steps
from groundtruth import clock
from projects.models import AuditEvent, DataGrant, Invitation, Membership, Project, Quote

BATCHES_SHOWN = 12
EVENTS_SHOWN = 12
PEOPLE_SHOWN = 12
EVENTS_READ = 60  # some verbs are not for customers


@dataclass(frozen=True)
class ProjectLive:
    """The part of the project page that follows the server."""

    next: Next
    steps: Sequence[Step]
    counts: Counts
    labels_today: int
    labels_yesterday: int
    batches: BatchList


@dataclass(frozen=True)
class ProjectPage:
    """The part that stands still: team, agreement and data access, events."""

    team: Sequence[Membership]
    invited: Sequence[Invitation]
    more_people: int
    quote: Quote | None
    grants: Sequence[DataGrant]
    events: Sequence[Event]


def project_live(project: Project, role: str) -> ProjectLive:
    """Return the live part in six statements: quotes, sums, waiting, moves, days, batches. No object is counted."""
    batches = Batch.objects.filter(project=project)
    quote_waits = Quote.objects.filter(project=project, accepted_at=None).exists()
    sums, states = batch_sums(batches)
    project.quote_waits = quote_waits  # type: ignore[attr-defined]  # as the list's query annotates it
    facts = project_facts(project, role, states.get(project.pk, {}), waiting_batches(batches).get(project.pk))
    today, yesterday = _labels(project)
    return ProjectLive(
        next=with_url(project_next(facts), project.organization.slug, project.slug),
        steps=_steps(project),
        counts=sums.get(project.pk, Counts()),
        labels_today=today,
        labels_yesterday=yesterday,
        batches=batch_rows(project, role, BatchFilters(), limit=BATCHES_SHOWN),
    )


def _steps(project: Project) -> list[Step]:
    moves = AuditEvent.objects.filter(target_type="projects.project", target_id=project.pk).order_by("at", "pk")
    entered = entered_at(list(moves), "review_in_progress", project.created_at)
    entered.setdefault(project.state, project.state_since)
    return project_steps(project.state, project.state_before_pause, entered, closed=project.closed_at is not None)


def _labels(project: Project) -> tuple[int, int]:
    today = clock.today()
    days: Any = BatchDay.objects.filter(batch__project=project, day__gte=today - timedelta(days=1))
    by_day = dict(days.order_by().values_list("day").annotate(n=Sum("labels")))
    return by_day.get(today, 0), by_day.get(today - timedelta(days=1), 0)


def project_page(project: Project) -> ProjectPage:
    """Return the rest of the page in six statements."""
    team = Membership.objects.filter(organization=project.organization_id).select_related("user").order_by("created_at")
    invited = Invitation.objects.filter(organization=project.organization_id, accepted_at=None).order_by("created_at")
    members, waiting = list(team), list(invited)
    more = max(len(members) + len(waiting) - PEOPLE_SHOWN, 0)
    members, waiting = members[:PEOPLE_SHOWN], waiting[: max(PEOPLE_SHOWN - len(members), 0)]
    quote = Quote.objects.filter(project=project).order_by("-number").first()
    grants = DataGrant.objects.filter(project=project, revoked_at=None).order_by("direction", "bucket", "prefix")
    return ProjectPage(members, waiting, more, quote, list(grants), project_events(project))


def project_events(project: Project) -> list[Event]:
    """Return what happened of late on the project and its batches, newest first."""
    events = list(AuditEvent.objects.filter(project_id=project.pk).order_by("-at", "-pk")[:EVENTS_READ])
    ids = {event.target_id for event in events if event.target_type == "batches.batch" and event.target_id}
    names = dict(Batch.objects.filter(pk__in=ids).values_list("pk", "name"))
    return event_lines(events, names)[:EVENTS_SHOWN]
