"""The steppers and the events of a project and a batch, from the audit log: what happened, and what is to come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from batches.states import BatchState
from projects.models import AuditEvent
from projects.states import ProjectState

ROAD = (
    "request_submitted", "data_transfer_in_progress", "data_received", "in_progress",
    "ready_for_review", "accepted", "data_delivered",
)  # fmt: skip
BESIDE = {  # a state off the road, and the states of the road that it stands behind
    "data_transfer_failed": ("data_transfer_in_progress", ("data_transfer_failed",)),
    "review_submission_in_progress": ("ready_for_review", ("review_submission_in_progress",)),
    "review_complete": ("ready_for_review", ("review_complete",)),
    "rejected": ("ready_for_review", ("rejected",)),
    "sent_for_rework": ("ready_for_review", ("rejected", "sent_for_rework")),
    "ready_for_delivery": ("accepted", ("ready_for_delivery",)),
}
PROJECT_ROAD = tuple(state for state in ProjectState.values if state != "paused")

VERBS = {  # of the audit log, as a customer reads them; verbs that are not here are not shown
    "request project": (gettext_lazy("project requested"), "info"),
    "withdraw": (gettext_lazy("request withdrawn"), ""),
    "consultation": (gettext_lazy("consultation arranged"), "info"),
    "approve": (gettext_lazy("request approved"), "good"),
    "set_up": (gettext_lazy("setup began"), "info"),
    "start_pilot": (gettext_lazy("pilot began"), "people"),
    "finish_pilot": (gettext_lazy("pilot complete"), "good"),
    "quote": (gettext_lazy("price shared"), "warn"),
    "accept quote": (gettext_lazy("quote accepted"), "good"),
    "sign": (gettext_lazy("contract executed"), "good"),
    "go_live": (gettext_lazy("production began"), "people"),
    "request batch": (gettext_lazy("batch requested"), "info"),
    "transfer": (gettext_lazy("data transfer started"), "info"),
    "data_ok": (gettext_lazy("data received"), "info"),
    "data_failed": (gettext_lazy("data transfer failed"), "bad"),
    "refuse": (gettext_lazy("data transfer failed"), "bad"),
    "start": (gettext_lazy("labelling began"), "people"),
    "send_review": (gettext_lazy("feedback sent"), "info"),
    "store_review": (gettext_lazy("review complete"), "warn"),
    "accept": (gettext_lazy("accepted"), "good"),
    "reject": (gettext_lazy("rejected"), "bad"),
    "rework": (gettext_lazy("sent for rework"), "warn"),
    "deliver": (gettext_lazy("delivered"), "good"),
    "pause": (gettext_lazy("paused"), ""),
    "resume": (gettext_lazy("resumed"), "info"),
    "ask to pause": (gettext_lazy("pause asked for"), ""),
    "ask to resume": (gettext_lazy("resuming asked for"), ""),
    "close": (gettext_lazy("closed"), ""),
    "retry failed objects": (gettext_lazy("failed objects tried again"), "info"),
    "download": (gettext_lazy("result downloaded"), ""),
}


@dataclass(frozen=True)
class Step:
    """One step; `state` is done, now, bad or empty (to come), `when` a time in words."""

    title: str
    when: str = ""
    state: str = ""


@dataclass(frozen=True)
class Event:
    """One line of what happened."""

    title: str
    text: str
    who: str
    at: datetime
    tone: str
    quote: str = ""


def entered_at(events: Sequence[AuditEvent], first: str, created_at: datetime) -> dict[str, datetime]:
    """Return when each state was entered last; the first when the row was made."""
    moves = {str(event.data["entered"]): event.at for event in events if event.data.get("entered")}
    return {first: created_at, **moves}


def batch_steps(state: str, before_pause: str, entered: Mapping[str, datetime], *, closed: bool = False) -> list[Step]:
    """Return the stepper of a batch: the road of seven, with what stands beside it just while it is there."""
    here = before_pause if state == "paused" else state
    after, extra = BESIDE.get(here, ("", ()))
    road = [name for main in ROAD for name in (main, *(extra if main == after else ()))]
    if here == "data_transfer_failed" and "data_transfer_in_progress" not in entered:
        road.remove("data_transfer_in_progress")
    titles = {name: str(BatchState(name).label) for name in road}
    return _steps(
        road, titles, here, entered, paused=state == "paused", stopped=closed or here == "data_transfer_failed"
    )


def project_steps(
    state: str, before_pause: str, entered: Mapping[str, datetime], *, closed: bool = False
) -> list[Step]:
    """Return the stepper of a project: the nine statuses in order, and where it is paused."""
    here = before_pause if state == "paused" else state
    titles = {name: str(ProjectState(name).label) for name in PROJECT_ROAD}
    return _steps(PROJECT_ROAD, titles, here, entered, paused=state == "paused", stopped=closed)


def _steps(
    road: Sequence[str],
    titles: Mapping[str, str],
    here: str,
    entered: Mapping[str, datetime],
    *,
    paused: bool,
    stopped: bool,
) -> list[Step]:
    place = road.index(here)
    steps = [Step(titles[name], when_text(entered.get(name)), "done") for name in road[:place]]
    steps.append(_current(titles[here], entered, here, last=place == len(road) - 1, paused=paused, stopped=stopped))
    return steps + [Step(titles[name]) for name in road[place + 1 :]]


def _current(
    title: str, entered: Mapping[str, datetime], here: str, *, last: bool, paused: bool, stopped: bool
) -> Step:
    since = when_text(entered.get(here))
    if stopped:
        return Step(title, since, "bad")
    if last:
        return Step(title, since, "done")
    if paused:
        return Step(title, _("paused %(when)s") % {"when": when_text(entered.get("paused"))}, "now")
    return Step(title, _("since %(when)s") % {"when": since}, "now")


def when_text(at: datetime | None) -> str:
    """Return a moment of a stepper: 16 Nov, 08:02; nothing where it is not known."""
    return date_format(at, "j M, H:i") if at else ""


def event_lines(events: Sequence[AuditEvent], names: Mapping[int, str]) -> list[Event]:
    """Return the events that a customer reads, in the order given; `names`: batches by id, to begin the line with."""
    lines = []
    for event in events:
        if event.verb not in VERBS:
            continue
        text, tone = VERBS[event.verb]
        name = names.get(event.target_id or 0, "") if event.target_type == "batches.batch" else ""
        who = _("System") if event.actor == "system" else event.actor
        lines.append(Event(name, str(text), who, event.at, tone, str(event.data.get("reason", ""))))
    return lines
