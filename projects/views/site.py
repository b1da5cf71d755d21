"""One's account, the mails that were kept, and whether the installation lives."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groundtruth.http import page
from projects import accounts, health, outbox, queries
from projects.forms import NameForm
from projects.models import User


@login_required
def account(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": user.name})
    if request.method == "POST" and form.is_valid():
        user.name = form.cleaned_data["name"]
        user.save(update_fields=["name"])
        messages.success(request, _("Your name was changed."))
        return redirect("account")
    context = {"form": form, "memberships": queries.memberships_of(user), "may_found": settings.SIGN_UP_OPEN}
    return page(request, "projects/account.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def end_session(request: HttpRequest, session: int) -> HttpResponse:
    """End one of one's own sessions: a lost phone, while the desk goes on."""
    if not accounts.end_session(cast(User, request.user), session):
        raise Http404
    messages.success(request, _("That session is signed out."))
    return redirect("usersessions_list")


@login_required
@never_cache
@require_GET
def show_outbox(request: HttpRequest) -> HttpResponse:
    if not cast(User, request.user).is_staff:
        raise PermissionDenied(_("Only operations read the mails that were kept."))
    context = {"mails": outbox.newest_mails(), "keeps": outbox.keeps_mails(), "notices": queries.newest_notices()}
    return page(request, "projects/outbox.html", context)


@never_cache
@require_GET
def healthz(request: HttpRequest) -> HttpResponse:
    """Public, for supervisors: says which part is ill and nothing else."""
    report = health.report()
    return JsonResponse(report, status=200 if set(report.values()) == {"ok"} else 503)
