"""What happens to a batch: the whole table of states, and each service as it works, refuses, repeats and is raced."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist

from batches import metrics, services
from batches.models import Batch, BatchDay, BatchDecision, DataObject, Delivery, Manifest, ObjectFeedback, Review
from batches.states import BATCH, BatchState
from groundtruth.states import Column, Conflict, Invalid, Refused, move
from projects.models import AuditEvent, Notice, Project
from tests.factories import (
    make_batch,
    make_grant,
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_schema,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ROAD = {  # spec/portal.md 7, written out once more: (from, event) → to
    ("request_submitted", "transfer"): "data_transfer_in_progress",
    ("request_submitted", "refuse"): "data_transfer_failed",
    ("data_transfer_in_progress", "data_ok"): "data_received",
    ("data_transfer_in_progress", "data_failed"): "data_transfer_failed",
    ("data_received", "start"): "in_progress",
    ("in_progress", "finish"): "ready_for_review",
    ("ready_for_review", "send_review"): "review_submission_in_progress",
    ("review_submission_in_progress", "store_review"): "review_complete",
    ("ready_for_review", "accept"): "accepted",
    ("review_complete", "accept"): "accepted",
    ("ready_for_review", "reject"): "rejected",
    ("review_complete", "reject"): "rejected",
    ("rejected", "rework"): "sent_for_rework",
    ("sent_for_rework", "finish"): "ready_for_review",
    ("accepted", "write"): "ready_for_delivery",
    ("accepted", "deliver"): "data_delivered",
    ("ready_for_delivery", "deliver"): "data_delivered",
    ("request_submitted", "pause"): "paused",
    ("data_received", "pause"): "paused",
    ("in_progress", "pause"): "paused",
    ("ready_for_review", "pause"): "paused",
    ("sent_for_rework", "pause"): "paused",
    ("paused", "resume"): "data_received",
}


def batch_in(state: str, **fields: Any) -> Batch:
    """A batch without tasks in this state; a paused one had its data."""
    before = "data_received" if state == "paused" else ""
    project = fields.pop("project", None) or make_project(state="pilot_in_progress")
    return make_running_batch(project, state=state, state_before_pause=before, **fields)


@pytest.mark.parametrize("event", BATCH)
@pytest.mark.parametrize("state", BatchState.values)
def test_each_state_is_left_by_its_events_alone(state: str, event: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundtruth.states.moved.send", lambda *args, **kwargs: [])  # the table, not what follows
    batch = batch_in(state)
    expected = ROAD.get((state, event))
    values = {"state_before_pause": state if event == "pause" else ""} if event in ("pause", "resume") else {}

    if expected is None:
        with pytest.raises(Conflict):
            move(batch, event, None, **values)
    else:
        move(batch, event, None, **values)

    assert Batch.objects.get(pk=batch.pk).state == (expected or state)


def test_the_table_is_complete() -> None:
    built = {(left, event): to for event, (leaves, to) in BATCH.items() for left in leaves}

    assert {key: "data_received" if isinstance(to, Column) else to for key, to in built.items()} == ROAD


# --- a new batch ----------------------------------------------------------------------------------


def open_project(**fields: Any) -> Project:
    project = make_project(**{"state": "request_approved", **fields})
    make_grant(project, "in")
    make_grant(project, "out")
    return project


def places(project: Project) -> dict[str, str]:
    return {
        "input_uri": f"s3://groundtruth/{project.prefix}in/a/",
        "output_uri": f"s3://groundtruth/{project.prefix}out",
    }


def request(project: Project, name: str = "week 46", **changes: str) -> Batch:
    return services.create_batch(project, make_user("Ada"), name=name, description="", **{**places(project), **changes})


def test_create_batch_begins_its_transfer() -> None:
    project = open_project()

    batch = request(project)

    assert (batch.state, batch.slug, batch.stage) == ("request_submitted", "week-46", "pilot")
    assert batch.output_uri == f"s3://groundtruth/{project.prefix}out/"
    assert Manifest.objects.get(batch=batch).uri == batch.input_uri
    assert AuditEvent.objects.filter(verb="request batch", target_id=batch.pk).count() == 1


def test_create_batch_of_production_is_a_production_batch() -> None:
    assert request(open_project(state="production_in_progress", stage="production")).stage == "production"


@pytest.mark.parametrize("state", ["review_in_progress", "paused", "production_complete"])
def test_create_batch_is_refused_while_the_project_takes_none(state: str) -> None:
    with pytest.raises(Refused):
        request(open_project(state=state))


def test_create_batch_is_refused_in_a_closed_project() -> None:
    from django.utils import timezone

    with pytest.raises(Refused, match="closed"):
        request(open_project(closed_at=timezone.now(), closed_reason="No."))


def test_create_batch_repeated_says_that_the_name_is_in_use_in_any_case() -> None:
    project = open_project()
    request(project)

    with pytest.raises(Invalid, match="Choose another name"):
        request(project, "WEEK 46")


def test_create_batch_tells_every_place_that_is_not_granted_at_once() -> None:
    project = open_project()

    with pytest.raises(Invalid) as refusal:
        request(project, input_uri="s3://other/x/", output_uri="not an address")

    assert len(refusal.value.problems) == 2


def test_create_batch_may_not_read_what_was_revoked() -> None:
    from django.utils import timezone

    project = open_project()
    project.grants.filter(direction="in").update(revoked_at=timezone.now())

    with pytest.raises(Invalid, match="no leave to read"):
        request(project)


# --- labelling ------------------------------------------------------------------------------------


def test_start_needs_a_project_that_is_labelling() -> None:
    with pytest.raises(Refused, match="Start the pilot"):
        services.start(batch_in("data_received", project=make_project(state="workflow_setup")), None)


def test_start_needs_categories() -> None:
    batch = make_batch(make_project(state="pilot_in_progress", modality="text"), state="data_received")

    with pytest.raises(Refused, match="categories"):
        services.start(batch, None)


def test_start_is_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.jobs.create_jobs", lambda batch, by: [])
    batch = batch_in("data_received")
    same = Batch.objects.get(pk=batch.pk)

    services.start(batch, None)

    assert Batch.objects.get(pk=batch.pk).schema_id is not None
    with pytest.raises(Conflict):
        services.start(same, None)


def test_finish_draws_the_sample_and_tells_owners_and_managers() -> None:
    organization = make_organization()
    make_member(organization, "owner")
    make_member(organization, "viewer", name="Vera")
    project = make_project(organization, state="pilot_in_progress", sample_percent=20)
    batch = batch_in("in_progress", project=project, texts=tuple("abcdefghijk"))
    DataObject.objects.filter(batch=batch).update(done_by="human")

    services.finish(batch)

    batch.refresh_from_db()
    assert (batch.state, batch.to_review) == ("ready_for_review", 3)
    assert DataObject.objects.filter(batch=batch, sample_round=1).count() == 3
    assert Notice.objects.filter(kind="batch_ready").count() == 1


def test_draw_sample_draws_the_same_again() -> None:
    batch = batch_in("in_progress", texts=tuple("abcdefghij"))
    DataObject.objects.filter(batch=batch).update(done_by="human")

    services.draw_sample(batch)
    first = set(DataObject.objects.filter(sample_round=1).values_list("pk", flat=True))
    services.draw_sample(batch)

    assert set(DataObject.objects.filter(sample_round=1).values_list("pk", flat=True)) == first != set()


# --- review and decision --------------------------------------------------------------------------


def say(batch: Batch, verdict: str = "wrong", comment: str = "A plane.", by: Any = None) -> ObjectFeedback:
    first = batch.data_objects.order_by("ordinal")[0]
    return services.give_feedback(batch, first, by or make_user("Ben"), verdict=verdict, comment=comment)


def test_feedback_is_kept_as_typed_and_a_later_word_replaces_it() -> None:
    batch, ben = batch_in("ready_for_review"), make_user("Ben")

    say(batch, by=ben)
    say(batch, "right", "  No, a bird.\n", by=ben)

    kept = ObjectFeedback.objects.get()
    assert (kept.verdict, kept.comment, kept.round) == ("right", "  No, a bird.\n", 1)


def test_feedback_emptied_is_gone() -> None:
    batch, ben = batch_in("in_progress"), make_user("Ben")
    say(batch, by=ben)

    say(batch, "", " ", by=ben)

    assert not ObjectFeedback.objects.exists()


@pytest.mark.parametrize("state", ["review_submission_in_progress", "review_complete", "accepted", "data_delivered"])
def test_feedback_is_refused_when_the_round_was_sent(state: str) -> None:
    with pytest.raises(Refused):
        say(batch_in(state))


@pytest.mark.parametrize(("verdict", "comment"), [("maybe", ""), ("wrong", "x" * 4001)])
def test_feedback_that_makes_no_sense_is_invalid(verdict: str, comment: str) -> None:
    with pytest.raises(Invalid):
        say(batch_in("ready_for_review"), verdict, comment)


def test_review_is_sent_once_and_stored_once() -> None:
    batch = batch_in("ready_for_review", to_review=3)
    say(batch)
    same = Batch.objects.get(pk=batch.pk)

    services.send_review(batch, make_user("Ben"))
    with pytest.raises(Conflict):
        services.send_review(same, make_user("Ada"))
    services.store_review(Review.objects.get())
    services.store_review(Review.objects.get())

    batch.refresh_from_db()
    assert (batch.state, batch.with_feedback, batch.to_review) == ("review_complete", 1, 0)


@pytest.mark.parametrize("state", ["ready_for_review", "review_complete"])
def test_accepting_begins_the_delivery(state: str) -> None:
    project = open_project(state="pilot_in_progress")
    make_schema(project)
    batch, ada = batch_in(state, project=project), make_user("Ada")

    services.decide(batch, ada, accept=True)

    delivery = Delivery.objects.get(batch=batch)
    assert Batch.objects.get(pk=batch.pk).state == "accepted"
    assert (delivery.round, delivery.prefix, delivery.grant.direction) == (1, batch.output_uri, "out")
    assert BatchDecision.objects.get(batch=batch).decided_by == ada


def test_rejecting_keeps_the_reason_and_delivers_nothing() -> None:
    batch = batch_in("ready_for_review")

    services.decide(batch, make_user("Ada"), accept=False, reason="Birds are called planes.")

    assert Batch.objects.get(pk=batch.pk).state == "rejected"
    assert BatchDecision.objects.get(batch=batch).reason == "Birds are called planes."
    assert not Delivery.objects.exists()


def test_of_two_decisions_the_first_stands() -> None:
    batch = batch_in("ready_for_review")
    same = Batch.objects.get(pk=batch.pk)
    services.decide(batch, make_user("Ada"), accept=False, reason="No.")

    with pytest.raises(Conflict):
        services.decide(same, make_user("Ben"), accept=True)

    assert Batch.objects.get(pk=batch.pk).state == "rejected"
    assert BatchDecision.objects.get(batch=batch).verdict == "reject"
    assert not Delivery.objects.exists()


# --- pause, close, deliver ------------------------------------------------------------------------


def test_objects_with_feedback_are_counted_as_it_is_given() -> None:
    batch, ben, ada = batch_in("in_progress"), make_user("Ben"), make_user("Ada")
    counts = []

    for by, comment in ((ben, "A plane."), (ada, "A kite."), (ben, ""), (ada, "")):
        say(batch, verdict="", comment=comment, by=by)
        counts.append(Batch.objects.get(pk=batch.pk).with_feedback)

    assert counts == [1, 1, 1, 0]


def test_what_was_said_while_people_worked_counts_in_the_review() -> None:
    batch = batch_in("in_progress")
    say(batch)

    services.finish(batch)

    assert Batch.objects.values_list("state", "with_feedback").get() == ("ready_for_review", 1)


@pytest.mark.parametrize("accept", [True, False])
def test_nothing_is_left_to_review_once_it_is_decided(accept: bool) -> None:
    batch = batch_in("ready_for_review", to_review=3)

    services.decide(batch, make_user("Ada"), accept=accept)

    assert Batch.objects.get(pk=batch.pk).to_review == 0


def test_a_wish_needs_a_reason_and_a_batch_that_is_open() -> None:
    batch = batch_in("in_progress")

    with pytest.raises(Invalid, match="Say why"):
        services.ask(batch, make_user("Ada"), wish="pause", reason="  ")
    services.close(batch, make_user("Ada"), "not needed")
    batch.refresh_from_db()
    with pytest.raises(Refused, match="cannot be asked to pause"):
        services.ask(batch, make_user("Ada"), wish="pause", reason="Holidays")

    assert Batch.objects.get().ask == ""


def test_a_pause_keeps_the_state_and_settles_the_wish() -> None:
    batch = batch_in("in_progress")
    services.ask(batch, make_user("Ada"), wish="pause", reason="Wrong files.")
    asked = Batch.objects.get(pk=batch.pk)

    wish = (asked.ask, asked.ask_reason)
    services.pause(asked, None)
    paused = Batch.objects.values_list("state", "state_before_pause", "ask", "ask_at").get(pk=batch.pk)
    services.resume(Batch.objects.get(pk=batch.pk), None)

    assert wish == ("pause", "Wrong files.")
    assert paused == ("paused", "in_progress", "", None)
    assert Batch.objects.get(pk=batch.pk).state == "in_progress"


@pytest.mark.parametrize(
    ("state", "wish"), [("accepted", "pause"), ("in_progress", "resume"), ("paused", "pause"), ("paused", "stop")]
)
def test_a_wish_that_cannot_be_is_refused(state: str, wish: str) -> None:
    with pytest.raises(Refused):
        services.ask(batch_in(state), make_user("Ada"), wish=wish, reason="So.")


def test_pausing_twice_is_a_conflict() -> None:
    batch = batch_in("in_progress")
    same = Batch.objects.get(pk=batch.pk)
    services.pause(batch, None)

    with pytest.raises(Conflict):
        services.pause(same, None)


CLOSED_LATE = ("data_transfer_failed", "accepted", "ready_for_delivery", "data_delivered")


@pytest.mark.parametrize("state", [s for s in BatchState.values if s not in CLOSED_LATE])
def test_a_batch_can_be_closed_before_it_is_accepted(state: str) -> None:
    batch = batch_in(state)

    services.close(batch, make_user("Ada"), "  Sent twice. ")

    batch.refresh_from_db()
    assert (batch.state, batch.closed_reason) == (state, "Sent twice.")
    assert batch.closed_at is not None


@pytest.mark.parametrize("state", CLOSED_LATE)
def test_a_batch_cannot_be_closed_later(state: str) -> None:
    with pytest.raises(Refused):
        services.close(batch_in(state), make_user("Ada"), "Too late.")


def test_closing_needs_a_reason() -> None:
    with pytest.raises(Invalid):
        services.close(batch_in("in_progress"), make_user("Ada"), " ")


def test_of_two_who_close_one_is_told() -> None:
    batch = batch_in("in_progress")
    same = Batch.objects.get(pk=batch.pk)
    services.close(batch, make_user("Ada"), "First.")

    with pytest.raises(Conflict):
        services.close(same, make_user("Ben"), "Second.")

    assert Batch.objects.get(pk=batch.pk).closed_reason == "First."


def test_closing_stops_the_transfer() -> None:
    batch = make_batch()

    services.close(batch, None, "Wrong folder.")

    assert not Manifest.objects.filter(batch=batch, done_at=None).exists()


def test_a_failed_delivery_is_tried_again_and_a_running_one_is_not() -> None:
    batch = batch_in("accepted")
    delivery = Delivery.objects.create(
        batch=batch, round=1, prefix="s3://out/", state="failed", last_error="No access.", attempts=6
    )

    services.retry_delivery(delivery, None)

    fresh = Delivery.objects.get()
    assert (fresh.state, fresh.attempts, fresh.last_error) == ("waiting", 0, "")
    with pytest.raises(Conflict):
        services.retry_delivery(fresh, None)


# --- counters -------------------------------------------------------------------------------------


def test_counters_and_days_move_together(time_machine: Any) -> None:
    time_machine.move_to("2026-11-19 12:00:00+00:00")
    batch = batch_in("in_progress", texts=tuple("abcde"))

    metrics.tally_done(batch.pk, human=2, auto=1, agreement=1.5, agreed=2)
    metrics.tally_failed(batch.pk, 1)

    batch.refresh_from_db()
    day = BatchDay.objects.get(batch=batch)
    assert (batch.human, batch.auto, batch.done, batch.failed, batch.remaining) == (2, 1, 3, 1, 1)
    assert (day.day, day.human, day.auto, day.failed, day.agreement) == (date(2026, 11, 19), 2, 1, 1, 1.5)


def test_a_share_of_agreement_counts_in_full_after_a_whole_number(time_machine: Any) -> None:
    time_machine.move_to("2026-11-19 12:00:00+00:00")
    batch = batch_in("in_progress")

    metrics.tally_done(batch.pk, human=1, agreement=1, agreed=1)
    metrics.tally_done(batch.pk, human=1, agreement=0.5, agreed=1)

    assert BatchDay.objects.get(batch=batch).agreement == 1.5


def test_recount_mends_drift_and_only_drift() -> None:
    batch = batch_in("in_progress", texts=tuple("abc"), human=2, done=2)

    counts = [metrics.recount(), metrics.recount()]

    batch.refresh_from_db()
    assert counts == [1, 0]
    assert (batch.done, batch.human, batch.total) == (0, 0, 3)
    with pytest.raises(ObjectDoesNotExist):
        BatchDay.objects.get(batch=batch)
