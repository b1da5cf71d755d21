"""Geometry is exact: a chart that is off by a unit is a wrong figure."""

import random

import pytest

from groundtruth.chart_marks import nice_ticks, plain_number, short_number, thinned, units
from groundtruth.charts import (
    Bar,
    Point,
    Target,
    Text,
    bar_chart,
    chart_csv,
    day_line_chart,
    line_chart,
    reliability_chart,
    spark_path,
)
from groundtruth.interval_charts import interval_chart

WEEK = [
    Bar("Mon 16", 412),
    Bar("Tue 17", 355, 424),
    Bar("Wed 18", 342, 702),
    Bar("Thu 19", 258, 586),
    Bar("Fri 20", expected=940),
    Bar("Mon 23", expected=770),
]
ITERATIONS = [
    Point(500, 0.74, 0.70, 0.78, "1"),
    Point(800, 0.83, 0.80, 0.86, "2"),
    Point(1100, 0.85, 0.83, 0.87, "3"),
    Point(1367, 0.86, 0.84, 0.88, "4"),
]
NAMES = ("Iteration", "Human labels", "Mean IoU")


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1044, (0, 400, 800, 1200)),
        (0, 1, (0, 1)),
        (0, 3, (0, 1, 2, 3)),
        (0, 7, (0, 4, 8)),
        (0, 0, (0, 1)),
        (0, 2_034_600, (0, 1_000_000, 2_000_000, 3_000_000)),
    ],
)
def test_ticks_of_counts_are_whole_and_round(low, high, ticks):
    assert nice_ticks(low, high, least_step=1) == ticks


def test_ticks_of_shares_have_no_rounding_dust():
    assert nice_ticks(0.70, 0.88) == (0.7, 0.8, 0.9)
    assert nice_ticks(0.82, 0.86) == (0.82, 0.84, 0.86)


def test_ticks_cover_their_values_in_at_most_three_steps():
    draw = random.Random(7)
    for _ in range(500):
        low = draw.uniform(-50, 50) * 10 ** draw.randint(-3, 4)
        high = low + draw.uniform(0.001, 90) * 10 ** draw.randint(-3, 4)

        ticks = nice_ticks(low, high)

        step = ticks[1] - ticks[0]
        assert ticks[0] <= low + step * 1e-6
        assert ticks[-1] >= high - step * 1e-6
        assert 2 <= len(ticks) <= 4


def test_numbers_fit_beside_the_axis():
    written = [short_number(v) for v in (0, 1200, 9999, 10_000, 12_500, 3_400_000, 2e9)]

    assert written == ["0", "1,200", "9,999", "10k", "12.5k", "3.4M", "2G"]
    assert plain_number(2_034_600) == "2,034,600"
    assert plain_number(0.86) == "0.86"
    assert units(-0.0) == "0.0"


def test_labels_are_thinned_until_they_fit():
    assert thinned(["Mon 16"] * 6, 320) == 1
    assert thinned([f"{i % 30 + 10} Sep" for i in range(90)], 320) == 16
    assert thinned([], 320) == 1


def test_bars_stand_where_the_figures_say():
    chart = bar_chart(Text("Objects completed by day"), WEEK)

    drawn = [(r.css, r.x, r.y, r.width, r.height) for r in chart.rects]
    assert drawn[:3] == [
        ("bar-people", "46.1", "102.6", "33.1", "47.4"),
        ("bar-people", "99.5", "109.2", "33.1", "40.8"),
        ("bar-machine", "99.5", "60.4", "33.1", "47.8"),
    ]
    assert drawn[-1] == ("expected", "312.8", "61.4", "33.1", "88.6")
    assert [s.d for s in chart.strokes] == ["M36 150.0H356", "M36 104.0H356", "M36 58.0H356", "M36 12.0H356"]


def test_bars_carry_their_total_and_their_day():
    chart = bar_chart(Text("Objects"), WEEK)

    marks = [(w.text, w.x, w.y) for w in chart.words if w.css == "mark"]
    assert marks == [
        ("412", "62.7", "96.6"),
        ("779", "116.0", "54.4"),
        ("1,044", "169.3", "23.9"),
        ("844", "222.7", "46.9"),
    ]
    assert [w.text for w in chart.words if w.y == "168"] == [b.label for b in WEEK]
    assert chart.legend == (("people", "people"), ("machine", "machine"), ("expected", "expected"))
    assert chart.description == "From Mon 16 to Mon 23; the most is 1,044, on Wed 18."


def test_bars_are_the_rows_of_the_table():
    chart = bar_chart(Text("Objects"), WEEK)

    assert chart.columns == ("Day", "People", "Machine", "Objects")
    assert chart.rows[1] == ("Tue 17", 355, 424, 779)
    assert chart.rows[5] == ("Mon 23, expected", None, None, 770)


def test_one_bar_alone_is_no_wall():
    chart = bar_chart(Text("Objects"), [Bar("Thu 19", 1_204_600, 830_000)])

    assert [(r.x, r.width) for r in chart.rects] == [("172.0", "48.0"), ("172.0", "48.0")]
    assert [w.text for w in chart.words] == ["0", "1M", "2M", "3M", "Thu 19", "2,034,600"]


def test_no_bar_is_the_empty_state():
    chart = bar_chart(Text("Objects", empty="Drawn tomorrow."), [])

    assert (chart.rows, chart.rects, chart.strokes, chart.empty) == ((), (), (), "Drawn tomorrow.")


def test_days_without_work_draw_nothing_and_stay_in_the_table():
    chart = bar_chart(Text("Objects"), [Bar("Mon 16"), Bar("Tue 17")])

    assert chart.rects == ()
    assert chart.rows == (("Mon 16", 0, 0, 0), ("Tue 17", 0, 0, 0))
    assert [w.text for w in chart.words] == ["0", "1", "Mon 16", "Tue 17"]


def test_ninety_bars_keep_the_highest_figure_and_the_labels_that_fit():
    chart = bar_chart(Text("Season"), [Bar(f"{i % 30 + 1} Sep", 300 + i) for i in range(90)])

    assert len(chart.rects) == 90
    assert [w.text for w in chart.words if w.css == "mark"] == ["389"]
    assert len([w for w in chart.words if w.y == "168"]) == 6
    assert all(float(w.x) + len(w.text) * 3.3 <= 356 for w in chart.words if w.css == "mark")


def test_bars_never_leave_the_plot():
    draw = random.Random(11)
    for _ in range(100):
        bars = [Bar(str(i), draw.randint(0, 9999), draw.randint(0, 9999)) for i in range(draw.randint(1, 90))]

        for rect in bar_chart(Text("x"), bars).rects:
            assert float(rect.x) >= 36
            assert float(rect.x) + float(rect.width) <= 356.1
            assert float(rect.y) >= 11.9
            assert float(rect.y) + float(rect.height) <= 150.1


def test_line_has_its_band_and_its_promise():
    chart = line_chart(Text("Model quality"), ITERATIONS, names=NAMES, target=Target(0.8, "promise 0.80"))

    by_css = {s.css: s.d for s in chart.strokes}
    assert by_css["target"] == "M36 81.0H356"
    assert by_css["line line-machine"] == "M137.3 122.4 198.1 60.3 258.9 46.5 313.0 39.6"
    assert by_css["band-machine"] == (
        "M137.3 94.8 198.1 39.6 258.9 32.7 313.0 25.8 313.0 53.4 258.9 60.3 198.1 81.0 137.3 150.0z"
    )
    assert [w.text for w in chart.words if w.y == "168"] == ["0", "500", "1,000", "1,500"]
    assert [(w.text, w.x, w.y) for w in chart.words if w.css == "mark"] == [("0.86", "313.0", "19.8")]
    assert chart.rows[0] == ("1", 500, 0.74, "0.7 to 0.78")
    assert chart.dots[0].title == "Iteration 1: 0.74; Human labels: 500"


def test_line_sorts_its_points():
    chart = line_chart(Text("Model quality"), ITERATIONS[::-1], names=NAMES)

    assert [row[0] for row in chart.rows] == ["1", "2", "3", "4"]


def test_line_without_intervals_has_no_band():
    chart = line_chart(Text("x"), [Point(1, 0.5), Point(2, 0.7)], names=NAMES)

    assert "band-machine" not in [s.css for s in chart.strokes]
    assert chart.rows[0] == ("1", 1, 0.5, "")


def test_a_line_of_noughts_names_nought_once():
    chart = line_chart(Text("x"), [Point(250, 0), Point(281, 0)], names=NAMES)

    assert [word.text for word in chart.words if word.anchor == "end"] == ["0.0", "0.4", "0.8", "1.2"]


def test_days_of_one_and_of_ninety():
    one = day_line_chart(Text("Agreement"), [Point(0, 0.9, label="16 Nov")], name="Agreement")
    many = day_line_chart(
        Text("Agreement"), [Point(0, 0.5 + i / 200, label=f"{i % 30 + 1} Sep") for i in range(90)], name="Agreement"
    )

    assert [(d.x, d.title) for d in one.dots] == [("196.0", "16 Nov: 0.9")]
    assert [d.x for d in many.dots] == ["340.0"]
    assert len([w for w in many.words if w.y == "168"]) == 6
    assert day_line_chart(Text("Agreement"), [], name="Agreement").rows == ()


def test_reliability_stands_on_the_diagonal_when_the_confidence_is_true():
    points = [Point(p, p, p - 0.02, p + 0.02) for p in (0.5, 0.75, 1.0)]

    chart = reliability_chart(Text("Is it true?"), points)

    by_css = {s.css: s.d for s in chart.strokes}
    assert by_css["target"] == "M40.0 150.0 340.0 12.0"
    assert by_css["line line-machine"] == "M90.0 127.0 215.0 69.5 340.0 12.0"
    assert [w.text for w in chart.words if w.anchor == "end"] == [
        "40 %",
        "60 %",
        "80 %",
        "100 %",
        "dashed: exactly as said",
    ]
    assert chart.columns == ("Said", "Right", "Interval")


def test_spark_is_a_line_of_96_by_24():
    assert spark_path([1236, 1728]) == "M2.0 21.0 94.0 3.0"
    assert spark_path([5, 5]) == "M2.0 21.0 94.0 21.0"
    assert spark_path([5]) == ""


def test_csv_is_the_table_and_never_a_formula():
    chart = bar_chart(Text("Objects"), [Bar("=1+1", 2, 3), Bar("Tue 17", expected=9)])

    assert chart_csv(chart) == 'Day,People,Machine,Objects\r\n\'=1+1,2,3,5\r\n"Tue 17, expected",,,9\r\n'


def test_intervals_stand_a_line_a_name_and_the_table_has_them_all():
    points = [Point(40, -0.204, -0.4, 0.1, "a name that is far too long to fit"), Point(9, 0.857, 0.8, 0.9, "kite")]
    points += [Point(1, 1.0, label=str(n)) for n in range(9)]

    chart = interval_chart(Text("By category"), points, names=("Category", "Alpha"))

    assert len(chart.dots) == 8
    assert [w.text for w in chart.words if w.anchor == "end"][:3] == ["a name that is far…", "kite", "0"]
    assert chart.rows[0] == ("a name that is far too long to fit", -0.204, "-0.40 to 0.10", 40)
    assert (len(chart.rows), chart.columns) == (11, ("Category", "Alpha", "Interval", "Objects"))
    assert chart.dots[1].title == "kite: 0.86"
    assert [w.text for w in chart.words if w.y == "168"] == ["-0.5", "0.0", "0.5", "1.0"]
    assert interval_chart(Text("None"), [], names=("Category", "Alpha")).rows == ()
