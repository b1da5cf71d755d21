"""Tenant and role, checked in one place. A portal view without `require_role` answers nobody.

Strangers get 404 (nothing tells that a thing exists), members whose role does not suffice 403, operations may read
every portal page and write none: they act in the admin.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from projects.models import Membership, Organization, Project, Role, User

View = Callable[..., HttpResponse]
SAFE = ("GET", "HEAD", "OPTIONS")

EVERY_ROLE = tuple(Role.values)
MAY_REVIEW = (Role.OWNER, Role.MANAGER, Role.REVIEWER)
MAY_MANAGE = (Role.OWNER, Role.MANAGER)
MAY_OWN = (Role.OWNER,)


class PortalRequest(HttpRequest):
    """A request after `require_role`: what it may touch stands on it."""

    user: User
    organization: Organization
    project: Project
    role: str  # of the member; "operations" for staff


def role_in(user: User, organization: Organization) -> str | None:
    """Return the person's role there, "operations" for staff, or None for a stranger."""
    if not organization.suspended_at or user.is_staff:
        role = Membership.objects.filter(user=user, organization=organization).values_list("role", flat=True).first()
        return role or ("operations" if user.is_staff else None)
    return None


def require_role(*roles: str) -> Callable[[View], View]:
    """Let a view be reached by these roles of the organization in its URL (`org`, and `project` where it has one).

    It sets `request.organization`, `.project`, `.role` and passes the other URL parts on.
    """

    def decorate(view: View) -> View:
        @login_required
        @wraps(view)
        def checked(request: HttpRequest, org: str, project: str | None = None, **rest: Any) -> HttpResponse:
            portal = cast(PortalRequest, request)
            portal.organization = _organization(portal.user, org)
            role = role_in(portal.user, portal.organization)
            if role is None:
                raise Http404
            portal.role = role
            if project is not None:
                portal.project = _project(portal.organization, project)
            if role not in roles and not (role == "operations" and request.method in SAFE):
                raise PermissionDenied("Your role in this organization does not allow this. Ask an owner.")
            return view(portal, **rest)

        checked.roles = roles  # type: ignore[attr-defined]  # read by the test that walks every URL
        return checked

    return decorate


def _organization(user: User, slug: str) -> Organization:
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _project(organization: Organization, slug: str) -> Project:
    found = Project.objects.filter(organization=organization, slug=slug).select_related("organization").first()
    if found is None:
        raise Http404
    return found
