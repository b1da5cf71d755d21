"""Stages of a project that hang on its batches."""

from __future__ import annotations

import pytest
from django.utils import timezone

from batches import stages
from groundtruth.states import Conflict, Refused
from projects.models import AuditEvent, Project
from tests.factories import make_project, make_running_batch, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("state", ["data_received", "in_progress", "ready_for_review", "data_delivered"])
def test_the_pilot_starts_with_data(state: str) -> None:
    project, olga = make_project(state="workflow_setup"), make_staff()
    make_running_batch(project, state=state)

    stages.start_pilot(project, olga)

    assert Project.objects.get(pk=project.pk).state == "pilot_in_progress"
    assert AuditEvent.objects.get(verb="start_pilot").actor_id == olga.pk


@pytest.mark.parametrize("state", ["", "request_submitted", "data_transfer_in_progress", "data_transfer_failed"])
def test_the_pilot_does_not_start_without_data(state: str) -> None:
    project = make_project(state="workflow_setup")
    if state:
        make_running_batch(project, state=state)

    with pytest.raises(Refused, match="begins with data"):
        stages.start_pilot(project, None)


def test_a_closed_batch_is_no_data_and_a_paused_one_is_what_it_was() -> None:
    project = make_project(state="workflow_setup")
    make_running_batch(project, state="data_received", closed_at=timezone.now())
    make_running_batch(project, state="paused", state_before_pause="request_submitted")

    with pytest.raises(Refused):
        stages.start_pilot(project, None)

    make_running_batch(project, state="paused", state_before_pause="data_received")
    stages.start_pilot(project, None)


def test_the_pilot_starts_once() -> None:
    project = make_project(state="workflow_setup")
    make_running_batch(project, state="data_received")
    same = Project.objects.get(pk=project.pk)
    stages.start_pilot(project, None)

    with pytest.raises(Conflict):
        stages.start_pilot(same, None)


def test_nothing_starts_in_a_closed_project() -> None:
    project = make_project(state="workflow_setup", closed_at=timezone.now(), closed_reason="No.")
    make_running_batch(project, state="data_received")

    with pytest.raises(Refused, match="closed"):
        stages.start_pilot(project, None)


@pytest.mark.parametrize(
    ("stage", "left", "entered", "act"),
    [
        ("pilot", "pilot_in_progress", "pilot_complete", stages.finish_pilot),
        ("production", "production_in_progress", "production_complete", stages.finish),
    ],
)
class TestTheEnd:
    def test_comes_when_each_batch_is_delivered_or_closed(self, stage, left, entered, act) -> None:
        project = make_project(state=left, stage=stage)
        make_running_batch(project, stage=stage, state="data_delivered")
        make_running_batch(project, stage=stage, state="in_progress", closed_at=timezone.now(), closed_reason="Twice.")
        make_running_batch(project, stage=stage, state="data_transfer_failed")

        act(project, None)

        assert Project.objects.get(pk=project.pk).state == entered

    @pytest.mark.parametrize("state", ["data_received", "in_progress", "ready_for_review", "accepted", "rejected"])
    def test_waits_for_a_batch_under_way(self, stage, left, entered, act, state) -> None:
        project = make_project(state=left, stage=stage)
        make_running_batch(project, stage=stage, state="data_delivered")
        late = make_running_batch(project, stage=stage, state=state)

        with pytest.raises(Refused, match=late.name):
            act(project, None)

    def test_needs_a_batch(self, stage, left, entered, act) -> None:
        with pytest.raises(Refused, match="No batch"):
            act(make_project(state=left, stage=stage), None)

    def test_is_once(self, stage, left, entered, act) -> None:
        project = make_project(state=left, stage=stage)
        make_running_batch(project, stage=stage, state="data_delivered")
        same = Project.objects.get(pk=project.pk)
        act(project, None)

        with pytest.raises(Conflict):
            act(same, None)


def test_a_pilot_batch_does_not_hold_up_production() -> None:
    project = make_project(state="production_in_progress", stage="production")
    make_running_batch(project, stage="pilot", state="in_progress")
    make_running_batch(project, stage="production", state="data_delivered")

    stages.finish(project, None)

    assert Project.objects.get(pk=project.pk).state == "production_complete"
