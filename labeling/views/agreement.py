"""The part of a batch's page that tells how far people agree."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from batches.views.found import found_batch, here
from labeling.agreeing.queries import agreement_of
from labeling.views.machine import STOP_POLLING
from projects.access import EVERY_ROLE, PortalRequest, require_role


@require_GET
@require_role(*EVERY_ROLE)
def agreement(request: PortalRequest, batch: str) -> HttpResponse:
    """Return the part; empty where no job has begun. Workers are named to operations alone."""
    row = found_batch(request, batch)
    found = agreement_of(row, here(request, row), for_operations=request.role == "operations")
    status = STOP_POLLING if found and found.is_done else 200
    return render(request, "labeling/_agreement.html", {"found": found}, status=status)
