"""The state machine of a project: every event from every state, against the table of portal.md 3 written out here."""

from __future__ import annotations

import pytest

from groundtruth.states import Column, Conflict, move, move_many
from projects.models import AuditEvent, Project
from projects.states import PROJECT, ProjectState
from tests.factories import make_project

pytestmark = [pytest.mark.django_db, pytest.mark.database]

TABLE = {
    "approve": {"review_in_progress": "request_approved"},
    "set_up": {"request_approved": "workflow_setup"},
    "start_pilot": {"workflow_setup": "pilot_in_progress"},
    "finish_pilot": {"pilot_in_progress": "pilot_complete"},
    "price": {"pilot_complete": "pricing_complete"},
    "sign": {"pricing_complete": "contract_executed"},
    "go_live": {"contract_executed": "production_in_progress"},
    "finish": {"production_in_progress": "production_complete"},
    "pause": {
        "request_approved": "paused",
        "workflow_setup": "paused",
        "pilot_in_progress": "paused",
        "production_in_progress": "paused",
    },
    "resume": {"paused": "pilot_in_progress"},  # the state that the factory's project was paused in
}


def test_there_are_ten_states_and_these_events():
    assert len(ProjectState.values) == 10
    assert set(PROJECT) == set(TABLE)
    assert PROJECT["resume"][1] == Column("state_before_pause")


@pytest.mark.parametrize("event", TABLE)
def test_each_event_leaves_what_the_table_says_and_nothing_else(event: str):
    for state in ProjectState.values:
        project = make_project(state=state)
        values = {"pause": {"state_before_pause": state}, "resume": {"state_before_pause": ""}}.get(event, {})

        try:
            move(project, event, None, **values)
            entered = project.state
        except Conflict:
            entered = None

        assert entered == TABLE[event].get(state), (event, state)
        project.refresh_from_db()
        assert project.state == (entered or state)


def test_a_stale_row_still_moves_once():
    project = make_project(state="review_in_progress")
    stale = Project.objects.get(pk=project.pk)
    move(project, "approve", None)

    with pytest.raises(Conflict, match="cannot go on with “approve”"):
        move(stale, "approve", None)


def test_each_move_is_audited_with_where_from_and_where_to():
    project = make_project(state="review_in_progress")

    move(project, "approve", None)

    event = AuditEvent.objects.get(target_id=project.pk, verb="approve")
    assert event.data == {"left": "review_in_progress", "entered": "request_approved"}
    assert (event.project_id, event.organization_id, event.actor) == (project.pk, project.organization_id, "system")


def test_moving_many_leaves_out_what_may_not():
    moved = [make_project(state="review_in_progress"), make_project(state="review_in_progress")]
    other = make_project(state="pilot_complete")

    count = move_many(Project.objects.all(), "approve", None)

    assert count == 2
    assert {Project.objects.get(pk=p.pk).state for p in moved} == {"request_approved"}
    assert Project.objects.get(pk=other.pk).state == "pilot_complete"
