"""A new batch: check what is there, then send."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from batches import checking, services
from batches.forms import BatchForm, own_output
from batches.views.found import here
from groundtruth.acts import PROBLEMS, tell
from groundtruth.http import page
from groundtruth.states import Conflict, Refused
from projects.access import MAY_MANAGE, PortalRequest, require_role


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(*MAY_MANAGE)
def new_batch(request: PortalRequest) -> HttpResponse:
    if request.method != "POST":
        return _show(request, BatchForm(initial={"output_uri": own_output(request.project)}))
    form = BatchForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    return _check(request, form) if "check" in request.POST else _send(request, form)


def _check(request: PortalRequest, form: BatchForm) -> HttpResponse:
    data = form.cleaned_data
    try:
        report = checking.check(request.project, data["input_uri"], data["output_uri"])
    except Refused as problem:
        tell(form, problem)
        return _show(request, form, status=422)
    return _show(request, form, report=report)


def _send(request: PortalRequest, form: BatchForm) -> HttpResponse:
    try:
        batch = services.create_batch(request.project, request.user, **form.cleaned_data)
    except PROBLEMS as problem:
        tell(form, problem)
        return _show(request, form, status=409 if isinstance(problem, Conflict) else 422)
    messages.success(request, _("Sent. We read the data now; this page follows."))
    return redirect("batch", *here(request, batch))


def _show(request: PortalRequest, form: BatchForm, *, report: Any = None, status: int = 200) -> HttpResponse:
    context = {"form": form, "project": request.project, "report": report, "may_send": request.role in MAY_MANAGE}
    context["limits"] = checking.limit_words()
    try:
        services.refuse_unless_open(request.project)
    except Refused as problem:
        context["refused"] = str(problem)
    return page(request, "batches/new.html", context, status=status)
