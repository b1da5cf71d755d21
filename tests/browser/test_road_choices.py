"""The classifiers of pictures and texts, each on its whole road: chosen, changed, sent, reviewed, delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.road import Case, Hands, Road, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
TEXT = "The soup was cold.\r\nThe waiter smiled."


def choose_two(hands: Hands) -> None:
    """Choose two, change one, take that back and do it again."""
    hands.press("1", "2")
    assert hands.chosen() == ["car", "bus"]
    hands.press("1", "3")
    assert hands.chosen() == ["bus", "tram"]
    hands.press("3", "1")
    assert hands.chosen() == ["car", "bus"]
    hands.press("1", "3")
    assert hands.chosen() == ["bus", "tram"]


def answer_and_go_back(hands: Hands) -> None:
    """One key answers, so that a mistake is seen too late: go back to it."""
    hands.press("1")
    expect(hands.page.get_by_role("heading", name="No more tasks for now")).to_be_visible()
    hands.press("u")
    expect(hands.frame.get_by_role("radio", name="car")).to_be_checked()


def look(hands: Hands) -> None:
    expect(hands.frame.get_by_role("radio", name="bus")).to_be_visible()
    assert hands.chosen() == []


def shows(*names: str) -> Callable[[Hands], None]:
    """Return what sees in the review the categories that were chosen, and that no key and no click changes them."""

    def see(hands: Hands) -> None:
        assert hands.chosen() == list(names)
        hands.press("1", "2")
        hands.frame.locator(".answer").first.click(force=True)
        assert hands.chosen() == list(names)
        assert hands.frame.locator(".answer:enabled").count() == 0

    return see


def several(task_type: str, element: str, *, others: Sequence[list[str]] = (), **more: Any) -> Case:
    """Return the case of several categories."""
    return Case(
        task_type,
        choose_two,
        categories=("car", "bus", "tram"),
        others=[{element: {"labels": labels}} for labels in others],
        **more,
    )


CASES: Sequence[Case] = [
    Case(
        "image-classification",
        answer_and_go_back,
        shows("bus"),
        1,
        {"class-name": "bus", "confidence": 0, "type": "groundtruth/image-classification"},
        send="2",
        words="bus",
    ),
    several(
        "image-multilabel",
        "crowd-image-classifier-multi-select",
        shows=shows("bus", "tram"),
        value=[1, 2],
        metadata={
            "class-map": {"1": "bus", "2": "tram"},
            "confidence-map": {"1": 0, "2": 0},
            "type": "groundtruth/image-classification-multilabel",
        },
        words="bus, tram",
    ),
    Case(
        "text-classification",
        look,
        shows("bus"),
        1,
        {"class-name": "bus", "confidence": 0.62, "type": "groundtruth/text-classification"},
        source=TEXT,
        others=({"crowd-classifier": {"label": "car"}}, {"crowd-classifier": {"label": "bus"}}),
        send="2",
        words="bus",
    ),
    several(
        "text-multilabel",
        "crowd-classifier-multi-select",
        shows=shows("car", "bus", "tram"),
        value=[0, 1, 2],
        metadata={
            "class-map": {"0": "car", "1": "bus", "2": "tram"},
            "confidence-map": {"0": 0.17, "1": 0.98, "2": 0.17},
            "type": "groundtruth/text-classification-multilabel",
        },
        source=TEXT,
        others=(["bus"], ["car", "bus"]),
        words="car 17%, bus 98%, tram 17%",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name or case.task_type)
def test_what_is_chosen_is_reviewed_and_delivered(road: Road, case: Case) -> None:
    line, expected = take(road, case)

    assert line == expected
