"""Pre-labelling on the real labelling page: what the machine proposed stands in the tool, and a person has the word."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from labeling.models import Annotation, Job, Task
from tests.browser.portal import once_it_is
from tests.browser.road import PICTURE, Case, Hands, Road
from tests.factories import make_manifest_file

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]
LINE = "The machine proposed this. Check it, correct what is wrong, then submit."
BOX = {"label": "bus", "left": 100, "top": 100, "width": 200, "height": 100}
DRAWN = {"boundingBox": {"boundingBoxes": [BOX], "inputImageProperties": PICTURE}}
CAR = {"crowd-classifier": {"label": "car"}}
BUS = {"crowd-classifier": {"label": "bus"}}


def case_of(task_type: str, **more: Any) -> Case:
    return Case(task_type, does=lambda _: None, shows=lambda _: None, value=None, metadata={}, **more)


def begin(road: Road, case: Case, *objects: tuple[str, Any]) -> Job:
    """Bring an object for each of these, with what the machine says of it: a column of its task, and the answer."""
    road.set_up(case)
    if case.source:
        brought = [{"source": f"Object {n}"} for n in range(1, len(objects) + 1)]
        job = road.begin(make_manifest_file(road.project, brought))
    else:
        job = road.begin(road.bring(case, objects=len(objects)))
    for task, (column, answer) in zip(Task.objects.filter(job=job).order_by("pk"), objects, strict=True):
        if column:
            Task.objects.filter(pk=task.pk).update(**{column: answer})
    return job


def sees(road: Road, hands: Hands, text: str, *, chosen: list[str], told: bool) -> None:
    """Assert which object is on screen, what is chosen for it, and whether a line names the machine."""
    expect(hands.frame.get_by_text(text, exact=True)).to_be_visible()
    assert once_it_is(chosen, hands.chosen, road.page) == chosen
    expect(road.page.locator("#proposal")).to_be_visible(visible=told)
    expect(hands.frame.get_by_role("button", name="Submit")).to_be_visible(visible=told)


def answers_of(job: Job) -> list[dict[str, Any]]:
    found = Annotation.objects.filter(data_object__batch=job.batch_id).order_by("pk")
    return list(found.values_list("payload", flat=True))


def test_a_proposal_is_chosen_corrected_or_kept_and_delivered_as_the_answer_of_the_person(road: Road) -> None:
    case = case_of("text-classification", source="text", design={"machine_labels": True, "prelabel": True})
    job = begin(road, case, ("proposal", BUS), ("withheld", BUS), ("proposal", CAR), ("", None), ("proposal", BUS))

    hands = road.open(job)
    sees(road, hands, "Object 1", chosen=["bus"], told=True)
    expect(road.page.locator("#proposal")).to_have_text(LINE)
    expect(road.page.locator("#announce")).to_have_text(LINE)
    expect(road.page.locator("#saved")).to_have_text("Saved")
    road.send(hands, "1")
    sees(road, hands, "Object 2", chosen=[], told=False)
    road.send(hands, "2")
    sees(road, hands, "Object 3", chosen=["car"], told=True)
    road.send(hands, "Enter")
    sees(road, hands, "Object 4", chosen=[], told=False)
    hands.press("u")
    expect(road.page.locator("#back")).to_be_visible()
    expect(road.page.locator("#proposal")).to_be_hidden()
    hands.press("Escape")
    expect(road.page.locator("#back")).to_be_hidden()
    sees(road, hands, "Object 4", chosen=[], told=False)
    road.send(hands, "2")
    sees(road, hands, "Object 5", chosen=["bus"], told=True)
    road.send(hands, lambda hands: hands.frame.get_by_role("button", name="Submit").click())

    assert answers_of(job) == [CAR, BUS, CAR, BUS, BUS]
    expect(road.page.locator("#proposal")).to_be_hidden()
    road.settle(job)
    _uri, lines = road.deliver(job)
    assert [line["thing"] for line in lines] == [0, 1, 0, 1, 1]
    assert {line["thing-metadata"]["human-annotated"] for line in lines} == {"yes"}


def test_the_draft_of_the_worker_comes_before_the_proposal(road: Road) -> None:
    several = {"crowd-classifier-multi-select": {"labels": ["bus"]}}
    case = case_of("text-multilabel", source="text", categories=("car", "bus", "tram"))
    job = begin(road, case, ("proposal", several))
    Job.objects.filter(pk=job.pk).update(prelabel=True)

    hands = road.open(job)
    assert once_it_is(["bus"], hands.chosen, road.page) == ["bus"]
    expect(road.page.locator("#saved")).to_have_text("Saved")
    hands.press("3")
    expect(road.page.locator("#saved")).to_have_text("Kept on this device")
    hands = road.open(job)
    assert once_it_is(["bus", "tram"], hands.chosen, road.page) == ["bus", "tram"]
    expect(road.page.locator("#proposal")).to_be_visible()
    road.send(hands, "Enter")

    assert answers_of(job) == [{"crowd-classifier-multi-select": {"labels": ["bus", "tram"]}}]


def test_a_drawn_proposal_is_changed_and_undone_like_what_one_drew_oneself(road: Road) -> None:
    job = begin(road, case_of("bounding-box"), ("proposal", DRAWN), ("proposal", DRAWN))
    Job.objects.filter(pk=job.pk).update(prelabel=True)

    hands = road.open(job)
    assert once_it_is(1, lambda: len(hands.rows()), road.page) == 1
    proposed = hands.rows()
    hands.pad.look()
    hands.press("1")
    hands.pad.drag((500, 250), (700, 400))
    assert len(hands.rows()) == 2
    hands.press("z")
    hands.press("z")
    assert hands.rows() == proposed
    road.send(hands, "Enter")
    assert once_it_is(1, lambda: len(hands.rows()), road.page) == 1
    hands.frame.locator(".pick").click()
    hands.press("1")
    road.send(hands, "Enter")

    first, second = (answer["boundingBox"]["boundingBoxes"] for answer in answers_of(job))
    assert first == [BOX]
    assert second == [{**BOX, "label": "car"}]


def test_a_job_that_shows_no_proposals_has_no_place_for_one(road: Road) -> None:
    case = case_of("text-classification", source="text")
    job = begin(road, case, ("proposal", BUS))

    hands = road.open(job)

    expect(hands.frame.get_by_text("Object 1", exact=True)).to_be_visible()
    assert hands.chosen() == []
    expect(road.page.locator("#proposal")).to_have_count(0)


def test_a_label_that_rules_found_is_begun_with_and_mended(road: Road) -> None:
    job = begin(road, case_of("bounding-box"), ("proposal", DRAWN), ("proposal", DRAWN))
    Job.objects.filter(pk=job.pk).update(kind="adjust")
    line = "This label may be wrong. Check it, correct what is wrong, then submit."

    hands = road.open(job)
    assert once_it_is(1, lambda: len(hands.rows()), road.page) == 1
    expect(road.page.locator("#proposal")).to_have_text(line)
    expect(road.page.locator("#announce")).to_have_text(line)
    road.send(hands, "Enter")
    assert once_it_is(1, lambda: len(hands.rows()), road.page) == 1
    hands.frame.locator(".pick").click()
    hands.press("1")
    road.send(hands, "Enter")

    first, second = (answer["boundingBox"]["boundingBoxes"] for answer in answers_of(job))
    assert first == [BOX]
    assert second == [{**BOX, "label": "car"}]
