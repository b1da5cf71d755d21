"""Agreement beyond chance."""

import numpy as np
import pytest

from labeling.consolidation.reliability import (
    category_alpha,
    cohen_kappa,
    gwet_ac1,
    kappa_alone,
    krippendorff_alpha,
    mean_agreement,
    measure_one,
    measure_several,
)

# Krippendorff 2011, section C: four observers, twelve units, 0 for "did not look"
OBSERVED = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3],
        [0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0],
    ]
)
COUNTS = np.stack([(category == OBSERVED).sum(axis=0) for category in range(1, 6)], axis=1)


def test_alpha_of_the_published_example():
    found = krippendorff_alpha(COUNTS)

    assert found is not None
    assert found.value == pytest.approx(0.743, abs=5e-4)
    assert found.objects == 11  # the twelfth has one answer
    assert found.low < found.value < found.high <= 1


def test_ac1_is_reckoned_by_hand():
    counts = np.array([[2, 0], [2, 0], [1, 1], [0, 2]])

    found = gwet_ac1(counts)

    # three of four agree; shares 5/8 and 3/8, so by chance 2 * 5/8 * 3/8 = .46875
    assert found is not None
    assert found.value == pytest.approx((0.75 - 0.46875) / (1 - 0.46875))


def test_a_rare_category_pulls_alpha_down_and_not_ac1():
    counts = np.array([[3, 0]] * 95 + [[2, 1]] * 5)
    alpha, ac1 = krippendorff_alpha(counts), gwet_ac1(counts)

    assert alpha is not None
    assert ac1 is not None
    assert alpha.value < 0
    assert ac1.value > 0.95


def test_kappa_is_reckoned_by_hand():
    first, second = np.repeat([0, 0, 1, 1], [20, 5, 10, 15]), np.repeat([0, 1, 0, 1], [20, 5, 10, 15])

    found = cohen_kappa(first, second, 2)

    # agreed .7; by chance .5 * .6 + .5 * .4 = .5
    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert found.objects == 50
    assert cohen_kappa(first[:0], second[:0], 2) is None


def test_a_category_is_judged_against_all_others():
    counts = np.array([[2, 0, 0], [0, 2, 0], [0, 1, 1], [0, 0, 2]])

    alike, mixed = category_alpha(counts, 0), category_alpha(counts, 1)

    assert alike is not None
    assert mixed is not None
    assert (alike.value, mixed.value < 1) == (1.0, True)


def test_nobody_compared_and_one_category_only():
    assert krippendorff_alpha(np.array([[1, 0], [0, 1]])) is None
    assert gwet_ac1(np.zeros((0, 3), dtype=int)) is None
    only = krippendorff_alpha(np.array([[3, 0], [2, 0]]))
    assert only is not None
    assert (only.value, only.low, only.high) == (1.0, 1.0, 1.0)


def test_the_interval_covers_and_does_not_depend_on_order():
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=400)
    said = np.where(rng.random((400, 3)) < 0.8, truth[:, None], rng.integers(3, size=(400, 3)))
    counts = np.stack([(said == category).sum(axis=1) for category in range(3)], axis=1)

    found, turned = krippendorff_alpha(counts), krippendorff_alpha(counts[::-1])

    # each is right with .8 + .2/3; two agree with .64 + .36/3 = .76, a third by chance: alpha .64
    assert found == turned
    assert found is not None
    assert found.low < 0.64 < found.high
    assert found.high - found.low < 0.12


def test_one_category_each_is_a_case_of_several():
    one, several = measure_one(COUNTS), measure_several(COUNTS, COUNTS.sum(axis=1))

    assert one is not None
    assert several is not None
    assert (one.alpha, one.by_category) == (several.alpha, several.by_category)


def test_several_categories_are_reckoned_by_hand():
    counts, answers = np.array([[2, 0, 0], [1, 1, 0], [0, 2, 0]]), np.array([2, 2, 2])

    found = measure_several(counts, answers)

    # both categories: one of three pairs differs; named by 3 of 6 answers. alpha 1 - (2/6) / (2 * 9/30);
    # AC1: same 2/3, by chance 2 * 1/2 * 1/2
    assert found is not None
    assert found.alpha.value == pytest.approx(1 - (2 / 6) / (18 / 30))
    assert found.ac1.value == pytest.approx((2 / 3 - 1 / 2) / (1 / 2))
    assert found.by_category[2] is None


def test_kappa_without_an_interval_is_the_same():
    rng = np.random.default_rng(1)
    first, second = rng.integers(4, size=(2, 60))

    found = cohen_kappa(first, second, 4)

    assert found is not None
    assert found.value == pytest.approx(kappa_alone(first, second, 4))
    assert kappa_alone(np.zeros(3, dtype=int), np.zeros(3, dtype=int), 4) == 1.0


def test_a_mean_has_the_interval_of_its_standard_error():
    values = np.random.default_rng(2).random(4000)

    found = mean_agreement(values)

    half = 1.96 * values.std() / np.sqrt(len(values))
    assert found is not None
    assert (found.value, found.objects) == (values.mean(), 4000)
    assert found.high - found.value == pytest.approx(half, rel=0.15)
    assert found.value - found.low == pytest.approx(half, rel=0.15)
    assert mean_agreement(values[:0]) is None


def test_objects_that_all_differ_are_drawn_in_blocks(monkeypatch: pytest.MonkeyPatch):
    counts = np.array([[a, 30 - a] for a in range(31)])
    whole = krippendorff_alpha(counts)
    monkeypatch.setattr("labeling.consolidation.reliability.BLOCK", 100)

    assert krippendorff_alpha(counts) == whole
