"""Objects on which people differ go to those who are right oftener, as long as there are others."""

from __future__ import annotations

from typing import Any

import pytest

from labeling.models import Assignment, Job, Task
from labeling.services import claiming, consolidating, submitting
from labeling.services.steering import HARD, LOWEST, floor_of
from tests.factories import say
from tests.labeling.test_calibrating import make_answered
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def make_job(**fields: Any) -> Job:
    """A job in which the first workers err oftener; its first task is hard, and three others are open."""
    job = make_answered(wrong=0, **{"most_workers": 5, **fields})
    for row in Assignment.objects.filter(task__job=job).select_related("annotation", "task__data_object"):
        place = list(job.team.workers.order_by("pk").values_list("pk", flat=True)).index(row.worker_id)
        number = row.task.data_object.ordinal
        if place < 3 and number % 4 == place:
            row.annotation.payload = say(("bird", "plane")[(number + 1) % 2])
            row.annotation.save()
    Job.objects.filter(pk=job.pk).update(skills=consolidating.fit(job), skills_from=360)
    open_to_all = list(Task.objects.filter(job=job).order_by("pk").values_list("pk", flat=True)[:4])
    Assignment.objects.filter(task__in=open_to_all).delete()
    Task.objects.filter(pk__in=open_to_all).update(state="open", answers=0, open_slots=3)
    Task.objects.filter(pk=open_to_all[0]).update(priority=HARD)
    return Job.objects.get(pk=job.pk)


def people(job: Job) -> list[Worker]:
    return list(job.team.workers.order_by("pk"))


def test_hard_pictures_go_to_those_whose_masks_weigh_more() -> None:
    job = make_job()
    workers = people(job)
    weights = {str(worker.pk): weight for worker, weight in zip(workers, (0.4, 0.7, 1.3, 1.6, 1.5), strict=False)}
    Job.objects.filter(pk=job.pk).update(
        task_type="semantic-segmentation", skills={"workers": [*weights], "weights": weights}
    )

    floors = [floor_of(job.pk, 361, True, worker.pk) for worker in workers[: len(weights)]]

    assert floors[:2] == [HARD + 1] * 2
    assert floors[-1] == LOWEST


def first_task(worker: Worker, job: Job) -> int:
    return claiming.hand_out(worker, job)[0].task_id


def open_tasks(job: Job) -> list[int]:
    return list(Task.objects.filter(job=job, state="open").order_by("pk").values_list("pk", flat=True))


def test_who_is_right_oftener_gets_it_first_and_the_others_something_else() -> None:
    job = make_job()
    hard, easy = open_tasks(job)[:2]

    assert first_task(people(job)[5], job) == hard
    assert first_task(people(job)[0], job) == easy


def test_it_is_the_same_after_an_answer() -> None:
    job = make_job()
    hard, *easy = open_tasks(job)
    weak = people(job)[0]
    turn = claiming.hand_out(weak, job)[0]

    submitting.submit(weak.user_id, turn.submit_key, say("bird"))

    held = Assignment.objects.filter(worker=weak, state="held").values_list("task", flat=True)
    assert {*held} <= {*easy}


def test_where_nothing_else_is_left_anybody_gets_it() -> None:
    job = make_job()
    hard, *easy = open_tasks(job)
    Task.objects.filter(pk__in=easy).update(state="done", open_slots=0)

    assert first_task(people(job)[0], job) == hard


def test_without_knowledge_of_people_all_get_it_first() -> None:
    job = make_job()
    Job.objects.filter(pk=job.pk).update(skills={}, skills_from=7)
    job.refresh_from_db()

    assert first_task(people(job)[0], job) == open_tasks(job)[0]


def test_a_job_that_asks_no_more_people_hands_out_in_order() -> None:
    job = make_job(most_workers=None)

    assert floor_of(job.pk, 360, False, people(job)[0].pk) == LOWEST
    assert first_task(people(job)[0], job) == open_tasks(job)[0]
