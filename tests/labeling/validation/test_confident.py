"""A model's doubts about labels."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.confident import UNLIKELY, doubt_labels
from labeling.validation.findings import Kind
from labeling.validation.opinions import form_opinions, form_opinions_of_sets
from tests.labeling.validation.jobs import by_name, classes_job, clusters, told


def test_wrong_labels_are_found_and_the_right_one_is_named() -> None:
    features, truth = clusters(200, 4, spread=0.2)
    labels = truth.copy()
    labels[[8, 61]] = 3, 0  # an ant called dog, a bee called ant

    found = UNLIKELY.findings(classes_job(features, labels.tolist()))

    assert {finding.object: UNLIKELY.say(finding) for finding in found} == {
        8: "The label is “dog”, but similar objects are mostly labelled “ant”.",
        61: "The label is “ant”, but similar objects are mostly labelled “bee”.",
    }
    assert all(finding.severity > 0.95 for finding in found)


def test_errors_that_all_go_one_way_are_found() -> None:
    features, truth = clusters(400, 4, spread=0.2)
    labels = truth.copy()
    wrong = np.flatnonzero(truth == 0)[:25]  # a quarter of the ants are called bees
    labels[wrong] = 1

    doubts, likeliest = doubt_labels([features], labels, classes=4)

    assert set(np.argsort(-doubts)[:25].tolist()) == set(wrong.tolist())
    assert set(likeliest[wrong].tolist()) == {0}


def test_a_category_too_many_or_too_few_is_found() -> None:
    rng = np.random.default_rng(0)
    there = rng.random((200, 3)) < 0.4
    features = (there + 0.1 * rng.normal(size=there.shape)).astype(np.float32)
    labels = [tuple(np.flatnonzero(row).tolist()) for row in there]
    missing, extra = (int(np.flatnonzero(there[:, 1] == has)[3]) for has in (True, False))
    labels[missing] = tuple(sorted(set(labels[missing]) - {1}))
    labels[extra] = tuple(sorted({*labels[extra], 1}))

    found = UNLIKELY.findings(classes_job(features, labels, Kind.CLASSES, classes=3))

    assert {finding.object: UNLIKELY.say(finding) for finding in found} == {
        missing: "The label lacks “bee”, which similar objects mostly have.",
        extra: "The label has “bee”, which similar objects mostly do not have.",
    }


def test_neither_the_order_of_objects_nor_a_repetition_changes_a_bit() -> None:
    features, truth = clusters(150, 3, spread=0.8)
    features[40] = features[10]  # equal objects, of one label and of two
    features[41] = features[10]
    labels = truth.copy()
    labels[40] = labels[10]
    order = np.random.default_rng(1).permutation(150)

    one = UNLIKELY.findings(classes_job(features, labels.tolist()))
    again = UNLIKELY.findings(classes_job(features, labels.tolist()))
    other = UNLIKELY.findings(classes_job(features[order], labels[order].tolist()))

    assert len(one) > 3
    assert again == one
    assert by_name(other, order.tolist()) == by_name(one, range(150))


def test_equal_objects_with_equal_labels_get_one_opinion() -> None:
    features, labels = clusters(60, 3, spread=1.0)
    features[3:9:3] = features[0]

    said = form_opinions([features], labels, classes=3)

    assert said[3].tolist() == said[0].tolist() == said[6].tolist()
    assert np.isfinite(said).all()


def test_objects_without_label_or_features_teach_nothing_and_are_not_judged() -> None:
    features, labels = clusters(60, 3)
    features[0], features[1, 2] = np.nan, np.inf
    labels[[2, 3]] = -1, 99

    said = form_opinions([features], labels, classes=3)

    assert np.flatnonzero(np.isnan(said).any(axis=1)).tolist() == [0, 1, 2, 3]
    doubts, likeliest = doubt_labels([features], labels, classes=3)
    assert doubts[:4].tolist() == [0, 0, 0, 0]
    assert likeliest[:4].tolist() == labels[:4].tolist()


def test_a_rare_category_is_not_judged_but_others_are() -> None:
    features, labels = clusters(60, 2)
    labels[:4] = 2

    said = form_opinions([features], labels, classes=3)

    assert np.flatnonzero(np.isnan(said).any(axis=1)).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("features", "labels"),
    [
        (np.zeros((0, 3)), []),
        (clusters(19, 2)[0], [0, 1] * 9 + [0]),  # too few
        (clusters(60, 2)[0], [0] * 60),  # one category
        (clusters(60, 2)[0], [None] * 60),
        (clusters(60, 2)[0], ["ant", -1, 5, True, 1.0, float("nan")] * 10),  # no numbers of categories
        (np.full((60, 3), np.nan), [0, 1] * 30),
        (np.ones((60, 3)), [0, 1] * 30),  # all equal
        (np.zeros((60, 0)), [0, 1] * 30),
    ],
)
def test_what_teaches_nothing_finds_nothing(features, labels) -> None:
    assert told(UNLIKELY, classes_job(features, labels)) == []


def test_sets_that_teach_nothing_find_nothing() -> None:
    features, _ = clusters(60, 2)

    for labels in ([()] * 60, [(0,)] * 60, [None] * 60, [(7,)] * 60, [3] * 60, [(0,)] * 4 + [()] * 56):
        assert told(UNLIKELY, classes_job(features, labels, Kind.CLASSES)) == []


def test_no_categories_give_no_opinion() -> None:
    features, _ = clusters(30, 2)

    assert form_opinions([features], np.full(30, -1), classes=0).shape == (30, 0)
    assert form_opinions_of_sets([features], np.zeros((30, 0), dtype=int), np.ones(30, dtype=bool)).shape == (30, 0)
    assert doubt_labels([features], np.full(30, -1), classes=0)[0].tolist() == [0.0] * 30
