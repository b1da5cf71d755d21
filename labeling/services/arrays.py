"""Arrays in a project's own prefix of the store: NumPy's own format, without pickles."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

import numpy as np
from django.conf import settings

from groundtruth.storage import get_store, object_address
from labeling.kept_arrays import get_arrays

__all__ = ["get_arrays", "is_stored", "put_arrays"]


def put_arrays(prefix: str, arrays: dict[str, np.ndarray], name: str = "") -> str:
    """Store arrays under a prefix and return their key; `name` in place of the digest of what they hold."""
    out = BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    key = f"{prefix}{name or sha256(out.getvalue()).hexdigest()[:40]}.npz"
    get_store().put(object_address(settings.GROUNDTRUTH_BUCKET, key), out.getvalue(), "application/octet-stream")
    return key


def is_stored(key: str) -> bool:
    return get_store().stat(object_address(settings.GROUNDTRUTH_BUCKET, key)) is not None
