"""From raw answers to labels: a provisional one as soon as a task is filled, the final ones from a fit on all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Max

from batches.metrics import tally_done
from batches.models import DataObject
from groundtruth.states import Conflict, move_many
from groundtruth.work import keep
from labeling.models import Annotation, Job, Label, LoopRun, Task
from labeling.states import COUNTED
from projects import task_types
from projects.task_types import Schema, Settled, Vote
from workforce import services as workforce_services

SETTLE_CHUNK = 400
FINAL_CHUNK = 1000
REFIT_GROWTH = 1.25  # answers since the last fit: below this the skills are still good
FIT_AT_MOST = 200_000  # answers in a provisional fit; the last fit takes all


@dataclass(frozen=True)
class Answers:
    """The answers of one object, and how much their authors agreed (mean over pairs, 0..1; None for one alone)."""

    object_id: int
    votes: tuple[Vote, ...]
    agreement: float | None = None


def settle_answered(job: Job) -> int:
    """Settle the next tasks that have all their answers; return how many. Two at once: the second settles none."""
    tasks = dict(
        Task.objects.filter(job=job, state="answered").order_by("id").values_list("pk", "data_object_id")[:SETTLE_CHUNK]
    )
    if not tasks:
        return 0
    refit(job)
    objects = answers_of(job, list(tasks.values()))
    settled = settle_objects(job, objects, job.skills)
    with transaction.atomic():
        if move_many(Task.objects.filter(pk__in=tasks), "consolidate", None) != len(tasks):
            raise Conflict("Another chore settles these tasks.")
        _write_labels(job, objects, settled, state="proposed")
        done = _complete_objects(objects)
        Job.objects.filter(pk=job.pk).update(ended=F("ended") + len(tasks))
        if done:
            agreed = [o.agreement for o in objects if o.object_id in done and o.agreement is not None]
            tally_done(job.batch_id, human=len(done), agreement=sum(agreed), agreed=len(agreed))
    return len(tasks)


def refit(job: Job) -> None:
    """Fit the workers' skills anew when the answers have grown by a quarter since the last fit."""
    answered = Annotation.objects.filter(assignment__task__job=job)
    count = answered.count()
    if count < max(job.skills_from * REFIT_GROWTH, 1) or count > FIT_AT_MOST > job.skills_from > 0:
        return
    job.skills, job.skills_from = fit(job), count
    Job.objects.filter(pk=job.pk).update(skills=job.skills, skills_from=count)


def fit(job: Job) -> dict[str, object]:
    """Return the skills of the job's workers, from all of its answers."""
    numbers: dict[int, int] = {}
    pairs = [(numbers.setdefault(object_id, len(numbers)), vote) for object_id, vote in _votes(job)]
    return task_types.get(job.task_type).fit(pairs, job.schema.frozen)


def _votes(job: Job, object_ids: Sequence[int] | None = None) -> Iterable[tuple[int, Vote]]:
    """Yield (object id, vote) of the job's answers that count, in a fixed order."""
    rows = Annotation.objects.filter(assignment__task__job=job, assignment__state__in=COUNTED)
    if object_ids is not None:
        rows = rows.filter(data_object__in=object_ids)
    columns = rows.order_by("data_object_id", "id").values_list("data_object_id", "assignment__worker_id", "payload")
    for object_id, worker_id, payload in columns.iterator(chunk_size=5000):
        yield object_id, Vote(str(worker_id), payload)


def answers_of(job: Job, object_ids: Sequence[int]) -> list[Answers]:
    """Return the objects that have answers, each with its votes and their agreement, by object id."""
    grouped: dict[int, list[Vote]] = defaultdict(list)
    for object_id, vote in _votes(job, object_ids):
        grouped[object_id].append(vote)
    kind, schema = task_types.get(job.task_type), job.schema.frozen
    return [Answers(pk, tuple(votes), _agreement(kind, votes, schema)) for pk, votes in sorted(grouped.items())]


def _agreement(kind: task_types.TaskType, votes: Sequence[Vote], schema: Schema) -> float | None:
    pairs = [kind.agreement(a.answer, b.answer, schema) for n, a in enumerate(votes) for b in votes[n + 1 :]]
    return sum(pairs) / len(pairs) if pairs else None


def settle_objects(job: Job, objects: Sequence[Answers], skills: dict) -> list[Settled]:
    """Return one settled answer an object; a job of one worker an object says confidence 0.0 (spec/manifests.md 3)."""
    kind, schema = task_types.get(job.task_type), job.schema.frozen
    if kind.consolidate_many is not None:
        settled = kind.consolidate_many([o.votes for o in objects], skills, schema, [o.object_id for o in objects])
    else:
        settled = [kind.consolidate(o.votes, skills, schema) for o in objects]
    if job.workers_each == 1:
        return [Settled(s.payload, 0.0, s.method) for s in settled]
    return settled


def _write_labels(job: Job, objects: Sequence[Answers], settled: Sequence[Settled], *, state: str) -> None:
    """Write a new revision where there is none or it differs, and supersede the old; in the caller's transaction."""
    ids = [o.object_id for o in objects]
    mine = Label.objects.filter(data_object__in=ids, attribute=job.attribute)
    current = {label.data_object_id: label for label in mine.exclude(state="superseded")}
    revisions = dict(mine.values_list("data_object_id").annotate(Max("revision")))
    new = [
        (o.object_id, s) for o, s in zip(objects, settled, strict=True) if _differs(current.get(o.object_id), s, job)
    ]
    move_many(Label.objects.filter(pk__in=[current[pk].pk for pk, _ in new if pk in current]), "supersede", None)
    Label.objects.bulk_create(
        Label(
            data_object_id=pk, attribute=job.attribute, job=job, payload=s.payload, confidence=s.confidence,
            method=s.method, revision=revisions.get(pk, 0) + 1,
        )
        for pk, s in new
    )  # fmt: skip
    if state == "confirmed":
        move_many(Label.objects.filter(data_object__in=ids, attribute=job.attribute, job=job), "confirm", None)


def _differs(label: Label | None, settled: Settled, job: Job) -> bool:
    if label is None or label.job_id != job.pk:
        return True
    return (
        label.payload != settled.payload
        or abs(label.confidence - settled.confidence) > 5e-7
        or label.method != settled.method
    )


def _complete_objects(objects: Sequence[Answers]) -> set[int]:
    """Mark the objects that people completed for the first time and return their ids: rework never counts twice."""
    fresh = DataObject.objects.filter(pk__in=[o.object_id for o in objects], done_by="", failure="")
    new = set(fresh.values_list("pk", flat=True))
    if new:
        DataObject.objects.filter(pk__in=new).update(done_by="human")
    return new


# --- the last fit ---------------------------------------------------------------------------------


def write_final_labels(run: LoopRun) -> None:
    """Fit the whole job, write every final label chunk by chunk behind a cursor, then keep what was learnt of all."""
    job = run.job
    skills = fit(job)
    while chunk := _next_objects(job, run.settled_to):
        objects = answers_of(job, [pk for pk, _ in chunk])
        settled = settle_objects(job, objects, skills)
        with transaction.atomic():
            moved = LoopRun.objects.filter(pk=run.pk, settled_to=run.settled_to).update(settled_to=chunk[-1][1])
            if not moved:
                raise Conflict("Another chore writes these labels.")
            _write_labels(job, objects, settled, state="confirmed")
            workforce_services.record_quality(job.task_type, _judge(job, objects, settled))
        run.settled_to = chunk[-1][1]
        keep(run)
    Job.objects.filter(pk=job.pk).update(skills=skills)


def _next_objects(job: Job, after: int) -> list[tuple[int, int]]:
    done = DataObject.objects.filter(tasks__job=job, tasks__state="done", ordinal__gt=after)
    return list(done.order_by("ordinal").values_list("pk", "ordinal").distinct()[:FINAL_CHUNK])


def _judge(job: Job, objects: Sequence[Answers], settled: Sequence[Settled]) -> dict[int, tuple[float, int]]:
    """Return by worker the sum of agreements with the final labels, and of how many."""
    kind, schema = task_types.get(job.task_type), job.schema.frozen
    seen: dict[int, tuple[float, int]] = {}
    for answers, label in zip(objects, settled, strict=True):
        if len(answers.votes) > 1:  # alone, a worker agrees with themselves
            true = kind.answer_of(label.payload, schema)
            for vote in answers.votes:
                right, count = seen.get(int(vote.worker), (0.0, 0))
                seen[int(vote.worker)] = (right + kind.agreement(vote.answer, true, schema), count + 1)
    return seen
