"""The price and its acceptance."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from groundtruth.acts import PROBLEMS, status_of, tell
from groundtruth.http import page
from groundtruth.states import Conflict
from projects import queries, services
from projects.access import EVERY_ROLE, MAY_OWN, PortalRequest, require_role
from projects.forms import QuoteAcceptForm
from projects.models import Quote


@require_role(*EVERY_ROLE)
def quote(request: PortalRequest) -> HttpResponse:
    """Every member reads the price; an owner accepts it."""
    shown = queries.current_quote(request.project)
    if request.method == "POST":
        return _accept(request, shown)
    return _quote_page(request, shown, QuoteAcceptForm.of(shown, request.user))


def _accept(request: PortalRequest, shown: Quote | None) -> HttpResponse:
    if request.role not in MAY_OWN:
        raise PermissionDenied(_("An owner accepts the price."))
    form = QuoteAcceptForm(request.POST)
    if not form.is_valid():
        return _quote_page(request, shown, form, status=422)
    try:
        if shown is None or shown.number != form.cleaned_data["number"]:
            raise Conflict(_("The price changed meanwhile. Read it again before you accept."))
        services.accept_quote(shown, request.user, name=form.cleaned_data["name"])
    except PROBLEMS as problem:
        fresh = QuoteAcceptForm(request.POST)
        fresh.is_valid()
        tell(fresh, problem)
        return _quote_page(request, queries.current_quote(request.project), fresh, status=status_of(problem))
    messages.success(request, _("You accepted the price. Operations prepare the contract."))
    return redirect("quote", request.organization.slug, request.project.slug)


def _quote_page(request: PortalRequest, shown: Quote | None, form: QuoteAcceptForm, status: int = 200) -> HttpResponse:
    project = request.project
    open_still = shown is not None and shown.accepted_at is None and not project.closed_at
    expected = project.objects_expected
    context = {
        "project": project,
        "quote": shown,
        "form": form if open_still and request.role in MAY_OWN else None,
        "waits_for_owner": open_still and request.role not in MAY_OWN,
        "estimate": shown.price * expected if shown and expected else None,
    }
    return page(request, "projects/quote.html", context, status=status)
