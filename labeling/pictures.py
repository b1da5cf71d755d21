"""The large picture inside an answer or a label: kept in the project's own prefix, put back where it is read.

Only types with `has_picture` have one, as base64 text at ["labeledImage"]["pngImageData"] of the element's value.
"""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings

from groundtruth.storage import Changed, Missing, get_store, object_address

logger = logging.getLogger(__name__)
DIGEST = 40  # hexadecimal digits of a picture's SHA-256 in its key
OUTER, INNER = "labeledImage", "pngImageData"
THREADS = 8


def value_in(payload: dict[str, Any]) -> dict[str, Any] | None:
    """Return the part of an answer or a label that can hold a picture."""
    if OUTER in payload:
        return payload
    return next((part for part in payload.values() if isinstance(part, dict) and OUTER in part), None)


def read_picture(key: str) -> bytes:
    """Return a picture as stored, named by its digest. Raises StoreError; Changed where it is no longer what it was."""
    data = get_store().read(object_address(settings.GROUNDTRUTH_BUCKET, key))
    if sha256(data).hexdigest()[:DIGEST] != PurePosixPath(key).stem:
        raise Changed(f"{key} is no longer what was stored.")
    return data


def put_back(payload: dict[str, Any], key: str) -> dict[str, Any]:
    """Return a payload with its picture. Raises StoreError."""
    if not key:
        return payload
    part = value_in(payload)
    if part is None:
        return payload
    return with_picture(payload, part, {**part[OUTER], INNER: b64encode(read_picture(key)).decode()})


def put_back_all(pairs: Sequence[tuple[dict[str, Any], str]]) -> list[dict[str, Any] | None]:
    """Return payloads with their pictures, read side by side; None for one whose picture is lost or was changed."""
    if not any(key for _, key in pairs):
        return [payload for payload, _ in pairs]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda pair: _put_back_or_none(*pair), pairs))


def _put_back_or_none(payload: dict[str, Any], key: str) -> dict[str, Any] | None:
    try:
        return put_back(payload, key)
    except (Missing, Changed) as problem:
        logger.error("picture lost", extra={"key": key, "problem": str(problem)})
        return None


def with_picture(payload: dict[str, Any], part: dict[str, Any], picture: dict[str, Any]) -> dict[str, Any]:
    """Return a payload whose part holds another `labeledImage`."""
    changed = {**part, OUTER: picture}
    if part is payload:
        return changed
    return {name: changed if value is part else value for name, value in payload.items()}
