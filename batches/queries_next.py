"""Who acts next, and since when: one pure function for projects, one for batches. Pure but for the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from projects.access import MAY_MANAGE, MAY_OWN, MAY_REVIEW

FOR_CUSTOMER = ("ready_for_review", "review_complete")
MOVING = ("request_submitted", "data_transfer_in_progress")
WRITING = ("accepted", "ready_for_delivery")
DELIVERED = ("data_delivered",)


@dataclass(frozen=True)
class Next:
    """Who acts next. `text` stands in a table's cell; `title` and `detail` on the page itself.

    `place` is the name of the page that leads there, `batch` the slug it needs; `url` is filled by `with_url`.
    """

    text: str
    detail: str = ""
    since: datetime | None = None
    yours: bool = False
    icon: str = "users"
    act: str = ""
    place: str = ""
    batch: str = ""
    url: str = ""

    @property
    def title(self) -> str:
        """The first words on the page: it begins with “You” where it is you."""
        return _("You: %(act)s") % {"act": self.text[:1].lower() + self.text[1:]} if self.yours else f"{self.text}."


@dataclass(frozen=True)
class Waiting:
    """The batch that has waited longest for the customer's word."""

    name: str
    slug: str
    state: str
    since: datetime


@dataclass(frozen=True)
class ProjectFacts:
    """What decides who acts next on a project. `counts`: batches that are not closed, by state."""

    state: str
    since: datetime
    role: str
    closed_reason: str = ""
    closed_at: datetime | None = None
    ask: str = ""
    ask_at: datetime | None = None
    call_at: datetime | None = None  # the consultation, while it lies ahead
    quote_waits: bool = False
    waiting: Waiting | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def has(self, *states: str) -> bool:
        """Whether a batch is in one of these states."""
        return any(self.counts.get(state) for state in states)


@dataclass(frozen=True)
class BatchFacts:
    """What decides who acts next on a batch."""

    name: str
    slug: str
    state: str
    since: datetime
    role: str
    failure: str = ""
    closed_reason: str = ""
    closed_at: datetime | None = None
    ask: str = ""
    ask_at: datetime | None = None
    to_review: int = 0
    project_paused: bool = False
    delivery_failed: bool = False
    accepts: bool = False  # whether the page below holds the buttons to accept and reject


def with_url(step: Next, org: str, project: str) -> Next:
    """Return the step with its address; a place that is not there leaves it without one."""
    if not step.place:
        return step
    url = url_or_empty(step.place, org, project, *([step.batch] if step.batch else []))
    return Next(**{**step.__dict__, "url": url})


def url_or_empty(name: str, *args: str) -> str:
    """Return the address of a page by its name, or nothing where no app has such a page."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


# --- projects ---------------------------------------------------------------------------------------


def project_next(facts: ProjectFacts) -> Next:
    """Return who acts next on a project."""
    if facts.closed_at:
        return Next(_("Nobody, closed"), facts.closed_reason, facts.closed_at, icon="archive")
    if facts.ask:
        return _wish(facts.ask, facts.ask_at)
    if facts.state == "paused":
        return _resume(facts.role, facts.since, "project")
    if facts.waiting:
        return _word_of(facts.waiting, facts.role)
    if facts.state in ("pilot_in_progress", "production_in_progress"):
        return _labelling(facts)
    return _before_and_after(facts)


def _wish(ask: str, since: datetime | None) -> Next:
    text = _("Operations pause it") if ask == "pause" else _("Operations resume it")
    return Next(text, _("You asked for it; operations settle it today."), since, icon="clock")


def _resume(role: str, since: datetime, place: str, batch: str = "") -> Next:
    if role not in MAY_MANAGE:
        return Next(_("Paused"), _("An owner or manager can ask to resume."), since, icon="circle-pause")
    detail = _("It is paused at your request. Nothing is handed out until you ask to go on.")
    return Next(_("Ask to resume"), detail, since, yours=True, icon="circle-pause", place=place, batch=batch)


def _word_of(batch: Waiting, role: str) -> Next:
    """The customer's word on a labelled batch: a reviewer looks at the sample, an owner or manager decides."""
    name = {"batch": batch.name}
    if batch.state == "review_complete":
        return Next(
            _("Accept or reject %(batch)s") % name, _("The feedback is stored; the decision is yours."), batch.since,
            yours=role in MAY_MANAGE, icon="list-checks", act=_("Decide"), place="batch", batch=batch.slug,
        )  # fmt: skip
    return Next(
        _("Review %(batch)s") % name, _("The labels are ready; a sample is drawn for you."), batch.since,
        yours=role in MAY_REVIEW, icon="eye", act=_("Review"), place="batch", batch=batch.slug,
    )  # fmt: skip


def _labelling(facts: ProjectFacts) -> Next:
    if facts.has("in_progress", "sent_for_rework"):
        return Next(_("Workers label"), _("Nothing for you to do. We mail you when a batch is ready."), facts.since)
    if facts.has("data_received"):
        return Next(_("Operations start"), _("The data is here; people begin soon."), facts.since)
    if facts.has(*MOVING):
        return Next(
            _("Data is being read"),
            _("The files of a batch are looked at, one by one."),
            facts.since,
            icon="arrow-down-up",
        )
    if facts.has("rejected"):
        return Next(
            _("Operations call you"), _("A batch was rejected; the rework is agreed with you first."), facts.since
        )
    if facts.has(*WRITING, "review_submission_in_progress"):
        return Next(
            _("The result is written"), _("It appears in your bucket, the manifest last."), facts.since, icon="package"
        )
    if facts.has(*DELIVERED) and facts.state == "pilot_in_progress":
        return Next(_("Operations close the pilot"), _("Every pilot batch is delivered."), facts.since)
    if facts.has(*DELIVERED):
        return Next(_("Nobody, all delivered"), _("Create the next batch whenever you have data."), icon="circle-check")
    return _create_batch(facts)


def _create_batch(facts: ProjectFacts) -> Next:
    again = facts.has("data_transfer_failed")
    text = _("Create a new batch") if again else _("Create a batch")
    detail = (
        _("The last one's data could not be read.") if again else _("Name a place with your files; we check it first.")
    )
    yours = facts.role in MAY_MANAGE
    return Next(
        text, detail, facts.since, yours=yours, icon="layers", act=_("Create batch"), place="new_batch" if yours else ""
    )


def _before_and_after(facts: ProjectFacts) -> Next:
    if facts.state == "review_in_progress":
        return _in_review(facts)
    if facts.state in ("request_approved", "workflow_setup"):
        has_data = facts.has(*MOVING, "data_received", "paused")
        return (
            Next(_("Operations set up"), _("They write the instructions and choose the people."), facts.since)
            if has_data
            else _create_batch(facts)
        )
    if facts.state == "pricing_complete" and facts.quote_waits:
        yours = facts.role in MAY_OWN
        detail = (
            _("The price is shared; production begins when you accept it.")
            if yours
            else _("The price is shared; production begins when an owner accepts it.")
        )
        return Next(
            _("Accept the quote"), detail, facts.since, yours=yours, icon="tag", act=_("See the quote"), place="quote"
        )
    words = {
        "pilot_complete": (_("Operations price"), _("They count what the pilot took and send you a price."), "users"),
        "pricing_complete": (_("Operations sign"), _("You accepted; the contract is being executed."), "pen-line"),
        "contract_executed": (_("Operations start"), _("Production begins soon."), "users"),
        "production_complete": (_("Nobody, all delivered"), _("This project is complete."), "circle-check"),
    }
    text, detail, icon = words[facts.state]
    return Next(text, detail, None if facts.state == "production_complete" else facts.since, icon=icon)


def _in_review(facts: ProjectFacts) -> Next:
    if facts.call_at:
        when = {"when": date_format(facts.call_at, "j M, H:i")}
        return Next(_("Call %(when)s") % when, _("Your consultation. Times are in UTC."), facts.since, icon="phone")
    return Next(_("Operations review"), _("They read your request and arrange a call."), facts.since)


# --- batches ----------------------------------------------------------------------------------------


def batch_next(facts: BatchFacts) -> Next:
    """Return who acts next on a batch."""
    if facts.closed_at:
        return Next(_("Nobody, closed"), facts.closed_reason, facts.closed_at, icon="archive")
    if facts.ask:
        return _wish(facts.ask, facts.ask_at)
    if facts.state == "paused":
        return _resume(facts.role, facts.since, "batch", facts.slug)
    if facts.state in FOR_CUSTOMER:
        return _your_word(facts)
    if facts.state == "data_transfer_failed":
        yours = facts.role in MAY_MANAGE
        detail = facts.failure or _("The data could not be read.")
        return Next(
            _("Create a new batch"),
            detail,
            facts.since,
            yours=yours,
            icon="circle-x",
            act=_("Create batch"),
            place="new_batch" if yours else "",
        )
    if facts.project_paused:
        return Next(
            _("The project is paused"),
            _("Nothing is handed out until it is resumed."),
            facts.since,
            icon="circle-pause",
        )
    return _not_yours(facts)


def _your_word(facts: BatchFacts) -> Next:
    if facts.state == "review_complete":
        detail = _("The feedback is stored. Accept or reject the batch; the decision cannot be undone.")
        return Next(_("Accept or reject"), detail, facts.since, yours=facts.role in MAY_MANAGE, icon="list-checks")
    detail = _("%(count)d objects are your sample. The review is optional.") % {"count": facts.to_review}
    return Next(
        _("Review %(batch)s") % {"batch": facts.name}, detail, facts.since, yours=facts.role in MAY_REVIEW,
        icon="eye", act=_("Review"), place="review", batch=facts.slug,
    )  # fmt: skip


def _not_yours(facts: BatchFacts) -> Next:
    if facts.delivery_failed:
        return Next(
            _("Operations mend the delivery"),
            _("The place for the output refused it. They try again."),
            facts.since,
            icon="triangle-alert",
        )
    nothing = _("Nothing for you to do. We mail you when it is ready for review.")
    words = {
        "request_submitted": (_("The transfer begins"), _("At most five of your batches are read at once."), "clock"),
        "data_transfer_in_progress": (
            _("Data is being read"),
            _("Each file is looked at; this page follows."),
            "arrow-down-up",
        ),
        "data_received": (_("Operations start"), _("The data is here; people begin soon."), "users"),
        "in_progress": (_("Workers are labelling"), nothing, "users"),
        "review_submission_in_progress": (_("Feedback is being stored"), _("Then you accept or reject."), "upload"),
        "accepted": (_("The result is written"), _("It appears in your bucket, the manifest last."), "package"),
        "ready_for_delivery": (
            _("The result is written"),
            _("It appears in your bucket, the manifest last."),
            "package",
        ),
        "rejected": (_("Operations call you"), _("You agree on the rework before anything is sent back."), "phone"),
        "sent_for_rework": (_("Workers correct it"), nothing, "rotate-ccw"),
        "data_delivered": (_("Nobody, delivered"), _("The result lies in your bucket."), "circle-check"),
    }
    text, detail, icon = words[facts.state]
    return Next(text, detail, facts.since, icon=icon)
