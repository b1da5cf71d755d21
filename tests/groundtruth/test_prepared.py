"""Prepared statements do what the ORM's own do, with new values each time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F

from batches.models import Batch, BatchDay
from groundtruth import clock
from groundtruth.prepared import Prepared
from labeling.models import Assignment, Task
from tests.factories import make_job, make_running_batch, make_team, make_worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_kept_select_returns_what_values_list_does() -> None:
    first, second = make_running_batch(), make_running_batch()
    find = Prepared(
        lambda pk: Batch.objects.filter(pk=pk).values_list("pk", "name", "state", "closed_at", "created_at")[:1]
    )

    rows = [find.first(pk=batch.pk) for batch in (first, second)]

    assert rows == [
        Batch.objects.values_list("pk", "name", "state", "closed_at", "created_at").get(pk=b.pk)
        for b in (first, second)
    ]
    assert find.first(pk=0) is None


def test_a_kept_update_changes_the_rows_that_match_and_counts_them() -> None:
    job = make_job(make_running_batch(texts=("a", "b")))
    first, second = Task.objects.filter(job=job).order_by("pk")
    take = Prepared(
        lambda pk: Task.objects.filter(pk=pk, open_slots__gt=0), lambda pk: {"open_slots": F("open_slots") - 1}
    )

    counts = [take.update(pk=first.pk) for _ in range(4)]

    assert counts == [1, 1, 1, 0]
    assert list(Task.objects.order_by("pk").values_list("open_slots", flat=True)) == [0, 3]
    assert take.update(pk=second.pk) == 1


def test_times_and_days_arrive_as_they_are() -> None:
    worker = make_worker(make_team())
    job = make_job(team=worker.teams.get())
    row = Assignment.objects.create(
        task=job.tasks.first(), worker=worker, claimed_at=clock.now(), lease_until=clock.now()
    )
    lease = clock.now() + timedelta(minutes=7, microseconds=13)
    move_lease = Prepared(lambda pk, lease: Assignment.objects.filter(pk=pk), lambda pk, lease: {"lease_until": lease})
    add = Prepared(
        lambda batch, day, n: BatchDay.objects.filter(batch=batch, day=day),
        lambda batch, day, n: {"labels": F("labels") + n},
    )
    BatchDay.objects.create(batch=job.batch, day=clock.today())

    moved, added = move_lease.update(pk=row.pk, lease=lease), add.update(batch=job.batch_id, day=clock.today(), n=5)

    assert (moved, added) == (1, 1)
    assert Assignment.objects.get().lease_until == lease
    assert BatchDay.objects.get().labels == 5


def test_a_value_that_decides_the_shape_is_refused() -> None:
    by_letter = Prepared(lambda text: Batch.objects.filter(name__startswith=text).values_list("pk")[:1])

    with pytest.raises(ValueError, match="does not pass text on as it is"):
        by_letter.first(text="w")
    with pytest.raises(TypeError, match="not NoneType"):
        by_letter.first(text=None)
