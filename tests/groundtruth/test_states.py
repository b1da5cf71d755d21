"""State machines: one conditional UPDATE, one signal, losing is an exception with a sentence."""

from __future__ import annotations

import pytest

from batches.models import Batch
from batches.states import BATCH, BatchState
from groundtruth.states import Column, Conflict, may, move, move_many, moved
from labeling.models import Task
from projects.states import PROJECT, ProjectState
from tests.factories import make_job, make_running_batch

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_move_changes_the_row_and_tells_once() -> None:
    heard = []

    def listen(sender: type, rows: list[Batch], event: str, left: str, entered: str, **_: object) -> None:
        heard.append((sender, rows[0].pk, event, left, entered))

    batch = make_running_batch()
    moved.connect(listen, sender=Batch)
    try:
        move(batch, "finish", None, to_review=3)
    finally:
        moved.disconnect(listen, sender=Batch)

    assert heard == [(Batch, batch.pk, "finish", "in_progress", "ready_for_review")]
    assert Batch.objects.values_list("state", "to_review").get(pk=batch.pk) == ("ready_for_review", 3)
    assert (batch.state, batch.to_review) == ("ready_for_review", 3)


def test_a_move_from_a_stale_row_is_a_conflict_and_changes_nothing() -> None:
    batch = make_running_batch()
    stale = Batch.objects.get(pk=batch.pk)
    move(batch, "finish", None)

    with pytest.raises(Conflict, match="cannot go on with “finish” now"):
        move(stale, "finish", None)
    assert Batch.objects.get(pk=batch.pk).state == "ready_for_review"


def test_an_event_that_the_state_does_not_know_is_a_conflict() -> None:
    batch = make_running_batch()

    assert may(batch, "finish") is True
    assert may(batch, "deliver") is False
    with pytest.raises(Conflict):
        move(batch, "deliver", None)


def test_a_flag_among_the_values_is_stored() -> None:
    batch = make_running_batch()

    move(batch, "finish", None, description="seen", to_review=0)

    assert Batch.objects.get(pk=batch.pk).description == "seen"


def test_resume_enters_the_state_before_the_pause() -> None:
    batch = make_running_batch()
    move(batch, "pause", None, state_before_pause=batch.state)

    move(batch, "resume", None, state_before_pause="")

    assert Batch.objects.values_list("state", "state_before_pause").get(pk=batch.pk) == ("in_progress", "")


def test_many_rows_move_at_once_and_those_elsewhere_stay() -> None:
    job = make_job(make_running_batch(texts=("a", "b", "c")))
    first = Task.objects.filter(job=job).first()
    move(first, "cancel", None)

    count = move_many(Task.objects.filter(job=job), "fill", None, open_slots=0)

    assert count == 2
    assert sorted(Task.objects.values_list("state", flat=True)) == ["answered", "answered", "cancelled"]


@pytest.mark.parametrize(("machine", "states"), [(PROJECT, ProjectState), (BATCH, BatchState)])
def test_machines_name_only_states_that_exist_and_reach_all_of_them(machine, states) -> None:
    left = {state for leaves, _ in machine.values() for state in leaves}
    entered = {target for _, target in machine.values() if not isinstance(target, Column)}
    first = "review_in_progress" if states is ProjectState else "request_submitted"

    assert left | entered == set(states.values)
    assert entered == set(states.values) - {first}
