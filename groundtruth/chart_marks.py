"""What charts are made of: marks on 360 × 180 units, round ticks, scales. Pure; y grows downwards, as in SVG.

Coordinates are text with one decimal, so that no locale turns a point into a comma.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from django.utils.formats import number_format
from django.utils.text import slugify

LEFT, RIGHT, TOP, BASE = 36.0, 356.0, 12.0, 150.0  # the plot inside 360 × 180; labels stand outside of it
LINE_RIGHT = 340.0  # a line ends earlier: half of its last tick's label stands to the right of it
LABEL_Y = 168.0
LETTER = 6.6  # mean advance of a 12 px letter in a wide system font
BAR_SHARE, BAR_MOST = 0.62, 48.0  # of a slot; one bar alone must not become a wall
LABEL_LIFT = 6.0  # a figure stands this far above its bar

Cell: TypeAlias = str | int | float | None
Place: TypeAlias = Callable[[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Bar:
    """One day (or other slot). `expected` stands in place of the counts, which are then not known yet."""

    label: str
    people: int = 0
    machine: int = 0
    expected: int | None = None


@dataclass(frozen=True)
class Point:
    """One measured value, with its interval where known. `label` names it in the table."""

    x: float
    y: float
    low: float | None = None
    high: float | None = None
    label: str = ""


@dataclass(frozen=True)
class Target:
    """A promise: a dashed line across the chart."""

    value: float
    label: str


@dataclass(frozen=True)
class Rect:
    """A filled rectangle; `css` is its class and `title` what a pointer resting on it says."""

    css: str
    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True)
class Word:
    """Text at a place; `anchor` is start, middle or end."""

    text: str
    x: str
    y: str
    anchor: str = "middle"
    css: str = ""


@dataclass(frozen=True)
class Stroke:
    """A path; `css` is its class."""

    css: str
    d: str


@dataclass(frozen=True)
class Dot:
    """A measured point, with what a pointer resting on it says."""

    x: str
    y: str
    title: str
    css: str = "dot dot-machine"


@dataclass(frozen=True)
class Chart:
    """All that `_chart.html` needs. Without rows it is the empty state, `empty` saying why."""

    title: str
    caption: str
    description: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    key: str
    strokes: tuple[Stroke, ...] = ()
    rects: tuple[Rect, ...] = ()
    dots: tuple[Dot, ...] = ()
    words: tuple[Word, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    csv_url: str = ""
    empty: str = ""


@dataclass(frozen=True)
class Text:
    """The words of a chart. `key` tells two charts of one title on one page apart."""

    title: str
    caption: str = ""
    description: str = ""
    key: str = ""
    csv_url: str = ""
    empty: str = ""

    @property
    def id(self) -> str:
        return self.key or slugify(self.title) or "chart"


def nice_ticks(low: float, high: float, *, intervals: int = 3, least_step: float = 0.0) -> tuple[float, ...]:
    """Return rising round numbers that cover low..high in at most `intervals` steps of 1, 2, 4 or 5 × 10ⁿ.

    `least_step` is 1 for counts, so that nobody reads of half an object. Equal ends get one step.
    """
    span = max(high - low, least_step, 1e-9)
    size = 10.0 ** math.floor(math.log10(span / intervals))
    for factor in (1, 2, 4, 5, 10, 20):
        step = max(factor * size, least_step)
        first = math.floor(low / step + 1e-9)
        last = max(math.ceil(high / step - 1e-9), first + 1)
        if last - first <= intervals:
            break
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    return tuple(round(i * step, places) for i in range(first, last + 1))


def short_number(value: float) -> str:
    """Return a number that fits the 30 units beside an axis: 1,200 but 12k and 3.4M."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            scaled = value / (1e3 if unit == "k" else size)
            return number_format(round(scaled, 1) if scaled % 1 else int(scaled)) + unit
    return plain_number(value)


def plain_number(value: float) -> str:
    """Return a number with separators, and with the decimals that it has (at most three)."""
    if float(value).is_integer():
        return number_format(int(value), force_grouping=True)
    return number_format(f"{value:.3f}".rstrip("0"))


def thinned(labels: Sequence[str], width: float) -> int:
    """Return n such that every n-th label fits side by side in `width` units."""
    widest = max((len(label) for label in labels), default=1) * LETTER
    if len(labels) * (widest + 6) <= width:
        return 1
    return math.ceil(len(labels) * (widest + 14) / width)


def units(value: float) -> str:
    """Return a coordinate with one decimal, whatever the locale."""
    return f"{value + 0.0:.1f}"


def scale(low: float, high: float, start: float, end: float, value: float) -> float:
    """Return where `value` of low..high falls between start and end."""
    return start + (value - low) / (high - low) * (end - start)


def value_axis(ticks: Sequence[float], right: float) -> tuple[tuple[Stroke, ...], tuple[Word, ...]]:
    """Return the horizontal grid with a label left of each line."""
    lines, words = [], []
    decimals = max((len(repr(t).partition(".")[2]) if not float(t).is_integer() else 0) for t in ticks)
    for tick in ticks:
        y = scale(ticks[0], ticks[-1], BASE, TOP, tick)
        lines.append(Stroke("axis", f"M{LEFT:g} {units(y)}H{right:g}"))
        text = number_format(tick, decimals) if decimals else short_number(tick)
        words.append(Word(text, f"{LEFT - 6:g}", units(y + 4), "end"))
    return tuple(lines), tuple(words)


def path(css: str, places: Sequence[tuple[float, float]]) -> Stroke:
    """Return straight lines through the places."""
    return Stroke(css, "M" + " ".join(f"{units(x)} {units(y)}" for x, y in places))


def band(points: Sequence[Point], at: Place, css: str) -> tuple[Stroke, ...]:
    """Return the area between low and high, or nothing where fewer than two points have both."""
    known = [p for p in points if p.low is not None and p.high is not None]
    if len(known) < 2:
        return ()
    upper = [at(p.x, p.high) for p in known if p.high is not None]
    lower = [at(p.x, p.low) for p in reversed(known) if p.low is not None]
    return (Stroke(css, path("", upper + lower).d + "z"),)
