"""Going to the OpenID provider and coming back: allauth's two views, made to hold under our policy and on a bad day."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

from allauth.core.ratelimit import consume_or_429
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView, OAuth2View
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from requests import RequestException

from groundtruth.http import page

ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


@contextlib.contextmanager
def making_sense() -> Iterator[None]:
    """Turn what a senseless answer of the provider breaks in allauth into the one error that allauth expects."""
    try:
        yield
    except (AttributeError, KeyError, TypeError, ValueError, ImproperlyConfigured) as problem:
        if isinstance(problem, RequestException):  # one of them is a ValueError too
            raise
        raise OAuth2Error("The provider's answer makes no sense.") from problem


class Issuer(OpenIDConnectProvider):
    """The provider as the one who vouches: a subject of its own is somebody else than the same one of another's."""

    def extract_uid(self, data: dict[str, Any]) -> str:
        """Return what an account is linked to: SHA-256 of issuer and subject, which may be longer than the column."""
        subject = data["id_token"]["sub"]
        # OpenID Connect Core 1.0, 5.3.2: what is said of another subject than the token's must not be used.
        if not isinstance(subject, str) or not subject or data["userinfo"]["sub"] != subject:
            raise OAuth2Error("The provider's answers are about two people, or about nobody.")
        return hashlib.sha256(f"{data['id_token']['iss']}\n{subject}".encode()).hexdigest()


class Talk(OpenIDConnectOAuth2Adapter):
    """allauth's side of the talk with the provider, which believes no answer that it has not looked at."""

    def get_provider(self) -> Issuer:
        return Issuer(self.request, app=super().get_provider().app)

    @property
    def openid_config(self) -> dict[str, Any]:
        with making_sense():
            config: dict[str, Any] = super().openid_config
            if not all(isinstance(config[key], str) for key in ENDPOINTS):
                raise OAuth2Error("The provider's description lacks an address.")
        return config

    def get_access_token_data(self, *args: Any, **kwargs: Any) -> Any:
        with making_sense():
            return super().get_access_token_data(*args, **kwargs)

    def parse_token(self, data: Any) -> SocialToken:
        with making_sense():
            return super().parse_token(data)

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        with making_sense():
            return super().complete_login(request, app, token, **kwargs)


Issuer.oauth2_adapter_class = Talk  # by which it sends people there


@never_cache
def start(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Ask on GET; on POST go to the provider."""
    if too_many := consume_or_429(request, action="login"):
        return too_many
    answer = _answer(OAuth2LoginView, Talk(request, provider_id))
    if not isinstance(answer, HttpResponseRedirect):
        return answer
    # By a page that goes on: the policy's form-action also holds for where a form's answer redirects to, and the
    # provider may send people on to others that we do not know.
    return page(request, "socialaccount/leaving.html", {"url": answer.url})


@never_cache
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    return _answer(OAuth2CallbackView, Talk(request, provider_id))


def _answer(view: type[OAuth2View], talk: Talk) -> HttpResponse:
    try:
        return view.adapter_view(talk)(talk.request)
    except SocialApp.DoesNotExist as unknown:
        raise Http404 from unknown
    except (RequestException, OAuth2Error) as problem:
        return render_authentication_error(
            talk.request, talk.get_provider(), exception=problem, extra_context={"state": {}}
        )
