"""Chains: the delivered manifest of a first job is what the second reads; its labels are shown, judged or mended."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from labeling.consolidation.mask_files import write_ids
from tests.browser.road import PICTURE, Case, Hands, Road, expected_line, submit, without_run
from tests.browser.test_road_masks import FIRST, holds, outline
from tests.factories import make_manifest_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
BOX = {"left": 100, "top": 100, "width": 200, "height": 100}
COMMENT = "Too wide on the right."


# --- the first job, which nobody watches ----------------------------------------------------------------------


def first_job(task_type: str, answer: dict[str, Any]) -> tuple[Case, dict[str, Any]]:
    def nothing(hands: Hands) -> None:
        """Nobody looks."""

    return Case(task_type, nothing, nothing, None, {}, stem="earlier"), answer


def painted() -> dict[str, Any]:
    """The box as pixels, in a colour of the worker's own."""
    ids = np.zeros((PICTURE["height"], PICTURE["width"]), dtype=np.uint8)
    ids[100:200, 100:300] = 1
    picture = {"pngImageData": b64encode(write_ids(ids, ["#112233"])).decode()}
    return {"labelMappings": {"car": {"color": "#112233"}}, "labeledImage": picture, "inputImageProperties": PICTURE}


BOXES = first_job(
    "bounding-box",
    {"boundingBox": {"boundingBoxes": [{"label": "car", **BOX}], "inputImageProperties": PICTURE}},
)
MASKS = first_job("semantic-segmentation", {"crowd-semantic-segmentation": painted()})


def label_two(road: Road, case: Case, answer: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """Label two objects alike; return the address of the delivered manifest and its lines."""
    road.set_up(case)
    job = road.begin(road.bring(case, objects=2))
    road.answer(job, answer)
    road.settle(job)
    return road.deliver(job)


# --- the second job --------------------------------------------------------------------------------------------


def sees_earlier(hands: Hands) -> None:
    """The earlier label lies on the picture where it was, and its name beside it."""
    assert hands.inked((101, 150), (500, 400)) == [True, False]
    expect(hands.frame.get_by_role("listitem").filter(has_text="car")).to_be_visible()


def call_bad(hands: Hands) -> None:
    """Say why, choose one verdict and then the other."""
    sees_earlier(hands)
    hands.frame.get_by_role("button", name="Add a comment").click()
    hands.frame.get_by_label("Add a comment").fill(COMMENT)
    for name in ("good", "bad"):
        hands.frame.get_by_role("radio", name=name).click()
        assert hands.chosen() == [name]


def shows_verdict(verdict: str, comment: str = "") -> Callable[[Hands], None]:
    def look(hands: Hands) -> None:
        sees_earlier(hands)
        assert hands.chosen() == [verdict]
        hands.press("1", "2")
        assert hands.chosen() == [verdict]
        field = hands.frame.locator("#comment")
        expect(field).to_have_value(comment)
        expect(field).not_to_be_editable()

    return look


def verdict(kind: str, name: str, number: str, *, comment: str = "", **more: Any) -> Case:
    feedback = {"worker-feedback": [{"comment": comment}]} if comment else {}
    return Case(
        f"verification-{kind}",
        shows=shows_verdict(name, comment),
        value=number,
        metadata={"class-name": name, "confidence": 0, "type": "groundtruth/label-verification", **feedback},
        categories=("good", "bad"),
        options={"attribute": "earlier-ref" if kind == "semantic-segmentation" else "earlier"},
        words=f"{name} · {comment}" if comment else name,
        **more,
    )


def verdicts(kind: str) -> list[Case]:
    return [
        verdict(kind, "bad", "1", comment=COMMENT, does=call_bad, send=submit),
        verdict(kind, "good", "0", does=sees_earlier, send="1"),
    ]


def widen_box(hands: Hands) -> None:
    sees_earlier(hands)
    hands.press("n", "ArrowRight", "Shift+ArrowDown")
    hands.pad.drag((301, 210), (321, 210))
    assert hands.rows() == ["1 car 220 × 100"]
    hands.press("z")
    assert hands.rows() == ["1 car 200 × 100"]
    hands.press("Shift+Z")


def widen_mask(hands: Hands) -> None:
    sees_earlier(hands)
    assert hands.rows() == ["1 car 20,000 px"]
    outline(hands, 300, 100, 400, 200)
    assert hands.rows() == ["1 car 30,000 px"]
    hands.press("z")
    assert hands.rows() == ["1 car 20,000 px"]
    hands.press("Shift+Z")


def shows_row(row: str, *, wide: bool) -> Callable[[Hands], None]:
    def look(hands: Hands) -> None:
        assert hands.rows() == [row]
        assert hands.inked((101, 150), (321, 150), (500, 400)) == [True, wide, False]

    return look


def box_of(row: str, status: str, **box: int) -> dict[str, Any]:
    return {
        "shows": shows_row(row, wide=status == "adjusted"),
        "value": {"image_size": [{**PICTURE, "depth": 3}], "annotations": [{"class_id": 0, **BOX, **box}]},
        "metadata": {
            "objects": [{"confidence": 0}],
            "class-map": {"0": "car"},
            "type": "groundtruth/object-detection",
            "adjustment-status": status,
        },
    }


def mask_of(row: str, status: str, right: int) -> dict[str, Any]:
    colors = {
        "0": {"class-name": "BACKGROUND", "confidence": 0, "hex-color": "#ffffff"},
        "1": {"class-name": "car", "confidence": 0, "hex-color": FIRST},
    }
    return {
        "shows": shows_row(row, wide=status == "adjusted"),
        "value": holds(car=(FIRST, 100, 100, right, 200)),
        "metadata": {
            "internal-color-map": colors,
            "type": "groundtruth/semantic-segmentation",
            "adjustment-status": status,
        },
    }


BOX_JOB: dict[str, Any] = {"task_type": "adjustment-bounding-box", "options": {"attribute": "earlier"}}
MASK_JOB: dict[str, Any] = {"task_type": "adjustment-semantic-segmentation", "options": {"attribute": "earlier-ref"}}
CHAINS = {
    "verified-boxes": (BOXES, verdicts("bounding-box")),
    "verified-masks": (MASKS, verdicts("semantic-segmentation")),
    "adjusted-boxes": (
        BOXES,
        [
            Case(
                does=widen_box,
                words="1 × car (adjusted)",
                **BOX_JOB,
                **box_of("1 car 220 × 100", "adjusted", left=101, top=110, width=220),
            ),
            Case(does=sees_earlier, words="1 × car", **BOX_JOB, **box_of("1 car 200 × 100", "unadjusted")),
        ],
    ),
    "adjusted-masks": (
        MASKS,
        [
            Case(
                does=widen_mask, words="car (adjusted)", **MASK_JOB, **mask_of("1 car 30,000 px", "adjusted", right=400)
            ),
            Case(does=sees_earlier, words="car", **MASK_JOB, **mask_of("1 car 20,000 px", "unadjusted", right=300)),
        ],
    ),
}


@pytest.mark.parametrize("chain", CHAINS)
def test_labels_of_a_first_job_are_judged_or_mended_in_a_second(road: Road, chain: str) -> None:
    first, cases = CHAINS[chain]
    uri, earlier = label_two(road, *first)
    road.set_up(cases[0])
    job = road.begin(uri)

    hands = road.open(job)
    for case in cases:
        case.does(hands)
        road.send(hands, case.send)
        if case is cases[0]:
            hands = road.hands(job, "iframe.shown")
    road.settle(job)
    for number, case in enumerate(cases, start=1):
        case.shows(road.review(job, number))
        expect(road.page.locator(".facts strong")).to_have_text(case.words)
    uri, lines = road.deliver(job)

    assert len(lines) == 2
    for number, case in enumerate(cases):
        line = without_run(case, lines[number], job, uri, number)
        assert line == expected_line(case, earlier[number])


def without_label(line: dict[str, Any], attribute: str) -> dict[str, Any]:
    """Return a line as it was before it had a label."""
    return {key: value for key, value in line.items() if key not in (attribute, f"{attribute}-metadata")}


def test_an_object_without_the_earlier_label_fails_alone(road: Road) -> None:
    _uri, (unlabelled, labelled) = label_two(road, *BOXES)
    unlabelled = without_label(unlabelled, "earlier")
    case = verdicts("bounding-box")[1]
    road.set_up(case)
    job = road.begin(make_manifest_file(road.project, [unlabelled, labelled], name="mixed.manifest"))

    hands = road.open(job)
    case.does(hands)
    road.send(hands, case.send)
    road.settle(job)
    uri, (failed, line) = road.deliver(job)

    assert without_run(case, line, job, uri, 1) == expected_line(case, labelled)
    metadata = failed.pop("thing-metadata")
    assert failed == unlabelled
    why = "The task cannot be shown. This object has no label “earlier” from an earlier job."
    assert metadata["failure-reason"] == why
    assert metadata["type"] == "groundtruth/label-verification"


def test_a_chain_of_the_same_name_labels_only_what_lacks_the_label(road: Road) -> None:
    _uri, (labelled, unlabelled) = label_two(road, *BOXES)
    unlabelled = without_label(unlabelled, "earlier")
    case, answer = BOXES
    box = {"label": "bus", "left": 300, "top": 200, "width": 50, "height": 60}
    job = road.begin(make_manifest_file(road.project, [labelled, unlabelled], name="partly.manifest"))

    road.answer(job, {"boundingBox": {**answer["boundingBox"], "boundingBoxes": [box]}})
    road.settle(job)
    _uri, (kept, fresh) = road.deliver(job)

    assert kept == labelled
    assert without_label(fresh, "earlier") == unlabelled
    assert fresh["earlier"]["annotations"] == [{"class_id": 1, "left": 300, "top": 200, "width": 50, "height": 60}]
