"""Signing up and in by an OpenID provider that settings name: strangers, people with an account, the invited."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.usersessions.models import UserSession
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from groundtruth import clock
from groundtruth.settings import single_sign_on
from projects import accounts, invitations
from projects.models import Invitation, Membership, Organization, Role, User
from tests.factories import PASSWORD, make_member, make_organization, make_user
from tests.identity import Provider, come, kestrel_here, leave, say_who, who

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SIGN_UP = reverse("socialaccount_signup")
ADA = {"name": "Ada Lovelace", "organization": "Analytical Engines"}


@pytest.fixture(autouse=True)
def kestrel(provider: Provider, settings: Settings) -> Provider:
    return kestrel_here(provider, settings)


def confirmed(name: str, **fields) -> User:
    user = make_user(name, **fields)
    accounts.confirm_address(user)
    return user


def link_in(mail) -> str:
    return re.search(r"http://\S+?(/account/\S+)", mail.body)[1]


# --- strangers ----------------------------------------------------------------------------------------


def test_without_an_address_in_the_settings_there_is_no_provider(client: Client, settings: Settings):
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on("", "Kestrel", "id", "secret")

    page = client.get(reverse("account_login")).content.decode()

    assert "Kestrel" not in page
    assert client.post(reverse("openid_connect_login", args=["oidc"])).status_code == 404
    assert client.get(reverse("openid_connect_callback", args=["oidc"])).status_code == 404


@pytest.mark.parametrize("name", ["account_login", "account_signup"])
def test_the_way_in_offers_the_provider_by_its_name(client: Client, name: str):
    page = client.get(reverse(name), {"next": "/metrics/"}).content.decode()

    assert "Continue with Kestrel" in page
    assert 'action="/account/oidc/oidc/login/?process=login&amp;next=%2Fmetrics%2F"' in page


def test_nobody_is_sent_to_the_provider_by_a_mere_link(client: Client):
    page = client.get(reverse("openid_connect_login", args=["oidc"]))

    assert page.status_code == 200
    assert "http-equiv" not in page.content.decode()
    assert "Continue with Kestrel" in page.content.decode()


def test_a_stolen_code_is_of_no_use_without_the_session(client: Client):
    asked = parse_qs(urlsplit(leave(client)).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://testserver/account/oidc/oidc/login/callback/"]
    assert sorted(asked["scope"][0].split()) == ["email", "openid", "profile"]


def test_a_stranger_says_name_and_organization_and_owns_it(client: Client, kestrel: Provider, mailoutbox):
    kestrel.knows("ada", email="Ada@Example.test", email_verified=True, name="A. Lovelace")

    arrived = come(client, "ada")
    page = client.get(SIGN_UP).content.decode()
    answer = client.post(SIGN_UP, ADA)

    assert arrived["Location"] == SIGN_UP
    assert 'value="A. Lovelace"' in page
    assert "ada@example.test" in page
    assert 'name="email"' not in page
    assert answer["Location"] == reverse("home")
    ada = User.objects.get()
    assert (ada.name, ada.email, ada.has_usable_password()) == ("Ada Lovelace", "ada@example.test", False)
    membership = Membership.objects.get(user=ada)
    assert (membership.role, membership.organization.name) == (Role.OWNER, "Analytical Engines")
    assert accounts.is_confirmed(ada)
    assert who(client) == ada
    assert mailoutbox == []


def test_the_name_is_taken_from_its_parts_where_there_is_no_whole(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True, given_name="Ada", family_name="King")

    come(client, "ada")

    assert 'value="Ada King"' in client.get(SIGN_UP).content.decode()


def test_nothing_is_kept_of_what_else_the_provider_says(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True, birthdate="1815-12-10", groups=["engines"])
    come(client, "ada")

    client.post(SIGN_UP, ADA)

    person = {"sub": "ada", "email": "ada@example.test"}
    assert SocialAccount.objects.get().extra_data == {"userinfo": person, "id_token": {"iss": kestrel.url, **person}}
    assert not SocialToken.objects.exists()


def test_who_signed_up_so_comes_in_at_once_the_next_time_and_lands_where_they_wanted(kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    first, second = Client(), Client()
    come(first, "ada")
    first.post(SIGN_UP, ADA)

    answer = come(second, "ada", next="/metrics/")

    assert answer["Location"] == "/metrics/"
    assert who(second) == User.objects.get()


def test_an_address_that_the_provider_did_not_verify_is_confirmed_by_mail_first(
    client: Client, kestrel: Provider, mailoutbox
):
    kestrel.knows("ada", email="ada@example.test")
    come(client, "ada")

    page = client.get(SIGN_UP).content.decode()
    answer = client.post(SIGN_UP, {**ADA, "email": "ada@example.test"})
    too_early = come(Client(), "ada")
    nobody = who(client)
    client.post(link_in(mailoutbox[0]))
    come(client, "ada")

    assert 'name="email" value="ada@example.test"' in page
    assert answer["Location"] == too_early["Location"] == reverse("account_email_verification_sent")
    assert nobody is None
    assert who(client) == User.objects.get()


@pytest.mark.parametrize("said", [False, None, "false", "no", 1, "", "yes"])
def test_only_a_plain_yes_of_the_provider_verifies_an_address(client: Client, kestrel: Provider, said: object):
    kestrel.knows("ada", email="ada@example.test", email_verified=said)
    come(client, "ada")

    client.post(SIGN_UP, {**ADA, "email": "ada@example.test"})

    assert not EmailAddress.objects.get().verified
    assert who(client) is None


def test_a_yes_may_be_sent_as_a_word(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified="true")
    come(client, "ada")

    client.post(SIGN_UP, ADA)

    assert EmailAddress.objects.get().verified


def test_an_address_cannot_be_slipped_in_beside_the_verified_one(client: Client, kestrel: Provider):
    kestrel.knows("mallory", email="mallory@example.test", email_verified=True)
    come(client, "mallory")

    client.post(SIGN_UP, {**ADA, "email": "ada@example.test"})

    assert User.objects.get().email == "mallory@example.test"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("mallory@example.test", True)]


def test_who_corrects_an_unverified_address_has_the_corrected_one_alone(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@old.test")
    come(client, "ada")

    client.post(SIGN_UP, {**ADA, "email": "Ada@New.test"})

    assert User.objects.get().email == "ada@new.test"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("ada@new.test", False)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"organization": "x" * 121}, "at most 120 characters"),
        ({"organization": "Win at https://evil.example"}, "Leave out web addresses."),
        ({"name": "Ada\x00"}, "Null characters are not allowed."),
    ],
)
def test_a_bad_sign_up_is_told_and_makes_nobody(client: Client, kestrel: Provider, changes: dict[str, str], words: str):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    come(client, "ada")

    answer = client.post(SIGN_UP, {**ADA, **changes})

    assert words in answer.content.decode()
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_sign_up_is_rate_limited_as_the_other_one(kestrel: Provider, settings: Settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "1/m/ip"}
    answers = []
    for name in ("ada", "ben"):
        kestrel.knows(name, email=f"{name}@example.test", email_verified=True)
        client = Client()
        come(client, name)
        answers.append(client.post(SIGN_UP, ADA))

    assert [answer.status_code for answer in answers] == [302, 429]
    assert "Too many tries at once" in answers[1].content.decode()
    assert User.objects.count() == 1


def test_going_to_the_provider_is_rate_limited_as_signing_in(client: Client, settings: Settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "2/m/ip"}
    address = reverse("openid_connect_login", args=["oidc"])

    assert [client.post(address).status_code for _ in range(3)] == [200, 200, 429]


# --- while sign-up is closed -------------------------------------------------------------------------------


def test_while_sign_up_is_closed_a_stranger_is_refused_in_words(client: Client, kestrel: Provider, settings: Settings):
    settings.SIGN_UP_OPEN = False
    kestrel.knows("mallory", email="mallory@example.test", email_verified=True)

    arrived = come(client, "mallory").content.decode()
    pressed = client.post(SIGN_UP, ADA)

    assert "Accounts are made by invitation" in arrived
    assert 'class="door-card"' in arrived
    assert pressed["Location"] == reverse("account_login")
    assert not User.objects.exists()


def test_a_sign_up_that_was_begun_ends_when_sign_up_is_closed(client: Client, kestrel: Provider, settings: Settings):
    kestrel.knows("mallory", email="mallory@example.test", email_verified=True)
    come(client, "mallory")
    settings.SIGN_UP_OPEN = False

    answer = client.post(SIGN_UP, ADA).content.decode()

    assert "Accounts are made by invitation" in answer
    assert not User.objects.exists()


# --- the invited -------------------------------------------------------------------------------------------


def invited(email: str = "ben@example.test") -> str:
    """Ada invites this address as a reviewer; returns the link."""
    organization = make_organization("Kestrels")
    invitations.invite(organization, email, role=Role.REVIEWER, by=make_member(organization))
    return reverse("invitation", args=[invitations.token_of(Invitation.objects.get(email=email))])


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ben@example.test", "email_verified": True},
        {"email": "ben@example.test"},
        {"email": "ben@at-home.test", "email_verified": True},
        {},
    ],
)
def test_an_invited_newcomer_comes_by_the_provider_and_joins_even_while_sign_up_is_closed(
    client: Client, kestrel: Provider, settings: Settings, mailoutbox, claims: dict
):
    settings.SIGN_UP_OPEN = False
    link = invited()
    kestrel.knows("ben", name="Ben Jonson", **claims)

    offered = client.get(link).content.decode()
    come(client, "ben", next=link)
    page = client.get(SIGN_UP).content.decode()
    answer = client.post(SIGN_UP, {"name": "Ben"})

    assert "Continue with Kestrel" in offered
    assert "Join Kestrels" in page
    assert 'name="organization"' not in page
    assert 'name="email"' not in page
    assert answer["Location"] == reverse("home")
    ben = User.objects.get(email="ben@example.test")
    assert who(client) == ben
    assert accounts.is_confirmed(ben)
    assert list(EmailAddress.objects.filter(user=ben).values_list("email", flat=True)) == ["ben@example.test"]
    membership = Membership.objects.get(user=ben)
    assert (membership.role, membership.organization.name) == (Role.REVIEWER, "Kestrels")
    assert client.get(link).status_code == 404
    assert mailoutbox == []


def test_who_joined_so_comes_in_by_the_provider_from_then_on(client: Client, kestrel: Provider):
    link = invited()
    kestrel.knows("ben", email="ben@at-home.test")
    come(client, "ben", next=link)
    client.post(SIGN_UP, {"name": "Ben"})
    again = Client()

    come(again, "ben")

    assert who(again) == User.objects.get(email="ben@example.test")


def test_an_invited_person_with_an_account_signs_in_by_the_provider_and_accepts(client: Client, kestrel: Provider):
    ben = confirmed("Ben", email="ben@example.test", last_login=clock.now())
    link = invited()
    kestrel.knows("ben", email="ben@example.test", email_verified=True)

    sent_to = client.get(link)["Location"]
    arrived = come(client, "ben", next=link)
    before = Membership.objects.filter(user=ben).exists()
    client.post(link)

    assert sent_to == f"{reverse('account_login')}?next={link}"
    assert (arrived["Location"], before) == (link, False)
    assert Membership.objects.get(user=ben).role == Role.REVIEWER


def test_a_link_that_was_used_meanwhile_sets_nobody_up(client: Client, kestrel: Provider):
    link = invited()
    kestrel.knows("eve", email="eve@example.test")
    come(client, "eve", next=link)
    Client().post(link, {"name": "Ben", "password": PASSWORD})

    answer = client.post(SIGN_UP, {"name": "Eve", "organization": "Eve's", "email": "eve@example.test"})

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert User.objects.get(email="ben@example.test").name == "Ben"
    assert list(Membership.objects.filter(user__name="Eve").values_list("organization__name", flat=True)) == ["Eve's"]
    assert SocialAccount.objects.get().user.email == "eve@example.test"


def at_once(*posts: Callable[[], HttpResponse]) -> list[int]:
    """Send each at the same moment; return the statuses."""
    start, statuses = threading.Barrier(len(posts)), []

    def send(post: Callable[[], HttpResponse]) -> None:
        start.wait()
        try:
            statuses.append(post().status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[post]) for post in posts]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return sorted(statuses)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_one_link_at_once_one_joins(kestrel: Provider):
    link = invited()
    clients = {sub: Client(raise_request_exception=False) for sub in ("ben", "eve")}
    for sub, client in clients.items():
        kestrel.knows(sub)
        come(client, sub, next=link)

    statuses = at_once(*(lambda c=client, s=sub: c.post(SIGN_UP, {"name": s}) for sub, client in clients.items()))

    assert statuses in ([302, 302], [200, 302])
    assert User.objects.filter(email="ben@example.test").count() == 1
    assert Membership.objects.filter(role=Role.REVIEWER).count() == 1
    assert SocialAccount.objects.count() == 1
    assert [who(client) is None for client in clients.values()].count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_that_is_sent_twice_at_once_is_one(kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    first, second = (Client(raise_request_exception=False) for _ in range(2))
    come(first, "ada")
    second.cookies = first.cookies

    statuses = at_once(lambda: first.post(SIGN_UP, ADA), lambda: second.post(SIGN_UP, ADA))

    # The second comes too early, too late, or while the first renews the session that both are sent with.
    assert statuses in ([302, 302], [200, 302], [302, 400])
    assert (User.objects.count(), Organization.objects.count(), SocialAccount.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize("address", ["/invitations/made-up/", "/metrics/", "/nowhere/", "/invitations/"])
def test_no_other_address_lets_a_stranger_in_while_sign_up_is_closed(
    client: Client, kestrel: Provider, settings: Settings, address: str
):
    settings.SIGN_UP_OPEN = False
    kestrel.knows("mallory", email="mallory@example.test", email_verified=True)

    answer = come(client, "mallory", next=address).content.decode()

    assert "Accounts are made by invitation" in answer


# --- what else holds for everybody ------------------------------------------------------------------------------


def test_sessions_by_the_provider_are_listed_and_ended_like_others(kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    ada = confirmed("Ada", email="ada@example.test")
    here, there = Client(headers={"user-agent": "Desk"}), Client(headers={"user-agent": "Telephone"})
    come(here, "ada")
    come(there, "ada")

    page = here.get(reverse("usersessions_list")).content.decode()
    here.post(reverse("usersessions_list"))

    assert "Desk" in page
    assert "Telephone" in page
    assert UserSession.objects.filter(user=ada).count() == 1
    assert (who(here), there.get(reverse("account")).status_code) == (ada, 302)


def test_ending_a_persons_sessions_ends_those_by_the_provider(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    ada = confirmed("Ada", email="ada@example.test")
    come(client, "ada")

    assert accounts.end_sessions(ada) == 1
    assert client.get(reverse("account")).status_code == 302


def test_a_second_factor_is_asked_for_here_too(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    ada = confirmed("Ada", email="ada@example.test")
    TOTP.activate(ada, generate_totp_secret())
    codes = RecoveryCodes.activate(ada).get_unused_codes()

    arrived = come(client, "ada")
    before = who(client)
    client.post(reverse("mfa_authenticate"), {"code": codes[0]})

    assert (arrived["Location"], before) == (reverse("mfa_authenticate"), None)
    assert who(client) == ada


def test_a_person_who_was_shut_out_stays_out(client: Client, kestrel: Provider):
    kestrel.knows("ada", email="ada@example.test", email_verified=True)
    confirmed("Ada", email="ada@example.test", is_active=False)

    answer = come(client, "ada")

    assert answer["Location"] == reverse("account_inactive")
    assert who(client) is None


def test_an_answer_meant_for_another_browser_signs_nobody_in(client: Client, kestrel: Provider):
    kestrel.knows("mallory", email="mallory@example.test", email_verified=True)
    confirmed("Mallory", email="mallory@example.test")
    back = say_who(leave(Client()), "mallory")

    answer = client.get(back)

    assert answer.status_code == 401
    assert "begun too long ago or in another browser" in answer.content.decode()
    assert who(client) is None
