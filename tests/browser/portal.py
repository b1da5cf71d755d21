"""What browser tests of the portal share: plain static files and a signed-in page."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page

PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # live_server knows no hashed names
ARRIVES_SECONDS = 15
Read = TypeVar("Read")


def sign_in(page: Page, person: Any, url: str) -> None:
    """Give the page the session of a person."""
    give_session(page.context, person, url)


def give_session(context: BrowserContext, person: Any, url: str) -> None:
    client = Client()
    client.force_login(person)
    value = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": url}])


def once_it_is(wanted: Read, read: Callable[[], Read], page: Page) -> Read:
    """Read again until it is what is wanted, as what a page sends arrives a moment later; return what was read last."""
    deadline = time.monotonic() + ARRIVES_SECONDS
    while (found := read()) != wanted and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    return found
