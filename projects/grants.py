"""Signing what a project may read and nothing else: the one door from an s3 uri to an address for a browser."""

from __future__ import annotations

import time

from django.conf import settings

from groundtruth.storage import StoreError, get_store, parse_uri
from projects.models import DataGrant

_KEPT_SECONDS = 5.0  # a revoked grant stops signing within this; what was signed before ends by itself
_kept: dict[int, tuple[float, list[tuple[str, str]]]] = {}


def readable_places(project_id: int) -> list[tuple[str, str]]:
    """Return (bucket, prefix) of all that the project was granted, kept for seconds: asked for every task shown."""
    until, places = _kept.get(project_id, (0.0, []))
    if until < time.monotonic():
        rows = DataGrant.objects.filter(project=project_id, revoked_at=None)
        places = list(rows.values_list("bucket", "prefix"))
        _kept[project_id] = (time.monotonic() + _KEPT_SECONDS, places)
    return places


def sign_for(project_id: int, uri: str) -> str:
    """Return a short-lived address of an object that the project may read, else "" (a template names what it likes)."""
    try:
        address = parse_uri(uri)
        if any(address.bucket == b and address.key.startswith(p) for b, p in readable_places(project_id)):
            return get_store().sign(address, settings.SIGNED_URL_SECONDS)
    except StoreError:
        return ""
    return ""
