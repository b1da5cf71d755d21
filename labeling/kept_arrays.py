"""Arrays as they lie in the store: NumPy's own format, without pickles."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from django.conf import settings

from groundtruth.storage import get_store, object_address


def get_arrays(key: str) -> dict[str, np.ndarray]:
    """Return stored arrays by name. Raises StoreError where they cannot be read."""
    data = get_store().read(object_address(settings.GROUNDTRUTH_BUCKET, key))
    with np.load(BytesIO(data), allow_pickle=False) as found:
        return {name: found[name] for name in found.files}
