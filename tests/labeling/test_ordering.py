"""Operations put steps behind the labelling, move them and take them off; each batch runs those of its start."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from groundtruth.states import Invalid, Refused
from labeling.models import Job, StepKind, WorkflowStep
from labeling.services import jobs, ordering
from projects.models import AuditEvent, Project, User
from tests.factories import make_project, make_running_batch, make_schema, make_staff, make_team, make_worker
from workforce.models import Staffing, Team

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def staff() -> User:
    return make_staff()


@pytest.fixture
def project() -> Project:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project)
    WorkflowStep.objects.create(
        project=project, position=1, task_type="text-classification", attribute="kind", title="What is it?",
        team=make_team(), workers_each=3, machine_labels=True, most_human=5,
    )  # fmt: skip
    return project


@pytest.fixture
def others() -> Team:
    return make_team("Others")


def kinds_of(project: Project) -> list[str]:
    return list(WorkflowStep.objects.filter(project=project).order_by("position").values_list("kind", flat=True))


def add_both(project: Project, staff: User, others: Team) -> tuple[WorkflowStep, WorkflowStep]:
    validate = ordering.add_validate(project, staff, most_flagged=5)
    return validate, ordering.add_verify(project, staff, title="Look closely", team=others, workers_each=2)


def test_added_steps_stand_behind_the_labelling_and_their_team_works_for_the_project(
    project: Project, staff: User, others: Team
) -> None:
    add_both(project, staff, others)

    assert kinds_of(project) == ["label", "validate", "verify"]
    assert Staffing.objects.filter(project=project, team=others, role="labeler").exists()
    assert list(
        AuditEvent.objects.filter(project_id=project.pk, verb="add step").values_list("data__kind", flat=True)
    ) == [
        "validate",
        "verify",
    ]


def test_jobs_do_the_work_of_the_labelling_as_it_is_when_the_batch_starts(
    project: Project, staff: User, others: Team
) -> None:
    add_both(project, staff, others)
    WorkflowStep.objects.filter(project=project, kind="label").update(attribute="colour", seconds=77)
    made = jobs.create_jobs(make_running_batch(project), staff)

    assert [(job.kind, job.attribute, job.seconds) for job in made] == [
        ("label", "colour", 77),
        ("validate", "colour", 77),
        ("verify", "colour", 77),
    ]
    assert [job.team for job in made] == [made[0].team, made[0].team, others]
    assert [(job.machine_labels, job.most_human) for job in made] == [(True, 5), (False, None), (False, None)]
    assert (made[1].most_flagged, made[2].workers_each, made[2].title) == (5, 2, "Look closely")


def test_others_may_begin_with_the_label(project: Project, staff: User, others: Team) -> None:
    ordering.add_validate(project, staff, most_flagged=5)
    ordering.add_verify(project, staff, title="Mend", team=others, workers_each=1, shows_label=True)
    made = jobs.create_jobs(make_running_batch(project), staff)

    assert kinds_of(project) == ["label", "validate", "adjust"]
    assert (made[2].kind, made[2].team, made[2].shows_proposals) == ("adjust", others, True)


def test_others_come_behind_a_step_in_which_rules_look(project: Project, staff: User, others: Team) -> None:
    with pytest.raises(Refused, match="has to come before"):
        ordering.add_verify(project, staff, title="x", team=others, workers_each=1)
    validate, verify = add_both(project, staff, others)
    for act in (
        lambda: ordering.move_step(verify, staff, up=True),
        lambda: ordering.move_step(validate, staff, up=True),
        lambda: ordering.remove_step(validate, staff),
        lambda: ordering.remove_step(WorkflowStep.objects.get(project=project, kind="label"), staff),
        lambda: ordering.move_step(verify, staff, up=False),
    ):
        with pytest.raises(Refused):
            act()

    assert kinds_of(project) == ["label", "validate", "verify"]


def test_steps_change_places_and_leave(project: Project, staff: User, others: Team) -> None:
    _, verify = add_both(project, staff, others)
    again = ordering.add_validate(project, staff, most_flagged=5)
    ordering.move_step(again, staff, up=True)
    assert kinds_of(project) == ["label", "validate", "validate", "verify"]
    ordering.remove_step(again, staff)
    ordering.remove_step(WorkflowStep.objects.get(pk=verify.pk), staff)

    assert kinds_of(project) == ["label", "validate"]
    assert list(
        WorkflowStep.objects.filter(project=project).order_by("position").values_list("position", flat=True)
    ) == [1, 2]
    assert not Staffing.objects.filter(project=project, team=others).exists()


def test_labels_that_no_rule_looks_at_get_no_such_step(project: Project, staff: User) -> None:
    WorkflowStep.objects.filter(project=project).update(task_type="text-ranking")

    with pytest.raises(Refused, match="No rule looks at labels of"):
        ordering.add_validate(project, staff, most_flagged=5)


@pytest.mark.parametrize(("share", "workers", "title"), [(0, 0, "x"), (101, 10, "x"), (10, 1, "  ")])
def test_settings_out_of_bounds_are_refused(
    project: Project, staff: User, others: Team, share: int, workers: int, title: str
) -> None:
    if share != 10:
        with pytest.raises(Invalid):
            ordering.add_validate(project, staff, most_flagged=share)
    with pytest.raises(Invalid):
        ordering.add_verify(project, staff, title=title, team=others, workers_each=workers)


def test_a_closed_project_keeps_its_steps(project: Project, staff: User) -> None:
    Project.objects.filter(pk=project.pk).update(state="production_complete")

    with pytest.raises(Refused):
        ordering.add_validate(project, staff, most_flagged=5)


# --- the page -----------------------------------------------------------------------------------------------


@pytest.fixture
def desk(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


def page_of(project: Project) -> str:
    return reverse("admin:project_steps", args=[project.pk])


def test_the_page_adds_moves_and_removes_steps(project: Project, desk: Client, others: Team) -> None:
    desk.post(page_of(project), {"add": "validate", "validate-most_flagged": "7"})
    desk.post(
        page_of(project),
        {"add": "verify", "verify-title": "Look", "verify-team": others.pk, "verify-workers_each": "2"},
    )
    assert kinds_of(project) == ["label", "validate", "verify"]
    shown = desk.get(page_of(project)).content.decode()
    assert "At most 7 % of the labels are looked at again." in shown
    assert f"{others} has 0 active workers, and an object needs 2 different ones" in shown.replace("&#x27;", "'")
    verify = WorkflowStep.objects.get(project=project, kind="verify")
    desk.post(page_of(project), {"remove": verify.pk})

    assert kinds_of(project) == ["label", "validate"]


def test_one_team_for_both_needs_people_for_both(project: Project, desk: Client, staff: User) -> None:
    team = WorkflowStep.objects.get(project=project).team
    for _ in range(4):
        make_worker(team)
    ordering.add_validate(project, staff, most_flagged=5)
    ordering.add_verify(project, staff, title="Look", team=team, workers_each=2)
    assert "has 4 active workers, and an object needs 5 different ones" in desk.get(page_of(project)).content.decode()
    make_worker(team)

    assert "different ones" not in desk.get(page_of(project)).content.decode()


def test_what_is_wrong_stands_at_the_form(project: Project, desk: Client) -> None:
    shown = desk.post(page_of(project), {"add": "validate", "validate-most_flagged": "0"})
    team = WorkflowStep.objects.get(project=project).team
    refused = desk.post(
        page_of(project), {"add": "verify", "verify-title": "x", "verify-team": team.pk, "verify-workers_each": "1"}
    )

    assert "greater than or equal to 1" in shown.content.decode()
    assert ordering.NO_VALIDATE in refused.content.decode()
    assert kinds_of(project) == ["label"]


def test_a_step_of_another_project_cannot_be_named(project: Project, desk: Client, staff: User) -> None:
    other = make_project()
    mine = ordering.add_validate(project, staff, most_flagged=5)

    assert desk.post(page_of(other), {"remove": mine.pk}).status_code == 302
    WorkflowStep.objects.create(
        project=other, position=1, task_type="text-classification", attribute="kind", title="x", team=mine.team
    )
    assert desk.post(page_of(other), {"remove": mine.pk}).status_code == 404
    assert WorkflowStep.objects.filter(pk=mine.pk).exists()


def test_a_project_without_a_design_is_set_up_first(desk: Client) -> None:
    project = make_project()

    assert desk.get(page_of(project)).headers["Location"] == reverse("admin:project_set_up", args=[project.pk])


def test_only_operations_see_the_page(project: Project) -> None:
    assert Client().get(page_of(project)).status_code == 302
    assert StepKind.values == ["label", "validate", "verify", "adjust"]
    assert not Job.objects.exists()
