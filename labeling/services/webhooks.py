"""One POST to a web hook: no redirect is followed, the reply is bounded, and the time is that of the whole call."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

REPLY_BYTES = 32 * 1024 * 1024


class NoReply(Exception):
    """What the web hook did instead of answering, as the rest of a sentence."""


def post(url: str, body: bytes, headers: dict[str, str], seconds: float) -> bytes:
    """Return the body of the reply to a POST. Raises NoReply, after `seconds` at the latest."""
    request = _Request(url, data=body, headers=headers, method="POST")
    until = time.monotonic() + seconds
    try:
        with _cut_after(seconds, request), _opener.open(request, timeout=seconds) as reply:
            said = reply.read(REPLY_BYTES + 1)
    except HTTPError as problem:
        raise NoReply(f"answered {problem.code}.") from problem
    except (URLError, HTTPException, OSError, ValueError) as problem:
        if time.monotonic() >= until:
            raise NoReply(_too_slow(seconds)) from problem
        raise NoReply(f"does not answer: {getattr(problem, 'reason', problem)}") from problem
    if time.monotonic() >= until:  # a body without a length ends where it was cut
        raise NoReply(_too_slow(seconds))
    if len(said) > REPLY_BYTES:
        raise NoReply(f"replied with more than {REPLY_BYTES // 2**20} MB.")
    return bytes(said)


def _too_slow(seconds: float) -> str:
    return f"took longer than {seconds:g} seconds."


# --- one limit for the whole call: a socket's timeout is that of each read --------------------------------


class _Request(Request):
    """A request that knows the socket it goes over."""

    link: socket.socket | None = None


@contextmanager
def _cut_after(seconds: float, request: _Request) -> Iterator[None]:
    timer = threading.Timer(seconds, _cut, [request])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(request: _Request) -> None:
    with suppress(OSError):  # it has ended by itself
        if request.link is not None:
            request.link.shutdown(socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    """A connection that tells the request its socket."""

    def __init__(self, *args: Any, request: _Request, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._request = request

    def connect(self) -> None:
        super().connect()
        self._request.link = self.sock


class _Secure(_Plain, HTTPSConnection):
    """The same over TLS."""


class _Http(HTTPHandler):
    def http_open(self, request: Any) -> Any:
        return self.do_open(partial(_Plain, request=request), request)


class _Https(HTTPSHandler):
    def https_open(self, request: Any) -> Any:
        return self.do_open(partial(_Secure, request=request), request)


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


_opener = build_opener(_NoRedirect, _Http, _Https)
