"""A job's limits hold to its end and beyond: on a retry, a rework, what operations give to people; and pages tell."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from batches import rework
from batches import services as batch_services
from batches.models import SPENT, Batch, DataObject, ObjectFeedback
from batches.queries_batches import batch_live
from groundtruth import work
from groundtruth.states import Refused
from labeling.machine import limits
from labeling.machine.queries import Machine, machine_of
from labeling.models import Job, LoopRun, Task
from labeling.services import budgets, jobs, taking_over
from tests.factories import make_job, make_member, make_running_batch, make_staff
from tests.labeling.loops import OBJECTS, advance_all, answer_asked, begun, carry_on, last_run, texts

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


def test_limits_are_told_in_objects() -> None:
    batch = make_running_batch(texts=tuple(map(str, range(40))))
    price = {"answer_price": Decimal("0.10"), "most_cost": Decimal("3.10"), "workers_each": 3}
    told = [
        limits.told(make_job(batch, position=n, attribute=f"kind{n}", **fields))
        for n, fields in enumerate(({}, {"most_human": 1}, {"most_percent": 50, "most_human": 15}, price), start=1)
    ]

    assert told == [
        "",
        "People label at most 1 object",
        "People label at most 15 objects; people and machine together at most 20 of 40",
        "People label at most 10 objects",
    ]


# --- the batch's page -----------------------------------------------------------------------------------------


def foreseeing(forecast: tuple[int, int, int], proposed: int = 0, **fields: Any) -> Job:
    """A job on 1,300 objects whose machine has run twice and expects this."""
    job = begun(texts(), answer_price=Decimal("1.00"), **fields)
    report = {"human": 250, "asked": 50, "proposed": proposed, "forecast": list(forecast), "notes": []}
    for iteration in (1, 2):
        LoopRun.objects.create(job=job, iteration=iteration, kind="learn", report=report, done_at=job.created_at)
    return job


def test_the_forecast_is_no_more_than_people_may_label() -> None:
    free, few = foreseeing((300, 500, 900)), foreseeing((300, 500, 900), most_human=400)

    assert [list(machine_on(job).forecast) for job in (free, few)] == [[300, 500, 900], [300, 400, 400]]


def test_the_first_forecast_is_no_more_than_people_may_label() -> None:
    assert list(machine_on(begun(texts(), most_human=260)).forecast) == [250, 0, 260]


def money(job: Job) -> tuple[str, str, str]:
    spared = machine_on(job).money
    assert spared is not None
    return spared.low, spared.likely, spared.high


def test_what_neither_may_label_is_spared_to_nobody() -> None:
    free, few = foreseeing((300, 500, 900)), foreseeing((300, 500, 900), most_human=400)
    half = foreseeing((300, 500, 900), most_percent=50)

    assert money(free) == money(few) == ("EUR 400.00", "EUR 800.00", "EUR 1,000.00")
    assert money(half) == ("EUR 0.00", "EUR 150.00", "EUR 350.00")


def test_no_saving_is_told_only_where_people_may_label_nearly_all() -> None:
    free, few = foreseeing((1000, 1250, 1300)), foreseeing((1000, 1250, 1300), most_human=400)

    assert [machine_on(job).no_saving for job in (free, few)] == [True, False]


def test_a_job_that_was_stopped_spared_nothing() -> None:
    job = foreseeing((300, 500, 900), proposed=700)
    jobs.stop(job, make_staff())

    found = machine_on(job)
    assert (found.proposed, found.money, found.stands) == (0, None, "The job has ended.")


def test_the_page_says_that_the_rest_stays_without_a_label() -> None:
    job = begun(texts(), most_human=260)
    taking_over.retire(job, make_staff())
    asked = machine_on(job).stands
    free = begun(texts())
    taking_over.retire(free, make_staff())
    carry_on(job)

    rest = "The limit is reached: the rest stays without a label."
    assert asked == f"People label what they were asked about. {rest}"
    assert machine_on(free).stands == "People label all of it."
    assert machine_on(job).stands == f"Done: the machine labelled nothing. {rest}"


def test_the_page_of_a_half_labelled_batch_says_so(client: Client) -> None:
    job = begun(texts(), most_percent=50)
    answer_asked(job)
    advance_all(job)
    carry_on(job)
    assert last_run(job).report["finished"] == "sure"
    project = job.batch.project
    client.force_login(make_member(project.organization))

    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))

    words = page.content.decode()
    assert "Done: the machine has labelled what it is sure of. The limit is reached: the rest stays without" in words
    assert "People label at most 650 objects; people and machine together at most 650 of 1,300" in words
    assert machine_on(job).proposed == 400
