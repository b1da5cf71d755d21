"""Which account an identity opens, and which never: an address alone must not bring anybody into another's account."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from projects import accounts, invitations
from projects.models import Invitation, Membership, Notice, Organization, Role, User
from tests import identity
from tests.factories import PASSWORD, make_member, make_organization, make_team, make_user, make_worker
from tests.identity import Provider, come, kestrel_here, who

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SIGN_IN, SIGN_UP = reverse("account_login"), reverse("socialaccount_signup")
CONNECTIONS = reverse("socialaccount_connections")
VERIFIED = {"email": "ada@example.test", "email_verified": True}


@pytest.fixture(autouse=True)
def kestrel(provider: Provider, settings: Settings) -> Provider:
    return kestrel_here(provider, settings)


def confirmed(name: str = "Ada", *, email: str = "ada@example.test", **fields) -> User:
    """A person who has an account in use, with a password."""
    user = make_user(name, email=email, password=PASSWORD, **fields)
    accounts.confirm_address(user)
    return user


def signed_in(user: User) -> Client:
    """A client that has just signed in by password."""
    client = Client()
    assert client.post(SIGN_IN, {"login": user.email, "password": PASSWORD})["Location"] == reverse("home")
    return client


def subjects() -> list[tuple[User, str]]:
    """Return each account that an identity opens, with the identity's name at the provider."""
    return [(row.user, row.extra_data["id_token"]["sub"]) for row in SocialAccount.objects.order_by("pk")]


def said(client: Client, address: str = SIGN_IN) -> str:
    return client.get(address).content.decode()


# --- an address that the provider verified -------------------------------------------------------------------


def mails_to(user: User) -> list[tuple[str, str]]:
    return list(Notice.objects.filter(recipient=user.email).order_by("pk").values_list("kind", "payload__provider"))


def test_a_verified_address_opens_the_account_that_has_it_and_its_owner_is_told(client: Client, kestrel: Provider):
    ada = confirmed()
    kestrel.knows("ada", **VERIFIED)

    answer = come(client, "ada")

    assert answer["Location"] == reverse("home")
    assert who(client) == ada
    assert ada.check_password(PASSWORD)
    assert subjects() == [(ada, "ada")]
    assert mails_to(ada) == [("identity_connected", "Kestrel")]


def test_from_then_on_the_identity_opens_it_whatever_its_address_becomes(kestrel: Provider):
    ada, ben = confirmed(), confirmed("Ben", email="ben@example.test")
    kestrel.knows("ada", **VERIFIED)
    come(Client(), "ada")
    kestrel.knows("ada", email=ben.email, email_verified=True)
    client = Client()

    come(client, "ada")

    assert who(client) == ada


def test_a_second_confirmed_address_opens_the_account_too(client: Client, kestrel: Provider):
    ada = confirmed()
    EmailAddress.objects.create(user=ada, email="a.lovelace@example.test", verified=True)
    kestrel.knows("ada", email="a.lovelace@example.test", email_verified=True)

    come(client, "ada")

    assert who(client) == ada


def test_an_address_given_to_somebody_new_does_not_bring_the_old_ones_account(kestrel: Provider):
    ada = confirmed()
    kestrel.knows("ada", **VERIFIED)
    kestrel.knows("successor", **VERIFIED)
    come(Client(), "ada")
    client = Client()

    answer = come(client, "successor", next="/metrics/")

    assert answer["Location"] == f"{SIGN_IN}?next=/metrics/"
    assert "ada@example.test has an account here already" in said(client)
    assert who(client) is None
    assert subjects() == [(ada, "ada")]


def test_another_provider_may_know_others_by_the_same_names(
    client: Client, kestrel: Provider, settings: Settings, provider: Provider
):
    ada = confirmed()
    kestrel.knows("1", **VERIFIED)
    come(Client(), "1")
    with identity.provider() as osprey:
        kestrel_here(osprey, settings)
        osprey.knows("1", email="mallory@example.test", email_verified=True)
        osprey.knows("2", **VERIFIED)
        mallory = Client()

        arrived = come(mallory, "1")
        come(client, "2")

    assert (arrived["Location"], who(mallory)) == (SIGN_UP, None)
    assert who(client) == ada
    assert subjects() == [(ada, "1"), (ada, "2")]


def test_a_worker_whom_operations_let_in_comes_by_the_provider_without_a_password(client: Client, kestrel: Provider):
    wei = make_worker(make_team()).user
    kestrel.knows("wei", email=wei.email, email_verified=True)

    come(client, "wei")

    assert client.get(reverse("home"))["Location"] == reverse("work_home")
    assert accounts.is_confirmed(wei)


def test_an_account_of_operations_never_opens_by_an_address(client: Client, kestrel: Provider):
    confirmed("Olga", is_staff=True, is_superuser=True)
    kestrel.knows("mallory", **VERIFIED)

    answer = come(client, "mallory")

    assert answer["Location"] == f"{SIGN_IN}?next=/"
    assert "Sign in to it another way" in said(client)
    assert who(client) is None
    assert not SocialAccount.objects.exists()


def test_where_addresses_must_not_match_the_owner_is_told_what_to_do(
    client: Client, kestrel: Provider, settings: Settings
):
    settings.SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
    confirmed()
    kestrel.knows("ada", **VERIFIED)

    come(client, "ada")

    assert "under Account, connect your single sign-on" in said(client)
    assert who(client) is None


def test_an_account_that_came_to_be_while_the_form_stood_open_is_not_made_twice(client: Client, kestrel: Provider):
    kestrel.knows("ada", **VERIFIED)
    come(client, "ada")
    confirmed()

    answer = client.post(SIGN_UP, {"name": "Ada", "organization": "Engines"}).content.decode()

    assert "ada@example.test has an account here already" in answer
    assert User.objects.count() == 1
    assert not Organization.objects.exists()


# --- an address that the provider did not verify ----------------------------------------------------------------


def test_an_unverified_address_opens_no_account_and_its_owner_is_told_by_mail(
    client: Client, kestrel: Provider, mailoutbox
):
    ada = confirmed()
    kestrel.knows("mallory", email="ada@example.test")

    come(client, "mallory")
    answer = client.post(SIGN_UP, {"name": "M", "organization": "Evil", "email": "ada@example.test"})

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert who(client) is None
    assert not SocialAccount.objects.exists()
    assert not Organization.objects.exists()
    assert list(User.objects.all()) == [ada]
    assert mailoutbox[0].to == ["ada@example.test"]
    assert "It has an account here already." in mailoutbox[0].body
    assert "To sign in by Kestrel from then on" in mailoutbox[0].body


def test_a_word_for_no_verifies_nothing(client: Client, kestrel: Provider):
    confirmed()
    kestrel.knows("mallory", email="ada@example.test", email_verified="false")

    answer = come(client, "mallory")

    assert answer["Location"] == SIGN_UP
    assert who(client) is None


# --- accounts that somebody made with an address that is not theirs ------------------------------------------------


def test_an_address_that_another_account_only_claims_belongs_to_nobody_yet(client: Client, kestrel: Provider):
    mallory = confirmed("Mallory", email="mallory@example.test")
    EmailAddress.objects.create(user=mallory, email="ada@example.test", verified=False)
    kestrel.knows("ada", **VERIFIED)

    come(client, "ada")
    client.post(SIGN_UP, {"name": "Ada", "organization": "Engines"})

    ada = User.objects.get(email="ada@example.test")
    assert who(client) == ada
    assert ada != mallory
    assert accounts.is_confirmed(ada)
    assert mallory.check_password(PASSWORD)


def test_who_registered_anothers_address_by_password_keeps_no_way_in(client: Client, kestrel: Provider):
    squatted = make_user("Mallory", email="ada@example.test", password=PASSWORD)
    TOTP.activate(squatted, generate_totp_secret())
    EmailAddress.objects.create(user=squatted, email="mallory@example.test", verified=False)
    kestrel.knows("ada", **VERIFIED)

    come(client, "ada")

    assert who(client) == squatted
    squatted.refresh_from_db()
    assert not squatted.has_usable_password()
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("ada@example.test", True)]
    assert not squatted.authenticator_set.exists()


def squat(kestrel: Provider) -> User:
    """Mallory, whose provider does not verify addresses, registers Ada's; returns the account, which is unconfirmed."""
    kestrel.knows("mallory", email="ada@example.test")
    client = Client()
    come(client, "mallory")
    client.post(SIGN_UP, {"name": "Ada", "organization": "Evil", "email": "ada@example.test"})
    [(account, _)] = subjects()
    return account


def test_who_registered_it_by_an_identity_of_theirs_keeps_no_way_in(client: Client, kestrel: Provider):
    squatted = squat(kestrel)
    kestrel.knows("ada", **VERIFIED)

    come(client, "ada")
    mallory = Client()
    answer = come(mallory, "mallory")

    assert who(client) == squatted
    assert answer["Location"] == SIGN_UP
    assert who(mallory) is None
    assert subjects() == [(squatted, "ada")]


def test_nor_once_the_owner_sets_a_password_by_mail(client: Client, kestrel: Provider, mailoutbox):
    squatted = squat(kestrel)
    mailoutbox.clear()

    client.post(reverse("account_reset_password"), {"email": "ada@example.test"})
    link = re.search(r"http://\S+?(/account/\S+)", mailoutbox[0].body)[1]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    mallory = Client()
    come(mallory, "mallory")

    assert who(signed_in(squatted)) == squatted
    assert who(mallory) is None
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize("by_identity", [False, True])
def test_nor_once_the_owner_follows_an_invitation(client: Client, kestrel: Provider, by_identity: bool):
    squatted = squat(kestrel)
    organization = make_organization()
    invitations.invite(organization, squatted.email, role=Role.VIEWER, by=make_member(organization, name="Ben"))
    link = reverse("invitation", args=[invitations.token_of(Invitation.objects.get())])
    kestrel.knows("ada")

    if by_identity:
        come(client, "ada", next=link)
        client.post(SIGN_UP, {"name": "Ada"})
    else:
        client.post(link, {"name": "Ada", "password": PASSWORD})
    mallory = Client()
    come(mallory, "mallory")

    assert who(client) == squatted
    assert Membership.objects.filter(user=squatted, organization=organization).exists()
    assert who(mallory) is None
    assert subjects() == ([(squatted, "ada")] if by_identity else [])


# --- connecting and removing on the account's page ----------------------------------------------------------------


def connect(client: Client, sub: str, password: str = PASSWORD) -> str:
    """Connect an identity, with the password that is asked for again; return where that ends."""
    answer = come(client, sub, process="connect")
    if answer["Location"] == reverse("account_reauthenticate"):
        answer = client.post(answer["Location"], {"password": password})
    return answer.get("Location", "")


def test_operations_connect_their_identity_and_come_in_by_it(kestrel: Provider):
    olga = confirmed("Olga", is_staff=True)
    kestrel.knows("olga", **VERIFIED)
    client = Client()

    ended = connect(signed_in(olga), "olga")
    come(client, "olga")

    assert ended == CONNECTIONS
    assert who(client) == olga


def test_an_identity_with_another_address_is_connected_as_well(kestrel: Provider):
    ada = confirmed()
    kestrel.knows("private", email="private@example.test")
    client = signed_in(ada)

    connect(client, "private")

    page = said(client, CONNECTIONS)
    assert "Kestrel signs you in to this account from now on." in page
    assert "private@example.test" in page
    assert subjects() == [(ada, "private")]
    assert list(EmailAddress.objects.values_list("email", flat=True)) == ["ada@example.test"]


def test_a_session_left_open_connects_nothing_without_the_password(kestrel: Provider):
    client = signed_in(confirmed())
    kestrel.knows("mallory", email="mallory@example.test")

    ended = connect(client, "mallory", password="a guess")

    assert ended == ""
    assert not SocialAccount.objects.exists()


def test_an_identity_that_opens_anothers_account_is_not_connected(kestrel: Provider):
    kestrel.knows("ada", **VERIFIED)
    ada, ben = confirmed(), confirmed("Ben", email="ben@example.test")
    come(Client(), "ada")
    client = signed_in(ben)

    connect(client, "ada")

    assert "somebody who has another account here" in said(client, CONNECTIONS)
    assert SocialAccount.objects.get().user == ada


def test_the_last_way_in_is_not_removed(client: Client, kestrel: Provider):
    kestrel.knows("ada", **VERIFIED)
    come(client, "ada")
    client.post(SIGN_UP, {"name": "Ada", "organization": "Engines"})

    answer = client.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk})

    assert "Set a password first" in answer.content.decode()
    assert SocialAccount.objects.count() == 1


def test_who_has_a_password_removes_an_identity_with_it(kestrel: Provider):
    kestrel.knows("ada", **VERIFIED)
    ada = confirmed()
    come(Client(), "ada")
    client, row = signed_in(ada), SocialAccount.objects.get()

    asked = client.post(CONNECTIONS, {"account": row.pk})
    still = SocialAccount.objects.exists()
    client.post(asked["Location"], {"password": PASSWORD})

    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    assert still
    assert not SocialAccount.objects.exists()
    assert mails_to(ada) == [("identity_connected", "Kestrel"), ("identity_removed", "Kestrel")]


def test_what_is_left_of_a_provider_that_was_switched_off_is_shown_and_harmless(
    client: Client, kestrel: Provider, settings: Settings
):
    kestrel.knows("ada", **VERIFIED)
    ada = confirmed()
    come(Client(), "ada")
    settings.SOCIALACCOUNT_PROVIDERS = {}
    client.force_login(ada)

    page = said(client, CONNECTIONS)
    answer = client.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk})

    assert "Remove" in page
    assert "This provider is switched off" in answer.content.decode()


def test_nobody_removes_anothers_identity(kestrel: Provider):
    kestrel.knows("ada", **VERIFIED)
    confirmed()
    come(Client(), "ada")
    mallory = signed_in(confirmed("Mallory", email="mallory@example.test"))

    answer = mallory.post(CONNECTIONS, {"account": SocialAccount.objects.get().pk})

    assert "Select a valid choice" in answer.content.decode()
    assert SocialAccount.objects.count() == 1


def test_the_accounts_pages_lead_to_it_where_there_is_a_provider(kestrel: Provider, settings: Settings):
    client = signed_in(confirmed())

    with_one = said(client, reverse("account"))
    settings.SOCIALACCOUNT_PROVIDERS = {}
    without = said(client, reverse("account"))

    assert f'href="{CONNECTIONS}"' in with_one
    assert f'href="{CONNECTIONS}"' not in without
