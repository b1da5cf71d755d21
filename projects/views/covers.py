"""An object behind an address that says nothing of it. No session: who holds the address may read."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, HttpResponseBase

from groundtruth.storage.embedded import EmbeddedStore
from groundtruth.store_view import answer_with, serve_from_disk
from projects.grants import open_cover

_SPARE = 30  # seconds that a kept redirect must end before the link it leads to


def covered_object(request: HttpRequest, token: str) -> HttpResponseBase:
    """Answer GET and HEAD for `/store/-/<token>`: from disk, or by sending on to the link of another store."""
    return answer_with(request, lambda: _uncovered(request, token))


def _uncovered(request: HttpRequest, token: str) -> HttpResponseBase:
    store, address, seconds = open_cover(token)
    if isinstance(store, EmbeddedStore):
        return serve_from_disk(request, address, seconds)
    headers = {
        "Location": store.sign(address, seconds),
        "Cache-Control": f"private, max-age={max(0, seconds - _SPARE)}",
    }
    return HttpResponse(status=HTTPStatus.FOUND, headers=headers)
