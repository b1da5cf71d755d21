"""A provider on a bad day: down, declining, or answering nonsense. Each time a sentence, and nobody is signed in."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from groundtruth.settings import single_sign_on
from projects import accounts
from projects.models import User
from tests.factories import make_user
from tests.identity import Provider, decline, kestrel_here, leave, who
from tests.services import free_ports

pytestmark = [pytest.mark.django_db, pytest.mark.database]
START, CALLBACK = "/account/oidc/oidc/login/", "/account/oidc/oidc/login/callback/"
NO_ANSWER = "Kestrel does not answer at the moment. Try again in a minute."
NO_SENSE = "Kestrel did not say who you are."
TOO_LATE = "This sign-in was begun too long ago or in another browser. Begin again."


@pytest.fixture(autouse=True)
def kestrel(provider: Provider, settings: Settings) -> Provider:
    return kestrel_here(provider, settings)


def told(answer: Any, status: int, sentence: str) -> bool:
    """Tell whether the answer is our page, with this status and sentence, and a way back."""
    page = answer.content.decode()
    parts = ('class="door-card"', sentence, f'href="{reverse("account_login")}"')
    return answer.status_code == status and all(part in page for part in parts)


def name_provider_at(settings: Settings, url: str) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(url, "Kestrel", "labels", "secret")


def test_a_provider_that_is_down_is_said_so(client: Client, settings: Settings):
    name_provider_at(settings, f"http://localhost:{free_ports(1)}")

    assert told(client.post(START), 503, NO_ANSWER)


def test_and_so_is_one_that_goes_down_while_one_is_there(client: Client, kestrel: Provider, settings: Settings):
    back = f"{CALLBACK}?code=abc&state={_state(leave(client))}"
    name_provider_at(settings, f"http://localhost:{free_ports(1)}")

    assert told(client.get(back), 503, NO_ANSWER)
    assert who(client) is None


def _state(address: str) -> str:
    return address.partition("state=")[2].partition("&")[0]


def test_who_declines_is_told_that_nothing_happened(client: Client):
    answer = client.get(decline(leave(client)), follow=True)

    assert told(answer, 200, "Single sign-on was declined")


def test_who_declines_to_connect_is_led_back_to_the_account(client: Client):
    client.force_login(make_user("Ada"))

    page = client.get(decline(leave(client, process="connect")), follow=True).content.decode()

    assert f'href="{reverse("socialaccount_connections")}"' in page
    assert f'href="{reverse("account_login")}"' not in page


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "invalid_scope", "made up <b>"])
def test_an_error_of_the_provider_is_told(client: Client, error: str):
    answer = client.get(CALLBACK, {"error": error, "state": _state(leave(client))})

    assert told(answer, 401, NO_SENSE)
    assert error not in answer.content.decode()


@pytest.mark.parametrize(
    "query", [{}, {"code": "abc"}, {"code": "abc", "state": "made-up"}, {"error": "access_denied"}]
)
def test_an_answer_that_nobody_asked_for_is_told(client: Client, query: dict[str, str]):
    assert told(client.get(CALLBACK, query), 401, TOO_LATE)


def test_an_answer_is_good_once(client: Client):
    back = f"{CALLBACK}?error=server_error&state={_state(leave(client))}"

    client.get(back)

    assert told(client.get(back), 401, TOO_LATE)


def test_a_code_that_the_provider_never_gave_is_told(client: Client):
    answer = client.get(CALLBACK, {"code": "made-up", "state": _state(leave(client))})

    assert told(answer, 401, NO_SENSE)
    assert who(client) is None


@pytest.mark.parametrize("name", ["socialaccount_login_error", "socialaccount_login_cancelled"])
def test_each_page_of_a_failure_stands_in_our_layout(client: Client, name: str):
    page = client.get(reverse(name)).content.decode()

    assert 'class="door-card"' in page
    assert reverse("account_login") in page


def test_an_unknown_provider_is_not_found(client: Client):
    assert client.post("/account/oidc/other/login/").status_code == 404
    assert client.get("/account/oidc/other/login/callback/").status_code == 404


# --- nonsense ----------------------------------------------------------------------------------------------


class Answers(BaseHTTPRequestHandler):
    """Answers each path with the status and body that a test put there."""

    answers: dict[str, tuple[int, Any]]

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, body = self.answers[self.path]
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def id_token(issuer: str, **claims: Any) -> str:
    """A token as the provider would sign it; fetched from the provider itself, its signature is not looked at."""
    now = int(time.time())
    fields = {"iss": issuer, "aud": "labels", "sub": "ada", "iat": now, "exp": now + 60, **claims}
    return jwt.encode(fields, "k" * 32, algorithm="HS256")


CONFIG, TOKEN, PERSON = "/.well-known/openid-configuration", "/token", "/person"


@pytest.fixture
def odd(settings: Settings) -> Iterator[dict[str, tuple[int, Any]]]:
    """A provider in order, whose answers a test may change."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Answers,), {"answers": {}}))
    url = f"http://localhost:{server.server_port}"
    places = {"authorization": "/in", "token": TOKEN, "userinfo": PERSON}
    config = {"issuer": url, "jwks_uri": url, **{f"{name}_endpoint": url + path for name, path in places.items()}}
    answers = server.RequestHandlerClass.answers
    answers[CONFIG] = (200, config)
    answers[TOKEN] = (200, {"access_token": "t", "expires_in": 60, "id_token": id_token(url)})
    answers[PERSON] = (200, {"sub": "ada", "email": "ada@example.test", "email_verified": True})
    name_provider_at(settings, url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield answers
    server.shutdown()
    thread.join()
    server.server_close()


def ada() -> User:
    user = make_user("Ada", email="ada@example.test")
    accounts.confirm_address(user)
    return user


def arrive(client: Client) -> Any:
    return client.get(CALLBACK, {"code": "abc", "state": _state(leave(client))})


def test_the_odd_provider_in_order_signs_in(client: Client, odd: dict[str, tuple[int, Any]]):
    user = ada()

    arrive(client)

    assert who(client) == user


def test_a_subject_may_be_long_and_strange(client: Client, odd: dict[str, tuple[int, Any]]):
    user, sub = ada(), "\x00é" + "x" * 250
    odd[TOKEN] = (200, {"access_token": "t", "id_token": id_token(odd[CONFIG][1]["issuer"], sub=sub)})
    odd[PERSON] = (200, {"sub": sub, "email": "ada@example.test", "email_verified": True})
    again = Client()

    arrive(client)
    arrive(again)

    assert who(client) == who(again) == user


@pytest.mark.parametrize(
    ("answer", "status", "sentence"),
    [
        ((500, {}), 503, NO_ANSWER),
        ((404, {}), 503, NO_ANSWER),
        ((200, b"<html>a portal of the network"), 503, NO_ANSWER),
        ((200, []), 401, NO_SENSE),
        ((200, {}), 401, NO_SENSE),
        ((200, {"issuer": None, "token_endpoint": 1}), 401, NO_SENSE),
    ],
)
def test_a_description_that_makes_no_sense_is_told(
    client: Client, odd: dict[str, tuple[int, Any]], answer: tuple[int, Any], status: int, sentence: str
):
    state = _state(leave(client))
    odd[CONFIG] = answer

    assert told(client.post(START), status, sentence)
    assert told(client.get(CALLBACK, {"code": "abc", "state": state}), status, sentence)


@pytest.mark.parametrize(
    ("path", "answer", "status", "sentence"),
    [
        (TOKEN, (500, b"oops"), 401, NO_SENSE),
        (TOKEN, (200, b"<html>"), 503, NO_ANSWER),
        (TOKEN, (200, []), 401, NO_SENSE),
        (TOKEN, (200, {"access_token": "t", "expires_in": "soon"}), 401, NO_SENSE),
        (TOKEN, (200, {"access_token": "t", "id_token": "no.token.this"}), 401, NO_SENSE),
        (TOKEN, (200, {"access_token": "t", "id_token": 7}), 401, NO_SENSE),
        (PERSON, (401, {}), 503, NO_ANSWER),
        (PERSON, (200, b"<html>"), 503, NO_ANSWER),
        (PERSON, (200, [1]), 401, NO_SENSE),
        (PERSON, (200, {"email": "ada@example.test", "email_verified": True}), 401, NO_SENSE),
        (TOKEN, (200, {"access_token": "t", "expires_in": 60}), 401, NO_SENSE),
        (PERSON, (200, {"sub": "a\x00da", "email": "ada@example.test", "email_verified": True}), 401, NO_SENSE),
        (PERSON, (200, {"sub": "ben", "email": "ada@example.test", "email_verified": True}), 401, NO_SENSE),
    ],
)
def test_an_answer_that_makes_no_sense_signs_nobody_in(
    client: Client,
    odd: dict[str, tuple[int, Any]],
    path: str,
    answer: tuple[int, Any],
    status: int,
    sentence: str,
):
    ada()
    odd[path] = answer

    assert told(arrive(client), status, sentence)
    assert who(client) is None
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    "claims",
    [{"iss": "http://other.test"}, {"aud": "another client"}, {"exp": 1}, {"sub": "ben"}, {"sub": ""}],
    ids=str,
)
def test_a_token_for_another_place_or_time_or_person_signs_nobody_in(
    client: Client, odd: dict[str, tuple[int, Any]], claims: dict[str, Any]
):
    ada()
    issuer = odd[CONFIG][1]["issuer"]
    odd[TOKEN] = (200, {"access_token": "t", "id_token": id_token(issuer, **claims)})

    assert told(arrive(client), 401, NO_SENSE)
    assert who(client) is None


@pytest.mark.parametrize(
    "person",
    [
        {"email": "no address", "email_verified": True},
        {"email": "x" * 400 + "@example.test", "email_verified": True},
        {"email": 7, "name": 7},
        {"email": None, "name": None},
        {"name": "<b>" * 200 + "\x00", "email": "a@b.test\x00"},
        {"name": "\x00", "picture": "\x00", "groups": [{"a": "\x00"}]},
    ],
    ids=range(6),
)
def test_whatever_else_is_said_of_a_person_ends_in_a_form_or_a_sentence(
    client: Client, odd: dict[str, tuple[int, Any]], person: dict[str, Any]
):
    odd[PERSON] = (200, {"sub": "ada", **person})

    arrived = arrive(client)

    if arrived.status_code == 401:
        assert told(arrived, 401, NO_SENSE)
        return
    assert arrived["Location"] == reverse("socialaccount_signup")
    assert client.get(arrived["Location"]).status_code == 200
    form = {"name": "Ada", "organization": "Engines", "email": "ada@example.test"}
    assert client.post(arrived["Location"], form)["Location"] == reverse("account_email_verification_sent")
