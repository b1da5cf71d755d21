"""Invitations: fifty at a time, a link that works once, and who may use it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.urls import reverse

from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.work import GiveUp
from projects import invitations, notices
from projects.models import AuditEvent, Invitation, Membership, Notice, Role, User
from tests.factories import make_member, make_organization, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def invited(email: str = "ben@example.test", role: str = Role.REVIEWER) -> Invitation:
    organization = make_organization()
    ada = make_member(organization)
    invitations.invite(organization, email, role=role, by=ada)
    return Invitation.objects.get(organization=organization, email=email)


def test_each_address_gets_a_result_line():
    organization = make_organization()
    ada = make_member(organization)
    ben = make_member(organization, Role.REVIEWER, name="Ben")
    invitations.invite(organization, "wei@example.test", role=Role.VIEWER, by=ada)

    results = invitations.invite(
        organization,
        f"New@Example.test, nonsense;{ben.email}\nwei@example.test new@example.test",
        role=Role.VIEWER,
        by=ada,
    )

    assert [(r.email, r.sent) for r in results] == [
        ("new@example.test", True),
        ("nonsense", False),
        (ben.email, False),
        ("wei@example.test", False),
    ]
    assert results[1].sentence == "This is not an e-mail address."
    assert results[2].sentence == "Is a member already."
    assert Notice.objects.filter(kind="invitation").count() == 2


def test_fifty_at_once_are_taken_and_fifty_one_refused():
    organization = make_organization()
    ada = make_member(organization)
    emails = [f"p{n}@example.test" for n in range(51)]

    with pytest.raises(Invalid, match="51 addresses"):
        invitations.invite(organization, ",".join(emails), role=Role.VIEWER, by=ada)
    results = invitations.invite(organization, ",".join(emails[:50]), role=Role.VIEWER, by=ada)

    assert len(results) == 50
    assert all(result.sent for result in results)


def test_the_two_hundred_and_first_of_a_day_is_refused():
    organization = make_organization()
    ada = make_member(organization)
    for start in range(0, 200, 50):
        emails = ",".join(f"p{n}@example.test" for n in range(start, start + 50))
        invitations.invite(organization, emails, role=Role.VIEWER, by=ada)

    with pytest.raises(Refused, match="200 invitations a day"):
        invitations.invite(organization, "more@example.test", role=Role.VIEWER, by=ada)


def test_a_manager_cannot_invite_an_owner():
    organization = make_organization()
    make_member(organization)
    ben = make_member(organization, Role.MANAGER, name="Ben")

    with pytest.raises(Refused, match="Only an owner"):
        invitations.invite(organization, "new@example.test", role=Role.OWNER, by=ben)


def test_nothing_stored_holds_the_token():
    invitation = invited()
    token = invitations.token_of(invitation)

    assert invitation.token_hash != token
    notice = Notice.objects.get(kind="invitation")
    assert token not in str(notice.payload)
    assert not AuditEvent.objects.filter(data__icontains=token).exists()
    assert invitations.find(token) == invitation
    assert invitations.find("0" * 64) is None


def test_the_mail_holds_the_link_made_when_it_is_sent(mailoutbox):
    invitation = invited()

    notices.send(Notice.objects.get(kind="invitation"))

    assert reverse("invitation", args=[invitations.token_of(invitation)]) in mailoutbox[0].body
    assert mailoutbox[0].to == ["ben@example.test"]


def test_a_withdrawn_invitation_sends_no_mail_and_opens_no_door():
    invitation = invited()
    token, notice = invitations.token_of(invitation), Notice.objects.get(kind="invitation")

    invitations.withdraw(invitation, invitation.invited_by)

    assert invitations.find(token) is None
    notice.refresh_from_db()
    assert notice.done_at is not None
    with pytest.raises(GiveUp):
        notices.send(notice)


def test_sending_again_ends_the_older_link():
    invitation = invited()
    old = invitations.token_of(invitation)

    invitations.resend(invitation, invitation.invited_by)

    invitation.refresh_from_db()
    assert invitations.find(old) is None
    assert invitations.find(invitations.token_of(invitation)) == invitation
    assert Notice.objects.filter(kind="invitation", done_at=None).count() == 1


def test_a_link_ends_after_fourteen_days_and_the_address_can_be_invited_again():
    invitation = invited()
    token = invitations.token_of(invitation)

    with time_machine.travel(clock.now() + timedelta(days=14, minutes=1)):
        assert invitations.find(token) is None
        [result] = invitations.invite(
            invitation.organization, invitation.email, role=Role.VIEWER, by=invitation.invited_by
        )

    assert result.sent


def test_a_member_accepts_once():
    invitation = invited()
    token, ben = invitations.token_of(invitation), make_user("Ben", email="ben@example.test")

    membership = invitations.accept(token, ben)

    assert (membership.role, membership.organization) == (Role.REVIEWER, invitation.organization)
    with pytest.raises(Conflict):
        invitations.accept(token, ben)
    assert EmailAddress.objects.get(user=ben).verified


def test_another_persons_link_is_refused():
    invitation = invited()
    mallory = make_user("Mallory")

    with pytest.raises(Refused, match=r"ben@example\.test"):
        invitations.accept(invitations.token_of(invitation), mallory)

    assert not Membership.objects.filter(user=mallory).exists()


def test_an_invitation_to_a_second_address_is_its_owners(client: Client):
    invitation = invited()
    ada = make_user("Ada")
    EmailAddress.objects.create(user=ada, email="ben@example.test", verified=True)
    url = reverse("invitation", args=[invitations.token_of(invitation)])

    sent_to = client.get(url)["Location"]
    client.force_login(ada)
    client.post(url)

    assert sent_to == f"{reverse('account_login')}?next={url}"
    assert Membership.objects.get(user=ada).role == Role.REVIEWER
    assert not EmailAddress.objects.filter(user=ada, email=ada.email).exists()


def test_an_address_that_somebody_only_claims_does_not_bring_its_invitation():
    invitation = invited()
    mallory = make_user("Mallory")
    EmailAddress.objects.create(user=mallory, email="ben@example.test", verified=False)

    with pytest.raises(Refused, match=r"ben@example\.test"):
        invitations.accept(invitations.token_of(invitation), mallory)


def test_who_registered_a_strangers_address_loses_the_password_to_it():
    mallory = make_user("Mallory", email="ben@example.test", password="mallory knows this")
    invitation = invited()

    user = invitations.accept_as_newcomer(invitations.token_of(invitation), name="Ben", password="only ben knows this")

    assert user == mallory
    user.refresh_from_db()
    assert user.check_password("only ben knows this")
    assert user.name == "Ben"


def test_an_account_in_use_is_not_set_up_anew():
    invitation = invited()
    make_user("Ben", email="ben@example.test", last_login=clock.now())

    with pytest.raises(Refused, match="Sign in to accept"):
        invitations.accept_as_newcomer(invitations.token_of(invitation), name="Eve", password="whatever it takes")


def test_operations_invite_the_first_owner_while_sign_up_is_closed(settings):
    settings.SIGN_UP_OPEN = False

    organization = invitations.found_for("Kestrel", "Ada@Example.test", by=make_staff())

    invitation = Invitation.objects.get(organization=organization)
    assert (invitation.email, invitation.role) == ("ada@example.test", Role.OWNER)
    user = invitations.accept_as_newcomer(invitations.token_of(invitation), name="Ada", password="ada's own secret")
    assert Membership.objects.get(organization=organization).user == user


def test_an_address_that_is_none_founds_nothing():
    with pytest.raises(Invalid, match="not an e-mail address"):
        invitations.found_for("Kestrel", "nonsense", by=make_staff())

    assert not Invitation.objects.exists()


# --- the pages ----------------------------------------------------------------------------------------


def test_a_newcomer_sets_name_and_password_and_is_signed_in(client: Client):
    invitation = invited()
    url = reverse("invitation", args=[invitations.token_of(invitation)])

    page = client.get(url)
    answer = client.post(url, {"name": "Ben", "password": "a long enough secret"})

    assert "Set up and join" in page.content.decode()
    assert (answer.status_code, answer["Location"]) == (302, reverse("home"))
    assert client.session["_auth_user_id"] == str(User.objects.get(email="ben@example.test").pk)
    assert EmailAddress.objects.get(email="ben@example.test").verified
    assert client.get(url).status_code == 404


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "", "password": "a long enough secret"}, "This field is required."),
        ({"name": "Ben", "password": "short"}, "This password is too short."),
        ({"name": "x" * 121, "password": "a long enough secret"}, "at most 120 characters"),
        ({"name": "Ben\x00", "password": "a long enough secret"}, "Null characters are not allowed."),
        ({"name": "Win at http://evil.example", "password": "a long enough secret"}, "Leave out web addresses."),
    ],
)
def test_a_bad_set_up_is_told_beside_the_field(client: Client, data: dict[str, str], words: str):
    url = reverse("invitation", args=[invitations.token_of(invited())])

    answer = client.post(url, data)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Membership.objects.filter(role=Role.REVIEWER).exists()


def test_who_has_an_account_signs_in_first(client: Client):
    url = reverse("invitation", args=[invitations.token_of(invited())])
    make_user("Ben", email="ben@example.test", last_login=clock.now())

    answer = client.get(url)

    assert answer["Location"] == f"{reverse('account_login')}?next={url}"


def test_the_wrong_person_is_told_and_a_post_changes_nothing(client: Client):
    url = reverse("invitation", args=[invitations.token_of(invited())])
    mallory = make_user("Mallory")
    client.force_login(mallory)

    answers = [client.get(url), client.post(url)]

    assert [answer.status_code for answer in answers] == [403, 403]
    assert not Membership.objects.filter(user=mallory).exists()


def test_opening_the_link_changes_nothing_until_join_is_pressed(client: Client):
    invitation = invited()
    ben = make_user("Ben", email="ben@example.test")
    client.force_login(ben)
    url = reverse("invitation", args=[invitations.token_of(invitation)])

    client.get(url)
    before = Membership.objects.filter(user=ben).exists()
    client.post(url)

    assert (before, Membership.objects.filter(user=ben).exists()) == (False, True)


@pytest.mark.parametrize(("token", "status"), [("nonsense", 404), ("%00", 400), ("a" * 500, 404)])
def test_a_made_up_link_is_not_found(client: Client, token: str, status: int):
    assert client.get(f"/invitations/{token}/").status_code == status


@pytest.mark.django_db(transaction=True)
def test_two_at_once_join_once():
    invitation = invited()
    token = invitations.token_of(invitation)
    told: list[str] = []
    start = threading.Barrier(2)

    def set_up(name: str) -> None:
        start.wait()
        try:
            invitations.accept_as_newcomer(token, name=name, password="a long enough secret")
            told.append("joined")
        except (Conflict, Refused) as problem:
            told.append(type(problem).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=set_up, args=[name]) for name in ("Ben", "Eve")]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(told)[-1] == "joined"
    assert told.count("joined") == 1
    assert User.objects.filter(email="ben@example.test").count() == 1
    assert Membership.objects.filter(user__email="ben@example.test").count() == 1
