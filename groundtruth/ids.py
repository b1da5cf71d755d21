"""Random names for rows that are shown in a URL, and slugs that a person chose half of."""

import secrets

from django.db.models import QuerySet
from django.utils.text import slugify

_ALPHABET = b"23456789abcdefghjkmnpqrstuvwxyz"  # nothing that reads like something else
_TABLE = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))


def public_id() -> str:
    """Return 14 random characters (68 bits): cannot be guessed, can be read out. Drawn for every object of a batch."""
    return secrets.token_bytes(14).translate(_TABLE).decode()


def submit_key() -> str:
    """Return 22 random URL-safe characters (128 bits), drawn when a task is handed out."""
    return secrets.token_urlsafe(16)


def free_slug(wished: str, taken: QuerySet, *, length: int = 60, never: tuple[str, ...] = ()) -> str:
    """Return a slug of `wished` that no row of `taken` has; the unique constraint still decides a race.

    never: words that are addresses of pages beside it.
    """
    stem = slugify(wished)[:length].strip("-") or public_id()
    used = set(taken.filter(slug__startswith=stem).values_list("slug", flat=True)) | set(never)
    return next(name for name in (stem, *(f"{stem}-{n}" for n in range(2, len(used) + 3))) if name not in used)
