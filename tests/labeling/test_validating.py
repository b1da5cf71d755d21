"""Rules look at a batch's labels, others label anew what they found, and the outcome is kept."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from batches import rework, services
from batches.models import Batch, ObjectFeedback
from groundtruth import clock, work
from labeling.models import Assignment, Finding, Job, Label, LoopRun, Sent, StepKind, Task
from labeling.models.jobs import REWORK
from labeling.services import jobs, releasing, validating
from tests.factories import make_user, say
from tests.labeling.loops import answer_all_asked, truth_of
from tests.labeling.validated import (
    FEW_TEXTS,
    FLIPPED,
    advance_batch,
    answer_rightly,
    answer_wrongly,
    begin_jobs,
    job_of,
    make_design,
    words_of,
)
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def looked_at() -> Batch:
    """A batch whose labels the rules have looked at: others are asked about what they found."""
    batch = make_design("validate", "verify")
    begin_jobs(batch)
    answer_wrongly(batch)
    advance_batch(batch)
    return batch


def report_of(batch: Batch) -> dict[str, Any]:
    return LoopRun.objects.get(job=job_of(batch, StepKind.VALIDATE)).report


def test_most_wrong_labels_are_found_and_corrected_without_a_hand_in_between(looked_at: Batch) -> None:
    verify = job_of(looked_at, StepKind.VERIFY)
    assert verify.state == "InProgress"
    asked = answer_rightly(verify)
    advance_batch(looked_at)

    looked_at.refresh_from_db()
    wrong = {ordinal for ordinal, said in words_of(looked_at).items() if said != truth_of(ordinal)}
    assert asked <= FEW_TEXTS * 10 // 100
    assert len(FLIPPED - wrong) >= 5  # of 6
    assert wrong <= FLIPPED
    assert looked_at.state == "ready_for_review"
    assert (looked_at.human, looked_at.done, looked_at.failed) == (FEW_TEXTS, FEW_TEXTS, 0)


def outcomes_at(batch: Batch) -> set[tuple[bool, bool | None, bool]]:
    """Return whether the label was flipped, what others said of it, and whether there is a time, of what was sent."""
    sent = Finding.objects.filter(label__data_object__batch=batch).exclude(sent=Sent.NOT)
    return {(f.label.data_object.ordinal in FLIPPED, f.is_wrong, f.resolved_at is not None) for f in sent}


def test_a_label_that_others_give_anew_differently_was_wrong(looked_at: Batch) -> None:
    answer_rightly(job_of(looked_at, StepKind.VERIFY))
    advance_batch(looked_at)

    assert outcomes_at(looked_at) == {(True, True, True)}


def test_a_label_that_others_give_again_was_fine(looked_at: Batch) -> None:
    answer_all_asked(job_of(looked_at, StepKind.VERIFY), lambda row: say(truth_of(row.ordinal + 1)))
    advance_batch(looked_at)

    assert outcomes_at(looked_at) == {(True, False, True)}


def test_others_who_mend_begin_with_the_label() -> None:
    batch = make_design("validate", "adjust")
    begin_jobs(batch)
    answer_wrongly(batch)
    advance_batch(batch)
    adjust = job_of(batch, StepKind.ADJUST)

    begun = {task.data_object.ordinal: task.proposal for task in Task.objects.filter(job=adjust)}
    assert begun == {ordinal: say(truth_of(ordinal + (ordinal in FLIPPED))) for ordinal in begun}
    answer_rightly(adjust)
    advance_batch(batch)
    assert outcomes_at(batch) == {(True, True, True)}
    batch.refresh_from_db()
    assert batch.state == "ready_for_review"


def test_what_was_sent_is_flagged_until_others_have_labelled_it(looked_at: Batch) -> None:
    flagged = Label.objects.filter(data_object__batch=looked_at, state="flagged")
    asked = Task.objects.filter(job__batch=looked_at, job__kind=StepKind.VERIFY)

    assert set(flagged.values_list("data_object", flat=True)) == set(asked.values_list("data_object", flat=True))
    answer_rightly(job_of(looked_at, StepKind.VERIFY))
    advance_batch(looked_at)
    states = Counter(Label.objects.filter(data_object__batch=looked_at).values_list("state", flat=True))
    assert states == {"confirmed": FEW_TEXTS, "superseded": asked.count()}


def test_a_run_that_was_killed_writes_everything_once_when_it_runs_again() -> None:
    batch = make_design("validate", "verify")
    begin_jobs(batch)
    answer_wrongly(batch)
    with patch.object(validating, "move_many", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        advance_batch(batch)
    first = sorted(Finding.objects.values_list("label", "rule", "severity", "sent"))
    LoopRun.objects.filter(kind="check").update(lease_until=None)
    advance_batch(batch)

    assert first
    assert sorted(Finding.objects.values_list("label", "rule", "severity", "sent")) == first
    assert job_of(batch, StepKind.VALIDATE).state == "Completed"


def test_running_again_after_its_end_changes_nothing(looked_at: Batch) -> None:
    run = LoopRun.objects.get(kind="check")
    before = list(Finding.objects.order_by("pk").values_list("pk", flat=True))

    assert validating.check(run)
    assert list(Finding.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_the_rules_wait_for_the_features_of_the_batch() -> None:
    batch = make_design("validate")
    begin_jobs(batch)
    answer_wrongly(batch)
    label = job_of(batch, StepKind.LABEL)
    work.advance("labeling.job", label.pk)
    work.advance("labeling.looprun", LoopRun.objects.get(job=label).pk)
    work.advance("labeling.job", job_of(batch, StepKind.VALIDATE).pk)
    run = LoopRun.objects.get(kind="check")

    assert work.advance("labeling.looprun", run.pk) == "more"
    assert not Finding.objects.exists()
    advance_batch(batch)
    batch.refresh_from_db()
    assert batch.state == "ready_for_review"
    assert Finding.objects.exists()


def test_features_that_cannot_be_made_leave_out_what_needs_them() -> None:
    batch = make_design("validate")
    begin_jobs(batch)
    answer_wrongly(batch)
    with patch("labeling.services.featuring.make", side_effect=ValueError("no encoder")):
        for _ in range(8):
            advance_batch(batch, 1)
            batch.feature_chunks.update(lease_until=None)
    batch.refresh_from_db()

    assert batch.state == "ready_for_review"
    assert report_of(batch)["notes"] == [validating.NO_FEATURES]
    assert not Finding.objects.exists()


def test_a_rule_that_fails_is_named_to_operations_and_the_batch_goes_on() -> None:
    batch = make_design("validate", "verify")
    begin_jobs(batch)
    answer_wrongly(batch)
    with patch("labeling.validation.confident.doubt_labels", side_effect=ZeroDivisionError("nothing")):
        advance_batch(batch)

    assert report_of(batch)["notes"] == [
        "The rule “Unlikely by the other labels” failed and was left out: ZeroDivisionError: nothing"
    ]
    assert job_of(batch, StepKind.VALIDATE).state == "Completed"


def test_a_run_that_gives_up_lets_the_batch_go_on_with_a_sentence() -> None:
    batch = make_design("validate")
    begin_jobs(batch)
    answer_wrongly(batch)
    with patch.object(validating, "LabelRows", side_effect=MemoryError("too many")):
        for _ in range(9):
            advance_batch(batch, 1)
            LoopRun.objects.filter(job__batch=batch).update(lease_until=None)
    batch.refresh_from_db()

    assert batch.state == "ready_for_review"
    assert report_of(batch)["notes"] == [validating.GAVE_UP % "MemoryError: too many"]
    assert LoopRun.objects.get(kind="check").done_at is not None


def test_a_verify_step_with_nothing_found_ends_at_once() -> None:
    batch = make_design("validate", "verify")
    begin_jobs(batch)
    answer_wrongly(batch)
    with patch.object(validating, "RULES", ()), patch("labeling.services.validating.find_all", return_value=([], [])):
        advance_batch(batch)
    batch.refresh_from_db()

    assert batch.state == "ready_for_review"
    assert not Task.objects.filter(job__kind=StepKind.VERIFY).exists()


def test_an_object_that_nobody_looks_at_again_keeps_its_label(looked_at: Batch) -> None:
    verify = job_of(looked_at, StepKind.VERIFY)
    before = words_of(looked_at)
    Task.objects.filter(job=verify, state="open").update(opened_at="2020-01-01T00:00Z")
    looked_at.__class__.objects.filter(pk=looked_at.pk).update(state_since="2019-01-01T00:00Z")
    looked_at.project.__class__.objects.filter(pk=looked_at.project_id).update(state_since="2019-01-01T00:00Z")
    releasing.lapse(Job.objects.get(pk=verify.pk))
    advance_batch(looked_at)

    looked_at.refresh_from_db()
    assert looked_at.state == "ready_for_review"
    assert (looked_at.done, looked_at.failed) == (FEW_TEXTS, 0)
    assert words_of(looked_at) == before
    assert not Finding.objects.filter(is_wrong__isnull=False).exists()


def test_a_rule_that_people_found_wrong_asks_for_more_from_then_on(looked_at: Batch) -> None:
    validate = job_of(looked_at, StepKind.VALIDATE)
    labels = Label.objects.filter(data_object__batch=looked_at).order_by("pk")[:40]
    Finding.objects.all().delete()
    fine = {"sent": Sent.WORST, "is_wrong": False, "resolved_at": clock.now()}
    Finding.objects.bulk_create(
        Finding(job=validate, label=label, rule="outlier", severity=0.2, **fine) for label in labels
    )
    again = make_design("validate", project=looked_at.project)
    begin_jobs(again)
    answer_wrongly(again)
    advance_batch(again)

    before, now = (report_of(batch)["thresholds"]["outlier"] for batch in (looked_at, again))
    assert (before, now) == (0.1, 0.200001)


def test_another_project_learns_nothing_of_these_outcomes(looked_at: Batch) -> None:
    validate = job_of(looked_at, StepKind.VALIDATE)
    Finding.objects.update(sent=Sent.WORST, is_wrong=False, resolved_at=clock.now())
    other = job_of(_begun(make_design("validate")), StepKind.VALIDATE)

    assert sum(map(len, validating.outcomes_of(validate).values())) == Finding.objects.count() > 0
    assert sum(map(len, validating.outcomes_of(other).values())) == 0


def test_a_rework_is_made_like_the_labelling_and_the_steps_behind_it_follow_each_once() -> None:
    batch = _begun(make_design("validate", "verify"))
    for round_number in (2, 3):
        Batch.objects.filter(pk=batch.pk).update(round=round_number)
        batch.refresh_from_db()
        made = jobs.create_rework(batch, None)
        assert (made.kind, made.team) == ("rework", job_of(batch, StepKind.LABEL).team)

    rows = Job.objects.filter(batch=batch).order_by("position").values_list("round", "kind")
    looks = ["validate", "verify"]
    assert list(rows) == [(n, kind) for n in (1, 2, 3) for kind in ("label" if n == 1 else "rework", *looks)]


def test_the_rules_and_others_look_at_what_a_rework_labelled_and_at_nothing_else(looked_at: Batch) -> None:
    answer_rightly(job_of(looked_at, StepKind.VERIFY))
    advance_batch(looked_at)
    looked_at.refresh_from_db()
    for ordinal in (0, 1):
        of = looked_at.data_objects.get(ordinal=ordinal)
        ObjectFeedback.objects.create(data_object=of, round=1, author=make_user(f"Ben{ordinal}"), verdict="wrong")
    services.decide(looked_at, make_user("Ada"), accept=False)
    rework.send_for_rework(looked_at, None)

    advance_batch(looked_at)
    again = Job.objects.get(batch=looked_at, kind=REWORK)
    asked = answer_all_asked(again, lambda row: say(truth_of(row.ordinal + (row.ordinal == 1))))
    advance_batch(looked_at)
    others = Job.objects.get(batch=looked_at, kind=StepKind.VERIFY, round=2)
    found = Finding.objects.filter(job__round=2)
    sent = set(found.exclude(sent=Sent.NOT).values_list("label__data_object__ordinal", flat=True))
    looked = answer_rightly(others)
    advance_batch(looked_at)

    looked_at.refresh_from_db()
    assert (asked, looked, sent) == (2, 1, {1})
    assert set(found.values_list("label__data_object__ordinal", flat=True)) <= {0, 1}
    assert (looked_at.state, looked_at.done, looked_at.failed) == ("ready_for_review", FEW_TEXTS, 0)
    assert {n: words_of(looked_at)[n] for n in (0, 1)} == {n: truth_of(n) for n in (0, 1)}
    assert set(found.exclude(sent=Sent.NOT).values_list("is_wrong", flat=True)) == {True}


def test_a_step_waits_for_the_one_before_however_often_its_chore_runs() -> None:
    batch = make_design("validate", "verify")
    begun = begin_jobs(batch)
    answer_wrongly(batch)
    for job in reversed(begun):
        work.advance("labeling.job", job.pk)
    work.advance("labeling.job", job_of(batch, StepKind.LABEL).pk)

    states = Job.objects.filter(batch=batch).order_by("position").values_list("state", flat=True)
    assert list(states) == ["InProgress", "Initializing", "Initializing"]
    advance_batch(batch)
    assert job_of(batch, StepKind.VERIFY).state == "InProgress"


def pass_a_day(batch: Batch) -> None:
    """Let a batch's open tasks have waited for a day and an hour, while all went on."""
    now = clock.now()
    Task.objects.filter(job__batch=batch, state="open").update(opened_at=now - timedelta(hours=25))
    Batch.objects.filter(pk=batch.pk).update(state_since=now - timedelta(days=3))
    type(batch.project).objects.filter(pk=batch.project_id).update(state_since=now - timedelta(days=3))


def test_where_all_have_labelled_an_object_nobody_is_waited_for_longer_than_a_day(looked_at: Batch) -> None:
    verify, label = job_of(looked_at, StepKind.VERIFY), job_of(looked_at, StepKind.LABEL)
    Job.objects.filter(pk=verify.pk).update(team=label.team)
    waiting = Task.objects.filter(job=verify, state="open")
    first, *rest = waiting.order_by("pk")
    (mine,) = Assignment.objects.filter(task__job=label, task__data_object=first.data_object_id)
    pass_a_day(looked_at)
    verify = Job.objects.select_related("batch__project").get(pk=verify.pk)
    assert releasing.lapse(verify) == 0  # two others may come

    Worker.objects.filter(teams=label.team_id).exclude(pk=mine.worker_id).update(status="disabled")
    alone = [task.pk for task in rest if task.data_object_id in _labelled_by(mine.worker_id, label)] + [first.pk]
    assert releasing.lapse(verify) == len(alone) < len(rest) + 1
    looked_at.refresh_from_db()
    assert set(Task.objects.filter(job=verify, state="failed").values_list("pk", flat=True)) == set(alone)
    assert (looked_at.done, looked_at.failed) == (FEW_TEXTS, 0)


def _labelled_by(worker: int, job: Job) -> set[int]:
    mine = Assignment.objects.filter(task__job=job, worker=worker)
    return set(mine.values_list("task__data_object", flat=True))


def _begun(batch: Batch) -> Batch:
    begin_jobs(batch)
    return batch
