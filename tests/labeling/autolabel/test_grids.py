"""Grids of cells in rows of features."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.autolabel.grids import HEAD, pack, places, stretch, unpack
from labeling.autolabel.preparing import prepare_grids


def test_grids_come_apart_as_they_were_put_together() -> None:
    fine = np.arange(2 * 4 * 4 * 3, dtype=np.float32).reshape(2, 4, 4, 3)
    coarse = np.full((2, 1, 1, 2), 7, dtype=np.float32)

    rows = pack([fine, coarse], [(640, 480), (9001, 12)])
    cells = unpack(rows)

    assert (rows.dtype, rows.shape) == (np.float16, (2, HEAD + 48 + 2))
    assert cells.sizes.tolist() == [[640, 480], [9001, 12]]
    assert cells.features[..., :3].tolist() == fine.reshape(2, 16, 3).tolist()
    assert cells.features[..., 3:].tolist() == np.full((2, 16, 2), 7).tolist()


def test_what_a_float_of_two_bytes_cannot_hold_is_cut_off() -> None:
    rows = pack([np.full((1, 1, 1, 1), 1e9, dtype=np.float32)], [(1, 1)])

    assert np.isfinite(rows).all()


def test_a_grid_is_stretched_along_straight_lines() -> None:
    level = np.array([[[[0.0], [4.0]], [[0.0], [4.0]]]], dtype=np.float32)

    wide = stretch(level, 4)[0, :, :, 0]

    assert wide.tolist() == [[0, 1, 3, 4]] * 4
    assert stretch(np.full((1, 1, 1, 1), 5.0, dtype=np.float32), 3).tolist() == np.full((1, 3, 3, 1), 5).tolist()


def test_places_are_told_from_the_middle() -> None:
    assert places(2)[:, :2].tolist() == [[-0.5, -0.5], [0.5, -0.5], [-0.5, 0.5], [0.5, 0.5]]


def test_a_row_that_cannot_be_read_is_set_apart_and_rows_are_read_in_parts() -> None:
    rows, asked = np.zeros((5, 20), dtype=np.float16), []
    rows[3, 4] = np.nan

    def read(some: np.ndarray) -> np.ndarray:
        asked.append(some.tolist())
        return rows[some]

    pool = prepare_grids([read], 5, part=2)

    assert pool.readable.tolist() == [True, True, True, False, True]
    assert asked == [[0, 1], [2, 3], [4]]
    assert len(pool.grids) == 1


@pytest.mark.parametrize("count", [0, 3])
def test_where_nothing_can_be_read_there_is_nothing_to_learn_from(count: int) -> None:
    assert prepare_grids([lambda some: np.full((len(some), 20), np.nan)], count).grids == ()
