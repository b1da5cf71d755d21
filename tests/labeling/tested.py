"""Jobs with a course or a test before their work, and workers who take it."""

from __future__ import annotations

from labeling.models import GoldAnswer, Job, Task
from labeling.services import claiming, qualifying, submitting
from tests.factories import say
from tests.labeling.golden import make_mixed
from workforce.models import Qualification, Team, Worker

KNOWN = "qrstuvwxyz"


def make_tested(
    team: Team, texts: str = "abcdef", known: str = KNOWN, *, tasks: int = 5, explained: str = "", **fields: object
) -> Job:
    """A job with a test of so many tasks, all known to be birds; `explained` are the known ones with an explanation."""
    job = make_mixed(team, texts, known, percent=0, test_tasks=tasks, **fields)
    for row in GoldAnswer.objects.filter(data_object__source_text__in=list(explained)).select_related("data_object"):
        GoldAnswer.objects.filter(pk=row.pk).update(explanation=f"{row.data_object.source_text} has feathers.")
    return job


def answer_next(worker: Worker, job: Job, category: str = "bird") -> str:
    """Answer what is on screen; return its text."""
    turn = claiming.hand_out(worker, job)[0]
    submitting.submit(worker.user_id, turn.submit_key, say(category))
    return turn.source_text


def take_test(worker: Worker, job: Job, *, right: int, of: int = 5) -> list[str]:
    """Begin a test and answer all of it, the first ones rightly; return the objects' texts."""
    qualifying.begin_test(worker, job)
    return [answer_next(worker, job, "bird" if number < right else "plane") for number in range(of)]


def row_of(worker: Worker) -> Qualification:
    return Qualification.objects.get(worker=worker)


def known_texts(job: Job) -> set[str]:
    return set(Task.objects.filter(job=job, state="gold").values_list("data_object__source_text", flat=True))
