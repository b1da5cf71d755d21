"""What the pages show: who acts next, steppers, counts, and how many statements each takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from batches.models import Batch, DataObject, Delivery, Manifest
from batches.queries_batches import (
    BatchFilters,
    batch_acts,
    batch_live,
    batch_page,
    batch_rows,
    delivered_files,
    failed_objects,
    failed_reasons,
)
from batches.queries_next import BatchFacts, ProjectFacts, Waiting, batch_next, project_next
from batches.queries_project import project_live, project_page
from batches.queries_projects import PAGE, ProjectFilters, project_rows
from batches.queries_steps import batch_steps, project_steps
from batches.states import BatchState
from projects.audit import record
from projects.models import Project, Quote
from projects.states import ProjectState
from tests.factories import (
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_staff,
    make_user,
)

pytestmark = [pytest.mark.django_db]

THEN = datetime(2026, 11, 19, 12, 20, tzinfo=UTC)


# --- who acts next, on a project ------------------------------------------------------------------


def project_in(state: str, role: str = "owner", **facts: Any) -> Any:
    return project_next(ProjectFacts(state, THEN, role, **facts))


@pytest.mark.parametrize(
    ("state", "facts", "text", "yours"),
    [
        ("review_in_progress", {}, "Operations review", False),
        ("review_in_progress", {"call_at": datetime(2026, 11, 20, 10, tzinfo=UTC)}, "Call 20 Nov, 10:00", False),
        ("review_in_progress", {"closed_at": THEN, "closed_reason": "No."}, "Nobody, closed", False),
        ("request_approved", {}, "Create a batch", True),
        ("request_approved", {"counts": {"data_received": 1}}, "Operations set up", False),
        ("workflow_setup", {}, "Create a batch", True),
        ("workflow_setup", {"counts": {"data_transfer_failed": 1}}, "Create a new batch", True),
        ("workflow_setup", {"counts": {"data_transfer_failed": 1, "request_submitted": 1}}, "Operations set up", False),
        ("pilot_in_progress", {"counts": {"in_progress": 1, "rejected": 1}}, "Workers label", False),
        ("pilot_in_progress", {"counts": {"sent_for_rework": 1}}, "Workers label", False),
        ("pilot_in_progress", {"counts": {"data_received": 1}}, "Operations start", False),
        ("pilot_in_progress", {"counts": {"data_transfer_in_progress": 1}}, "Data is being read", False),
        ("pilot_in_progress", {"counts": {"rejected": 1}}, "Operations call you", False),
        ("pilot_in_progress", {"counts": {"accepted": 1}}, "The result is written", False),
        ("pilot_in_progress", {"counts": {"data_delivered": 1}}, "Operations close the pilot", False),
        ("pilot_in_progress", {}, "Create a batch", True),
        ("pilot_complete", {}, "Operations price", False),
        ("pricing_complete", {"quote_waits": True}, "Accept the quote", True),
        ("pricing_complete", {"quote_waits": True, "role": "manager"}, "Accept the quote", False),
        ("pricing_complete", {}, "Operations sign", False),
        ("contract_executed", {}, "Operations start", False),
        ("production_in_progress", {"counts": {"data_delivered": 4}}, "Nobody, all delivered", False),
        ("production_complete", {}, "Nobody, all delivered", False),
        ("paused", {}, "Ask to resume", True),
        ("paused", {"ask": "resume", "ask_at": THEN}, "Operations resume it", False),
        ("pilot_in_progress", {"ask": "pause", "ask_at": THEN}, "Operations pause it", False),
    ],
)
def test_who_acts_next_on_a_project(state: str, facts: dict[str, Any], text: str, yours: bool) -> None:
    step = project_in(state, **facts)

    assert (step.text, step.yours) == (text, yours)


@pytest.mark.parametrize(
    ("role", "yours"), [("owner", True), ("manager", True), ("reviewer", True), ("viewer", False), ("", False)]
)
def test_a_batch_that_waits_is_for_those_who_review(role: str, yours: bool) -> None:
    week = Waiting("week-44", "week-44", "ready_for_review", THEN)

    step = project_in("production_in_progress", role, waiting=week, counts={"in_progress": 2})

    assert (step.text, step.yours, step.since) == ("Review week-44", yours, THEN)


def test_a_decision_is_for_those_who_manage() -> None:
    week = Waiting("week-44", "week-44", "review_complete", THEN)

    assert project_in("production_in_progress", "reviewer", waiting=week).yours is False
    assert project_in("production_in_progress", "manager", waiting=week).title == "You: accept or reject week-44"


@pytest.mark.parametrize("role", ["reviewer", "viewer", "operations"])
@pytest.mark.parametrize("state", [s for s in ProjectState.values if s != "paused"])
def test_nothing_but_a_review_is_asked_of_who_may_not_manage(state: str, role: str) -> None:
    assert project_in(state, role, quote_waits=True).yours is False


# --- who acts next, on a batch --------------------------------------------------------------------


def batch_in(state: str, role: str = "owner", **facts: Any) -> Any:
    return batch_next(BatchFacts("week-44", "week-44", state, THEN, role, **facts))


NEXT = {
    "request_submitted": ("The transfer begins", False),
    "data_transfer_in_progress": ("Data is being read", False),
    "data_transfer_failed": ("Create a new batch", True),
    "data_received": ("Operations start", False),
    "in_progress": ("Workers are labelling", False),
    "ready_for_review": ("Review week-44", True),
    "review_submission_in_progress": ("Feedback is being stored", False),
    "review_complete": ("Accept or reject", True),
    "accepted": ("The result is written", False),
    "rejected": ("Operations call you", False),
    "sent_for_rework": ("Workers correct it", False),
    "ready_for_delivery": ("The result is written", False),
    "data_delivered": ("Nobody, delivered", False),
    "paused": ("Ask to resume", True),
}


@pytest.mark.parametrize("state", BatchState.values)
def test_who_acts_next_on_a_batch(state: str) -> None:
    step = batch_in(state)

    assert (step.text, step.yours) == NEXT[state]
    assert batch_in(state, "viewer").yours is False
    assert batch_in(state, closed_at=THEN, closed_reason="Sent twice.").detail == "Sent twice."


def test_a_wish_waits_for_operations_and_a_failed_delivery_too() -> None:
    assert batch_in("in_progress", ask="pause", ask_at=THEN).text == "Operations pause it"
    assert batch_in("accepted", delivery_failed=True).text == "Operations mend the delivery"
    assert batch_in("in_progress", project_paused=True).text == "The project is paused"


def test_why_the_transfer_failed_is_told() -> None:
    assert batch_in("data_transfer_failed", failure="No file stands there.").detail == "No file stands there."


# --- steppers -------------------------------------------------------------------------------------


def told(steps: list[Any]) -> list[tuple[str, str]]:
    return [(step.title, step.state) for step in steps]


@pytest.mark.parametrize("state", [s for s in BatchState.values if s != "paused"])
def test_a_stepper_has_one_place_to_be(state: str) -> None:
    steps = batch_steps(state, "", {})

    expected = {"data_transfer_failed": "bad", "data_delivered": "done"}.get(state, "now")
    here = [step.state for step in steps if step.title == str(BatchState(state).label)]
    assert here == [expected]
    assert len([step for step in steps if step.state in ("now", "bad")]) == (0 if state == "data_delivered" else 1)


def test_a_batch_under_way() -> None:
    steps = batch_steps("in_progress", "", {"request_submitted": THEN, "in_progress": THEN})

    assert told(steps)[:5] == [
        ("Request submitted", "done"),
        ("Data transfer in-progress", "done"),
        ("Data received", "done"),
        ("In-progress", "now"),
        ("Ready for review", ""),
    ]
    assert (steps[0].when, steps[3].when, steps[4].when) == ("19 Nov, 12:20", "since 19 Nov, 12:20", "")


def test_a_refused_batch_never_began_its_transfer() -> None:
    assert told(batch_steps("data_transfer_failed", "", {"request_submitted": THEN}))[:2] == [
        ("Request submitted", "done"),
        ("Data transfer failed", "bad"),
    ]


def test_a_rejected_batch_stands_behind_its_review() -> None:
    assert ("Rejected", "now") in told(batch_steps("rejected", "", {}))
    assert [title for title, _state in told(batch_steps("sent_for_rework", "", {}))][5:7] == [
        "Rejected",
        "Sent for rework",
    ]


def test_a_paused_one_stands_where_it_was() -> None:
    steps = batch_steps("paused", "in_progress", {"in_progress": THEN, "paused": THEN + timedelta(hours=1)})

    assert (steps[3].title, steps[3].state, steps[3].when) == ("In-progress", "now", "paused 19 Nov, 13:20")


def test_a_project_has_nine_steps_and_a_closed_one_ends_where_it_is() -> None:
    steps = project_steps("review_in_progress", "", {}, closed=True)

    assert [step.state for step in steps] == ["bad"] + [""] * 8


# --- the Projects page ----------------------------------------------------------------------------


def filled_project(organization: Any, **fields: Any) -> Project:
    project = make_project(organization, **{"state": "production_in_progress", **fields})
    for n in range(2):
        batch = make_running_batch(project)
        Batch.objects.filter(pk=batch.pk).update(total=100, human=30 + n, auto=10, done=40 + n, failed=5)
    return project


def test_a_row_adds_up_its_batches() -> None:
    organization = make_organization()
    ada = make_member(organization)
    filled_project(organization)
    make_project(organization, state="review_in_progress")

    found = project_rows(ada, ProjectFilters())

    counts = found.rows[0].counts
    assert (counts.batches, counts.total, counts.done, counts.remaining, counts.failed) == (2, 200, 81, 109, 10)
    assert found.counts == counts
    assert found.tabs == {"all": 2, "you": 0, "running": 1, "finished": 0}


@pytest.mark.parametrize("projects", [1, 12])
def test_the_list_takes_four_statements_whatever_its_length(projects: int, django_assert_num_queries: Any) -> None:
    organization = make_organization()
    ada = make_member(organization)
    for _ in range(projects):
        filled_project(organization)

    with django_assert_num_queries(4):
        found = project_rows(ada, ProjectFilters())

    assert len(found.rows) == projects


def test_yours_come_first_and_what_waits_longest_on_top() -> None:
    organization = make_organization()
    ada = make_member(organization)
    names = {}
    for hours, state in ((1, "request_approved"), (9, "paused"), (99, "review_in_progress")):
        project = make_project(organization, state=state)
        Project.objects.filter(pk=project.pk).update(state_since=THEN - timedelta(hours=hours))
        names[state] = project.title

    rows = project_rows(ada, ProjectFilters()).rows

    assert [row.title for row in rows] == [names["paused"], names["request_approved"], names["review_in_progress"]]
    assert [row.title for row in project_rows(ada, ProjectFilters(show="you")).rows] == [
        names["paused"],
        names["request_approved"],
    ]


def test_the_list_is_searched_and_filtered() -> None:
    organization = make_organization()
    ada = make_member(organization)
    make_project(organization, title="Street scenes", state="paused")
    make_project(organization, title="Delivery notes", state="paused")

    assert [row.title for row in project_rows(ada, ProjectFilters(q="STREET")).rows] == ["Street scenes"]
    assert project_rows(ada, ProjectFilters(status="pilot_complete")).rows == []
    assert project_rows(ada, ProjectFilters(q="nothing")).any is True


def test_a_quote_that_waits_is_next() -> None:
    organization = make_organization()
    ada = make_member(organization)
    project = make_project(organization, state="pricing_complete")
    Quote.objects.create(project=project, number=1, price=120)

    row = project_rows(ada, ProjectFilters()).rows[0]

    assert (row.next.text, row.next.yours) == ("Accept the quote", True)
    assert row.next.url.endswith(f"/{project.slug}/quote/")


def test_a_stranger_sees_nothing_a_suspended_customer_neither_and_operations_all() -> None:
    from django.utils import timezone

    organization = make_organization()
    ada = make_member(organization)
    make_project(organization)
    assert len(project_rows(ada, ProjectFilters()).rows) == 1

    organization.suspended_at = timezone.now()
    organization.save(update_fields=["suspended_at"])

    assert project_rows(ada, ProjectFilters()).rows == []
    assert project_rows(make_user("Mallory"), ProjectFilters()).rows == []
    rows = project_rows(make_staff(), ProjectFilters()).rows
    assert [row.next.yours for row in rows] == [False]


def test_many_projects_are_paged_by_key() -> None:
    organization = make_organization()
    ada = make_member(organization)
    for _ in range(PAGE + 3):
        make_project(organization, state="review_in_progress")

    first = project_rows(ada, ProjectFilters(sort="name"))
    second = project_rows(ada, ProjectFilters(sort="name", after=first.older))

    assert (len(first.rows), len(second.rows), second.older) == (PAGE, 3, "")
    assert not {row.key for row in first.rows} & {row.key for row in second.rows}


# --- a project, its batches, a batch --------------------------------------------------------------


def test_the_project_page_takes_a_fixed_number_of_statements(django_assert_num_queries: Any) -> None:
    organization = make_organization()
    make_member(organization)
    project = filled_project(organization)
    for n in range(3):
        record("start", None, make_running_batch(project), entered="in_progress", n=n)

    with django_assert_num_queries(6):
        live = project_live(project, "owner")
    with django_assert_num_queries(6):
        aside = project_page(project)

    assert (live.counts.batches, live.counts.total, len(live.batches.rows)) == (5, 209, 5)
    assert [event.text for event in aside.events] == ["labelling began"] * 3


def test_batches_are_listed_newest_first_and_paged_by_key(django_assert_num_queries: Any) -> None:
    project = make_project(state="pilot_in_progress")
    names = [make_running_batch(project).name for _ in range(5)]

    with django_assert_num_queries(1):
        first = batch_rows(project, "owner", BatchFilters(), limit=3)
    with django_assert_num_queries(1):
        second = batch_rows(project, "owner", BatchFilters(after=first.older), limit=3)

    assert [row.name for row in (*first.rows, *second.rows)] == names[::-1]
    assert second.older == ""


def failing_batch() -> Batch:
    batch = make_running_batch(texts=tuple("abcdef"), failed=3)
    for n, why in ((1, "Too small."), (2, "It cannot be decoded."), (4, "It cannot be decoded.")):
        DataObject.objects.filter(batch=batch, ordinal=n).update(failure=why)
    return batch


def test_the_batch_page_takes_a_fixed_number_of_statements(django_assert_num_queries: Any) -> None:
    batch = failing_batch()

    with django_assert_num_queries(5):  # the fifth looks whether a failure can be mended
        live = batch_live(batch, batch.project, "owner")
    with django_assert_num_queries(4):
        batch_live(batch, batch.project, "viewer")
    with django_assert_num_queries(6):
        page = batch_page(batch)

    assert [chart.rows for chart in live.charts] == [(), (), ()]
    assert len(page.failed) == 2


def test_failed_objects_are_told_by_reason_the_commonest_first() -> None:
    reasons = failed_reasons(failing_batch())

    assert [(r.reason, r.count, r.first) for r in reasons] == [
        ("It cannot be decoded.", 2, "c"),
        ("Too small.", 1, "b"),
    ]


def test_failed_objects_are_listed_by_key() -> None:
    batch = failing_batch()

    assert [o.ordinal for o in failed_objects(batch, limit=2)] == [1, 2, 4]
    assert [o.ordinal for o in failed_objects(batch, after=1, reason="It cannot be decoded.")] == [2, 4]


def test_a_transfer_tells_how_far_it_is() -> None:
    batch = make_running_batch(state="data_transfer_in_progress")
    Manifest.objects.create(batch=batch, uri="s3://in/x", ordinal=7, checked=3, offset=10, size=40)

    reading = batch_live(batch, batch.project, "owner").reading

    assert (reading.read, reading.looked_at, reading.bytes_read, reading.size) == (7, 3, 10, 40)


def test_only_a_complete_delivery_has_files() -> None:
    batch = make_running_batch(state="data_delivered")
    delivery = Delivery(batch=batch, round=1, prefix="s3://out/", state="writing", receipt={"job": "job-1"})
    assert delivered_files(delivery) == []

    delivery.state = "complete"

    assert [file.path for file in delivered_files(delivery)] == [
        "job-1/manifests/output/output.manifest",
        "job-1/receipt.json",
        "job-1/checksums.sha256",
    ]


@pytest.mark.parametrize("role", ["reviewer", "viewer", "operations"])
@pytest.mark.parametrize("state", BatchState.values)
def test_who_may_not_manage_may_not_act(role: str, state: str) -> None:
    batch = Batch(state=state, failed=1, done=1, state_before_pause="in_progress" if state == "paused" else "")

    assert batch_acts(batch, role).any is False


@pytest.mark.parametrize(
    ("state", "acts"),
    [
        ("in_progress", ["pause", "close", "retry"]),
        ("ready_for_review", ["decide", "pause", "close"]),
        ("review_complete", ["decide", "close"]),
        ("paused", ["resume", "close"]),
        ("accepted", []),
        ("data_delivered", []),
        ("data_transfer_failed", []),
    ],
)
def test_what_a_manager_may_do_now(state: str, acts: list[str]) -> None:
    batch = Batch(state=state, failed=1, state_before_pause="in_progress" if state == "paused" else "")

    assert [name for name, may in batch_acts(batch, "manager").__dict__.items() if may] == acts
