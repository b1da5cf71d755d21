"""The registry of rules. A new rule is a file with a `Rule`, and an entry here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labeling.validation.confident import UNLIKELY
from labeling.validation.doubled import DOUBLED
from labeling.validation.duplicates import CONTRADICTED
from labeling.validation.findings import Finding, Labelled, Rule
from labeling.validation.geometry import BROKEN, OUTSIDE
from labeling.validation.outliers import OUTLIER
from labeling.validation.outlines import CROSSING
from labeling.validation.sizes import HUGE_RULE, TINY_RULE
from labeling.validation.spans import MISPLACED, RAGGED
from labeling.validation.specks import HOLES, SPECKS
from labeling.validation.wordings import UNLIKE
from labeling.validation.wrote import COPIED, LENGTH, REPEATED

RULES: tuple[Rule, ...] = (
    UNLIKELY,
    CONTRADICTED,
    OUTLIER,
    BROKEN,
    OUTSIDE,
    TINY_RULE,
    HUGE_RULE,
    DOUBLED,
    CROSSING,
    SPECKS,
    HOLES,
    MISPLACED,
    RAGGED,
    UNLIKE,
    COPIED,
    REPEATED,
    LENGTH,
)
BY_NAME: Mapping[str, Rule] = {rule.name: rule for rule in RULES}


def check(
    job: Labelled, thresholds: Mapping[str, float] | None = None, *, rules: Sequence[Rule] = RULES
) -> list[Finding]:
    """Return the findings of all rules that suit a job: rule by rule, the worst first.

    thresholds: by name, the severity from which a rule's findings count, in place of its own (`Rule.threshold`).
    """
    given = thresholds or {}
    return [
        finding
        for rule in rules
        for finding in rule.findings(job)
        if finding.severity >= given.get(rule.name, rule.threshold)
    ]
