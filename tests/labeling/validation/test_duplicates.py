"""Equal and nearly equal objects with different labels."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.duplicates import CONTRADICTED, differ
from labeling.validation.findings import Kind
from tests.labeling.validation.jobs import by_name, classes_job, told


def spread_out(count: int = 60, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 20)).astype(np.float32)


def test_of_two_equal_objects_with_two_labels_either_may_be_wrong() -> None:
    features = spread_out()
    features[7] = features[3]
    labels = [0] * 60
    labels[7] = 1

    assert told(CONTRADICTED, classes_job(features, labels)) == [
        (3, 0.5, "The label is “ant”; an object that is almost the same has “bee”."),
        (7, 0.5, "The label is “bee”; an object that is almost the same has “ant”."),
    ]


def test_the_one_of_fifty_equal_objects_is_the_probable_error() -> None:
    features = spread_out(80)
    features[:50] = features[0]
    labels = [0] * 80
    labels[20] = 2

    found = told(CONTRADICTED, classes_job(features, labels))

    assert found[0] == (20, 0.98, "The label is “cat”; an object that is almost the same has “ant”.")
    assert {severity for _, severity, _ in found[1:]} == {0.02}
    assert len(found) == 50


def test_the_nearer_a_duplicate_the_more_it_says_and_what_is_not_near_says_nothing() -> None:
    rng = np.random.default_rng(1)

    def severity(share: float) -> float:
        features = spread_out()
        step = rng.normal(size=20)
        features[7] = features[3] + share * np.sqrt(40) * step / np.linalg.norm(step)  # of the usual distance
        found = told(CONTRADICTED, classes_job(features, [int(row == 7) for row in range(60)]))
        return found[0][1] if found else 0.0

    severities = [severity(share) for share in (0.001, 0.1, 0.2, 0.35)]

    assert severities[0] == pytest.approx(0.5, abs=0.003)
    assert severities == sorted(severities, reverse=True)
    assert severities[2] > 0 == severities[3]


def test_sets_of_categories_differ_by_what_only_one_has() -> None:
    features = spread_out()
    features[7] = features[3]
    labels: list[tuple[int, ...]] = [(0,)] * 60
    labels[7] = (0, 1)

    assert differ((0,), (0, 1)) == 0.5
    assert differ((), ()) == 0
    assert differ((), (1,)) == 1
    assert told(CONTRADICTED, classes_job(features, labels, Kind.CLASSES)) == [
        (3, 0.25, "The label is “ant”; an object that is almost the same has “ant, bee”."),
        (7, 0.25, "The label is “ant, bee”; an object that is almost the same has “ant”."),
    ]


def test_the_order_of_objects_does_not_matter() -> None:
    features = spread_out(70)
    features[:9] = features[0] + np.float32(0.01) * (np.arange(9) // 2)[:, None]
    labels = [row % 3 for row in range(70)]
    order = np.random.default_rng(2).permutation(70)

    one = CONTRADICTED.findings(classes_job(features, labels))
    other = CONTRADICTED.findings(classes_job(features[order], [labels[row] for row in order]))

    assert len(one) == 9
    assert by_name(other, order.tolist()) == by_name(one, range(70))


@pytest.mark.parametrize("features", [np.full((4, 3), np.nan), np.eye(4), np.zeros((4, 0)), np.zeros((0, 3))])
def test_few_objects_and_unreadable_ones_contradict_nobody(features) -> None:
    assert told(CONTRADICTED, classes_job(features, [0, 1, 2, None][: len(features)])) == []


def test_equal_objects_count_where_there_are_no_others() -> None:
    found = told(CONTRADICTED, classes_job(np.ones((4, 3)), [0, 0, 0, 1]))

    assert [(row, severity) for row, severity, _ in found] == [(3, 0.75), (0, 0.25), (1, 0.25), (2, 0.25)]
