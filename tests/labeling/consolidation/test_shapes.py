from itertools import permutations

import numpy as np
import pytest

from labeling.consolidation import shapes
from labeling.consolidation.boxes import BOXES
from labeling.consolidation.keypoints import KEYPOINTS
from labeling.consolidation.shapes import (
    Drawn,
    cluster_shapes,
    match_best,
    pair_shapes,
    pick_medoid,
    share_agreement,
)


def drawn(*rows, diagonal=1000.0):
    """Shapes from (author, category, points …)."""
    return Drawn(
        [np.array(points, dtype=float).reshape(-1, 2) for _, _, *points in rows],
        np.array([category for _, category, *_ in rows], dtype=int),
        np.array([author for author, *_ in rows], dtype=int),
        diagonal,
    )


def members(found):
    return [cluster.tolist() for cluster in found]


def random_drawn(random, authors=4):
    """Each author draws most of the same eight boxes, shaken, and a stray one."""
    things = random.integers(0, 400, size=(8, 2))
    rows = []
    for author in range(authors):
        seen = [thing + random.integers(-4, 5, size=2) for thing in things if random.random() < 0.8]
        seen.append(random.integers(0, 400, size=2))
        rows += [(author, 0, near, near + 50) for near in seen]
    return drawn(*rows)


def test_only_shapes_of_one_category_and_two_authors_that_touch_are_compared():
    given = drawn(
        (0, 0, (0, 0), (10, 10)),
        (0, 0, (1, 1), (11, 11)),
        (1, 0, (5, 5), (15, 15)),
        (1, 1, (0, 0), (10, 10)),
        (2, 0, (12, 12), (30, 30)),
    )

    assert pair_shapes(given).tolist() == [[0, 2], [1, 2], [2, 4]]


def test_a_margin_lets_shapes_meet_that_do_not_touch():
    given = drawn((0, 0, (0, 0)), (1, 0, (40, 30)), (2, 0, (60, 0)))

    assert pair_shapes(given, margin=0.05).tolist() == [[0, 1], [1, 2]]


def test_of_many_shapes_the_nearest_are_compared():
    random = np.random.default_rng(0)
    things = random.integers(0, 3000, size=(60, 2))
    given = drawn(*((author, 0, near + author, near + author + 40) for author in (0, 1) for near in things))

    pairs = pair_shapes(given)

    assert {(place, place + 60) for place in range(60)} <= {tuple(pair) for pair in pairs.tolist()}
    assert len(pairs) == len(np.unique(pairs, axis=0)) < 60 * 60


def test_fewer_partners_are_tried_where_people_drew_thousands(monkeypatch):
    monkeypatch.setattr(shapes, "MOST_COMPARED", 400)
    given = drawn(*((author, 0, (0, 0), (100 + place, 100)) for author in (0, 1) for place in range(50)))

    assert len(pair_shapes(given)) <= 2 * 50 * 2  # 400 // (100 shapes × 2 authors) partners, both ways


def test_the_closest_shapes_go_together_and_nobody_is_in_a_cluster_twice():
    given = drawn(
        (0, 0, (0, 0), (100, 100)),
        (0, 0, (20, 0), (120, 100)),
        (1, 0, (18, 0), (118, 100)),
        (2, 0, (200, 200), (250, 250)),
    )

    assert members(cluster_shapes(given, BOXES)) == [[0], [1, 2], [3]]


def test_shapes_that_share_too_little_stay_apart():
    third, just_more = (50, 0), (48, 0)

    assert members(cluster_shapes(drawn((0, 0, (0, 0), (100, 9)), (1, 0, third, (150, 9))), BOXES)) == [[0], [1]]
    assert members(cluster_shapes(drawn((0, 0, (0, 0), (100, 9)), (1, 0, just_more, (148, 9))), BOXES)) == [[0, 1]]


@pytest.mark.parametrize("seed", range(5))
def test_clusters_hold_every_shape_once_and_each_author_at_most_once(seed):
    given = random_drawn(np.random.default_rng(seed))

    found = cluster_shapes(given, BOXES)

    assert sorted(np.concatenate(found).tolist()) == list(range(len(given.points)))
    assert all(len(set(given.authors[cluster])) == len(cluster) for cluster in found)


@pytest.mark.parametrize("seed", range(5))
def test_renaming_authors_changes_no_cluster(seed):
    given = random_drawn(np.random.default_rng(seed))
    renamed = Drawn(given.points, given.categories, np.array([2, 0, 3, 1])[given.authors], given.diagonal)

    assert members(cluster_shapes(renamed, BOXES)) == members(cluster_shapes(given, BOXES))


def test_nothing_drawn_is_no_cluster():
    assert cluster_shapes(drawn(), BOXES) == []


def test_matching_takes_the_largest_sum_and_not_the_closest_pair_first():
    pairs = np.array([[0, 2], [0, 3], [1, 2]])

    assert match_best(pairs, np.array([0.6, 0.5, 0.5])) == pytest.approx(1.0)
    assert match_best(pairs, np.array([0.6, 0.2, 0.2])) == pytest.approx(0.6)
    assert match_best(pairs[:0], np.zeros(0)) == 0.0
    assert match_best(pairs, np.zeros(3)) == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_matching_equals_the_best_of_all_assignments(seed):
    table = np.random.default_rng(seed).random((4, 5))
    pairs = np.array([(row, 4 + column) for row in range(4) for column in range(5)])

    best = max(sum(table[row, column] for row, column in enumerate(chosen)) for chosen in permutations(range(5), 4))

    assert match_best(pairs, table.ravel()) == pytest.approx(best)


def test_agreement_counts_what_only_one_drew():
    one = (0, 0, (0, 0), (10, 10))

    assert share_agreement(drawn(), BOXES) == 1.0
    assert share_agreement(drawn(one), BOXES) == 0.0
    assert share_agreement(drawn(one, (1, 0, (0, 0), (10, 10))), BOXES) == 1.0
    assert share_agreement(drawn(one, (1, 1, (0, 0), (10, 10))), BOXES) == 0.0
    assert share_agreement(drawn(one, (1, 0, (0, 0), (10, 5)), (1, 0, (50, 0), (60, 5))), BOXES) == 0.333333
    assert share_agreement(drawn((0, 0, (0, 0)), (1, 0, (30, 40)), diagonal=2000.0), KEYPOINTS) == 0.5


@pytest.mark.parametrize("seed", range(5))
def test_agreement_is_the_same_both_ways_round(seed):
    given = random_drawn(np.random.default_rng(seed), authors=2)
    turned = Drawn(given.points, given.categories, 1 - given.authors, given.diagonal)
    order = np.random.default_rng(seed).permutation(len(given.points))
    mixed = Drawn([given.points[n] for n in order], given.categories[order], given.authors[order], given.diagonal)

    found = share_agreement(given, BOXES)

    assert 0.2 < found < 1.0
    assert share_agreement(turned, BOXES) == share_agreement(mixed, BOXES) == found


def test_the_medoid_is_the_shape_closest_to_the_others():
    corners = [np.array([(0, 0), (10 + more, 10)], dtype=float) for more in (0, 3, 4, 30)]

    assert pick_medoid(corners, BOXES, 100.0) is corners[1]
    assert pick_medoid(corners[2:], BOXES, 100.0) is corners[2]
