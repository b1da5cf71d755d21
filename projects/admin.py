"""Projects, their customers and what they may read, as operations see them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from groundtruth import clock
from groundtruth.states import Refused
from groundtruth.templatetags.house import relative_time, state_badge
from groundtruth.work import MAX_ATTEMPTS, ring_again
from projects import invitations, services, staff
from projects.acting import Act, OperationsAdmin, QuestionFilter
from projects.audit import record
from projects.models import (
    AuditEvent,
    DataGrant,
    Invitation,
    LabelSchema,
    Membership,
    Notice,
    Organization,
    Project,
    Quote,
    Role,
    User,
)
from projects.project_acts import PROJECT_ACTS

# --- columns ------------------------------------------------------------------------------------------


@admin.display(description=_("Status"), ordering="state")
def state_column(row: Any) -> Any:
    label = row.get_state_display() if hasattr(row, "get_state_display") else row.state
    return render_to_string("components/_status.html", state_badge(row.state, label))


@admin.display(description=_("Since"), ordering="state_since")
def age_column(row: Any) -> Any:
    return relative_time(row.state_since)


@admin.display(description=_("Created"), ordering="created_at")
def created_column(row: Any) -> Any:
    return relative_time(row.created_at)


def guideline_link(project: Project) -> Any:
    """Return the guideline's name as a link to the file, which is read before the request is approved."""
    url = reverse("guideline", args=[project.organization.slug, project.slug])
    return format_html('<a href="{}" download>{}</a>', url, project.guideline_name) if project.guideline_name else ""


class WaitsFilter(QuestionFilter):
    """What operations ask of a list each morning."""

    title = _("waits for operations")
    parameter_name = "waits"

    def questions(self, request: HttpRequest) -> dict[str, tuple[Any, Q]]:
        return {
            "mine": (_("Mine"), Q(owner=request.user.pk)),
            "nobody": (_("Nobody’s"), Q(owner=None, closed_at=None)),
            "asked": (_("Pause or resume asked for"), ~Q(ask="")),
            "closed": (_("Closed"), Q(closed_at__isnull=False)),
        }


# --- projects -----------------------------------------------------------------------------------------


class ProjectAdmin(OperationsAdmin):
    """Registered by `labeling.admin`, which adds the acts that need batches and the workflow."""

    acts = PROJECT_ACTS
    editable = ("owner", "sample_percent", "retention_days")
    readonly_fields = ("guideline",)
    list_display = ("title", "organization", state_column, age_column, "owner", "ask")
    list_filter = (WaitsFilter, "state", "stage", "modality")
    list_select_related = ("organization", "owner")
    search_fields = ("title", "organization__name", "contact_email")
    ordering = ("-state_since",)
    fieldsets = (
        (None, {"fields": ("organization", "owner", "sample_percent", "retention_days")}),
        (
            _("Where it stands"),
            {"fields": ("state", "state_since", "stage", "ask", "ask_reason", "ask_at", "closed_reason", "closed_at")},
        ),
        (_("Consultation"), {"fields": ("consultation_at", "consultation_notes")}),
        (
            _("The request"),
            {
                "fields": (
                    "title",
                    "description",
                    "modality",
                    "task_type",
                    "categories",
                    "guideline",
                    "objects_expected",
                    "target",
                    "turnaround_days",
                    "languages",
                    "wish",
                    "machine_wish",
                    "contains_pii",
                )
            },
        ),
        (
            _("Who asked"),
            {
                "fields": (
                    "first_name",
                    "last_name",
                    "contact_email",
                    "requested_by",
                    "created_at",
                    "attested_by",
                    "attested_at",
                )
            },
        ),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_staff=True, is_active=True).order_by("email")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.display(description=_("Guideline"))
    def guideline(self, row: Project) -> Any:
        return guideline_link(row) or "–"

    def act_context(self, request: HttpRequest, act: Act, row: Project) -> dict[str, Any]:
        if act.name not in ("approve", "decline", "consultation"):
            return {}
        facts = [
            (_("Customer"), row.organization),
            (_("Asked by"), f"{row.first_name} {row.last_name}, {row.contact_email}"),
            (_("What for"), row.description),
            (_("Categories"), ", ".join(row.categories)),
            (_("Objects"), row.objects_expected),
            (_("Wanted accuracy"), f"{row.target} %" if row.target else ""),
            (_("Wanted within"), _("%(n)d days") % {"n": row.turnaround_days} if row.turnaround_days else ""),
            (_("Languages"), row.languages),
            (_("Workforce"), row.get_wish_display()),
            (_("Personal data"), {True: _("yes"), False: _("no"), None: _("not said")}[row.contains_pii]),
            (_("Guideline"), guideline_link(row)),
            (_("Attested"), _("no PHI, PCI or FedRAMP data, by %(who)s") % {"who": row.attested_by}),
        ]
        others = [
            self.button(row, other) for other in self.offered(request, row) if other.name in ("consultation", "decline")
        ]
        return {
            "facts": [(name, value) for name, value in facts if value],
            "others": others if act.name == "approve" else [],
        }


# --- customers and people -----------------------------------------------------------------------------


class FoundForm(forms.Form):
    name = forms.CharField(label=_("Name of the organization"), max_length=120)
    email = forms.EmailField(
        label=_("Its first owner"),
        max_length=254,
        help_text=_("They are invited by mail, and invite the others themselves."),
    )


class InviteForm(forms.Form):
    emails_text = forms.CharField(
        label=_("Addresses"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Up to 50, separated by commas or lines."),
    )
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.MANAGER)


def _invite(organization: Organization, by: User, *, emails_text: str, role: str) -> None:
    """Invite, and refuse in the words of each address where nobody could be."""
    results = invitations.invite(organization, emails_text, role=role, by=by)
    if not any(result.sent for result in results):
        raise Refused(" ".join(f"{result.email}: {result.sentence}" for result in results))


class Members(admin.TabularInline):
    model = Membership
    extra = 0
    can_delete = False
    fields = readonly_fields = ("user", "role", "created_at")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_staff)


@admin.register(Organization)
class OrganizationAdmin(OperationsAdmin):
    begin = Act(
        "found",
        _("Invite a new customer"),
        invitations.found_for,
        _("{row} is founded, and its owner invited."),
        form=FoundForm,
    )
    acts = (
        Act(
            "invite",
            _("Invite people"),
            _invite,
            _("Invited."),
            lambda o: o.suspended_at is None,
            InviteForm,
            icon="mail",
        ),
    )
    editable = ("name",)
    inlines = (Members,)
    list_display = ("name", "slug", created_column, "suspended_at")
    list_filter = (("suspended_at", admin.EmptyFieldListFilter),)
    search_fields = ("name", "slug")
    ordering = ("name",)


class PersonForm(forms.Form):
    email = forms.EmailField(
        label=_("E-mail"), max_length=254, help_text=_("They get a mail with a link to set a password.")
    )
    name = forms.CharField(label=_("Name"), max_length=120)


@admin.register(User)
class UserAdmin(OperationsAdmin):
    begin = Act(
        "add",
        _("Add a person"),
        staff.add_person,
        _("{row} has an account, and a mail to set a password."),
        form=PersonForm,
    )
    acts = (
        Act(
            "make-staff",
            _("Let into operations"),
            staff.make_staff,
            _("{row} is of operations."),
            lambda u: not u.is_staff,
            warning=_("They will see every customer's projects and may do every act of this desk."),
            icon="shield",
        ),
        Act(
            "end-staff",
            _("Take off operations"),
            staff.end_staff,
            _("{row} is no longer of operations."),
            lambda u: u.is_staff and not u.is_superuser,
            warning=_("They are signed out at once."),
            icon="shield-off",
        ),
        Act(
            "lock-out",
            _("Lock out"),
            staff.lock_out,
            _("{row} can no longer sign in."),
            lambda u: u.is_active and not u.is_staff,
            warning=_("They are signed out at once and cannot sign in again until they are let in."),
            icon="lock",
            dangerous=True,
        ),
        Act(
            "let-in",
            _("Let in again"),
            staff.let_in,
            _("{row} may sign in again."),
            lambda u: not u.is_active,
            icon="lock-open",
        ),
    )
    editable = ("name",)
    fields = ("email", "name", "is_active", "is_staff", "is_superuser", "last_login", "created_at")
    list_display = ("email", "name", "is_staff", "is_active", "last_login", created_column)
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)

    def offered(self, request: HttpRequest, row: User) -> list[Act]:
        """Only an administrator decides who is of operations."""
        acts = super().offered(request, row)
        return acts if request.user.is_superuser else [act for act in acts if not act.name.endswith("-staff")]


@admin.register(Invitation)
class InvitationAdmin(OperationsAdmin):
    fields = ("organization", "email", "role", "invited_by", "expires_at", "accepted_at", "created_at")
    acts = (
        Act(
            "resend",
            _("Send again"),
            invitations.resend,
            _("A new link is on its way."),
            lambda i: i.accepted_at is None,
            icon="send",
        ),
    )
    list_display = ("email", "organization", "role", "expires_at", "accepted_at", created_column)
    list_filter = (("accepted_at", admin.EmptyFieldListFilter), "role")
    list_select_related = ("organization",)
    search_fields = ("email", "organization__name")
    ordering = ("-created_at",)


# --- what hangs on a project ----------------------------------------------------------------------------


def _verify(grant: DataGrant, by: User) -> None:
    if problem := services.verify_grant(grant, by):
        raise Refused(problem)


@admin.register(DataGrant)
class DataGrantAdmin(OperationsAdmin):
    acts = (
        Act(
            "verify",
            _("Test access now"),
            _verify,
            _("The place can be listed."),
            lambda g: g.revoked_at is None,
            icon="plug-zap",
        ),
        Act(
            "revoke",
            _("Revoke"),
            services.revoke_grant,
            _("Leave is taken back."),
            lambda g: g.revoked_at is None,
            warning=_("Nothing of this place can be read or written for the project from now on."),
            icon="ban",
            dangerous=True,
        ),
    )
    list_display = ("__str__", "project", "direction", "verified_at", "revoked_at")
    list_filter = ("direction", ("revoked_at", admin.EmptyFieldListFilter), ("verified_at", admin.EmptyFieldListFilter))
    list_select_related = ("project",)
    search_fields = ("bucket", "prefix", "project__title")
    ordering = ("-created_at",)


@admin.register(Quote)
class QuoteAdmin(OperationsAdmin):
    list_display = ("__str__", "project", "number", "created_by", created_column, "accepted_name", "accepted_at")
    list_filter = (("accepted_at", admin.EmptyFieldListFilter), "currency")
    list_select_related = ("project", "created_by")
    search_fields = ("project__title",)
    ordering = ("-created_at",)


@admin.register(LabelSchema)
class LabelSchemaAdmin(OperationsAdmin):
    list_display = ("project", "version", "names", created_column)
    list_select_related = ("project",)
    search_fields = ("project__title",)
    ordering = ("-created_at",)
    readonly_fields = ("names",)
    exclude = ("categories",)

    @admin.display(description=_("Categories"), empty_value="-")
    def names(self, row: LabelSchema) -> str | None:
        return ", ".join(row.categories) or None


@admin.register(AuditEvent)
class AuditEventAdmin(OperationsAdmin):
    list_display = ("at", "actor", "verb", "target_type", "target_id", "data", "sealed_no")
    list_filter = ("target_type", ("hash", admin.EmptyFieldListFilter))
    search_fields = ("actor", "verb", "=target_id", "=request_id")
    ordering = ("-at", "-id")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in ("target_id", "project_id") or super().lookup_allowed(lookup, value, request)


class MailFilter(admin.SimpleListFilter):
    title = _("what became of it")
    parameter_name = "fate"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("sent", _("Sent")), ("waits", _("Waits")), ("failed", _("Given up")), ("today", _("Of today"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        chosen = {
            "sent": Q(sent_at__isnull=False),
            "waits": Q(sent_at=None, done_at=None, attempts__lte=MAX_ATTEMPTS),
            "failed": Q(sent_at=None, done_at=None, attempts__gt=MAX_ATTEMPTS),
            "today": Q(created_at__gte=clock.now() - timedelta(days=1)),
        }
        return queryset.filter(chosen[self.value()]) if self.value() in chosen else queryset


def send_again(notice: Notice, by: User) -> None:
    """Start over a mail that was not sent. Raises Refused for one that was: nobody gets a mail twice."""
    if notice.sent_at:
        raise Refused("This mail was sent. Nobody gets one twice.")
    record("send again", by, notice)
    ring_again(notice)


@admin.register(Notice)
class NoticeAdmin(OperationsAdmin):
    acts = (
        Act(
            "send",
            _("Send again"),
            send_again,
            _("The mail waits to be sent."),
            lambda n: n.sent_at is None,
            icon="send",
        ),
    )
    fields = ("kind", "recipient", "payload", "created_at", "sent_at", "attempts", "last_error", "key")
    list_display = ("kind", "recipient", created_column, "sent_at", "attempts", "last_error")
    list_filter = (MailFilter, "kind")
    search_fields = ("recipient", "kind", "key")
    ordering = ("-created_at",)
