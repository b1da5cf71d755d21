"""A job of boxes with all its options, from the set-up's lines to the label and what a reviewer is shown."""

from __future__ import annotations

from typing import Any

import pytest

from groundtruth.states import Invalid
from labeling.models import Annotation, Job, Label, WorkflowStep
from labeling.services import claiming, consolidating, designing, showing, submitting
from tests.factories import make_job, make_project, make_running_batch, make_staff, make_team, make_worker
from tests.labeling.test_designing import wishes

pytestmark = [pytest.mark.django_db, pytest.mark.database]
OPTIONS = {"rotate": True, "shape_attributes": ["occluded", "pose: left, right"]}


def drawn(**more: Any) -> dict[str, Any]:
    box = {"label": "bird", "left": 100, "top": 100, "width": 80, "height": 20, **more}
    return {"boundingBox": {"boundingBoxes": [box], "inputImageProperties": {"width": 640, "height": 480}}}


@pytest.fixture
def job() -> Job:
    project = make_project(state="pilot_in_progress", modality="image", task_type="bounding-box")
    return make_job(make_running_batch(project, texts=("a",)), attribute="boxes", workers_each=3, options=OPTIONS)


def answer(job: Job, name: str, said: dict[str, Any]) -> str:
    """Hand an answer in; returns the task's HTML as its worker saw it."""
    worker = make_worker(job.team, name)
    [turn] = claiming.hand_out(worker, job)
    html = showing.render_task(turn.line, job)
    submitting.submit(worker.user_id, turn.submit_key, said, fetch_next=False)
    return html


def test_three_people_say_it_and_the_label_has_it(job: Job) -> None:
    html = answer(job, "Ann", drawn(rotation=29, attributes={"occluded": True, "pose": "left"}))
    answer(job, "Bo", drawn(rotation=31, attributes={"occluded": True, "pose": "right"}))
    answer(job, "Cy", drawn(rotation=32, attributes={"pose": "right"}))
    assert "shape-attributes=" in html
    assert "    rotate\n" in html

    assert consolidating.settle_answered(job) == 1

    label = Label.objects.get()
    [box] = label.payload["boundingBoxes"]
    assert box.pop("confidence") > 0.9
    geometry = {"left": 100, "top": 100, "width": 80, "height": 20, "rotation": 31}
    assert box == {"label": "bird", **geometry, "attributes": {"occluded": True, "pose": "right"}}


def test_a_function_before_people_leaves_the_tool_its_options(job: Job) -> None:
    [turn] = claiming.hand_out(make_worker(job.team, "Ann"), job)

    html = showing.render_task(turn.line, job, {"taskObject": "Made elsewhere", "header": "Own words"})

    assert "shape-attributes=" in html
    assert "    rotate\n" in html
    assert 'header="Own words"' in html


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"rotation": 360}, "Shape 1: it is not what the tool makes. Delete it and draw it again."),
        ({"attributes": {"pose": "up"}}, "Shape 1: its attribute “pose” has no value of this job. Choose one."),
    ],
)
def test_what_the_job_does_not_ask_is_refused_at_the_door(job: Job, more: dict[str, Any], problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        answer(job, "Mallory", drawn(**more))

    assert refused.value.problems == [problem]
    assert not Annotation.objects.exists()


def test_the_set_up_keeps_the_options_and_refuses_lines_that_are_none() -> None:
    olga, project = make_staff(), make_project(modality="image", task_type="bounding-box")
    boxes = {"task_type": "bounding-box", "attribute": "birds", "team": make_team()}

    designing.set_up(project, olga, **wishes(**boxes, options=OPTIONS))

    assert WorkflowStep.objects.get(project=project).options == OPTIONS
    with pytest.raises(Invalid) as refused:
        designing.set_up(project, olga, **wishes(**boxes, options={"shape_attributes": ["pose: left"]}))
    assert refused.value.problems == [
        "“pose: left” is no attribute. Write “name”, or “name: value, value” with values that differ."
    ]
