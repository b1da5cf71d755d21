"""A chart of named values with their intervals, a line each, as groundtruth.charts draws the others."""

from __future__ import annotations

import math
from collections.abc import Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from groundtruth.chart_marks import (
    BASE,
    LABEL_Y,
    LETTER,
    LINE_RIGHT,
    TOP,
    Chart,
    Dot,
    Point,
    Stroke,
    Text,
    Word,
    scale,
    units,
)

NAMES_RIGHT = 128.0  # the names end here
MOST_LETTERS = int(NAMES_RIGHT / LETTER)
MOST_LINES = 8


def interval_chart(text: Text, points: Sequence[Point], *, names: tuple[str, str], most: int = MOST_LINES) -> Chart:
    """Return a line a point in the order given, from above: its name, its y of at most 1, its interval.

    The first `most` are drawn, at most eight; the table has all. `names` are those of label and value; x says how many
    objects a point rests on.
    """
    drawn = list(points[: min(most, MOST_LINES)])
    ticks = _ticks(min([0.0, *(_low(p) for p in drawn)]))
    height = (BASE - TOP) / max(len(drawn), 1)

    def across(value: float) -> float:
        return scale(ticks[0], ticks[-1], NAMES_RIGHT + 10, LINE_RIGHT, value)

    rows = [(p, TOP + height * (n + 0.5)) for n, p in enumerate(drawn)]
    grid = tuple(Stroke("axis", f"M{units(across(t))} {units(TOP)}V{units(BASE)}") for t in ticks)
    feet = tuple(Word(number_format(t, 1), units(across(t)), f"{LABEL_Y:g}") for t in ticks)
    return Chart(
        title=text.title,
        caption=text.caption,
        description=text.description,
        columns=(*names, _("Interval"), _("Objects")),
        rows=tuple((p.label, round(p.y, 3), _interval(p), int(p.x)) for p in points),
        key=text.id,
        strokes=(*grid, *(_whisker(p, y, across(_low(p)), across(_high(p))) for p, y in rows)),
        dots=tuple(Dot(units(across(p.y)), units(y), f"{p.label}: {_figure(p.y)}", "dot") for p, y in rows),
        words=(*(Word(_short(p.label), f"{NAMES_RIGHT:g}", units(y + 4), "end") for p, y in rows), *feet),
        csv_url=text.csv_url,
        empty=text.empty,
    )


def _ticks(low: float) -> list[float]:
    """Return round numbers from `low`, at most 0, to 1, which nothing is above."""
    if low < 0:
        return [half / 2 for half in range(math.floor(low * 2), 3)]
    return [fifth / 5 for fifth in range(6)]


def _whisker(point: Point, y: float, low: float, high: float) -> Stroke:
    return Stroke("whisker-people", f"M{units(low)} {units(y)}H{units(high)}")


def _low(point: Point) -> float:
    return point.y if point.low is None else point.low


def _high(point: Point) -> float:
    return point.y if point.high is None else point.high


def _short(name: str) -> str:
    return name if len(name) <= MOST_LETTERS else f"{name[: MOST_LETTERS - 1]}…"


def _figure(value: float) -> str:
    return number_format(round(value, 2), 2)


def _interval(point: Point) -> str:
    return _("%(low)s to %(high)s") % {"low": _figure(_low(point)), "high": _figure(_high(point))}
