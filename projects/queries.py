"""What the pages of people, requests, quotes and data access show: frozen rows, ready for a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from groundtruth import clock
from projects.access import MAY_MANAGE
from projects.models import DataGrant, Invitation, Membership, Notice, Organization, Project, Quote, Role, User


@dataclass(frozen=True)
class MemberRow:
    public_id: str
    name: str
    email: str
    initials: str
    role: str
    role_label: str
    since: datetime
    last_login: datetime | None
    you: bool
    last_owner: bool  # can neither leave nor take another role


@dataclass(frozen=True)
class InvitationRow:
    pk: int
    email: str
    role_label: str
    invited_by: str
    expires_at: datetime
    expired: bool


@dataclass(frozen=True)
class GrantRow:
    way: str
    label: str
    uri: str
    granted_at: datetime
    verified_at: datetime | None
    revoked_at: datetime | None
    state: str
    state_label: str


@dataclass(frozen=True)
class NoticeRow:
    at: datetime
    recipient: str
    kind: str
    state: str
    tone: str
    problem: str


def own_organizations(user: User) -> list[Organization]:
    """Return the organizations for which this person may request a project, by name."""
    mine = Organization.objects.filter(memberships__user=user, memberships__role__in=MAY_MANAGE, suspended_at=None)
    return list(mine.order_by("name"))


def memberships_of(user: User) -> list[Membership]:
    """Return where this person belongs, by name."""
    rows = Membership.objects.filter(user=user, organization__suspended_at=None)
    return list(rows.select_related("organization").order_by("organization__name"))


def people(organization: Organization, viewer: User) -> list[MemberRow]:
    """Return the members: owners first, then by name."""
    rows = list(Membership.objects.filter(organization=organization).select_related("user"))
    order = {role: place for place, role in enumerate(Role.values)}
    rows.sort(key=lambda row: (order[row.role], str(row.user).lower()))
    owners = sum(row.role == Role.OWNER for row in rows)
    return [_member(row, viewer, row.role == Role.OWNER and owners == 1) for row in rows]


def _member(row: Membership, viewer: User, last_owner: bool) -> MemberRow:
    return MemberRow(
        public_id=row.user.public_id,
        name=row.user.name or row.user.email,
        email=row.user.email,
        initials=row.user.initials,
        role=row.role,
        role_label=str(row.get_role_display()),
        since=row.created_at,
        last_login=row.user.last_login,
        you=row.user_id == viewer.pk,
        last_owner=last_owner,
    )


def open_invitations(organization: Organization) -> list[InvitationRow]:
    """Return who was asked and has not answered, the newest first."""
    rows = Invitation.objects.filter(organization=organization, accepted_at=None).select_related("invited_by")
    now = clock.now()
    return [
        InvitationRow(
            row.pk,
            row.email,
            str(row.get_role_display()),
            str(row.invited_by or ""),
            row.expires_at,
            row.expires_at <= now,
        )
        for row in rows.order_by("-created_at", "-pk")
    ]


def current_quote(project: Project) -> Quote | None:
    """Return the quote that stands: the accepted one, else the newest."""
    return Quote.objects.filter(project=project).select_related("accepted_by").order_by("-number").first()


def grant_rows(project: Project) -> list[GrantRow]:
    """Return where the project may read and write: what is in force first, then what was revoked."""
    rows = DataGrant.objects.filter(project=project).order_by("direction", "bucket", "prefix", "pk")
    return sorted((_grant_row(row) for row in rows), key=lambda row: row.revoked_at is not None)


def _grant_row(grant: DataGrant) -> GrantRow:
    state, label = (
        ("revoked", _("Revoked"))
        if grant.revoked_at
        else ("verified", _("Checked"))
        if grant.verified_at
        else ("", _("Not checked"))
    )
    return GrantRow(
        way=grant.direction,
        label=str(grant.get_direction_display()).capitalize(),
        uri=f"s3://{grant.bucket}/{grant.prefix}",
        granted_at=grant.created_at,
        verified_at=grant.verified_at,
        revoked_at=grant.revoked_at,
        state=state,
        state_label=label,
    )


def newest_notices(limit: int = 100) -> list[NoticeRow]:
    """Return the last mails with what became of them, the newest first."""
    return [_notice_row(notice) for notice in Notice.objects.order_by("-pk")[:limit]]


def _notice_row(notice: Notice) -> NoticeRow:
    state, tone = _notice_state(notice)
    return NoticeRow(notice.created_at, notice.recipient, notice.kind, state, tone, notice.last_error)


def _notice_state(notice: Notice) -> tuple[str, str]:
    if notice.sent_at:
        return _("Sent"), "good"
    if notice.gave_up:
        return _("Given up"), "bad"
    if notice.done_at:
        return _("Cancelled"), ""
    return (_("Trying again"), "warn") if notice.attempts else (_("Waiting"), "info")


def member(organization: Organization, public_id: str) -> Membership | None:
    """Return the membership of one person, by the person's public id."""
    rows: Any = Membership.objects.filter(organization=organization, user__public_id=public_id)
    return rows.select_related("user").first()
