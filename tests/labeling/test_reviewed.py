"""What reviews say of people: which labels count, how each one's own answer is judged, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from batches import services as batch_services
from batches.models import Batch, DataObject, ObjectFeedback, Review
from groundtruth import clock
from labeling.models import Annotation, Finding, Job, JobAgreement, Label, Sent, StepKind, Task, WorkerPause
from labeling.services import jobs, measuring, pausing
from labeling.services.reviewed import reviewed, reviewed_before
from labeling.services.scoring import scores_of
from tests.factories import make_job, make_member, make_running_batch, make_staff, say
from tests.labeling.pausing_road import answer, crowd, good_but, make_road
from tests.labeling.test_calibrating import NAMES, label_all, make_answered, review
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]

# Of `make_answered` the first of six people answers objects whose number leaves 0, 4 or 5 by 6. All three answers are
# wrong in objects 0 to 11; in objects 12 to 23 only the first is, which is hers in 12 and 18.


def score(job: Job, worker: Worker) -> dict[str, Any]:
    return next(row for row in scores_of(job) if row["worker"] == worker.pk)


def first(job: Job) -> Worker:
    return job.team.workers.order_by("pk")[0]


def rows(job: Job, *ordinals: int) -> list[DataObject]:
    return list(DataObject.objects.filter(batch=job.batch, ordinal__in=ordinals).order_by("ordinal"))


def relabel(job: Job, ordinals: list[int], name: str | None, **fields: Any) -> Job:
    """A later job of the batch that gave these objects a label; without a name that which is right."""
    later = make_job(job.batch, team=job.team, workers_each=1, position=Job.objects.count() + 8, **fields)
    for row in rows(job, *ordinals):
        before = Label.objects.filter(data_object=row).order_by("-revision")[0]
        Label.objects.filter(pk=before.pk).update(state="superseded")
        number = row.ordinal % 2 if name is None else NAMES.index(name)
        Label.objects.create(
            data_object=row, attribute=job.attribute, job=later, payload=number, confidence=0.9, method="vote",
            state="confirmed", revision=before.revision + 1,
        )  # fmt: skip
    return later


def test_without_a_review_nothing_is_said() -> None:
    job = label_all(make_answered())

    assert "review" not in score(job, first(job))
    assert "checked" not in score(job, first(job))


def test_an_answer_counts_by_the_label_that_was_called_right_or_wrong() -> None:
    job = label_all(make_answered(wrong=12))
    review(job, 24, wrong=12)

    row = score(job, first(job))

    # 0, 4, 5, 6, 10 and 11 are the wrong label; 12 and 18 are not the right one; 16, 17, 22 and 23 are.
    by_category = {"0": [2.0, 4], "1": [2.0, 2]}  # of the labels that are right
    assert row["review"] == {"right": 4.0, "seen": 12, "open": 0, "categories": by_category}
    assert row["seen"] == 60  # agreement stands beside it as before


def test_an_answer_that_is_not_the_wrong_label_stays_open() -> None:
    job = label_all(make_answered(wrong=12))
    review(job, 24, wrong=24)

    assert score(job, first(job))["review"] == {"right": 0.0, "seen": 10, "open": 2}


def test_what_a_customer_chose_to_look_at_counts_for_nobody() -> None:
    job = label_all(make_answered())
    review(job, 24, wrong=12, drawn=False)

    assert reviewed(job) == {}
    assert "review" not in score(job, first(job))


def test_where_others_adjusted_a_label_theirs_was_judged() -> None:
    job = label_all(make_answered(wrong=12))
    relabel(job, [0, 4], None, kind=StepKind.ADJUST)
    relabel(job, [5, 16], "bird", kind=StepKind.ADJUST)
    review(job, 24)
    wrong = rows(job, 4)
    ObjectFeedback.objects.filter(data_object__in=wrong).update(verdict="wrong")

    said = reviewed(job)

    places = {row.ordinal: said.get(row.pk) for row in rows(job, 0, 4, 5, 16, 17)}
    assert (places[0].payload, places[0].is_right) == (0, True)  # type: ignore[union-attr]
    assert places[4] is None  # the adjusted label is wrong, of ours nothing is known
    assert [places[n].payload for n in (5, 16, 17)] == [0, 0, 1]  # type: ignore[union-attr]


@pytest.mark.parametrize(("again", "is_right"), [("", True), ("wrong", False)])
def test_a_label_put_right_in_a_rework_tells_what_is_right(again: str, is_right: bool) -> None:
    job = label_all(make_answered(wrong=12))
    review(job, 24, wrong=24)
    relabel(job, [12, 18], None, kind="rework", round=2)
    member = make_member(job.batch.project.organization)
    for row in rows(job, 18):
        ObjectFeedback.objects.create(data_object=row, round=2, author=member, verdict=again)

    said = reviewed(job)

    assert [said[row.pk].is_right for row in rows(job, 12, 13, 18)] == [True, False, is_right]
    # Hers of both differ from the label that was called wrong: one is judged now, and wrong, as the others are.
    by_category = {"0": [0.0, 1 + is_right]}  # of what is known to be right
    assert score(job, first(job))["review"] == {
        "right": 0.0, "seen": 11 + is_right, "open": 1 - is_right, "categories": by_category,
    }  # fmt: skip


def test_what_others_found_who_looked_at_flagged_labels_stands_by_itself() -> None:
    job = label_all(make_answered(wrong=12))
    looked = make_job(job.batch, kind=StepKind.VALIDATE, position=2)
    verify = make_job(job.batch, team=job.team, kind=StepKind.VERIFY, position=3, workers_each=1)
    for row in rows(job, 0, 4, 12, 16):
        label = Label.objects.get(data_object=row, job=job)
        wrong = row.ordinal in (0, 4)
        Finding.objects.create(
            job=looked, label=label, rule="unlikely", severity=0.9, sent=Sent.WORST, is_wrong=wrong,
            resolved_at=clock.now(),
        )  # fmt: skip
        if row.ordinal == 0:
            Label.objects.filter(pk=label.pk).update(state="superseded")
            Label.objects.create(
                data_object=row, attribute=job.attribute, job=verify, payload=0, confidence=0.9, method="vote",
                state="confirmed", revision=label.revision + 1,
            )  # fmt: skip

    row = score(job, first(job))

    # Wrong in 0 and 12, and in 4, whose label is theirs and wrong; right in 16.
    assert row["checked"] == {"right": 1.0, "seen": 4}
    assert "review" not in row


def test_a_stored_review_and_a_look_of_others_let_a_job_be_measured_again() -> None:
    job = label_all(make_answered(wrong=12))
    JobAgreement.objects.create(job=job)
    measuring.measure(JobAgreement.objects.get(job=job))
    JobAgreement.objects.update(done_at=clock.now(), rung=False)
    review(job, 24, wrong=12)
    Batch.objects.update(state="review_submission_in_progress")

    batch_services.store_review(Review.objects.create(batch=Batch.objects.get(), round=1))
    one = JobAgreement.objects.get(job=job)
    measuring.measure(one)
    report = JobAgreement.objects.get(job=job).report
    JobAgreement.objects.update(done_at=clock.now(), rung=False)
    Batch.objects.update(state="in_progress")
    verify = make_job(job.batch, kind=StepKind.VERIFY, position=3)
    jobs.complete(verify)

    assert (one.done_at, one.rung) == (None, True)
    by_category = {"0": [2.0, 4], "1": [2.0, 2]}
    assert report["people"][0]["review"] == {"right": 4.0, "seen": 12, "open": 0, "categories": by_category}
    again = JobAgreement.objects.get(job=job)
    assert (again.done_at, again.rung) == (None, True)


# --- the pause ----------------------------------------------------------------------------------------


def make_reviewed(*bad: int, wrong: int = 0) -> Job:
    """A job that ended, of whose people these are always wrong, reviewed and measured."""
    job = make_road(objects=100)
    answer(job, good_but(*bad), 0, 99)
    WorkerPause.objects.all().delete()
    job = label_all(job)
    Job.objects.filter(pk=job.pk).update(state="Completed", has_pauses=False)
    review(job, 100, wrong=wrong)
    measuring.measure(JobAgreement.objects.create(job=job))
    return job


def next_job(before: Job, **fields: Any) -> Job:
    batch = make_running_batch(before.batch.project, texts=tuple(f"text {number}" for number in range(100)))
    return make_job(batch, team=before.team, **{"least_right": 0.7, **fields})


def paused(job: Job) -> dict[int, str]:
    people = [worker.pk for worker in crowd(job)]
    return {people.index(row.worker_id): row.evidence["source"] for row in WorkerPause.objects.filter(job=job)}


def test_who_was_mostly_wrong_by_reviews_and_is_here_is_paused_before_agreement_tells() -> None:
    job = next_job(make_reviewed(0))

    answer(job, good_but(0), 0, 39)  # 24 answers of each

    assert paused(job) == {0: "review"}
    (pause,) = WorkerPause.objects.all()
    said = "0 of 60 answers to earlier jobs of this kind are right by customers’ reviews, or cannot be told"
    assert pause.reason == f"{said}; at least 70 % are asked."


def test_who_does_well_now_is_not_paused_for_what_was() -> None:
    job = next_job(make_reviewed(0))

    answer(job, good_but(), 0, 99)

    assert paused(job) == {}


def test_a_good_review_excuses_nothing() -> None:
    job = next_job(make_reviewed())

    answer(job, good_but(0), 0, 99)

    assert paused(job) == {0: "agreement"}


def test_what_a_review_leaves_open_counts_for_the_worker() -> None:
    """All labels are called wrong: who said otherwise may have been right, and the rest are most of the people."""
    job = next_job(before := make_reviewed(0, wrong=100))
    people = [worker.pk for worker in crowd(job)]

    found = {people.index(worker): said for worker, said in reviewed_before(job).items()}
    answer(job, good_but(0), 0, 39)

    assert found == {0: (60.0, 60), 1: (0.0, 60), 2: (0.0, 60), 3: (0.0, 60), 4: (0.0, 60)}
    assert paused(job) == {}
    assert before.pk != job.pk


def test_after_a_pause_was_lifted_an_earlier_review_counts_no_more() -> None:
    job = next_job(make_reviewed(0))
    answer(job, good_but(0), 0, 39)
    (pause,) = WorkerPause.objects.all()
    pausing.lift(pause, make_staff())

    assert pausing.weak_workers(Job.objects.get(pk=job.pk)) == {}


def test_with_one_answer_an_object_a_review_is_all_there_is() -> None:
    before = make_reviewed(0)
    job = next_job(before, workers_each=1)
    task = Task.objects.filter(job=job).order_by("pk")[0]
    now = clock.now()
    for worker in crowd(job)[:2]:
        turn = task.assignments.create(worker=worker, state="submitted", claimed_at=now, lease_until=now)
        Annotation.objects.create(data_object=task.data_object, assignment=turn, payload=say("bird"))

    found = pausing.weak_workers(job)

    assert {worker: said.source for worker, said in found.items()} == {crowd(job)[0].pk: "review"}
