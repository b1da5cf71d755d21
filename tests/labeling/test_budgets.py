"""A job's limits hold to its end and beyond: on a retry, a rework, what operations give to people; and pages tell."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import F

from batches import rework
from batches import services as batch_services
from batches.models import SPENT, Batch, DataObject, ObjectFeedback
from batches.queries_batches import batch_live
from groundtruth import work
from groundtruth.states import Refused
from labeling.machine import limits
from labeling.machine.queries import Machine, machine_of
from labeling.models import Job, Task
from labeling.services import budgets, jobs, taking_over
from tests.factories import make_member, make_staff
from tests.labeling.loops import OBJECTS, begun, carry_on, texts

pytestmark = [pytest.mark.django_db, pytest.mark.database]

DECLINED = "Every person declined it: cut off"


def left_out(job: Job) -> int:
    return DataObject.objects.filter(batch=job.batch_id, failure=SPENT).count()


def fail_one(job: Job, failure: str = DECLINED) -> DataObject:
    """Let people fail on an object that they were asked about."""
    task = Task.objects.filter(job=job, state="waiting").select_related("data_object")[0]
    Task.objects.filter(pk=task.pk).update(state="failed", open_slots=0)
    DataObject.objects.filter(pk=task.data_object_id).update(failure=failure)
    Job.objects.filter(pk=job.pk).update(ended=F("ended") + 1)
    Batch.objects.filter(pk=job.batch_id).update(failed=left_out(job) + 1)
    return task.data_object


def limited(**fields: Any) -> Job:
    return begun(texts(), machine_labels=False, **fields)


def machine_on(job: Job) -> Machine:
    found = machine_of(Batch.objects.get(pk=job.batch_id))
    assert found is not None
    return found


# --- tried again ----------------------------------------------------------------------------------------------


def test_what_a_limit_left_out_is_not_tried_again() -> None:
    job = limited(most_human=260)
    batch = Batch.objects.get(pk=job.batch_id)
    assert left_out(job) == batch.failed == 1040

    with pytest.raises(Refused, match="No object failed for a reason that can be mended"):
        jobs.retry_failed(batch, make_staff())

    assert left_out(job) == 1040
    assert Task.objects.filter(job=job).count() == OBJECTS
    assert carry_on(job) == 260


def test_what_failed_otherwise_is_tried_again_beside_it() -> None:
    job = limited(most_percent=50)
    failed = fail_one(job)
    Job.objects.filter(pk=job.pk).update(most_percent=60)

    assert jobs.retry_failed(Batch.objects.get(pk=job.batch_id), make_staff()) == 1

    assert left_out(job) == 650
    assert list(Task.objects.filter(job=job, round=2).values_list("data_object", flat=True)) == [failed.pk]


def test_no_more_is_tried_again_than_the_job_may_ask() -> None:
    job = limited(most_human=260)
    failed = fail_one(job)

    with pytest.raises(Refused, match="its limit is reached"):
        jobs.retry_failed(Batch.objects.get(pk=job.batch_id), make_staff())

    failed.refresh_from_db()
    assert failed.failure == DECLINED
    assert carry_on(job) == 259


def test_failures_of_one_sort_are_cleared_and_those_of_the_limit_are_not() -> None:
    job = limited(most_human=260)
    failed = fail_one(job)
    ids = list(DataObject.objects.exclude(failure="").order_by("ordinal").values_list("pk", flat=True))

    assert rework.clear_failures(Batch.objects.get(pk=job.batch_id), None, ids) == [failed.pk]


def test_the_batch_page_offers_no_retry_where_only_the_limit_left_objects_out() -> None:
    job = limited(most_human=260)
    batch = Batch.objects.get(pk=job.batch_id)
    offered = [batch_live(batch, batch.project, "owner").acts.retry]
    fail_one(job)

    batch.refresh_from_db()
    offered.append(batch_live(batch, batch.project, "owner").acts.retry)
    assert offered == [False, True]


def rejected(job: Job, wrong: list[DataObject]) -> Batch:
    """Let the customer call objects of a labelled batch wrong and reject it."""
    batch, by = Batch.objects.get(pk=job.batch_id), make_member(job.batch.project.organization)
    for row in wrong:
        batch_services.give_feedback(batch, row, by, verdict="wrong", comment="")
    Batch.objects.filter(pk=batch.pk).update(state="review_complete")
    batch.refresh_from_db()
    batch_services.decide(batch, by, accept=False, reason="")
    return batch


def test_a_rework_asks_what_was_called_wrong_and_nothing_that_the_limit_left_out() -> None:
    job = limited(most_human=260)
    carry_on(job)
    labelled = DataObject.objects.filter(batch=job.batch_id, done_by="human").order_by("ordinal")[0]
    unlabelled = DataObject.objects.filter(batch=job.batch_id, failure=SPENT).order_by("ordinal")[0]

    rework.send_for_rework(rejected(job, [labelled, unlabelled]), None)
    again = Job.objects.get(batch=job.batch_id, kind="rework")
    work.advance(again._meta.label_lower, again.pk)

    assert list(Task.objects.filter(job=again).values_list("data_object", flat=True)) == [labelled.pk]
    assert left_out(job) == Batch.objects.get(pk=job.batch_id).failed == 1040


def test_what_has_no_label_is_no_reason_for_a_rework() -> None:
    job = limited(most_human=260)
    carry_on(job)
    unlabelled = DataObject.objects.filter(batch=job.batch_id, failure=SPENT).order_by("ordinal")[0]

    with pytest.raises(Refused, match="No object was called wrong"):
        rework.send_for_rework(rejected(job, [unlabelled]), None)
    assert ObjectFeedback.objects.get().data_object == unlabelled


# --- given to people -------------------------------------------------------------------------------------------


def lines_of_pool(job: Job, count: int) -> list[int]:
    pooled = Task.objects.filter(job=job, state="pooled").order_by("data_object__ordinal")
    return list(pooled.values_list("data_object__line_number", flat=True)[:count])


def test_operations_give_people_no_more_than_the_job_allows() -> None:
    job = begun(texts(), most_human=252)
    asked = Task.objects.filter(job=job, state="waiting").count()
    assert asked == 250

    with pytest.raises(Refused, match="asked about 2 more of this job’s objects, and here are 3: name fewer"):
        taking_over.force_to_people(job, make_staff(), lines=lines_of_pool(job, 3))
    assert Task.objects.filter(job=job, state="waiting").count() == 250

    assert taking_over.force_to_people(job, make_staff(), lines=lines_of_pool(job, 2)) == 2
    with pytest.raises(Refused, match="about no more objects of this job: its limit is reached"):
        taking_over.force_to_people(job, make_staff(), lines=lines_of_pool(job, 1))
    assert Task.objects.filter(job=job, state="waiting").count() == 252


# --- what is left ----------------------------------------------------------------------------------------------


def test_what_the_machine_labelled_counts_for_the_share_of_both() -> None:
    job = begun(texts(), most_percent=50)
    carry_on(job)

    batch = Batch.objects.get(pk=job.batch_id)
    assert (limits.machine_labelled(job), batch.auto, batch.human) == (400, 400, 250)
    assert budgets.people_left(job) == 0
