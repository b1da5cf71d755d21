"""How often answers were right, with an interval: over all that was compared, and by category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.consolidation.agreement import share_interval

FIT = 3  # categories that stand beside the rest; the others open


@dataclass(frozen=True)
class Share:
    """How many of so many answers are right, from 0 to 1, with the 95 % interval."""

    answers: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class ByCategory:
    """How often answers were right on objects of one category, by its label, by known answers and by reviews.

    number: its place among the job's.
    """

    number: int
    name: str
    share: Share | None = None
    known: Share | None = None
    review: Share | None = None


@dataclass(frozen=True)
class Categories:
    """Those that were seen, the worst first: so many as fit, and the rest."""

    first: Sequence[ByCategory] = ()
    rest: Sequence[ByCategory] = ()


def share_of(found: Mapping[str, Any] | None) -> Share | None:
    """Return what a report's {"right", "seen"} says; None where nothing was compared, or the report is older."""
    return _share(found["right"], found["seen"]) if found and found["seen"] else None


def categories_of(score: Mapping[str, Any], names: Sequence[str], fit: int = FIT) -> Categories:
    """Return what a worker's score says by category, the least agreement first."""
    labels, known, review = (_by_category(part) for part in (score, score.get("gold"), score.get("review")))
    rows = [
        ByCategory(number, names[number], labels.get(number), known.get(number), review.get(number))
        for number in sorted({*labels, *known, *review})
        if number < len(names)
    ]
    ordered = sorted(rows, key=_place)
    return Categories(ordered[:fit], ordered[fit:])


def _by_category(part: Mapping[str, Any] | None) -> dict[int, Share]:
    """Return a report's [right, seen] by the category's number; a report may be older than they."""
    found = (part or {}).get("categories", {})
    return {int(number): _share(right, int(seen)) for number, (right, seen) in found.items() if seen}


def _place(row: ByCategory) -> tuple[bool, float, int, int]:
    if row.share is None:
        return True, 0.0, 0, row.number
    return False, row.share.share, -row.share.answers, row.number


def _share(right: float, seen: int) -> Share:
    return Share(seen, right / seen, *share_interval(right, seen))
