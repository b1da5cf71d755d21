"""Machine validation of a batch: the rules look at its labels, and the worst of what they find is sent to people.

What is found stands in `labeling.validation`; here labels are loaded, findings stored, and outcomes remembered. A run
may die anywhere: nobody is asked anything before it has ended, so the next begins by taking back what it wrote.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import transaction

from groundtruth.states import move_many
from groundtruth.storage import StoreError
from groundtruth.work import LeaseLost, keep
from labeling import encoders
from labeling.finding_queries import outcomes_of
from labeling.models import Finding, Job, Label, LoopRun, Sent
from labeling.services import featuring
from labeling.services.labels_in_rows import LabelRows
from labeling.states import JOB_RUNNING
from labeling.validation import findings as pure
from labeling.validation.choosing import Chosen, choose
from labeling.validation.precision import find_threshold, precision_of
from labeling.validation.rules import RULES
from projects import task_types

logger = logging.getLogger(__name__)
WRITE_CHUNK = 2000
NO_RULES = "No rule looks at labels of this kind."
NO_LABELS = "There was no label to look at."
NO_FEATURES = "The objects could not be looked at by the machine: rules that need it were left out."
GAVE_UP = "The rules could not look at the labels, and the batch went on without. The last problem: %s"


def begin(job: Job) -> None:
    """Have the objects' features made, where rules take any; in the caller's transaction. May be repeated."""
    kind = task_types.get(job.task_type)
    if kind.checked is not None and encoders.sets(kind.modality):
        featuring.begin(job.batch, kind.modality)


def check(run: LoopRun) -> bool:
    """Run all rules and write what they found; False while features are still made."""
    job = run.job
    if job.state not in JOB_RUNNING:
        return True
    made, of, is_lost = featuring.made(job.batch, task_types.get(job.task_type).modality)
    if not is_lost and made < of:
        return False
    report: dict[str, Any] = {"labels": 0, "thresholds": {}, "notes": []}
    kind = task_types.get(job.task_type)
    if kind.checked is None:
        report["notes"].append(NO_RULES)
    elif not (rows := LabelRows(job, kind.checked(job.asks))):
        report["notes"].append(NO_LABELS)
    else:
        with_features = bool(of) and not is_lost
        report["notes"] += [NO_FEATURES] if is_lost else []
        _check_rows(run, rows, report, with_features=with_features)
    LoopRun.objects.filter(pk=run.pk).update(report=report)
    return True


def give_up(run: LoopRun, why: str) -> None:
    """Leave a note for operations that this run looked at nothing."""
    _take_back(run.job)
    LoopRun.objects.filter(pk=run.pk).update(report={"labels": 0, "thresholds": {}, "notes": [GAVE_UP % why[:300]]})


def _check_rows(run: LoopRun, rows: LabelRows, report: dict[str, Any], *, with_features: bool) -> None:
    job = run.job
    outcomes = outcomes_of(job)
    thresholds = {rule.name: find_threshold(outcomes[rule.name], rule.threshold) for rule in RULES}
    labelled = _labelled(job, rows, with_features=with_features)
    found, notes = find_all(labelled, lambda: keep(run))
    found = [one for one in found if rows.of_round[one.object]]  # others have looked at what an earlier round made
    count = int(rows.of_round.sum())
    most = max(count * job.most_flagged // 100, 1)
    precisions = {name: precision_of(seen) for name, seen in outcomes.items()}
    chosen = choose(found, thresholds, precisions, most=most, seed=job.pk)
    _write(run, rows, [f for f in found if f.severity >= thresholds[f.rule]], chosen)
    unread = rows.unread()
    notes += [f"{unread:,} labels could not be read."] if unread else []
    report |= {"labels": count, "thresholds": thresholds, "notes": [*report["notes"], *notes]}


def _labelled(job: Job, rows: LabelRows, *, with_features: bool) -> pure.Labelled:
    views: Sequence[np.ndarray] = ()
    if with_features:
        loaded = featuring.load(job.batch, rows.ordinals, task_types.get(job.task_type).modality)
        views = [np.asarray(view) for view in loaded] if isinstance(loaded, list) else ()
    sizes = rows.sizes if rows.checked.kind not in pure.CATEGORIES else None
    return pure.Labelled(pure.Kind(rows.checked.kind), rows, job.asks.categories, views, sizes, rows.texts)


def find_all(
    labelled: pure.Labelled, between: Callable[[], Any], *, rules: Sequence[pure.Rule] = RULES
) -> tuple[list[pure.Finding], list[str]]:
    """Return what all rules find, whatever its severity, and a sentence for each rule that failed.

    between: called before each rule. A rule that fails must not keep a batch from its customer.
    """
    found: list[pure.Finding] = []
    notes: list[str] = []
    for rule in rules:
        between()
        try:
            found += rule.findings(labelled)
        except (StoreError, LeaseLost):
            raise  # of the world, not of the labels: tried again
        except Exception as problem:
            logger.exception("rule failed", extra={"rule": rule.name})
            notes.append(f"The rule “{rule.title}” failed and was left out: {type(problem).__name__}: {problem}"[:500])
    return found, notes


# --- rows --------------------------------------------------------------------------------------------------


def _write(run: LoopRun, rows: LabelRows, shown: Sequence[pure.Finding], chosen: Chosen) -> None:
    """Write the findings from their thresholds on and those drawn by lot, chunk by chunk, and flag what is sent."""
    job = run.job
    _take_back(job)
    sent: Mapping[tuple[int, str], str] = {
        **{(f.object, f.rule): Sent.WORST for f in chosen.worst},
        **{(f.object, f.rule): Sent.RANDOM for f in chosen.random},
    }
    wanted = [*shown, *chosen.random]
    for first in range(0, len(wanted), WRITE_CHUNK):
        made = [
            Finding(
                job=job, label_id=int(rows.labels[f.object]), rule=f.rule, severity=f.severity, detail=f.values,
                sent=sent.get((f.object, f.rule), Sent.NOT),
            )
            for f in wanted[first : first + WRITE_CHUNK]
        ]  # fmt: skip
        Finding.objects.bulk_create(made)
        keep(run)
    with transaction.atomic():
        flagged = Finding.objects.filter(job=job).exclude(sent=Sent.NOT)
        move_many(Label.objects.filter(pk__in=flagged.values("label")), "flag", None)


def _take_back(job: Job) -> None:
    """Remove what nobody looked at of the labels that this round made, as they are now: this run looks anew."""
    current = Label.objects.filter(data_object__batch=job.batch_id, attribute=job.attribute)
    earlier = Finding.objects.filter(job__batch=job.batch_id, job__round=job.round, is_wrong=None)
    earlier.filter(label__in=current.exclude(state="superseded")).delete()
