"""How boxes, polygons, polylines and keypoints compare, and what stands for several of them."""

import numpy as np
import pytest

from labeling.consolidation import boxes, keypoints, polygons, polylines
from labeling.consolidation.shapes import Drawn

GEOMETRIES = {
    "boxes": (boxes.BOXES, 2),
    "polygons": (polygons.POLYGONS, 5),
    "polylines": (polylines.POLYLINES, 4),
    "keypoints": (keypoints.KEYPOINTS, 1),
}


def closeness(geometry, one, other, diagonal=1000.0):
    shapes = [np.array(points, dtype=float) for points in (one, other)]
    given = Drawn(shapes, np.zeros(2, dtype=int), np.arange(2), diagonal)
    return float(geometry.closeness(given, np.array([[0, 1]]))[0])


def random_shape(random, corners):
    points = random.integers(0, 300, size=(corners, 2)).astype(float)
    if corners != 2:
        return points
    return np.stack([points.min(axis=0), points.max(axis=0) + 1])  # a box: near corner, far corner


@pytest.fixture(params=GEOMETRIES.values(), ids=GEOMETRIES)
def kind(request):
    return request.param


@pytest.mark.parametrize("seed", range(5))
def test_closeness_is_symmetric_from_0_to_1_and_1_for_the_same(kind, seed):
    geometry, corners = kind
    random = np.random.default_rng(seed)
    one, other = random_shape(random, corners), random_shape(random, corners)

    assert closeness(geometry, one, one) == pytest.approx(1.0)
    assert 0.0 <= closeness(geometry, one, other) <= 1.0
    assert closeness(geometry, one, other) == closeness(geometry, other, one)


def test_no_pairs_have_no_closeness(kind):
    geometry, corners = kind
    given = Drawn([np.ones((corners, 2))], np.zeros(1, dtype=int), np.zeros(1, dtype=int), 100.0)

    assert geometry.closeness(given, np.empty((0, 2), dtype=int)).shape == (0,)


@pytest.mark.parametrize("seed", range(3))
def test_the_middle_of_copies_is_the_shape_itself(kind, seed):
    geometry, corners = kind
    shape = random_shape(np.random.default_rng(seed), corners)

    assert geometry.middle([shape, shape, shape], 1000.0).tolist() == shape.tolist()


# --- boxes --------------------------------------------------------------------------------------------


def test_boxes_share_a_part_of_the_area_that_they_cover():
    assert closeness(boxes.BOXES, [(0, 0), (10, 10)], [(5, 0), (15, 10)]) == pytest.approx(50 / 150)
    assert closeness(boxes.BOXES, [(0, 0), (10, 10)], [(2, 2), (7, 7)]) == pytest.approx(0.25)
    assert closeness(boxes.BOXES, [(0, 0), (10, 10)], [(10, 0), (20, 10)]) == 0.0


def test_the_median_box_takes_no_notice_of_one_wild_edge():
    drawn = [np.array(edges, dtype=float).reshape(2, 2) for edges in ((0, 0, 10, 10), (2, 1, 11, 12), (1, 1, 90, 11))]

    assert boxes.median_points(drawn, 100.0).tolist() == [[1, 1], [11, 11]]


def test_whole_pixels_stay_whole_and_a_thin_box_stays_a_box():
    thin = [np.array([(1, 0), (2, 1)], dtype=float), np.array([(2, 0), (3, 1)], dtype=float)]
    fine = [np.array([(0.5, 0), (2, 1)]), np.array([(1, 0), (2, 1)])]

    assert boxes.median_points(thin, 100.0).tolist() == [[2, 0], [3, 1]]
    assert boxes.median_points(fine, 100.0).tolist() == [[0.75, 0], [2, 1]]


# --- polygons -----------------------------------------------------------------------------------------

SQUARE = [(0, 0), (100, 0), (100, 100), (0, 100)]


def test_polygons_share_area_as_boxes_do():
    half = [(0, 0), (100, 0), (0, 100)]
    moved = [(50, 0), (150, 0), (150, 100), (50, 100)]

    assert closeness(polygons.POLYGONS, SQUARE, half) == pytest.approx(0.5, abs=0.02)
    assert closeness(polygons.POLYGONS, SQUARE, moved) == pytest.approx(1 / 3, abs=0.02)
    assert closeness(polygons.POLYGONS, SQUARE, [(200, 0), (300, 0), (300, 100)]) == 0.0


def test_a_polygon_is_the_same_from_whichever_corner_and_whichever_way():
    assert closeness(polygons.POLYGONS, SQUARE, SQUARE[2:] + SQUARE[:2]) == 1.0
    assert closeness(polygons.POLYGONS, SQUARE, SQUARE[::-1]) == 1.0


def test_small_and_thin_polygons_are_compared_as_finely_as_large_ones():
    tiny = [(x / 100 + 500, y / 100 + 500) for x, y in SQUARE]
    half = [(500, 500), (501, 500), (500, 501)]
    line = [(0, 0), (100, 0), (100, 0.5)]

    assert closeness(polygons.POLYGONS, tiny, half) == pytest.approx(0.5, abs=0.02)
    assert closeness(polygons.POLYGONS, line, line) == 1.0


def test_an_outline_of_very_many_corners_is_thinned_and_not_changed():
    angles = np.linspace(0, 2 * np.pi, 50_000, endpoint=False)
    circle = np.column_stack([200 + 100 * np.cos(angles), 200 + 100 * np.sin(angles)])

    assert closeness(polygons.POLYGONS, circle, circle[::25]) == pytest.approx(1.0, abs=0.02)
    assert len(polygons.thin_outline(circle)) == 2_000


def test_the_area_of_an_outline():
    assert polygons.measure_area(np.array(SQUARE, dtype=float)) == 10_000
    assert polygons.measure_area(np.array([(0, 0), (4, 0), (0, 3)], dtype=float)) == 6
    assert polygons.measure_area(np.array([(0, 0), (5, 5), (9, 9)], dtype=float)) == 0


def test_the_middle_of_polygons_is_one_that_a_person_drew():
    outlines = [np.array(SQUARE) * scale for scale in (0.8, 1.0, 1.1, 2.0)]

    assert polygons.middle_polygon(outlines, 1000.0) is outlines[1]


# --- polylines ----------------------------------------------------------------------------------------

LINE = [(0, 0), (200, 0)]


def test_lines_are_less_close_the_farther_apart_and_not_at_all_at_a_twentieth_of_the_diagonal():
    assert closeness(polylines.POLYLINES, LINE, [(0, 10), (200, 10)]) == pytest.approx(0.8)
    assert closeness(polylines.POLYLINES, LINE, [(0, 50), (200, 50)]) == 0.0


def test_a_line_is_the_same_backwards_and_with_points_between():
    assert closeness(polylines.POLYLINES, LINE, LINE[::-1]) == pytest.approx(1.0)
    assert closeness(polylines.POLYLINES, LINE, [(0, 0), (3, 0), (150, 0), (200, 0)]) == pytest.approx(1.0)


def test_half_a_line_is_not_the_line():
    half = closeness(polylines.POLYLINES, LINE, [(0, 0), (100, 0)])

    assert half == pytest.approx(
        1 - (100 / 2 * 16 / 32) / 2 / 50, abs=0.02
    )  # half of its points are 50 away, on the mean


def test_short_lines_must_be_nearer_than_long_ones():
    assert closeness(polylines.POLYLINES, [(0, 0), (20, 0)], [(0, 5), (20, 5)]) == pytest.approx(0.5)
    assert closeness(polylines.POLYLINES, [(0, 0), (20, 0)], [(0, 10), (20, 10)]) == 0.0


def test_many_pairs_of_lines_are_measured_as_one_is():
    random = np.random.default_rng(0)
    shapes = [random.integers(0, 60, size=(3, 2)).astype(float) for _ in range(20)]
    given = Drawn(shapes, np.zeros(20, dtype=int), np.arange(20), 1000.0)
    pairs = np.array([(one, other) for one in range(20) for other in range(one)])

    found = polylines.POLYLINES.closeness(given, pairs)

    assert len(pairs) > polylines.BLOCK
    alone = [closeness(polylines.POLYLINES, shapes[one], shapes[other]) for one, other in pairs]
    np.testing.assert_allclose(found, alone, atol=1e-12)


def test_resampling_keeps_ends_and_equal_steps():
    points = polylines.resample_line(np.array([(0, 0), (3, 0), (3, 1)], dtype=float), 5)

    assert points.tolist() == [[0, 0], [1, 0], [2, 0], [3, 0], [3, 1]]


# --- keypoints ----------------------------------------------------------------------------------------


def test_points_are_less_close_the_farther_apart():
    assert closeness(keypoints.KEYPOINTS, [(0, 0)], [(3, 4)]) == pytest.approx(0.9)
    assert closeness(keypoints.KEYPOINTS, [(0, 0)], [(0, 50)]) == 0.0
    assert closeness(keypoints.KEYPOINTS, [(0, 0)], [(3, 4)], diagonal=200.0) == pytest.approx(0.5)
