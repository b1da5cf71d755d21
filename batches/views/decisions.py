"""What a customer does to a batch: decide, ask for a pause, close."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from batches import services
from batches.forms import AskForm, CloseForm, DecisionForm
from batches.models import Batch
from batches.views.acts import act
from batches.views.batches import found_batch
from projects.access import MAY_MANAGE, PortalRequest, require_role


def _back(request: PortalRequest, batch: Batch) -> HttpResponse:
    return redirect("batch", request.organization.slug, request.project.slug, batch.slug)


@require_POST
@require_role(*MAY_MANAGE)
def decide_batch(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    form = DecisionForm(request.POST)
    if act(
        request,
        form,
        lambda data: services.decide(row, request.user, accept=data["verdict"] == "accept", reason=data["reason"]),
    ):
        accepted = form.cleaned_data["verdict"] == "accept"
        done = (
            _("Accepted. The result is being written.")
            if accepted
            else _("Rejected. Operations call you about the rework.")
        )
        messages.success(request, done)
    return _back(request, row)


@require_POST
@require_role(*MAY_MANAGE)
def ask_batch(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    if act(request, AskForm(request.POST), lambda data: services.ask(row, request.user, **data)):
        messages.success(request, _("We told operations. They settle it today."))
    return _back(request, row)


@require_POST
@require_role(*MAY_MANAGE)
def close_batch(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    if act(request, CloseForm(request.POST), lambda data: services.close(row, request.user, data["reason"])):
        messages.success(request, _("Closed. What people did so far stays recorded."))
    return _back(request, row)
