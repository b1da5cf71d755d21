"""Answers left out of the labels: kept, marked with the reason, and shown."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from batches.models import BatchDay, DataObject
from labeling.agreeing import words
from labeling.models import Annotation, Assignment, Job, JobAgreement, Label, LoopRun, Task
from labeling.services import consolidating, discarding, measuring
from labeling.services.answers import agreement_among, answers_of
from projects import task_types
from projects.task_types import Vote
from tests.factories import make_job, make_member, make_project, make_running_batch, make_schema, make_worker, say

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NAMES = ("bird", "plane")


def make_spammed(objects: int = 240) -> tuple[Job, int]:
    """A job of four people an object, of whom one says “bird” to everything; returns that one's number, too."""
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project, categories=NAMES)
    batch = make_running_batch(project, texts=tuple(f"text {number}" for number in range(objects)))
    job = make_job(batch, workers_each=4)
    crowd = [make_worker(job.team) for _ in range(4)]
    for task in Task.objects.filter(job=job).select_related("data_object"):
        number = task.data_object.ordinal
        for turn, worker in enumerate(crowd):
            given = Assignment.objects.create(
                task=task, worker=worker, state="submitted", claimed_at=task.created_at, lease_until=task.created_at,
                submitted_at=task.created_at,
            )  # fmt: skip
            true = NAMES[(number // 3) % 2] if number % 9 != turn else NAMES[(number // 3 + 1) % 2]
            answer = say(NAMES[0] if turn == 3 else true)
            Annotation.objects.create(data_object=task.data_object, assignment=given, payload=answer)
    Task.objects.filter(job=job).update(state="done", answers=4, open_slots=0)
    return job, crowd[3].pk


def label_all(job: Job) -> Job:
    run, _ = LoopRun.objects.get_or_create(job=job, iteration=1)
    consolidating.write_final_labels(run)
    return Job.objects.get(pk=job.pk)


def test_answers_that_tell_nothing_are_marked_kept_and_shown(client: Client) -> None:
    job, spammer = make_spammed()

    job = label_all(job)

    marked = Annotation.objects.exclude(discarded="")
    assert set(marked.values_list("assignment__worker", "discarded")) == {(spammer, "untelling")}
    assert (marked.count(), Annotation.objects.count(), Label.objects.filter(state="confirmed").count()) == (
        240,
        960,
        240,
    )
    client.force_login(make_member(job.batch.project.organization))
    place = [job.batch.project.organization.slug, job.batch.project.slug, job.batch.slug]
    row = DataObject.objects.filter(batch=job.batch)[8]
    page = client.get(reverse("object", args=[*place, row.public_id]))
    said = page.context["shown"].said
    assert [bool(one.discarded) for one in said] == [False, False, False, True]
    assert "Left out: this person’s answers tell nothing about the category." in page.content.decode()
    assert page.context["shown"].among == 1.0


def test_what_is_no_longer_so_is_cleared_and_a_repeated_run_changes_nothing() -> None:
    job, spammer = make_spammed()
    skills = consolidating.fit(job)
    objects = answers_of(job, list(DataObject.objects.filter(batch=job.batch).values_list("pk", flat=True)))

    discarding.mark(job, objects, discarding.reasons_of(job, objects, skills))
    first = list(Annotation.objects.order_by("pk").values_list("discarded", "discard_numbers"))
    discarding.mark(job, objects, discarding.reasons_of(job, objects, skills))

    assert list(Annotation.objects.order_by("pk").values_list("discarded", "discard_numbers")) == first
    others = {name: said for name, said in skills.items() if name != "untelling"}
    discarding.mark(job, objects, discarding.reasons_of(job, objects, others))
    assert not Annotation.objects.exclude(discarded="").exists()


def test_discarded_answers_have_no_part_in_the_label_but_somebodys_always_count() -> None:
    job, spammer = make_spammed()
    skills, kind, schema = consolidating.fit(job), task_types.get(job.task_type), job.asks
    others = [Vote(name, say("plane")) for name in skills["workers"] if name != str(spammer)]
    theirs = Vote(str(spammer), say("bird"))

    assert kind.discard is not None
    assert kind.consolidate([*others, theirs], skills, schema) == kind.consolidate(others, skills, schema)
    assert [why is None for why in kind.discard([*others, theirs], skills, schema)] == [True, True, True, False]
    assert kind.discard([theirs], skills, schema) == [None]
    assert kind.consolidate([theirs], skills, schema).payload == 0


def test_the_batch_says_how_many_and_why_and_strange_codes_have_words() -> None:
    assert words.discarded({}) == []
    assert words.discarded({"untelling": 1200}) == [
        "1,200 answers have no part in the labels, as their authors’ answers tell nothing about the category."
    ]
    assert words.why_discarded("", {}) == ""
    assert words.why_discarded("untelling", {"agreed": 50, "compared": 100, "by_chance": 49}) == (
        "Left out: this person’s answers tell nothing about the category. 50 of 100 are the others’, as 49 would be by "
        "chance."
    )
    assert words.why_discarded("of another version", {}) == "Left out of the label."


def test_what_is_left_out_of_the_labels_is_left_out_of_agreement() -> None:
    job, spammer = make_spammed()
    job = label_all(job)
    row = JobAgreement.objects.create(job=job)

    measuring.measure(row)
    report = JobAgreement.objects.get(pk=row.pk).report
    Annotation.objects.update(discarded="")
    measuring.measure(row)
    with_all = JobAgreement.objects.get(pk=row.pk).report

    # In 81 objects one of three is apart, and with them two of three pairs.
    assert (report["answers"], report["workers"], with_all["answers"]) == (720, 3, 960)
    assert report["mean"]["value"] == pytest.approx(1 - 81 * (2 / 3) / 240, abs=1e-6)
    assert report["alpha"]["value"] > with_all["alpha"]["value"] + 0.2
    assert spammer not in {pair[side] for pair in report["pairs"]["worst"] for side in ("first", "second")}
    assert spammer in {person["worker"] for person in report["people"]}  # who judges people judges this one, too


def test_the_day_s_agreement_leaves_them_out_as_well() -> None:
    job, spammer = make_spammed()
    skills = label_all(job).skills
    objects = answers_of(job, list(DataObject.objects.order_by("ordinal").values_list("pk", flat=True)[:4]))

    left_out = discarding.reasons_of(job, objects, skills)

    # Objects 0 to 2 have one of three apart; the spammer says what one of two groups does.
    assert {worker for _, worker in left_out} == {spammer}
    assert [agreement_among(job, one, left_out) for one in objects] == [1 / 3, 1 / 3, 1 / 3, 1.0]
    assert [agreement_among(job, one, ()) for one in objects] == [1 / 2, 1 / 2, 1 / 2, 1 / 2]


def test_a_settled_object_s_agreement_goes_to_its_day_without_what_is_left_out() -> None:
    job, _ = make_spammed()
    Job.objects.filter(pk=job.pk).update(skills=label_all(job).skills)
    Task.objects.filter(job=job).update(state="answered")
    DataObject.objects.update(done_by="")
    BatchDay.objects.all().delete()

    job = Job.objects.get(pk=job.pk)
    while consolidating.settle_answered(job):
        job.refresh_from_db()

    (day,) = BatchDay.objects.all()
    assert (day.agreed, day.agreement) == (240, pytest.approx(159 + 81 / 3))
