"""What people look at: the worst of each rule in turn, within the job's share, and some by lot."""

from __future__ import annotations

from labeling.validation.choosing import Chosen, choose, expected_precision
from labeling.validation.findings import Finding
from labeling.validation.precision import Outcome, Precision, precision_of

UNKNOWN = precision_of([])


def found(rule: str, *severities: float, first: int = 0) -> list[Finding]:
    return [Finding(first + n, rule, severity, {}) for n, severity in enumerate(severities)]


def chosen(findings: list[Finding], most: int, seed: int = 1, **precisions: Precision) -> Chosen:
    rules = {finding.rule for finding in findings}
    known = {rule: precisions.get(rule, UNKNOWN) for rule in rules}
    return choose(findings, dict.fromkeys(rules, 0.5), known, most=most, seed=seed)


def test_the_worst_are_sent_and_room_is_left_for_some_by_lot() -> None:
    picked = chosen(found("a", *(0.9 - n / 100 for n in range(40)), *(0.1,) * 20), most=22)

    assert [finding.object for finding in picked.worst] == list(range(20))
    assert len(picked.random) == 2
    assert {finding.severity for finding in picked.random} == {0.1}


def test_no_more_objects_are_sent_than_the_job_allows() -> None:
    findings = found("a", *(0.9,) * 30) + found("b", *(0.9,) * 30, first=20) + found("c", *(0.1,) * 50)

    assert [len(chosen(findings, most).objects) for most in (1, 2, 5, 11, 45, 60)] == [1, 2, 5, 11, 45, 50]


def test_rules_take_turns_by_how_often_they_were_right() -> None:
    findings = found("bad", *(0.9,) * 50) + found("good", *(0.6,) * 50, first=50)
    good = precision_of([Outcome(0.6, True)] * 90 + [Outcome(0.6, False)] * 10)
    bad = precision_of([Outcome(0.9, True)] * 10 + [Outcome(0.9, False)] * 90)
    picked = chosen(findings, 22, good=good, bad=bad)

    assert [round(expected_precision(one), 3) for one in (good, bad, UNKNOWN)] == [0.845, 0.118, 0.3]
    assert [sum(f.rule == rule for f in picked.worst) for rule in ("good", "bad")] == [18, 2]


def test_an_object_that_is_sent_is_sent_with_all_findings_from_their_thresholds_on() -> None:
    findings = [*found("a", 0.9), Finding(0, "b", 0.5, {}), Finding(0, "c", 0.4, {})]
    picked = chosen(findings, most=5)

    assert [(finding.object, finding.rule) for finding in picked.worst] == [(0, "a"), (0, "b")]
    assert picked.random == []


def test_with_nothing_from_the_thresholds_on_a_few_are_drawn() -> None:
    picked = chosen(found("a", *(0.2,) * 30) + found("b", *(0.2,) * 2, first=30), most=10)

    assert picked.worst == []
    assert sorted(finding.rule for finding in picked.random) == ["a", "a", "b"]


def test_the_order_of_findings_tells_nothing_and_a_seed_draws_the_same() -> None:
    findings = found("a", *(0.9,) * 30, *(0.3,) * 60) + found("b", *(0.7,) * 30, first=10)
    one, other = chosen(findings, 30), chosen(findings[::-1], 30)

    assert (one.worst, one.random) == (other.worst, other.random)
    assert chosen(findings, 30, seed=2).random != one.random


def test_nothing_found_sends_nothing() -> None:
    assert chosen([], most=10).objects == set()
