"""Confidence learnt from reviews: which verdicts count, what they teach, and what the batch page says of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from batches.models import DataObject, ObjectFeedback
from groundtruth import clock
from labeling.models import Annotation, Assignment, Job, Label, LoopRun, Task
from labeling.queries_confidence import reviewed_labels
from labeling.services import consolidating
from labeling.services.calibrating import calibrated
from projects.models import Project
from tests.factories import make_job, make_member, make_project, make_running_batch, make_schema, make_worker, say

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NAMES = ("bird", "plane")
OBJECTS = 120


def make_answered(project: Project | None = None, *, wrong: int = 12, **fields: Any) -> Job:
    """A job of three people an object, of whom all are wrong in the first objects and one in the next as many."""
    if project is None:
        project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
        make_schema(project, categories=NAMES)
    batch = make_running_batch(project, texts=tuple(f"text {number}" for number in range(OBJECTS)))
    job = make_job(batch, **fields)
    crowd = [make_worker(job.team) for _ in range(6)]
    now = clock.now()
    for task in Task.objects.filter(job=job).select_related("data_object"):
        number = task.data_object.ordinal
        errs = 3 if number < wrong else number < 2 * wrong
        for turn in range(job.workers_each):
            given = Assignment.objects.create(
                task=task, worker=crowd[(number + turn) % 6], state="submitted", claimed_at=now, lease_until=now
            )
            answer = say(NAMES[(number + (turn < errs)) % 2])
            Annotation.objects.create(data_object=task.data_object, assignment=given, payload=answer)
    Task.objects.filter(job=job).update(state="done", answers=job.workers_each, open_slots=0)
    return job


def label_all(job: Job) -> Job:
    run, _ = LoopRun.objects.get_or_create(job=job, iteration=1)
    consolidating.write_final_labels(run)
    return Job.objects.get(pk=job.pk)


def review(job: Job, count: int, *, wrong: int = 0, drawn: bool = True) -> None:
    """Let a customer judge so many objects of the review's sample, the first of which are wrong."""
    member = make_member(job.batch.project.organization)
    rows = list(DataObject.objects.filter(batch=job.batch).order_by("ordinal")[:count])
    if drawn:
        DataObject.objects.filter(pk__in=[row.pk for row in rows]).update(sample_round=1)
    ObjectFeedback.objects.bulk_create(
        ObjectFeedback(data_object=row, round=1, author=member, verdict="wrong" if n < wrong else "right")
        for n, row in enumerate(rows)
    )


def confidences(job: Job) -> dict[int, float]:
    current = Label.objects.filter(job=job).exclude(state="superseded")
    return dict(current.values_list("data_object__ordinal", "confidence"))


def test_without_reviews_confidence_is_uncalibrated() -> None:
    job = label_all(make_answered())

    assert "calibration" not in job.skills


def test_reviews_of_a_batch_before_teach_the_next_how_sure_its_labels_are() -> None:
    first = label_all(make_answered(wrong=40))
    review(first, 120, wrong=40)

    second = label_all(make_answered(first.batch.project))

    before, after = confidences(first), confidences(second)
    assert second.skills["calibrated_on"] == 120
    # Where all agreed, half was wrong: people who agree are believed less than before.
    assert before[119] > 0.98
    assert 0.6 < after[119] < 0.9
    assert after[119] >= after[20] > 0.5


def test_too_few_verdicts_teach_nothing() -> None:
    first = label_all(make_answered())
    review(first, 19)

    assert "calibration" not in label_all(make_answered(first.batch.project)).skills


def test_only_what_was_drawn_for_the_review_counts() -> None:
    first = label_all(make_answered())
    review(first, 60, wrong=12, drawn=False)

    assert reviewed_labels(first) == {}


def test_another_customers_reviews_teach_nothing() -> None:
    review(label_all(make_answered()), 60)

    other = make_answered()

    assert reviewed_labels(other) == {}
    assert calibrated(other, {"workers": [], "skills": ""}) == {"workers": [], "skills": ""}


def test_what_is_reviewed_after_a_rework_counts_no_more_than_before_it() -> None:
    job = label_all(make_answered())
    review(job, 30)
    ObjectFeedback.objects.all().update(round=2)
    DataObject.objects.filter(batch=job.batch).update(sample_round=2)  # they are looked at since they were wrong

    assert reviewed_labels(job) == {}


def test_where_members_differ_the_label_is_wrong() -> None:
    job = label_all(make_answered())
    review(job, 30)
    row = DataObject.objects.filter(batch=job.batch).order_by("ordinal")[0]
    other = make_member(job.batch.project.organization)
    ObjectFeedback.objects.create(data_object=row, round=1, author=other, verdict="wrong")

    found = reviewed_labels(job)[job.pk]

    assert (len(found), sum(found.values()), found[row.pk]) == (30, 29, False)


def test_the_machines_labels_teach_nothing_of_peoples() -> None:
    job = label_all(make_answered())
    review(job, 30)
    Label.objects.filter(job=job, data_object__ordinal__lt=10).update(author_kind="auto")

    assert len(reviewed_labels(job)[job.pk]) == 20


# --- the page ---------------------------------------------------------------------------------------------------


def page_of(job: Job, client: Client) -> str:
    client.force_login(make_member(job.batch.project.organization))
    place = [job.batch.project.organization.slug, job.batch.project.slug, job.batch.slug]
    return " ".join(client.get(reverse("confidence", args=place)).content.decode().split())


def test_the_page_says_that_nothing_is_known(client: Client) -> None:
    job = label_all(make_answered())

    said = page_of(job, client)

    assert "Uncalibrated: when they were written, too few labels of this project had been reviewed" in said
    assert "<svg" not in said


def test_the_page_shows_how_right_labels_were_by_what_they_said(client: Client) -> None:
    job = label_all(make_answered())
    review(job, 60, wrong=12)

    said = page_of(job, client).replace("\N{NO-BREAK SPACE}", " ")

    assert "right 80.0 % of 60 reviewed" in said
    assert "<svg" in said


def test_the_page_says_what_it_was_learnt_from(client: Client) -> None:
    first = label_all(make_answered())
    review(first, 60, wrong=12)
    second = label_all(make_answered(first.batch.project))

    assert "Calibrated on 60 reviewed labels of this project." in page_of(second, client)


@pytest.mark.parametrize("fields", [{"workers_each": 1}, {"skills": {}}])
def test_where_no_confidence_is_computed_nothing_is_said(client: Client, fields: dict[str, Any]) -> None:
    job = make_answered(**fields)
    assert page_of(job, client) == ""
