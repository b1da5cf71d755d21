"""Pages that follow the server: htmx asks for the live part alone and gets it only when it changed."""

from __future__ import annotations

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

SEEN = "seen"


def live_page(
    request: HttpRequest, template: str, part: str, context: dict[str, Any], *, still: str = "", beside: str = ""
) -> HttpResponse:
    """Render a page whose `part` refreshes itself. A poll whose `seen` is what would be sent again gets 204.

    `still` names what the rest of the page hangs on: when it changed, the page is told with the event `moved`.
    `beside` is a small template that a poll brings along, swapped by its own id. Nothing that changes by itself
    (a masked token) may stand in either, or each poll would be a change.
    """
    body = render_to_string(part, context, request)
    also = render_to_string(beside, {**context, "oob": True}, request) if beside else ""
    live = {"body": SafeString(body), "seen": _mark(body + also), "still": _mark(still), "url": _address(request)}
    if not polled(request):
        response = render(request, template, {**context, "live": live})
    elif request.GET[SEEN] == live["seen"]:
        response = HttpResponse(status=204)
    else:
        response = render(request, "batches/_live_answer.html", {"live": live, "beside": SafeString(also)})
        if request.GET.get("still") != live["still"]:
            response["HX-Trigger-After-Settle"] = "moved"
    response["Vary"] = "HX-Request"
    response["Cache-Control"] = "no-store"
    return response


def polled(request: HttpRequest) -> bool:
    """Whether htmx asks for the live part and nothing else."""
    return bool(getattr(request, "htmx", False)) and SEEN in request.GET


def _mark(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def _address(request: HttpRequest) -> str:
    query = request.GET.copy()
    for name in (SEEN, "still"):
        query.pop(name, None)
    return f"{request.path}?{query.urlencode()}" if query else request.path
