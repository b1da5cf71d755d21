"""Operations' day: what waits, in which order, and that each line's act settles it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse
from django_q.models import Schedule
from pytest_django import DjangoAssertNumQueries

from batches.models import Batch, BatchDecision, Delivery, Manifest, ObjectFeedback
from groundtruth import clock
from groundtruth.work import MAX_ATTEMPTS
from labeling import desk_failures, desk_figures, desk_queries
from projects.models import AuditEvent, Notice, Project, Quote
from tests.factories import (
    make_grant,
    make_job,
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_schema,
    make_staff,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture(autouse=True)
def beating() -> None:
    """A cluster that swept just now."""
    Schedule.objects.create(func="groundtruth.work.sweep", name="sweep", next_run=clock.now() + timedelta(seconds=30))


def said() -> dict[str, list[str]]:
    """What the desk shows: the acts of each group, by its title."""
    return {str(group.title): [line.act for line in group.lines] for group in desk_queries.open_work().groups}


def make_batch(project: Project, **fields: object) -> Batch:
    return make_running_batch(project, **fields)


def test_an_empty_platform_has_nothing_waiting() -> None:
    assert said() == {}


@pytest.mark.parametrize(
    ("fields", "group", "act"),
    [
        ({"state": "review_in_progress"}, "Requests to review", "Review"),
        ({"state": "request_approved"}, "Projects to set up", "Set up"),
        ({"state": "pilot_complete"}, "Prices to enter", "Enter price"),
        ({"state": "contract_executed"}, "Contracts", "Go live"),
    ],
)
def test_a_project_waits_for_its_next_step(fields: dict[str, str], group: str, act: str) -> None:
    make_project(**fields)

    assert said() == {group: [act]}


@pytest.mark.parametrize(
    "state",
    ["workflow_setup", "pilot_in_progress", "pricing_complete", "production_in_progress", "production_complete"],
)
def test_a_project_that_waits_for_others_is_no_line(state: str) -> None:
    make_project(state=state)

    assert said() == {}


def test_a_closed_request_is_no_line() -> None:
    make_project(state="review_in_progress", closed_at=clock.now(), closed_reason="no")

    assert said() == {}


def test_an_accepted_quote_is_to_be_signed() -> None:
    project = make_project(state="pricing_complete")
    ada = make_member(project.organization)
    Quote.objects.create(
        project=project, number=1, price=12, accepted_by=ada, accepted_name="Ada", accepted_at=clock.now()
    )

    assert said() == {"Contracts": ["Sign"]}


def test_a_consultation_stays_until_the_day_after() -> None:
    make_project(state="workflow_setup", consultation_at=clock.now() - timedelta(hours=2))
    make_project(state="workflow_setup", consultation_at=clock.now() - timedelta(days=2))

    assert said() == {"Consultations": ["Open notes"]}


@pytest.mark.parametrize(
    ("state", "act"),
    [("workflow_setup", "Start pilot"), ("pilot_in_progress", "Start"), ("production_in_progress", "Start")],
)
def test_data_that_arrived_leads_to_the_step_that_is_next(state: str, act: str) -> None:
    make_batch(make_project(state=state), state="data_received")

    assert said()["Data arrived"] == [act]


def test_data_of_a_project_that_is_not_set_up_is_one_line_not_two() -> None:
    make_batch(make_project(state="request_approved"), state="data_received")

    assert said() == {"Projects to set up": ["Set up"]}


def test_a_wish_to_pause_is_a_line_with_its_reason() -> None:
    asked = {"ask": "pause", "ask_reason": "The camera broke", "ask_at": clock.now()}
    make_batch(make_project(state="pilot_in_progress", **asked), state="in_progress", **asked)

    lines = desk_queries.open_work().groups[0].lines
    assert [(line.act, line.detail) for line in lines] == [("Pause", "“The camera broke”")] * 2


def test_a_rejected_batch_shows_why() -> None:
    batch = make_batch(make_project(state="pilot_in_progress"), state="rejected")
    BatchDecision.objects.create(batch=batch, round=1, verdict="reject", reason="Totals are missing")

    (line,) = desk_queries.open_work().lines
    assert (line.act, line.detail) == ("Send for rework", "“Totals are missing”, 0 objects with feedback")


def test_a_pilot_whose_batches_are_delivered_can_be_finished() -> None:
    project = make_project(state="pilot_in_progress")
    make_batch(project, state="data_delivered")

    assert said() == {"Pilots to finish": ["Finish pilot"]}


def test_a_pilot_with_a_batch_at_work_is_not_finished() -> None:
    project = make_project(state="pilot_in_progress")
    make_batch(project, state="data_delivered")
    make_batch(project, state="ready_for_review")

    assert said() == {}


def test_a_batch_near_its_promised_day_comes_first() -> None:
    project = make_project(state="pilot_in_progress", turnaround_days=10)
    late, fine = make_batch(project), make_batch(project)
    Batch.objects.filter(pk=late.pk).update(created_at=clock.now() - timedelta(days=12))
    Batch.objects.filter(pk=fine.pk).update(created_at=clock.now() - timedelta(days=3))

    (line,) = desk_queries.open_work().lines
    assert (line.title, line.late) == (f"{project.title}, {late.name}", "2 days over")


def test_comments_on_a_running_batch_wait_until_somebody_read_them(client: Client) -> None:
    olga, batch = make_staff(), make_batch(make_project(state="pilot_in_progress"))
    ada = make_member(batch.project.organization)
    ObjectFeedback.objects.create(
        data_object=batch.data_objects.get(ordinal=0), round=1, author=ada, comment="Is this a kite?"
    )
    ObjectFeedback.objects.create(data_object=batch.data_objects.get(ordinal=1), round=1, author=ada, verdict="right")
    client.force_login(olga)

    (line,) = desk_queries.open_work().lines
    response = client.post(line.act_url)

    assert line.detail == "1 comment that nobody read yet"
    assert response.url.endswith(f"?data_object__batch__id__exact={batch.pk}")
    assert "Is this a kite?" in client.get(response.url).content.decode()
    assert said() == {}


def test_a_comment_after_the_reading_waits_again() -> None:
    batch = make_batch(make_project(state="pilot_in_progress"))
    ada = make_member(batch.project.organization)
    AuditEvent.objects.create(
        at=clock.now() - timedelta(hours=1), verb="read comments", target_type="batches.batch", target_id=batch.pk
    )
    ObjectFeedback.objects.create(
        data_object=batch.data_objects.get(ordinal=0), round=1, author=ada, comment="And this?"
    )

    assert said() == {"Comments on running batches": ["Read"]}


def test_a_chore_that_gave_up_is_a_line_and_is_tried_again(client: Client) -> None:
    notice = Notice.objects.create(
        key="k", recipient="ada@example.test", kind="x", attempts=MAX_ATTEMPTS + 1, last_error="No such template"
    )
    Notice.objects.create(
        key="l", recipient="ada@example.test", kind="x", attempts=MAX_ATTEMPTS, last_error="Tried again soon"
    )
    client.force_login(make_staff())

    (line,) = desk_queries.open_work().lines
    client.post(line.act_url, {"next": reverse("admin:index")})

    notice.refresh_from_db()
    assert (line.detail, notice.attempts, notice.last_error) == ("No such template", 0, "")
    assert said() == {}


def test_a_failed_delivery_is_tried_again_by_its_service(client: Client) -> None:
    batch = make_batch(make_project(state="pilot_in_progress"), state="accepted")
    delivery = Delivery.objects.create(
        batch=batch, round=1, prefix="s3://x/", state="failed", attempts=MAX_ATTEMPTS + 1, last_error="Denied"
    )
    client.force_login(make_staff())

    (line,) = desk_queries.open_work().lines
    client.post(line.act_url)

    delivery.refresh_from_db()
    assert (line.title, delivery.state, delivery.attempts) == (f"Delivery of {batch.name}", "waiting", 0)


def test_a_failed_transfer_is_told_once_and_only_until_a_new_batch() -> None:
    project = make_project(state="pilot_in_progress")
    batch = make_batch(project, state="data_transfer_failed", failure="1 file is over 2 GB")
    Manifest.objects.create(
        batch=batch, uri="s3://in/x", state="failed", attempts=MAX_ATTEMPTS + 1, last_error="1 file is over 2 GB"
    )

    before = [line.detail for line in desk_queries.open_work().lines]
    Batch.objects.filter(pk=batch.pk).update(state_since=clock.now() - timedelta(minutes=1))
    make_batch(project)

    assert before == ["1 file is over 2 GB"]
    assert said() == {}


def test_a_job_without_people_is_stuck() -> None:
    job = make_job()

    (line,) = desk_queries.open_work().lines
    assert (line.act, line.detail) == ("Add workers", f"No active worker in {job.team}")


def test_a_silent_cluster_is_told() -> None:
    Schedule.objects.update(next_run=clock.now() - timedelta(minutes=10))

    (line,) = desk_queries.open_work().lines
    assert line.title == "Background work stands still"


def test_the_desk_takes_the_same_statements_for_many_customers(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(3):
        organization = make_organization()
        make_project(organization, state="review_in_progress")
        project = make_project(organization, state="pilot_in_progress", ask="pause", ask_at=clock.now())
        batch = make_batch(project, state="data_received")
        running = make_batch(project)
        make_job(running)
        ada = make_member(organization)
        ObjectFeedback.objects.create(data_object=running.data_objects.get(ordinal=0), round=1, author=ada, comment="?")
        Notice.objects.create(key=str(batch.pk), recipient="a@example.test", kind="x", attempts=MAX_ATTEMPTS + 1)
        Delivery.objects.create(batch=batch, round=1, prefix="s3://x/", state="failed")

    with django_assert_num_queries(12 + len(desk_failures.work_models())):
        work = desk_queries.open_work()
    assert len(work.lines) == 3 * 7


def test_the_figures_take_fixed_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    make_job()
    brief = [model for model in desk_failures.work_models() if model._meta.app_label != "labeling"]

    with django_assert_num_queries(5 + len(brief)):
        now = desk_figures.right_now()
    assert (now.open_tasks, now.held, now.online) == (3, 0, 0)


# --- the page -----------------------------------------------------------------------------------------


def test_the_page_shows_lines_owners_and_calls(client: Client) -> None:
    olga = make_staff()
    make_project(state="review_in_progress", title="Aerial roofs", owner=olga)
    make_project(state="review_in_progress", title="Call summaries", consultation_at=clock.now() + timedelta(hours=1))
    client.force_login(olga)

    everything = client.get(reverse("admin:index")).content.decode()
    mine = client.get(reverse("admin:index") + "?show=mine").content.decode()

    assert "Aerial roofs" in everything
    assert "Call summaries" in everything
    assert "Aerial roofs" in mine
    assert 'action="/admin/desk/take/' not in mine.split("<aside")[0]


def test_a_poll_gets_the_part_alone(client: Client) -> None:
    client.force_login(make_staff())

    part = client.get(reverse("admin:index"), headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert 'class="tabs"' in part


def test_take_it_makes_one_the_owner_and_is_settled_today(client: Client) -> None:
    olga, project = make_staff(), make_project(state="review_in_progress")
    client.force_login(olga)

    response = client.post(reverse("admin:desk_take", args=[project.pk]))

    project.refresh_from_db()
    assert (response.status_code, project.owner) == (302, olga)
    assert "Take" in client.get(reverse("admin:index") + "?show=settled").content.decode()


def test_a_customer_reaches_no_page_of_the_desk(client: Client) -> None:
    project = make_project(state="review_in_progress")
    client.force_login(make_member(project.organization))
    pages = [
        reverse("admin:index"),
        reverse("admin:project_set_up", args=[project.pk]),
        reverse("admin:project_preview", args=[project.pk]),
    ]
    pages += [
        reverse("admin:projects_project_act", args=[project.pk, "approve"]),
        reverse("admin:desk_take", args=[project.pk]),
    ]

    for page in pages:
        assert client.get(page).status_code == 302
        assert client.post(page).status_code == 302
        assert client.get(page, follow=True).status_code == 403
    project.refresh_from_db()
    assert (project.state, project.owner) == ("review_in_progress", None)


def test_the_desk_signs_in_by_the_one_page(client: Client) -> None:
    response = client.get(reverse("admin:index"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_the_password_is_changed_on_the_one_page(client: Client) -> None:
    client.force_login(make_staff())

    assert client.get(reverse("admin:password_change"))["Location"] == reverse("account_change_password")


@pytest.mark.parametrize("name", ["outbox", "patterns"])
def test_mails_and_patterns_stay_at_the_desk(client: Client, name: str) -> None:
    client.force_login(make_staff())

    frame = client.get(reverse(name)).context["frame"]

    assert [portal.title for portal in frame.portals if portal.current] == ["Operations"]
    assert [section.title for section in frame.sections] == ["Desk", "People", "System"]
    assert [link.url for section in frame.sections for link in section.links if link.current] == [reverse(name)]


def test_a_cell_of_a_list_names_its_column_for_the_card_of_a_phone(client: Client) -> None:
    make_organization("Acme")
    client.force_login(make_staff())

    page = client.get(reverse("admin:projects_organization_changelist")).content.decode()

    assert page.count('<td data-label="Slug" class="field-slug">') == 1
    assert page.count('<td data-label="Suspended at"') == 1


def test_every_table_opens_for_operations_and_deletes_nothing(client: Client) -> None:
    project = make_project(state="pilot_in_progress")
    make_grant(project)
    make_schema(project)
    job = make_job(make_batch(project))
    make_member(project.organization)
    ObjectFeedback.objects.create(
        data_object=job.batch.data_objects.get(ordinal=0), round=1, author=make_user(), comment="?"
    )
    Manifest.objects.create(batch=job.batch, uri="s3://in/x")
    client.force_login(make_staff())

    for model in admin.site._registry:
        label = f"{model._meta.app_label}_{model._meta.model_name}"
        if not label.startswith(("projects_", "batches_", "workforce_", "labeling_")):
            continue
        assert client.get(reverse(f"admin:{label}_changelist")).status_code == 200, label
        row = model._default_manager.first()
        if row is not None:
            assert client.get(reverse(f"admin:{label}_change", args=[row.pk])).status_code == 200, label
            assert client.post(reverse(f"admin:{label}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403, (
                label
            )
            assert client.get(reverse(f"admin:{label}_history", args=[row.pk]), follow=True).status_code == 200, label


def test_every_filter_of_every_list_answers(client: Client) -> None:
    make_job()
    client.force_login(make_staff())

    for model in (
        "projects_project",
        "batches_batch",
        "batches_delivery",
        "batches_manifest",
        "labeling_job",
        "projects_notice",
    ):
        page = client.get(reverse(f"admin:{model}_changelist"))
        links = [
            choice["query_string"]
            for spec in page.context["cl"].filter_specs
            for choice in spec.choices(page.context["cl"])
        ]
        assert len(links) > 4
        for link in links:
            assert client.get(reverse(f"admin:{model}_changelist") + link).status_code == 200, (model, link)
