"""The course before a job's work: its instructions, and known answers with their explanations as examples.

What a worker was shown of it is kept as a turn at the task whose answer is known: so they meet the object neither in
their test nor in their work.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from groundtruth import clock
from groundtruth.states import Refused
from labeling.models import Assignment, GoldAnswer, Job, Task
from labeling.queries_quality import ENDED
from labeling.services import gold, qualifying
from labeling.states import EXAMPLE, GOLD
from workforce.models import Worker


def examples_of(worker: Worker, job: Job) -> list[GoldAnswer]:
    """Return the examples of a worker's course in their order: those shown already, and the first of the others.

    Left out is what the worker met in a job that has not ended: they may still answer it, or correct their answer.
    What they labelled before is an example like any other. Once the course is finished none is added, so that a
    running test keeps its objects to itself.
    """
    mine = Assignment.objects.filter(task__data_object=OuterRef("data_object"), worker=worker)
    mine = mine.filter(task__job__attribute=job.attribute)
    explained = gold.gold_for(job).exclude(explanation="").select_related("data_object").order_by("pk")
    shown = list(explained.filter(Exists(mine.filter(state=EXAMPLE))))
    if qualifying.has_finished_course(worker.pk, job):
        return shown
    taken = mine.filter(Q(state=EXAMPLE) | ~Q(task__job__state__in=ENDED))
    new = list(explained.filter(~Exists(taken))[: max(job.course_examples - len(shown), 0)])
    return sorted([*shown, *new], key=lambda known: known.pk)


def note_shown(worker: Worker, job: Job, example: GoldAnswer) -> None:
    """Note that a worker has seen an example. Repeated, nothing changes."""
    tasks = Task.objects.filter(job=job, data_object=example.data_object_id, state=GOLD)
    if not tasks.exists():
        gold.lay_out(job)
    if (task := tasks.first()) is not None:
        now = clock.now()
        seen = {"state": EXAMPLE, "claimed_at": now, "shown_at": now, "lease_until": now}
        Assignment.objects.get_or_create(task=task, worker=worker, defaults=seen)


def finish(worker: Worker, job: Job) -> None:
    """Note that a worker has read the course. Raises Refused while an example of it was not shown."""
    shown = Assignment.objects.filter(worker=worker, state=EXAMPLE, task__job__attribute=job.attribute)
    seen = set(shown.values_list("task__data_object", flat=True))
    if not seen.issuperset(example.data_object_id for example in examples_of(worker, job)):
        raise Refused("Look at all examples first.")
    qualifying.finish_course(worker, job)
