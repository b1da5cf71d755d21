"""Charts as SVG, drawn on the server: 360 × 180 units, shown 290 to 420 px wide.

A builder takes figures and returns a `Chart`: marks already placed, and the same figures as a table.
`components/_chart.html` writes it; nothing is computed there. Everything here is a pure function.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from groundtruth.chart_marks import (
    BAR_MOST,
    BAR_SHARE,
    BASE,
    LABEL_LIFT,
    LABEL_Y,
    LEFT,
    LETTER,
    LINE_RIGHT,
    RIGHT,
    TOP,
    Bar,
    Cell,
    Chart,
    Dot,
    Place,
    Point,
    Rect,
    Stroke,
    Target,
    Text,
    Word,
    band,
    nice_ticks,
    path,
    plain_number,
    scale,
    short_number,
    thinned,
    units,
    value_axis,
)

__all__ = [
    "Bar",
    "Chart",
    "Point",
    "Target",
    "Text",
    "bar_chart",
    "chart_csv",
    "day_line_chart",
    "line_chart",
    "reliability_chart",
    "spark_path",
]

DAY_AIR = 16.0  # half a day's label, so that the first and last are not cut
DOTS_MOST = 31  # more dots than days of a month hide the line


def bar_chart(text: Text, bars: Sequence[Bar]) -> Chart:
    """Return people and machine stacked for each bar, expected ones dashed, the total above where it fits."""
    columns = (_("Day"), _("People"), _("Machine"), _("Objects"))
    if not bars:
        return _empty(text, columns)
    totals = [b.people + b.machine if b.expected is None else b.expected for b in bars]
    ticks = nice_ticks(0, max(totals), least_step=1)
    lines, words = value_axis(ticks, RIGHT)
    slot = (RIGHT - LEFT) / len(bars)
    width = min(slot * BAR_SHARE, BAR_MOST)
    middles = [LEFT + slot * (i + 0.5) for i in range(len(bars))]
    return Chart(
        title=text.title,
        caption=text.caption,
        description=text.description or _spoken(bars, totals),
        columns=columns,
        rows=tuple(_bar_row(b, t) for b, t in zip(bars, totals, strict=True)),
        key=text.id,
        strokes=lines,
        rects=tuple(r for b, x in zip(bars, middles, strict=True) for r in _stack(b, x - width / 2, width, ticks[-1])),
        words=words + _feet([b.label for b in bars], middles) + _figures(bars, totals, middles, ticks[-1]),
        legend=_bar_legend(bars),
        csv_url=text.csv_url,
    )


def line_chart(
    text: Text, points: Sequence[Point], *, names: tuple[str, str, str], target: Target | None = None
) -> Chart:
    """Return a line through the points with its interval as a band; `names` are those of label, x and y.

    x is a number, such as human labels used. Points are drawn in the order of x.
    """
    columns = (*names, _("Interval"))
    if not points:
        return _empty(text, columns)
    points = sorted(points, key=lambda p: p.x)
    across = nice_ticks(min(points[0].x, 0), points[-1].x)
    ticks = _y_ticks(points, target)

    def at(x: float, y: float) -> tuple[float, float]:
        return scale(across[0], across[-1], LEFT, LINE_RIGHT, x), scale(ticks[0], ticks[-1], BASE, TOP, y)

    lines, words = value_axis(ticks, RIGHT)
    aim_lines, aim_words = _target_line(target, ticks)
    return Chart(
        title=text.title,
        caption=text.caption,
        description=text.description,
        columns=columns,
        rows=tuple((p.label or plain_number(p.x), p.x, p.y, _interval(p)) for p in points),
        key=text.id,
        strokes=(
            *lines,
            *band(points, at, "band-machine"),
            *aim_lines,
            _through("line line-machine", points, at),
        ),
        dots=tuple(_dot(p, at, _point_title(p, names), "dot dot-machine") for p in points),
        words=words
        + tuple(Word(short_number(t), units(at(t, ticks[0])[0]), f"{LABEL_Y:g}") for t in across)
        + aim_words
        + (_last_figure(points[-1], at),),
        csv_url=text.csv_url,
    )


def day_line_chart(text: Text, points: Sequence[Point], *, name: str, target: Target | None = None) -> Chart:
    """Return a line over days in the order given; the label is the day and x is not read."""
    columns = (_("Day"), name, _("Interval"))
    if not points:
        return _empty(text, columns)
    alone = 0.5 if len(points) == 1 else 0.0  # in the middle, as the bar of one day is
    placed = [Point(i + alone, p.y, p.low, p.high, p.label) for i, p in enumerate(points)]
    ticks = _y_ticks(points, target)
    last = max(len(points) - 1, 1)

    def at(place: float, y: float) -> tuple[float, float]:
        return scale(0, last, LEFT + DAY_AIR, RIGHT - DAY_AIR, place), scale(ticks[0], ticks[-1], BASE, TOP, y)

    lines, words = value_axis(ticks, RIGHT)
    aim_lines, aim_words = _target_line(target, ticks)
    dotted = placed if len(placed) <= DOTS_MOST else placed[-1:]
    return Chart(
        title=text.title,
        caption=text.caption,
        description=text.description,
        columns=columns,
        rows=tuple((p.label, p.y, _interval(p)) for p in points),
        key=text.id,
        strokes=(*lines, *band(placed, at, "band"), *aim_lines, _through("line", placed, at)),
        dots=tuple(_dot(p, at, f"{p.label}: {plain_number(p.y)}", "dot") for p in dotted),
        words=words + _feet([p.label for p in points], [at(p.x, p.y)[0] for p in placed]) + aim_words,
        csv_url=text.csv_url,
    )


def reliability_chart(text: Text, points: Sequence[Point]) -> Chart:
    """Return the share that was right (y, 0..1) by the confidence said (x, 0..1), against the diagonal."""
    columns = (_("Said"), _("Right"), _("Interval"))
    if not points:
        return _empty(text, columns)
    points = sorted(points, key=lambda p: p.x)
    floor = min(nice_ticks(min(min(p.x, p.y if p.low is None else p.low) for p in points), 1.0, intervals=5)[0], 0.9)
    ticks = nice_ticks(floor, 1.0, intervals=5)

    def at(x: float, y: float) -> tuple[float, float]:
        return scale(ticks[0], ticks[-1], LEFT + 4, LINE_RIGHT, x), scale(
            ticks[0], ticks[-1], BASE, TOP, max(y, ticks[0])
        )

    lines, words = value_axis(ticks, LINE_RIGHT)
    percents = tuple(Word(f"{t:.0%}".replace("%", " %"), w.x, w.y, "end") for t, w in zip(ticks, words, strict=True))
    feet = tuple(Word(number_format(t, 1), units(at(t, ticks[0])[0]), f"{LABEL_Y:g}") for t in ticks)
    note = Word(_("dashed: exactly as said"), units(LINE_RIGHT), units(BASE - 6), "end")  # where few intervals reach
    whiskers = tuple(
        Stroke("whisker", f"M{units(at(p.x, p.low)[0])} {units(at(p.x, p.low)[1])}V{units(at(p.x, p.high)[1])}")
        for p in points
        if p.low is not None and p.high is not None
    )
    diagonal = path("target", [at(ticks[0], ticks[0]), at(ticks[-1], ticks[-1])])
    return Chart(
        title=text.title,
        caption=text.caption,
        description=text.description,
        columns=columns,
        rows=tuple((p.x, p.y, _interval(p)) for p in points),
        key=text.id,
        strokes=(*lines, diagonal, *whiskers, _through("line line-machine", points, at)),
        dots=tuple(_dot(p, at, _said_title(p), "dot dot-machine") for p in points),
        words=(*percents, *feet, note),
        csv_url=text.csv_url,
    )


def spark_path(values: Sequence[float]) -> str:
    """Return the path of a line 96 × 24 units, 2 units of air around; nothing for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    top = high if high > low else low + 1
    return path(
        "line",
        [(scale(0, len(values) - 1, 2, 94, i), scale(low, top, 21, 3, v)) for i, v in enumerate(values)],
    ).d


def chart_csv(chart: Chart) -> str:
    """Return the table of a chart as CSV; text that a spreadsheet would run gets an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(chart.columns)
    writer.writerows([[_harmless(cell) for cell in row] for row in chart.rows])
    return out.getvalue()


def _harmless(cell: Cell) -> Cell:
    return "'" + cell if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _empty(text: Text, columns: tuple[str, ...]) -> Chart:
    return Chart(text.title, text.caption, "", columns, (), text.id, empty=text.empty or _("Nothing to draw yet."))


def _feet(labels: Sequence[str], places: Sequence[float]) -> tuple[Word, ...]:
    """Return the labels under the axis, every n-th of them so that none touches its neighbour."""
    every = thinned(labels, RIGHT - LEFT)
    pairs = zip(labels, places, strict=True)
    return tuple(Word(label, units(x), f"{LABEL_Y:g}") for label, x in list(pairs)[::every])


def _figures(bars: Sequence[Bar], totals: Sequence[int], places: Sequence[float], top: float) -> tuple[Word, ...]:
    """Return the totals above the bars; where they would touch, the highest alone."""
    figures = [plain_number(total) for total in totals]
    peak = totals.index(max(totals))
    all_fit = thinned(figures, RIGHT - LEFT) == 1
    return tuple(
        Word(
            figures[i],
            units(min(places[i], RIGHT - len(figures[i]) * LETTER / 2)),
            units(scale(0, top, BASE, TOP, total) - LABEL_LIFT),
            css="" if bar.expected else "mark",
        )
        for i, (bar, total) in enumerate(zip(bars, totals, strict=True))
        if total and (all_fit or i == peak)
    )


def _through(css: str, points: Sequence[Point], at: Place) -> Stroke:
    return path(css, [at(p.x, p.y) for p in points])


def _dot(point: Point, at: Place, title: str, css: str) -> Dot:
    x, y = at(point.x, point.y)
    return Dot(units(x), units(y), title, css)


def _last_figure(point: Point, at: Place) -> Word:
    """Return the newest value, above its interval so that the band does not hide it."""
    x, y = at(point.x, point.y if point.high is None else point.high)
    return Word(plain_number(point.y), units(x), units(y - LABEL_LIFT), css="mark")


def _stack(bar: Bar, x: float, width: float, top: float) -> list[Rect]:
    """Return the rectangles of one bar: people at the foot, machine one unit above."""

    def rect(css: str, low: float, high: float, title: str) -> Rect:
        y = scale(0, top, BASE, TOP, high)
        gap = 1.0 if low else 0.0
        height = max(scale(0, top, BASE, TOP, low) - y - gap, 0.0)
        return Rect(css, units(x), units(y), units(width), units(height), title)

    if bar.expected is not None:
        words = _("%(day)s: %(count)s expected") % {"day": bar.label, "count": plain_number(bar.expected)}
        return [rect("expected", 0, bar.expected, words)] if bar.expected else []
    rects = []
    if bar.people:
        words = _("%(day)s: %(count)s by people") % {"day": bar.label, "count": plain_number(bar.people)}
        rects.append(rect("bar-people", 0, bar.people, words))
    if bar.machine:
        words = _("%(day)s: %(count)s by machine") % {"day": bar.label, "count": plain_number(bar.machine)}
        rects.append(rect("bar-machine", bar.people, bar.people + bar.machine, words))
    return rects


def _bar_row(bar: Bar, total: int) -> tuple[Cell, ...]:
    if bar.expected is not None:
        return (_("%(day)s, expected") % {"day": bar.label}, None, None, total)
    return (bar.label, bar.people, bar.machine, total)


def _bar_legend(bars: Iterable[Bar]) -> tuple[tuple[str, str], ...]:
    bars = tuple(bars)
    drawn = [
        ("people", _("people"), any(b.people for b in bars)),
        ("machine", _("machine"), any(b.machine for b in bars)),
    ]
    drawn.append(("expected", _("expected"), any(b.expected for b in bars)))
    return tuple((css, word) for css, word, shown in drawn if shown)


def _spoken(bars: Sequence[Bar], totals: Sequence[int]) -> str:
    """Return the description for who cannot see the bars: from when to when, and the highest."""
    top = totals.index(max(totals))
    return _("From %(first)s to %(last)s; the most is %(count)s, on %(day)s.") % {
        "first": bars[0].label,
        "last": bars[-1].label,
        "count": plain_number(totals[top]),
        "day": bars[top].label,
    }


def _y_ticks(points: Sequence[Point], target: Target | None) -> tuple[float, ...]:
    values = [v for p in points for v in (p.y, p.low, p.high) if v is not None]
    if target is not None:
        values.append(target.value)
    low, high = min(values), max(values)
    if low >= 0 and high > 1 and all(float(value).is_integer() for value in values):  # counts stand on nought
        return nice_ticks(0, high, least_step=1)
    if low == high == 0:  # nothing so far: an axis of nought alone would name it at both ends
        return nice_ticks(0, 1)
    if high - low < abs(high) / 50:  # one value, or as good as one: some air around it
        low, high = low - abs(high) / 20, high + abs(high) / 20
    return nice_ticks(low, high)


def _target_line(target: Target | None, ticks: Sequence[float]) -> tuple[tuple[Stroke, ...], tuple[Word, ...]]:
    if target is None:
        return (), ()
    y = scale(ticks[0], ticks[-1], BASE, TOP, target.value)
    line = Stroke("target", f"M{LEFT:g} {units(y)}H{RIGHT:g}")
    return (line,), (Word(target.label, f"{LEFT + 4:g}", units(y - 5), "start"),)


def _interval(point: Point) -> str:
    if point.low is None or point.high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": plain_number(point.low), "high": plain_number(point.high)}


def _point_title(point: Point, names: tuple[str, str, str]) -> str:
    label = point.label or plain_number(point.x)
    return f"{names[0]} {label}: {plain_number(point.y)}; {names[1]}: {plain_number(point.x)}"


def _said_title(point: Point) -> str:
    return _("Said %(said)s, was right %(right)s") % {
        "said": plain_number(point.x),
        "right": plain_number(point.y),
    }
