"""Objects and labels a day: figures of a range and scope, the page, and the CSV."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from batches.models import Batch, BatchDay
from batches.queries_metrics import Scope, metrics, parse_scope, scope_choices
from tests.factories import make_member, make_organization, make_project, make_running_batch, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]

MONDAY = date(2026, 11, 16)


@pytest.fixture(autouse=True)
def _today(time_machine: Any) -> None:
    time_machine.move_to("2026-11-19 14:00:00+00:00")


def worked_batch(project: Any, *days: tuple[int, int, int], name: str = "") -> Batch:
    """A batch with a day from Monday on for each (people, machine, labels)."""
    batch = make_running_batch(project)
    Batch.objects.filter(pk=batch.pk).update(name=name or batch.name)
    for n, (human, auto, labels) in enumerate(days):
        BatchDay.objects.create(
            batch=batch,
            day=MONDAY + timedelta(days=n),
            human=human,
            auto=auto,
            labels=labels,
            agreement=human * 0.5,
            agreed=human,
        )
    return batch


def test_days_add_up_over_batches_and_stay_apart_by_scope() -> None:
    organization = make_organization()
    ada = make_member(organization)
    project, other = make_project(organization), make_project(organization)
    first = worked_batch(project, (10, 0, 30), (5, 7, 15))
    worked_batch(other, (1, 1, 3))
    week = (MONDAY, MONDAY + timedelta(days=6))

    everything = metrics(ada, Scope(), *week)
    of_project = metrics(ada, Scope("project", project.public_id), *week)
    of_batch = metrics(ada, Scope("batch", first.public_id), *week)
    one_day = metrics(ada, Scope(), MONDAY, MONDAY)

    assert (everything.completed, everything.labels, everything.objects) == (24, 48, 6)
    assert [day.completed for day in everything.days] == [12, 12, 0, 0, 0, 0, 0]
    assert (of_project.human, of_project.auto, of_project.labels, of_project.objects) == (15, 7, 45, 3)
    assert of_batch.completed == 22
    assert (one_day.completed, one_day.labels) == (12, 33)


def test_the_charts_say_the_same_numbers() -> None:
    organization = make_organization()
    ada = make_member(organization)
    worked_batch(make_project(organization), (10, 0, 30), (5, 7, 15))

    completed, labels, agreement = metrics(ada, Scope(), MONDAY, MONDAY + timedelta(days=2)).charts

    assert completed.rows == (("Mon 16", 10, 0, 10), ("Tue 17", 5, 7, 12), ("Wed 18", 0, 0, 0))
    assert [row[:2] for row in labels.rows] == [("Mon 16", 30), ("Tue 17", 15), ("Wed 18", 0)]
    assert [row[:2] for row in agreement.rows] == [("Mon 16", 0.5), ("Tue 17", 0.5)]


@pytest.mark.parametrize("batches", [1, 9])
def test_the_figures_take_three_statements_whatever_the_number_of_batches(
    batches: int, django_assert_num_queries: Any
) -> None:
    organization = make_organization()
    ada = make_member(organization)
    project = make_project(organization)
    for _ in range(batches):
        worked_batch(project, (1, 1, 3))

    with django_assert_num_queries(3):
        found = metrics(ada, Scope(), MONDAY, MONDAY)
    with django_assert_num_queries(2):
        scope_choices(ada)

    assert len(found.rows) == batches


def test_a_stranger_measures_nothing_even_by_name() -> None:
    project = make_project()
    batch = worked_batch(project, (10, 0, 30))
    mallory = make_user("Mallory")

    found = metrics(mallory, Scope("batch", batch.public_id), MONDAY, MONDAY)

    assert (found.completed, found.labels, found.objects, found.rows) == (0, 0, 0, [])
    assert scope_choices(mallory) == []


@pytest.mark.parametrize(
    ("code", "scope"),
    [("", Scope()), ("all", Scope()), ("batch-", Scope()), ("x-1", Scope()), ("batch-a1", Scope("batch", "a1"))],
)
def test_a_scope_is_read_from_the_address(code: str, scope: Scope) -> None:
    assert parse_scope(code) == scope


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_csv_has_a_row_a_batch_and_day_and_no_formula() -> None:
    organization = make_organization()
    ada = make_member(organization)
    worked_batch(make_project(organization, title="Signs"), (10, 2, 30), name="=week")

    answer = signed_in(ada).get(reverse("metrics_csv"), {"first": "2026-11-16", "last": "2026-11-19"})

    rows = list(csv.reader(answer.getvalue().decode().splitlines()))
    assert rows[0][:5] == ["day", "organization", "project", "batch", "people"]
    assert rows[1] == ["2026-11-16", "Acme", "Signs", "'=week", "10", "2", "12", "0", "30", "0.0"]
    assert len(rows) == 2


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({}, 14),
        ({"first": "2026-11-16"}, 1),
        ({"first": "2026-11-19", "last": "2026-11-16"}, 4),
        ({"first": "1999-01-01", "last": "2026-11-19"}, 366),
        ({"first": "nonsense", "last": "2026-11-19"}, 1),
    ],
)
def test_a_range_is_read_from_the_address(query: dict[str, str], days: int) -> None:
    answer = signed_in(make_user("Ada")).get(reverse("metrics"), query)

    assert len(answer.context["found"].days) == days


def test_the_page_shows_the_figures_and_says_what_to_do_without_any() -> None:
    organization = make_organization()
    ada = make_member(organization)
    client = signed_in(ada)
    assert "Nothing was labelled in these days" in client.get(reverse("metrics")).content.decode()

    batch = worked_batch(make_project(organization), (1234, 0, 3702))

    page = client.get(reverse("metrics")).content.decode()
    assert "1,234" in page
    assert "3,702" in page
    assert batch.name in page
