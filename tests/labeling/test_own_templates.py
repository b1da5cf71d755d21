"""Templates and functions of operations' own: set up, refused with line and reason, previewed, and failing alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from batches.models import DataObject
from groundtruth.states import Invalid
from groundtruth.storage import get_store, parse_uri
from labeling.models import Job, Task, WorkflowStep
from labeling.services import designing
from projects import grants
from projects.models import Project
from tests.factories import make_grant, make_job, make_project, make_running_batch, make_staff, make_team, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]
TEMPLATE = "<crowd-form>\n<p>{{ task.input.taskObject }}</p><crowd-input name='a'></crowd-input></crowd-form>"


@pytest.fixture(autouse=True)
def fresh_grants() -> None:
    grants._kept.clear()


def wishes(**changes: Any) -> dict[str, Any]:
    return {
        "task_type": "custom",
        "categories": [],
        "title": "What is it?",
        "attribute": "verdict",
        "workers_each": 1,
        "seconds": 300,
        "sample_percent": 5,
        "team": make_team(),
        "template": TEMPLATE,
        **changes,
    }


def echo(event: dict[str, Any], context: None) -> dict[str, Any]:
    """A pre-annotation function: says what it was given."""
    return {"taskInput": {"taskObject": f"Heard: {event['dataObject']['source']}"}}


def pasted(project: Project, **changes: Any) -> dict[str, Any]:
    values = wishes(**changes)
    return {**values, "team": values["team"].pk, "categories": "\r\n".join(values["categories"])}


# --- setting up ---------------------------------------------------------------------------------------------


def test_a_template_and_functions_come_to_the_step(settings: Settings) -> None:
    settings.ANNOTATION_FUNCTIONS = {"echo": "tests.labeling.test_own_templates:echo"}
    project = make_project()

    designing.set_up(project, make_staff(), **wishes(pre_function=" echo ", post_function="ACS-BoundingBox"))

    step = WorkflowStep.objects.get()
    assert (step.template, step.pre_function, step.post_function) == (TEMPLATE, "echo", "ACS-BoundingBox")


def test_a_template_in_the_store_is_read_within_the_projects_grants_only() -> None:
    project, other = make_project(), make_project()
    make_grant(project)
    uri = f"s3://groundtruth/{project.prefix}in/task.liquid.html"
    get_store().make_bucket("groundtruth")
    get_store().put(parse_uri(uri), TEMPLATE.replace("\n", "\r\n").encode(), "text/html")

    designing.set_up(project, make_staff(), **wishes(template=f" {uri}\n"))

    assert WorkflowStep.objects.get().template == TEMPLATE
    with pytest.raises(Invalid, match="is not within what this project was granted"):
        designing.set_up(other, make_staff(), **wishes(template=uri))
    with pytest.raises(Invalid, match="cannot be read"):
        designing.set_up(project, make_staff(), **wishes(template=uri + "x"))


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>\n\n{{ task.input.a | shout }}", "Line 3: unknown filter 'shout'"),
        ("<p>\n{% if task.input.a %}", "Line 2: "),
        ("{{ task.input.a | divided_by: 0 }}", "Line 1: "),
        ("{% for a in (1..90000) %}{% for b in (1..90000) %}x{% endfor %}{% endfor %}", "loop"),
    ],
)
def test_a_broken_template_is_refused_with_line_and_reason(template: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        designing.set_up(make_project(), make_staff(), **wishes(template=template))

    [problem] = refused.value.problems
    assert problem.startswith("The template cannot be used. ")
    assert words in problem


def test_functions_that_the_installation_does_not_name_are_refused(settings: Settings) -> None:
    settings.ANNOTATION_FUNCTIONS = {}

    with pytest.raises(Invalid) as refused:
        designing.set_up(make_project(), make_staff(), **wishes(pre_function="one", post_function="two"))

    assert [problem[:31] for problem in refused.value.problems] == [
        "There is no function “one”. The",
        "There is no function “two”. The",
    ]


# --- the pages ----------------------------------------------------------------------------------------------


def test_the_form_keeps_a_broken_template_and_names_its_line(client: Client) -> None:
    project = make_project()
    client.force_login(make_staff())

    page = client.post(
        reverse("admin:project_set_up", args=[project.pk]),
        pasted(project, template="\r\n\r\n{{ task.input.a | shout }}"),
    )

    assert "The template cannot be used. Line 3: unknown filter" in page.content.decode()
    assert "\r\n\r\n{{ task.input.a | shout }}" in page.content.decode()
    assert not WorkflowStep.objects.exists()


def test_the_form_begins_with_the_steps_own_template(client: Client) -> None:
    project = make_project()
    designing.set_up(project, make_staff(), **wishes())
    client.force_login(make_staff())

    form = client.get(reverse("admin:project_set_up", args=[project.pk])).context["form"]

    assert (form["template"].value(), form["pre_function"].value()) == (TEMPLATE, "")


def test_the_preview_shows_a_sample_where_there_is_no_data(client: Client) -> None:
    project = make_project()
    picture = "<crowd-form><img src='{{ task.input.photo | grant_read_access }}'></crowd-form>"
    designing.set_up(project, make_staff(), **wishes(template=picture))
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_preview", args=[project.pk]))

    assert "<img src='data:image/png;base64," in page.context["config"]["tasks"][0]["html"]


def test_the_preview_asks_the_pre_annotation_function(client: Client, settings: Settings) -> None:
    settings.ANNOTATION_FUNCTIONS = {"echo": "tests.labeling.test_own_templates:echo", "bad": "json:loads"}
    project = make_project(state="pilot_in_progress", modality="text", task_type="custom")
    make_running_batch(project, texts=("soup",))
    designing.set_up(project, make_staff(), **wishes(pre_function="echo"))
    client.force_login(make_staff())

    shown = client.get(reverse("admin:project_preview", args=[project.pk]))
    WorkflowStep.objects.update(pre_function="gone")
    refused = client.get(reverse("admin:project_preview", args=[project.pk]), follow=True)

    assert "<p>Heard: soup</p>" in shown.context["config"]["tasks"][0]["html"]
    assert "The pre-annotation function failed: There is no function “gone”" in refused.content.decode()


def test_failed_calls_are_shown_in_the_list_and_on_the_job(client: Client) -> None:
    job = make_job(make_running_batch())
    Job.objects.filter(pk=job.pk).update(hook_failures=1207, hook_error="The function “echo” answered 500.")
    client.force_login(make_staff())

    rows = client.get(reverse("admin:labeling_job_changelist")).content.decode()
    detail = client.get(reverse("admin:labeling_job_change", args=[job.pk])).content.decode()

    assert "Failed calls of its functions" in rows
    assert "1,207" in rows
    assert "The function “echo” answered 500." in detail


# --- one task that cannot be shown ----------------------------------------------------------------------------


def post(client: Client, job: Job, act: str, **body: Any) -> dict[str, Any]:
    reply = client.post(reverse(f"work_{act}", args=[job.public_id]), json.dumps(body), content_type="application/json")
    assert reply.status_code == 200, reply.content
    return reply.json()


def test_a_task_that_cannot_be_shown_fails_alone_and_the_worker_gets_the_next(client: Client) -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="custom")
    team = make_team()
    divides = "<crowd-form>{{ 12 | divided_by: task.input.taskObject }}</crowd-form>"
    job = make_job(make_running_batch(project, texts=("3", "0", "4")), team=team, workers_each=1, template=divides)
    client.force_login(make_worker(team).user)

    page = client.get(reverse("work_job", args=[job.public_id]))
    tasks = page.context["config"]["tasks"]
    for task in tasks:
        post(client, job, "submit", key=task["key"], answer={"seen": True}, seconds=3)

    assert sorted(task["html"] for task in tasks) == ["<crowd-form>3</crowd-form>", "<crowd-form>4</crowd-form>"]
    states = dict(Task.objects.values_list("data_object__source_text", "state"))
    assert states == {"3": "answered", "0": "failed", "4": "answered"}
    failures = dict(DataObject.objects.values_list("source_text", "failure"))
    assert (failures["3"], failures["4"]) == ("", "")
    assert failures["0"] == "The task cannot be shown. Line 1: divided_by: can't divide by 0"
    job.refresh_from_db()
    assert (job.state, job.ended) == ("InProgress", 1)


def test_a_function_that_makes_labels_is_refused_where_the_type_makes_them(settings: Settings) -> None:
    settings.ANNOTATION_FUNCTIONS = {"echo": "tests.labeling.test_own_templates:echo"}
    typed = {"task_type": "text-classification", "categories": ("bird", "plane"), "post_function": "echo"}

    with pytest.raises(Invalid) as refused:
        designing.set_up(make_project(), make_staff(), **wishes(**typed))

    assert refused.value.problems == [
        "Text classification makes its labels itself: a post-annotation function goes with a custom template."
    ]
