"""The object store: `get_store()` and the words to speak with it. Importing this loads no Django."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from .addresses import (
    Address,
    BadAddress,
    Changed,
    Denied,
    Entry,
    Missing,
    Stat,
    StoreError,
    Unreachable,
    object_address,
    parse_uri,
)
from .interface import CHUNK, Store, Writer

__all__ = [
    "CHUNK",
    "Address",
    "BadAddress",
    "Changed",
    "Denied",
    "Entry",
    "Missing",
    "Stat",
    "Store",
    "StoreError",
    "Unreachable",
    "Writer",
    "get_store",
    "object_address",
    "parse_uri",
]


def get_store(endpoint: str = "", credential: str = "") -> Store:
    """Return the installation's store, or a customer's own by its endpoint and its credential's name.

    Stores are kept, so this is cheap. Raises Denied for an unknown credential, or one of another endpoint.
    """
    # By name: pure modules import the addresses beside this, and may not pull in Django.
    choice = import_module("groundtruth.storage.choice")
    return cast(Store, choice.choose(endpoint, credential))
