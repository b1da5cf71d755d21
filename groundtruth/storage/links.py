"""Signed links to objects of the store on disk: `/store/<bucket>/<key>?e=<expiry>&s=<signature>`.

The signature covers all that the link says, so that it opens one object under one name until one moment.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.crypto import salted_hmac

from groundtruth import clock

from .addresses import Address, Denied, passive_content_type

_SALT = "groundtruth.storage.links"
PATH = "/store/"


def link(address: Address, seconds: int, *, filename: str | None = None, content_type: str | None = None) -> str:
    """Return an absolute URL that reads one object for `seconds`, at most SIGNED_URL_SECONDS."""
    expires = str(int(clock.now().timestamp()) + bounded(seconds))
    query = {"e": expires}
    if filename:
        query["f"] = filename
    if content_type:
        query["t"] = passive_content_type(content_type)
    query["s"] = _signature(address, query)
    path = f"{PATH}{address.bucket}/{quote(address.key, safe='/')}"
    return f"{settings.GROUNDTRUTH_URL}{path}?{urlencode(query)}"


def remaining_seconds(address: Address, query: dict[str, str]) -> int:
    """Return how long a link still opens. Raises Denied where it is forged, was changed, or has expired."""
    given = query.get("s", "")
    said = {name: query[name] for name in "eft" if name in query}
    if not hmac.compare_digest(given.encode(errors="replace"), _signature(address, said).encode()):
        raise Denied("The link is not one of ours.")
    left = int(said["e"]) - int(clock.now().timestamp())
    if not 0 < left <= settings.SIGNED_URL_SECONDS:
        raise Denied("The link has expired.")
    return left


def bounded(seconds: int) -> int:
    """Return a link's life: what was asked for, at least a second, at most what the settings allow."""
    return max(1, min(seconds, settings.SIGNED_URL_SECONDS))


def _signature(address: Address, said: dict[str, str]) -> str:
    # The length of each part goes in as well: no two links make the same text.
    parts = (address.bucket, address.key, *(said.get(name, "") for name in "eft"))
    text = "".join(f"{len(part)}:{part}" for part in parts)
    digest = salted_hmac(_SALT, text.encode(errors="surrogatepass"), algorithm="sha256").digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")
