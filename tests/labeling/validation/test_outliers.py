"""Objects like no others."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.findings import Kind, Labelled
from labeling.validation.neighbours import find_neighbours
from labeling.validation.outliers import OUTLIER
from tests.labeling.validation.jobs import by_name, classes_job, told


def job_with_strangers() -> np.ndarray:
    features = np.random.default_rng(0).normal(size=(100, 6)).astype(np.float32)
    features[5], features[50] = 40, -300
    return features


def test_what_lies_far_from_all_is_found_the_farthest_first() -> None:
    found = OUTLIER.findings(classes_job(job_with_strangers(), [0] * 100))

    assert [finding.object for finding in found] == [50, 5]
    assert 0.5 < found[1].severity < found[0].severity < 1
    assert OUTLIER.say(found[0]) == (
        f"This object is {found[0].values['times']:.0f} times as far from those most like it as is usual in this job."
    )
    assert found[0].values["times"] > 100


def test_even_clouds_have_none() -> None:
    features = np.random.default_rng(0).random((200, 4)).astype(np.float32)

    assert told(OUTLIER, classes_job(features, [0] * 200)) == []


def test_boxes_and_masks_are_looked_at_too_and_objects_without_label_are_not() -> None:
    labels: list[tuple[()] | None] = [()] * 100
    labels[50] = None

    found = OUTLIER.findings(Labelled(Kind.BOXES, labels, ("ant",), [job_with_strangers()]))

    assert [finding.object for finding in found] == [5]


def test_a_crowd_of_equal_strangers_is_no_outlier() -> None:
    features = job_with_strangers()
    features[50:62] = -300

    found = {row for row, severity, _ in told(OUTLIER, classes_job(features, [0] * 100)) if severity > 0.1}

    assert found == {5}


def test_the_order_of_objects_does_not_matter() -> None:
    features, order = job_with_strangers(), np.random.default_rng(1).permutation(100)
    features[70] = features[5]

    one = OUTLIER.findings(classes_job(features, [0] * 100))
    other = OUTLIER.findings(classes_job(features[order], [0] * 100))

    assert len(one) == 3
    assert by_name(other, order.tolist()) == by_name(one, range(100))


@pytest.mark.parametrize(
    "features",
    [np.full((50, 3), np.nan), np.ones((50, 3)), np.eye(50), np.eye(29), np.zeros((50, 0)), np.zeros((0, 3))],
)
def test_where_nothing_is_usual_nothing_is_far(features) -> None:
    assert told(OUTLIER, classes_job(features, [0] * len(features))) == []


def test_neighbours_are_the_nearest_other_contents() -> None:
    line = np.array([[0.0], [1], [1], [3], [np.nan]])

    near = find_neighbours(classes_job(line, [0] * 5))

    assert near.content[4] == -1
    assert near.content[1] == near.content[2]
    zero, one, three = near.content[[0, 1, 3]].tolist()
    assert near.places[zero].tolist() == [one, three]
    assert near.places[three].tolist() == [one, zero]
    assert near.distances[three, 1] / near.distances[zero, 0] == pytest.approx(3)
    assert near.copies()[[zero, one, three]].tolist() == [1, 2, 1]
