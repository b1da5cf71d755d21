"""Batches, what comes in and goes out of them, and what customers say of their objects, as operations see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from batches import rework, services
from batches.models import Batch, BatchDecision, Delivery, Manifest, ObjectFeedback, Review
from batches.queries_next import url_or_empty
from batches.states import LABELLING, OPEN_TO_CLOSE
from groundtruth import clock
from groundtruth.states import Refused
from groundtruth.work import MAX_ATTEMPTS, ring_again
from projects.acting import Act, OperationsAdmin, QuestionFilter, ReasonForm, may
from projects.admin import age_column, created_column, state_column
from projects.audit import record


class WaitsFilter(QuestionFilter):
    """What operations ask of the batches each morning."""

    title = _("waits for operations")
    parameter_name = "waits"

    def questions(self, request: HttpRequest) -> dict[str, tuple[Any, Q]]:
        week_ago = clock.now() - timedelta(days=7)
        return {
            "start": (_("Data arrived"), Q(state="data_received", closed_at=None)),
            "rework": (_("Rejected"), Q(state="rejected", closed_at=None)),
            "asked": (_("Pause or resume asked for"), ~Q(ask="")),
            "mine": (_("Of my projects"), Q(project__owner=request.user.pk)),
            "quiet": (
                _("Being labelled for over a week"),
                Q(state__in=LABELLING, closed_at=None, state_since__lte=week_ago),
            ),
            "closed": (_("Closed"), Q(closed_at__isnull=False)),
        }


class Decisions(admin.TabularInline):
    model = BatchDecision
    extra = 0
    can_delete = False
    fields = readonly_fields = ("round", "verdict", "reason", "decided_by", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)


BATCH_ACTS = (
    Act(
        "start",
        _("Start"),
        services.start,
        _("{row} is being labelled."),
        may("start"),
        warning=_("People begin at once. The instructions and categories are frozen for this batch."),
        icon="circle-play",
    ),
    Act(
        "rework",
        _("Send for rework"),
        rework.send_for_rework,
        _("{row} is sent for rework."),
        may("rework"),
        warning=_(
            "What was called wrong, and what failed and can be shown by now, gets new tasks. The customer is told."
        ),
        icon="rotate-ccw",
    ),
    Act("pause", _("Pause"), services.pause, _("{row} is paused."), may("pause"), icon="circle-pause"),
    Act("resume", _("Resume"), services.resume, _("{row} goes on."), may("resume"), icon="circle-play"),
    Act(
        "close",
        _("Close"),
        services.close,
        _("{row} is closed."),
        lambda b: not b.closed_at and b.state in OPEN_TO_CLOSE,
        ReasonForm,
        warning=_("Nothing more is done on it, and it cannot be opened again. The customer reads the reason."),
        icon="ban",
        dangerous=True,
    ),
)


@admin.register(Batch)
class BatchAdmin(OperationsAdmin):
    acts = BATCH_ACTS
    inlines = (Decisions,)
    list_display = ("name", "project", "customer", state_column, age_column, "owner", "total", "done", "failed", "ask")
    list_filter = (WaitsFilter, "state", "stage")
    list_select_related = ("project__organization", "project__owner")
    search_fields = ("name", "project__title", "project__organization__name")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "project__id__exact" or super().lookup_allowed(lookup, value, request)

    ordering = ("-state_since",)
    fieldsets = (
        (
            _("Where it stands"),
            {
                "fields": (
                    "project",
                    "state",
                    "state_since",
                    "round",
                    "ask",
                    "ask_reason",
                    "ask_at",
                    "failure",
                    "closed_reason",
                    "closed_at",
                )
            },
        ),
        (
            _("Objects"),
            {
                "fields": (
                    "total",
                    "done",
                    "human",
                    "auto",
                    "verified",
                    "failed",
                    "to_review",
                    "with_feedback",
                    "bad_lines",
                    "size_bytes",
                )
            },
        ),
        (
            _("What it is"),
            {
                "fields": (
                    "name",
                    "description",
                    "stage",
                    "schema",
                    "input_uri",
                    "output_uri",
                    "created_by",
                    "created_at",
                )
            },
        ),
    )

    def links(self, row: Batch) -> list[dict[str, str]]:
        place = [row.project.organization.slug, row.project.slug, row.slug]
        listed = f"?batch__id__exact={row.pk}"
        return [
            {"title": _("As the customer sees it"), "url": url_or_empty("batch", *place), "icon": "eye"},
            {
                "title": _("Comments"),
                "url": reverse("admin:batches_objectfeedback_changelist") + f"?data_object__batch__id__exact={row.pk}",
                "icon": "message-square",
            },
            {"title": _("Deliveries"), "url": reverse("admin:batches_delivery_changelist") + listed, "icon": "package"},
        ]

    @admin.display(description=_("Customer"), ordering="project__organization__name")
    def customer(self, row: Batch) -> str:
        return str(row.project.organization)

    @admin.display(description=_("Owner"), ordering="project__owner")
    def owner(self, row: Batch) -> str:
        return str(row.project.owner or "")


# --- chores ---------------------------------------------------------------------------------------------


class ChoreFilter(QuestionFilter):
    title = _("what became of it")
    parameter_name = "fate"

    def questions(self, request: HttpRequest) -> dict[str, tuple[Any, Q]]:
        return {
            "failed": (_("Given up"), Q(done_at=None, attempts__gt=MAX_ATTEMPTS)),
            "trying": (_("Failed, tried again"), Q(done_at=None, attempts__lte=MAX_ATTEMPTS) & ~Q(last_error="")),
            "waits": (_("Under way"), Q(done_at=None, attempts__lte=MAX_ATTEMPTS)),
            "done": (_("Done"), Q(done_at__isnull=False)),
        }


def try_again(row: Any, by: Any) -> None:
    """Start over a chore that has given up. Raises Refused for one that has not."""
    if not row.gave_up:
        raise Refused("This is under way or done: there is nothing to try again.")
    record("try again", by, row)
    ring_again(row)


TRY_AGAIN = Act(
    "try-again", _("Try again"), try_again, _("It is tried again."), lambda row: row.gave_up, icon="rotate-cw"
)


@admin.register(Manifest)
class ManifestAdmin(OperationsAdmin):
    acts = (TRY_AGAIN,)
    readonly_fields = ("first_problems",)
    list_display = ("uri", "batch", "state", "line", "ordinal", "attempts", "last_error", created_column)
    list_filter = (ChoreFilter, "state")
    list_select_related = ("batch",)
    search_fields = ("uri", "batch__name")
    ordering = ("-created_at",)

    @admin.display(description=_("First lines that are no objects"))
    def first_problems(self, row: Manifest) -> str:
        return "\n".join(str(line) for line in row.bad_lines.order_by("number")[:20])


@admin.register(Review)
class ReviewAdmin(OperationsAdmin):
    acts = (TRY_AGAIN,)
    list_display = ("batch", "round", "sent_by", "attempts", "last_error", "done_at", created_column)
    list_filter = (ChoreFilter,)
    list_select_related = ("batch", "sent_by")
    search_fields = ("batch__name",)
    ordering = ("-created_at",)


@admin.register(Delivery)
class DeliveryAdmin(OperationsAdmin):
    acts = (
        Act(
            "retry",
            _("Try again"),
            services.retry_delivery,
            _("The delivery is tried again."),
            lambda d: d.state == "failed",
            icon="rotate-cw",
        ),
        Act(
            "try-again",
            _("Try again"),
            try_again,
            _("It is tried again."),
            lambda d: d.gave_up and d.state != "failed",
            icon="rotate-cw",
        ),
    )
    list_display = ("batch", "prefix", "round", "state", "written", "attempts", "last_error", created_column)
    list_filter = (ChoreFilter, "state")
    list_select_related = ("batch",)
    search_fields = ("prefix", "batch__name")
    ordering = ("-created_at",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "batch__id__exact" or super().lookup_allowed(lookup, value, request)


@admin.register(ObjectFeedback)
class ObjectFeedbackAdmin(OperationsAdmin):
    """What customers say of objects: seen at once, while the batch runs and after."""

    fields = ("data_object", "round", "author", "verdict", "comment", "updated_at", "created_at")
    list_display = ("comment_or_verdict", "verdict", "batch", "object_link", "author", "round", "updated_at")
    list_filter = ("verdict", "data_object__batch__state", ("comment", admin.EmptyFieldListFilter))
    list_select_related = ("data_object__batch__project__organization", "author")
    search_fields = ("comment", "author__email", "data_object__batch__name")
    ordering = ("-updated_at",)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "data_object__batch__id__exact" or super().lookup_allowed(lookup, value, request)

    def links(self, row: ObjectFeedback) -> list[dict[str, str]]:
        return [{"title": _("The object"), "url": object_url(row), "icon": "image"}]

    @admin.display(description=_("Comment"))
    def comment_or_verdict(self, row: ObjectFeedback) -> str:
        return row.comment[:120] or row.get_verdict_display()

    @admin.display(description=_("Batch"))
    def batch(self, row: ObjectFeedback) -> str:
        return str(row.data_object.batch)

    @admin.display(description=_("Object"))
    def object_link(self, row: ObjectFeedback) -> Any:
        return format_html('<a href="{}">{}</a>', object_url(row), row.data_object.ordinal + 1)


def object_url(row: ObjectFeedback) -> str:
    """Return the page of the object that somebody spoke of."""
    batch = row.data_object.batch
    return url_or_empty(
        "object", batch.project.organization.slug, batch.project.slug, batch.slug, row.data_object.public_id
    )
