"""Signing up and in: django-allauth with our rules."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest


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
