"""The result of a batch: one file of it, or all as a zip."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from batches.archive import delivered_store, zipped
from batches.models import Batch, Delivery
from batches.queries_batches import delivered_files
from batches.views.found import found_batch, here
from groundtruth.storage import StoreError, parse_uri
from projects.access import EVERY_ROLE, PortalRequest, require_role
from projects.audit import record


def _found(batch: Batch, round_: int) -> Delivery:
    """Return the complete delivery of a round, with its batch as the request has it, or answer 404."""
    delivery = get_object_or_404(Delivery, batch=batch, round=round_)
    delivery.batch = batch
    if not delivered_files(delivery):
        raise Http404
    return delivery


def _refused(request: PortalRequest, batch: Batch, problem: StoreError) -> HttpResponse:
    messages.error(request, _("The file cannot be read now: %(why)s") % {"why": problem})
    return redirect("batch", *here(request, batch))


@require_GET
@require_role(*EVERY_ROLE)
def delivery_file(request: PortalRequest, batch: str, round: int, code: str) -> HttpResponse:
    """Sign one file of a complete delivery; each download is audited."""
    row = found_batch(request, batch)
    delivery = _found(row, round)
    file = next((known for known in delivered_files(delivery) if known.code == code), None)
    if file is None:
        raise Http404
    try:
        url = delivered_store(delivery).sign(
            parse_uri(f"{delivery.prefix}{file.path}"),
            settings.SIGNED_URL_SECONDS,
            filename=file.path.rpartition("/")[2],
        )
    except StoreError as problem:
        return _refused(request, row, problem)
    with transaction.atomic():
        record("download", request.user, delivery, file=file.path)
    return redirect(url)


@require_GET
@require_role(*EVERY_ROLE)
def delivery_zip(request: PortalRequest, batch: str, round: int) -> HttpResponseBase:
    """Send all files of a complete delivery as one zip; it is audited."""
    row = found_batch(request, batch)
    delivery = _found(row, round)
    job_name = delivery.receipt["job"]
    try:
        pieces = zipped(delivery, job_name)
    except StoreError as problem:
        return _refused(request, row, problem)
    with transaction.atomic():
        record("download", request.user, delivery, file=f"{job_name}.zip")
    headers = {"Content-Disposition": f'attachment; filename="{job_name}.zip"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)
