"""Signing up, in and out, as a browser does it; sessions, the account page, the health page."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django_q.models import Success

from groundtruth import clock
from projects import accounts, notices
from projects.models import Membership, Organization, Role, User
from projects.notices import notify
from tests.factories import PASSWORD, make_member, make_organization, make_staff, make_team, make_user, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]
FOUNDER = {
    "name": "Ada Lovelace",
    "organization": "Analytical Engines",
    "email": "Ada@Example.test",
    "password1": PASSWORD,
    "password2": PASSWORD,
}


@pytest.fixture(autouse=True)
def no_rates_left_over():
    cache.clear()


def link_in(mail) -> str:
    return re.search(r"http://\S+?(/account/\S+)", mail.body)[1]


def confirmed(name: str = "Ada", **fields) -> User:
    user = make_user(name, password=PASSWORD, **fields)
    accounts.confirm_address(user)
    return user


def sign_in(client: Client, user: User, password: str = PASSWORD):
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def test_a_stranger_founds_an_organization_once_the_mail_is_confirmed(client: Client, mailoutbox):
    page = client.get(reverse("account_signup"))
    answer = client.post(reverse("account_signup"), FOUNDER)
    too_early = sign_in(Client(), User.objects.get())
    shown = client.get(link_in(mailoutbox[0]))
    client.post(link_in(mailoutbox[0]))
    signed_in = sign_in(client, User.objects.get())

    assert 'name="organization"' in page.content.decode()
    assert answer["Location"] == too_early["Location"] == reverse("account_email_verification_sent")
    assert shown.status_code == 200
    assert not UserSession.objects.filter(user__email="other").exists()
    user = User.objects.get()
    assert (user.email, user.name) == ("ada@example.test", "Ada Lovelace")
    membership = Membership.objects.get(user=user)
    assert (membership.role, membership.organization.name) == (Role.OWNER, "Analytical Engines")
    assert signed_in["Location"] == reverse("home")


def test_opening_the_confirmation_link_confirms_nothing_until_it_is_pressed(client: Client, mailoutbox):
    client.post(reverse("account_signup"), FOUNDER)

    client.get(link_in(mailoutbox[0]))

    assert not EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "This field is required."),
        ({"organization": ""}, "This field is required."),
        ({"organization": "x" * 121}, "at most 120 characters"),
        ({"organization": "Win at https://evil.example"}, "Leave out web addresses."),
        ({"name": "Ada\x00"}, "Null characters are not allowed."),
        ({"name": "Ada\x1b[31m"}, "Leave out line breaks and control characters."),
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"password1": "12345678", "password2": "12345678"}, "This password is too common."),
        ({"password2": "something else"}, "You must type the same password each time."),
    ],
)
def test_a_bad_sign_up_is_told_and_makes_nobody(client: Client, changes: dict[str, str], words: str):
    answer = client.post(reverse("account_signup"), {**FOUNDER, **changes})

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not User.objects.exists()
    assert not Organization.objects.exists()


def test_a_known_address_is_not_told_apart_and_founds_nothing(client: Client, mailoutbox):
    confirmed("Ada", email="ada@example.test")

    answer = client.post(reverse("account_signup"), FOUNDER)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert User.objects.count() == 1
    assert not Organization.objects.exists()
    assert "already" in mailoutbox[0].body


def test_sign_up_can_be_switched_off(client: Client, settings):
    settings.SIGN_UP_OPEN = False

    page = client.get(reverse("account_signup"))
    client.post(reverse("account_signup"), FOUNDER)

    assert 'name="organization"' not in page.content.decode()
    assert not User.objects.exists()


def test_while_sign_up_is_closed_no_page_offers_it(client: Client, settings):
    opened = client.get(reverse("account_login")).content.decode()
    settings.SIGN_UP_OPEN = False

    closed = client.get(reverse("account_login")).content.decode()

    assert "Found an organization" in opened
    assert "Found an organization" not in closed


def test_sign_up_is_rate_limited(client: Client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}

    answers = [
        client.post(reverse("account_signup"), {**FOUNDER, "email": f"p{n}@example.test", "organization": f"O{n}"})
        for n in range(3)
    ]

    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert User.objects.count() == 2


def test_wrong_passwords_are_rate_limited(client: Client):
    user = confirmed()

    answers = [sign_in(client, user, "wrong").content.decode() for _ in range(6)]

    assert "are not correct" in answers[0]
    assert "Too many failed login attempts" in answers[5]


def test_the_address_signs_in_in_any_case(client: Client):
    user = confirmed()

    answer = client.post(reverse("account_login"), {"login": user.email.upper(), "password": PASSWORD})

    assert answer["Location"] == reverse("home")


def test_the_welcome_link_sets_a_password_once_and_confirms_the_address(client: Client, mailoutbox):
    wei = make_user("Wei")
    notify("w", wei.email, "worker_welcome", user=wei.pk)
    notices.send(notices.Notice.objects.get())
    link = link_in(mailoutbox[0])

    page = client.get(link, follow=True)
    form = page.redirect_chain[-1][0]
    client.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    wei.refresh_from_db()
    again = Client().get(link, follow=True).content.decode()

    assert wei.check_password(PASSWORD)
    assert accounts.is_confirmed(wei)
    assert "Bad Token" in again or 'name="password1"' not in again
    assert sign_in(Client(), wei)["Location"] == reverse("home")


def test_a_reset_does_not_confirm_where_the_mail_may_have_gone_elsewhere(rf):
    ada = make_user("Ada")
    EmailAddress.objects.create(user=ada, email="second@example.test")

    accounts.password_reset.send(sender=User, request=rf.get("/"), user=ada)

    assert not accounts.is_confirmed(ada)


def test_own_sessions_are_listed_and_ended(client: Client):
    user = confirmed()
    other = Client()
    sign_in(client, user)
    sign_in(other, user)

    page = client.get(reverse("usersessions_list"))
    client.post(reverse("usersessions_list"))

    assert page.status_code == 200
    assert UserSession.objects.filter(user=user).count() == 1
    assert other.get(reverse("account")).status_code == 302
    assert client.get(reverse("account")).status_code == 200


def test_one_session_is_ended_and_the_others_go_on(client: Client):
    user = confirmed()
    phone, laptop = Client(), Client()
    for browser in (client, phone, laptop):
        sign_in(browser, user)
    lost = UserSession.objects.get(session_key=phone.session.session_key)

    answer = client.post(reverse("end_session", args=[lost.pk]), follow=True)

    assert "That session is signed out." in answer.content.decode()
    assert phone.get(reverse("account")).status_code == 302
    assert [browser.get(reverse("account")).status_code for browser in (client, laptop)] == [200, 200]


def test_nobody_ends_another_persons_session(client: Client):
    other, theirs = Client(), confirmed()
    sign_in(other, theirs)
    sign_in(client, confirmed())

    answer = client.post(reverse("end_session", args=[UserSession.objects.get(user=theirs).pk]))

    assert answer.status_code == 404
    assert other.get(reverse("account")).status_code == 200


def test_a_closed_sign_up_is_not_offered(client: Client, settings):
    link = reverse("account_signup")
    shown = link in client.get(reverse("account_login")).content.decode()
    settings.SIGN_UP_OPEN = False

    hidden = link not in client.get(reverse("account_login")).content.decode()

    assert (shown, hidden) == (True, True)


def test_ending_all_sessions_signs_out_everywhere(client: Client):
    user = confirmed()
    sign_in(client, user)

    ended = accounts.end_sessions(user)

    assert ended == 1
    assert client.get(reverse("account"))["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize(
    "name",
    [
        "account_email",
        "account_change_password",
        "mfa_index",
        "mfa_list_webauthn",
        "usersessions_list",
        "account_logout",
    ],
)
def test_each_account_page_stands_in_our_layout(client: Client, name: str):
    sign_in(client, confirmed())

    page = client.get(reverse(name), follow=True)

    assert page.status_code == 200
    assert 'class="brand"' in page.content.decode()


@pytest.mark.parametrize(
    "name", ["account_login", "account_signup", "account_reset_password", "account_reset_password_done"]
)
def test_each_entrance_page_stands_in_our_layout(client: Client, name: str):
    page = client.get(reverse(name))

    assert page.status_code == 200
    assert 'class="door-card"' in page.content.decode()


@pytest.mark.parametrize(
    ("name", "onward"),
    [
        ("account_email_verification_sent", "account_login"),
        ("account_inactive", "account_login"),
        ("account_reset_password", "account_login"),
        ("account_reset_password_done", "account_login"),
        ("account_reset_password_from_key_done", "home"),
        ("account_signup", "account_login"),
    ],
)
def test_each_entrance_page_leads_onward(client: Client, name: str, onward: str):
    page = client.get(reverse(name)).content.decode()

    assert f'href="{reverse(onward)}"' in page.split('class="brand"')[1].split("</a>", 1)[1]


def test_a_link_to_a_new_password_that_was_used_leads_to_another(client: Client):
    page = client.get(
        reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "gone"})
    ).content.decode()

    assert f'href="{reverse("account_reset_password")}"' in page


# --- the account page ----------------------------------------------------------------------------------


def test_the_account_page_changes_the_name_and_lists_organizations(client: Client):
    ada = make_member(make_organization("Kestrel"))
    client.force_login(ada)

    answer = client.post(reverse("account"), {"name": "Ada L."})
    page = client.get(reverse("account")).content.decode()

    assert answer["Location"] == reverse("account")
    assert User.objects.get(pk=ada.pk).name == "Ada L."
    assert "Kestrel" in page


def test_who_only_works_finds_the_jobs_beside_the_account(client: Client):
    wei, ada = make_worker(make_team()).user, make_member(make_organization())

    client.force_login(wei)
    worker = client.get(reverse("account")).context["frame"]
    client.force_login(ada)
    customer = client.get(reverse("account")).context["frame"]

    assert [link.title for section in worker.sections for link in section.links] == ["Jobs", "History", "Quality"]
    assert [link.title for section in customer.sections for link in section.links] == ["Projects", "Metrics"]


@pytest.mark.parametrize("name", ["", "x" * 121, "a\x00b", "a\nb"])
def test_a_bad_name_is_refused(client: Client, name: str):
    ada = make_user("Ada")
    client.force_login(ada)

    assert client.post(reverse("account"), {"name": name}).status_code == 422
    assert User.objects.get(pk=ada.pk).name == "Ada"


# --- health ------------------------------------------------------------------------------------------------


def sweep(minutes_ago: int) -> None:
    at = clock.now() - timedelta(minutes=minutes_ago)
    Success.objects.create(
        id=f"{minutes_ago}", name="s", func="groundtruth.work.sweep", started=at, stopped=at, success=True
    )


@pytest.mark.parametrize(
    ("swept", "status", "report"),
    [
        ([], 503, {"database": "ok", "cluster": "has not started yet"}),
        ([10], 503, {"database": "ok", "cluster": "is silent"}),
        ([10, 1], 200, {"database": "ok", "cluster": "ok"}),
    ],
)
def test_health_follows_the_clusters_sweep(client: Client, swept: list[int], status: int, report: dict[str, str]):
    for minutes in swept:
        sweep(minutes)

    answer = client.get("/healthz")

    assert (answer.status_code, answer.json()) == (status, report)


def test_only_operations_read_the_outbox(client: Client):
    client.force_login(make_user("Mallory"))
    stranger = client.get(reverse("outbox")).status_code
    client.force_login(make_staff())

    assert (stranger, client.get(reverse("outbox")).status_code) == (403, 200)
