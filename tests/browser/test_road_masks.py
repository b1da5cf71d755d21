"""The tools that paint pixels, each on its whole road: painted, changed, undone, sent, settled, reviewed, delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tests.browser.portal import PLAIN
from tests.browser.road import SIGN, Case, Hands, Road, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
FIRST, SECOND = "#ca2121", "#43d06c"  # the canonical colours, by number


def outline(hands: Hands, left: int, top: int, right: int, bottom: int) -> None:
    """Fill a rectangle."""
    hands.press("o")
    hands.pad.click((left, top), (right, top), (right, bottom), (left, bottom))
    hands.press("Enter")


def paint(hands: Hands) -> None:
    """A car and a bus below it; the car is rubbed at and brought back; the colour of the sign is filled."""
    outline(hands, 200, 100, 400, 200)
    assert hands.rows() == ["1 car 20,000 px"]
    hands.press("2")
    outline(hands, 200, 300, 300, 400)
    assert hands.rows() == ["2 bus 10,000 px", "1 car 20,000 px"]
    hands.press("e")
    hands.pad.drag((300, 150), (301, 150))
    assert hands.rows() != ["2 bus 10,000 px", "1 car 20,000 px"]
    hands.press("z", "z", "Shift+Z")
    assert hands.rows() == ["2 bus 10,000 px", "1 car 20,000 px"]
    hands.press("k")
    hands.pad.click((800, 500))
    assert hands.rows() == ["2 bus 28,432 px", "1 car 20,000 px"]


def paint_two_cars(hands: Hands) -> None:
    outline(hands, 200, 100, 400, 200)
    hands.press("n")
    outline(hands, 200, 300, 300, 400)
    assert hands.rows() == ["2 car 10,000 px", "1 car 20,000 px"]
    hands.press("z")
    assert hands.rows() == ["1 car 20,000 px"]
    hands.press("Shift+Z")


def shows(*rows: str) -> Callable[[Hands], None]:
    """Return what sees in the review the regions as they were sent, which no pointer and no key changes."""

    def look(hands: Hands) -> None:
        assert hands.rows() == list(rows)
        hands.press("e")
        hands.pad.drag((210, 110), (380, 190))
        hands.press("Delete", "z")
        assert hands.rows() == list(rows)

    return look


def holds(**regions: tuple[str, int, int, int, int]) -> Callable[[Any], None]:
    """Return what sees in a delivered picture these rectangles in their colours, and white elsewhere."""

    def look(picture: Any) -> None:
        expected = np.full((600, 960, 3), 255, dtype=np.uint8)
        for color, left, top, right, bottom in regions.values():
            expected[top:bottom, left:right] = tuple(bytes.fromhex(color[1:]))
        assert np.array_equal(picture, expected)

    return look


CASES: Sequence[Case] = [
    Case(
        "semantic-segmentation",
        paint,
        shows("2 bus 28,432 px", "1 car 20,000 px"),
        holds(car=(FIRST, 200, 100, 400, 200), bus=(SECOND, 200, 300, 300, 400), sign=(SECOND, *SIGN)),
        {
            "internal-color-map": {
                "0": {"class-name": "BACKGROUND", "confidence": 0, "hex-color": "#ffffff"},
                "1": {"class-name": "car", "confidence": 0, "hex-color": FIRST},
                "2": {"class-name": "bus", "confidence": 0, "hex-color": SECOND},
            },
            "type": "groundtruth/semantic-segmentation",
        },
        words="car, bus",
    ),
    Case(
        "instance-segmentation",
        paint_two_cars,
        shows("2 car 10,000 px", "1 car 20,000 px"),
        holds(first=(FIRST, 200, 100, 400, 200), second=(SECOND, 200, 300, 300, 400)),
        {
            "instances": [
                {"class-name": "car", "hex-color": FIRST, "confidence": 0},
                {"class-name": "car", "hex-color": SECOND, "confidence": 0},
            ],
            "confidence": 0,
            "type": "groundtruth/custom",
        },
        words="2 × car",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name or case.task_type)
def test_what_is_painted_is_reviewed_and_delivered(road: Road, case: Case) -> None:
    line, expected = take(road, case)

    assert line == expected


@pytest.mark.object_store
def test_a_picture_of_an_s3_store_is_painted_on_by_its_colours(
    page: Page, live_server: LiveServer, settings: Settings, object_store: Any, bucket: str, console_errors: list[str]
) -> None:
    """The task names our own server, which sends on to the store; a canvas may read what comes from there."""
    keys = {"access_key": object_store.access_key, "secret_key": object_store.secret_key}
    settings.GROUNDTRUTH_S3 = {"endpoint_url": object_store.endpoint, "region_name": "us-east-1", **keys}
    settings.GROUNDTRUTH_URL, settings.STORE_ORIGIN = live_server.url, object_store.endpoint
    settings.GROUNDTRUTH_BUCKET = bucket
    settings.STORAGES = {**settings.STORAGES, "staticfiles": PLAIN}
    came: list[tuple[str, int]] = []
    page.on("response", lambda reply: came.append((reply.url, reply.status)) if ".jpg" in reply.url else None)
    case = CASES[0]
    assert case.does is paint  # which fills by colour

    line, expected = take(Road(page, live_server.url), case)

    assert line == expected
    assert {(url.partition("/test-")[0], status) for url, status in came} == {(object_store.endpoint, 200)}
    assert console_errors == []
