"""The part of a batch's page that tells how sure its labels are, and how right that is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from batches.views.found import found_batch
from labeling.queries_confidence import confidence_of
from projects.access import EVERY_ROLE, PortalRequest, require_role


@require_GET
@require_role(*EVERY_ROLE)
def confidence(request: PortalRequest, batch: str) -> HttpResponse:
    """Return the part; empty where no confidence is computed."""
    return render(request, "labeling/_confidence.html", {"found": confidence_of(found_batch(request, batch))})
