"""Whether the machine may label in a project: the customer's word, at any time."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from groundtruth.acts import PROBLEMS, status_of, tell
from groundtruth.http import page
from projects import services
from projects.access import MAY_MANAGE, PortalRequest, require_role
from projects.forms import MachineForm


@require_role(*MAY_MANAGE)
def machine_wish(request: PortalRequest) -> HttpResponse:
    """Show and take the wish; jobs that run follow it from their next round on."""
    project = request.project
    form = MachineForm(request.POST or None, initial={"machine_wish": project.machine_wish, "target": project.target})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.wish_machine(project, request.user, **form.cleaned_data)
            except PROBLEMS as problem:
                tell(form, problem)
                status = status_of(problem)
            else:
                messages.success(request, _("Your wish is kept. Jobs that run follow it from their next round on."))
                return redirect("project", request.organization.slug, project.slug)
    return page(request, "projects/machine.html", {"project": project, "form": form}, status=status)
