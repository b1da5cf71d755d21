"""What several people say of one shape."""

import numpy as np
import pytest

from labeling.consolidation.attributes import settle_attributes

FLAG_AND_CHOICE = np.array([0, 3])


def settle(*said):
    return settle_attributes(np.array(said).reshape(len(said), 2), FLAG_AND_CHOICE).tolist()


def test_a_yes_needs_more_than_half_of_all():
    assert settle((1, 0), (1, 0), (0, 0)) == [1, 0]
    assert settle((1, 0), (0, 0)) == [0, 0]
    assert settle((1, 0)) == [1, 0]


def test_of_values_the_one_that_most_chose_stands_and_who_chose_none_has_no_say():
    assert settle((0, 2), (0, 2), (0, 3)) == [0, 2]
    assert settle((0, 0), (0, 0), (0, 3)) == [0, 3]
    assert settle((0, 0), (0, 0)) == [0, 0]


def test_among_equals_the_first_value_stands_whoever_said_it():
    assert settle((0, 3), (0, 1)) == settle((0, 1), (0, 3)) == [0, 1]


def test_without_attributes_there_is_nothing_to_settle():
    assert settle_attributes(np.empty((3, 0)), np.empty(0, dtype=int)).shape == (0,)


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_people_does_not_matter(seed):
    random = np.random.default_rng(seed)
    said = np.column_stack([random.integers(0, 2, 7), random.integers(0, 4, 7)])

    assert settle(*said) == settle(*said[random.permutation(7)])
