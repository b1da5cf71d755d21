"""Addresses that say nothing of their object: `/store/-/<token>`, all of one length, and no two alike.

A signed link names bucket, folder and key, by which a worker could tell an object of an earlier batch, whose answer is
known, from the others. A token is encrypted, and padded to what the longest address takes.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from functools import lru_cache
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.utils.crypto import salted_hmac

from groundtruth import clock

from .addresses import Address, BadAddress, Denied
from .links import PATH

_SALT = "groundtruth.storage.covers"
# A reader's number of 19 digits, a space, and a uri whose bucket has 63 bytes and whose key 1,024: 1,113 bytes. This
# many come out as base64 without a remainder: each token has one spelling, and no "=".
_LENGTH = 1150
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1612}")


class Covered(NamedTuple):
    """What a token says: who reads, which uri, and for how many seconds the token still opens."""

    reader: int
    uri: str
    seconds: int


def cover(reader: int, address: Address) -> str:
    """Return an absolute URL for SIGNED_URL_SECONDS of what `reader`, a number, reads. Raises BadAddress."""
    said = f"{reader} {address.uri}".encode()
    if len(said) > _LENGTH:
        raise BadAddress("The address is too long.")
    padded = said.ljust(_LENGTH, b"\0")  # which no key holds
    token = _fernet(settings.SECRET_KEY).encrypt_at_time(padded, _now())
    return f"{settings.GROUNDTRUTH_URL}{PATH}-/{token.decode()}"


def uncover(token: str) -> Covered:
    """Return what a token says. Raises Denied where it is forged, was changed, or has expired."""
    if not _TOKEN.fullmatch(token):
        raise Denied("The token is not one of ours.")
    fernet, life = _fernet(settings.SECRET_KEY), settings.SIGNED_URL_SECONDS
    try:
        said = fernet.decrypt_at_time(token, life, _now()).rstrip(b"\0").decode()
        left = min(life, fernet.extract_timestamp(token) + life - _now())
    except InvalidToken as error:
        raise Denied("The token is not one of ours, or has expired.") from error
    if left <= 0:
        raise Denied("The token has expired.")
    reader, _, uri = said.partition(" ")
    return Covered(int(reader), uri, left)


def _now() -> int:
    return int(clock.now().timestamp())


@lru_cache(maxsize=4)
def _fernet(secret: str) -> Fernet:
    key = salted_hmac(_SALT, "key", secret=secret, algorithm="sha256").digest()
    return Fernet(urlsafe_b64encode(key))
