"""The batches of a project as rows, and the page of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext as _

from batches.delivery import CHECKSUMS, MANIFEST, RECEIPT
from batches.models import BadLine, Batch, BatchDay, BatchDecision, DataObject, Delivery, Manifest
from batches.queries_metrics import agreement_chart, completed_chart, labels_chart, span_of_days
from batches.queries_next import BatchFacts, Next, batch_next, url_or_empty, with_url
from batches.queries_projects import Counts
from batches.queries_steps import Event, Step, batch_steps, entered_at, event_lines
from batches.states import IN_FLIGHT, LABELLING, OPEN_TO_CLOSE
from groundtruth import clock
from groundtruth.charts import Chart
from groundtruth.states import may
from projects.access import MAY_MANAGE
from projects.models import AuditEvent, Project

PAGE = 50
CHART_DAYS = 14
BAD_LINES_SHOWN = 10


@dataclass(frozen=True)
class BatchRow:
    """One row of the table of batches."""

    key: str
    name: str
    slug: str
    url: str
    state: str
    status: str
    created_at: datetime
    counts: Counts
    to_review: int
    with_feedback: int
    next: Next
    note: str = ""


@dataclass(frozen=True)
class BatchFilters:
    q: str = ""
    status: str = ""
    after: str = ""


@dataclass(frozen=True)
class BatchList:
    """A page of batches, newest first; `older`: the key to go on from, where more follow."""

    rows: Sequence[BatchRow]
    older: str = ""


def batch_rows(project: Project, role: str, filters: BatchFilters, *, limit: int = PAGE) -> BatchList:
    """Return a page of the project's batches, newest first, in one statement (two behind the first page)."""
    batches = Batch.objects.filter(project=project, name__icontains=filters.q).order_by("-pk")
    if filters.status:
        batches = batches.filter(state=filters.status)
    if filters.after:
        before = Batch.objects.filter(project=project, public_id=filters.after).values("pk")
        batches = batches.filter(pk__lt=before)
    found = list(batches[: limit + 1])
    rows = [batch_row(batch, project, role) for batch in found[:limit]]
    return BatchList(rows, rows[-1].key if len(found) > limit else "")


def batch_row(batch: Batch, project: Project, role: str) -> BatchRow:
    """Return a batch as its row in a list shows it to this role."""
    return BatchRow(
        key=batch.public_id,
        name=batch.name,
        slug=batch.slug,
        url=url_or_empty("batch", project.organization.slug, project.slug, batch.slug),
        state=batch.state,
        status=str(batch.get_state_display()),
        created_at=batch.created_at,
        counts=counts_of(batch),
        to_review=batch.to_review,
        with_feedback=batch.with_feedback,
        next=next_of(batch, project, role),
        note=_("closed: %(reason)s") % {"reason": batch.closed_reason} if batch.closed_at else batch.failure,
    )


def counts_of(batch: Batch) -> Counts:
    """Return the batch's own counters."""
    return Counts(1, batch.total, batch.done, batch.failed, batch.human, batch.auto)


def next_of(batch: Batch, project: Project, role: str, *, delivery_failed: bool = False) -> Next:
    """Return who acts next on a batch, with the address of the act."""
    facts = BatchFacts(
        name=batch.name,
        slug=batch.slug,
        state=batch.state,
        since=batch.state_since,
        role=role,
        failure=batch.failure,
        closed_reason=batch.closed_reason,
        closed_at=batch.closed_at,
        ask=batch.ask,
        ask_at=batch.ask_at,
        to_review=batch.to_review,
        project_paused=project.state == "paused",
        delivery_failed=delivery_failed,
    )
    return with_url(batch_next(facts), project.organization.slug, project.slug)


# --- one batch --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Acts:
    """What this person may do to the batch now. Operations act in the admin, so here they may nothing."""

    decide: bool = False
    pause: bool = False
    resume: bool = False
    close: bool = False
    retry: bool = False

    @property
    def any(self) -> bool:
        return any(self.__dict__.values())


@dataclass(frozen=True)
class FailedReason:
    """Objects that failed for one reason; `first` is the earliest of them."""

    reason: str
    count: int
    first: str
    public_id: str


@dataclass(frozen=True)
class BatchLive:
    """The part of the batch page that follows the server: from counters and days, never from counting objects."""

    row: BatchRow
    next: Next
    steps: Sequence[Step]
    charts: Sequence[Chart]
    reading: Reading | None
    acts: Acts
    decides_now: bool = False  # the decision is the page's main act: there is nothing left to review


@dataclass(frozen=True)
class Reading:
    """How far the transfer is: objects read from the manifest, and looked at."""

    read: int
    looked_at: int
    bytes_read: int
    size: int


@dataclass(frozen=True)
class BatchPage:
    """The part of the batch page that stands still."""

    failed: Sequence[FailedReason]
    bad_lines: Sequence[BadLine]
    decisions: Sequence[BatchDecision]
    deliveries: Sequence[DeliveryFiles]
    events: Sequence[Event]


@dataclass(frozen=True)
class ResultFile:
    """A file of a result that a person may want: its code in our addresses, its place below the output location."""

    code: str
    name: str
    note: str
    path: str


@dataclass(frozen=True)
class DeliveryFiles:
    """A delivery and, once it is complete, the files of it that can be downloaded."""

    delivery: Delivery
    files: Sequence[ResultFile]


def batch_acts(batch: Batch, role: str) -> Acts:
    """Return what a member with this role may do now."""
    if batch.closed_at:
        return Acts()
    manages = role in MAY_MANAGE
    return Acts(
        decide=manages and may(batch, "accept"),
        pause=manages and batch.state in IN_FLIGHT and not batch.ask,
        resume=manages and batch.state == "paused" and not batch.ask,
        close=manages and batch.state in OPEN_TO_CLOSE,
        retry=manages and batch.failed > 0 and batch.state in LABELLING,
    )


def _acts_now(batch: Batch, role: str) -> Acts:
    """Return what a member may do now; nothing is tried again where all that failed is what a limit left out."""
    acts = batch_acts(batch, role)
    if acts.retry and not DataObject.objects.filter(batch=batch).mendable().exists():
        return replace(acts, retry=False)
    return acts


def batch_live(batch: Batch, project: Project, role: str) -> BatchLive:
    """Return what the page shows of a running batch, in four statements: moves, days, manifest, delivery.

    A fifth looks for a failure that can be mended, where there are any and this member may try them again.
    """
    moves = AuditEvent.objects.filter(target_type="batches.batch", target_id=batch.pk).order_by("at", "pk")
    entered = entered_at(list(moves), "request_submitted", batch.created_at)
    entered.setdefault(batch.state, batch.state_since)
    delivery = Delivery.objects.filter(batch=batch).order_by("-round").first()
    step = next_of(batch, project, role, delivery_failed=bool(delivery and delivery.state == "failed"))
    return BatchLive(
        row=batch_row(batch, project, role),
        next=step,
        steps=batch_steps(batch.state, batch.state_before_pause, entered, closed=batch.closed_at is not None),
        charts=_charts(batch),
        reading=_reading(batch),
        acts=_acts_now(batch, role),
        decides_now=batch.state == "review_complete",
    )


def _charts(batch: Batch) -> list[Chart]:
    """Draw the last days of work, up to today or to the batch's last day."""
    rows = list(BatchDay.objects.filter(batch=batch).order_by("-day")[:CHART_DAYS])[::-1]
    if not rows:
        days = []
    else:
        last = clock.today() if batch.state in LABELLING else rows[-1].day
        days = span_of_days(rows, max(rows[0].day, last - timedelta(days=CHART_DAYS - 1)), last)
    caption = _("%(done)s of %(total)s") % {"done": f"{batch.done:,}", "total": f"{batch.total:,}"}
    return [completed_chart(days, caption=caption), labels_chart(days), agreement_chart(days)]


def _reading(batch: Batch) -> Reading | None:
    found = Manifest.objects.filter(batch=batch).order_by("-pk").first()
    if found is None or batch.state not in ("request_submitted", "data_transfer_in_progress"):
        return None
    return Reading(found.ordinal, found.checked, found.offset, found.size)


def batch_page(batch: Batch) -> BatchPage:
    """Return the rest of the page, in five statements."""
    bad = BadLine.objects.filter(manifest__batch=batch).select_related("manifest").order_by("number")[:BAD_LINES_SHOWN]
    decisions = BatchDecision.objects.filter(batch=batch).select_related("decided_by").order_by("-round")
    deliveries = [DeliveryFiles(d, delivered_files(d)) for d in Delivery.objects.filter(batch=batch).order_by("-round")]
    events = AuditEvent.objects.filter(target_type="batches.batch", target_id=batch.pk).order_by("-at", "-pk")[:40]
    return BatchPage(failed_reasons(batch), list(bad), list(decisions), deliveries, event_lines(list(events), {}))


def failed_reasons(batch: Batch) -> list[FailedReason]:
    """Return the reasons of the failed objects, the commonest first.

    The one figure that reads objects: only those that failed, by their partial index, and not when the page follows.
    """
    failed = DataObject.objects.filter(batch=batch).exclude(failure="")
    groups = list(
        failed.order_by().values("failure").annotate(n=Count("pk"), first=Min("ordinal")).order_by("-n", "failure")
    )
    firsts = {o.ordinal: o for o in failed.filter(ordinal__in=[g["first"] for g in groups])}
    return [FailedReason(g["failure"], g["n"], str(firsts[g["first"]]), firsts[g["first"]].public_id) for g in groups]


def failed_objects(batch: Batch, *, reason: str = "", after: int = -1, limit: int = PAGE) -> list[DataObject]:
    """Return failed objects in their order, from behind an ordinal; one over `limit` tells that more follow."""
    failed = DataObject.objects.filter(batch=batch, ordinal__gt=after).exclude(failure="")
    wanted = failed.filter(failure=reason) if reason else failed
    return list(wanted.order_by("ordinal")[: limit + 1])


def delivered_files(delivery: Delivery) -> list[ResultFile]:
    """Return the files of a complete delivery; its receipt names the job whose folder they lie in."""
    job = delivery.receipt.get("job", "")
    if delivery.state != "complete" or not job:
        return []
    return [
        ResultFile("manifest", _("Output manifest"), _("a line an object, with its label"), f"{job}/{MANIFEST}"),
        ResultFile("receipt", _("Receipt"), _("counts, checksums, failed objects"), f"{job}/{RECEIPT}"),
        ResultFile("checksums", _("Checksums"), _("of every file, for sha256sum --check"), f"{job}/{CHECKSUMS}"),
    ]


def batch_of(project: Project, slug: str) -> Batch | None:
    """Return a batch of the project by its slug."""
    return Batch.objects.filter(project=project, slug=slug).select_related("created_by").first()
