"""Signing what a project may read and nothing else: the one door from an s3 uri to an address for a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings

from groundtruth.storage import Address, Denied, Store, StoreError, get_store, object_address, parse_uri
from groundtruth.storage.covers import cover, uncover
from projects.models import DataGrant

_KEPT_SECONDS = 5.0  # a revoked grant opens no cover and signs nothing after this; what was signed ends by itself


class Place(NamedTuple):
    """What one grant lets a project read, and in which store: its own, or with a credential a customer's."""

    bucket: str
    prefix: str
    endpoint: str
    credential: str

    def store(self) -> Store:
        """Return the store that this place is in. Raises Denied where the settings know it no more."""
        return get_store(self.endpoint, self.credential)


_kept: dict[int, tuple[float, list[Place]]] = {}


def readable_places(project_id: int) -> list[Place]:
    """Return all that the project was granted, kept for seconds: asked for every task shown."""
    until, places = _kept.get(project_id, (0.0, []))
    if until < time.monotonic():
        rows = DataGrant.objects.filter(project=project_id, revoked_at=None).order_by("direction", "pk")
        places = [Place(*row) for row in rows.values_list(*Place._fields)]
        _kept[project_id] = (time.monotonic() + _KEPT_SECONDS, places)
    return places


def find_place(project_id: int, address: Address) -> Place | None:
    """Return the first place that holds an object: of two over the same prefix that of the data coming in."""
    found = (p for p in readable_places(project_id) if p.bucket == address.bucket and address.key.startswith(p.prefix))
    return next(found, None)


def sign_for(project_id: int, uri: str) -> str:
    """Return a short-lived address of an object that the project may read, else "" (a template names what it likes)."""
    try:
        store, address = _granted(project_id, uri)
        return store.sign(address, settings.SIGNED_URL_SECONDS)
    except StoreError:
        return ""


def cover_for(project_id: int, uri: str) -> str:
    """Return an address as `sign_for` does, but our own, of one length for all, and silent about the object."""
    try:
        _store, address = _granted(project_id, uri)
        return cover(project_id, address)
    except StoreError:
        return ""


def open_cover(token: str) -> tuple[Store, Address, int]:
    """Return the object that a cover is for: its store, its address, and for how many seconds it still opens.

    Raises StoreError: Denied where the token is not valid any more, or the project's grants of now do not hold it.
    """
    covered = uncover(token)
    return *_granted(covered.reader, covered.uri), covered.seconds


def _granted(project_id: int, uri: str) -> tuple[Store, Address]:
    """Return the store and the address of an object. Raises StoreError: Denied where no grant holds it."""
    named = parse_uri(uri)
    place = find_place(project_id, named)
    if place is None:
        raise Denied(f"The project was not granted {named}.")
    return place.store(), object_address(named.bucket, named.key)


def origins_of(project_id: int) -> list[str]:
    """Return where a browser reads a project's objects beside the installation's own store, for policies."""
    return sorted(set(_origins(project_id)) - {settings.STORE_ORIGIN})


def _origins(project_id: int) -> Iterator[str]:
    for place in readable_places(project_id):
        if not place.credential:
            continue
        try:
            parts = urlsplit(place.store().sign(object_address(place.bucket, "x"), 1))
        except StoreError:
            continue
        yield f"{parts.scheme}://{parts.netloc}"
