"""The schedules of the settings, in django-q2's table."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django_q.models import Schedule


def sync_schedules() -> int:
    """Make django-q2's table hold exactly the schedules of the settings, by name; return how many changed.

    Repeated, it changes nothing, and no next run moves. Schedules of functions that are not ours are left alone.
    """
    with transaction.atomic():
        forgotten = _ours().exclude(name__in=[name for name, _, _ in settings.SCHEDULES])
        return forgotten.delete()[0] + sum(_upsert(*row) for row in settings.SCHEDULES)


def missing_schedules() -> list[str]:
    """Return the names of the settings' schedules that the table lacks or holds otherwise."""
    there = set(_ours().values_list("name", "func", "minutes"))
    return [name for name, function, minutes in settings.SCHEDULES if (name, function, minutes) not in there]


def _ours() -> QuerySet[Any]:
    """Return the rows that call into our apps: an operator's own schedules call elsewhere."""
    roots = {function.partition(".")[0] for _, function, _ in settings.SCHEDULES}
    return Schedule.objects.filter(func__regex=rf"^({'|'.join(sorted(roots))})\.")


def _upsert(name: str, function: str, minutes: int) -> int:
    wanted = {"func": function, "schedule_type": Schedule.MINUTES, "minutes": minutes, "repeats": -1}
    rows = list(Schedule.objects.filter(name=name).order_by("pk"))  # names are not unique there
    if not rows:
        Schedule.objects.create(name=name, **wanted)
        return 1
    surplus = Schedule.objects.filter(pk__in=[row.pk for row in rows[1:]]).delete()[0]
    if all(getattr(rows[0], field) == value for field, value in wanted.items()):
        return surplus
    return surplus + Schedule.objects.filter(pk=rows[0].pk).update(**wanted)
