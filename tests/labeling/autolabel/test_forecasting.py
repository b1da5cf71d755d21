"""The forecast of human labels."""

from __future__ import annotations

from labeling.autolabel.forecasting import Forecast, Need, forecast


def test_it_lies_between_what_might_be_certified_with_luck_and_what_is_certified_now() -> None:
    told = forecast(300, 100, Need(surely=1000, evenly=400, hardly=200), 3000)

    # 300 + .8 * 200; 300 + .85 * 400 + .2 * 600; 300 + 1.5 * 1000
    assert told == Forecast(460, 760, 1800)


def test_what_is_asked_next_is_the_least() -> None:
    assert forecast(300, 150, Need(surely=160, evenly=0, hardly=0), 3000) == Forecast(450, 450, 600)


def test_people_label_no_more_than_there_is() -> None:
    assert forecast(300, 700, Need(surely=2700, evenly=2700, hardly=2700), 3000) == Forecast(2460, 2595, 3000)


def test_at_the_end_it_is_what_was_asked() -> None:
    assert forecast(400, 0, Need(surely=0, evenly=0, hardly=0), 3000) == Forecast(400, 400, 400)
