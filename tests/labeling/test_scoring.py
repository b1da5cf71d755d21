"""How each of a job's people did: what is counted, what is noticed, and that only operations read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from labeling.agreeing.shares import categories_of
from labeling.consolidation.agreement import share_interval
from labeling.desk_lines import page_of
from labeling.models import Annotation, Assignment, Job, JobAgreement, Label, Task
from labeling.services import measuring
from labeling.services.noticing import digest_of, habits_of
from labeling.services.reviewed import judge_answers, reviewed
from labeling.services.scoring import scores_of
from projects import task_types
from projects.task_types import Vote
from tests.factories import make_member, make_staff, say
from tests.labeling.task_types.test_alike_by import boxes
from tests.labeling.test_calibrating import NAMES, OBJECTS, label_all, make_answered, review
from tests.labeling.test_measuring import job_of, store
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def make_job(*, always: str = "", **fields: Any) -> Job:
    """An ended job of six people, of whom the first may have said the same always."""
    job = make_answered(**fields)
    if always:
        mine = Annotation.objects.filter(assignment__worker=first(job))
        mine.update(payload=say(always))
        Assignment.objects.filter(worker=first(job)).update(seconds=0.7)
        Assignment.objects.exclude(worker=first(job)).update(seconds=6.0)
    return label_all(job)


def first(job: Job) -> Worker:
    return job.team.workers.order_by("pk")[0]


def score(job: Job, worker: Worker) -> dict[str, Any]:
    return next(row for row in scores_of(job) if row["worker"] == worker.pk)


def test_a_score_counts_agreement_with_the_labels_by_category() -> None:
    job = make_job(wrong=12)

    row = score(job, first(job))

    # Of 60 answers all were the label but two, of objects 12 and 18, which are birds.
    assert (row["right"], row["seen"], row["seconds"]) == (58.0, 60, None)
    assert sum(seen for _, seen in row["categories"].values()) == 60
    assert {name: seen - right for name, (right, seen) in row["categories"].items()} == {"0": 2, "1": 0}


def marks(*names: str) -> dict[str, Any]:
    return {"crowd-classifier-multi-select": {"labels": list(names)}}


def test_of_several_categories_people_are_judged_by_what_is_believed() -> None:
    job = job_of("text-multilabel", 40)
    mine, *_ = store(
        job, [[marks("heron", "crane"), marks("heron"), marks("heron", "kite")]] * 20 + [[marks("kite")] * 3] * 20
    )
    for task in Task.objects.filter(job=job).order_by("pk"):
        number = task.data_object.ordinal
        chances = {0: 0.9, 1: 0.6, 2: 0.1} if number < 20 else {1: 0.9}
        Label.objects.create(
            data_object=task.data_object, attribute="kind", job=job, confidence=0.5, method="union", state="confirmed",
            payload=[{"class_id": one, "confidence": chance} for one, chance in chances.items()],
        )  # fmt: skip

    row = score(job, mine)

    # The label is heron and kite twenty times, then kite: of three that either names they share one.
    assert row["categories"] == {"0": [20.0, 20], "1": [20.0, 40], "2": [0.0, 20]}
    assert (row["right"], row["seen"]) == (pytest.approx(20 / 3 + 20, abs=1e-5), 40)


def test_shapes_are_judged_by_category_over_objects() -> None:
    job = job_of("bounding-box", 10, categories=("car", "bike"), people=2)
    one, other = boxes(("car", 10), ("bike", 10)), boxes(("car", 10))
    mine, theirs = store(job, [[one, other]] * 10)
    for task in Task.objects.filter(job=job):
        shapes = [{**shape, "confidence": 0.9} for shape in one["crowd-bounding-box"]["boundingBoxes"]]
        payload = {**one["crowd-bounding-box"], "boundingBoxes": shapes}
        Label.objects.create(
            data_object=task.data_object, attribute="kind", job=job, confidence=0.5, method="matched", payload=payload
        )

    assert score(job, mine)["categories"] == {"0": [10.0, 10], "1": [10.0, 10]}
    assert score(job, theirs)["categories"] == {"0": [10.0, 10], "1": [0.0, 10]}


def test_the_pace_is_the_median_of_what_is_known() -> None:
    job = make_job(always="bird")

    assert score(job, first(job))["seconds"] == 0.7


def test_what_the_machine_labelled_or_one_alone_counts_for_nobody() -> None:
    job = make_job()
    Label.objects.filter(job=job, data_object__ordinal__lt=60).update(author_kind="auto")
    alone = make_job(workers_each=1)

    assert score(job, first(job))["seen"] == 30
    assert scores_of(alone) == []


def test_habits_name_the_worker_and_objects() -> None:
    job = make_job(always="bird", wrong=0)

    found = {habit["what"]: habit for habit in habits_of(job)}

    assert {habit["worker"] for habit in found.values()} == {first(job).pk}
    assert set(found) == {"hasty", "one category", "streak"}
    assert found["one category"]["values"]["category"] == NAMES.index("bird")
    mine = set(Annotation.objects.filter(assignment__worker=first(job)).values_list("data_object", flat=True))
    assert set(found["one category"]["objects"]) <= mine


def drawn_job(*, copies: int) -> Job:
    """40 objects that three people each draw on, of whom the third has the first one's drawing on so many."""
    job = job_of("bounding-box", 40, categories=("car", "bike"), people=3)
    rows = [[boxes(("car", 3 * n + step)) for step in (0, 1, 0 if n < copies else 2)] for n in range(40)]
    store(job, rows)
    return job


def test_drawings_that_two_share_to_the_last_detail_are_a_habit_of_both() -> None:
    job = drawn_job(copies=30)
    mine, _, copier = job.team.workers.order_by("pk")

    found = {(one["worker"], one["what"], one["values"]["other"]): one for one in habits_of(job)}

    assert set(found) == {(mine.pk, "identical", copier.pk), (copier.pk, "identical", mine.pk)}
    assert found[mine.pk, "identical", copier.pk]["values"]["shared"] > 20
    assert habits_of(drawn_job(copies=0)) == []


@pytest.mark.parametrize("kind", ["proposal", "flag"])
def test_a_label_that_two_people_left_as_it_was_is_no_copy(kind: str) -> None:
    job = drawn_job(copies=30)
    for row in Annotation.objects.filter(assignment__task__job=job).select_related("assignment__task"):
        if kind == "proposal":
            Task.objects.filter(pk=row.assignment.task_id).update(proposal=boxes(("car", 3 * row.data_object.ordinal)))
        else:
            value = {**row.payload["crowd-bounding-box"], "initialValueModified": False}
            Annotation.objects.filter(pk=row.pk).update(payload={"crowd-bounding-box": value})

    assert habits_of(job) == []


def test_haste_is_told_of_texts_and_marked_words_too() -> None:
    job = job_of("text-answer", 60, categories=(), people=3)
    mine, *_ = store(job, [[{"answer": f"text {n} {place}"} for place in range(3)] for n in range(60)])
    Assignment.objects.filter(task__job=job).update(seconds=8.0)
    Assignment.objects.filter(task__job=job, worker=mine).update(seconds=0.9)

    (habit,) = habits_of(job)

    assert (habit["worker"], habit["what"], habit["values"]) == (mine.pk, "hasty", {"share": 100, "seconds": 8.0})


def test_answers_are_the_same_whatever_the_order_of_their_keys() -> None:
    one, other = {"a": {"x": 1, "y": [1, 2]}}, {"a": {"y": [1, 2], "x": 1}}

    assert digest_of(one) == digest_of(other) != digest_of({"a": {"x": 1, "y": [2, 1]}})
    assert digest_of(one, "here/abc.png") == digest_of(one, "there/abc.png") != digest_of(one, "here/abd.png")


def test_they_are_measured_when_a_job_ends_and_the_same_again() -> None:
    job = make_job(always="bird", wrong=0)
    row = JobAgreement.objects.create(job=job)

    measuring.measure(row)
    one = JobAgreement.objects.get(pk=row.pk).report
    measuring.measure(row)

    assert (one["people"], one["habits"]) == (scores_of(job), habits_of(job))
    assert JobAgreement.objects.get(pk=row.pk).report == one
    assert sum(person["seen"] for person in one["people"]) == 3 * OBJECTS


@pytest.fixture
def measured() -> Job:
    job = make_job(always="bird", wrong=0)
    measuring.measure(JobAgreement.objects.create(job=job))
    Job.objects.filter(pk=job.pk).update(state="Completed")
    return job


def page(job: Job, person: Any, client: Client) -> str:
    client.force_login(person)
    place = [job.batch.project.organization.slug, job.batch.project.slug, job.batch.slug]
    return " ".join(client.get(reverse("agreement", args=place)).content.decode().split())


def test_operations_read_how_each_did(measured: Job, client: Client) -> None:
    said = page(measured, make_staff(), client)
    people = said[said.index('id="people-1"') :]
    others = [worker for worker in measured.team.workers.all() if worker != first(measured)]

    assert len(others) == 5
    assert all(people.index(page_of(first(measured))) < people.index(page_of(other)) for other in others)
    assert "100 % of the answers are category “bird”; others say so in" in said
    assert "100 % of the answers took less than" in said


def test_customers_read_nothing_of_it(measured: Job, client: Client) -> None:
    said = page(measured, make_member(measured.batch.project.organization), client)

    assert "people-1" not in said
    assert str(first(measured)) not in said


def test_operations_read_reviews_and_categories_with_intervals(measured: Job, client: Client) -> None:
    review(measured, 24, wrong=6)
    measuring.measure(JobAgreement.objects.get(job=measured))

    said = page(measured, make_staff(), client)

    people = said[said.index('id="people-1"') :]
    row = people[people.index(page_of(first(measured))) :]
    row = row[: row.index("</tr>")]
    mine = score(measured, first(measured))
    low, high = share_interval(mine["review"]["right"], mine["review"]["seen"])
    assert f"{low:.0%} to {high:.0%}, of {mine['review']['seen']}".replace("%", " %") in row.replace("\xa0", " ")
    assert row.index(">plane 0") < row.index(">bird 100")  # who always says bird misses all planes: the worst first


def test_more_categories_than_fit_open() -> None:
    names = [f"name {number}" for number in range(6)]
    seen = {str(n): [float(n), 6] for n in range(6)} | {"7": [1.0, 1], "5": [0.0, 0]}
    found = categories_of({"categories": seen}, names)

    assert [row.name for row in found.first] == ["name 0", "name 1", "name 2"]
    assert [row.name for row in found.rest] == ["name 3", "name 4"]


def test_a_category_is_told_by_its_label_by_known_answers_and_by_reviews() -> None:
    known = {"right": 1.0, "seen": 5, "categories": {"0": [1.0, 4], "1": [0.0, 1]}}
    review = {"right": 3.0, "seen": 4, "open": 0, "categories": {"0": [3.0, 4]}}

    bird, plane = categories_of(
        {"categories": {"0": [1.0, 2]}, "gold": known, "review": review}, ["bird", "plane"]
    ).first

    assert [(part.share, part.answers) for part in (bird.share, bird.known, bird.review) if part] == [
        (0.5, 2), (0.25, 4), (0.75, 4),
    ]  # fmt: skip
    assert (bird.known.low, bird.known.high) == share_interval(1.0, 4)  # type: ignore[union-attr]
    assert (plane.name, plane.share, plane.review) == ("plane", None, None)  # after all that have a label
    assert plane.known.share == 0.0  # type: ignore[union-attr]


def test_a_report_of_before_has_no_categories_of_known_answers() -> None:
    older = {"categories": {"0": [1.0, 2]}, "gold": {"right": 1.0, "seen": 5}}

    (bird,) = categories_of(older, ["bird", "plane"]).first

    assert (bird.known, bird.review) == (None, None)


# --- how much is compared -----------------------------------------------------------------------------


def label_first(job: Job, rows: list[list[Any]]) -> None:
    """Give each object the label that the first answer is."""
    kind = task_types.get(job.task_type)
    for task, row in zip(Task.objects.filter(job=job).order_by("pk"), rows, strict=True):
        settled = kind.consolidate([Vote("a", row[0]), Vote("b", row[0])], {}, job.asks)
        Label.objects.create(
            data_object=task.data_object, attribute=job.attribute, job=job, payload=settled.payload,
            confidence=0.9, method="union", state="confirmed",
        )  # fmt: skip


def test_of_drawings_so_many_are_compared_as_there_is_time_for() -> None:
    job, rows = job_of("bounding-box", 8, categories=("car", "bike")), [[boxes(("car", 3))] * 3] * 8
    people = store(job, rows)
    label_first(job, rows)

    whole, cut = scores_of(job), scores_of(job, most_seconds=0)

    assert [(row["worker"], row["right"], row["seen"]) for row in whole] == [(one.pk, 8.0, 8) for one in people]
    assert [(row["worker"], row["right"], row["seen"]) for row in cut] == [(people[0].pk, 1.0, 1)]


def test_categories_are_compared_to_the_last_answer_whatever_the_time() -> None:
    job = make_job(wrong=12)

    assert scores_of(job, most_seconds=0) == scores_of(job)


def test_habits_are_looked_for_in_so_many_drawings_as_there_is_time_for() -> None:
    job = drawn_job(copies=30)

    assert len(habits_of(job)) > 0
    assert habits_of(job, most_seconds=0) == []


def test_reviews_of_drawings_are_judged_as_there_is_time_for() -> None:
    job, rows = job_of("bounding-box", 4, categories=("car", "bike")), [[boxes(("car", 3))] * 3] * 4
    store(job, rows)
    label_first(job, rows)
    review(job, 4)

    said = reviewed(job)

    assert [judged.right for judged in judge_answers(job, said, 60)] == [1.0] * 12
    assert [judged.right for judged in judge_answers(job, said, 0)] == [1.0]
