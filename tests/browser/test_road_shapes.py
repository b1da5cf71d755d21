"""The tools that draw shapes, each on its whole road: drawn, changed, undone, sent, settled, reviewed, delivered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.browser.road import PICTURE, Case, Hands, Road, take

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
IMAGE_SIZE = [{**PICTURE, "depth": 3}]


def steps(*acts: tuple[Callable[[Hands], None], str]) -> Callable[[Hands], None]:
    """Return a hand that does one act after another, and sees in the list what came of each."""

    def does(hands: Hands) -> None:
        for act, row in acts:
            act(hands)
            assert hands.rows() == [row]

    return does


def press(*keys: str) -> Callable[[Hands], None]:
    return lambda hands: hands.press(*keys)


def drag(*points: tuple[int, int]) -> Callable[[Hands], None]:
    return lambda hands: hands.pad.drag(*points)


def click(*points: tuple[int, int]) -> Callable[[Hands], None]:
    return lambda hands: hands.pad.click(*points)


def draw_bus(hands: Hands) -> None:
    hands.press("2")
    hands.pad.drag((100, 100), (300, 200))


def trace(hands: Hands) -> None:
    hands.pad.click((100, 100), (300, 120), (500, 100))
    hands.press("Enter")


def point_at_bus(hands: Hands) -> None:
    hands.press("2")
    hands.pad.click((200, 150))


def shows(row: str) -> Callable[[Hands], None]:
    """Return what sees in the review the shape as it was sent, which no pointer and no key changes."""

    def look(hands: Hands) -> None:
        assert hands.rows() == [row]
        hands.pad.drag((600, 300), (700, 400))
        hands.pad.drag((100, 100), (150, 150))
        hands.frame.locator(".pick").click()
        hands.press("Delete", "z")
        assert hands.rows() == [row]

    return look


def shape(
    task_type: str,
    does: Callable[[Hands], None],
    row: str,
    value: dict[str, Any],
    category: str,
    *,
    confidence: float = 0,
    groundtruth_type: str = "groundtruth/custom",
    **more: Any,
) -> Case:
    """Return the case of one shape; row: what the list says of it in the end."""
    number = ["car", "bus"].index(category)
    metadata = {"objects": [{"confidence": confidence}], "class-map": {str(number): category}, "type": groundtruth_type}
    size = (
        {"image_size": IMAGE_SIZE, "inputImageProperties": PICTURE} if groundtruth_type == "groundtruth/custom" else {}
    )
    return Case(task_type, does, shows(row), {**size, **value}, metadata, words=f"1 × {category}", **more)


def xy(*pairs: tuple[int, int]) -> list[dict[str, int]]:
    return [{"x": x, "y": y} for x, y in pairs]


def boxes(left: int, top: int, width: int, height: int) -> dict[str, Any]:
    """Another worker's answer: one bus."""
    box = {"label": "bus", "left": left, "top": top, "width": width, "height": height}
    return {"boundingBox": {"boundingBoxes": [box], "inputImageProperties": PICTURE}}


def delivered(left: int, top: int, width: int, height: int) -> dict[str, Any]:
    box = {"class_id": 1, "left": left, "top": top, "width": width, "height": height}
    return {"image_size": IMAGE_SIZE, "annotations": [box]}


CASES: Sequence[Case] = [
    shape(
        "bounding-box",
        steps(
            (draw_bus, "1 bus 200 × 100"),
            (drag((300, 200), (340, 240)), "1 bus 240 × 140"),  # a corner
            (press("z"), "1 bus 200 × 100"),
            (press("Shift+Z"), "1 bus 240 × 140"),
            (press("ArrowRight"), "1 bus 241 × 140"),  # the corner that is held, by a pixel
        ),
        "1 bus 241 × 140",
        delivered(100, 100, 241, 140),
        "bus",
        groundtruth_type="groundtruth/object-detection",
    ),
    shape(
        "bounding-box",
        steps((draw_bus, "1 bus 200 × 100")),
        "1 bus 200 × 107",
        delivered(102, 98, 200, 107),
        "bus",
        groundtruth_type="groundtruth/object-detection",
        others=(boxes(102, 98, 198, 110), boxes(104, 96, 202, 112)),
        confidence=0.99,
        name="bounding-box-by-three",
    ),
    shape(
        "polygon",
        steps(
            (click((100, 100), (300, 100), (200, 300), (100, 100)), "1 car 3 •"),
            (drag((200, 100), (200, 60)), "1 car 4 •"),  # a new point on an edge
            (press("z"), "1 car 3 •"),
            (press("Shift+Z"), "1 car 4 •"),
        ),
        "1 car 4 •",
        {"polygons": [{"label": "car", "vertices": xy((100, 100), (200, 60), (300, 100), (200, 300))}]},
        "car",
    ),
    shape(
        "polyline",
        steps(
            (trace, "1 car 3 •"),
            (drag((500, 100), (520, 140)), "1 car 3 •"),  # an end
            (press("z"), "1 car 3 •"),
            (press("Shift+Z"), "1 car 3 •"),
        ),
        "1 car 3 •",
        {"polylines": [{"label": "car", "vertices": xy((100, 100), (300, 120), (520, 140))}]},
        "car",
    ),
    shape(
        "keypoint",
        steps(
            (point_at_bus, "1 bus 200, 150"),
            (drag((200, 150), (240, 170)), "1 bus 240, 170"),
            (press("z"), "1 bus 200, 150"),
            (press("Shift+Z"), "1 bus 240, 170"),
        ),
        "1 bus 240, 170",
        {"keypoints": [{"label": "bus", "x": 240, "y": 170}]},
        "bus",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name or case.task_type)
def test_what_is_drawn_is_reviewed_and_delivered(road: Road, case: Case) -> None:
    line, expected = take(road, case)

    assert line == expected
