import numpy as np
import pytest

from labeling.consolidation import instances
from labeling.consolidation.instances import (
    Drawing,
    group_instances,
    match_instances,
    panoptic_quality,
    settle_instances,
)
from tests.labeling.consolidation.drawings import Painter, paint, place_discs, truth_of

SHAPE = (20, 20)


def draw(*boxes, shape=SHAPE):
    """A drawing of upright things: (category, left, top, width, height)."""
    ids = np.zeros(shape, dtype=np.uint8)
    for number, (_, left, top, width, height) in enumerate(boxes, start=1):
        ids[top : top + height, left : left + width] = number
    return Drawing(ids, tuple(box[0] for box in boxes))


ONE, TWO = (0, 1, 1, 6, 6), (1, 10, 10, 8, 8)


def test_equal_drawings_come_back_numbered_from_the_top_left():
    ids, found = settle_instances([draw(TWO, ONE), draw(ONE, TWO), draw(TWO, ONE)])

    assert ids.tolist() == draw(ONE, TWO).ids.tolist()
    assert [one.category for one in found] == [0, 1]
    assert [one.confidence for one in found] == [pytest.approx(3.5 / 4)] * 2


def test_what_fewer_than_half_drew_is_not_believed_and_what_half_drew_is():
    _, by_one = settle_instances([draw(ONE, TWO), draw(ONE), draw(ONE)])
    _, by_two = settle_instances([draw(ONE, TWO), draw(ONE, TWO), draw(ONE), draw(ONE)])

    assert [one.category for one in by_one] == [0]
    assert [(one.category, one.confidence) for one in by_two] == [
        (0, pytest.approx(4.5 / 5)),
        (1, pytest.approx(2.5 / 5)),
    ]


def test_who_tells_the_chances_decides_what_is_believed():
    told = []

    def believe(named):
        told.extend(named)
        return [0.41 if len(places) == 1 else 0.39 for places in named]

    _, found = settle_instances([draw(ONE, TWO), draw(ONE), draw(ONE)], believe)

    assert sorted(told) == [[0], [0, 1, 2]]
    assert [(one.category, one.confidence) for one in found] == [(1, 0.41)]


def test_the_same_place_under_two_categories_is_two_things():
    other = (1, *ONE[1:])

    _, found = settle_instances([draw(ONE), draw(ONE), draw(other)])

    assert [one.category for one in found] == [0]


def test_touching_things_of_one_category_stay_apart():
    left, right = (0, 2, 2, 6, 10), (0, 8, 2, 6, 10)

    ids, found = settle_instances([draw(left, right), draw(right, left), draw(left, right)])

    assert len(found) == 2
    assert ids.tolist() == draw(left, right).ids.tolist()


def test_nobody_is_twice_in_a_group():
    whole, parts = draw((0, 0, 0, 20, 10)), draw((0, 0, 0, 10, 10), (0, 10, 0, 10, 10))

    groups = group_instances([whole, parts, parts])

    assert sorted(sorted(place for place, _ in group) for group in groups) == [[0, 1, 2], [1, 2]]


def test_where_believed_things_overlap_the_one_most_agreed_on_has_the_pixels():
    bottom, top = (0, 0, 0, 12, 12), (1, 4, 4, 5, 5)
    hidden = draw(bottom, top)

    ids, found = settle_instances([hidden, hidden, draw(bottom)])

    assert [one.category for one in found] == [0, 1]
    assert ids[6, 6] == 2
    assert ids[0, 0] == 1


def test_nothing_drawn_is_nothing_found():
    ids, found = settle_instances([draw(), draw()])

    assert found == []
    assert not ids.any()


def test_a_listed_instance_without_pixels_is_nothing():
    ghost = Drawing(draw(ONE).ids, (0, 1))

    _, found = settle_instances([ghost, ghost])

    assert [one.category for one in found] == [0]
    assert panoptic_quality(ghost, draw(ONE)) == 1.0


def test_no_more_are_kept_than_a_mask_can_number(monkeypatch):
    monkeypatch.setattr(instances, "MOST_NUMBERS", 2)
    three = draw((0, 0, 0, 5, 5), (0, 7, 0, 5, 5), (0, 14, 0, 5, 5))

    ids, found = settle_instances([three, draw((0, 7, 0, 5, 5), (0, 14, 0, 5, 5))])

    assert len(found) == 2
    assert np.unique(ids).tolist() == [0, 1, 2]
    assert ids[0, 8] == 1


@pytest.mark.parametrize("seed", range(4))
def test_many_people_recover_what_each_alone_draws_badly(seed):
    random = np.random.default_rng(seed)
    discs = place_discs(random)
    drawings = [paint(Painter(1.5, 0.15, 0.01), discs, random) for _ in range(5)]
    truth = truth_of(discs)

    ids, found = settle_instances(drawings)
    settled = Drawing(ids, tuple(one.category for one in found))

    assert len(found) == 4
    assert panoptic_quality(settled, truth) > 0.88
    assert panoptic_quality(settled, truth) > max(panoptic_quality(drawing, truth) for drawing in drawings)


def test_matches_and_quality_by_hand():
    a, b = draw((0, 0, 0, 10, 10), (1, 12, 12, 4, 4)), draw((0, 2, 0, 10, 10))

    assert match_instances(a, b, 0.5) == [(1, 1, pytest.approx(80 / 120))]
    assert match_instances(a, b, 0.7) == []
    # One match of 2/3, one missed: 2/3 over (1 + 1/2).
    assert panoptic_quality(a, b) == pytest.approx(2 / 3 / 1.5)
    assert panoptic_quality(a, a) == 1.0
    assert panoptic_quality(draw(), draw()) == 1.0
    assert panoptic_quality(a, draw()) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_quality_is_symmetric(seed):
    random = np.random.default_rng(seed)
    discs = place_discs(random)
    a, b = (paint(Painter(2.0, 0.2, 0.02), discs, random) for _ in range(2))

    assert panoptic_quality(a, b) == panoptic_quality(b, a)
    assert 0 < panoptic_quality(a, b) < 1


def test_a_drawing_of_another_size_is_stretched():
    small = draw((0, 2, 2, 4, 4), shape=(10, 10))
    large = draw((0, 4, 4, 8, 8))

    ids, found = settle_instances([small, large, large])

    assert ids.tolist() == large.ids.tolist()
    assert found[0].confidence == pytest.approx(3.5 / 4)
    assert panoptic_quality(small, large) == 1.0
