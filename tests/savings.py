"""What spares the tests work that shows nothing: done once where the product does it once; no claim is smaller."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import override_settings
from whitenoise.base import WhiteNoise
from whitenoise.middleware import WhiteNoiseMiddleware


class QuickHasher(PBKDF2PasswordHasher):
    """The product's algorithm in a single round: a million rounds take a third of a second a password."""

    iterations = 1


@contextmanager
def quick_passwords() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=[f"{__name__}.{QuickHasher.__name__}"]):
        yield


@contextmanager
def static_files_listed_once() -> Iterator[None]:
    """Let WhiteNoise read a folder of static files once, and not again for each `Client`.

    A server lists them when it starts; each `Client` is a server of its own, which took most of its first request.
    """
    listed: dict[tuple[Any, ...], dict[str, Any]] = {}
    original = WhiteNoise.update_files_dictionary

    def update(self: WhiteNoise, root: str, prefix: str) -> None:
        if type(self) is not WhiteNoiseMiddleware or self.files:
            return original(self, root, prefix)
        key = (root, prefix, manifest_age(root), *what_its_headers_say(self))
        if key not in listed:
            original(self, root, prefix)
            listed[key] = self.files
        self.files = dict(listed[key])
        return None

    WhiteNoise.update_files_dictionary = update
    yield
    WhiteNoise.update_files_dictionary = original


def manifest_age(root: str) -> int:
    """Return when the folder was last collected into; 0 for one that has no list of names."""
    manifest = Path(root) / "staticfiles.json"
    return manifest.stat().st_mtime_ns if manifest.exists() else 0


def what_its_headers_say(server: WhiteNoiseMiddleware) -> tuple[Any, ...]:
    """Return all that decides the headers of a file, beside the file."""
    names = str(settings.STORAGES.get("staticfiles"))
    return (server.max_age, server.charset, server.allow_all_origins, server.index_file, server.static_prefix, names)
