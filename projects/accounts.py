"""What we do to an account of django-allauth: confirm its address, end its sessions, close the ways into it."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.signals import password_reset
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.dispatch import receiver
from django.urls import reverse

from projects.models import User
from projects.notices import link_for


def is_confirmed(user: User) -> bool:
    """Say whether this person has confirmed the address that they are known by."""
    return has_confirmed(user, user.email)


def has_confirmed(user: User, address: str) -> bool:
    """Say whether this person has shown that the mail of an address reaches them."""
    return EmailAddress.objects.filter(user=user, email__iexact=address, verified=True).exists()


def confirm_address(user: User) -> None:
    """Record that the person's address is theirs, once a link sent to it was followed. Repeated, it changes nothing."""
    address, new = EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
    if not new and not address.verified:
        EmailAddress.objects.filter(pk=address.pk).update(verified=True, primary=True)


def owner_of(address: str) -> User | None:
    """Return whose account an address belongs to: who confirmed it, else who registered with it."""
    confirmed = EmailAddress.objects.filter(email__iexact=address, verified=True).select_related("user").first()
    return confirmed.user if confirmed else User.objects.filter(email=address.lower()).first()


def answers_to(user: User, address: str) -> bool:
    """Say whether an address is this person's own: the one they are known by, or another that they confirmed."""
    return user.email.lower() == address.lower() or has_confirmed(user, address)


def forget_ways_in(user: User) -> None:
    """Close every way into an account but its password: other addresses, identities, second factors, sessions.

    For an account whose address was never confirmed, once somebody shows that the address is theirs: another may have
    registered it, and must not come in beside them.
    """
    EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).delete()
    SocialAccount.objects.filter(user=user).delete()
    Authenticator.objects.filter(user=user).delete()
    end_sessions(user)


def hand_over(user: User) -> None:
    """Give an account with an unconfirmed address to whom an identity provider knows as the address's owner."""
    with transaction.atomic():
        user.set_unusable_password()
        user.save(update_fields=["password"])
        forget_ways_in(user)
        confirm_address(user)


def end_sessions(user: User) -> int:
    """Sign the person out everywhere; return how many sessions ended."""
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)


def end_session(user: User, number: int) -> bool:
    """End one session of the person's own; False where they have none of this number. The others go on."""
    session = UserSession.objects.filter(user=user, pk=number).first()
    if session is not None:
        session.end()
    return session is not None


def set_password_link(user: User) -> str:
    """Return the address where this person sets a password; it works once, for PASSWORD_RESET_TIMEOUT seconds."""
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    key = {"uidb36": user_pk_to_url_str(user), "key": token}
    return settings.GROUNDTRUTH_URL + reverse("account_reset_password_from_key", kwargs=key)


@link_for("worker_welcome")
def _welcome_link(payload: dict[str, Any]) -> dict[str, Any]:
    user = User.objects.get(pk=payload["user"])
    needs_password = not user.has_usable_password()
    return {"name": user.get_short_name(), "set_password": set_password_link(user) if needs_password else ""}


@receiver(password_reset)
def _reset_confirms_address(sender: Any, user: User, **_: Any) -> None:
    """A reset's link went by mail, so it confirms the address, where it can have gone to no other."""
    if EmailAddress.objects.filter(user=user).exclude(email__iexact=user.email).exists():
        return
    if not is_confirmed(user):
        forget_ways_in(user)
        confirm_address(user)
