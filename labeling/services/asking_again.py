"""More answers for an object than it was to have: where people differ, or where a model says something else than they.

A task that is answered, or done already, waits for people again with more answers wanted; then it is settled anew.
Nobody answers an object twice, so that no more are wanted than people work on the job.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef

from groundtruth.states import move_many
from labeling.models import Job, Label, Task
from labeling.queries_pauses import open_pauses
from labeling.services import budgets
from labeling.services.steering import HARD
from labeling.states import COUNTED
from workforce.models import WorkerStatus

MORE = 2  # answers for an object of which people and machine say different things
MOST = 9  # answers an object
SURE = 0.95  # that a label is people's: a second look asks no third


def look_again(job: Job, tasks: Sequence[int]) -> int:
    """Have others answer these objects too, in the caller's transaction; return how many of them.

    Once each, and again while people do not agree on them; as far as the job has people, and money, and never of more
    people an object than it says.
    """
    most = min(most_answers(job), job.most_workers or MOST)
    found = Task.objects.filter(pk__in=tasks, state="done", answers__gt=0, wanted__lt=most)
    if job.most_workers is None:  # one more alone decides nothing, where nobody is asked one by one
        found = found.filter(wanted__lte=most - MORE)
    rows = list(found.order_by("pk").values_list("pk", "wanted", "data_object"))
    labels = Label.objects.filter(job=job, data_object__in=[row[2] for row in rows], confidence__lt=SURE)
    unsure = set(labels.exclude(state="superseded").values_list("data_object", flat=True))
    again = [(pk, wanted) for pk, wanted, of in rows if wanted < job.workers_each + MORE or of in unsure]
    last = [pk for pk, wanted in again if most - wanted < MORE]
    others = [pk for pk, wanted in again if most - wanted >= MORE]
    return reopen_done(job, others, MORE) + reopen_done(job, last, 1)


def reopen_done(job: Job, tasks: Sequence[int], more: int) -> int:
    """As `reopen`, of tasks that had ended."""
    count = reopen(job, tasks, more)
    Job.objects.filter(pk=job.pk).update(ended=F("ended") - count)
    return count


def reopen(job: Job, tasks: Sequence[int], more: int) -> int:
    """Let these tasks wait for more answers, as far as the job has money for them; return how many do."""
    waits = {"wanted": F("wanted") + more, "open_slots": more, "priority": HARD}
    return move_many(Task.objects.filter(pk__in=affordable(job, tasks, more)), "ask_again", None, **waits)


def affordable(job: Job, tasks: Sequence[int], more: int) -> list[int]:
    """Return the first of these tasks, as many as the job has money for so many more answers each."""
    left = budgets.answers_left(job)
    return list(tasks if left is None else tasks[: left // more])


def most_answers(job: Job) -> int:
    """Return how many answers an object of this job can have at most: one of each person who may work on it."""
    at_work = job.team.workers.filter(
        status=WorkerStatus.ACTIVE, assignments__task__job=job, assignments__state__in=COUNTED
    )
    paused = open_pauses(job.pk).filter(worker=OuterRef("pk"))
    return min(MOST, at_work.filter(~Exists(paused)).distinct().count())
