"""Grids of what a picture shows where: of the base installation, and of the model of the extra."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from labeling.autolabel.grids import unpack
from labeling.encoders import encode
from tests.labeling.encoders.test_models import needs


def half_red() -> Image.Image:
    """A picture of 200 x 100 pixels, red on its left half and grey on the other."""
    picture = Image.new("RGB", (200, 100), (90, 90, 90))
    picture.paste((255, 0, 0), (0, 0, 100, 100))
    return picture


def test_cells_tell_colours_where_they_are_and_the_pictures_size() -> None:
    rows = encode("cells-1", [half_red(), None])

    cells = unpack(rows[:1])
    fine = cells.features[0, :, :14].reshape(28, 28, 14)
    assert (rows.dtype, rows.shape, rows.nbytes // 2) == (np.float16, (2, 14418), 28836)
    assert np.isnan(rows[1]).all()
    assert cells.sizes.tolist() == [[200, 100]]
    assert fine[:, :13, :3].tolist() == np.full((28, 13, 3), [1, 0, 0]).tolist()
    assert fine[5, 20, :3] == pytest.approx([90 / 255] * 3, abs=1e-3)
    assert fine[5, 5, 3:9] == pytest.approx([255**2 / 256**2, 0, 0, 0, 0, 0], abs=1e-3)  # of the hues, the first
    assert fine[:, 2:12, 9:].max() == pytest.approx(0, abs=0.01)  # no edge, no spread
    step = (90 - 255 / 3) / 255 / 2  # of grey, at the two pixels beside the middle: one of a cell's four each
    assert fine[5, 13:15, 10] == pytest.approx([step / 4] * 2, rel=0.01)


def test_cells_of_a_picture_are_the_same_in_any_company() -> None:
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 30, 3), dtype=np.uint8))

    assert encode("cells-1", [noise, half_red()])[0].tobytes() == encode("cells-1", [noise])[0].tobytes()


def test_a_picture_of_one_pixel_has_cells() -> None:
    assert np.isfinite(encode("cells-1", [Image.new("RGB", (1, 1), (3, 200, 7))])).all()


@needs("lite0-cells-1")
def test_lite0_tells_one_half_from_the_other() -> None:
    rows = encode("lite0-cells-1", [half_red(), None])

    cells = unpack(rows[:1])
    grid = cells.features[0].reshape(28, 28, 136)
    assert (rows.dtype, rows.shape) == (np.float16, (2, 31372))
    assert np.isnan(rows[1]).all()
    assert cells.sizes.tolist() == [[200, 100]]
    left, right = grid[10:18, 4:8].reshape(-1, 136), grid[10:18, 20:24].reshape(-1, 136)
    apart = np.linalg.norm(left.mean(axis=0) - right.mean(axis=0))
    assert apart > 2 * max(np.linalg.norm(part - part.mean(axis=0), axis=1).mean() for part in (left, right))
