"""The automated loop of a job, from its first sample to the machine's labels, on texts that a model can learn."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject
from groundtruth import work
from groundtruth.states import Conflict, Invalid, Refused, move_many
from groundtruth.storage import get_store, object_address
from labeling import desk_failures
from labeling.models import Annotation, FeatureChunk, Label, LoopRun, RunKind, Task
from labeling.services import budgets, designing, featuring, jobs, looping, machine_labels, taking_over
from labeling.services.arrays import get_arrays
from projects.models import AuditEvent
from tests.factories import (
    make_job,
    make_member,
    make_organization,
    make_project,
    make_running_batch,
    make_staff,
    make_team,
)
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


def test_people_label_what_is_needed_and_the_machine_the_rest() -> None:
    job = begun(texts())

    human = carry_on(job)

    labels = Label.objects.filter(job=job).exclude(state="superseded").select_related("data_object")
    auto = [label for label in labels if label.author_kind == "auto"]
    batch = Batch.objects.get(pk=job.batch_id)
    right = sum(label.payload == list(WORDS).index(truth_of(label.data_object.ordinal)) for label in auto)
    assert labels.count() == OBJECTS
    assert human + len(auto) == OBJECTS
    assert len(auto) > OBJECTS / 2
    assert right / len(auto) >= 0.95
    assert (batch.human, batch.auto, batch.done) == (human, len(auto), OBJECTS)
    assert all(0.5 <= label.confidence <= 1 and label.state == "confirmed" for label in auto)
    assert not Task.objects.filter(job=job).exclude(state="done").exists()


def test_a_run_tells_what_it_decided() -> None:
    job = begun(texts())
    carry_on(job)

    run = last_run(job)
    assert run.report["finished"] == "sure"
    assert run.report["low"] >= 0.95
    assert run.report["proposed"] == Label.objects.filter(job=job, author_kind="auto").count()
    assert run.blob_key.startswith(f"{job.batch.project.prefix}models/{job.public_id}/")
    assert {"ordinals", "confidence", "proposals"} < get_arrays(run.blob_key).keys()


def test_the_first_sample_is_random_and_the_same_however_often_it_is_drawn() -> None:
    job = begun(texts())
    asked = list(Task.objects.filter(job=job, state="waiting").values_list("data_object__ordinal", flat=True))

    with transaction.atomic():
        looping.begin(job)

    again = list(Task.objects.filter(job=job, state="waiting").values_list("data_object__ordinal", flat=True))
    assert len(set(asked)) >= 250
    assert max(asked) - min(asked) > 1000
    assert len(again) >= len(asked)


def test_a_run_that_dies_before_it_wrote_decides_the_same_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun(texts())
    answer_asked(job)
    advance = looping._report
    monkeypatch.setattr(looping, "_report", lambda *_: (_ for _ in ()).throw(OSError("killed")))
    advance_all(job)
    run = LoopRun.objects.get(job=job)
    assert (run.report, run.last_error) == ({}, "OSError: killed")

    monkeypatch.setattr(looping, "_report", advance)
    LoopRun.objects.filter(pk=run.pk).update(lease_until=None)
    advance_all(job)

    run.refresh_from_db()
    assert run.report["human"] > 0
    assert Task.objects.filter(job=job, state__in=("waiting", "open")).count() == run.report["asked"]
    with pytest.raises(Conflict):
        looping._report(run, {"again": True})


def test_writing_that_was_cut_off_goes_on_without_a_label_twice_or_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun(texts())
    monkeypatch.setattr(machine_labels, "WRITE_CHUNK", 100)
    whole, calls = machine_labels._write, []

    def dying(*args: Any) -> None:
        calls.append(1)
        if len(calls) % 2 == 0:
            raise OSError("killed")
        whole(*args)

    monkeypatch.setattr(machine_labels, "_write", dying)
    for _ in range(80):
        answer_asked(job)
        LoopRun.objects.filter(job=job).update(lease_until=None, attempts=0)
        advance_all(job)

    job.refresh_from_db()
    current = Label.objects.filter(job=job).exclude(state="superseded")
    batch = Batch.objects.get(pk=job.batch_id)
    assert (job.state, current.count(), batch.done) == ("Completed", OBJECTS, OBJECTS)
    assert batch.auto == current.filter(author_kind="auto").count() > 100


def test_a_job_starts_from_the_model_of_an_earlier_one_of_its_project_and_of_no_other() -> None:
    first, strange = begun(texts()), begun(texts())
    carry_on(first)
    carry_on(strange)
    again = begun(texts(), batch=make_running_batch(first.batch.project, texts=texts()))
    carry_on(again)

    run = LoopRun.objects.filter(job=again, kind=RunKind.LEARN).latest("iteration")
    last = LoopRun.objects.filter(job=first, kind=RunKind.LEARN).latest("iteration")
    own = LoopRun.objects.filter(job=strange, kind=RunKind.LEARN).latest("iteration")
    assert run.report["start"] == last.blob_key
    assert own.report["start"] == ""


# --- where it may not -------------------------------------------------------------------------------------------


def test_below_the_minimum_people_do_all_and_the_job_says_why() -> None:
    job = begun(texts(40))

    assert job.machine_note == (
        "The machine learns from 1,250 objects on, and here are 40 objects: people label all of them."
    )
    assert Task.objects.filter(job=job, state="waiting").count() == 40
    assert not FeatureChunk.objects.exists()


def test_what_the_machine_cannot_learn_is_left_to_people() -> None:
    job = begun(texts(), template="<crowd-form></crowd-form>")

    assert "own template" in job.machine_note
    assert Task.objects.filter(job=job, state="waiting").count() == OBJECTS


def test_a_sample_that_fails_too_often_stops_the_job_and_operations_go_on_with_people() -> None:
    job = begun(texts())
    answer_asked(job, failing=0.2)
    advance_all(job)

    job.refresh_from_db()
    assert job.state == "Failed"
    assert job.machine_note.endswith("got no label; more than 10% stop the job.")

    work.advance(job._meta.label_lower, job.pk)
    assert job.machine_note in [line.detail for line in desk_failures.waiting_work()]
    taking_over.go_on_with_people(job, make_staff())

    job.refresh_from_db()
    assert (job.state, job.machine_labels) == ("InProgress", False)
    assert not Task.objects.filter(job=job, state="pooled").exists()
    assert carry_on(job) == OBJECTS - 250


def test_features_that_cannot_be_made_leave_the_rest_to_people() -> None:
    job = begun(texts())
    FeatureChunk.objects.update(attempts=work.MAX_ATTEMPTS + 1, last_error="The store is away.")
    answer_asked(job)
    work.advance(job._meta.label_lower, job.pk)
    work.advance("labeling.looprun", LoopRun.objects.get(job=job).pk)

    job.refresh_from_db()
    assert job.machine_note == (featuring.LOST)
    assert not Task.objects.filter(job=job, state="pooled").exists()


def test_nothing_is_machine_labelled_where_nothing_can_be_learnt() -> None:
    rng = np.random.default_rng(1)
    job = begun(tuple(" ".join(rng.choice(["ax", "by", "cz"], 4)) for _ in range(OBJECTS)))
    human = carry_on(job)

    auto = Label.objects.filter(job=job, author_kind="auto").count()
    assert human + auto == OBJECTS
    assert auto == 0


def test_people_label_no_more_than_they_may_and_the_rest_is_told_of() -> None:
    job = begun(texts(wrong=0.9), most_human=400)

    human = carry_on(job)

    failed = DataObject.objects.filter(batch=job.batch, failure=budgets.SPENT).count()
    batch = Batch.objects.get(pk=job.batch_id)
    assert human <= 400
    assert human + failed + batch.auto == OBJECTS
    assert batch.failed == failed > 0


def test_people_and_machine_label_no_more_than_the_share_that_is_wanted() -> None:
    job = begun(texts(), most_percent=50)

    human = carry_on(job)

    batch = Batch.objects.get(pk=job.batch_id)
    assert (human, batch.auto, batch.failed) == (250, 400, 650)
    assert DataObject.objects.filter(batch=batch, failure=budgets.SPENT).count() == 650
    least = min(Label.objects.filter(job=job, author_kind="auto").values_list("confidence", flat=True))
    assert sum(sure > least for _, sure in machine_labels.proposals_of(last_run(job)).values()) < 400


def test_people_label_no_more_objects_than_the_cost_allows() -> None:
    job = begun(texts(wrong=0.9), answer_price=Decimal("0.05"), most_cost=Decimal("20.04"))

    human = carry_on(job)

    batch = Batch.objects.get(pk=job.batch_id)
    answers = Annotation.objects.filter(assignment__task__job=job).count()
    assert human <= answers == 400
    assert human + batch.auto + batch.failed == OBJECTS


def test_a_limit_holds_where_people_do_all_as_well() -> None:
    job = begun(texts(), machine_labels=False, most_human=120)
    few = begun(texts(1249), most_human=120)  # too few for the machine

    assert (carry_on(job), carry_on(few)) == (120, 120)
    batches = Batch.objects.filter(jobs__in=[job, few]).order_by("total")
    assert [(batch.human, batch.failed) for batch in batches] == [(120, 1129), (120, 1180)]


# --- the check --------------------------------------------------------------------------------------------------


def test_people_check_some_of_the_machine_labels_before_any_is_written() -> None:
    job = begun(texts(), checked_labels=60)
    human = carry_on(job)

    run = last_run(job)
    assert run.report["check"]["of"] == 60
    assert run.report["check"]["right"] >= 57
    assert run.report["finished"] == "sure"
    assert human + Label.objects.filter(job=job, author_kind="auto").count() == OBJECTS


def test_a_check_that_fails_is_followed_by_another_and_nothing_unchecked_is_written() -> None:
    job = begun(texts(), checked_labels=60)
    answer_asked(job)
    advance_all(job)
    while not LoopRun.objects.filter(job=job, report__check__isnull=False).exists():
        answer_asked(job, truth=lambda ordinal: truth_of(ordinal + 1))
        advance_all(job)
    assert Label.objects.filter(job=job, author_kind="auto").count() == 0

    carry_on(job)

    checks = [run.report["check"]["right"] for run in LoopRun.objects.filter(job=job) if "check" in run.report]
    assert checks[0] < 57 <= checks[-1]


def test_what_nobody_may_check_is_not_written() -> None:
    job = begun(texts(), checked_labels=60, most_human=250)

    carry_on(job)

    batch = Batch.objects.get(pk=job.batch_id)
    assert (batch.human, batch.auto, batch.failed) == (250, 0, OBJECTS - 250)


# --- operations -------------------------------------------------------------------------------------------------


def test_operations_take_the_machine_off_and_people_label_the_rest() -> None:
    job = begun(texts())
    taking_over.retire(job, make_staff())

    assert not Task.objects.filter(job=job, state="pooled").exists()
    assert AuditEvent.objects.filter(verb="retire model", target_id=job.pk).count() == 1
    with pytest.raises(Refused, match="does not label in this job"):
        taking_over.retire(job, make_staff())
    assert carry_on(job) == OBJECTS


def test_operations_change_the_target_and_it_is_audited() -> None:
    job = begun(texts())

    taking_over.set_target(job, make_staff(), target=0.99, probability=0.9)

    job.refresh_from_db()
    assert (job.target, job.probability) == (0.99, 0.9)
    assert AuditEvent.objects.get(verb="set target").data == {"share": 0.99, "probability": 0.9, "before": [0.95, 0.95]}


def test_an_object_is_forced_to_people_once() -> None:
    job = begun(texts())
    task = Task.objects.filter(job=job, state="pooled").select_related("data_object")[0]
    line = task.data_object.line_number

    assert taking_over.force_to_people(job, make_staff(), lines=[line, 99_999]) == 1

    task.refresh_from_db()
    assert task.state == "waiting"
    with pytest.raises(Refused, match="None of these waits for the machine"):
        taking_over.force_to_people(job, make_staff(), lines=[line])


def test_what_the_customer_refused_is_not_set_up() -> None:
    project = make_project(machine_wish="refuse", modality="text", task_type="text-classification")
    design = {
        **{"task_type": "text-classification", "categories": ["a", "b"], "title": "Which?", "attribute": "kind"},
        **{"team": make_team(), "workers_each": 3, "seconds": 300, "sample_percent": 5},
    }

    with pytest.raises(Invalid, match="The customer refused automated labelling"):
        designing.set_up(project, make_staff(), **design, machine_labels=True)

    designing.set_up(project, make_staff(), **design)
    assert not project.steps.get().machine_labels


# --- what people see ----------------------------------------------------------------------------------------------


def test_the_batch_page_tells_where_the_machine_stands(client: Client) -> None:
    job = begun(texts(wrong=0.15))
    client.force_login(make_member(job.batch.project.organization))
    project = job.batch.project
    url = reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug])

    before = client.get(url)
    answer_asked(job)
    advance_all(job)
    during = client.get(url)
    carry_on(job)
    done = client.get(url)

    auto = Batch.objects.get(pk=job.batch_id).auto
    told = LoopRun.objects.filter(job=job).earliest("iteration").report["forecast"]
    after = done.content.decode()
    assert "People label a random first sample." in before.content.decode()
    assert "250 to 1,300 objects; what the first 250 teach will tell more" in before.content.decode()
    assert f"250 so far, likely {told[1]:,} in all ({told[0]:,} to {told[2]:,})" in during.content.decode()
    assert (during.status_code, done.status_code) == (200, 286)
    assert "Done: the machine has labelled what it is sure of." in after
    assert f"{100 * auto / OBJECTS:.0f} % by machine" in after
    assert (
        "95\N{NO-BREAK SPACE}% of the machine’s labels are right, with a probability of 95\N{NO-BREAK SPACE}%" in after
    )


def test_the_batch_page_says_nothing_where_nobody_wanted_the_machine(client: Client) -> None:
    job = make_job()
    client.force_login(make_member(job.batch.project.organization))
    project = job.batch.project

    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))

    assert page.content.strip() == b""


def test_a_stranger_sees_nothing_of_it(client: Client) -> None:
    job = begun(texts(40))
    client.force_login(make_member(make_organization()))
    project = job.batch.project

    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))

    assert page.status_code == 404


# --- features ---------------------------------------------------------------------------------------------------


def test_features_of_the_same_objects_are_kept_and_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun(texts())
    chunk = FeatureChunk.objects.get()
    featuring.make(chunk)
    chunk.refresh_from_db()
    monkeypatch.setattr(featuring, "features_of", lambda *_: pytest.fail("made again"))

    featuring.make(chunk)

    [view] = featuring.load(job.batch, np.arange(OBJECTS), "text")
    assert view.shape[0] == OBJECTS
    assert np.isfinite(view).all()
    assert get_store().stat(object_address("groundtruth", chunk.blob_key)) is not None


def test_the_loop_waits_while_its_batch_is_paused() -> None:
    job = begun(texts())
    answer_asked(job)
    for chunk in FeatureChunk.objects.filter(batch=job.batch):
        work.advance(chunk._meta.label_lower, chunk.pk)
    work.advance(job._meta.label_lower, job.pk)
    run = LoopRun.objects.get(job=job, kind=RunKind.LEARN)

    Batch.objects.filter(pk=job.batch_id).update(state="paused", state_before_pause="in_progress")
    assert work.advance(run._meta.label_lower, run.pk) == "more"
    run.refresh_from_db()
    assert run.report == {}

    Batch.objects.filter(pk=job.batch_id).update(state="in_progress", state_before_pause="")
    human = carry_on(job)
    assert human + Label.objects.filter(job=job, author_kind="auto").count() == OBJECTS - 250


def test_stopping_the_job_cancels_what_waits_in_the_pool() -> None:
    job = begun(texts())

    jobs.stop(job, make_staff())

    assert not Task.objects.filter(job=job, state__in=("pooled", "waiting")).exists()
    assert move_many(Task.objects.filter(job=job), "ask", None) == 0
