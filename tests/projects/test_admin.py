"""Operations act on projects, customers and people: each act calls its service, or says why not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from groundtruth import clock
from groundtruth.storage import get_store
from projects.models import AuditEvent, DataGrant, Invitation, Membership, Notice, Organization, Quote, User
from tests.factories import make_grant, make_member, make_organization, make_project, make_staff, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(client: Client) -> User:
    person = make_staff()
    client.force_login(person)
    return person


def act(client: Client, row: Any, name: str, **data: Any) -> HttpResponse:
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    return client.post(reverse(f"admin:{label}_act", args=[row.pk, name]), data)


def said(response: HttpResponse) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_approve_grants_the_places_that_can_be_listed(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")
    get_store().make_bucket("customer")

    response = act(client, project, "approve", input_places="s3://customer/in/\n\n", output_places="s3://customer/out/")

    project.refresh_from_db()
    assert (response.status_code, project.state) == (302, "request_approved")
    places = DataGrant.objects.filter(project=project, bucket="customer").order_by("direction")
    assert list(places.values_list("direction", "prefix", "granted_by")) == [
        ("in", "in/", olga.pk),
        ("out", "out/", olga.pk),
    ]


def test_approve_names_each_place_that_cannot_be_granted_and_does_nothing(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")

    response = act(client, project, "approve", input_places="s3://nobodys/in/\nnonsense", output_places="")

    project.refresh_from_db()
    text = response.content.decode()
    assert (project.state, DataGrant.objects.count()) == ("review_in_progress", 0)
    assert "s3://nobodys/in/" in text
    assert "nonsense" in text


def test_approving_twice_is_a_conflict_and_grants_once(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")
    act(client, project, "approve", input_places="", output_places="")
    before = DataGrant.objects.count()

    response = act(client, project, "approve", input_places="", output_places="")

    assert response.status_code == 409
    assert DataGrant.objects.count() == before


def test_decline_needs_a_reason_and_tells_the_customer(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")
    make_member(project.organization)

    act(client, project, "decline", reason="")
    project.refresh_from_db()
    still_open = project.closed_at
    act(client, project, "decline", reason="We do no medical data.")

    project.refresh_from_db()
    assert (still_open, project.closed_reason) == (None, "We do no medical data.")
    assert Notice.objects.filter(kind="project_closed").count() == 1


def test_the_consultation_keeps_its_time_and_notes(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")

    act(client, project, "consultation", at="2026-12-01T10:30", notes="Wants boxes.")

    project.refresh_from_db()
    assert project.consultation_at == datetime(2026, 12, 1, 10, 30, tzinfo=UTC)
    assert project.consultation_notes == "Wants boxes."


def test_a_price_an_object_is_entered_by_hand(client: Client, olga: User) -> None:
    project = make_project(state="pilot_complete")

    act(client, project, "price", amount="0.12", currency="EUR")

    project.refresh_from_db()
    assert (project.state, Quote.objects.get().price, Quote.objects.get().created_by) == ("pricing_complete", 12, olga)


def test_a_price_before_the_pilot_is_over_is_a_conflict(client: Client, olga: User) -> None:
    project = make_project(state="pilot_in_progress")

    response = act(client, project, "price", amount="0.12", currency="EUR")

    assert (response.status_code, Quote.objects.count()) == (409, 0)


def test_sign_waits_for_the_customers_word(client: Client, olga: User) -> None:
    project = make_project(state="pricing_complete")

    refused = act(client, project, "sign")
    Quote.objects.create(
        project=project, number=1, price=12, accepted_by=make_user(), accepted_name="Ada", accepted_at=clock.now()
    )
    act(client, project, "sign")

    project.refresh_from_db()
    assert "has not accepted a quote yet" in refused.content.decode()
    assert project.state == "contract_executed"


def test_sign_is_offered_once_the_price_is_accepted(client: Client, olga: User) -> None:
    project = make_project(state="pricing_complete")
    quote = Quote.objects.create(project=project, number=1, price=12)
    page, button = reverse("admin:projects_project_change", args=[project.pk]), "/act/sign/"

    before = button in client.get(page).content.decode()
    Quote.objects.filter(pk=quote.pk).update(accepted_by=make_user(), accepted_name="Ada", accepted_at=clock.now())
    after = button in client.get(page).content.decode()

    assert (before, after) == (False, True)


def test_who_approves_reads_all_that_was_asked_for(client: Client, olga: User) -> None:
    project = make_project(
        state="review_in_progress", objects_expected=1200, turnaround_days=14, languages="Norwegian", target=95,
        wish="vendor", guideline_name="guide <b>.pdf", guideline_key="s3://groundtruth/x/guide.pdf",
    )  # fmt: skip
    link = reverse("guideline", args=[project.organization.slug, project.slug])

    page = client.get(reverse("admin:projects_project_act", args=[project.pk, "approve"])).content.decode()

    for words in (
        "1,200",
        "14 days",
        "Norwegian",
        "95 %",
        "Certified vendors",
        f'href="{link}"',
        "guide &lt;b&gt;.pdf",
    ):
        assert words in page, words


def test_go_live_pause_and_resume_follow_the_project(client: Client, olga: User) -> None:
    project = make_project(state="contract_executed")
    states = []

    for name, data in (("go-live", {}), ("pause", {"reason": "Holidays"}), ("resume", {})):
        assert act(client, project, name, **data).status_code == 302
        project.refresh_from_db()
        states.append(project.state)

    assert states == ["production_in_progress", "paused", "production_in_progress"]


def test_the_first_batch_begins_the_pilot_and_none_cannot(client: Client, olga: User) -> None:
    project = make_project(state="workflow_setup")

    response = act(client, project, "start-pilot")

    project.refresh_from_db()
    assert project.state == "workflow_setup"
    assert said(response) == ["The pilot begins with data: no batch of this project has been received yet."]


@pytest.mark.parametrize("name", ["approve", "decline", "price", "sign", "go-live", "pause", "take", "start-pilot"])
def test_mallory_can_do_no_act(client: Client, name: str) -> None:
    project = make_project(state="review_in_progress")
    client.force_login(make_member(project.organization))
    before = AuditEvent.objects.count()

    response = act(client, project, name, reason="x", amount="1", currency="EUR")

    project.refresh_from_db()
    assert (response.status_code, project.state, project.closed_at) == (302, "review_in_progress", None)
    assert AuditEvent.objects.count() == before


def test_the_state_cannot_be_written_by_the_form(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")

    client.post(
        reverse("admin:projects_project_change", args=[project.pk]),
        {"state": "production_complete", "owner": olga.pk, "sample_percent": 7},
    )

    project.refresh_from_db()
    assert (project.state, project.owner, project.sample_percent) == ("review_in_progress", olga, 7)
    assert AuditEvent.objects.get(verb="change").data == {"fields": ["owner", "sample_percent"]}


def test_the_act_leads_back_to_where_it_began_and_nowhere_else(client: Client, olga: User) -> None:
    project = make_project(state="review_in_progress")

    home = act(client, project, "take", next="/admin/")
    away = act(client, project, "take", next="https://evil.example/")

    assert (home.url, away.url) == ("/admin/", reverse("admin:projects_project_change", args=[project.pk]))


def test_a_button_is_shown_only_where_the_state_allows_it(client: Client, olga: User) -> None:
    project = make_project(state="pilot_complete")

    page = client.get(reverse("admin:projects_project_change", args=[project.pk]))

    assert [button["act"].name for button in page.context["buttons"]] == [
        "consultation",
        "price",
        "grant",
        "take",
        "decline",
    ]


# --- customers and people -----------------------------------------------------------------------------


def test_operations_invite_the_first_owner_of_a_new_customer(client: Client, olga: User) -> None:
    response = client.post(
        reverse("admin:projects_organization_add"), {"name": "Tern Insurance", "email": "Ada@Tern.example"}
    )

    organization = Organization.objects.get()
    assert response.status_code == 302
    assert list(Invitation.objects.values_list("organization", "email", "role")) == [
        (organization.pk, "ada@tern.example", "owner")
    ]
    assert Membership.objects.count() == 0


def test_inviting_a_member_again_is_refused_in_words(client: Client, olga: User) -> None:
    organization = make_organization()
    ada = make_member(organization)

    response = act(client, organization, "invite", emails_text=ada.email, role="viewer")

    assert "Is a member already." in response.content.decode()


def test_add_a_person_and_no_second_one_of_the_address(client: Client, olga: User) -> None:
    client.post(reverse("admin:projects_user_add"), {"email": "Ben@example.test", "name": "Ben"})
    again = client.post(reverse("admin:projects_user_add"), {"email": "ben@example.test", "name": "Ben"})

    assert User.objects.filter(email="ben@example.test").count() == 1
    assert "has an account already" in again.content.decode()


def test_only_an_administrator_decides_who_is_of_operations(client: Client) -> None:
    plain, ben = make_user("Pia", is_staff=True), make_user("Ben")
    client.force_login(plain)

    refused = act(client, ben, "make-staff")
    page = client.get(reverse("admin:projects_user_change", args=[ben.pk]))
    client.force_login(make_staff())
    act(client, ben, "make-staff")

    assert "Only an administrator" in refused.content.decode()
    assert [button["act"].name for button in page.context["buttons"]] == ["lock-out"]
    assert User.objects.get(pk=ben.pk).is_staff


def test_who_is_locked_out_cannot_sign_in_until_let_in(client: Client, olga: User) -> None:
    ben = make_user("Ben")

    act(client, ben, "lock-out")
    locked = User.objects.get(pk=ben.pk).is_active
    act(client, ben, "let-in")

    assert (locked, User.objects.get(pk=ben.pk).is_active) == (False, True)


# --- access and mails ---------------------------------------------------------------------------------


def test_a_grant_is_tested_and_revoked(client: Client, olga: User) -> None:
    project = make_project()
    grant = make_grant(project, bucket="gone", prefix="in/")

    tested = act(client, grant, "verify")
    act(client, grant, "revoke")

    grant.refresh_from_db()
    assert "cannot be listed" in said(tested)[0]
    assert grant.revoked_at is not None


def test_a_mail_is_sent_again_only_while_it_was_not_sent(client: Client, olga: User) -> None:
    lost = Notice.objects.create(key="a", recipient="a@example.test", kind="x", attempts=6)
    sent = Notice.objects.create(
        key="b", recipient="a@example.test", kind="x", sent_at=clock.now(), done_at=clock.now()
    )

    act(client, lost, "send")
    refused = act(client, sent, "send")

    lost.refresh_from_db()
    sent.refresh_from_db()
    assert (lost.attempts, lost.rung, sent.rung) == (0, True, False)
    assert said(refused)[-1] == "This mail was sent. Nobody gets one twice."


def test_the_audit_log_is_read_only(client: Client, olga: User) -> None:
    make_project()
    event = AuditEvent.objects.create(at=clock.now(), verb="x")
    url = reverse("admin:projects_auditevent_change", args=[event.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, {"verb": "y"}).status_code == 403
    assert client.get(reverse("admin:projects_auditevent_add")).status_code == 403
