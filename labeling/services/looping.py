"""Automated labelling of a job: people label a sample, a model learns, labels what it is sure of, asks about the rest.

What is decided stands in `labeling.autolabel`; here it is loaded, stored and carried out. A run decides once: its
report and the tasks that it asks people about are one transaction. Until then it may die and begin again.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F

from groundtruth.states import Conflict, move
from groundtruth.work import ring
from labeling.autolabel import loop
from labeling.autolabel.bounds import low_of
from labeling.machine.queries import features_made
from labeling.models import Job, LoopRun, RunKind, Task
from labeling.services import budgets, featuring, hooks, prelabelling
from labeling.services.arrays import get_arrays, put_arrays
from labeling.services.asking_again import look_again
from labeling.services.evidence import Rows, first_sample, known_of, still_calibrating, why_sample_failed
from labeling.services.machine_labels import proposals_of, write_proposals
from labeling.services.taking_over import ask_all, take_off
from labeling.services.wishes import refuses_machine
from labeling.states import JOB_RUNNING
from projects import task_types

IN_HAND = ("waiting", "open", "answered")  # tasks that people have to end before a run
NO_SAVING = "There is no saving to be had here: the machine is not sure enough of any object. People label the rest."
REFUSED = "The customer refused automated labelling: people label all that is left."
NO_BUDGET = "The job had labelled as many objects as it may before the machine was sure enough of any."


# --- its beginning ----------------------------------------------------------------------------------------


def refusal(job: Job) -> str:
    """Return why the machine labels nothing in this job, as a sentence; "" where it may."""
    if refuses_machine(job):
        return REFUSED
    kind = task_types.get(job.task_type)
    if not kind.learner or kind.teach is None:
        return f"{kind.title} is not learnt by the machine: people label all of it."
    if job.template or hooks.has_post(job):
        return "Labels of an own template or function are not learnt by the machine: people label all of it."
    if kind.unlearnt and (why := kind.unlearnt(job.asks)):
        return why
    if job.planned < loop.MINIMUM:
        few = f"{job.planned:,} objects"
        return f"The machine learns from {loop.MINIMUM:,} objects on, and here are {few}: people label all of them."
    return ""


def begin(job: Job) -> None:
    """Ask people about a random first sample, or about all that they may label; in the caller's transaction."""
    if not job.machine_labels:
        if budgets.is_limited(job):
            budgets.ask_what_may_be(job)
        return
    if why := refusal(job):
        ask_all(job, why)
        return
    pooled = dict(Task.objects.filter(job=job, state="pooled").values_list("data_object__ordinal", "pk"))
    sample = first_sample(job, np.array(sorted(pooled), dtype=np.int64))[: budgets.people_left(job)]
    budgets.ask([pooled[ordinal] for ordinal in sample.tolist()])
    featuring.begin(job.batch, featuring.kind_of(task_types.get(job.task_type)))


def next_run(job: Job) -> None:
    """Ring for the next run once people have ended all that they were asked. Run by the job's chore, often."""
    if not job.machine_labels or Task.objects.filter(job=job, state__in=IN_HAND).exists():
        return
    if not Task.objects.filter(job=job, state="pooled").exists():
        return
    runs = LoopRun.objects.filter(job=job, kind=RunKind.LEARN)
    with transaction.atomic():
        run = runs.filter(done_at=None).first()
        if run is None:
            run, _ = LoopRun.objects.get_or_create(
                job=job, iteration=runs.count() + 1, defaults={"kind": RunKind.LEARN}
            )
        ring(run)


# --- one run ------------------------------------------------------------------------------------------------


def learn(run: LoopRun) -> bool:
    """Carry out a run: decide what people are asked next, or write the machine's labels. True when it is done."""
    job = run.job
    if job.state not in JOB_RUNNING:
        return True
    if refuses_machine(job):
        with transaction.atomic():  # nothing more is learnt, written or shown
            take_off(job, REFUSED)
            ring(job)
        return True
    if not run.report:
        if not job.machine_labels:
            return True  # operations took the machine off
        made, of, lost = features_made(job.batch)
        if lost:
            with transaction.atomic():
                ask_all(job, featuring.LOST)
                _report(run, {"finished": "no features"})
                ring(job)
            return True
        if made < of:
            return False  # the last chunk rings
        if not _decide(run, job):
            return True
    if run.report.get("finished") == "sure":
        write_proposals(run, job)
    with transaction.atomic():
        ring(job)
    return True


def _decide(run: LoopRun, job: Job) -> bool:
    """Fit on what people said, and write what follows. False where the job failed."""
    before = LoopRun.objects.filter(job=job, kind=RunKind.LEARN, iteration=run.iteration - 1).first()
    rows = Rows.of(job)
    known = known_of(job, rows, before)
    if before is None and (why := why_sample_failed(known)):
        with transaction.atomic():
            _report(run, {"finished": "failed"})
            Job.objects.filter(pk=job.pk).update(machine_note=why)
            move(job, "fail", None)
        return False
    if before is not None and before.report.get("checking") and _check_held(run, job, before, rows, known):
        return True
    start = before.report.get("start", "") if before else _earlier_model(job)
    step = loop.step(
        featuring.load(job.batch, rows.ordinals, featuring.kind_of(task_types.get(job.task_type))),
        known,
        loop.Promise(job.target, job.probability),
        learner=task_types.get(job.task_type).learner,
        classes=len(job.asks.categories),
        memory={**(before.report["memory"] if before else {}), "start": _model_of(start)},
        seed=job.pk,
        most=None if job.most_percent is None else budgets.most_labelled(job),
    )
    gone = [*(before.report.get("left", ()) if before else ()), *rows.ordinals[known.rows[known.left]].tolist()]
    _carry_out(run, job, rows, known, step, {"start": start, "left": gone})
    return True


def _earlier_model(job: Job) -> str:
    """Return the key of the newest model of another job of the same project that learnt the same; "" for none."""
    same = LoopRun.objects.filter(
        kind=RunKind.LEARN, job__batch__project=job.batch.project_id, job__task_type=job.task_type,
        job__attribute=job.attribute, job__schema__categories=job.schema.categories,
    )  # fmt: skip
    found = same.exclude(job=job).exclude(blob_key="").order_by("-created_at").values_list("blob_key", flat=True)
    return found.first() or ""


def _model_of(key: str) -> dict[str, np.ndarray]:
    """Return the arrays of a stored model; none where there is none to start from."""
    kept = get_arrays(key) if key else {}
    return {name.removeprefix("model_"): array for name, array in kept.items() if name.startswith("model_")}


def _carry_out(run: LoopRun, job: Job, rows: Rows, known: loop.Known, step: loop.Step, carried: dict[str, Any]) -> None:
    """Store a step's model and proposals, then write its report with the tasks that it asks.

    carried: what goes from run to run in reports.
    """
    budget = budgets.people_left(job)
    ask, random = _still_pooled(step, rows)
    retired = step.retired
    if budget is not None:  # the evidence retires with what leaves the pool, and not with what was to leave it
        doubtful = int((~random).sum())
        ask, random = ask[:budget], random[:budget]
        retired = retired[: len(retired) * int((~random).sum()) // max(doubtful, 1)]
    proposed = step.rows[step.proposed]
    finished = ""
    if not len(ask):
        finished = "sure" if len(proposed) else "nothing"
    checked = np.empty(0, dtype=np.int64)
    if finished == "sure" and job.checked_labels:
        checked = _draw_check(job, proposed, run.iteration, budget)
        finished = "" if len(checked) else "nothing"  # what nobody may check is not written
    report = {
        **_figures(job, known, step),
        **carried,
        "memory": step.memory,
        "notes": step.notes,
        "asked": len(ask) + len(checked),
        "proposed": len(proposed),
        "calibrating": still_calibrating(rows, known, np.concatenate([retired, step.gone]), ask[random]),
        "finished": finished,
        "checking": rows.ordinals[checked].tolist(),
    }
    blob = put_arrays(f"{job.batch.project.prefix}models/{job.public_id}/", _arrays(rows, step))
    if job.prelabel:
        _prelabel(run, job, rows, step, _shown(step, ask[~random], finished, budget))
    with transaction.atomic():
        _hold(job)
        asked = rows.tasks[np.concatenate([ask, checked]).astype(np.int64)].tolist()
        if budget is not None and (budgets.people_left(job) or 0) < len(asked):
            raise Conflict("Operations gave objects to people while the machine learned: fewer are left to ask.")
        report["asked_again"] = 0 if finished else look_again(job, rows.tasks[step.disputed].tolist())
        _report(run, report, blob)
        budgets.ask(asked)
        if finished == "nothing":
            ask_all(job, NO_SAVING if budget is None else NO_BUDGET)


def _still_pooled(step: loop.Step, rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows that a step asks about and which of them are random, but those that somebody took."""
    ask = np.asarray(step.ask, dtype=np.int64)
    free = rows.pooled[ask]
    return ask[free], np.asarray(step.ask_calibrates, dtype=bool)[free]


def _shown(step: loop.Step, asked: np.ndarray, finished: str, budget: int | None) -> np.ndarray:
    """Return the rows that people may see the machine's proposal of: those asked for doubt, or all that is left."""
    return step.rows if finished == "nothing" and budget is None else asked


def _prelabel(run: LoopRun, job: Job, rows: Rows, step: loop.Step, shown: np.ndarray) -> None:
    """Write what the machine thinks of these rows, where it thinks something: people are to see it."""
    places = np.searchsorted(step.rows, np.sort(shown)).tolist()
    there = [place for place in places if step.proposals[place] is not None]
    said = [(step.proposals[place], float(step.confidence[place])) for place in there]
    prelabelling.propose(run, job, rows.tasks[step.rows[there]].tolist(), said)


def _hold(job: Job) -> None:
    """Keep the job as it was read, to the end of the transaction. Raises Conflict where operations changed it."""
    same = Job.objects.filter(pk=job.pk, machine_labels=True, target=job.target, probability=job.probability)
    if not same.update(machine_note=F("machine_note")):
        raise Conflict("Operations changed what the machine has to keep, or took it off, while it learned.")


def _draw_check(job: Job, proposed: np.ndarray, iteration: int, budget: int | None) -> np.ndarray:
    """Draw the proposals that people check before any is written: random, and the same ones if drawn again."""
    count = min(job.checked_labels, len(proposed), len(proposed) if budget is None else budget)
    return np.sort(np.random.default_rng([job.pk, iteration]).choice(proposed, count, replace=False))


def _labelled(known: loop.Known) -> int:
    return sum(answer is not None for answer in known.answers)


def _figures(job: Job, known: loop.Known, step: loop.Step) -> dict[str, Any]:
    """Return what pages show of a step; a threshold of None where nothing is certified."""
    cut = step.cut
    certified = bool(np.isfinite(cut.confidence))
    return {
        "human": _labelled(known),
        "threshold": cut.confidence if certified else None,
        "quality": cut.quality if certified else None,
        "low": cut.low if certified else None,
        "judged_on": cut.count,
        "forecast": [step.forecast.low, step.forecast.likely, step.forecast.high],
        "target": job.target,
        "probability": job.probability,
    }


def _arrays(rows: Rows, step: loop.Step) -> dict[str, np.ndarray]:
    """Return what the machine is sure of, by ordinal, and the model."""
    sure = np.flatnonzero(step.proposed)
    kept = {
        "ordinals": rows.ordinals[step.rows[sure]],
        "confidence": np.asarray(step.confidence, dtype=np.float64)[sure],
        "proposals": np.frombuffer(json.dumps([step.proposals[row] for row in sure]).encode(), dtype=np.uint8),
    }
    return {**kept, **{f"model_{name}": array for name, array in step.arrays.items()}}


def _report(run: LoopRun, report: dict[str, Any], blob: str = "") -> None:
    """Write what a run decided, once. Raises Conflict where another chore was first."""
    if not LoopRun.objects.filter(pk=run.pk, report={}).update(report=report, blob_key=blob):
        raise Conflict("Another chore carried this run out.")
    run.report, run.blob_key = report, blob


# --- the check before writing ------------------------------------------------------------------------------


def _check_held(run: LoopRun, job: Job, before: LoopRun, rows: Rows, known: loop.Known) -> bool:
    """Compare the proposals that people checked with what they said; where the promise held, write the others.

    Where operations have changed the promise since, nothing that was made under the old one holds.
    """
    if (before.report["target"], before.report["probability"]) != (job.target, job.probability):
        return False
    ordinals = rows.ordinals[known.rows].tolist()
    said = {ordinal: answer for ordinal, answer in zip(ordinals, known.answers, strict=True) if answer is not None}
    made = proposals_of(before)
    there = [ordinal for ordinal in before.report["checking"] if ordinal in said]
    left = len(made.keys() & set(rows.ordinals[rows.pooled].tolist()))
    learner = loop.LEARNERS[task_types.get(job.task_type).learner]
    quality = np.array([learner.quality_of(made[ordinal][0], said[ordinal]) for ordinal in there], dtype=float)
    differs = np.array(there, dtype=np.int64)[quality < learner.disputed]
    if _look_at_checked_again(run, job, before, rows.tasks[np.isin(rows.ordinals, differs)], known):
        return True
    low = low_of(quality, left, job.probability)
    check = {"right": round(float(quality.sum()), 4), "of": len(there), "low": low}
    if not there or quality.sum() < job.target * len(there):
        before.report["check"] = check
        LoopRun.objects.filter(pk=before.pk).update(report=before.report)
        return False
    kept = {name: value for name, value in before.report.items() if name not in ("checking", "notes")}
    told = {**kept, "human": _labelled(known), "proposed": left, "check": check, "finished": "sure", "notes": []}
    with transaction.atomic():
        _hold(job)
        _report(run, told, before.blob_key)
    return True


def _look_at_checked_again(run: LoopRun, job: Job, before: LoopRun, tasks: np.ndarray, known: loop.Known) -> bool:
    """Let others look at the checked proposals of which people say something else; False where nobody is left to."""
    told = {**before.report, "human": _labelled(known), "asked": 0, "notes": []}
    with transaction.atomic():
        _hold(job)
        if count := look_again(job, tasks.tolist()):
            _report(run, {**told, "asked_again": count}, before.blob_key)
    return count > 0
