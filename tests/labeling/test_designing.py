"""The workflow's set-up: versions, steps, staffing, pictures; and the preview, which stores nothing."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from batches import services as batch_services
from groundtruth.states import Invalid, Refused
from groundtruth.storage import get_store, parse_uri
from labeling.models import Assignment, Job, WorkflowStep
from labeling.services import designing
from projects.models import AuditEvent, LabelSchema, Project
from tests.factories import make_grant, make_project, make_running_batch, make_schema, make_staff, make_team
from workforce.models import Staffing, Team, Vendor

pytestmark = pytest.mark.django_db


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30)) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    out.seek(0)
    return out


def wishes(**changes: Any) -> dict[str, Any]:
    return {
        "task_type": "image-classification",
        "categories": ["heron", "kite"],
        "title": "Which bird?",
        "attribute": "bird",
        "workers_each": 3,
        "seconds": 300,
        "sample_percent": 5,
        "short_instructions": "Look.",
        **({} if "team" in changes else {"team": make_team()}),
        **changes,
    }


def test_the_first_set_up_makes_version_step_staffing_and_moves_the_project() -> None:
    olga, project, team = make_staff(), make_project(), make_team()

    schema = designing.set_up(project, olga, **wishes(team=team, sample_percent=8))

    project.refresh_from_db()
    step = WorkflowStep.objects.get(project=project)
    assert (schema.version, schema.categories, schema.short_instructions) == (1, ["heron", "kite"], "Look.")
    assert (step.title, step.attribute, step.workers_each, step.seconds, step.team) == (
        "Which bird?",
        "bird",
        3,
        300,
        team,
    )
    assert (project.state, project.sample_percent) == ("workflow_setup", 8)
    assert list(Staffing.objects.values_list("project", "team", "role")) == [(project.pk, team.pk, "labeler")]
    assert AuditEvent.objects.filter(verb="set up workflow", project_id=project.pk, actor_id=olga.pk).count() == 1


def test_a_change_is_a_new_version_and_a_repeat_is_none() -> None:
    olga, project, team = make_staff(), make_project(), make_team()
    first = designing.set_up(project, olga, **wishes(team=team))

    repeated = designing.set_up(project, olga, **wishes(team=team))
    second = designing.set_up(project, olga, **wishes(team=team, categories=["heron", "kite", "crane"]))

    first.refresh_from_db()
    assert (repeated.pk, second.version, first.categories) == (first.pk, 2, ["heron", "kite"])
    assert WorkflowStep.objects.filter(project=project).count() == 1


def test_a_batch_that_runs_keeps_its_version_and_its_jobs() -> None:
    olga, project, team = make_staff(), make_project(), make_team()
    designing.set_up(project, olga, **wishes(team=team))
    Project.objects.filter(pk=project.pk).update(state="pilot_in_progress")
    batch = make_running_batch(Project.objects.get(pk=project.pk), state="data_received")
    batch_services.start(batch, olga)

    designing.set_up(
        Project.objects.get(pk=project.pk), olga, **wishes(team=team, categories=["a", "b"], workers_each=5)
    )

    batch.refresh_from_db()
    assert batch.schema is not None
    assert batch.schema.categories == ["heron", "kite"]
    assert Job.objects.get(batch=batch).workers_each == 3


def test_another_team_takes_the_place_of_the_first() -> None:
    olga, project, other = make_staff(), make_project(), make_team("Night shift")
    designing.set_up(project, olga, **wishes())

    designing.set_up(project, olga, **wishes(team=other))

    assert list(Staffing.objects.values_list("team", flat=True)) == [other.pk]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"categories": ["heron"]}, "Image classification takes 2 to 50 categories; these are 1."),
        ({"categories": ["heron", "Heron"]}, "“Heron” is there twice."),
        ({"categories": ["heron", "k" * 101]}, f"“{'k' * 30}…” has more than 100 characters."),
        ({"attribute": "bird-ref"}, "Only labels that are files have names that end with -ref."),
        ({"workers_each": 10}, "From 1 to 9 workers label an object."),
        ({"seconds": 5}, "The time limit of a task is from 30 seconds to 30 days."),
        ({"task_type": "divination"}, "Choose what people do."),
        ({"title": " "}, "Give the work a title: workers see it."),
        ({"sample_percent": 101}, "The review sample is from 0 to 100 %."),
        (
            {"good_image": BytesIO(b"GIF89a not a picture")},
            "The good example: this is no PNG or JPEG picture that can be opened.",
        ),
        (
            {"bad_image": BytesIO(picture().getvalue()[:60])},
            "The bad example: this is no PNG or JPEG picture that can be opened.",
        ),
        ({"bad_image": BytesIO(b"x" * (5 * 2**20 + 1))}, "The bad example: a picture has at most 5 MB."),
    ],
)
def test_a_design_that_cannot_be_is_refused_in_words(change: dict[str, Any], problem: str) -> None:
    project = make_project()

    with pytest.raises(Invalid) as refused:
        designing.set_up(project, make_staff(), **wishes(**change))

    project.refresh_from_db()
    assert refused.value.problems == [problem]
    assert (project.state, LabelSchema.objects.count(), WorkflowStep.objects.count()) == ("request_approved", 0, 0)


def test_a_picture_of_too_many_pixels_is_refused(settings: Any) -> None:
    settings.MAX_IMAGE_PIXELS = 1000

    assert designing.picture_problem(picture().getvalue()) == ("this picture has too many pixels.", "")


@pytest.mark.parametrize("state", ["review_in_progress", "production_complete"])
def test_before_approval_and_after_the_end_nothing_is_set_up(state: str) -> None:
    with pytest.raises(Refused):
        designing.set_up(make_project(state=state), make_staff(), **wishes())


def test_examples_are_stored_in_the_projects_own_prefix_kept_and_taken_away() -> None:
    olga, project, team = make_staff(), make_project(), make_team()

    first = designing.set_up(project, olga, **wishes(team=team, good_image=picture("JPEG"), good_caption="Clear"))
    kept = designing.set_up(project, olga, **wishes(team=team, good_caption="Sharp"))
    gone = designing.set_up(project, olga, **wishes(team=team, good_image=""))

    assert parse_uri(first.good_example).key.startswith(f"{project.prefix}instructions/")
    assert get_store().read(parse_uri(first.good_example)) == picture("JPEG").getvalue()
    assert (kept.good_example, kept.good_caption, gone.good_example) == (first.good_example, "Sharp", "")


# --- pages --------------------------------------------------------------------------------------------


def form_of(project: Project, **changes: Any) -> dict[str, Any]:
    values = wishes(**changes)
    return {**values, "team": values["team"].pk, "categories": "\r\n".join(values["categories"])}


def test_the_form_begins_with_the_request(client: Client) -> None:
    project = make_project(categories=["bird", "plane"], title="Sky things")
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_set_up", args=[project.pk]))

    form = page.context["form"]
    assert (form["categories"].value(), form["attribute"].value(), form["workers_each"].value()) == (
        "bird\nplane",
        "sky-things",
        3,
    )


@pytest.mark.parametrize(("wish", "tier"), [("own", "internal"), ("vendor", "vendor"), ("any", None), ("mix", None)])
def test_the_form_begins_with_a_team_of_the_wished_kind(client: Client, wish: str, tier: str | None) -> None:
    make_team()
    Team.objects.create(vendor=Vendor.objects.create(name="Certified", tier="vendor"), name="Night")
    project = make_project(wish=wish)
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_set_up", args=[project.pk]))

    chosen = Team.objects.filter(pk=page.context["form"]["team"].value() or 0).first()
    assert (chosen.vendor.tier if chosen else None) == tier


def test_the_set_up_shows_all_that_was_asked_for(client: Client) -> None:
    project = make_project(objects_expected=1200, turnaround_days=14, languages="Norwegian", target=95, wish="mix")
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_set_up", args=[project.pk])).content.decode()

    for words in ("1,200", "14 days", "Norwegian", "95 %", "A mix of both"):
        assert words in page, words


USUAL = "What the machine’s labels have to keep. Empty: what is usual for the task type."
OVERLAP = "The machine promises a mean overlap (IoU) here, which is another measure and hardly so high."


@pytest.mark.parametrize(
    ("task_type", "wanted", "begun", "words"),
    [
        ("image-classification", None, None, [USUAL]),
        ("image-classification", 97, 97.0, [USUAL, "The customer wants an accuracy of 97 %."]),
        ("text-multilabel", 90, 90.0, [USUAL, "The customer wants an accuracy of 90 %."]),
        ("image-classification", 100, 99.9, [
            USUAL, "The customer wants an accuracy of 100 %.", "The most that a machine can promise is 99.9 %."]),
        ("bounding-box", 95, None, [USUAL, "The customer wants an accuracy of 95 %.", OVERLAP]),
        ("semantic-segmentation", 100, None, [USUAL, "The customer wants an accuracy of 100 %.", OVERLAP]),
        ("text-ranking", 95, None, [USUAL, "The customer wants an accuracy of 95 %."]),
    ],
)  # fmt: skip
def test_the_machine_begins_with_the_wanted_accuracy_where_it_promises_one(
    task_type: str, wanted: int | None, begun: float | None, words: list[str], client: Client
) -> None:
    modality = "text" if task_type.startswith("text") else "image"
    project = make_project(task_type=task_type, modality=modality, target=wanted)
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_set_up", args=[project.pk]))

    field = page.context["form"]["target"]
    assert (field.value(), field.help_text) == (begun, " ".join(words))
    assert " ".join(words) in page.content.decode()


def test_the_form_sets_up_and_leads_to_the_project(client: Client) -> None:
    project = make_project()
    client.force_login(make_staff())
    data = form_of(project) | {"good_image": SimpleUploadedFile("a.png", picture().getvalue())}

    response = client.post(reverse("admin:project_set_up", args=[project.pk]), data)

    project.refresh_from_db()
    assert response.url == reverse("admin:projects_project_change", args=[project.pk])
    assert (project.state, LabelSchema.objects.get().good_example[-4:]) == ("workflow_setup", ".png")


def test_a_mistake_stays_on_the_form_with_all_that_was_typed(client: Client) -> None:
    project = make_project()
    client.force_login(make_staff())

    page = client.post(
        reverse("admin:project_set_up", args=[project.pk]), form_of(project, categories=["one"], title="Which one?")
    )

    assert "takes 2 to 50 categories" in page.content.decode()
    assert 'value="Which one?"' in page.content.decode()


def test_the_preview_shows_the_first_object_and_stores_nothing(client: Client) -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_grant(project)
    make_running_batch(project, texts=("The soup was cold.",), state="data_received")
    olga = make_staff()
    designing.set_up(project, olga, **wishes(task_type="text-classification"))
    client.force_login(olga)

    page = client.get(reverse("admin:project_preview", args=[project.pk]))

    config = page.context["config"]
    assert (config["preview"], len(config["tasks"])) == (True, 1)
    assert "The soup was cold." in config["tasks"][0]["html"]
    assert (Job.objects.count(), Assignment.objects.count()) == (0, 0)


def test_the_preview_without_data_shows_an_example(client: Client) -> None:
    project = make_project()
    designing.set_up(project, make_staff(), **wishes())
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_preview", args=[project.pk]))

    assert "data:image/svg+xml" in page.context["config"]["tasks"][0]["html"]


def test_the_preview_before_the_set_up_leads_to_it(client: Client) -> None:
    project = make_project()
    make_schema(project)
    client.force_login(make_staff())

    response = client.get(reverse("admin:project_preview", args=[project.pk]))

    assert response.url == reverse("admin:project_set_up", args=[project.pk])


def test_what_a_task_type_needs_is_not_called_optional(client: Client) -> None:
    project = make_project(state="request_approved")
    client.force_login(make_staff())

    page = client.get(reverse("admin:project_set_up", args=[project.pk])).content.decode()

    labels = dict(re.findall(r'<label for="id_([\w/-]+)">([^<]*?)\s*(?:<|$)', page))
    optional = set(re.findall(r'<label for="id_([\w/-]+)">[^<]*<span class="optional">', page))
    assert labels["adjustment-bounding-box/attribute"] == "Earlier label"
    assert not {"categories", "adjustment-bounding-box/attribute", "verification-bounding-box/attribute"} & optional
    assert "bounding-box/shape_attributes" in optional
