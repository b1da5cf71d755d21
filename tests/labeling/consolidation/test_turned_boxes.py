"""Boxes turned about their middle: how two compare, and what stands for several."""

import numpy as np
import pytest

from labeling.consolidation import boxes, polygons
from labeling.consolidation.shapes import Drawn
from labeling.consolidation.turned_boxes import TURNED_BOXES, read_corners, share_area, share_ground, turn_corners

QUARTERS = range(4)


def closeness(*corners, geometry=TURNED_BOXES):
    given = Drawn(list(corners), np.zeros(2, dtype=int), np.arange(2), 1000.0)
    return float(geometry.closeness(given, np.array([[0, 1]]))[0])


def middle(*sides):
    """What stands for boxes: left, top, width, height, degrees."""
    x, y, width, height, degrees = read_corners(
        TURNED_BOXES.middle(sorted((turn_corners(*one) for one in sides), key=lambda points: points.tolist()), 1000.0)
    )
    return x - width / 2, y - height / 2, width, height, round(degrees, 6) % 360


def random_box(random):
    return (
        *random.integers(0, 100, 2).tolist(),
        *random.integers(5, 80, 2).tolist(),
        int(random.integers(0, 3600)) / 10,
    )


def quarter_turns(left, top, width, height, degrees, quarters):
    """The same rectangle, told another way."""
    x, y = left + width / 2, top + height / 2
    sides = (height, width) if quarters % 2 else (width, height)
    return x - sides[0] / 2, y - sides[1] / 2, *sides, degrees - 90 * quarters


def test_corners_go_clockwise_on_the_screen_from_the_near_one():
    assert turn_corners(10, 20, 40, 20, 0).tolist() == [[10, 20], [50, 20], [50, 40], [10, 40]]
    assert np.round(turn_corners(10, 20, 40, 20, 90), 9).tolist() == [[40, 10], [40, 50], [20, 50], [20, 10]]


@pytest.mark.parametrize("seed", range(5))
def test_corners_are_read_as_they_were_made(seed):
    left, top, width, height, degrees = random_box(np.random.default_rng(seed))

    read = read_corners(turn_corners(left, top, width, height, degrees))

    assert read[:4].tolist() == [left + width / 2, top + height / 2, width, height]
    assert read[4] % 360 == pytest.approx(degrees, abs=1e-6)


def test_a_square_shares_an_eight_sided_part_with_itself_turned_by_an_eighth():
    shared = 2 * (np.sqrt(2) - 1)

    found = closeness(turn_corners(0, 0, 10, 10, 0), turn_corners(0, 0, 10, 10, 45))

    assert found == pytest.approx(shared / (2 - shared), abs=1e-9)
    assert found == pytest.approx(np.sqrt(0.5), abs=1e-9)


@pytest.mark.parametrize("quarters", QUARTERS)
@pytest.mark.parametrize("seed", range(5))
def test_a_box_told_another_way_is_itself(quarters, seed):
    box = random_box(np.random.default_rng(seed))

    assert closeness(turn_corners(*box), turn_corners(*quarter_turns(*box, quarters))) == 1.0


@pytest.mark.parametrize("seed", range(30))
def test_closeness_is_that_of_outlines_on_a_raster_and_the_same_both_ways(seed):
    random = np.random.default_rng(seed)
    one, other = turn_corners(*random_box(random)), turn_corners(*random_box(random))

    found = closeness(one, other)

    assert found == closeness(other, one)
    assert found == pytest.approx(closeness(one, other, geometry=polygons.POLYGONS), abs=0.03)


@pytest.mark.parametrize("seed", range(10))
def test_upright_boxes_compare_as_upright_boxes_do(seed):
    random = np.random.default_rng(seed)
    given = [random_box(random)[:4] for _ in range(2)]
    near_far = [np.array([(left, top), (left + width, top + height)]) for left, top, width, height in given]

    found = closeness(*(turn_corners(*box, 0) for box in given))

    assert found == pytest.approx(closeness(*near_far, geometry=boxes.BOXES), abs=1e-9)


def test_boxes_apart_or_only_touching_share_nothing():
    here = turn_corners(0, 0, 10, 10, 0)

    assert closeness(here, turn_corners(10, 0, 10, 10, 0)) == 0.0
    assert closeness(here, turn_corners(10.1, 2, 10, 10, 45)) > 0.0  # its corner reaches over
    assert closeness(here, turn_corners(40, 0, 10, 10, 30)) == 0.0
    assert share_area(
        Drawn([here], np.zeros(1, dtype=int), np.zeros(1, dtype=int), 1.0), np.empty((0, 2), int)
    ).shape == (0,)


def test_a_box_within_another_shares_its_own_area():
    assert closeness(turn_corners(0, 0, 100, 100, 0), turn_corners(45, 40, 10, 20, 33)) == pytest.approx(0.02)


def test_many_pairs_are_measured_in_blocks_as_one_by_one(monkeypatch):
    from labeling.consolidation import turned_boxes

    random = np.random.default_rng(3)
    corners = [turn_corners(*random_box(random)) for _ in range(12)]
    given = Drawn(corners, np.zeros(12, dtype=int), np.arange(12), 1000.0)
    pairs = np.array([(a, b) for a in range(12) for b in range(a)])
    whole = share_area(given, pairs)

    monkeypatch.setattr(turned_boxes, "BLOCK", 5)

    assert share_area(given, pairs).tolist() == whole.tolist()


@pytest.mark.parametrize(
    ("box", "shares"),
    [
        ((-30, -30, 20, 20, 45), False),
        ((-21, 40, 20, 20, 45), True),  # upright it would be outside
        ((-24, -24, 24, 24, 45), False),  # its bounds touch the corner, it does not
        ((-100, -100, 300, 300, 45), True),  # all its corners are outside, and it covers everything
        ((-20, 0, 20, 100, 0), False),
    ],
)
def test_ground_in_common_is_told_exactly(box, shares):
    picture = turn_corners(0, 0, 100, 100, 0)

    assert share_ground(turn_corners(*box), picture) is share_ground(picture, turn_corners(*box)) is shares


# --- what stands for several ------------------------------------------------------------------------------


def test_the_median_of_middle_sides_and_turn_stands_for_several():
    found = middle((100, 100, 40, 20, 30), (102, 100, 40, 20, 33), (100, 104, 44, 22, 35))

    # Middles 120 122 122 and 110 110 115.
    assert found == pytest.approx((102, 100, 40, 20, 33), abs=1e-6)


def test_turns_are_round_a_circle():
    assert middle((0, 0, 40, 20, 359), (0, 0, 40, 20, 1), (0, 0, 40, 20, 2)) == pytest.approx(
        (0, 0, 40, 20, 1), abs=1e-6
    )
    assert middle((0, 0, 40, 20, 358), (0, 0, 40, 20, 1))[4] == pytest.approx(359.5, abs=1e-6)


def test_a_box_told_by_its_other_side_counts_and_most_decide_how_it_is_told():
    told_otherwise = quarter_turns(0, 0, 40, 20, 10, 1)  # 20 wide, 40 high, turned by 280 degrees

    assert middle((0, 0, 40, 20, 8), told_otherwise, (0, 0, 40, 20, 12)) == pytest.approx((0, 0, 40, 20, 10), abs=1e-6)
    assert middle((0, 0, 40, 20, 190), (0, 0, 40, 20, 10), (0, 0, 40, 20, 190))[4] == pytest.approx(190, abs=1e-6)
    most = [quarter_turns(0, 0, 40, 20, 10, 1)] * 2
    assert middle((0, 0, 40, 20, 10), *most) == pytest.approx((10, -10, 20, 40, 280), abs=1e-6)


def test_fractions_stay_where_the_answers_have_them():
    assert middle((0, 0, 41, 20, 5), (1, 0, 42, 20, 6)) == pytest.approx((0, 0, 42, 20, 5.5), abs=1e-6)
    assert middle((0.5, 0, 41, 20, 5), (1.5, 0, 41, 20, 5)) == pytest.approx((1, 0, 41, 20, 5), abs=1e-6)
    assert middle((0.25, 0, 41, 20, 5), (0.5, 0, 41, 20, 5)) == pytest.approx((0.375, 0, 41, 20, 5), abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_copies_give_the_box_itself_whichever_way_each_is_told(seed):
    random = np.random.default_rng(seed)
    box = random_box(random)
    told = [quarter_turns(*box, quarters) for quarters in random.integers(0, 4, 5).tolist()]

    found = middle(*told)

    assert closeness(turn_corners(*found), turn_corners(*box)) == pytest.approx(1.0, abs=0.05)
    assert middle(box, box, box) == pytest.approx(box, abs=1e-6)
