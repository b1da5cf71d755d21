"""What browser tests of the portal share: plain static files and a signed-in page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # live_server knows no hashed names


def sign_in(page: Page, person: Any, url: str) -> None:
    """Give the page the session of a person."""
    give_session(page.context, person, url)


def give_session(context: BrowserContext, person: Any, url: str) -> None:
    client = Client()
    client.force_login(person)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}])
