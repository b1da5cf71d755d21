"""The Projects page: a row a project, its counts from the batches' counters, and who acts next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Sum
from django.urls import reverse

from batches.models import Batch
from batches.queries_next import FOR_CUSTOMER, Next, ProjectFacts, Waiting, project_next, with_url
from batches.states import BatchState
from groundtruth import clock
from projects.models import Membership, Project, Quote, User

PAGE = 100
RUNNING = ("pilot_in_progress", "production_in_progress")
COUNTERS = ("total", "done", "failed", "human", "auto")


@dataclass(frozen=True)
class Counts:
    """Objects of one or more batches: total = done + remaining + failed."""

    batches: int = 0
    total: int = 0
    done: int = 0
    failed: int = 0
    human: int = 0
    auto: int = 0

    @property
    def remaining(self) -> int:
        return self.total - self.done - self.failed

    @property
    def done_share(self) -> float:
        """Completed, 0..1 of all."""
        return self.done / self.total if self.total else 0.0

    def plus(self, other: Counts) -> Counts:
        return Counts(**{name: value + getattr(other, name) for name, value in self.__dict__.items()})


@dataclass(frozen=True)
class ProjectRow:
    """One row of the Projects table."""

    key: str
    title: str
    organization: str
    url: str
    state: str
    status: str
    modality: str
    kind: str
    created_at: datetime
    counts: Counts
    next: Next
    closed: bool

    @property
    def running(self) -> bool:
        return self.state in RUNNING and not self.closed

    @property
    def finished(self) -> bool:
        return self.state == "production_complete" or self.closed


SHOWS: dict[str, Callable[[ProjectRow], bool]] = {
    "all": lambda row: True,
    "you": lambda row: row.next.yours,
    "running": lambda row: row.running,
    "finished": lambda row: row.finished,
}


@dataclass(frozen=True)
class ProjectFilters:
    """What the page was asked for; empty means everything."""

    show: str = "all"
    q: str = ""
    status: str = ""
    sort: str = "next"
    after: str = ""


@dataclass(frozen=True)
class ProjectList:
    """The Projects page. `tabs` counts what each choice shows; `counts` is the foot, over all rows that match."""

    rows: Sequence[ProjectRow]
    tabs: dict[str, int]
    counts: Counts
    matching: int
    older: str = ""  # the key of the page's last row, where more follow
    many_organizations: bool = False
    any: bool = False  # whether this person has a project at all


def project_rows(user: User, filters: ProjectFilters) -> ProjectList:
    """Return the projects this person may see, in four statements whatever their number.

    Rows are few columns each, so they are sorted here: who acts next is no column that a database could order by.
    """
    mine = _all_rows(user)
    rows = [row for row in mine if filters.q.casefold() in row.title.casefold() and filters.status in ("", row.state)]
    tabs = {name: sum(map(shows, rows)) for name, shows in SHOWS.items()}
    rows = sorted(filter(SHOWS[filters.show], rows), key=SORTS[filters.sort])
    total = Counts()
    for row in rows:
        total = total.plus(row.counts)
    page, older = _page_after(rows, filters.after)
    many = len({row.organization for row in mine}) > 1
    return ProjectList(page, tabs, total, len(rows), older, many, any=bool(mine))


def _page_after(rows: list[ProjectRow], after: str) -> tuple[list[ProjectRow], str]:
    """Return the rows behind the one with this key, and the key to go on from; an unknown key begins anew."""
    keys = [row.key for row in rows]
    start = keys.index(after) + 1 if after in keys else 0
    page = rows[start : start + PAGE]
    return page, page[-1].key if start + PAGE < len(rows) else ""


def _by_next(row: ProjectRow) -> tuple[bool, bool, float]:
    """Yours first, what waits longest on top; then the others; finished ones last."""
    since = row.next.since or row.created_at
    return not row.next.yours, row.finished, since.timestamp()


SORTS: dict[str, Callable[[ProjectRow], Any]] = {
    "next": _by_next,
    "name": lambda row: row.title.casefold(),
    "created": lambda row: -row.created_at.timestamp(),
}


def _all_rows(user: User) -> list[ProjectRow]:
    quotes = Quote.objects.filter(project=OuterRef("pk"), accepted_at=None)
    found = Project.objects.for_user(user).select_related("organization").annotate(quote_waits=Exists(quotes))
    if not user.is_staff:
        found = found.filter(organization__suspended_at=None)
    projects = list(found.order_by("pk"))
    roles = dict(Membership.objects.filter(user=user).values_list("organization_id", "role"))
    batches = Batch.objects.filter(project__in=[p.pk for p in projects]) if not user.is_staff else Batch.objects.all()
    sums, states = batch_sums(batches)
    waiting = waiting_batches(batches)
    return [
        _row(
            p,
            sums.get(p.pk, Counts()),
            project_facts(p, roles.get(p.organization_id, ""), states.get(p.pk, {}), waiting.get(p.pk)),
        )
        for p in projects
    ]


def batch_sums(batches: Any) -> tuple[dict[int, Counts], dict[int, dict[str, int]]]:
    """Return by project the sums of the counters and the number of open batches in each state: one statement."""
    open_in = {f"in_{s}": Count("pk", filter=Q(state=s, closed_at=None)) for s in BatchState.values}
    sums = {name: Sum(name) for name in COUNTERS}
    rows = batches.order_by().values("project_id").annotate(batches=Count("pk"), **sums, **open_in)
    counts, states = {}, {}
    for row in rows:
        counts[row["project_id"]] = Counts(row["batches"], **{name: row[name] for name in COUNTERS})
        states[row["project_id"]] = {s: row[f"in_{s}"] for s in BatchState.values if row[f"in_{s}"]}
    return counts, states


def waiting_batches(batches: Any) -> dict[int, Waiting]:
    """Return by project the batch that has waited longest for the customer's word."""
    found = batches.filter(state__in=FOR_CUSTOMER, closed_at=None, ask="").order_by("-state_since")
    columns = ("project_id", "name", "slug", "state", "state_since")
    return {pk: Waiting(*rest) for pk, *rest in found.values_list(*columns)}


def project_facts(project: Any, role: str, states: dict[str, int], waiting: Waiting | None) -> ProjectFacts:
    """Gather what decides who acts next; `project` carries the annotation `quote_waits`."""
    call = project.consultation_at
    return ProjectFacts(
        state=project.state,
        since=project.state_since,
        role=role,
        closed_reason=project.closed_reason,
        closed_at=project.closed_at,
        ask=project.ask,
        ask_at=project.ask_at,
        call_at=call if call and call > clock.now() else None,
        quote_waits=project.quote_waits,
        waiting=waiting,
        counts=states,
    )


def _row(project: Project, counts: Counts, facts: ProjectFacts) -> ProjectRow:
    org, slug = project.organization.slug, project.slug
    step = with_url(project_next(facts), org, slug)
    url = reverse("project", args=[org, slug])
    if step.yours and not step.url:
        step = replace(step, url=url)
    return ProjectRow(
        key=project.public_id,
        title=project.title,
        organization=project.organization.name,
        url=url,
        state=project.state,
        status=str(project.get_state_display()),
        modality=project.modality,
        kind=str(project.get_modality_display()),
        created_at=project.created_at,
        counts=counts,
        next=step,
        closed=project.closed_at is not None,
    )
