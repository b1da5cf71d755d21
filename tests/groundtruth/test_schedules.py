"""sync_schedules: the table holds what the settings say, once each, however often it is run."""

from __future__ import annotations

from io import StringIO

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.utils.module_loading import import_string
from django_q.models import Schedule
from pytest_django import Settings

from groundtruth.schedules import missing_schedules, sync_schedules

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def table() -> set[tuple[str, str, int | None]]:
    return set(Schedule.objects.values_list("name", "func", "minutes"))


def test_every_function_of_the_settings_exists():
    assert all(callable(import_string(function)) for _, function, _ in django_settings.SCHEDULES)


def test_it_writes_the_schedules_of_the_settings_once():
    first, second = sync_schedules(), sync_schedules()

    assert (first, second) == (len(django_settings.SCHEDULES), 0)
    assert table() == set(django_settings.SCHEDULES)
    assert missing_schedules() == []


def test_a_changed_schedule_is_mended_and_keeps_its_next_run(settings: Settings):
    settings.SCHEDULES = [("sweep", "groundtruth.work.sweep", 1)]
    sync_schedules()
    planned = Schedule.objects.get().next_run
    settings.SCHEDULES = [("sweep", "groundtruth.work.sweep", 2)]

    assert missing_schedules() == ["sweep"]
    assert sync_schedules() == 1
    assert Schedule.objects.values_list("minutes", "next_run").get() == (2, planned)


def test_a_second_row_of_the_same_name_goes(settings: Settings):
    settings.SCHEDULES = [("sweep", "groundtruth.work.sweep", 1)]
    sync_schedules()
    Schedule.objects.create(name="sweep", func="groundtruth.work.sweep", minutes=5, schedule_type=Schedule.MINUTES)

    assert sync_schedules() == 1
    assert table() == {("sweep", "groundtruth.work.sweep", 1)}


def test_a_schedule_that_the_settings_no_longer_name_goes_and_an_operators_own_stays(settings: Settings):
    settings.SCHEDULES = [("sweep", "groundtruth.work.sweep", 1)]
    Schedule.objects.create(name="old", func="groundtruth.work.gone", minutes=1, schedule_type=Schedule.MINUTES)
    Schedule.objects.create(name="backup", func="plant.backup.run", minutes=60, schedule_type=Schedule.MINUTES)

    sync_schedules()

    assert table() == {("sweep", "groundtruth.work.sweep", 1), ("backup", "plant.backup.run", 60)}


def test_the_command_says_what_changed(settings: Settings):
    settings.SCHEDULES = [("sweep", "groundtruth.work.sweep", 1)]
    first, second = StringIO(), StringIO()

    call_command("sync_schedules", stdout=first)
    call_command("sync_schedules", stdout=second)

    assert first.getvalue() == "1 schedules changed.\n"
    assert second.getvalue() == "All schedules are as the settings say.\n"
