"""Projects, one project, and the columns a person chose."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from batches.columns import column_choices, remember_columns, shown_columns
from batches.forms import AskForm, ColumnsForm, ProjectFiltersForm
from batches.queries_project import project_live, project_page
from batches.queries_projects import ProjectFilters, project_rows
from batches.views.live import live_page, polled
from groundtruth.acts import tried_form
from projects import services as project_services
from projects.access import EVERY_ROLE, MAY_MANAGE, PortalRequest, require_role
from projects.models import Membership
from projects.states import TAKES_BATCHES, WORKING, ProjectState


@require_GET
@login_required
def project_list(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    filters = ProjectFiltersForm(request.GET).filters()
    found = project_rows(user, filters)
    context = {
        "found": found,
        "filters": filters,
        "shown": shown_columns(user, "projects"),
        "choices": column_choices(user, "projects"),
        "tabs": _tabs(filters, found.tabs),
        "statuses": ProjectState.choices,
        "sorts": {name: f"?{_query(filters, sort=name)}" for name in ("next", "name", "created")},
        "older_url": f"?{_query(filters, after=found.older)}" if found.older else "",
        "newer_url": f"?{_query(filters)}" if filters.after else "",
        "requests": Membership.objects.filter(user=user, role__in=MAY_MANAGE).exists(),
        "may_found": settings.SIGN_UP_OPEN,
    }
    beside = "batches/_project_tabs.html"
    return live_page(request, "batches/projects.html", "batches/_projects.html", context, beside=beside)


def _query(filters: ProjectFilters, **changes: str) -> str:
    kept = {name: value for name, value in filters.__dict__.items() if name != "after"}
    return urlencode({name: value for name, value in {**kept, **changes}.items() if value})


def _tabs(filters: ProjectFilters, counts: dict[str, int]) -> list[dict[str, Any]]:
    titles = {"all": _("All"), "you": _("For you"), "running": _("Running"), "finished": _("Finished")}
    return [
        {
            "title": title,
            "url": f"?{_query(filters, show=name)}",
            "current": filters.show == name,
            "count": counts[name],
            "lit": name == "you",
        }
        for name, title in titles.items()
    ]


@require_POST
@login_required
def choose_columns(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = ColumnsForm(request.POST)
    if form.is_valid():
        remember_columns(user, form.cleaned_data["table"], form.cleaned_data["col"])
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    # A word without a slash would be looked up as the name of a view.
    return redirect(back if is_ours and back.startswith("/") else reverse("projects"))


@require_GET
@require_role(*EVERY_ROLE)
def project_overview(request: PortalRequest) -> HttpResponse:
    project, role = request.project, request.role
    live = project_live(project, role)
    manages = role in MAY_MANAGE and not project.closed_at
    context = {
        "project": project,
        "found": live,
        "shown": shown_columns(request.user, "batches"),
        "creates": manages and project.state in TAKES_BATCHES,
        "asks_pause": manages and not project.ask and project.state in WORKING,
        "asks_resume": manages and not project.ask and project.state == "paused",
        "withdraws": manages and project.state == "review_in_progress",
        "manages": manages,
    }
    if not polled(request):
        context["aside"] = project_page(project)
    still = f"{project.state} {live.counts.batches} {live.next.text}"
    return live_page(request, "batches/project.html", "batches/_project.html", context, still=still)


@require_POST
@require_role(*MAY_MANAGE)
def ask_project(request: PortalRequest) -> HttpResponse:
    form = AskForm(request.POST)
    back = reverse("project", args=[request.organization.slug, request.project.slug])
    if tried_form(request, form, lambda data: project_services.ask(request.project, request.user, **data)):
        messages.success(request, _("We told operations. They settle it today."))
    return redirect(back)
