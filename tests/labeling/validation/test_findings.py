"""What a rule takes and gives."""

from __future__ import annotations

import numpy as np
import pytest

from labeling.validation.findings import Finding, Hit, Kind, Labelled, Rule, robust_z, severity_of

HITS = [
    Hit(2, 0.25, {"what": "odd", "shape": 3}),
    Hit(0, 0.5, {"what": "odd", "shape": 1}),
    Hit(2, 0.5, {"what": "odd", "shape": 1}),
    Hit(1, 1.5, {"what": "odd", "shape": 1}),
]
ODD = Rule("odd", "Odd", frozenset({Kind.BOXES}), lambda job: HITS, {"odd": "Shape %(shape)s is odd."})
JOB = Labelled(Kind.BOXES, [(), (), ()], ("ant",))


def test_an_object_has_one_finding_with_its_worst_hit_and_all_its_shapes() -> None:
    assert ODD.findings(JOB) == [
        Finding(1, "odd", 1.0, {"what": "odd", "shape": 1, "shapes": [1]}),
        Finding(0, "odd", 0.5, {"what": "odd", "shape": 1, "shapes": [1]}),
        Finding(2, "odd", 0.5, {"what": "odd", "shape": 1, "shapes": [1, 3]}),
    ]


def test_the_words_are_translated_before_they_are_filled() -> None:
    finding = ODD.findings(JOB)[0]

    assert ODD.say(finding) == "Shape 1 is odd."
    assert ODD.say(finding, {"Shape %(shape)s is odd.": "Form %(shape)s ist seltsam."}.__getitem__) == (
        "Form 1 ist seltsam."
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [(3399.5, "3,400"), (77602.0, "77,602"), (1200, "1,200"), (10.4, "10"), (3.8, "3.8"), (5.0, "5"), (0.1, "0.1"),
     (0, "0"), (-1200.5, "-1,200"), ("1200.5", "1200.5")],
)  # fmt: skip
def test_numbers_are_whole_and_have_separators_but_small_ones(value: float | str, said: str) -> None:
    rule = Rule("big", "Big", frozenset({Kind.BOXES}), lambda job: [], {"big": "It is %(area)s."})

    assert rule.say(Finding(0, "big", 1.0, {"what": "big", "area": value})) == f"It is {said}."


def test_a_rule_says_nothing_of_other_kinds_nor_without_what_it_needs() -> None:
    needy = Rule("needy", "", frozenset({Kind.BOXES}), lambda job: HITS, {}, needs_views=True, needs_sizes=True)
    views, sizes = [np.ones((3, 1))], np.ones((3, 2))

    assert ODD.findings(Labelled(Kind.MASKS, [None], ())) == []
    assert ODD.findings(Labelled(Kind.BOXES, [], ())) == []
    assert needy.suits(Labelled(Kind.BOXES, JOB.labels, (), views)) is False
    assert needy.suits(Labelled(Kind.BOXES, JOB.labels, (), sizes=sizes)) is False
    assert needy.suits(Labelled(Kind.BOXES, JOB.labels, (), views, sizes)) is True


def test_features_and_sizes_of_other_objects_are_refused() -> None:
    with pytest.raises(ValueError, match="row of features"):
        Labelled(Kind.CLASS, [0, 1], ("ant",), [np.zeros((3, 2))])
    with pytest.raises(ValueError, match="row of features"):
        Labelled(Kind.CLASS, [0, 1], ("ant",), [np.zeros(2)])
    with pytest.raises(ValueError, match="width and a height"):
        Labelled(Kind.BOXES, [(), ()], ("ant",), sizes=np.zeros((2, 3)))


@pytest.mark.parametrize("size", [(0, 80), (100, np.nan), (np.inf, 80), (-1, 80)])
def test_a_picture_of_an_impossible_size_has_none(size) -> None:
    assert Labelled(Kind.BOXES, [()], (), sizes=np.array([size], dtype=float)).picture(0) == (0.0, 0.0)


def test_spreads_are_told_from_the_middle_half_of_the_values() -> None:
    # Median 3, absolute deviations 2 1 0 1 97: their median is 1.
    assert robust_z(np.array([1.0, 2, 3, 4, 100])) == pytest.approx(np.array([-2, -1, 0, 1, 97]) / 1.4826)


def test_where_most_values_are_equal_the_mean_deviation_is_the_spread() -> None:
    assert robust_z(np.array([5.0, 5, 5, 5, 10])) == pytest.approx([0, 0, 0, 0, 5 / 1.2533])


def test_nothing_is_far_where_nothing_varies() -> None:
    assert robust_z(np.full(4, 7.0)).tolist() == [0, 0, 0, 0]
    assert robust_z(np.zeros(0)).tolist() == []


def test_a_severity_begins_at_three_and_a_half_spreads() -> None:
    assert [severity_of(spreads) for spreads in (-9, 0, 3.5, 7, 35)] == [0, 0, 0, 0.5, 0.9]
