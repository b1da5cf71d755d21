"""Pauses in words: what they rest on, and what their worker reads of them and of an appeal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from groundtruth import clock
from labeling.models import WorkerPause
from labeling.queries_quality import Unlike, unlike_labels
from labeling.states import JOB_RUNNING
from workforce.models import Worker

DECIDED_DAYS = 14  # how long a decision, or a pause whose job ended, stands on the worker's first page
SHOWN = 20


def percent(share: float) -> str:
    """Write a share in per cent, with what a number as 62.5 needs."""
    return f"{round(share * 100, 1):g} %"


def evidence_words(evidence: Mapping[str, Any]) -> str:
    """Say what the rule rests on; "" of a pause by hand."""
    if not evidence:
        return ""
    right = f"{round(evidence['right'], 1):g}"  # of drawings a part of an answer may be right
    with_labels = _(
        "%(right)s of %(seen)s answers agree with the labels that all answers made together, at least %(asked)s are "
        "asked. With the chance of so few answers counted in, the share is from %(low)s to %(high)s."
    )
    with_known = _(
        "%(right)s of %(seen)s answers are right where the right one is known, at least %(asked)s are asked. With the "
        "chance of so few answers counted in, the share is from %(low)s to %(high)s."
    )
    by_review = _(
        "%(right)s of %(seen)s answers to earlier jobs of this kind are right by customers’ reviews, or cannot be told "
        "to be wrong; at least %(asked)s are asked. With the chance of so few answers counted in, the share is from "
        "%(low)s to %(high)s. The answers to this job do not speak against it."
    )
    told = {"known": with_known, "review": by_review}
    return told.get(evidence.get("source", ""), with_labels) % {
        "right": right,
        "seen": f"{evidence['seen']:,}",
        "asked": percent(evidence["asked"]),
        "low": percent(evidence["low"]),
        "high": percent(evidence["high"]),
    }


# --- the worker's page ------------------------------------------------------------------------------


@dataclass(frozen=True)
class PauseRow:
    """A pause as its worker reads it. `reason`: of the rule its evidence in words; `can_appeal`: not said yet.

    has_ended: the job gives out no more work to anybody.
    """

    public_id: str
    title: str
    since: datetime
    is_lifted: bool
    has_ended: bool
    reason: str
    examples: Sequence[Unlike]
    appeal: str
    answer: str
    decided_at: datetime | None
    can_appeal: bool
    is_waiting: bool


def pauses_of(worker: Worker) -> list[PauseRow]:
    """Return what pauses this worker, what they appealed, and what was decided of late; the newest first.

    A pause of late stands there beyond its job's end: jobs end within minutes, and it keeps its worker from looking at
    the same labels again.

    One statement, and three more for the examples of each job that the rule paused them on.
    """
    lately = clock.now() - timedelta(days=DECIDED_DAYS)
    holds = Q(lifted_at=None) & (Q(job__state__in=JOB_RUNNING) | Q(created_at__gte=lately))
    tells = Q(appealed_at__isnull=False, decided_at=None) | Q(decided_at__gte=lately)
    rows = WorkerPause.objects.filter(holds | tells, worker=worker).select_related("job")
    return [_row(row, worker) for row in rows.defer("job__skills").order_by("-pk")[:SHOWN]]


def _row(row: WorkerPause, worker: Worker) -> PauseRow:
    by_rule = bool(row.evidence)
    return PauseRow(
        public_id=row.public_id,
        title=row.job.title,
        since=row.created_at,
        is_lifted=not row.is_open,
        has_ended=row.job.state not in JOB_RUNNING,
        reason=evidence_words(row.evidence) or row.reason,
        examples=unlike_labels(worker, row.job) if by_rule and row.is_open else (),
        appeal=row.appeal,
        answer=row.answer,
        decided_at=row.decided_at,
        can_appeal=row.is_open and row.appealed_at is None,
        is_waiting=row.is_open and row.is_appealed,
    )
