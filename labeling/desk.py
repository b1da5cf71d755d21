"""The admin site: Django's own, with operations' day as its first page, and our way to sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from batches.models import Batch
from groundtruth.http import page
from labeling import desk_figures, desk_queries
from labeling.desk_lines import Work
from labeling.desk_queries import READ_COMMENTS
from projects import staff
from projects.audit import record
from projects.models import Project

TABS = ("all", "mine", "nobody", "settled")


class Desk(AdminSite):
    site_header = "Groundtruth operations"
    site_title = "Groundtruth"
    index_title = "The day's work"
    enable_nav_sidebar = False

    def get_urls(self) -> list[Any]:
        own = [
            path("desk/take/<int:pk>/", self.admin_view(require_POST(self.take)), name="desk_take"),
            path("desk/read/<int:pk>/", self.admin_view(require_POST(self.read_comments)), name="desk_read_comments"),
        ]
        return [*own, *super().get_urls()]

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send to the one sign-in page; who is signed in and not of operations is refused, not asked again."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied("This desk is for operations.")
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"), settings.LOGIN_URL)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send to the one page where everybody changes theirs."""
        return redirect("account_change_password")

    def index(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the day's work: everything, mine, nobody's, or what was settled today."""
        tab = request.GET.get("show", "all")
        tab = tab if tab in TABS else "all"
        work, settled = desk_queries.open_work(), desk_figures.settled_today()
        mine = work.only(lambda line: line.owner == request.user)
        nobody = work.only(lambda line: line.owner is None)
        counts = {
            "all": len(work.lines),
            "mine": len(mine.lines),
            "nobody": len(nobody.lines),
            "settled": settled.count(),
        }
        shown = {"all": work, "mine": mine, "nobody": nobody}.get(tab, Work())
        context = {
            **self.each_context(request),
            "title": _("Today"),
            "tab": tab,
            "tabs": _tabs(tab, counts),
            "work": shown,
            "settled": settled[:100] if tab == "settled" else (),
            "now": desk_figures.right_now(),
            "calls": desk_figures.next_calls(),
            "batches": desk_figures.batches_in_progress(),
        }
        return page(request, "labeling/desk/index.html", context, part="labeling/desk/_work.html")

    def take(self, request: HttpRequest, pk: int) -> HttpResponse:
        staff.take(get_object_or_404(Project, pk=pk), request.user)  # type: ignore[arg-type]  # the admin lets nobody else in
        messages.success(request, _("It is yours."))
        return redirect("admin:index")

    def read_comments(self, request: HttpRequest, pk: int) -> HttpResponse:
        batch = get_object_or_404(Batch, pk=pk)
        record(READ_COMMENTS, request.user, batch)
        return redirect(reverse("admin:batches_objectfeedback_changelist") + f"?data_object__batch__id__exact={pk}")


def _tabs(tab: str, counts: dict[str, int]) -> list[dict[str, Any]]:
    titles = {"all": _("Everything"), "mine": _("Mine"), "nobody": _("Nobody’s"), "settled": _("Settled today")}
    return [
        {
            "title": titles[name],
            "url": f"?show={name}",
            "current": name == tab,
            "count": counts[name],
            "lit": name == "mine",
        }
        for name in TABS
    ]
