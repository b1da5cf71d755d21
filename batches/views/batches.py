"""The batches of a project, and one batch: what it shows."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from batches.columns import column_choices, shown_columns
from batches.forms import BatchFiltersForm
from batches.models import BadLine, Batch, DataObject
from batches.queries_batches import (
    PAGE,
    BatchFilters,
    batch_live,
    batch_page,
    batch_rows,
    failed_objects,
)
from batches.queries_next import url_or_empty
from batches.states import BatchState
from batches.views.found import found_batch, here
from batches.views.live import live_page, polled
from groundtruth.http import page
from projects.access import EVERY_ROLE, MAY_MANAGE, PortalRequest, require_role
from projects.states import TAKES_BATCHES


@require_GET
@require_role(*EVERY_ROLE)
def batch_list(request: PortalRequest) -> HttpResponse:
    filters = BatchFiltersForm(request.GET).filters()
    found = batch_rows(request.project, request.role, filters)
    context = {
        "project": request.project,
        "found": found,
        "filters": filters,
        "shown": shown_columns(request.user, "batches"),
        "choices": column_choices(request.user, "batches"),
        "statuses": BatchState.choices,
        "creates": request.role in MAY_MANAGE
        and request.project.state in TAKES_BATCHES
        and not request.project.closed_at,
        "older_url": f"?{_query(filters, found.older)}" if found.older else "",
        "newer_url": f"?{_query(filters)}" if filters.after else "",
    }
    return live_page(request, "batches/batches.html", "batches/_batches.html", context)


def _query(filters: BatchFilters, after: str = "") -> str:
    wanted = {"q": filters.q, "status": filters.status, "after": after}
    return urlencode({name: value for name, value in wanted.items() if value})


@require_GET
@require_role(*EVERY_ROLE)
def batch_overview(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    found = batch_live(row, request.project, request.role)
    parts = here(request, row)
    context: dict[str, Any] = {
        "batch": row,
        "project": request.project,
        "found": found,
        "retry_url": url_or_empty("retry_failed", *parts),
        "objects_url": url_or_empty("objects", *parts) if row.done else "",
        "agreement_url": url_or_empty("agreement", *parts),
        "machine_url": url_or_empty("machine", *parts),
        "confidence_url": url_or_empty("confidence", *parts) if row.human else "",
        "findings_url": url_or_empty("findings", *parts),
        "manages": request.role in MAY_MANAGE,
    }
    if not polled(request):
        context["aside"] = batch_page(row)
    still = f"{row.state} {row.failed} {bool(row.closed_at)} {row.round}"
    return live_page(request, "batches/batch.html", "batches/_batch.html", context, still=still)


# --- failed objects, bad lines ------------------------------------------------------------------------


@require_GET
@require_role(*EVERY_ROLE)
def failed_list(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    reason, after = request.GET.get("reason", "")[:300], request.GET.get("after", "")
    found = failed_objects(row, reason=reason, after=int(after) if after.isdecimal() else -1)
    more = {"reason": reason, "after": found[PAGE - 1].ordinal} if len(found) > PAGE else {}
    context = {
        "batch": row,
        "project": request.project,
        "reason": reason,
        "objects": found[:PAGE],
        "older_url": f"?{urlencode(more)}" if more else "",
        "newer_url": f"?{urlencode({'reason': reason})}" if after else "",
    }
    return page(request, "batches/failed.html", context)


class _Echo:
    """What csv writes to when each line goes straight to the answer."""

    def write(self, line: str) -> str:
        return line


def csv_answer(rows: Iterable[Iterable[Any]], filename: str) -> StreamingHttpResponse:
    """Stream rows as CSV; text that a spreadsheet would run as a formula gets an apostrophe."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow([_harmless(cell) for cell in row]) for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


@require_GET
@require_role(*EVERY_ROLE)
def failed_csv(request: PortalRequest, batch: str) -> StreamingHttpResponse:
    row = found_batch(request, batch)
    return csv_answer(_failed_rows(row), f"{row.slug}-failed.csv")


def _failed_rows(batch: Batch) -> Iterator[tuple[Any, ...]]:
    yield "object", "line", "source", "reason"
    failed = DataObject.objects.filter(batch=batch).exclude(failure="").order_by("ordinal")
    for data_object in failed.iterator():
        yield data_object.public_id, data_object.line_number, str(data_object), data_object.failure


@require_GET
@require_role(*EVERY_ROLE)
def bad_lines_csv(request: PortalRequest, batch: str) -> StreamingHttpResponse:
    row = found_batch(request, batch)
    bad = BadLine.objects.filter(manifest__batch=row).order_by("number").values_list("number", "reason")
    return csv_answer([("line", "reason"), *bad], f"{row.slug}-bad-lines.csv")
