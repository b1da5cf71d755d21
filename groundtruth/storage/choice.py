"""Which store the settings mean.

GROUNDTRUTH_STORE_ROOT      folder of the store on disk (the default store)
GROUNDTRUTH_S3              {} or endpoint_url, public_endpoint_url, region_name, access_key, secret_key
GROUNDTRUTH_S3_CREDENTIALS  the same, by the name that a data grant gives: a customer's own buckets
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import cast

from django.conf import settings

from .addresses import Denied
from .embedded import EmbeddedStore
from .interface import Store


def choose(endpoint: str, credential: str) -> Store:
    """Return the store for an endpoint and a credential's name, both empty for the installation's own."""
    if credential:
        return _customers_store(endpoint, credential)
    own: Mapping[str, str | None] = settings.GROUNDTRUTH_S3
    if endpoint and not _is_endpoint(own, endpoint):
        raise Denied(f"Reading from {endpoint} needs a credential by name.")
    return _s3_store(own) if own else embedded_store()


def embedded_store() -> EmbeddedStore:
    """Return the store on disk of these settings."""
    return _embedded(Path(settings.GROUNDTRUTH_STORE_ROOT))


def _customers_store(endpoint: str, credential: str) -> Store:
    """Pin a credential to its endpoint: no grant may send one customer's signature to another's server."""
    known: Mapping[str, Mapping[str, str | None]] = getattr(settings, "GROUNDTRUTH_S3_CREDENTIALS", {})
    if credential not in known:
        raise Denied(f"The settings hold no credential named {credential}.")
    config = known[credential]
    if endpoint and not _is_endpoint(config, endpoint):
        raise Denied(f"The credential {credential} belongs to another endpoint than {endpoint}.")
    return _s3_store(config)


def _is_endpoint(config: Mapping[str, str | None], endpoint: str) -> bool:
    return endpoint.rstrip("/") == (config.get("endpoint_url") or "").rstrip("/")


def _s3_store(config: Mapping[str, str | None]) -> Store:
    return _s3(tuple(sorted(config.items())), os.getpid())


@lru_cache(maxsize=8)
def _embedded(root: Path) -> EmbeddedStore:
    return EmbeddedStore(root)


@lru_cache(maxsize=64)
def _s3(config: tuple[tuple[str, str | None], ...], process: int) -> Store:
    """Keep a client for each process: two processes after a fork must not share its sockets."""
    # boto3 takes 0.3 s to load, which an installation with its store on disk need not pay.
    s3 = import_module("groundtruth.storage.s3")
    return cast(Store, s3.S3Store(s3.S3Config(**dict(config))))
