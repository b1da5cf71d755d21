"""The models of the optional extra. Where it is not installed these tests say so and are skipped."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from PIL import Image

from labeling.encoders import NEEDS, encode


def needs(name: str) -> pytest.MarkDecorator:
    missing = [package for package in NEEDS[name] if not find_spec(package)]
    reason = f"NOT INSTALLED: {', '.join(missing)} (pip install groundtruth[embeddings])"
    return pytest.mark.skipif(bool(missing), reason=reason)


@needs("minilm-1")
def test_minilm_puts_texts_of_one_meaning_side_by_side() -> None:
    texts = ["A cat sleeps on the sofa.", "The kitten is napping on a couch.", "Shares fell by two percent.", None, ""]

    rows = encode("minilm-1", texts)

    assert (rows.dtype, rows.shape) == (np.float32, (5, 384))
    assert np.isnan(rows[3]).all()
    assert np.linalg.norm(rows[[0, 1, 2, 4]], axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert rows[0] @ rows[1] > 0.5 > 0.2 > rows[0] @ rows[2]


@needs("minilm-1")
def test_minilm_gives_a_text_the_same_row_in_any_company() -> None:
    texts = [f"{'word ' * number}end" for number in range(1, 80)]

    together = encode("minilm-1", texts)

    # Whole-number arithmetic scales with the longest of a batch, so the last digits differ.
    assert (together * encode("minilm-1", texts[::-1])[::-1]).sum(axis=1).min() > 0.98
    assert encode("minilm-1", texts).tobytes() == together.tobytes()


@needs("lite0-1")
def test_lite0_tells_a_picture_from_another_and_not_from_its_copy() -> None:
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 255, (32, 32, 3), dtype=np.uint8))
    plain = Image.new("RGB", (300, 200), (200, 30, 30))

    rows = encode("lite0-1", [noise, noise.copy(), plain, None])

    assert (rows.dtype, rows.shape) == (np.float32, (4, 1280))
    assert rows[0] == pytest.approx(rows[1], abs=1e-4)
    assert np.linalg.norm(rows[0] - rows[2]) > 5
    assert np.isnan(rows[3]).all()
