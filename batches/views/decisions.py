"""What a customer does to a batch: decide, ask for a pause, close."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from batches import services
from batches.forms import AskForm, CloseForm, DecisionForm
from batches.models import Batch
from batches.views.found import found_batch, here
from groundtruth.acts import tried_form
from projects.access import MAY_MANAGE, PortalRequest, require_role


def _back(request: PortalRequest, batch: Batch) -> HttpResponse:
    return redirect("batch", *here(request, batch))


@require_POST
@require_role(*MAY_MANAGE)
def decide_batch(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)

    def decide(data: dict[str, Any]) -> None:
        accepts = data["verdict"] == "accept"
        services.decide(row, request.user, accept=accepts, reason=data["reason"])
        done = _("Accepted. The result is being written.")
        messages.success(request, done if accepts else _("Rejected. Operations call you about the rework."))

    tried_form(request, DecisionForm(request.POST), decide)
    return _back(request, row)


@require_POST
@require_role(*MAY_MANAGE)
def ask_batch(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    if tried_form(request, AskForm(request.POST), lambda data: services.ask(row, request.user, **data)):
        messages.success(request, _("We told operations. They settle it today."))
    return _back(request, row)


@require_POST
@require_role(*MAY_MANAGE)
def close_batch(request: PortalRequest, batch: str) -> HttpResponse:
    row = found_batch(request, batch)
    if tried_form(request, CloseForm(request.POST), lambda data: services.close(row, request.user, data["reason"])):
        messages.success(request, _("Closed. What people did so far stays recorded."))
    return _back(request, row)
