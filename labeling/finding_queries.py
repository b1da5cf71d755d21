"""What rules found in a batch and what became of it: for operations by rule, for the customer in a few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import Batch, DataObject
from labeling.models import Finding, Job, LoopRun, RunKind, Sent, StepKind
from labeling.models.jobs import BY_OTHERS
from labeling.states import JOB_RUNNING
from labeling.validation import findings as pure
from labeling.validation.precision import Outcome, Precision, find_threshold, precision_of
from labeling.validation.rules import BY_NAME, RULES
from projects import task_types

WORST = 100  # findings that a page lists
MOST_OUTCOMES = 20_000  # that thresholds follow from, over all rules


def outcomes_of(job: Job) -> dict[str, list[Outcome]]:
    """Return by rule what people said of late of its findings in this project at labels of the same type."""
    looked_at = Finding.objects.filter(
        job__batch__project=job.batch.project_id, job__task_type=job.task_type, is_wrong__isnull=False
    )
    found: dict[str, list[Outcome]] = {rule.name: [] for rule in RULES}
    newest = looked_at.order_by("-resolved_at", "-pk").values_list("rule", "severity", "is_wrong")
    for rule, severity, is_wrong in newest[:MOST_OUTCOMES]:
        found.setdefault(rule, []).append(Outcome(severity, bool(is_wrong)))
    return found


def words_of(finding: Finding) -> str:
    """Return a finding in words; its rule's name where the rule, or the sentence, is there no more."""
    rule = BY_NAME.get(finding.rule)
    try:
        return rule.say(pure.Finding(0, finding.rule, finding.severity, finding.detail), _) if rule else finding.rule
    except (KeyError, TypeError, ValueError):
        return _(rule.title) if rule else finding.rule


def title_of(rule: str) -> str:
    return _(BY_NAME[rule].title) if rule in BY_NAME else rule


# --- operations ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleRow:
    """A rule in a batch; its precision, and the threshold that follows, are of all outcomes in the project."""

    name: str
    title: str
    found: int
    sent: int
    looked_at: int
    wrong: int
    precision: Precision
    threshold: float

    @property
    def is_learnt(self) -> bool:
        """Whether outcomes have moved the threshold from where the rule had it."""
        return self.threshold != BY_NAME[self.name].threshold


@dataclass(frozen=True)
class FindingRow:
    public_id: str
    number: int
    label: str
    rule: str
    words: str
    severity: float
    fate: str


@dataclass(frozen=True)
class Looked:
    """What the rules found in a batch, as operations see it."""

    labels: int
    notes: Sequence[str]
    is_done: bool
    rules: Sequence[RuleRow]


def looked_of(batch: Batch) -> Looked | None:
    """Return what the rules found; None where the batch has no such step. Four statements."""
    jobs = list(Job.objects.filter(batch=batch, kind=StepKind.VALIDATE).select_related("batch").order_by("position"))
    if not jobs:
        return None
    reports = LoopRun.objects.filter(job__in=jobs, kind=RunKind.CHECK).order_by("job__position")
    told = [report for report in reports.values_list("report", flat=True) if report]
    return Looked(
        labels=max((report.get("labels", 0) for report in told), default=0),
        notes=[note for report in told for note in report.get("notes", ())],
        is_done=all(job.state not in JOB_RUNNING for job in jobs),
        rules=_rule_rows(jobs[-1]),
    )


def _rule_rows(job: Job) -> list[RuleRow]:
    """Return every rule that found something in a job's batch, or that people have looked at in its project."""
    counts = Finding.objects.filter(job__batch=job.batch_id).values("rule").order_by()
    by_rule: dict[str, dict[str, Any]] = {
        row["rule"]: dict(row)
        for row in counts.annotate(
            found=Count("pk"),
            sent_away=Count("pk", filter=~Q(sent=Sent.NOT)),
            looked_at=Count("pk", filter=Q(is_wrong__isnull=False)),
            wrong=Count("pk", filter=Q(is_wrong=True)),
        )
    }
    outcomes = outcomes_of(job)
    shown = [name for name, seen in outcomes.items() if name in BY_NAME and (name in by_rule or seen)]
    return [_rule_row(name, by_rule.get(name, {}), outcomes[name]) for name in shown]


def _rule_row(name: str, counts: dict[str, Any], outcomes: Sequence[Outcome]) -> RuleRow:
    found, sent, looked_at, wrong = (counts.get(key, 0) for key in ("found", "sent_away", "looked_at", "wrong"))
    threshold = find_threshold(outcomes, BY_NAME[name].threshold)
    return RuleRow(name, title_of(name), found, sent, looked_at, wrong, precision_of(outcomes), threshold)


def worst_findings(batch: Batch, rule: str = "") -> list[FindingRow]:
    """Return the worst findings of a batch, of one rule or of all: what was sent first, then by severity."""
    rows = Finding.objects.filter(job__batch=batch, **({"rule": rule} if rule else {}))
    about = rows.select_related("label__data_object", "label__job__schema").defer("label__job__skills")
    return [_finding_row(row) for row in about.order_by("-sent", "-severity", "pk")[:WORST]]


def _finding_row(row: Finding) -> FindingRow:
    job, of = row.label.job, row.label.data_object
    words = task_types.get(job.task_type).describe(row.label.payload, job.asks)
    return FindingRow(of.public_id, of.ordinal + 1, words, title_of(row.rule), words_of(row), row.severity, _fate(row))


def _fate(row: Finding) -> str:
    if row.is_wrong is not None:
        return _("wrong") if row.is_wrong else _("the label was fine")
    if row.sent == Sent.RANDOM:
        return _("sent, drawn by lot")
    return _("sent") if row.sent else _("not sent")


def findings_on(row: DataObject) -> list[tuple[str, str]]:
    """Return what rules found at an object's labels, the newest label first: in words, and what others said."""
    found = Finding.objects.filter(label__data_object=row).order_by("-label", "-severity")
    said = {True: _("Others gave it another label."), False: _("Others gave it the same label."), None: ""}
    return [(words_of(finding), said[finding.is_wrong]) for finding in found]


# --- the customer -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LookedAgain:
    """What the customer is told: a sentence, and one for each rule of which people looked at something."""

    told: str
    by_rule: Sequence[str]
    is_done: bool


def looked_again(batch: Batch) -> LookedAgain | None:
    """Return what others looked at again; None where the batch has no step in which rules look. Three statements."""
    jobs = list(Job.objects.filter(batch=batch).order_by("position").only("kind", "state", "position"))
    looks = [job for job in jobs if job.kind == StepKind.VALIDATE]
    if not looks:
        return None
    looked_at = Finding.objects.filter(job__in=looks, is_wrong__isnull=False)
    counts = (
        looked_at.values_list("rule").order_by().annotate(seen=Count("pk"), wrong=Count("pk", filter=Q(is_wrong=True)))
    )
    total = looked_at.aggregate(
        seen=Count("label", distinct=True), wrong=Count("label", distinct=True, filter=Q(is_wrong=True))
    )
    rules = sorted((row for row in counts if row[1]), key=lambda row: (-row[2], -row[1], row[0]))
    is_done = not any(job.state in JOB_RUNNING for job in jobs if job.position >= looks[0].position)
    return LookedAgain(_told(total, jobs, looks, is_done=is_done), [_told_of(*row) for row in rules], is_done)


def _told(total: dict[str, int], jobs: Sequence[Job], looks: Sequence[Job], *, is_done: bool) -> str:
    if total["seen"]:
        seen = ngettext(
            "%(n)s label was looked at again by others, %(m)s of them was corrected.",
            "%(n)s labels were looked at again by others, %(m)s of them were corrected.",
            total["seen"],
        )
        return seen % {"n": f"{total['seen']:,}", "m": f"{total['wrong']:,}"}
    if is_done:
        return _("Rules looked at all labels; others looked at none of them again.")
    if looks[0].state in JOB_RUNNING:
        return _("Once people are done, rules look for labels that are probably wrong.")
    if any(job.kind in BY_OTHERS and job.state in JOB_RUNNING for job in jobs):
        return _("Rules have looked at all labels. Others look at the most doubtful ones again.")
    return _("Rules have looked at all labels.")


def _told_of(rule: str, seen: int, wrong: int) -> str:
    values: dict[str, Any] = {"rule": title_of(rule), "n": f"{seen:,}", "m": f"{wrong:,}"}
    return _("%(rule)s: %(n)s looked at, %(m)s corrected") % values
