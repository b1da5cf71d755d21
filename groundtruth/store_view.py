"""Serve one object of the store on disk to whoever holds an address for it. No session, no listing, no writing.

Objects are customers' files and hostile: nothing that is served here may run with our address.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import BinaryIO

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.crypto import salted_hmac
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from groundtruth.storage.addresses import (
    Address,
    BadAddress,
    Denied,
    Missing,
    Stat,
    Unreachable,
    content_type_of,
    object_address,
    passive_content_type,
)
from groundtruth.storage.choice import embedded_store
from groundtruth.storage.embedded import stat_of
from groundtruth.storage.links import remaining_seconds

_BLOCK = 256 * 1024
_ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_ALWAYS = {
    "Access-Control-Allow-Origin": "*",  # a sandboxed frame's origin is "null"; its canvas must be readable
    "Access-Control-Expose-Headers": "Accept-Ranges, Content-Length, Content-Range, ETag",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Referrer-Policy": "no-referrer",
}
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match",
    "Access-Control-Max-Age": "600",
}


def store_object(request: HttpRequest, bucket: str, key: str) -> HttpResponseBase:
    """Answer GET and HEAD for `/store/<bucket>/<key>?e=…&s=…`."""
    return answer_with(request, lambda: _linked(request, bucket, key))


def answer_with(request: HttpRequest, read: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Answer for one object with what `read` returns, which may raise Denied, Missing, BadAddress or Unreachable.

    Other verbs, preflights and the headers that no answer goes without are seen to here.
    """
    response = _answer(request, read)
    for name, value in _ALWAYS.items():
        response[name] = value
    return response


def _answer(request: HttpRequest, read: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    if request.method == "OPTIONS":
        return HttpResponse(status=HTTPStatus.NO_CONTENT, headers=_PREFLIGHT)
    if request.method not in ("GET", "HEAD"):
        allowed = {"Allow": "GET, HEAD, OPTIONS"}
        return _refusal(HTTPStatus.METHOD_NOT_ALLOWED, _("Objects can only be read here."), allowed)
    try:
        return read()
    except Denied:
        return _refusal(HTTPStatus.FORBIDDEN, _("This link is not valid, or not any more."))
    except (Missing, BadAddress):
        return _refusal(HTTPStatus.NOT_FOUND, _("There is no such object."))
    except Unreachable:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, _("The object store does not answer."))


def _linked(request: HttpRequest, bucket: str, key: str) -> HttpResponseBase:
    query = {name: values[-1] for name, values in request.GET.lists()}
    # The link is judged before the disk is asked: without one, nobody learns what exists.
    seconds = remaining_seconds(Address(bucket, key), query)
    address = object_address(bucket, key)
    if settings.GROUNDTRUTH_S3:
        raise Missing("Objects are in the object store.")
    return serve_from_disk(request, address, seconds, query)


def serve_from_disk(
    request: HttpRequest, address: Address, seconds: int, query: Mapping[str, str] | None = None
) -> HttpResponseBase:
    """Return an object of the store on disk, or the part that is asked for, to be kept for some seconds.

    query: of a link, `f` the name to save it as and `t` its type. Raises Missing.
    """
    return _opened(request, embedded_store().open(address), address.key, query or {}, seconds)


def _opened(request: HttpRequest, file: BinaryIO, key: str, query: Mapping[str, str], seconds: int) -> HttpResponseBase:
    """Answer for an open file, which the response closes."""
    slice_ = Slice(file)
    headers = {
        "ETag": _mark_of(slice_.stat),
        "Accept-Ranges": "bytes",
        "Cache-Control": f"private, max-age={seconds}",
    }
    if request.headers.get("If-None-Match") == headers["ETag"]:
        slice_.close()
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    status = HTTPStatus.OK
    if (wanted := _wanted_range(request, headers["ETag"])) is not None:
        if not slice_.narrow(*wanted):
            slice_.close()
            headers["Content-Range"] = f"bytes */{slice_.stat.size}"
            status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
            return _refusal(status, _("The object has no such range."), headers)
        status = HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {slice_.start}-{slice_.end - 1}/{slice_.stat.size}"
    headers["Content-Length"] = str(slice_.end - slice_.start)
    if disposition := content_disposition_header("f" in query, query.get("f", "")):
        headers["Content-Disposition"] = disposition
    content_type = _served_type(query.get("t") or content_type_of(key))
    if request.method == "HEAD":
        slice_.close()
        return HttpResponse(status=status, headers=headers, content_type=content_type)
    return StreamingHttpResponse(slice_, status=status, headers=headers, content_type=content_type)


class Slice:
    """A part of an open file, read in blocks. A class, since a generator that never began closes nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.stat: Stat = stat_of(os.fstat(file.fileno()))
        self.start, self.end = 0, self.stat.size

    def narrow(self, first: int | None, last: int | None) -> bool:
        """Keep bytes `first` to `last` inclusive, or without `first` the `last` ones; say if any are left."""
        if first is None:
            self.start = max(0, self.stat.size - (last or 0))
        else:
            self.start = first
            if last is not None:
                self.end = min(last + 1, self.stat.size)
        self._file.seek(self.start)
        return self.start < self.end

    def __iter__(self) -> Iterator[bytes]:
        left = self.end - self.start
        while left > 0 and (block := self._file.read(min(_BLOCK, left))):
            left -= len(block)
            yield block

    def close(self) -> None:
        self._file.close()


def _wanted_range(request: HttpRequest, etag: str) -> tuple[int | None, int | None] | None:
    """Return (first, last) of a single range; None for all, as for a header without sense (RFC 9110)."""
    found = _ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if not found or request.headers.get("If-Range", etag) != etag:
        return None
    first, last = (int(text) if text else None for text in found.groups())
    if first is None and last is None:
        return None
    if first is not None and last is not None and last < first:
        return None
    return first, last


def _mark_of(stat: Stat) -> str:
    """Return a version's mark that does not say, as the store's own does, when the object came in."""
    return f'"{salted_hmac(__name__, stat.etag, algorithm="sha256").hexdigest()[:32]}"'


def _served_type(content_type: str) -> str:
    media_type = passive_content_type(content_type)
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _refusal(status: HTTPStatus, sentence: str, headers: dict[str, str] | None = None) -> HttpResponse:
    kept = {**(headers or {}), "Cache-Control": "no-store"}
    return HttpResponse(sentence, status=status, headers=kept, content_type="text/plain; charset=utf-8")
