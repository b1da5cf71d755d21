"""The batch of a page's address: of the project that the request may see, or none."""

from __future__ import annotations

from django.http import Http404

from batches.models import Batch
from batches.queries_batches import batch_of
from projects.access import PortalRequest


def found_batch(request: PortalRequest, slug: str) -> Batch:
    """Return the batch of the URL, with its project as the request has it, or answer 404."""
    batch = batch_of(request.project, slug)
    if batch is None:
        raise Http404
    batch.project = request.project
    return batch


def here(request: PortalRequest, batch: Batch) -> tuple[str, str, str]:
    """Return the parts of a batch's address: organization, project, batch."""
    return request.organization.slug, request.project.slug, batch.slug
