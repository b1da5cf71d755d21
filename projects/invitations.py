"""Asking people into an organization by mail. A link works once, for a while, and is stored nowhere."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from groundtruth import clock
from groundtruth.ids import public_id
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.work import GiveUp
from projects.access import role_in
from projects.accounts import answers_to, confirm_address, forget_ways_in, has_confirmed, owner_of
from projects.audit import record
from projects.models import AuditEvent, Invitation, Membership, Notice, Organization, Role, User
from projects.notices import link_for, notify
from projects.organizations import create_organization

AT_ONCE = 50  # spec/portal.md 4
A_DAY = 200  # an organization; whoever signs up must not make us a sender of spam
DAYS = 14


@dataclass(frozen=True)
class Result:
    """What became of one address of a submission."""

    email: str
    sentence: str
    sent: bool


def invite(organization: Organization, emails_text: str, *, role: str, by: User) -> list[Result]:
    """Invite up to 50 addresses, separated by commas, spaces or lines; say of each what became of it.

    Raises Invalid if there is none or more than 50, Refused for a role that `by` may not give or past the day's limit.
    """
    _refuse_role(organization, role, by)
    emails = list(dict.fromkeys(part.lower() for part in re.split(r"[\s,;]+", emails_text) if part))
    if not emails:
        raise Invalid(_("Write at least one address."))
    if len(emails) > AT_ONCE:
        raise Invalid(_("These are %(n)d addresses. Send at most 50 at a time.") % {"n": len(emails)})
    _refuse_many(organization, len(emails))
    return [_invite_one(organization, email, role, by) for email in emails]


def _refuse_role(organization: Organization, role: str, by: User) -> None:
    if role not in Role.values:
        raise Invalid(_("Choose a role."))
    if role == Role.OWNER and not by.is_staff and role_in(by, organization) != Role.OWNER:
        raise Refused(_("Only an owner can invite an owner."))


def _refuse_many(organization: Organization, more: int) -> None:
    since = clock.now() - timedelta(days=1)
    sent = AuditEvent.objects.filter(organization_id=organization.pk, verb="invite", at__gte=since).count()
    if sent + more > A_DAY:
        raise Refused(_("An organization can send %(n)d invitations a day. Send the rest tomorrow.") % {"n": A_DAY})


def _invite_one(organization: Organization, email: str, role: str, by: User) -> Result:
    try:
        validate_email(email)
    except ValidationError:
        return Result(email, _("This is not an e-mail address."), False)
    if len(email) > 254:
        return Result(email[:254], _("This address is too long."), False)
    if Membership.objects.filter(organization=organization, user__email=email).exists():
        return Result(email, _("Is a member already."), False)
    with transaction.atomic():
        invitation, new = Invitation.objects.get_or_create(
            organization=organization, email=email, accepted_at=None, defaults=_fresh(role, by)
        )
        if not new and invitation.expires_at > clock.now():
            return Result(email, _("Was invited already and has not answered yet."), False)
        _send(invitation, by)
    return Result(email, _("Invited."), True)


def _fresh(role: str, by: Any) -> dict[str, Any]:
    # The hash needs the row's id: until `_send` sets it, a random one that no token has.
    return {"role": role, "invited_by": by, "expires_at": clock.now(), "token_hash": "unsent-" + public_id()}


def _send(invitation: Invitation, by: Any) -> None:
    """Draw a new link, which ends the older one, and mail it. Inside the caller's transaction."""
    invitation.nonce = public_id()
    invitation.expires_at = clock.now() + timedelta(days=DAYS)
    invitation.token_hash = _hash(token_of(invitation))
    open_still = Invitation.objects.filter(pk=invitation.pk, accepted_at=None)
    if not open_still.update(
        nonce=invitation.nonce, expires_at=invitation.expires_at, token_hash=invitation.token_hash
    ):
        raise Conflict(_("This invitation was accepted already."))
    record("invite", by, invitation, email=invitation.email, role=invitation.role)
    _cancel_mail(invitation)
    key = f"invitation-{invitation.pk}-{invitation.nonce}"
    notify(key, invitation.email, "invitation", invitation=invitation.pk, nonce=invitation.nonce)


def token_of(invitation: Invitation) -> str:
    """Return the secret part of an invitation's link: HMAC-SHA256 of its id and nonce under the server's key."""
    message = f"invitation:{invitation.pk}:{invitation.nonce}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@link_for("invitation")
def _invitation_words(payload: dict[str, Any]) -> dict[str, Any]:
    """Return what the mail says. Raises GiveUp for an invitation that was withdrawn, answered or sent anew."""
    row = Invitation.objects.filter(pk=payload["invitation"], nonce=payload["nonce"], accepted_at=None)
    invitation = row.select_related("organization", "invited_by").first()
    if invitation is None:
        raise GiveUp("The invitation was withdrawn or sent anew before this mail.")
    return {
        "link": settings.GROUNDTRUTH_URL + reverse("invitation", args=[token_of(invitation)]),
        "organization": invitation.organization.name,
        "inviter": str(invitation.invited_by or "Groundtruth"),
        "role": invitation.get_role_display(),
        "days": DAYS,
    }


def _cancel_mail(invitation: Invitation) -> None:
    unsent = Notice.objects.filter(key__startswith=f"invitation-{invitation.pk}-", sent_at=None, done_at=None)
    unsent.update(done_at=clock.now())


def resend(invitation: Invitation, by: User) -> None:
    """Mail a new link; the older one stops working. Raises Refused past the day's limit, Conflict if accepted."""
    _refuse_role(invitation.organization, invitation.role, by)
    _refuse_many(invitation.organization, 1)
    with transaction.atomic():
        _send(invitation, by)


def withdraw(invitation: Invitation, by: User) -> None:
    """Take an invitation back; its link stops working. Raises Conflict if it was accepted meanwhile."""
    with transaction.atomic():
        record("withdraw invitation", by, invitation, email=invitation.email)
        _cancel_mail(invitation)
        gone, _rows = Invitation.objects.filter(pk=invitation.pk, accepted_at=None).delete()
        if not gone:
            raise Conflict(_("This invitation was accepted already."))


def found_for(name: str, email: str, *, by: User) -> Organization:
    """Found an organization for somebody who is invited as its first owner: the way in while sign-up is closed.

    Raises Invalid for an address that is none.
    """
    with transaction.atomic():
        organization = create_organization(name)
        result = _invite_one(organization, email.strip().lower(), Role.OWNER, by)
        if not result.sent:
            raise Invalid(f"{result.email}: {result.sentence}")
    return organization


# --- accepting ------------------------------------------------------------------------------------------


def find(token: str) -> Invitation | None:
    """Return the open invitation of a link, or None where it is wrong, used, withdrawn or out of time."""
    row = Invitation.objects.filter(token_hash=_hash(token), accepted_at=None, expires_at__gt=clock.now())
    return row.filter(organization__suspended_at=None).select_related("organization", "invited_by").first()


def token_in(address: str) -> str:
    """Return the secret part of an invitation's link, or nothing for any other address of ours."""
    try:
        match = resolve(urlsplit(address).path)
    except (Resolver404, ValueError):
        return ""
    return str(match.kwargs["token"]) if match.url_name == "invitation" else ""


def newcomer(invitation: Invitation) -> bool:
    """Say whether the invited person sets themselves up here, rather than signing in.

    So do those without an account, and those whose account was never theirs to use: nobody ever signed in to it and
    its address was never confirmed. Who registered a stranger's address must not keep the password to it.
    """
    user = owner_of(invitation.email)
    return user is None or not (user.is_staff or user.last_login or has_confirmed(user, invitation.email))


def accept(token: str, user: User) -> Membership:
    """Make the signed-in person a member. Raises Conflict for a used link, Refused for another's address."""
    invitation = find(token)
    if invitation is None:
        raise Conflict(_("This invitation was used already, withdrawn, or is out of time. Ask for a new one."))
    if not answers_to(user, invitation.email):
        raise Refused(_("This invitation is for %(email)s. Sign in with that address.") % {"email": invitation.email})
    with transaction.atomic():
        return _join(invitation, token, user)


def accept_as_newcomer(token: str, *, name: str, password: str | None) -> User:
    """Set up the invited person, whose address the link has confirmed, and make them a member.

    Raises Conflict for a used link, Refused where the account must sign in. `password` was validated by the form;
    without one they come in by what the caller links to the account.
    """
    invitation = find(token)
    if invitation is None:
        raise Conflict(_("This invitation was used already, withdrawn, or is out of time. Ask for a new one."))
    if not newcomer(invitation):
        raise Refused(_("You have an account already. Sign in to accept."))
    with transaction.atomic():
        _use(invitation, token)
        user = User.objects.filter(email=invitation.email).first() or User(email=invitation.email)
        user.name = name
        user.set_password(password)
        user.save()
        forget_ways_in(user)
        return _join_used(invitation, user).user


def _use(invitation: Invitation, token: str) -> None:
    """Spend the link, once: of two at the same time one finds it spent."""
    open_still = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, token_hash=_hash(token))
    if open_still.update(accepted_at=clock.now()) != 1:
        raise Conflict(_("This invitation was used already."))


def _join(invitation: Invitation, token: str, user: User) -> Membership:
    _use(invitation, token)
    return _join_used(invitation, user)


def _join_used(invitation: Invitation, user: User) -> Membership:
    if user.email == invitation.email:  # which the link went to
        confirm_address(user)
    membership, new = Membership.objects.get_or_create(
        organization=invitation.organization, user=user, defaults={"role": invitation.role}
    )
    if new:
        record("join", user, membership, role=membership.role)
    return membership
