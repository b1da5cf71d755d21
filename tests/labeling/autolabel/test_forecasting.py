"""The forecast of human labels."""

from __future__ import annotations

from labeling.autolabel.forecasting import Forecast, forecast


def test_at_the_most_the_model_stays_as_it_is() -> None:
    assert forecast([(300, 900)], 3000) == Forecast(600, 750, 900)


def test_at_the_least_the_need_falls_on_until_the_labels_meet_it() -> None:
    # From 400 to 800 labels the need fell by 400 with each doubling: after 1,046 it is 1,046.
    told = forecast([(400, 1600), (800, 1200)], 3000)

    assert (told.low, told.high) == (1046, 1200)
    assert told.likely == 1123


def test_a_need_that_does_not_fall_is_what_is_forecast() -> None:
    assert forecast([(300, 3000), (390, 3000)], 3000) == Forecast(3000, 3000, 3000)


def test_at_the_end_it_is_what_was_asked() -> None:
    assert forecast([(300, 900), (400, 400)], 3000) == Forecast(400, 400, 400)
