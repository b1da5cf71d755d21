import numpy as np
import pytest

from labeling.consolidation import masks
from labeling.consolidation.mask_words import MOST_VOTES, weigh_by_agreement, weigh_whole
from labeling.consolidation.masks import mean_iou, sample, settle_masks, stretch_alike, thin
from tests.labeling.consolidation.drawings import Painter, as_categories, paint, place_discs, truth_of


def block(*rows_columns, shape=(12, 12), number=1):
    ids = np.zeros(shape, dtype=np.uint8)
    for rows, columns in rows_columns:
        ids[rows, columns] = number
    return ids


def settle(given, weights=None, n_categories=3):
    return settle_masks(given, weights or [1.0] * len(given), n_categories=n_categories)


def crowd(painters, seed, n_objects=6):
    """For each object the painters' masks and the true one."""
    random = np.random.default_rng(seed)
    discs = [place_discs(random) for _ in range(n_objects)]
    return [
        ([as_categories(paint(painter, scene, random)) for painter in painters], as_categories(truth_of(scene)))
        for scene in discs
    ]


def test_two_of_three_win_a_pixel_whose_neighbours_are_undecided():
    half, other = block((slice(0, 12), slice(0, 6))), block((slice(0, 12), slice(0, 7)))

    ids, _ = settle([half, other, other])

    assert ids.tolist() == other.tolist()


def test_what_all_agree_on_stays_however_thin_it_is():
    line = block((slice(5, 6), slice(0, 12)))
    line[2, 9] = 2

    ids, _ = settle([line, line, line])

    assert ids.tolist() == line.tolist()


def test_a_speck_of_two_in_the_middle_of_what_all_call_otherwise_is_smoothed_away():
    road = np.ones((12, 12), dtype=np.uint8)
    speck = road.copy()
    speck[6, 6] = 2

    ids, _ = settle([speck, speck, road])

    assert ids.tolist() == road.tolist()


def test_a_line_of_two_pixels_by_two_of_three_is_no_speck():
    line = block((slice(5, 7), slice(0, 12)))

    assert settle([line, line, np.zeros_like(line)])[0].tolist() == line.tolist()


def test_half_of_two_workers_are_enough_against_the_background_but_for_the_rim():
    left = block((slice(0, 12), slice(0, 6)))

    ids, _ = settle([left, np.zeros_like(left)])

    assert ids.tolist() == block((slice(0, 12), slice(0, 5))).tolist()


def test_between_two_categories_a_tie_falls_to_the_larger():
    left, right = block((slice(0, 12), slice(0, 6))), block((slice(0, 12), slice(0, 12)), number=2)

    assert settle([left, right])[0].tolist() == settle([right, left])[0].tolist() == right.tolist()


def test_confidence_by_hand():
    road, nothing = np.ones((4, 4), dtype=np.uint8), np.zeros((4, 4), dtype=np.uint8)

    alike, split, lone, empty = (
        settle(given, n_categories=3)[1]
        for given in ([road] * 3, [road, road, nothing], [road], [nothing, nothing, nothing])
    )

    assert alike == pytest.approx((3 + 1 / 4) / 4)
    assert split == pytest.approx((2 + 1 / 4) / 4)
    assert lone == pytest.approx((1 + 1 / 4) / 2)
    assert empty == pytest.approx((3 + 1 / 4) / 4)


def test_confidence_looks_only_at_where_anybody_saw_something():
    small = block((slice(0, 90), slice(0, 3)), shape=(90, 90))

    _, confidence = settle([small, small, np.zeros_like(small)])

    assert confidence == pytest.approx((2 + 1 / 4) / 4)


def test_a_heavy_worker_outvotes_two_light_ones():
    road, sky = np.full((6, 6), 1, dtype=np.uint8), np.full((6, 6), 2, dtype=np.uint8)

    assert settle([sky, sky, road], [0.25, 0.25, 2.0])[0].tolist() == road.tolist()


def test_weights_are_whole_small_and_never_nothing():
    assert weigh_whole([1.0, 2.0, 0.25]) == [9, 17, 3]
    assert weigh_whole([0.0, 1.0]) == [1, 9]
    assert sum(weigh_whole([2.0] * 200)) <= MOST_VOTES
    with pytest.raises(ValueError, match="250 answers"):
        weigh_whole([1.0] * 251)


def test_the_heaviest_votes_fit_their_numbers():
    given = [np.full((5, 5), number % 3, dtype=np.uint8) for number in range(249)]

    ids, confidence = settle(given, [2.0] * 249)

    assert set(np.unique(ids)) == {1}
    assert confidence == pytest.approx((249 / 3 + 1 / 4) / 250)


@pytest.mark.parametrize("seed", range(4))
def test_neither_the_order_of_workers_nor_the_size_of_tiles_matters(seed, monkeypatch):
    ((given, _),) = crowd([Painter(3.0, 0.2, 0.05)] * 4, seed, n_objects=1)
    weights = [1.0, 0.5, 1.3, 2.0]
    ids, confidence = settle(given, weights)

    turned = settle(given[::-1], weights[::-1])
    monkeypatch.setattr(masks, "TILE", 17)
    tiled = settle(given, weights)

    assert (turned[0] == ids).all()
    assert (tiled[0] == ids).all()
    assert turned[1] == tiled[1] == confidence


@pytest.mark.parametrize("seed", range(3))
def test_renamed_categories_rename_the_mask(seed):
    ((given, _),) = crowd([Painter(3.0, 0.2, 0.05)] * 3, seed, n_objects=1)
    renamed = np.array([0, 2, 1], dtype=np.uint8)

    before, after = settle(given)[0], settle([renamed[mask] for mask in given])[0]

    assert (renamed[before] == after).mean() > 0.999  # a tie of equally large categories may fall otherwise


def test_noisy_borders_and_specks_are_recovered_better_than_by_anybody_alone():
    objects = crowd([Painter(1.5, 0.05, 0.02)] * 3, seed=3)

    settled = [mean_iou(settle(given)[0], truth) for given, truth in objects]
    alone = [mean_iou(mask, truth) for given, truth in objects for mask in given]
    plain = [mean_iou(np.median(given, axis=0).astype(np.uint8), truth) for given, truth in objects]

    assert np.mean(alone) < 0.75
    assert np.mean(settled) > np.mean(plain) + 0.01 > 0.86


def test_learnt_weights_help_where_most_are_sloppy():
    painters = [Painter(0.5, 0.0, 0.0), Painter(4.0, 0.4, 0.05), Painter(4.0, 0.4, 0.05)]
    objects = crowd(painters, seed=5, n_objects=10)
    overlaps = [
        [mean_iou(given[one], given[other]) for given, _ in objects for other in range(3) if other != one]
        for one in range(3)
    ]

    weights = weigh_by_agreement(overlaps)
    weighted, alike = (
        np.mean([mean_iou(settle(given, w)[0], truth) for given, truth in objects]) for w in (weights, None)
    )

    assert weights[0] > 1.15 > 1.0 > max(weights[1:])
    assert weighted > alike + 0.03


def test_weights_where_nothing_is_known_are_alike():
    assert weigh_by_agreement([]) == []
    assert weigh_by_agreement([[], [0.0]]) == [1.0, 1.0]
    assert weigh_by_agreement([[0.5], [0.5, 0.5]]) == [1.0, 1.0]


def test_mean_iou_by_hand():
    a = np.array([[1, 1, 2, 0]], dtype=np.uint8)
    b = np.array([[1, 2, 2, 0]], dtype=np.uint8)

    assert mean_iou(a, b) == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert mean_iou(a, a) == 1.0
    assert mean_iou(a, np.zeros_like(a)) == 0.0
    assert mean_iou(np.zeros_like(a), np.zeros_like(a)) == 1.0
    assert mean_iou(np.array([[3, 0]], dtype=np.uint8), np.array([[0, 4]], dtype=np.uint8)) == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_mean_iou_is_symmetric(seed):
    a, b = np.random.default_rng(seed).integers(0, 5, (2, 40, 30)).astype(np.uint8)

    assert mean_iou(a, b) == mean_iou(b, a)


def test_a_thinned_mask_overlaps_as_the_whole_one_does():
    ((given, truth),) = crowd([Painter(3.0, 0.0, 0.0)], seed=1, n_objects=1)

    assert thin(truth, 64).shape == (48, 64)
    assert thin(truth, 200) is truth
    assert mean_iou(thin(given[0], 64), thin(truth, 64)) == pytest.approx(mean_iou(given[0], truth), abs=0.05)


def test_masks_of_other_sizes_are_stretched_to_the_most_frequent():
    small, large = block((slice(0, 3), slice(0, 3)), shape=(6, 6)), block((slice(0, 6), slice(0, 6)))

    assert [mask.shape for mask in stretch_alike([small, large, small])] == [(6, 6)] * 3
    assert (sample(small, 12, 12) == large).all()
    assert (sample(large, 6, 6) == small).all()
    assert mean_iou(small, large) == 1.0
