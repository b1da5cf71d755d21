"""Signing up and in: django-allauth with our rules."""

from __future__ import annotations

import logging
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from requests import RequestException

from groundtruth.http import page
from groundtruth.ids import public_id
from projects.accounts import hand_over, has_confirmed, owner_of
from projects.models import User
from projects.notices import notify
from projects.sign_on import confirmed_address, joining, known_already

logger = logging.getLogger(__name__)
KEPT_CLAIMS = ("iss", "sub", "email", "name")  # what tells identities apart, and names them on the account's page


class AccountAdapter(DefaultAccountAdapter):
    """allauth's behaviour where ours differs."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Say whether a stranger may found an organization; invited people are set up by their invitation."""
        return bool(settings.SIGN_UP_OPEN)

    def clean_email(self, email: str) -> str:
        """Return the address in lower case: sign-in compares it so."""
        return str(super().clean_email(email)).lower()

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Keep the name that the form of our own asks for."""
        user.name = form.cleaned_data.get("name", "")
        user.email = str(form.cleaned_data.get("email") or "").lower()
        return super().save_user(request, user, form, commit)


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Who comes from the OpenID provider: which account opens to them, and what is said where none does."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultSocialAccountAdapter.error_messages,
        "no_password": gettext_lazy("Set a password first: without it nothing would be left to sign in with."),
        "no_verified_email": gettext_lazy("Confirm your e-mail address first: a forgotten password is set by mail."),
    }

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Say whether this person may set up an account: a stranger where strangers may, the invited always."""
        return bool(settings.SIGN_UP_OPEN) or joining(sociallogin) is not None

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """Take over what the provider says: the name, and an address as verified only where it says just that.

        Nothing else of the person is kept.
        """
        for part, claims in sociallogin.account.extra_data.items():
            kept = {key: str(claims[key]).replace("\x00", "") for key in KEPT_CLAIMS if claims.get(key)}
            sociallogin.account.extra_data[part] = kept
        for address in sociallogin.email_addresses:
            # Some send the words "true" and "false", and any text would count as true.
            address.verified = str(address.verified).lower() == "true"
        user = super().populate_user(request, sociallogin, data)
        parts = (data.get("first_name"), data.get("last_name"))
        user.name = str(data.get("name") or " ".join(str(part) for part in parts if part))[:120]
        return user

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, Any]:
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.name}

    def authenticate_by_email(self, sociallogin: SocialLogin) -> tuple[User, str] | None:
        """Return whose account a verified address opens, and the address.

        Never that of operations, who may do everything: they connect it themselves. Never one that another identity of
        the provider opens already: an address that was given to somebody new must not bring the old one's account.
        """
        address = confirmed_address(sociallogin)
        user = owner_of(address) if address and settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION else None
        if user is None or user.is_staff:
            return None
        issuer = sociallogin.account.extra_data["id_token"]["iss"]
        others = SocialAccount.objects.filter(user=user, extra_data__id_token__iss=issuer)
        return None if has_confirmed(user, address) and others.exists() else (user, address)

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Close other ways into an account that nobody had confirmed; tell who has one that stays shut."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            return
        address = confirmed_address(sociallogin)
        if sociallogin.is_existing:
            matched_by_address = sociallogin.account.pk is None
            if matched_by_address and not has_confirmed(sociallogin.user, address):
                hand_over(sociallogin.user)
        elif address and owner_of(address) and not joining(sociallogin):
            messages.error(request, known_already(address))
            onward = sociallogin.get_redirect_url(request) or reverse("home")
            raise ImmediateHttpResponse(redirect_to_login(onward, "account_login"))

    def validate_disconnect(self, account: SocialAccount, accounts: Any) -> None:
        """Refuse what allauth cannot do: to remove an identity of a provider that the settings do not name any more."""
        try:
            account.get_provider()
        except SocialApp.DoesNotExist as gone:
            raise ValidationError(_("This provider is switched off, so it signs nobody in.")) from gone

    def send_notification_mail(
        self, template_prefix: str, user: User, context: dict[str, Any] | None = None, **_kwargs: Any
    ) -> None:
        """Tell the owner that an identity was connected or removed, through our outbox: it waits for a mail server."""
        key, name = f"identity-{public_id()}", str((context or {}).get("provider") or "")
        if template_prefix.endswith("_connected"):
            notify(key, user.email, "identity_connected", provider=name)
        elif template_prefix.endswith("_disconnected"):
            notify(key, user.email, "identity_removed", provider=name)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str | None = None,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        """Answer a sign-in that came to nothing with a sentence that says whose turn it is."""
        if error == AuthError.CANCELLED:
            return  # allauth has a page for it
        names, status = {"provider": provider.name}, 401
        if isinstance(exception, RequestException):
            status, sentence = 503, _("%(provider)s does not answer at the moment. Try again in a minute.") % names
        elif exception is None and "state" not in (extra_context or {}):
            sentence = _("This sign-in was begun too long ago or in another browser. Begin again.")
        else:
            sentence = _("%(provider)s did not say who you are. Begin again; if it stays so, tell its people.") % names
        logger.warning("single sign-on failed", extra={"reason": type(exception).__name__ if exception else error})
        context = {"sentence": sentence, "provider": provider}
        raise ImmediateHttpResponse(page(request, "socialaccount/authentication_error.html", context, status=status))
