"""Jobs with an automated loop for tests: texts that a model can learn, people who answer, and the chores in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F

from batches.models import Batch, DataObject
from groundtruth import clock, work
from labeling.models import Annotation, Assignment, FeatureChunk, Job, LoopRun, RunKind, Task
from labeling.services import looping
from tests.factories import make_job, make_project, make_running_batch, make_schema, make_worker, say

WORDS = {
    "bird": ["heron", "kite", "crane", "beak", "wing", "feather", "nest", "flock"],
    "plane": ["engine", "cockpit", "runway", "pilot", "rudder", "flap", "cabin", "jet"],
}
OBJECTS = 1300
FIRST_KEY = 1_000_001
Truth = Callable[[int], str]  # of an object's ordinal
AnswerOf = Callable[[DataObject], dict[str, Any]]


def texts(count: int = OBJECTS, wrong: float = 0.0) -> tuple[str, ...]:
    """Texts of five words of one kind, each with a number that tells nothing; of a share nobody could tell."""
    rng = np.random.default_rng(5)
    made = []
    for number in range(count):
        kind = list(WORDS)[number % 2]
        mixed = [*WORDS["bird"], *WORDS["plane"]] if rng.random() < wrong else WORDS[kind]
        made.append(" ".join(rng.choice(mixed, 5)) + f" {number * 7919 % 10_007}")
    return tuple(made)


def truth_of(ordinal: int) -> str:
    return list(WORDS)[ordinal % 2]


def begun(
    texts: tuple[str, ...], batch: Batch | None = None, *, categories: tuple[str, ...] = tuple(WORDS), **fields: Any
) -> Job:
    """A job on texts whose tasks are planned and whose first sample is asked."""
    if batch is None:
        project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
        make_schema(project, categories=categories)
        batch = make_running_batch(project, texts=texts)
    return begin_loop(batch, **fields)


def answer_asked(job: Job, *, failing: float = 0.0, truth: Truth = truth_of) -> int:
    """Let people name the category of all texts that they are asked now; return how many were asked."""
    return answer_all_asked(job, lambda row: say(truth(row.ordinal)), failing=failing)


def carry_on(job: Job, truth: Truth = truth_of) -> int:
    """Answer and advance until the job has ended; return how many objects people labelled."""
    return run_loop(job, lambda row: say(truth(row.ordinal)))


def last_run(job: Job) -> LoopRun:
    return LoopRun.objects.filter(job=job, kind=RunKind.LEARN).latest("iteration")


def begin_loop(batch: Batch, **fields: Any) -> Job:
    """A job whose tasks are planned and whose first sample is asked."""
    same_draws = FIRST_KEY + Job.objects.count()  # what is drawn at random follows the job's key
    job = make_job(batch, **{"pk": same_draws, "workers_each": 1, "machine_labels": True, **fields})
    Task.objects.filter(job=job).update(state="pooled", opened_at=None)
    with transaction.atomic():
        looping.begin(job)
    job.refresh_from_db()
    return job


def answer_all_asked(job: Job, answer_of: AnswerOf, *, failing: float = 0.0, crowd_size: int = 8) -> int:
    """Let people answer all that they are asked now, as stored rows, but for a share; return how many objects that are
    asked for the first time.
    """
    asked = list(
        Task.objects.filter(job=job, state__in=("waiting", "open")).order_by("pk").select_related("data_object")
    )
    lost = asked[: round(failing * len(asked))]
    kept = asked[len(lost) :]
    now = clock.now()
    crowd = list(job.team.workers.order_by("pk")) or [make_worker(job.team) for _ in range(crowd_size)]
    turns = [(t, crowd[(t.pk + turn) % len(crowd)]) for t in kept for turn in range(t.answers, t.wanted)]
    held = Assignment.objects.bulk_create(
        Assignment(task=t, worker=w, state="submitted", claimed_at=now, lease_until=now, submitted_at=now)
        for t, w in turns
    )
    Annotation.objects.bulk_create(
        Annotation(data_object=a.task.data_object, assignment=a, payload=answer_of(a.task.data_object)) for a in held
    )
    Task.objects.filter(pk__in=[t.pk for t in kept]).update(state="answered", answers=F("wanted"), open_slots=0)
    Task.objects.filter(pk__in=[t.pk for t in lost]).update(state="failed", open_slots=0)
    Job.objects.filter(pk=job.pk).update(ended=F("ended") + len(lost))
    return sum(task.answers == 0 for task in asked)


def advance_all(job: Job) -> None:
    """Run every chore that is due, as the cluster would."""
    for chunk in FeatureChunk.objects.filter(batch=job.batch, done_at=None):
        assert work.advance(chunk._meta.label_lower, chunk.pk) == "done"
    work.advance(job._meta.label_lower, job.pk)
    for run in LoopRun.objects.filter(job=job, done_at=None):
        work.advance(run._meta.label_lower, run.pk)


def run_loop(job: Job, answer_of: AnswerOf) -> int:
    """Answer and advance until the job has ended; return how many objects people labelled."""
    human = 0
    for _ in range(60):
        human += answer_all_asked(job, answer_of)
        advance_all(job)
        job.refresh_from_db()
        if job.state == "Completed":
            return human
    raise AssertionError("The loop does not end.")
