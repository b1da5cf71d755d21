"""Organizations and who belongs to them: founding, roles, leaving. An organization always keeps an owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from groundtruth import clock
from groundtruth.ids import free_slug
from groundtruth.states import Conflict, Invalid, Refused
from projects.accounts import end_sessions, is_confirmed
from projects.audit import record
from projects.models import Membership, Organization, Role, User

MAX_FOUNDED_A_DAY = 3


def create_organization(name: str) -> Organization:
    """Create an organization without members, under a slug of its own. Raises Invalid without a name."""
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("Give the organization a name."))
    return Organization.objects.create(name=name[:120], slug=free_slug(name, Organization.objects.all()))


def found_organization(user: User, name: str) -> Organization:
    """Create an organization whose owner is this person."""
    with transaction.atomic():
        organization = create_organization(name)
        membership = Membership.objects.create(organization=organization, user=user, role=Role.OWNER)
        record("found organization", user, membership)
    return organization


def found_another(user: User, name: str) -> Organization:
    """Let a person who has an account found an organization, where strangers may found theirs.

    Raises Refused where they may not, before their address is confirmed, and beyond a few a day.
    """
    if not settings.SIGN_UP_OPEN:
        raise Refused(_("Operations invite the owner of a new organization here."))
    if not is_confirmed(user):
        raise Refused(_("Confirm your e-mail address first."))
    since = clock.now() - timedelta(days=1)
    owned = Membership.objects.filter(user=user, role=Role.OWNER, created_at__gt=since)
    if owned.count() >= MAX_FOUNDED_A_DAY:
        raise Refused(_("You founded several organizations today. Found the next one tomorrow."))
    return found_organization(user, name)


def change_role(membership: Membership, role: str, *, by: Any) -> None:
    """Give a member another role. Raises Refused for the last owner, Conflict for one who left meanwhile."""
    if role not in Role.values:
        raise Invalid(_("Choose a role."))
    with transaction.atomic():
        _lock(membership.organization_id)
        if role != Role.OWNER:
            _refuse_last_owner(membership)
        if not Membership.objects.filter(pk=membership.pk).update(role=role):
            raise Conflict(_("This person is no member any more."))
        record("change role", by, membership, left=membership.role, entered=role)
    membership.role = role


def remove_member(membership: Membership, *, by: Any) -> None:
    """End a membership, at once: every page asks for it anew. Who has none left is signed out everywhere.

    Raises Refused for the last owner, Conflict for one who left meanwhile.
    """
    with transaction.atomic():
        _lock(membership.organization_id)
        _refuse_last_owner(membership)
        record("leave" if by == membership.user else "remove member", by, membership, person=membership.user_id)
        gone, _rows = Membership.objects.filter(pk=membership.pk).delete()
        if not gone:
            raise Conflict(_("This person is no member any more."))
        if not membership.user.is_staff and not Membership.objects.filter(user=membership.user_id).exists():
            end_sessions(membership.user)


def _lock(organization_id: int) -> None:
    """Let one at a time change who owns. SQLite ignores the row lock and needs none: its transactions are alone."""
    Organization.objects.select_for_update().get(pk=organization_id)


def _refuse_last_owner(membership: Membership) -> None:
    owners = Membership.objects.filter(organization=membership.organization_id, role=Role.OWNER)
    if set(owners.values_list("pk", flat=True)) == {membership.pk}:
        raise Refused(_("An organization needs an owner. Make somebody else an owner first."))
