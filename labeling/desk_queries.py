"""The day's work of operations, by urgency: what waits, for whom, how long, and the one act that settles it.

All of it is read in a fixed number of statements, whatever the number of customers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import Batch, BatchDecision, ObjectFeedback
from batches.states import LABELLING
from groundtruth import clock
from labeling.desk_failures import failed_work, heartbeat, stuck_jobs, waiting_work
from labeling.desk_lines import MOST, Group, Line, Work, act_of, of_batch, of_project, page_of
from labeling.desk_pauses import appeals, troubled_jobs
from labeling.desk_tests import undecided_tests
from labeling.models import Question
from projects.models import AuditEvent, Project, Quote
from projects.states import LABELLING as PROJECT_LABELLING

TRANSFERS_SHOWN = timedelta(days=7)  # a failed transfer ends the batch: the customer makes another, or we call
READ_COMMENTS = "read comments"  # the audit event that settles a batch's comments


def open_work() -> Work:
    """Return all that waits for operations."""
    projects, batches = list(_projects()), list(_batches())
    told = [
        Group(_("Late, or about to be"), "bad", "clock", _late(batches)),
        Group(
            _("Work that failed"),
            "bad",
            "circle-x",
            [
                *heartbeat(),
                *failed_work(),
                *_failed_transfers(batches),
                *waiting_work(),
                *stuck_jobs(),
                *troubled_jobs(),
            ],
        ),
        Group(_("Appeals of paused workers"), "warn", "message-square", appeals()),
        Group(_("Tests to decide"), "warn", "clipboard-check", undecided_tests()),
        Group(_("Questions of workers"), "warn", "message-circle-question-mark", _questions()),
        Group(_("Pause or resume asked for"), "warn", "circle-pause", _asked(projects, batches)),
        Group(_("Rejected batches"), "warn", "ban", _rejected(batches)),
        Group(_("Data arrived"), "info", "package", _arrived(batches)),
        Group(_("Requests to review"), "info", "inbox", _requests(projects)),
        Group(_("Consultations"), "info", "calendar", _consultations(projects)),
        Group(_("Projects to set up"), "info", "sliders-horizontal", _to_set_up(projects)),
        Group(_("Pilots to finish"), "info", "list-checks", _pilots_done(projects)),
        Group(_("Prices to enter"), "warn", "tag", _to_price(projects)),
        Group(_("Contracts"), "info", "pen-line", _contracts(projects)),
        Group(_("Comments on running batches"), "info", "message-square", _comments()),
    ]
    return Work([group for group in told if group.lines])


# --- what is read -------------------------------------------------------------------------------------


def _projects() -> Iterable[Project]:
    """Read the projects that may wait for operations; those that only run are left out."""
    batches = Batch.objects.filter(project=OuterRef("pk"))
    unsettled = batches.filter(closed_at=None, stage="pilot").exclude(
        state__in=("data_delivered", "data_transfer_failed")
    )
    waits = (
        "review_in_progress",
        "request_approved",
        "pilot_in_progress",
        "pilot_complete",
        "pricing_complete",
        "contract_executed",
    )
    return (
        Project.objects.filter(closed_at=None)
        .filter(Q(state__in=waits) | ~Q(ask="") | Q(consultation_at__gte=_yesterday()))
        .annotate(
            accepted_at=Subquery(
                Quote.objects.filter(project=OuterRef("pk"), accepted_at__isnull=False).values("accepted_at")[:1]
            ),
            all_settled=~Exists(unsettled) & Exists(batches.filter(stage="pilot", state="data_delivered")),
        )
        .select_related("organization", "owner")
        .order_by("state_since")
    )


def _batches() -> Iterable[Batch]:
    """Read the batches that may wait for operations, with the customer's reason for a rejection."""
    reason = BatchDecision.objects.filter(batch=OuterRef("pk"), round=OuterRef("round")).values("reason")[:1]
    newer = Batch.objects.filter(project=OuterRef("project"), created_at__gt=OuterRef("state_since")).exclude(
        pk=OuterRef("pk")
    )
    lost = Q(state="data_transfer_failed", state_since__gte=clock.now() - TRANSFERS_SHOWN) & ~Exists(newer)
    due = Q(state__in=LABELLING, project__turnaround_days__isnull=False)
    return (
        Batch.objects.filter(closed_at=None, project__closed_at=None)
        .filter(Q(state__in=("data_received", "rejected")) | ~Q(ask="") | lost | due)
        .annotate(rejection=Subquery(reason))
        .select_related("project__organization", "project__owner")
        .order_by("state_since")
    )


def _yesterday() -> datetime:
    return clock.now() - timedelta(days=1)


# --- lines --------------------------------------------------------------------------------------------


def _requests(projects: Sequence[Project]) -> list[Line]:
    return [
        of_project(row, _request_words(row), row.created_at, _("Review"), act_of(row, "approve"))
        for row in projects
        if row.state == "review_in_progress"
    ]


def _request_words(row: Project) -> str:
    words = [str(row.get_modality_display())]
    if row.contains_pii:
        words.append(_("personal data"))
    if row.objects_expected:
        words.append(
            ngettext("%(n)s object", "%(n)s objects", row.objects_expected) % {"n": f"{row.objects_expected:,}"}
        )
    if not row.consultation_at:
        words.append(_("no call arranged"))
    return ", ".join(words)


def _consultations(projects: Sequence[Project]) -> list[Line]:
    held = [(row.consultation_at, row) for row in projects if row.consultation_at]
    return [
        of_project(
            row,
            _("%(when)s UTC, with %(who)s")
            % {"when": date_format(at, "D j M, H:i"), "who": f"{row.first_name} {row.last_name}"},
            at,
            _("Open notes"),
            act_of(row, "consultation"),
        )
        for at, row in sorted(held, key=itemgetter(0))
        if at >= _yesterday()
    ]


def _to_set_up(projects: Sequence[Project]) -> list[Line]:
    return [
        of_project(
            row,
            _("Approved; the workflow is not set up"),
            row.state_since,
            _("Set up"),
            reverse("admin:project_set_up", args=[row.pk]),
        )
        for row in projects
        if row.state == "request_approved"
    ]


def _pilots_done(projects: Sequence[Project]) -> list[Line]:
    return [
        of_project(
            row, _("Every pilot batch is delivered"), row.state_since, _("Finish pilot"), act_of(row, "finish-pilot")
        )
        for row in projects
        if row.state == "pilot_in_progress" and row.all_settled  # type: ignore[attr-defined]  # annotated
    ]


def _to_price(projects: Sequence[Project]) -> list[Line]:
    return [
        of_project(row, _("The pilot is complete"), row.state_since, _("Enter price"), act_of(row, "price"))
        for row in projects
        if row.state == "pilot_complete"
    ]


def _contracts(projects: Sequence[Project]) -> list[Line]:
    signed = [
        of_project(row, _("The customer accepted the quote"), row.accepted_at, _("Sign"), act_of(row, "sign"))  # type: ignore[attr-defined]  # annotated
        for row in projects
        if row.state == "pricing_complete" and row.accepted_at  # type: ignore[attr-defined]  # annotated
    ]
    live = [
        of_project(row, _("The contract is executed"), row.state_since, _("Go live"), act_of(row, "go-live"))
        for row in projects
        if row.state == "contract_executed"
    ]
    return [*signed, *live]


def _asked(projects: Sequence[Project], batches: Sequence[Batch]) -> list[Line]:
    words = {"pause": _("Pause"), "resume": _("Resume")}
    lines = [
        of_project(row, f"“{row.ask_reason}”", row.ask_at, words[row.ask], act_of(row, row.ask))
        for row in projects
        if row.ask
    ]
    return lines + [
        of_batch(row, f"“{row.ask_reason}”", row.ask_at, words[row.ask], act_of(row, row.ask), posts=True)
        for row in batches
        if row.ask
    ]


def _rejected(batches: Sequence[Batch]) -> list[Line]:
    rows = [row for row in batches if row.state == "rejected"]
    return [
        of_batch(row, _rejection(row), row.state_since, _("Send for rework"), act_of(row, "rework")) for row in rows
    ]


def _rejection(row: Batch) -> str:
    said = f"“{row.rejection[:120]}”" if row.rejection else _("No reason given")  # type: ignore[attr-defined]  # annotated
    count = ngettext("%(n)d object with feedback", "%(n)d objects with feedback", row.with_feedback) % {
        "n": row.with_feedback
    }
    return f"{said}, {count}"


def _arrived(batches: Sequence[Batch]) -> list[Line]:
    """A batch starts once its project labels; before that the project's own step comes first."""
    lines = []
    for row in (row for row in batches if row.state == "data_received"):
        detail = ngettext("%(n)s object", "%(n)s objects", row.total) % {"n": f"{row.total:,}"}
        if row.bad_lines or row.failed:
            detail += ", " + _("%(n)d lines or files cannot be used") % {"n": row.bad_lines + row.failed}
        if row.project.state in PROJECT_LABELLING:
            lines.append(of_batch(row, detail, row.state_since, _("Start"), act_of(row, "start")))
        elif row.project.state == "workflow_setup":
            lines.append(
                of_batch(row, detail, row.state_since, _("Start pilot"), act_of(row.project, "start-pilot"), posts=True)
            )
    return lines


def _late(batches: Sequence[Batch]) -> list[Line]:
    """Name the batches whose promised time is over, or nine tenths of it; nearest the worst first."""
    lines = []
    for row in (row for row in batches if row.state in LABELLING and row.project.turnaround_days):
        given = timedelta(days=row.project.turnaround_days or 0)
        left = row.created_at + given - clock.now()
        if left <= given / 10:
            detail = _("%(done)s of %(total)s labelled, wanted within %(days)d days") % {
                "done": f"{row.done:,}",
                "total": f"{row.total:,}",
                "days": row.project.turnaround_days,
            }
            words = _("%(span)s over") if left < timedelta() else _("%(span)s left")
            lines.append(
                (
                    left,
                    of_batch(
                        row, detail, row.created_at, _("Look"), page_of(row), late=words % {"span": _span(abs(left))}
                    ),
                )
            )
    return [line for _left, line in sorted(lines, key=lambda pair: pair[0])]


def _span(length: timedelta) -> str:
    hours = int(length.total_seconds() // 3600)
    return (
        ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
        if hours >= 48
        else _("%(n)d h") % {"n": hours}
    )


def _comments() -> list[Line]:
    """Name the batches being labelled whose customers wrote something that nobody of operations has read yet."""
    read = AuditEvent.objects.filter(
        target_type="batches.batch", target_id=OuterRef("data_object__batch"), verb=READ_COMMENTS
    )
    never = clock.now() - timedelta(days=36_500)
    rows = (
        ObjectFeedback.objects.filter(
            data_object__batch__state__in=(*LABELLING, "paused"), data_object__batch__closed_at=None
        )
        .exclude(comment="")
        .annotate(read_at=Coalesce(Subquery(read.order_by("-at").values("at")[:1]), never))
        .filter(updated_at__gt=F("read_at"))
        .values("data_object__batch")
        .annotate(count=Count("pk"), newest=Max("updated_at"))
        .order_by("-newest")[:MOST]
    )
    found = {row["data_object__batch"]: row for row in rows}
    batches = Batch.objects.filter(pk__in=found).select_related("project__organization", "project__owner")
    return [
        _comment_line(batch, found[batch.pk]) for batch in sorted(batches, key=lambda batch: found[batch.pk]["newest"])
    ]


def _comment_line(batch: Batch, row: Mapping[str, Any]) -> Line:
    detail = ngettext("%(n)d comment that nobody read yet", "%(n)d comments that nobody read yet", row["count"]) % {
        "n": row["count"]
    }
    return of_batch(
        batch, detail, row["newest"], _("Read"), reverse("admin:desk_read_comments", args=[batch.pk]), posts=True
    )


def _questions() -> list[Line]:
    """Name the questions of workers, the longest open first: somebody may sit in front of the item."""
    way = "assignment__task__job__batch__project"
    rows = Question.objects.filter(answered_at=None).select_related(
        f"{way}__organization", f"{way}__owner", "assignment__worker__user"
    )
    return [_question_line(row) for row in rows.order_by("created_at")[:MOST]]


def _question_line(row: Question) -> Line:
    detail = _("%(worker)s asks: “%(text)s”") % {"worker": row.assignment.worker, "text": row.text[:120]}
    return of_batch(row.assignment.task.job.batch, detail, row.created_at, _("Answer"), act_of(row, "answer"))


def _failed_transfers(batches: Sequence[Batch]) -> list[Line]:
    return [
        of_batch(row, row.failure or _("The data could not be read"), row.state_since, _("Look"), page_of(row))
        for row in batches
        if row.state == "data_transfer_failed"
    ]
