"""What allauth asks of people, where we ask otherwise: who comes from the OpenID provider, who adds a passkey."""

from __future__ import annotations

from typing import Any

from allauth.core.ratelimit import consume_or_429
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.socialaccount.forms import SignupForm
from allauth.socialaccount.models import SocialLogin
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groundtruth.acts import PROBLEMS
from projects import invitations
from projects.accounts import confirm_address, owner_of
from projects.models import Invitation, User


def confirmed_address(login: SocialLogin) -> str:
    """Return the address that the provider says it has verified, or nothing."""
    return next((address.email for address in login.email_addresses if address.verified), "")


def joining(login: SocialLogin) -> Invitation | None:
    """Return the invitation that the person came from, where they set themselves up by it."""
    invitation = invitations.find(_token(login))
    return invitation if invitation and invitations.newcomer(invitation) else None


def _token(login: SocialLogin) -> str:
    return invitations.token_in(login.state.get("next") or "")


def known_already(address: str) -> str:
    """Return what is said to the owner of an address whose account does not open by it alone."""
    return _(
        "%(address)s has an account here already. Sign in to it another way; then, under Account, connect your single"
        " sign-on. A forgotten password can be set anew by mail."
    ) % {"address": address}


class SignOnForm(SignupForm):
    """Name and organization; the address where the provider has not verified one; the name alone of who is invited."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = joining(self.sociallogin)
        # Who followed the link has shown that its mail reaches them, whatever address the provider knows.
        self.address = self.invitation.email if self.invitation else confirmed_address(self.sociallogin)
        if self.invitation:
            del self.fields["organization"]
        if self.address:
            del self.fields["email"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean()
        if self.address:
            values["email"] = self.address
            if not self.invitation and owner_of(self.address):
                raise ValidationError(known_already(self.address))
        return values

    def try_save(self, request: HttpRequest) -> tuple[User | None, HttpResponse | None]:
        """Called by allauth with a valid form; an answer of ours ends the sign-up there."""
        if too_many := consume_or_429(request, action="signup"):
            return None, too_many
        try:
            saved: tuple[User | None, HttpResponse | None] = super().try_save(request)
        except PROBLEMS as problem:
            messages.error(request, str(problem))
        except IntegrityError:  # sent twice at once: the other one won
            messages.info(request, _("Your account is set up. Sign in to it."))
        else:
            return saved
        return None, redirect("account_login")

    def save(self, request: HttpRequest) -> User:
        with transaction.atomic():
            return self._join(request) if self.invitation else self._found(request)

    def _found(self, request: HttpRequest) -> User:
        # Only the address that stands in the form becomes theirs.
        kept = [address for address in self.sociallogin.email_addresses if address.email == self.cleaned_data["email"]]
        self.sociallogin.email_addresses = kept
        user: User = super().save(request)
        if self.address:
            confirm_address(user)
        return user

    def _join(self, request: HttpRequest) -> User:
        user = invitations.accept_as_newcomer(_token(self.sociallogin), name=self.cleaned_data["name"], password=None)
        self.sociallogin.user = user
        self.sociallogin.save(request, connect=True)
        del self.sociallogin.state["next"]  # the link, which is spent now
        return user


class PasskeyForm(AddWebAuthnForm):
    """Add a passkey unless told otherwise: the sign-in page has a button for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = gettext_lazy("Name of the key")
        if alone := self.fields.get("passwordless"):
            alone.initial, alone.label = True, gettext_lazy("A passkey: it signs me in alone, without a password")
            alone.help_text = gettext_lazy("Otherwise it is asked for after the password.")
