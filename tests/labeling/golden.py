"""Jobs with objects whose answer is known, and a lot that falls as the test wants."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from batches.models import DataObject
from labeling.models import Assignment, GoldAnswer, Job, Label, Task
from labeling.services import claiming, gold, submitting
from tests.factories import make_job, make_running_batch, say
from workforce.models import Team, Worker


class Falls(Random):
    """A lot that falls on what the test says: as often as `share` of 1 is below the job's, and the first of several."""

    share = 0.0

    def random(self) -> float:
        return self.share

    def choice(self, seq: Any) -> Any:
        return seq[0]


@contextmanager
def lot_falls(*, on_gold: bool) -> Iterator[None]:
    """Let every task that is handed out be one whose answer is known, while there is one; or none."""
    before, gold.lot = gold.lot, Falls()
    gold.lot.share = 0.0 if on_gold else 0.999
    try:
        yield
    finally:
        gold.lot = before


def make_mixed(team: Team, texts: str = "abcdef", known: str = "xyz", *, percent: int = 20, **fields: Any) -> Job:
    """A job of these texts, with the objects of an earlier, ended job of the project mixed in: all of them birds."""
    earlier = make_job(make_running_batch(texts=tuple(known)), team=team, workers_each=1)
    Job.objects.filter(pk=earlier.pk).update(state="Completed")
    Task.objects.filter(job=earlier).update(state="done", answers=1, open_slots=0)
    batch = make_running_batch(earlier.batch.project, texts=tuple(texts))
    job = make_job(batch, team=team, position=2, gold_percent=percent, **fields)
    for row in DataObject.objects.filter(batch=earlier.batch).order_by("ordinal"):
        Label.objects.create(
            data_object=row, attribute="kind", job=earlier, payload=0, confidence=0.99, method="x", state="confirmed"
        )
        make_gold(job, row)
    gold.lay_out(job)
    return job


def make_gold(job: Job, row: DataObject, category: str = "bird", **fields: Any) -> GoldAnswer:
    given = {"payload": say(category), "source": "set", **fields}
    return GoldAnswer.objects.create(job=job, data_object=row, attribute=job.attribute, **given)


def answer_known(job: Job, worker: Worker, category: str = "bird") -> Assignment:
    """Hand a worker a task whose answer is known, and store this answer."""
    with lot_falls(on_gold=True):
        turns = claiming.hand_out(worker, job)
    known = next(turn for turn in turns if Task.objects.get(pk=turn.task_id).state == "gold")
    submitting.submit(worker.user_id, known.submit_key, say(category), fetch_next=False)
    return Assignment.objects.get(pk=known.pk)
