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
    """How often answers were right on objects of one category. number: its place among the job's."""

    number: int
    name: str
    share: Share


@dataclass(frozen=True)
class Categories:
    """Those that were seen, the worst first: so many as fit, and the rest."""

    first: Sequence[ByCategory] = ()
    rest: Sequence[ByCategory] = ()


def share_of(found: Mapping[str, Any] | None) -> Share | None:
    """Return what a report's {"right", "seen"} says; None where nothing was compared, or the report is older."""
    return _share(found["right"], found["seen"]) if found and found["seen"] else None


def categories_of(found: Mapping[str, Sequence[float]], names: Sequence[str], fit: int = FIT) -> Categories:
    """Return what a report's categories say: [right, seen] by the category's number."""
    rows = [
        ByCategory(int(number), names[int(number)], _share(right, int(seen)))
        for number, (right, seen) in found.items()
        if seen and int(number) < len(names)
    ]
    ordered = sorted(rows, key=lambda row: (row.share.share, -row.share.answers, row.number))
    return Categories(ordered[:fit], ordered[fit:])


def _share(right: float, seen: int) -> Share:
    return Share(seen, right / seen, *share_interval(right, seen))
