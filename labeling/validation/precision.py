"""How often people found a rule right, and the severity from which its findings are worth their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labeling.consolidation.agreement import share_interval
from labeling.validation.findings import DIGITS

WORTH = 0.3  # of the findings that are shown, the share that should be wrong labels
# What outcomes must say together before a threshold moves, in findings that prove right beyond (or short of) WORTH of
# them: seven in a row that people found good, or three wrong ones just below the threshold.
EVIDENCE = 2.0
PROBABILITY = 0.95
STEP = 10.0**-DIGITS  # between severities
TIE = 1e-9  # gains nearer than this are equal


@dataclass(frozen=True)
class Outcome:
    """A finding that people have looked at."""

    severity: float  # 0..1
    is_wrong: bool  # the label was wrong, so the rule was right


@dataclass(frozen=True)
class Precision:
    """The share of a rule's findings whose labels were wrong, with its interval."""

    checked: int
    wrong: int
    share: float | None  # None where nothing was checked
    low: float
    high: float


def precision_of(outcomes: Sequence[Outcome]) -> Precision:
    """Return a rule's precision. The interval holds the true share with PROBABILITY at least (`share_interval`)."""
    checked, wrong = len(outcomes), sum(outcome.is_wrong for outcome in outcomes)
    return Precision(checked, wrong, wrong / checked if checked else None, *share_interval(wrong, checked, PROBABILITY))


def find_threshold(outcomes: Sequence[Outcome], start: float, *, worth: float = WORTH) -> float:
    """Return the lowest severity, 0 to 1, at which findings are worth a look: about `worth` of them right.

    start: the rule's own threshold, which stays until the outcomes speak against it. A finding gains 1 - worth where
    the label was wrong and costs `worth` where it was not; the threshold with the largest gain in sum over what lies
    at or above it is where precision, were it to rise with severity, passes `worth` (the level of the isotonic
    regression: Robertson, Wright and Dykstra, "Order Restricted Statistical Inference", 1988, 1.2). It is taken where
    it gains EVIDENCE more than `start`, so that few outcomes change nothing. Never above 1: what a rule is surest of
    is always shown. The order of the outcomes does not matter.
    """
    severities = np.array([outcome.severity for outcome in outcomes], dtype=float)
    order = np.argsort(-severities, kind="stable")
    wrong = np.concatenate([[0], np.cumsum(np.array([outcome.is_wrong for outcome in outcomes], dtype=int)[order])])

    def total_from(place: np.ndarray) -> np.ndarray:
        shown = np.searchsorted(-severities[order], -place, side="right")
        return np.asarray(wrong[shown] - worth * shown)

    above = np.minimum(severities + STEP, 1.0)  # just without each
    places = np.unique(np.round(np.concatenate([severities, above, [start]]), DIGITS))
    totals = total_from(places)
    if totals.max() < total_from(np.array([start]))[0] + EVIDENCE - TIE:
        return start
    best = places[totals >= totals.max() - TIE]
    return float(best[np.abs(best - start).argmin()])  # of equals the nearest: move no more than must be
