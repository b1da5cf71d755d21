"""The part of a batch's page that tells of its automated labelling."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from batches.views.found import found_batch
from labeling.machine.queries import machine_of
from projects.access import EVERY_ROLE, PortalRequest, require_role

STOP_POLLING = 286  # to htmx


@require_GET
@require_role(*EVERY_ROLE)
def machine(request: PortalRequest, batch: str) -> HttpResponse:
    """Return the part; empty where nobody wanted the machine."""
    found = machine_of(found_batch(request, batch))
    status = STOP_POLLING if found and found.is_done else 200
    return render(request, "labeling/_machine.html", {"found": found}, status=status)
