"""Jobs from beginning to end: made when a batch starts, driven by their chore, finished with the last task."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q

from batches import rework
from batches import services as batch_services
from batches.metrics import tally_done
from batches.models import Batch, DataObject, ObjectFeedback, Verdict
from groundtruth import clock
from groundtruth.states import Refused, move, move_many
from groundtruth.work import keep, ring
from labeling.models import Job, Label, LoopRun, RunKind, StepKind, Task, WorkflowStep
from labeling.models.jobs import BY_OTHERS, REWORK, STEP_FIELDS
from labeling.services import budgets, gold, joining, looping, measuring, pausing, validating, verifying
from labeling.services.answers import chunk_of
from labeling.services.consolidating import ask_unsure, settle_answered
from labeling.services.releasing import release
from labeling.states import JOB_RUNNING
from projects import task_types
from projects.models import LabelSchema
from projects.task_types import Schema, TaskType

PLAN_CHUNK = 2000
REWORKED = {"machine_labels": False, "most_human": None, "most_percent": None, "most_cost": None, "gold_percent": 0}
REWORKED |= {"course_examples": 0, "test_tasks": 0}  # who works there has worked before
# What a job of others, or of the rules, has of the labelling before it; the rest is its own step's.
SAME_WORK = (
    *("task_type", "attribute", "options", "template", "pre_function", "post_function", "read_first", "deter_saving"),
    *("seconds", "open_at_once", "lifetime_seconds", "answer_price", "currency"),
)


def create_jobs(batch: Batch, by: Any) -> list[Job]:
    """Copy each step of the project's design to a job of the batch, frozen; the first begins at once.

    Raises Refused if there is no design or the batch has no categories.
    """
    schema = batch.schema
    if schema is None:
        raise Refused("Set up the categories and instructions of the project first.")
    steps = list(WorkflowStep.objects.filter(project=batch.project_id).order_by("position"))
    if not steps:
        raise Refused("Set up the workflow of the project first: what people do, with whom, and how many an object.")
    jobs: list[Job] = []
    labelling = steps[0]
    for position, step in enumerate(steps, start=1):
        labelling = step if step.kind == StepKind.LABEL else labelling
        names = SAME_WORK if step.kind in BY_OTHERS else (*SAME_WORK, "team_id", "title")
        same = {name: getattr(labelling, name) for name in names}
        jobs.append(_copy(step, batch, schema, position=position, kind=step.kind, **same))
    ring(jobs[0])
    return jobs


def create_rework(batch: Batch, by: Any) -> Job:
    """Make the jobs of a new round, for the objects that somebody called wrong in the round before, or that failed.

    The rules and the others of the first round look at what it labels, too. Returns the job that labels, which begins.
    """
    before = list(Job.objects.filter(batch=batch).select_related("schema").order_by("position"))
    last = next(job for job in reversed(before) if job.kind in (StepKind.LABEL, REWORK))
    looks = [job for job in before if job.round == before[0].round and job.kind in (StepKind.VALIDATE, *BY_OTHERS)]
    position = before[-1].position + 1
    made = _copy(last, batch, last.schema, position=position, kind=REWORK, **REWORKED)
    for after, look in enumerate(looks, start=1):
        _copy(look, batch, look.schema, position=position + after, kind=look.kind)
    ring(made)
    return made


def _copy(source: Any, batch: Batch, schema: LabelSchema, *, position: int, kind: str, **changed: Any) -> Job:
    return Job.objects.create(
        organization_id=batch.project.organization_id,
        batch=batch,
        schema=schema,
        name=_job_name(batch, position),
        position=position,
        round=batch.round,
        kind=kind,
        **{name: getattr(source, name) for name in STEP_FIELDS} | changed,
    )


def _job_name(batch: Batch, position: int) -> str:
    tail = f"-{position}" if position > 1 else ""
    stem = f"{batch.project.slug}-{batch.slug}"[: 63 - 15]
    taken = Job.objects.filter(organization=batch.project.organization_id, name__istartswith=stem)
    used = {name.lower() for name in taken.values_list("name", flat=True)}
    names = (f"{stem}{tail}", *(f"{stem}{tail}-{batch.public_id[:4]}{n}" for n in ("", *range(2, 99))))
    return next(name for name in names if name.lower() not in used)


def wake(batch: Batch) -> None:
    """Ring for what runs on the batch, after a pause."""
    for job in Job.objects.filter(batch=batch, state__in=JOB_RUNNING).order_by("position")[:1]:
        ring(job)


# --- the chore -----------------------------------------------------------------------------------


def drive(job: Job) -> bool:
    """Bring a job as far as it can be now; True when it has ended. Run by its chore, as often as anyone rings."""
    if job.state not in JOB_RUNNING:
        return True
    if not may_run(job) or _waits(job):
        return False
    if job.kind == StepKind.VALIDATE:
        _begin_check(job)
        return False
    if job.state == "Initializing":
        plan(job)
    if job.kind in BY_OTHERS and not job.planned:
        complete(job)  # the rules found nothing that others should look at
        return True
    release(job)
    while settle_answered(job):
        keep(job)
        release(job)
    job.refresh_from_db()
    pausing.watch(job)
    if job.ended < job.planned:
        looping.next_run(job)
        return False
    if not LoopRun.objects.filter(job=job, kind=RunKind.LAST).exists() and ask_unsure(job):
        release(job)
        return False
    _begin_last_fit(job)
    return False


def may_run(job: Job) -> bool:
    """Whether the job's batch is being labelled; while it is paused or closed nothing is released or settled."""
    return Batch.objects.filter(pk=job.batch_id, state__in=batch_services.LABELLING, closed_at=None).exists()


def _waits(job: Job) -> bool:
    """Whether a job before this one goes on: what looks for chores left behind rings for all that are not done."""
    return Job.objects.filter(batch=job.batch_id, position__lt=job.position, state__in=JOB_RUNNING).exists()


def plan(job: Job) -> None:
    """Make the tasks, in the manifest's order, chunk by chunk behind a cursor; then let the job run."""
    while plan_chunk(job):
        keep(job)
    with transaction.atomic():
        looping.begin(job)
        gold.lay_out(job)
        move(job, "run", None)


def plan_chunk(job: Job) -> int:
    """Make the tasks of the next objects in one transaction with the cursor; return how many objects were looked at."""
    shows = job.kind == StepKind.ADJUST
    objects = list(_objects_to_plan(job)[: chunk_of(job, PLAN_CHUNK) if shows else PLAN_CHUNK])
    if not objects:
        return 0
    task_type, schema = task_types.get(job.task_type), job.asks
    given = (
        {}
        if job.kind in (REWORK, *BY_OTHERS)
        else {o.pk: label for o in objects if (label := _given_label(o, job, task_type, schema))}
    )
    wanted = [o for o in objects if o.pk not in given]
    last = objects[-1].ordinal
    proposals = verifying.proposals_of(job, [o.pk for o in wanted]) if shows else {}
    with transaction.atomic():
        mine = Job.objects.filter(pk=job.pk, planned_to=job.planned_to)
        if mine.update(planned_to=last, planned=F("planned") + len(wanted)):
            Task.objects.bulk_create(
                Task(
                    job=job,
                    data_object=o,
                    state="pooled" if job.machine_labels or budgets.is_limited(job) else "waiting",
                    wanted=job.workers_each,
                    open_slots=job.workers_each,
                    proposal=proposals.get(o.pk),
                )
                for o in wanted
            )
            Label.objects.bulk_create(given.values())
            _count_given(job, given)
    job.refresh_from_db(fields=["planned_to", "planned"])
    return len(objects)


def _objects_to_plan(job: Job) -> Any:
    objects = DataObject.objects.filter(batch=job.batch_id, ordinal__gt=job.planned_to, failure="").order_by("ordinal")
    if job.kind in BY_OTHERS:
        objects = objects.filter(pk__in=verifying.sent_by(job).values("label__data_object"))
    if job.kind == REWORK:
        wrong = ObjectFeedback.objects.filter(
            round=job.round - 1, verdict=Verdict.WRONG, data_object__batch=job.batch_id
        )
        # What has no label yet had failed in the round before.
        objects = objects.filter(Q(pk__in=wrong.values("data_object")) | Q(done_by=""))
    return objects.only("pk", "ordinal", "line")


def _given_label(row: DataObject, job: Job, task_type: TaskType, schema: Schema) -> Label | None:
    """Return the label that the line already carries under this attribute: chaining labels only what lacks it."""
    if f'"{job.attribute}"' not in row.line:
        return None
    line = json.loads(row.line)
    metadata = line.get(f"{job.attribute}-metadata", {})
    if job.attribute not in line or not isinstance(metadata, dict):
        return None
    try:
        payload, confidence = task_type.decode(line[job.attribute], metadata, schema)
    except (ValueError, KeyError, TypeError, IndexError):
        return None  # not ours to read: people label it anew
    author = "auto" if metadata.get("human-annotated") == "no" else "human"
    return Label(
        data_object=row,
        attribute=job.attribute,
        job=job,
        payload=payload,
        confidence=confidence,
        method="given",
        author_kind=author,
    )


def _count_given(job: Job, given: dict[int, Label]) -> None:
    for author in ("human", "auto"):
        ids = [pk for pk, label in given.items() if label.author_kind == author]
        if new := DataObject.objects.filter(pk__in=ids, done_by="").update(done_by=author):
            tally_done(job.batch_id, **{author: new})


def _begin_last_fit(job: Job) -> None:
    with transaction.atomic():
        runs = LoopRun.objects.filter(job=job)
        run = runs.filter(kind=RunKind.LAST).first()
        if run is None:
            joining.begin(job)
            run = LoopRun.objects.create(job=job, iteration=runs.count() + 1)
        ring(run)


def _begin_check(job: Job) -> None:
    """Have the rules look at the batch's labels, once."""
    with transaction.atomic():
        if job.state == "Initializing":
            validating.begin(job)
            move(job, "run", None)
        run, _ = LoopRun.objects.get_or_create(job=job, iteration=1, defaults={"kind": RunKind.CHECK})
        ring(run)


def check(run: LoopRun) -> bool:
    """Let the rules look, and end their job; False while they have to wait."""
    if not validating.check(run):
        return False
    complete(run.job)
    return True


# --- its end --------------------------------------------------------------------------------------


def complete(job: Job) -> None:
    """End a job whose final labels are written; start the batch's next, or send the batch to review. Once."""
    if job.state not in JOB_RUNNING:
        return
    with transaction.atomic():
        move(job, "complete", None, ended_at=clock.now(), done_at=clock.now())
        if job.planned:
            measuring.begin(job)
        following = (
            Job.objects.filter(batch=job.batch_id, position__gt=job.position, state="Initializing")
            .order_by("position")
            .first()
        )
        if following:
            ring(following)
        else:
            batch_services.finish(Batch.objects.get(pk=job.batch_id))


def stop(job: Job, by: Any) -> None:
    """Stop a job: nothing more is handed out, open tasks are cancelled, what is answered is settled."""
    with transaction.atomic():
        move(job, "stop", by)
        count = move_many(Task.objects.filter(job=job), "cancel", by)
        Job.objects.filter(pk=job.pk).update(ended=F("ended") + count)
        move(job, "stopped", by, ended_at=clock.now(), done_at=clock.now())


def retry_failed(batch: Batch, by: Any) -> int:
    """Offer the batch's failed objects that can be shown by now to people again; return how many.

    They become new tasks of the job that runs, the first ones as far as its limits allow; an object whose file was
    missing gets its first task. Raises Refused unless the batch is being labelled, and where none can be shown.
    """
    job = (
        Job.objects.filter(batch=batch, state="InProgress")
        .exclude(loop_runs__kind=RunKind.LAST)
        .exclude(kind=StepKind.VALIDATE)
        .order_by("position")
        .first()
    )
    if job is None or batch.state not in batch_services.LABELLING:
        raise Refused("Failed objects can be tried again while the batch is being labelled, or by a rework.")
    shown = _shown_by_now(batch)
    with transaction.atomic():
        Job.objects.select_for_update().get(pk=job.pk)  # before the batch, as everywhere
        left = budgets.people_left(job)
        if left == 0:
            raise Refused(budgets.NONE_LEFT)
        objects = rework.clear_failures(batch, by, shown[:left])
        rounds = dict(
            Task.objects.filter(job=job, data_object__in=objects).values_list("data_object").annotate(Max("round"))
        )
        Task.objects.bulk_create(
            Task(
                job=job,
                data_object_id=pk,
                round=rounds.get(pk, 0) + 1,
                wanted=job.workers_each,
                open_slots=job.workers_each,
            )
            for pk in objects
        )
        Job.objects.filter(pk=job.pk).update(planned=F("planned") + len(objects))
        ring(job)
    return len(objects)


def _shown_by_now(batch: Batch) -> list[int]:
    """Return the failed objects that can be shown now. Raises Refused, with the reason, for none."""
    if shown := rework.look_anew(batch):
        return shown
    if why := rework.first_failure(batch):
        raise Refused(f"None of the failed objects can be shown yet. The first: {why}")
    raise Refused("No object failed for a reason that can be mended.")
