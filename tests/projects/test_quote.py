"""The price: entered by operations, accepted by name and time, and nothing goes on without it."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from groundtruth.states import Conflict, Invalid, Refused
from projects import services
from projects.models import AuditEvent, Notice, Quote, Role
from tests.factories import make_member, make_organization, make_project, make_staff, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def project():
    return make_project(make_organization(), state="pilot_complete", objects_expected=1000)


@pytest.fixture
def ada(project):
    return make_member(project.organization)


def quoted(project, price: int = 120) -> Quote:
    return services.price(project, make_staff(), currency="eur", price=price)


def test_a_price_ends_the_pilot_and_is_told(project, ada):
    quote = quoted(project)

    assert (quote.number, quote.currency, quote.price, project.state) == (1, "EUR", 120, "pricing_complete")
    assert Notice.objects.get(kind="quote_ready").payload["price"] == "EUR 1.20"


@pytest.mark.parametrize(("currency", "price"), [("EUR", 0), ("EUR", -1), ("EURO", 1), ("€", 1), ("12X", 1)])
def test_without_a_price_nothing_moves(project, currency, price):
    with pytest.raises(Invalid):
        services.price(project, make_staff(), currency=currency, price=price)

    project.refresh_from_db()
    assert project.state == "pilot_complete"


def test_before_the_pilot_is_complete_there_is_no_price():
    project = make_project(state="pilot_in_progress")

    with pytest.raises(Conflict):
        quoted(project)

    assert not Quote.objects.exists()


def test_a_later_price_takes_the_place_of_the_first(project, ada):
    first = quoted(project)
    second = quoted(project, 99)

    assert [(q.number, q.price) for q in Quote.objects.all()] == [(2, 99)]
    with pytest.raises(Conflict):
        services.accept_quote(first, ada, name="Ada Lovelace")
    services.accept_quote(second, ada, name="  Ada   Lovelace ")
    with pytest.raises(Refused, match="accepted a quote already"):
        quoted(project, 500)
    second.refresh_from_db()
    assert (second.accepted_by, second.accepted_name, second.price) == (ada, "Ada Lovelace", 99)


def test_a_quote_is_accepted_once(project, ada):
    quote = quoted(project)
    services.accept_quote(quote, ada, name="Ada Lovelace")

    with pytest.raises(Conflict):
        services.accept_quote(quote, ada, name="Eve")

    assert AuditEvent.objects.filter(verb="accept quote").count() == 1
    assert Notice.objects.filter(kind="quote_accepted").count() == 1


def test_a_name_is_needed(project, ada):
    with pytest.raises(Invalid):
        services.accept_quote(quoted(project), ada, name="  ")


def test_nothing_is_signed_without_an_accepted_price(project, ada):
    quote = quoted(project)

    with pytest.raises(Refused, match="not accepted a quote"):
        services.sign(project, make_staff())
    services.accept_quote(quote, ada, name="Ada Lovelace")
    services.sign(project, make_staff())
    services.go_live(project, make_staff())

    project.refresh_from_db()
    assert (project.state, project.stage) == ("production_in_progress", "production")


def test_a_closed_project_goes_no_further(project, ada):
    quote = quoted(project)
    services.close_request(project, make_staff(), "The price was declined.")

    with pytest.raises(Refused, match="closed"):
        services.accept_quote(quote, ada, name="Ada")


@pytest.mark.django_db(transaction=True)
def test_a_new_price_and_an_acceptance_at_once_never_leave_both():
    project = make_project(state="pilot_complete")
    ada, staff = make_member(project.organization), make_staff()
    quote = services.price(project, staff, currency="EUR", price=120)
    start, told = threading.Barrier(2), []

    def run(act, *args, **kwargs) -> None:
        start.wait()
        try:
            act(*args, **kwargs)
            told.append("done")
        except (Conflict, Refused):
            told.append("refused")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=run, args=[services.accept_quote, quote, ada], kwargs={"name": "Ada"}),
        threading.Thread(target=run, args=[services.price, project, staff], kwargs={"currency": "EUR", "price": 999}),
    ]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(told) == ["done", "refused"]
    [left] = Quote.objects.all()
    assert (left.price, left.accepted_name) in ((120, "Ada"), (999, ""))


# --- the page ---------------------------------------------------------------------------------------------


@pytest.fixture
def url(project):
    return reverse("quote", args=[project.organization.slug, project.slug])


def test_an_owner_reads_and_accepts(client: Client, project, ada, url):
    client.force_login(ada)
    empty = client.get(url).content.decode()
    quoted(project)
    page = client.get(url).content.decode()
    answer = client.post(url, {"number": 1, "name": "Ada Lovelace"})
    after = client.get(url).content.decode()

    assert "There is no price yet" in empty
    assert "€1.20" in page
    assert "€1,200.00" in page
    assert answer["Location"] == url
    assert "Ada Lovelace" in after
    assert "Accept the price" not in after


@pytest.mark.parametrize("role", [Role.MANAGER, Role.REVIEWER, Role.VIEWER])
def test_others_read_and_do_not_accept(client: Client, project, url, role):
    client.force_login(make_member(project.organization, role))
    quoted(project)

    page, answer = client.get(url).content.decode(), client.post(url, {"number": 1, "name": "Ben"})

    assert "Accept the price" not in page
    assert answer.status_code == 403
    assert Quote.objects.get().accepted_at is None


def test_a_stranger_finds_nothing(client: Client, project, url):
    quoted(project)
    client.force_login(make_user("Mallory"))

    assert client.get(url).status_code == 404
    assert client.post(url, {"number": 1, "name": "Mallory"}).status_code == 404


def test_a_price_that_changed_meanwhile_is_a_conflict(client: Client, project, ada, url):
    client.force_login(ada)
    quoted(project)
    quoted(project, 999)

    answer = client.post(url, {"number": 1, "name": "Ada"})

    assert answer.status_code == 409
    assert "The price changed meanwhile." in answer.content.decode()
    assert Quote.objects.get().accepted_at is None


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"number": 1, "name": ""}, "This field is required."),
        ({"number": 1, "name": "x" * 121}, "at most 120 characters"),
        ({"number": 1, "name": "Ada\x00"}, "Null characters are not allowed."),
        ({"number": 1, "name": "a\nb"}, "Leave out line breaks"),
        ({"number": "one", "name": "Ada"}, "Enter a whole number."),
    ],
)
def test_a_bad_signature_is_told(client: Client, project, ada, url, data, words):
    client.force_login(ada)
    quoted(project)

    answer = client.post(url, data)

    assert answer.status_code == 422
    assert words in answer.content.decode()
