"""Requesting a project, taking the request back, the guideline, the data access."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from groundtruth.acts import PROBLEMS, act, status_of, tell
from groundtruth.http import page
from groundtruth.storage import StoreError
from projects import guidelines, queries, services
from projects.access import EVERY_ROLE, MAY_MANAGE, PortalRequest, require_role, role_in
from projects.audit import record
from projects.forms import RequestForm
from projects.models import Organization, User


@login_required
def request_project(request: HttpRequest) -> HttpResponse:
    """The tenant comes from the form here, not from the URL: it is checked the same way."""
    user = cast(User, request.user)
    organizations = queries.own_organizations(user)
    if not organizations:
        raise PermissionDenied(_("Only an owner or manager of an organization can request a project."))
    if request.method == "POST":
        form = RequestForm(request.POST, request.FILES, organizations=organizations)
        return _take(request, user, form, organizations)
    words = user.name.split(" ", 1)
    initial = {"first_name": words[0], "last_name": words[1] if len(words) > 1 else "", "contact_email": user.email}
    chosen = next((o for o in organizations if o.slug == request.GET.get("org")), organizations[0])
    form = RequestForm(initial={**initial, "organization": chosen.slug}, organizations=organizations)
    return _request_page(request, form, organizations)


def _take(request: HttpRequest, user: User, form: RequestForm, organizations: list[Organization]) -> HttpResponse:
    if not form.is_valid():
        return _request_page(request, form, organizations, status=422)
    values = form.cleaned_data
    organization = values["organization"]
    if role_in(user, organization) not in MAY_MANAGE:
        raise PermissionDenied
    try:
        project = services.request_project(user, organization, values, values["guideline"])
    except PROBLEMS as problem:
        tell(form, problem)
        return _request_page(request, form, organizations, status=status_of(problem))
    messages.success(request, _("Your request is on its way. Operations will call you."))
    return redirect("project", organization.slug, project.slug)


def _request_page(
    request: HttpRequest, form: RequestForm, organizations: list[Organization], status: int = 200
) -> HttpResponse:
    if form.is_bound:
        form.remind_of_guideline()
    context = {
        "form": form,
        "organization": organizations[0] if len(organizations) == 1 else None,
        "in_review": services.in_review(organizations[0]) if len(organizations) == 1 else None,
        "most": settings.MAX_PROJECTS_IN_REVIEW,
    }
    return page(request, "projects/request.html", context, status=status)


@require_role(*MAY_MANAGE)
def withdraw(request: PortalRequest) -> HttpResponse:
    project = request.project
    if request.method == "POST":
        back = f"/orgs/{request.organization.slug}/projects/{project.slug}/"
        return act(request, back, _("The request was withdrawn."), services.withdraw, project, request.user)
    return page(request, "projects/withdraw.html", {"project": project})


@require_role(*EVERY_ROLE)
@require_GET
def data_access(request: PortalRequest) -> HttpResponse:
    context = {"project": request.project, "grants": queries.grant_rows(request.project)}
    return page(request, "projects/data_access.html", context)


@require_role(*EVERY_ROLE)
@require_GET
def guideline(request: PortalRequest) -> HttpResponse:
    try:
        link = guidelines.download_link(request.project)
    except StoreError as problem:
        raise Http404(str(problem)) from problem
    record("read guideline", request.user, request.project)
    return redirect(link)
