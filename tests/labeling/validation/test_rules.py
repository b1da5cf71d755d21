"""The registry."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.findings import Finding, Kind, Labelled, Mask
from labeling.validation.rules import BY_NAME, RULES, check
from tests.labeling.validation.jobs import NAMES, box, by_name, clusters


def test_rules_have_names_of_their_own_and_words_for_all_they_say() -> None:
    assert len(BY_NAME) == len(RULES)
    assert all(rule.title and rule.sentences and 0 <= rule.threshold < 1 for rule in RULES)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_label_has_rules_and_a_job_of_nothing_no_findings(kind) -> None:
    assert any(kind in rule.kinds for rule in RULES)
    assert check(Labelled(kind, [], (), [np.zeros((0, 4))], np.zeros((0, 2)))) == []
    assert check(Labelled(kind, [None] * 50, NAMES, [np.eye(50)], np.ones((50, 2)))) == []


@pytest.mark.parametrize("kind", list(Kind))
def test_labels_of_any_make_are_a_finding_or_nothing_and_never_an_error(kind) -> None:
    odd = [
        None,
        7,
        -1,
        True,
        0.5,
        float("nan"),
        "ant",
        b"ant",
        (),
        (7,),
        ("ant",),
        [None],
        [[0]],
        {},
        {"label": 0},
        object(),
    ]
    odd += [
        [(0, [])],
        [(0, [[]])],
        [(0, None)],
        [(0, "ab")],
        [(0, [[1, 2, 3]] * 3)],
        [(None, [(0, 0), (1, 1)])],
        [(0, 1, 2)],
    ]
    odd += [Mask(np.zeros((2, 2), np.int64), [0]), Mask(np.zeros((1, 1, 1), np.uint8), [])]
    features = np.random.default_rng(0).normal(size=(len(odd) * 2, 3))

    found = check(Labelled(kind, odd * 2, NAMES, [features], np.full((len(odd) * 2, 2), 10.0)))

    assert {one.rule for one in found} <= {"broken", "misplaced", "outlier"}


def odd_boxes() -> Labelled:
    rng = np.random.default_rng(0)
    labels = [[box(10, 10, *rng.uniform(18, 22, 2))] for _ in range(40)]
    labels[3] += [box(0, 0, 9, 9), box(0, 0, 9, 9), box(float("nan"), 0, 1, 1)]
    labels[5] = [box(95, 10, 105, 20)]
    labels[6] = [box(0, 0, 1, 1)]
    features, _ = clusters(40, 1)
    features[8] += 50
    return Labelled(Kind.BOXES, labels, NAMES, [features], np.array([(100, 80)] * 40))


def test_all_rules_that_suit_speak_in_turn() -> None:
    assert [(one.rule, one.object) for one in check(odd_boxes())] == [
        ("outlier", 8),
        ("broken", 3),
        ("outside", 5),
        ("tiny", 6),
        ("doubled", 3),
    ]


def test_every_finding_can_be_said() -> None:
    ids = np.ones((80, 100), np.uint8)
    ids[0, 0] = ids[40, 40] = 0
    jobs = [odd_boxes(), Labelled(Kind.MASKS, [Mask(ids, range(5))], NAMES)]

    said = [BY_NAME[one.rule].say(one) for job in jobs for one in check(job)]

    assert len(said) == 6
    assert all("%" not in words.replace(" %", "") for words in said)


def test_a_given_threshold_takes_the_place_of_the_rule_s_own() -> None:
    assert [one.rule for one in check(odd_boxes(), {"outside": 0.51, "outlier": 1.0, "broken": 1.0})] == [
        "broken",
        "tiny",
        "doubled",
    ]


def test_the_order_of_objects_does_not_matter_to_any_rule() -> None:
    job = odd_boxes()
    order = np.random.default_rng(3).permutation(40)
    assert job.sizes is not None
    turned = Labelled(Kind.BOXES, [job.labels[row] for row in order], NAMES, [job.views[0][order]], job.sizes[order])

    for rule in RULES:
        assert by_name(rule.findings(turned), order.tolist()) == by_name(rule.findings(job), range(40))


def test_findings_are_plain_values() -> None:
    for one in check(odd_boxes()):
        assert isinstance(one, Finding)
        assert type(one.object) is int
        assert type(one.severity) is float
        assert all(type(value) in (str, int, float, list) for value in one.values.values())
