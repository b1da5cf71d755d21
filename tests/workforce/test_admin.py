"""Operations make vendors, teams and workers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from projects.models import Notice
from tests.factories import make_organization, make_staff, make_team, make_worker
from workforce.models import Team, Vendor, Worker

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def olga(client: Client) -> None:
    client.force_login(make_staff())


def test_a_worker_is_added_by_mail(client: Client) -> None:
    team = make_team()

    client.post(reverse("admin:workforce_worker_add"), {"email": "Wei@example.test", "name": "Wei", "teams": [team.pk]})

    worker = Worker.objects.get()
    assert (worker.user.email, worker.status, list(worker.teams.all())) == ("wei@example.test", "invited", [team])
    assert Notice.objects.filter(kind="worker_welcome", recipient="wei@example.test").count() == 1


def test_teams_of_two_vendors_are_refused_in_words(client: Client) -> None:
    other = Team.objects.create(vendor=Vendor.objects.create(name="Volta", tier="vendor"), name="A")

    response = client.post(
        reverse("admin:workforce_worker_add"),
        {"email": "w@example.test", "name": "W", "teams": [make_team().pk, other.pk]},
    )

    assert "all of the same vendor" in response.content.decode()
    assert Worker.objects.count() == 0


def test_a_worker_is_disabled_and_enabled(client: Client) -> None:
    worker = make_worker(make_team())

    client.post(reverse("admin:workforce_worker_act", args=[worker.pk, "disable"]))
    disabled = Worker.objects.get().status
    client.post(reverse("admin:workforce_worker_act", args=[worker.pk, "enable"]))

    assert (disabled, Worker.objects.get().status) == ("disabled", "active")


def test_a_workers_teams_are_changed_among_the_vendors_own(client: Client) -> None:
    first, second = make_team(), make_team("Night shift")
    foreign = Team.objects.create(vendor=Vendor.objects.create(name="Volta", tier="vendor"), name="A")
    worker = make_worker(first)
    url = reverse("admin:workforce_worker_change", args=[worker.pk])

    client.post(url, {"teams": [second.pk], "languages": "de", "country": "DE"})
    refused = client.post(url, {"teams": [foreign.pk], "languages": "fr", "country": "DE"})

    worker.refresh_from_db()
    assert (list(worker.teams.all()), worker.languages) == ([second], "de")
    assert refused.status_code == 200


def test_a_customers_own_workforce_needs_its_customer(client: Client) -> None:
    url, organization = reverse("admin:workforce_vendor_add"), make_organization()

    refused = client.post(url, {"name": "Own", "tier": "private", "region": "home"})
    client.post(url, {"name": "Own", "tier": "private", "organization": organization.pk, "region": "home"})

    assert refused.status_code == 200
    assert Vendor.objects.get().organization == organization


def test_a_vendor_gets_a_team_and_is_delisted(client: Client) -> None:
    vendor = Vendor.objects.create(name="Volta", tier="vendor")

    client.post(reverse("admin:workforce_team_add"), {"vendor": vendor.pk, "name": "Days"})
    twice = client.post(reverse("admin:workforce_team_add"), {"vendor": vendor.pk, "name": "Days"})
    client.post(reverse("admin:workforce_vendor_act", args=[vendor.pk, "stop"]))

    vendor.refresh_from_db()
    assert (Team.objects.count(), twice.status_code, vendor.active) == (1, 200, False)


def test_mallory_adds_nobody(client: Client) -> None:
    client.logout()

    response = client.post(
        reverse("admin:workforce_worker_add"), {"email": "w@example.test", "name": "W", "teams": [make_team().pk]}
    )

    assert (response.status_code, Worker.objects.count()) == (302, 0)
