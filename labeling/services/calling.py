"""Calls of a job's own functions, by name: an entry point in Python, or a web hook that gets JSON and answers JSON.

Only the settings say which names there are (`ANNOTATION_FUNCTIONS`): no form can make this server call anywhere.
A call is signed: `X-Groundtruth-Signature: t=<seconds>,v1=<hex>`, HMAC-SHA256 of "<seconds>.<body>" with the key that
`signing_key` returns; a receiver refuses what is older than five minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from groundtruth import clock, strict_json
from groundtruth.strict_json import BadJson
from labeling.services import webhooks

logger = logging.getLogger(__name__)
WAITS = (0.5, 2.0)  # seconds between the tries of one call
LOOPBACK = ("localhost", "127.0.0.1", "::1")


class CallFailed(Exception):
    """A function that did not answer as it should, with a sentence."""


def function_name(written: str) -> str:
    """Return a function's name: of an ARN what stands behind `:function:`; region and account do not matter."""
    return written.rpartition(":function:")[2].strip()


def is_built_in(name: str) -> bool:
    return name == "" or name.startswith(("PRE-", "ACS-"))


def problem_of(written: str) -> str:
    """Return why a job cannot name this function, or ""."""
    name = function_name(written)
    if is_built_in(name) or name in settings.ANNOTATION_FUNCTIONS:
        return ""
    return f"There is no function “{name[:100]}”. The installation's ANNOTATION_FUNCTIONS names those that there are."


def signing_key(name: str) -> str:
    """Return the key that signs the calls of a function; `manage.py annotation_key NAME` prints it."""
    return hmac.new(settings.SECRET_KEY.encode(), f"annotation function:{name}".encode(), hashlib.sha256).hexdigest()


def call(written: str, event: dict[str, Any]) -> Any:
    """Call a function and return its reply, tried three times. Raises CallFailed."""
    name = function_name(written)
    target = settings.ANNOTATION_FUNCTIONS.get(name)
    if not isinstance(target, str):
        raise CallFailed(problem_of(written) or f"“{name}” is no function of a job's own.")
    run = _web_hook(name, target) if "://" in target else _entry_point(target)
    for wait in (*WAITS, None):
        try:
            return _storable(name, _unwrapped(run(event)))
        except CallFailed as problem:
            logger.warning("annotation function failed", extra={"function": name, "problem": str(problem)})
            if wait is None:
                raise
            time.sleep(wait)
    raise AssertionError("the last try returns or raises")


def _unwrapped(reply: Any) -> Any:
    """Some functions reply with JSON as a string (spec/templates.md 3)."""
    if not isinstance(reply, str):
        return reply
    try:
        return strict_json.decode(reply)
    except BadJson as problem:
        raise CallFailed(f"The function replied with text that {problem.says}") from problem


def _storable(name: str, reply: Any) -> Any:
    """Return a reply that any database holds and any reader reads: a function in Python hands over what it likes."""
    try:
        problem = strict_json.problem_of(reply)
    except TypeError as wrong:
        raise CallFailed(f"The function “{name}” replied with what is no JSON: {wrong}") from wrong
    if problem:
        raise CallFailed(f"The function “{name}” replied with something that {problem}")
    return reply


# --- Python -------------------------------------------------------------------------------------------


def _entry_point(target: str) -> Callable[[dict[str, Any]], Any]:
    module, _, function = target.partition(":")
    try:
        found = getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError) as problem:
        raise CallFailed(f"{target} cannot be loaded: {problem}") from problem

    def run(event: dict[str, Any]) -> Any:
        try:
            return found(event, None)
        except Exception as problem:
            raise CallFailed(f"{target} raised {type(problem).__name__}: {problem}"[:300]) from problem

    return run


# --- web hooks ------------------------------------------------------------------------------------------


def _web_hook(name: str, url: str) -> Callable[[dict[str, Any]], Any]:
    parts = urlsplit(url)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK:
        raise CallFailed(f"The function “{name}” must be called by https.")

    def run(event: dict[str, Any]) -> Any:
        body = json.dumps(event).encode()
        try:
            reply = webhooks.post(url, body, _signed(name, body), settings.ANNOTATION_SECONDS)
        except webhooks.NoReply as did:
            raise CallFailed(f"The function “{name}” {did}") from did
        return _parsed(name, reply)

    return run


def _parsed(name: str, body: bytes) -> Any:
    try:
        return strict_json.decode(body.decode())
    except UnicodeDecodeError as problem:
        raise CallFailed(f"The function “{name}” replied with something that is not UTF-8.") from problem
    except BadJson as problem:
        raise CallFailed(f"The function “{name}” replied with something that {problem.says}") from problem


def _signed(name: str, body: bytes) -> dict[str, str]:
    seconds = int(clock.now().timestamp())
    digest = hmac.new(signing_key(name).encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Groundtruth-Signature": f"t={seconds},v1={digest}"}
