"""A real OpenID provider in a thread on loopback, and the road of a person through it by HTTP alone."""

from __future__ import annotations

import contextlib
import re
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from werkzeug.serving import make_server

from groundtruth.settings import single_sign_on
from projects.models import User

with warnings.catch_warnings():
    from authlib.deprecate import AuthlibDeprecationWarning  # lets its own warnings through when it is imported

    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    import oidc_provider_mock

CALLBACK = "/account/oidc/oidc/login/callback/"
SECONDS = 10


@dataclass(frozen=True)
class Provider:
    """A provider that lets in only clients that were registered with it, under their own secret and address."""

    url: str

    def knows(self, sub: str, **claims: Any) -> None:
        """Let there be a person of this subject at the provider."""
        requests.put(f"{self.url}/users/{sub}", json=claims, timeout=SECONDS).raise_for_status()

    def settings_for(self, origin: str, name: str = "Kestrel") -> dict[str, Any]:
        """Register an installation that answers at `origin`; return what its settings then say."""
        asked = {"redirect_uris": [origin + CALLBACK], "token_endpoint_auth_method": "client_secret_post"}
        client = requests.post(f"{self.url}/oauth2/clients", json=asked, timeout=SECONDS).json()
        return single_sign_on(self.url, name, client["client_id"], client["client_secret"])


@contextlib.contextmanager
def provider() -> Iterator[Provider]:
    """Run a provider until the block ends."""
    # By its number, since a name may mean ::1; it is addressed by name, as its library takes plain http from no other.
    server = make_server("127.0.0.1", 0, oidc_provider_mock.app(require_client_registration=True), threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield Provider(f"http://localhost:{server.server_port}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def kestrel_here(provider: Provider, settings: Settings) -> Provider:
    """Name the provider, as Kestrel, in the settings of the installation that `Client` talks to."""
    cache.clear()  # rates
    settings.SOCIALACCOUNT_PROVIDERS = provider.settings_for("http://testserver")
    return provider


def who(client: Client) -> User | None:
    """Return who is signed in."""
    return User.objects.filter(pk=client.session.get("_auth_user_id")).first()


# --- the road of a person -------------------------------------------------------------------------------


def leave(client: Client, *, process: str = "login", next: str = "") -> str:
    """Press the button of the provider; return where our page sends the browser."""
    address = reverse("openid_connect_login", args=["oidc"])
    answer = client.post(address, query_params={"process": process, **({"next": next} if next else {})})
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.content.decode())
    assert found, f"{answer.status_code} is no page that goes on"
    return unescape(found[1])


def say_who(address: str, sub: str) -> str:
    """Say at the provider who one is; return the path where it sends the browser back to."""
    return _back(requests.post(address, data={"sub": sub}, allow_redirects=False, timeout=SECONDS))


def decline(address: str) -> str:
    """Decline at the provider; return the path where it sends the browser back to."""
    back = _back(requests.post(address, data={"action": "deny"}, allow_redirects=False, timeout=SECONDS))
    state = parse_qs(urlsplit(address).query)["state"][0]
    return f"{back}&state={state}"  # RFC 6749, 4.1.2.1, asks for it; this provider forgets it


def _back(answer: requests.Response) -> str:
    parts = urlsplit(answer.headers["Location"])
    return f"{parts.path}?{parts.query}"


def come(client: Client, sub: str, *, process: str = "login", next: str = "") -> HttpResponse:
    """Walk the whole road: our button, the provider's page, and back; return our answer."""
    return client.get(say_who(leave(client, process=process, next=next), sub))
