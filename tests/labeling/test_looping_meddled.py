"""Operations and customers change a job while its loop runs: the promise and the evidence hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject
from groundtruth import work
from labeling.autolabel import loop
from labeling.autolabel.calibration import NONE
from labeling.autolabel.forecasting import Forecast
from labeling.machine.queries import machine_of
from labeling.models import Job, Label, LoopRun, RunKind, Task
from labeling.services import evidence, jobs, looping, taking_over
from labeling.services.budgets import people_left
from projects.models import AuditEvent
from tests.factories import make_member, make_project, make_running_batch, make_schema, make_staff
from tests.labeling.loops import (
    OBJECTS,
    WORDS,
    advance_all,
    answer_asked,
    begun,
    carry_on,
    last_run,
    texts,
    truth_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def until_checked(job: Job) -> LoopRun:
    """Go on until people check some of the machine's labels; return the run that asked for it."""
    for _ in range(20):
        answer_asked(job)
        advance_all(job)
        if last_run(job).report.get("checking"):
            return last_run(job)
    raise AssertionError("Nothing was ever checked.")


def auto(job: Job) -> int:
    return Label.objects.filter(job=job, author_kind="auto").count()


def test_a_target_raised_while_people_check_is_kept_by_what_is_written() -> None:
    job = begun(texts(wrong=0.3), target=0.8, checked_labels=10)
    before = until_checked(job).report

    taking_over.set_target(job, make_staff(), target=0.99, probability=0.95)
    job.refresh_from_db()
    answer_asked(job)
    advance_all(job)

    after = last_run(job).report
    assert (after["target"], after["finished"], auto(job)) == (0.99, "", 0)
    carry_on(job)
    rows = Label.objects.filter(job=job, author_kind="auto").values_list("data_object__ordinal", "payload")
    right = [truth_of(ordinal) == ("bird", "plane")[payload] for ordinal, payload in rows]
    assert len(right) < before["proposed"] / 2  # as a rule none: of three texts in ten nobody could tell
    assert not right or np.mean(right) >= 0.97


def test_what_operations_change_while_the_model_learns_is_decided_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun(texts())
    answer_asked(job)
    whole = loop.step

    def changed_meanwhile(*args: Any, **kwargs: Any) -> loop.Step:
        taking_over.set_target(job, make_staff(), target=0.99, probability=0.9)
        return whole(*args, **kwargs)

    monkeypatch.setattr(loop, "step", changed_meanwhile)
    advance_all(job)
    run = LoopRun.objects.get(job=job, kind=RunKind.LEARN)
    assert run.report == {}
    assert "Operations changed what the machine has to keep" in run.last_error

    monkeypatch.undo()
    LoopRun.objects.filter(pk=run.pk).update(lease_until=None)
    assert work.advance(run._meta.label_lower, run.pk) == "done"
    assert last_run(job).report["target"] == 0.99


def test_a_model_that_is_taken_off_while_it_learns_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun(texts())
    answer_asked(job)
    whole = loop.step

    def taken_off_meanwhile(*args: Any, **kwargs: Any) -> loop.Step:
        taking_over.retire(job, make_staff())
        return whole(*args, **kwargs)

    monkeypatch.setattr(loop, "step", taken_off_meanwhile)
    advance_all(job)
    monkeypatch.undo()
    LoopRun.objects.filter(job=job).update(lease_until=None)

    assert carry_on(job) == OBJECTS - 250
    assert auto(job) == 0
    told = machine_of(Batch.objects.get(pk=job.batch_id))
    assert told is not None
    assert told.note == "Operations took the machine off this job: people label the rest."
    assert told.stands == "Done: the machine labelled nothing."


def test_objects_given_to_people_while_the_model_is_stored_count_towards_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = begun(texts(wrong=0.9), most_human=300)
    answer_asked(job)
    whole = looping.put_arrays
    pooled = Task.objects.filter(job=job, state="pooled").values_list("data_object__line_number", flat=True)

    def forced_meanwhile(*args: Any, **kwargs: Any) -> str:
        taking_over.force_to_people(job, make_staff(), lines=list(pooled[:45]))
        return whole(*args, **kwargs)

    monkeypatch.setattr(looping, "put_arrays", forced_meanwhile)
    advance_all(job)
    assert "Operations gave objects to people" in LoopRun.objects.get(job=job, kind=RunKind.LEARN).last_error
    monkeypatch.undo()
    LoopRun.objects.filter(job=job).update(lease_until=None)
    advance_all(job)

    assert 250 + carry_on(job) == 300


def lose(job: Job, ordinal: int) -> None:
    """Let an object be one whose file was missing when the job's tasks were made."""
    row = DataObject.objects.get(batch=job.batch_id, ordinal=ordinal)
    Task.objects.filter(job=job, data_object=row).delete()
    DataObject.objects.filter(pk=row.pk).update(failure="The file is missing.")
    Job.objects.filter(pk=job.pk).update(planned=OBJECTS - 1)
    Batch.objects.filter(pk=job.batch_id).update(failed=1)


def test_an_object_that_joins_later_moves_nobody_s_evidence() -> None:
    job = begun(texts(wrong=0.3))
    pooled = Task.objects.filter(job=job, state="pooled").order_by("data_object__ordinal")
    lose(job, pooled.values_list("data_object__ordinal", flat=True)[0])
    first = evidence.first_sample(job, evidence.Rows.of(job).ordinals)
    answer_asked(job)
    advance_all(job)
    before = set(last_run(job).report["calibrating"])

    assert jobs.retry_failed(Batch.objects.get(pk=job.batch_id), make_staff()) == 1

    rows = evidence.Rows.of(job)
    known = evidence.known_of(job, rows, last_run(job))
    calibrating = set(rows.ordinals[known.rows[known.calibrates]].tolist())
    assert calibrating == before - set(rows.ordinals[rows.pooled].tolist())
    again = evidence.first_sample(job, rows.ordinals)
    assert len(np.setdiff1d(first, again)) <= 1


def test_an_object_that_joins_during_the_check_does_not_stop_the_loop() -> None:
    job = begun(texts(), checked_labels=20)
    pooled = Task.objects.filter(job=job, state="pooled").order_by("data_object__ordinal")
    lose(job, pooled.values_list("data_object__ordinal", flat=True)[0])
    checking = until_checked(job).report["checking"]

    jobs.retry_failed(Batch.objects.get(pk=job.batch_id), make_staff())
    human = carry_on(job)

    assert (last_run(job).report["check"]["right"], last_run(job).report["check"]["of"]) == (20.0, 20)
    assert len(checking) == 20
    assert human == 21
    batch = Batch.objects.get(pk=job.batch_id)
    assert (batch.human + batch.auto, batch.failed) == (OBJECTS, 0)


def test_the_page_counts_what_the_machine_wrote_and_not_what_people_checked() -> None:
    job = begun(texts(), checked_labels=100)

    carry_on(job)

    told = machine_of(Batch.objects.get(pk=job.batch_id))
    assert told is not None
    assert told.proposed == auto(job) == OBJECTS - 350


def test_evidence_retires_with_what_is_asked_and_not_with_what_the_limit_leaves_in_the_pool() -> None:
    job = begun(texts(wrong=0.3), most_human=260)
    answer_asked(job)
    rows = evidence.Rows.of(job)
    known = evidence.known_of(job, rows, None)
    run = LoopRun.objects.create(job=job, kind=RunKind.LEARN)
    left = np.flatnonzero(rows.pooled)
    asks = left[:100]
    step = loop.Step(
        cut=NONE, rows=left, proposals=[None] * len(left),
        confidence=np.zeros(len(left)), proposed=np.zeros(len(left), dtype=bool), ask=asks,
        ask_calibrates=np.zeros(100, dtype=bool), retired=known.rows[known.calibrates][:50], finished=False,
        forecast=Forecast(OBJECTS, OBJECTS, OBJECTS), notes=[], memory={}, arrays={}, disputed=left[:0],
    )  # fmt: skip
    assert people_left(job) == 10

    looping._carry_out(run, job, rows, known, step, {})

    assert len(run.report["calibrating"]) == 250 - 5  # a tenth of what was to be asked is asked
    assert run.report["asked"] == 10


def test_a_first_sample_that_was_mended_stops_nothing() -> None:
    job = begun(texts())
    answer_asked(job, failing=0.12)
    lost = list(Task.objects.filter(job=job, state="failed").values_list("data_object", flat=True))
    DataObject.objects.filter(pk__in=lost).update(failure="The file cannot be opened.")
    Batch.objects.filter(pk=job.batch_id).update(failed=30)

    assert jobs.retry_failed(Batch.objects.get(pk=job.batch_id), make_staff()) == 30
    carry_on(job)

    job.refresh_from_db()
    assert (job.state, job.machine_note) == ("Completed", "")
    assert auto(job) == OBJECTS - 250


def test_a_customer_who_refuses_the_machine_later_is_heard_before_it_writes(client: Client) -> None:
    job = begun(texts())
    project = job.batch.project
    client.force_login(make_member(project.organization, role="manager"))
    url = reverse("machine_wish", args=[project.organization.slug, project.slug])
    answer_asked(job)

    assert client.post(url, {"machine_wish": "refuse", "target": "20"}).status_code == 422
    assert client.post(url, {"machine_wish": "refuse", "target": "97"}).status_code == 302
    human = 250 + carry_on(job)

    project.refresh_from_db()
    assert (project.machine_wish, project.target) == ("refuse", 97)
    assert (human, auto(job)) == (OBJECTS, 0)
    job.refresh_from_db()
    assert job.machine_note == looping.REFUSED
    assert AuditEvent.objects.get(verb="wish machine").data == {"wish": "refuse", "accuracy": 97, "before": "any"}


def test_a_refusal_holds_for_batches_that_are_started_later() -> None:
    project = make_project(
        state="pilot_in_progress", modality="text", task_type="text-classification", machine_wish="refuse"
    )
    make_schema(project, categories=list(WORDS))

    job = begun(texts(), make_running_batch(project, texts=texts()))

    assert (job.machine_labels, job.machine_note) == (False, looping.REFUSED)
    assert Task.objects.filter(job=job, state="waiting").count() == OBJECTS


def test_what_operations_give_to_people_takes_its_like_out_of_the_evidence_once() -> None:
    job = begun(texts(wrong=0.2))
    pooled = list(
        Task.objects.filter(job=job, state="pooled").values_list("data_object__line_number", flat=True).order_by("pk")
    )
    assert taking_over.force_to_people(job, make_staff(), lines=pooled[:105]) == 105

    answer_asked(job)
    advance_all(job)
    first = last_run(job).report
    answer_asked(job)
    advance_all(job)
    second = last_run(job).report

    # A tenth of the pool was taken: of 250 objects 25 calibrate no more.
    assert len(first["left"]) == 105
    assert second["left"] == first["left"]
    assert Task.objects.filter(job=job, priority=-1).count() == 105
    lost = 250 + first["asked"] - len(first["calibrating"])
    assert 25 <= lost <= 26
