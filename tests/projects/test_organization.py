"""Organizations: roles, leaving, the people page, and that there is always an owner."""

from __future__ import annotations

import threading

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test import Client
from django.urls import reverse

from groundtruth.states import Conflict, Invalid, Refused
from projects import organizations, queries
from projects.accounts import confirm_address
from projects.models import AuditEvent, Invitation, Membership, Organization, Role
from tests.factories import make_member, make_organization, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def membership_of(user) -> Membership:
    return Membership.objects.select_related("user").get(user=user)


def test_who_founds_an_organization_owns_it():
    ada = make_user("Ada")

    first = organizations.found_organization(ada, "  Acme   Birds ")
    second = organizations.found_organization(ada, "Acme Birds")

    assert (first.name, first.slug, second.slug) == ("Acme Birds", "acme-birds", "acme-birds-2")
    assert set(Membership.objects.filter(user=ada).values_list("role", flat=True)) == {Role.OWNER}
    assert AuditEvent.objects.filter(organization_id=first.pk, verb="found organization").count() == 1


def test_who_has_an_account_and_a_confirmed_address_founds_another_organization(client: Client):
    ada = make_member(make_organization(), Role.VIEWER)
    confirm_address(ada)
    client.force_login(ada)

    answer = client.post(reverse("found_organization"), {"name": "Second Birds"})

    new = Organization.objects.get(name="Second Birds")
    assert answer.url == reverse("organization", args=[new.slug])
    assert Membership.objects.get(organization=new).user == ada


def test_founding_another_organization_is_refused_unconfirmed_often_and_where_strangers_may_not(settings):
    ada = make_user("Ada")

    with pytest.raises(Refused, match="Confirm"):
        organizations.found_another(ada, "One")
    confirm_address(ada)
    for name in ("One", "Two", "Three"):
        organizations.found_another(ada, name)
    with pytest.raises(Refused, match="tomorrow"):
        organizations.found_another(ada, "Four")
    settings.SIGN_UP_OPEN = False
    with pytest.raises(Refused, match="Operations invite"):
        organizations.found_another(ada, "Five")

    assert Organization.objects.count() == 3


def test_an_organization_needs_a_name():
    with pytest.raises(Invalid):
        organizations.found_organization(make_user(), " \t ")

    assert not Organization.objects.exists()


def test_the_last_owner_can_neither_leave_nor_step_down():
    organization = make_organization()
    ada = make_member(organization)
    make_member(organization, Role.MANAGER, name="Ben")

    with pytest.raises(Refused, match="needs an owner"):
        organizations.remove_member(membership_of(ada), by=ada)
    with pytest.raises(Refused, match="needs an owner"):
        organizations.change_role(membership_of(ada), Role.VIEWER, by=ada)

    assert membership_of(ada).role == Role.OWNER


def test_with_a_second_owner_the_first_may_go():
    organization = make_organization()
    ada, ben = make_member(organization), make_member(organization, name="Ben")

    organizations.remove_member(membership_of(ada), by=ada)

    assert list(Membership.objects.values_list("user", flat=True)) == [ben.pk]


def test_who_left_already_is_a_conflict():
    organization = make_organization()
    ada, ben = make_member(organization), make_member(organization, Role.VIEWER, name="Ben")
    row = membership_of(ben)
    organizations.remove_member(row, by=ada)

    with pytest.raises(Conflict):
        organizations.change_role(row, Role.MANAGER, by=ada)


def test_an_unknown_role_is_invalid():
    ada = make_member(make_organization())

    with pytest.raises(Invalid):
        organizations.change_role(membership_of(ada), "emperor", by=ada)


def test_a_removed_member_is_refused_on_the_next_request_and_signed_out(client: Client):
    organization = make_organization()
    ada, ben = make_member(organization), make_member(organization, Role.REVIEWER, name="Ben")
    client.force_login(ben)
    UserSession.objects.get_or_create(session_key=client.session.session_key, defaults={"user": ben, "ip": "127.0.0.1"})
    url = reverse("organization", args=[organization.slug])
    assert client.get(url).status_code == 200

    organizations.remove_member(membership_of(ben), by=ada)

    assert client.get(url)["Location"].startswith(reverse("account_login"))
    assert not UserSession.objects.filter(user=ben).exists()


def test_a_removed_member_of_two_stays_signed_in_and_sees_one(client: Client):
    here, there = make_organization("Here"), make_organization("There")
    ada, ben = make_member(here), make_member(here, Role.REVIEWER, name="Ben")
    make_member(there, Role.REVIEWER, user=ben)
    client.force_login(ben)

    organizations.remove_member(Membership.objects.get(user=ben, organization=here), by=ada)

    assert client.get(reverse("organization", args=[here.slug])).status_code == 404
    assert client.get(reverse("organization", args=[there.slug])).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_leaving_at_once_one_stays():
    organization = make_organization()
    owners = [make_member(organization), make_member(organization, name="Ben")]
    rows = [membership_of(owner) for owner in owners]
    start, told = threading.Barrier(2), []

    def leave(row: Membership) -> None:
        start.wait()
        try:
            organizations.remove_member(row, by=row.user)
            told.append("left")
        except Refused:
            told.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=leave, args=[row]) for row in rows]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(told) == ["left", "refused"]
    assert Membership.objects.filter(organization=organization, role=Role.OWNER).count() == 1


# --- the page -------------------------------------------------------------------------------------------


def test_the_page_shows_each_role_what_it_may_do(client: Client):
    organization = make_organization()
    people = {role: make_member(organization, role, name=f"The {role}") for role in Role.values}

    seen = {}
    for role, user in people.items():
        client.force_login(user)
        page = client.get(reverse("organization", args=[organization.slug])).content.decode()
        seen[role] = (
            "Up to 50" in page,
            f"remove-{people['viewer'].public_id}" in page,
            "Leave this organization" in page,
        )

    assert seen == {
        "owner": (True, True, True),
        "manager": (True, False, True),
        "reviewer": (False, False, True),
        "viewer": (False, False, True),
    }


def test_a_stranger_finds_nothing_and_operations_read(client: Client):
    organization = make_organization()
    make_member(organization)
    url = reverse("organization", args=[organization.slug])

    client.force_login(make_user("Mallory"))
    stranger = client.get(url).status_code
    client.force_login(make_staff())
    staff, post = client.get(url), client.post(reverse("invite", args=[organization.slug]), {"emails": "a@b.test"})

    assert (stranger, staff.status_code, post.status_code) == (404, 200, 403)
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("name", ["invite", "leave_organization"])
@pytest.mark.parametrize("role", [Role.VIEWER, Role.REVIEWER])
def test_reading_roles_cannot_invite(client: Client, name: str, role: str):
    organization = make_organization()
    make_member(organization)
    client.force_login(make_member(organization, role, name="Ben"))

    answer = client.post(reverse(name, args=[organization.slug]), {"emails": "new@example.test", "role": "viewer"})

    assert answer.status_code == (403 if name == "invite" else 302)
    assert not Invitation.objects.exists()


def test_inviting_shows_a_line_for_each_address_once(client: Client):
    organization = make_organization()
    client.force_login(make_member(organization))
    url = reverse("organization", args=[organization.slug])

    answer = client.post(
        reverse("invite", args=[organization.slug]), {"emails": "a@example.test, <b>x", "role": "viewer"}
    )
    first, second = client.get(url).content.decode(), client.get(url).content.decode()

    assert answer["Location"] == url
    assert "What became of each address" in first
    assert "&lt;b&gt;x" in first
    assert "<b>x" not in first
    assert "What became of each address" not in second
    assert list(Invitation.objects.values_list("email", flat=True)) == ["a@example.test"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"emails": "", "role": "viewer"}, "This field is required."),
        ({"emails": " , ; ", "role": "viewer"}, "Write at least one address."),
        ({"emails": "x" * 12_801, "role": "viewer"}, "at most 12800 characters"),
        ({"emails": "a@example.test\x00", "role": "viewer"}, "Null characters are not allowed."),
        ({"emails": "a@example.test", "role": "emperor"}, "Select a valid choice."),
        ({"emails": ",".join(f"p{n}@example.test" for n in range(51)), "role": "viewer"}, "51 addresses"),
    ],
)
def test_a_bad_invitation_keeps_what_was_typed(client: Client, data: dict[str, str], words: str):
    organization = make_organization()
    client.force_login(make_member(organization))

    answer = client.post(reverse("invite", args=[organization.slug]), data)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert data["emails"].strip()[:40].replace("\x00", "") in page.replace("\x00", "")
    assert not Invitation.objects.exists()


def test_an_owner_changes_a_role_and_removes(client: Client):
    organization = make_organization()
    ada, ben = make_member(organization), make_member(organization, Role.VIEWER, name="Ben")
    client.force_login(ada)

    client.post(reverse("change_role", args=[organization.slug, ben.public_id]), {"role": "manager"})
    role = membership_of(ben).role
    client.post(reverse("remove_member", args=[organization.slug, ben.public_id]))

    assert role == Role.MANAGER
    assert not Membership.objects.filter(user=ben).exists()


def test_people_of_another_organization_are_out_of_reach(client: Client):
    ours, theirs = make_organization("Ours"), make_organization("Theirs")
    ada, ben = make_member(ours), make_member(theirs, name="Ben")
    invitation = Invitation.objects.create(
        organization=theirs, email="x@example.test", role="viewer", token_hash="x", expires_at="2100-01-01T00:00Z"
    )
    client.force_login(ada)

    answers = [
        client.post(reverse("remove_member", args=[ours.slug, ben.public_id])),
        client.post(reverse("change_role", args=[ours.slug, ben.public_id]), {"role": "viewer"}),
        client.post(reverse("withdraw_invitation", args=[ours.slug, invitation.pk])),
        client.post(reverse("resend_invitation", args=[ours.slug, invitation.pk])),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert membership_of(ben).role == Role.OWNER


def test_the_last_owner_is_told_on_the_page(client: Client):
    organization = make_organization()
    client.force_login(make_member(organization))

    answer = client.post(reverse("leave_organization", args=[organization.slug]), follow=True)

    assert "An organization needs an owner." in answer.content.decode()


def test_the_queries_do_not_grow_with_people(django_assert_num_queries):
    organization = make_organization()
    ada = make_member(organization)
    for number in range(5):
        make_member(organization, Role.VIEWER, name=f"P{number}")

    with django_assert_num_queries(1):
        people = queries.people(organization, ada)
    with django_assert_num_queries(1):
        queries.open_invitations(organization)

    assert [(row.role, row.last_owner) for row in people] == [("owner", True)] + [("viewer", False)] * 5
