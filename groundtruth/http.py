"""Small things between Django's request and our views."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from groundtruth.ids import public_id

DROPPED_AT_ONCE, DROPPED_AT_MOST = 64 * 1024, 64 * 1024 * 1024
current_request_id: ContextVar[str] = ContextVar("request_id", default="")


def request_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: give each request an id, which logs and audit rows carry and the answer tells."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = current_request_id.set(public_id())
        try:
            response = get_response(request)
            response["X-Request-Id"] = current_request_id.get()
            return response
        finally:
            current_request_id.reset(token)

    return middleware


def without_nul(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answer 400 where the address holds a NUL, which PostgreSQL cannot even look for."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("The address holds a NUL character.")
        return get_response(request)

    return middleware


def in_utf8(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answer 415 to a form in another encoding, which Django cannot read, not even to show its own 400."""

    def middleware(request: HttpRequest) -> HttpResponse:
        is_form = request.content_type == "application/x-www-form-urlencoded"
        if is_form and request.encoding and request.encoding.lower() != "utf-8":
            words = _("Send the form in UTF-8, as browsers do. Go back, load the page again and repeat.")
            return HttpResponse(words, status=415, content_type="text/plain; charset=utf-8")
        return get_response(request)

    return middleware


def doors(request: HttpRequest) -> dict[str, bool]:
    """Context processor: which doors stand open, so that nobody sees a link that would be refused."""
    return {"SIGN_UP_OPEN": settings.SIGN_UP_OPEN}


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, part: str = "", status: int = 200
) -> HttpResponse:
    """Render a page, or with an `HX-Request` header its `part` alone (a partial that the page includes)."""
    htmx = getattr(request, "htmx", None)  # of django-htmx's middleware; false for an ordinary request
    chosen = part if part and htmx and not htmx.boosted else template
    response = render(request, chosen, context, status=status)
    response["Vary"] = "HX-Request"
    return response


def json_error(status: int, code: str, message: str, problems: list[str] | None = None) -> JsonResponse:
    """Answer a script with one error, in the shape that every page script reads."""
    return JsonResponse({"error": {"code": code, "message": message, "problems": problems or []}}, status=status)


def drop_body(request: HttpRequest) -> None:
    """Read a refused request to its end, within reason: a server that hangs up instead cuts off its own answer."""
    dropped = 0
    while dropped < DROPPED_AT_MOST and (block := request.read(DROPPED_AT_ONCE)):
        dropped += len(block)
