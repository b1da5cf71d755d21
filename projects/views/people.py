"""An organization's people: who belongs, in which role, who is invited. And following an invitation."""

from __future__ import annotations

from dataclasses import asdict
from typing import cast

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from groundtruth.acts import PROBLEMS, act, status_of, tell, tried
from groundtruth.http import page
from projects import invitations, organizations, queries
from projects.access import EVERY_ROLE, MAY_MANAGE, MAY_OWN, PortalRequest, require_role
from projects.accounts import answers_to
from projects.forms import InviteForm, OrganizationForm, RoleForm, newcomer_form, roles_to_give
from projects.models import Invitation, Membership, Role, User


@login_required
def found(request: HttpRequest) -> HttpResponse:
    """Let somebody who has an account found an organization, where strangers may."""
    if not settings.SIGN_UP_OPEN:
        raise PermissionDenied(_("Operations invite the owner of a new organization here."))
    form, status = OrganizationForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                new = organizations.found_another(cast(User, request.user), form.cleaned_data["name"])
            except PROBLEMS as problem:
                tell(form, problem)
                status = status_of(problem)
            else:
                messages.success(request, _("%(where)s is founded, and you own it.") % {"where": new})
                return redirect("organization", new.slug)
    return page(request, "projects/found.html", {"form": form}, status=status)


@require_role(*EVERY_ROLE)
@require_GET
def organization(request: PortalRequest) -> HttpResponse:
    return _people_page(request, InviteForm(roles=roles_to_give(request.role)))


def _people_page(request: PortalRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    context = {
        "organization": request.organization,
        "people": queries.people(request.organization, request.user),
        "invitations": queries.open_invitations(request.organization),
        "form": form,
        "results": request.session.pop("invited", []),
        "roles": Role.choices,
        "may_invite": request.role in MAY_MANAGE,
        "may_own": request.role in MAY_OWN,
        "is_member": request.role != "operations",
    }
    return page(request, "projects/organization.html", context, status=status)


@require_role(*MAY_MANAGE)
@require_POST
def invite(request: PortalRequest) -> HttpResponse:
    form = InviteForm(request.POST, roles=roles_to_give(request.role))
    if not form.is_valid():
        return _people_page(request, form, status=422)
    values = form.cleaned_data
    try:
        results = invitations.invite(request.organization, values["emails"], role=values["role"], by=request.user)
    except PROBLEMS as problem:
        tell(form, problem)
        return _people_page(request, form, status=status_of(problem))
    request.session["invited"] = [asdict(result) for result in results]
    return redirect("organization", request.organization.slug)


@require_role(*MAY_OWN)
@require_POST
def change_role(request: PortalRequest, person: str) -> HttpResponse:
    membership = _member(request, person)
    form = RoleForm(request.POST)
    role = form.cleaned_data["role"] if form.is_valid() else ""
    said = _("The role of %(who)s was changed.") % {"who": membership.user}
    return act(request, _back(request), said, organizations.change_role, membership, role, by=request.user)


@require_role(*MAY_OWN)
@require_POST
def remove(request: PortalRequest, person: str) -> HttpResponse:
    membership = _member(request, person)
    said = _("%(who)s is no member any more.") % {"who": membership.user}
    return act(request, _back(request), said, organizations.remove_member, membership, by=request.user)


@require_role(*EVERY_ROLE)
@require_POST
def leave(request: PortalRequest) -> HttpResponse:
    membership = _member(request, request.user.public_id)
    if not tried(request, organizations.remove_member, membership, by=request.user):
        return redirect(_back(request))
    messages.success(request, _("You left %(where)s.") % {"where": request.organization})
    return redirect("home")


@require_role(*MAY_MANAGE)
@require_POST
def resend(request: PortalRequest, invitation: int) -> HttpResponse:
    row = _invitation(request, invitation)
    said = _("A new link is on its way to %(who)s; the older one stopped working.") % {"who": row.email}
    return act(request, _back(request), said, invitations.resend, row, request.user)


@require_role(*MAY_MANAGE)
@require_POST
def withdraw_invitation(request: PortalRequest, invitation: int) -> HttpResponse:
    row = _invitation(request, invitation)
    said = _("The invitation of %(who)s was withdrawn.") % {"who": row.email}
    return act(request, _back(request), said, invitations.withdraw, row, request.user)


@require_role(*EVERY_ROLE)
@require_GET
def members(request: PortalRequest) -> HttpResponse:
    return redirect("organization", request.organization.slug)


def _back(request: PortalRequest) -> str:
    return f"/orgs/{request.organization.slug}/"


def _member(request: PortalRequest, person: str) -> Membership:
    found = queries.member(request.organization, person)
    if found is None:
        raise Http404
    return found


def _invitation(request: PortalRequest, pk: int) -> Invitation:
    row = Invitation.objects.filter(organization=request.organization, pk=pk, accepted_at=None)
    found = row.select_related("organization").first()
    if found is None:
        raise Http404
    return found


# --- following an invitation ------------------------------------------------------------------------


@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Public: the token is what lets one in. Nothing happens on GET, which mail scanners follow too."""
    found = invitations.find(token)
    if found is None:
        return page(request, "projects/invitation_gone.html", status=404)
    if request.user.is_authenticated:
        return _accept_signed_in(request, found, token)
    if not invitations.newcomer(found):
        return redirect_to_login(request.get_full_path(), "account_login")
    return _accept_newcomer(request, found, token)


def _accept_signed_in(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    user = cast(User, request.user)
    other = not answers_to(user, found.email)
    if request.method == "POST" and not other:
        said = _("You are now a member of %(where)s.") % {"where": found.organization}
        return act(request, "home", said, invitations.accept, token, user)
    return page(
        request, "projects/invitation.html", {"invitation": found, "other": other}, status=403 if other else 200
    )


def _accept_newcomer(request: HttpRequest, found: Invitation, token: str) -> HttpResponse:
    form = newcomer_form(found, request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                user = invitations.accept_as_newcomer(token, **form.cleaned_data)
            except PROBLEMS as problem:
                tell(form, problem)
                status = status_of(problem)
            else:
                return perform_login(request, user, email_verification="none")
    return page(request, "projects/invitation.html", {"invitation": found, "form": form}, status=status)
