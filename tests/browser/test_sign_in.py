"""Every way to sign in, in a real browser under the real policy: an OpenID provider, codes of an app, a passkey."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from projects import accounts
from projects.models import Membership, Role, User
from tests.browser.portal import PLAIN
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
SIGN_IN = reverse("account_login")


@pytest.fixture(autouse=True)
def here(live_server: LiveServer, settings: Settings) -> None:
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    cache.clear()  # rates, and codes that were used


def account(name: str = "Ada") -> User:
    user = make_user(name, email=f"{name.lower()}@example.test", password=PASSWORD)
    accounts.confirm_address(user)
    return user


def by_password(page: Page, user: User) -> None:
    page.goto(SIGN_IN)
    page.get_by_label("E-mail").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def sign_out(page: Page) -> None:
    page.goto(reverse("account_logout"))
    page.get_by_role("main").get_by_role("button", name="Sign Out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def confirm_access(page: Page) -> None:
    """Give the password again, as is asked before a lock is changed."""
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()


# --- the OpenID provider -----------------------------------------------------------------------------------


@pytest.fixture
def kestrel(page: Page, live_server: LiveServer, settings: Settings, provider: Any) -> Any:
    """The provider, which knows the live server. Its own pages ask for a style from afar, which they do not get."""
    settings.SOCIALACCOUNT_PROVIDERS = provider.settings_for(live_server.url)
    page.route(re.compile(r"^https?://(?!localhost)"), lambda route: route.fulfill(body="", content_type="text/css"))
    return provider


def test_a_stranger_comes_by_the_provider_and_comes_back_by_it(
    page: Page, live_server: LiveServer, kestrel: Any, console_errors: list[str]
):
    kestrel.knows("grace", email="grace@example.test", email_verified=True, name="Grace Hopper")

    def come_by_it() -> None:
        page.goto(SIGN_IN)
        page.get_by_role("button", name="Continue with Kestrel").click()
        page.get_by_placeholder("sub").fill("grace")
        page.get_by_role("button", name="Authorize").click()

    come_by_it()
    expect(page.get_by_label("Your name")).to_have_value("Grace Hopper")
    page.get_by_label("Organization").fill("Compilers")
    page.get_by_role("button", name="Set up").click()
    expect(page).to_have_url(live_server.url + reverse("projects"))
    sign_out(page)
    come_by_it()
    expect(page).to_have_url(live_server.url + reverse("projects"))

    grace = User.objects.get(email="grace@example.test")
    assert Membership.objects.get(user=grace).role == Role.OWNER
    assert accounts.is_confirmed(grace)
    assert console_errors == []


def test_who_declines_there_is_led_back_to_the_sign_in(page: Page, kestrel: Any):
    page.goto(SIGN_IN)
    page.get_by_role("button", name="Continue with Kestrel").click()

    page.get_by_role("button", name="Deny").click()

    expect(page.get_by_role("heading", name="Single sign-on did not work")).to_be_visible()
    page.get_by_role("link", name="Back to sign-in").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


# --- codes of an app -----------------------------------------------------------------------------------------


def code(secret: str, at: float) -> str:
    """Return what an authenticator app shows: RFC 6238, six digits of HMAC-SHA1 over the number of the half minute."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(at // 30)), "sha1")
    start = digest[-1] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"


def test_our_codes_are_those_of_the_standard():
    secret = base64.b32encode(b"12345678901234567890").decode()

    assert [code(secret, at) for at in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


@pytest.fixture
def clock_hand() -> Iterator[time_machine.Coordinates]:
    """The time, which a test may move on."""
    with time_machine.travel(datetime.now(UTC), tick=True) as hand:
        yield hand


def next_code(secret: str, hand: time_machine.Coordinates) -> str:
    """Move on to the next half minute, since each code is good once; return its code, good for the whole of it."""
    hand.move_to(datetime.fromtimestamp((time.time() // 30 + 1) * 30, UTC))
    return code(secret, time.time())


def test_an_app_is_set_up_and_its_code_asked_for_from_then_on(
    page: Page, live_server: LiveServer, clock_hand: time_machine.Coordinates, console_errors: list[str]
):
    ada = account()
    by_password(page, ada)
    page.goto(reverse("mfa_index"))
    page.get_by_role("link", name="Activate").click()
    confirm_access(page)
    secret = page.get_by_label("Authenticator secret").input_value()

    page.get_by_label("Authenticator code").fill(next_code(secret, clock_hand))
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    recovery = page.get_by_label("Unused codes").input_value().split()
    sign_out(page)

    by_password(page, ada)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    expect(page.get_by_role("button", name="security key")).to_have_count(0)
    page.get_by_label("Code").fill("000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Incorrect code.")).to_be_visible()
    page.get_by_label("Code").fill(next_code(secret, clock_hand))
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(live_server.url + reverse("projects"))
    sign_out(page)

    by_password(page, ada)
    page.get_by_label("Code").fill(recovery[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(live_server.url + reverse("projects"))

    assert len(recovery) == 10
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert console_errors == []


# --- a passkey -------------------------------------------------------------------------------------------------


def plug_in(page: Page) -> None:
    """Give the browser a device that holds passkeys and always finds its owner there."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_signs_in_alone(page: Page, live_server: LiveServer, console_errors: list[str]):
    ada = account()
    plug_in(page)
    by_password(page, ada)
    page.goto(reverse("mfa_add_webauthn"))
    confirm_access(page)
    expect(page.get_by_label("A passkey")).to_be_checked()

    page.get_by_label("Name of the key").fill("My telephone")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    page.goto(reverse("mfa_list_webauthn"))
    expect(page.get_by_role("row", name="My telephone")).to_contain_text("Passkey")
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()

    expect(page).to_have_url(live_server.url + reverse("projects"))
    key = Authenticator.objects.get(type="webauthn")
    assert (key.user, key.wrap().name, key.wrap().is_passwordless) == (ada, "My telephone", True)
    assert key.last_used_at is not None
    assert console_errors == []


def test_a_key_that_is_no_passkey_is_asked_for_after_the_password(
    page: Page, live_server: LiveServer, console_errors: list[str]
):
    ada = account()
    plug_in(page)
    by_password(page, ada)
    page.goto(reverse("mfa_add_webauthn"))
    confirm_access(page)
    page.get_by_label("A passkey").uncheck()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name="Recovery Codes")).to_be_visible()
    sign_out(page)

    by_password(page, ada)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    page.get_by_role("button", name="Use a passkey or security key").click()

    expect(page).to_have_url(live_server.url + reverse("projects"))
    assert console_errors == []
