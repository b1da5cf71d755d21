"""Which findings people look at: the worst, as far as a job lets them, and a few by lot that nobody would look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeling.validation.findings import Finding
from labeling.validation.precision import WORTH, Precision

RANDOM = 0.1  # of those sent: findings from below the thresholds, without which no threshold could fall
FEW = 3  # of these at least, where there is room
PRIOR = 10.0  # findings, WORTH of them right, that a rule is judged with before people have looked at its own


@dataclass(frozen=True)
class Chosen:
    """Findings to send, and those of them that lie below their rule's threshold."""

    worst: Sequence[Finding]
    random: Sequence[Finding]

    @property
    def objects(self) -> set[int]:
        return {finding.object for finding in (*self.worst, *self.random)}


def choose(
    findings: Sequence[Finding],
    thresholds: Mapping[str, float],
    precisions: Mapping[str, Precision],
    *,
    most: int,
    seed: int,
) -> Chosen:
    """Return what people look at, of at most so many objects.

    thresholds, precisions: of every rule by name. Severities compare within a rule only, so the rules take turns,
    each with its worst first, in proportion to how often it was right. An object that is sent is sent with all of
    its findings from their thresholds on; one by lot with the one that was drawn. The order of the findings does not
    matter, and the same seed draws the same.
    """
    ordered = sorted(findings, key=lambda finding: (finding.rule, -finding.severity, finding.object))
    above = [finding for finding in ordered if finding.severity >= thresholds[finding.rule]]
    room = most - int(most * RANDOM / (1 + RANDOM))
    sent = set(_first_objects(_take_turns(above, precisions), room))
    below = [f for f in ordered if f.severity < thresholds[f.rule] and f.object not in sent]
    count = min(max(round(RANDOM * len(sent)), FEW), most - len(sent))
    return Chosen([f for f in above if f.object in sent], _draw(below, count, seed))


def expected_precision(precision: Precision) -> float:
    """Return the share of a rule's findings that are right, WORTH before anybody has looked: its posterior mean."""
    return (precision.wrong + PRIOR * WORTH) / (precision.checked + PRIOR)


def _take_turns(above: Sequence[Finding], precisions: Mapping[str, Precision]) -> list[Finding]:
    """Return findings, given rule by rule with the worst first, so that each rule has its share of any beginning."""
    ranks: dict[str, int] = {}
    places = []
    for finding in above:
        ranks[finding.rule] = ranks.get(finding.rule, 0) + 1
        places.append(ranks[finding.rule] / expected_precision(precisions[finding.rule]))
    order = sorted(range(len(above)), key=lambda n: (places[n], above[n].rule, above[n].object))
    return [above[n] for n in order]


def _first_objects(findings: Sequence[Finding], most: int) -> list[int]:
    return list(dict.fromkeys(finding.object for finding in findings))[: max(most, 0)]


def _draw(below: Sequence[Finding], count: int, seed: int) -> list[Finding]:
    """Draw findings of as many objects by lot, the rules in turn: most of what lies below is of one rule."""
    drawn = np.random.default_rng(seed).permutation(len(below)).tolist()
    turns: dict[str, int] = {}
    keyed = []
    for place in drawn:
        rule = below[place].rule
        turns[rule] = turns.get(rule, 0) + 1
        keyed.append((turns[rule], rule, below[place]))
    keyed.sort(key=lambda entry: entry[:2])
    found: dict[int, Finding] = {}
    for _, _, finding in keyed:
        if len(found) >= count:
            break
        found.setdefault(finding.object, finding)
    return list(found.values())
