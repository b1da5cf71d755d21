"""A job whose answers are given at once, for tests of pauses: who answers what is a function of worker and object."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import F

from groundtruth import clock
from labeling.models import Annotation, Assignment, Job, Task
from labeling.services import jobs
from tests.factories import make_job, make_project, make_running_batch, make_schema, make_worker, say
from workforce.models import Worker

NAMES = ("bird", "plane")
Says = Callable[[int, int], int]  # (place of the worker, ordinal of the object) → number of a category


def truth(number: int) -> int:
    return number * number % 7 % 2


def good_but(*bad: int) -> Says:
    """All know the truth, but these say the other category always."""
    return lambda worker, number: truth(number) ^ (worker in bad)


def make_road(*, objects: int, people: int = 5, workers_each: int = 3, **fields: object) -> Job:
    """A job that asks for 70 % of right answers, with its people, and no answer yet."""
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project, categories=NAMES)
    batch = make_running_batch(project, texts=tuple(f"text {number}" for number in range(objects)))
    job = make_job(batch, workers_each=workers_each, **{"least_right": 0.7, **fields})
    for _ in range(people):
        make_worker(job.team)
    return job


def crowd(job: Job) -> list[Worker]:
    return list(job.team.workers.order_by("pk"))


def answer(job: Job, says: Says, first: int, last: int) -> None:
    """Let the job's people answer the objects from one ordinal to another, in turn, and its chore settle them."""
    people, now = crowd(job), clock.now()
    tasks = Task.objects.filter(job=job, data_object__ordinal__range=(first, last))
    for task in tasks.select_related("data_object"):
        number = task.data_object.ordinal
        for turn in range(job.workers_each):
            place = (number + turn) % len(people)
            given = Assignment.objects.create(
                task=task, worker=people[place], state="submitted", claimed_at=now, lease_until=now, submitted_at=now
            )
            said = say(NAMES[says(place, number)])
            Annotation.objects.create(data_object=task.data_object, assignment=given, payload=said)
    tasks.update(state="answered", answers=F("wanted"), open_slots=0)
    drive(job)


def drive(job: Job) -> None:
    jobs.drive(Job.objects.get(pk=job.pk))
    job.refresh_from_db()
