"""More answers for what people and machine differ on: who is asked, how often, at what cost, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject
from groundtruth import clock, work
from labeling import queries
from labeling.machine import limits
from labeling.models import Annotation, Assignment, Job, Label, LoopRun, Task
from labeling.services.asking_again import look_again
from labeling.services.releasing import lapse, release
from projects.models import Project
from tests.factories import make_job, make_member, make_project, make_running_batch, make_schema, make_worker, say
from tests.labeling.loops import OBJECTS, WORDS, advance_all, answer_all_asked, begun, last_run, texts, truth_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
NAMES = list(WORDS)
CROWD = 8


def err(job: Job, share: float) -> Any:
    """People who err in a share of the objects when they see one first, and never when they look again."""
    wrong = set(np.flatnonzero(np.random.default_rng(7).random(OBJECTS) < share).tolist())

    def answer(row: DataObject) -> dict[str, Any]:
        again = Annotation.objects.filter(data_object=row, assignment__task__job=job).exists()
        return say(truth_of(row.ordinal + (row.ordinal in wrong and not again)))

    return answer


def end(job: Job, answer: Any) -> None:
    for _ in range(40):
        answer_all_asked(job, answer)
        advance_all(job)
        job.refresh_from_db()
        if job.state == "Completed":
            return
    raise AssertionError("The loop does not end.")


def test_errors_of_people_are_found_and_the_machine_labels_the_rest() -> None:
    job = begun(texts())

    end(job, err(job, 0.06))

    batch = Batch.objects.get(pk=job.batch_id)
    labels = Label.objects.filter(job=job, author_kind="auto").select_related("data_object")
    right = [NAMES[label.payload] == truth_of(label.data_object.ordinal) for label in labels]
    again = Task.objects.filter(job=job, wanted__gt=1)
    assert (batch.done, batch.human + batch.auto, job.ended) == (OBJECTS, OBJECTS, OBJECTS)
    assert batch.auto > OBJECTS / 2
    assert np.mean(right) >= 0.95
    assert 10 < again.count() < 60
    assert all(task.answers == task.wanted for task in again)


def test_without_others_to_ask_people_label_on() -> None:
    job = begun(texts())

    answer_all_asked(job, err(job, 0.06), crowd_size=2)
    advance_all(job)

    assert last_run(job).report["asked_again"] == 0
    assert last_run(job).report["asked"] > 0


def test_an_object_that_is_asked_again_waits_with_room_for_two_more_and_counts_once() -> None:
    job = begun(texts())
    answer_all_asked(job, err(job, 0.06))
    advance_all(job)

    job.refresh_from_db()
    waiting = Task.objects.filter(job=job, wanted=3)
    run = last_run(job)
    assert waiting.count() == run.report["asked_again"] > 0
    assert {*waiting.values_list("state", "answers", "open_slots")} <= {("open", 1, 2), ("waiting", 1, 2)}
    assert job.ended == 250 - waiting.count()
    assert Batch.objects.get(pk=job.batch_id).human == 250
    assert limits.people_left(job) is None


def test_the_label_is_what_most_say_then_with_a_confidence() -> None:
    job = begun(texts())
    answer = err(job, 0.06)
    answer_all_asked(job, answer)
    advance_all(job)
    task = Task.objects.filter(job=job, wanted=3).select_related("data_object").first()
    before = Label.objects.get(job=job, data_object=task.data_object)

    answer_all_asked(job, answer)
    advance_all(job)

    label = Label.objects.exclude(state="superseded").get(job=job, data_object=task.data_object)
    assert (before.confidence, before.revision, label.revision) == (0.0, 1, 2)
    assert NAMES[label.payload] == truth_of(task.data_object.ordinal)
    assert 0.5 < label.confidence < 1


def test_the_batch_page_says_how_many_were_looked_at_again(client: Client) -> None:
    job = begun(texts())
    answer_all_asked(job, err(job, 0.06))
    advance_all(job)
    project = job.batch.project
    client.force_login(make_member(project.organization))

    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))

    count = last_run(job).report["asked_again"]
    assert f"<dd>{count} objects, on which machine and people differed</dd>" in page.content.decode()


def test_checked_labels_that_people_call_wrong_are_looked_at_again_before_they_count() -> None:
    job = begun(texts(), checked_labels=60)
    answer = err(job, 0.0)
    while not LoopRun.objects.filter(job=job, report__checking__0__isnull=False).exists():
        answer_all_asked(job, answer)
        advance_all(job)
    checked = last_run(job).report["checking"]

    answer_all_asked(job, lambda row: say(truth_of(row.ordinal + (row.ordinal in checked[:10]))))
    advance_all(job)
    second = last_run(job)
    end(job, answer)

    assert (second.report["asked_again"], second.report["checking"]) == (10, checked)
    assert (last_run(job).report["check"]["right"], last_run(job).report["check"]["of"]) == (60, 60)
    assert Batch.objects.get(pk=job.batch_id).done == OBJECTS


# --- who is asked again, and how often ------------------------------------------------------------------------


def done_tasks(confidence: float = 0.5, **fields: Any) -> tuple[Job, list[Task]]:
    """A job of three texts that one person has answered, and its tasks."""
    job = make_job(make_running_batch(texts=("one", "two", "three")), **{"workers_each": 1, **fields})
    now, rows = clock.now(), list(Task.objects.filter(job=job).order_by("pk"))
    Assignment.objects.bulk_create(
        Assignment(task=rows[n % 3], worker=make_worker(job.team), state="submitted", claimed_at=now, lease_until=now)
        for n in range(CROWD)
    )
    Task.objects.filter(job=job).update(state="done", answers=1, open_slots=0)
    for row in DataObject.objects.filter(batch=job.batch):
        Label.objects.create(job=job, data_object=row, attribute="kind", payload={}, confidence=confidence, method="m")
    Job.objects.filter(pk=job.pk).update(ended=3)
    return job, list(Task.objects.filter(job=job).order_by("pk"))


def ask_again(job: Job, tasks: list[Task]) -> int:
    with transaction.atomic():
        return look_again(job, [task.pk for task in tasks])


def answered(job: Job, answers: int) -> None:
    Task.objects.filter(job=job, state="waiting").update(state="done", answers=answers, open_slots=0)
    Job.objects.filter(pk=job.pk).update(ended=3)


def test_a_sure_label_is_looked_at_again_once() -> None:
    job, tasks = done_tasks(confidence=0.97)

    first = ask_again(job, tasks)
    answered(job, 3)
    second = ask_again(job, tasks)

    assert (first, second) == (3, 0)


def test_an_unsure_label_is_looked_at_until_all_have_said_theirs() -> None:
    job, tasks = done_tasks(confidence=0.6)
    counts = []
    for answers in (3, 5, 7, 9):
        counts.append(ask_again(job, tasks))
        answered(job, answers)

    assert counts == [3, 3, 3, 0]  # eight people cannot give nine answers
    assert {*Task.objects.filter(job=job).values_list("wanted", flat=True)} == {7}


def test_a_second_look_asks_no_more_people_than_the_job_says() -> None:
    job, tasks = done_tasks(confidence=0.6, most_workers=4)
    counts = []
    for answers in (3, 4, 5):
        counts.append(ask_again(job, tasks))
        answered(job, answers)

    assert counts == [3, 3, 0]
    assert {*Task.objects.filter(job=job).values_list("wanted", flat=True)} == {4}


def test_what_nobody_answered_is_not_asked_again() -> None:
    job, tasks = done_tasks()
    Task.objects.filter(pk=tasks[0].pk).update(answers=0)  # the machine's
    Task.objects.filter(pk=tasks[1].pk).update(state="failed")

    assert ask_again(job, tasks) == 1


def test_no_more_are_asked_again_than_the_job_can_pay() -> None:
    job, tasks = done_tasks(most_cost=Decimal("0.70"), answer_price=Decimal("0.10"))

    assert limits.answers_left(job) == 4
    assert ask_again(job, tasks) == 2
    assert limits.answers_left(job) == 0
    assert limits.most_asked(job) == 3


def test_who_answered_is_not_told_of_it_as_left() -> None:
    job, tasks = done_tasks()
    newcomer = make_worker(job.team)
    ask_again(job, tasks)

    first = job.team.workers.order_by("pk")[0]
    assert (queries.left_for(first.pk, job), queries.left_for(newcomer.pk, job)) == (2, 3)


def test_a_second_look_waits_a_day_and_the_label_stays() -> None:
    job, tasks = done_tasks()
    ask_again(job, tasks)
    release(job)
    long_ago = clock.now() - timedelta(hours=26)
    Batch.objects.filter(pk=job.batch_id).update(state_since=long_ago)
    Project.objects.filter(pk=job.batch.project_id).update(state_since=long_ago)
    job = Job.objects.get(pk=job.pk)
    Task.objects.filter(pk=tasks[0].pk).update(opened_at=clock.now() - timedelta(hours=25))

    assert lapse(job) == 1
    assert [*Task.objects.filter(job=job).order_by("pk").values_list("state", flat=True)] == [
        "answered",
        "open",
        "open",
    ]
    assert Label.objects.filter(job=job).count() == 3


# --- from two to five people ------------------------------------------------------------------------------------


def make_asking_job(texts: int = 60, **fields: Any) -> Job:
    """A job of two to five people an object."""
    rows = tuple(f"text {number}" for number in range(texts))
    return make_job(make_running_batch(texts=rows), **{"workers_each": 2, "most_workers": 5, **fields})


def drive(job: Job) -> Job:
    work.advance(job._meta.label_lower, job.pk)
    return Job.objects.get(pk=job.pk)


def say_name(ordinal: int, is_wrong: bool) -> dict[str, Any]:
    return say(NAMES[(ordinal + is_wrong) % 2])


def say_text(ordinal: int, is_wrong: bool) -> dict[str, Any]:
    return {"answer": f"{ordinal}: something else" if is_wrong else f"The soup of table {ordinal} was cold."}


def say_by_turns(job: Job, wrong: dict[int, set[int]], says: Callable[[int, bool], dict[str, Any]] = say_name) -> None:
    """Let people answer what is open; by ordinal the turns, from 0, at which somebody errs."""

    def answer(row: DataObject) -> dict[str, Any]:
        turn = Annotation.objects.filter(data_object=row).count()
        return says(row.ordinal, turn in wrong.get(row.ordinal, set()))

    crowd = list(job.team.workers.order_by("pk")) or [make_worker(job.team) for _ in range(CROWD)]
    now = clock.now()
    for task in Task.objects.filter(job=job, state="open").order_by("pk").select_related("data_object"):
        for turn in range(task.answers, task.wanted):
            given = Assignment.objects.create(
                task=task,
                worker=crowd[(task.data_object.ordinal + turn) % CROWD],
                state="submitted",
                claimed_at=now,
                lease_until=now,
            )
            Annotation.objects.create(data_object=task.data_object, assignment=given, payload=answer(task.data_object))
        Task.objects.filter(pk=task.pk).update(state="answered", answers=task.wanted, open_slots=0)


def test_only_where_people_differ_more_are_asked_and_the_label_waits() -> None:
    job = make_asking_job()

    say_by_turns(job, {7: {0}, 11: {0, 2}})
    job = drive(job)

    asked = Task.objects.filter(job=job, wanted__gt=2)
    assert [*asked.order_by("data_object__ordinal").values_list("data_object__ordinal", "wanted", "state")] == [
        (7, 3, "open"),
        (11, 3, "open"),
    ]
    assert job.ended == 58
    assert not Label.objects.filter(data_object__ordinal__in=(7, 11)).exists()


def test_people_are_asked_one_by_one_until_it_is_sure_or_enough_were_asked() -> None:
    job = make_asking_job()
    wrong = {7: {0}, 11: {0, 2}}  # the first of the two is sure after two who agree with one another
    for _ in range(6):
        say_by_turns(job, wrong)
        job = drive(job)

    by_ordinal = dict(Task.objects.filter(job=job).values_list("data_object__ordinal", "answers"))
    labels = dict(Label.objects.filter(job=job).values_list("data_object__ordinal", "payload"))
    assert (by_ordinal.pop(7), by_ordinal.pop(11)) == (4, 5)
    assert {*by_ordinal.values()} == {2}
    assert all(labels[ordinal] == ordinal % 2 for ordinal in labels)
    assert (len(labels), job.ended) == (60, 60)


def test_where_nobody_comes_the_answers_that_are_there_are_settled() -> None:
    job = make_asking_job()
    say_by_turns(job, {7: {0}})
    job = drive(job)

    Task.objects.filter(job=job, state="open").update(state="answered", open_slots=0)  # its day is over
    job = drive(job)

    task = Task.objects.get(job=job, data_object__ordinal=7)
    assert (task.state, task.answers, task.wanted, job.ended) == ("done", 2, 3, 60)


def make_texts_job() -> Job:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-answer")
    make_schema(project, categories=())
    batch = make_running_batch(project, texts=tuple(f"text {number}" for number in range(60)))
    return make_job(batch, workers_each=2, most_workers=5)


def test_written_answers_are_asked_of_two_who_agree_and_of_more_who_do_not() -> None:
    job = make_texts_job()
    for _ in range(6):
        say_by_turns(job, {7: {0}, 11: {0, 2}}, say_text)
        job = drive(job)

    by_ordinal = dict(Task.objects.filter(job=job).values_list("data_object__ordinal", "answers"))
    labels = dict(Label.objects.filter(job=job).values_list("data_object__ordinal", "payload"))
    assert (by_ordinal.pop(7), by_ordinal.pop(11)) == (4, 5)
    assert {*by_ordinal.values()} == {2}
    assert labels == {ordinal: say_text(ordinal, False)["answer"] for ordinal in range(60)}


def test_where_everybody_writes_something_else_all_are_asked() -> None:
    job, words = make_texts_job(), iter(range(1000, 9000))
    for _ in range(6):
        say_by_turns(job, {}, lambda ordinal, is_wrong: {"answer": f"{next(words) ** 9}"})
        job = drive(job)

    assert set(Task.objects.filter(job=job).values_list("answers", flat=True)) == {5}


def test_labels_that_later_skills_doubt_are_asked_of_more_before_the_last_fit() -> None:
    job = make_asking_job()
    late = Task.objects.filter(job=job, data_object__ordinal=59)
    late.update(state="waiting", priority=1)
    Job.objects.filter(pk=job.pk).update(most_workers=None, open_at_once=1)
    say_by_turns(job, {7: {0}, 11: {0}})
    job = drive(job)
    assert job.ended == 59

    Job.objects.filter(pk=job.pk).update(most_workers=5, open_at_once=100)
    say_by_turns(job, {})
    job = drive(job)

    assert Task.objects.filter(job=job, state="open", wanted=3, answers=2).count() == 2
    assert job.ended == 58
    assert Label.objects.filter(job=job).count() == 60


def test_once_the_last_fit_began_nobody_is_asked_any_more() -> None:
    job = make_asking_job(sure_at=0.5)
    say_by_turns(job, {})
    job = drive(job)
    assert LoopRun.objects.filter(job=job).count() == 1

    Job.objects.filter(pk=job.pk).update(sure_at=0.999)
    job = drive(job)

    assert job.ended == 60


def test_more_people_cost_no_more_than_the_job_may() -> None:
    job = make_asking_job(most_cost=Decimal("12.10"), answer_price=Decimal("0.10"))

    say_by_turns(job, {7: {0}, 11: {0}})
    job = drive(job)

    assert limits.answers_left(job) == 0
    assert Task.objects.filter(job=job, wanted=3).count() == 1
    assert job.ended == 59


def test_what_an_object_costs_is_reckoned_from_how_many_answered() -> None:
    job = make_asking_job()
    Task.objects.filter(job=job).update(state="done", answers=2, open_slots=0)
    few = Task.objects.filter(job=job).order_by("pk").values_list("pk", flat=True)[:15]
    Task.objects.filter(pk__in=list(few)).update(wanted=4, answers=4)

    assert limits.answers_each(job) == 2.5
