"""From raw answers to labels: a provisional one as soon as a task is filled, the final ones from a fit on all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F, Max

from batches.metrics import tally_done, tally_failed
from batches.models import DataObject
from groundtruth.states import Conflict, move_many
from groundtruth.work import Later, keep
from labeling.consolidation.adaptive import Asking, is_worth_learning, wants_more
from labeling.models import Annotation, Job, Label, LoopRun, Task
from labeling.services import asking_again, calibrating, discarding, hooks, joining, verifying
from labeling.services.anchoring import Anchor, anchors_of, tidy
from labeling.services.answers import Answers, agreement_among, answers_of, chunk_of, spread, votes_of
from labeling.services.keeping import find_folder, keeper
from labeling.services.settling import settle_by_type
from projects import task_types
from projects.task_types import Settled, Vote
from workforce import services as workforce_services

SETTLE_CHUNK = 400
FINAL_CHUNK = 1000
LEFT_OUT = "The post-annotation function made no label of its answers."
UNREADABLE = "Its answers were stored, and can be read no more."
FIT_AT_MOST = 200_000  # answers in a provisional fit; the last fit takes all
LEARN_FROM_BEFORE = 2_000  # objects of an earlier labelling


def settle_answered(job: Job) -> int:
    """Settle the next tasks that have all their answers; return how many. Two at once: the second settles none."""
    answered = Task.objects.filter(job=job, state="answered").order_by("id").values_list("pk", "data_object_id")
    tasks = dict(answered[: chunk_of(job, SETTLE_CHUNK)])
    if not tasks:
        return 0
    refit(job)
    objects = answers_of(job, list(tasks.values()))
    objects, found = settle_objects(job, objects, job.skills)
    if more := _tasks_to_ask_more(job, tasks, unsure_of(job, objects, found)):
        return _ask_more(job, more)
    settled, made = keep_pictures(job, found), {o.object_id for o in objects}
    left_out = discarding.reasons_of(job, objects, job.skills)
    agreements = {o.object_id: agreement_among(job, o, left_out) for o in objects}
    with transaction.atomic():
        moved = move_many(Task.objects.filter(pk__in=tasks, data_object__in=made), "consolidate", None)
        if moved + _fail_left_out(job, [pk for pk, of in tasks.items() if of not in made]) != len(tasks):
            raise Conflict("Another chore settles these tasks.")
        _write_labels(job, objects, settled, state="proposed")
        done = _complete_objects(objects)
        Job.objects.filter(pk=job.pk).update(ended=F("ended") + len(tasks))
        if done:
            agreed = [one for pk, one in agreements.items() if pk in done and one is not None]
            tally_done(job.batch_id, human=len(done), agreement=sum(agreed), agreed=len(agreed))
    return len(tasks)


def _tasks_to_ask_more(job: Job, tasks: dict[int, int], doubted: set[int]) -> list[int]:
    """Return the tasks of these objects that may have another answer; where nobody came for one, none is asked again.

    tasks: object ids by task.
    """
    some = [pk for pk, of in tasks.items() if of in doubted]
    if not some:
        return []
    most = min(job.most_workers or 0, asking_again.most_answers(job))
    open_to_more = Task.objects.filter(pk__in=some, wanted__lt=most, answers__gte=F("wanted"))
    return asking_again.affordable(job, list(open_to_more.order_by("pk").values_list("pk", flat=True)), 1)


def _ask_more(job: Job, tasks: Sequence[int]) -> int:
    """Let these tasks have another answer each; the others are settled at the next call."""
    with transaction.atomic():
        if asking_again.reopen(job, tasks, 1) != len(tasks):
            raise Conflict("Another chore settles these tasks.")
    return len(tasks)


def unsure_of(job: Job, objects: Sequence[Answers], found: Sequence[Settled]) -> set[int]:
    """Return the objects that need one more answer, where the job asks more people for labels it is not sure of."""
    if job.most_workers is None or hooks.has_post(job):
        return set()
    kind, numbers = task_types.get(job.task_type), [o.object_id for o in objects]
    sure = [s.confidence for s in found]
    if kind.sureness is not None:
        sure = kind.sureness([o.votes for o in objects], job.skills, job.asks, numbers)
    answered = np.array([len(o.votes) for o in objects], dtype=np.int64)
    more = wants_more(answered, np.array(sure), Asking(job.workers_each, job.most_workers, job.sure_at))
    return {number for number, one in zip(numbers, more.tolist(), strict=True) if one}


def ask_unsure(job: Job) -> int:
    """Before the last fit, ask more people of objects that were sure enough by the skills of their day; return of how
    many.
    """
    if job.most_workers is None:
        return 0
    after, count = 0, 0
    while tasks := _next_done(job, after):
        objects = answers_of(job, list(tasks.values()))
        again = _tasks_to_ask_more(job, tasks, unsure_of(job, *settle_objects(job, objects, job.skills)))
        with transaction.atomic():
            count += asking_again.reopen_done(job, again, 1)
        after = max(tasks)
        keep(job)
    return count


def _next_done(job: Job, after: int) -> dict[int, int]:
    done = Task.objects.filter(job=job, state="done", answers__gt=0, wanted__lt=job.most_workers, pk__gt=after)
    return dict(done.order_by("pk").values_list("pk", "data_object_id")[: chunk_of(job, FINAL_CHUNK)])


def refit(job: Job) -> None:
    """Fit the workers' skills anew when the answers have grown enough since the last fit."""
    answered = Annotation.objects.for_labels().filter(assignment__task__job=job)
    count = answered.count()
    if not is_worth_learning(count, job.skills_from) or count > FIT_AT_MOST > job.skills_from > 0:
        return
    job.skills, job.skills_from = fit(job), count
    Job.objects.filter(pk=job.pk).update(skills=job.skills, skills_from=count)


def fit_with_model(run: LoopRun) -> dict[str, Any]:
    """Return the skills of the job's workers, and of a model where one joins them."""
    job = run.job
    alone = fit(job)
    key = joining.ask_model(run, alone)
    return fit(job, joins={**alone, joining.KEY: key}) if key else alone


def fit(job: Job, known: Sequence[Anchor] | None = None, *, joins: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the skills of the job's workers, from all of its answers; of a type with pictures from those of some.
    Where others look at labels again, the answers that made these teach, too.

    known: what they said of objects whose truth is known, which need not be the job's; by default `anchors_of` it.
    How many of those there were, and how many contradict each other, stands beside the skills.
    joins: what people's answers alone taught, with the key of the opinions of a model that joins them.
    """
    kind = task_types.get(job.task_type)
    votes = [*(votes_of(job) if kind.learns_from is None else votes_of(job, spread(job, kind.learns_from)))]
    votes += _votes_before(job)
    numbers: dict[int, int] = {}
    pairs = [(numbers.setdefault(object_id, len(numbers)), vote) for object_id, vote in votes]
    anchors = tidy(job, anchors_of(job) if known is None else known)
    given = {(number, vote.worker) for number, vote in pairs} if anchors.votes else set()
    more = [(numbers.setdefault(object_id, len(numbers)), vote) for object_id, vote in anchors.votes]
    pairs += [(number, vote) for number, vote in more if (number, vote.worker) not in given]
    truths = {numbers[object_id]: true for object_id, true in anchors.known.items()}
    if joins is None or kind.fit_joined is None:
        learnt = kind.fit(pairs, job.asks, truths)
    else:
        pairs += _votes_of_model(job, joins, numbers)
        learnt = {**kind.fit_joined(pairs, job.asks, truths, joins), joining.KEY: joins[joining.KEY]}
    if learnt and (anchors.known or anchors.contradicted):
        learnt |= {"known_objects": len(anchors.known), "contradicted": anchors.contradicted}
    return learnt


def _votes_before(job: Job) -> Iterable[tuple[int, Vote]]:
    """Return what people said in the labelling that others look at again: few objects tell little of their skills."""
    before = verifying.labelling_before(job)
    if before is None:
        return []
    return votes_of(before, spread(before, task_types.get(job.task_type).learns_from or LEARN_FROM_BEFORE))


def _votes_of_model(job: Job, joins: dict[str, Any], numbers: Mapping[int, int]) -> list[tuple[int, Vote]]:
    bare = [Answers(object_id, ()) for object_id in numbers]
    heard = joining.hear(job, joins, bare)
    return [(numbers[one.object_id], vote) for one in heard for vote in one.votes]


def settle_objects(job: Job, objects: Sequence[Answers], skills: dict) -> tuple[Sequence[Answers], Sequence[Settled]]:
    """Return the objects and one settled answer of each; what the job's own function leaves out is missing in both."""
    if not hooks.has_post(job):
        return objects, settle_by_type(job, objects, skills)
    made = _settle_by_function(job, objects)
    return [o for o in objects if o.object_id in made], [made[o.object_id] for o in objects if o.object_id in made]


def _settle_by_function(job: Job, objects: Sequence[Answers]) -> dict[int, Settled]:
    """Return by object id what the job's own function made; where the call fails, the answers wait for the next."""
    try:
        made = hooks.consolidate(job, [(o.object_id, o.votes) for o in objects])
    except hooks.CallFailed as problem:
        hooks.count_failures(job, 1, str(problem))
        raise Later(str(problem)) from problem
    if missing := sum(o.object_id not in made for o in objects):
        hooks.count_failures(job, missing, f"{LEFT_OUT} ({missing:,} of {len(objects):,} objects)")
    return made


def _fail_left_out(job: Job, task_ids: Sequence[int]) -> int:
    """Fail the tasks, and their objects, of whose answers no label could be made; in the caller's transaction."""
    reason = LEFT_OUT if hooks.has_post(job) else UNREADABLE
    count = move_many(Task.objects.filter(pk__in=task_ids), "void", None)
    fresh = DataObject.objects.filter(tasks__in=task_ids, done_by="", failure="").values_list("pk", flat=True)
    if failed := DataObject.objects.filter(pk__in=list(fresh)).update(failure=reason):
        tally_failed(job.batch_id, failed)
    return count


@dataclass(frozen=True)
class Kept:
    """A settled answer as its label holds it: the payload without its picture, and the picture's key."""

    settled: Settled
    payload: Any
    blob_key: str


def keep_pictures(job: Job, settled: Sequence[Settled]) -> list[Kept]:
    """Store the pictures of settled answers, outside of any transaction."""
    keep_one = keeper(task_types.get(job.task_type), lambda: find_folder(job.pk))
    return [Kept(s, *keep_one(s.payload)) for s in settled]


def _write_labels(job: Job, objects: Sequence[Answers], kept: Sequence[Kept], *, state: str) -> None:
    """Write a new revision where there is none or it differs, and supersede the old; in the caller's transaction."""
    ids = [o.object_id for o in objects]
    mine = Label.objects.filter(data_object__in=ids, attribute=job.attribute)
    current = {label.data_object_id: label for label in mine.exclude(state="superseded")}
    revisions = dict(mine.values_list("data_object_id").annotate(Max("revision")))
    new = [(o.object_id, k) for o, k in zip(objects, kept, strict=True) if _differs(current.get(o.object_id), k, job)]
    move_many(Label.objects.filter(pk__in=[current[pk].pk for pk, _ in new if pk in current]), "supersede", None)
    Label.objects.bulk_create(
        Label(
            data_object_id=pk, attribute=job.attribute, job=job, payload=k.payload, blob_key=k.blob_key,
            confidence=k.settled.confidence, method=k.settled.method, revision=revisions.get(pk, 0) + 1,
        )
        for pk, k in new
    )  # fmt: skip
    if state == "confirmed":
        move_many(Label.objects.filter(data_object__in=ids, attribute=job.attribute, job=job), "confirm", None)


def _differs(label: Label | None, kept: Kept, job: Job) -> bool:
    if label is None or label.job_id != job.pk:
        return True
    said = (label.payload, label.blob_key, label.method)
    return said != (kept.payload, kept.blob_key, kept.settled.method) or (
        abs(label.confidence - kept.settled.confidence) > 5e-7
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
    skills = calibrating.calibrated(job, fit_with_model(run), run)
    while chunk := _next_objects(job, run.settled_to):
        objects = answers_of(job, [pk for pk, _ in chunk])
        objects, settled = settle_objects(job, objects, skills)  # what its function leaves out now keeps its label
        settled = calibrating.apply(job, objects, settled, skills)
        kept, judged = keep_pictures(job, settled), _judge(job, objects, settled)
        outcomes = verifying.judge(job, [o.object_id for o in objects], settled)
        reasons = discarding.reasons_of(job, objects, skills)
        with transaction.atomic():
            moved = LoopRun.objects.filter(pk=run.pk, settled_to=run.settled_to).update(settled_to=chunk[-1][1])
            if not moved:
                raise Conflict("Another chore writes these labels.")
            _write_labels(job, objects, kept, state="confirmed")
            discarding.mark(job, objects, reasons)
            verifying.resolve(job, outcomes)
            workforce_services.record_quality(job.task_type, judged)
        run.settled_to = chunk[-1][1]
        keep(run)
    Job.objects.filter(pk=job.pk).update(skills=skills)


def _next_objects(job: Job, after: int) -> list[tuple[int, int]]:
    done = DataObject.objects.filter(tasks__job=job, tasks__state="done", ordinal__gt=after)
    return list(done.order_by("ordinal").values_list("pk", "ordinal").distinct()[: chunk_of(job, FINAL_CHUNK)])


def _judge(job: Job, objects: Sequence[Answers], settled: Sequence[Settled]) -> dict[int, tuple[float, int]]:
    """Return by worker the sum of agreements with the final labels, and of how many."""
    kind, schema = task_types.get(job.task_type), job.asks
    seen: dict[int, tuple[float, int]] = {}
    for answers, label in zip(objects, settled, strict=True):
        if len(answers.votes) > 1:  # alone, a worker agrees with themselves
            true = kind.answer_of(label.payload, schema)
            for vote in answers.votes:
                right, count = seen.get(int(vote.worker), (0.0, 0))
                seen[int(vote.worker)] = (right + kind.agreement(vote.answer, true, schema), count + 1)
    return seen
