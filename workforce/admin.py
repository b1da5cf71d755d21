"""Who may label, as operations see them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from projects.acting import Act, OperationsAdmin
from projects.admin import created_column
from workforce import services, vendors
from workforce.models import Staffing, Team, Vendor, Worker, WorkerQuality, WorkerStatus


class VendorForm(forms.ModelForm):
    class Meta:
        model = Vendor
        fields = ("name", "tier", "organization", "region")


class TeamForm(forms.ModelForm):
    class Meta:
        model = Team
        fields = ("vendor", "name")


class WorkerForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"), max_length=254, help_text=_("They get a mail with a link to begin."))
    name = forms.CharField(label=_("Name"), max_length=120)
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), queryset=Team.objects.select_related("vendor"), help_text=_("All of the same vendor.")
    )

    def clean_teams(self) -> list[Team]:
        return list(self.cleaned_data["teams"])


@admin.register(Vendor)
class VendorAdmin(OperationsAdmin):
    begin = Act("add", _("Add a vendor"), vendors.add_vendor, _("{row} is added."), form=VendorForm)
    acts = (
        Act(
            "stop",
            _("Delist"),
            vendors.delist,
            _("{row} is delisted."),
            lambda v: v.active,
            warning=_("Its people get no new tasks. What they hold they may finish."),
            icon="ban",
            dangerous=True,
        ),
        Act("list", _("List again"), vendors.list_again, _("{row} is listed again."), lambda v: not v.active),
    )
    editable = ("name",)
    list_display = ("name", "tier", "region", "organization", "active", created_column)
    list_filter = ("tier", "active", "region")
    list_select_related = ("organization",)
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(Team)
class TeamAdmin(OperationsAdmin):
    begin = Act("add", _("Add a team"), vendors.add_team, _("{row} is added."), form=TeamForm)
    editable = ("name",)
    list_display = ("name", "vendor", created_column)
    list_filter = ("vendor",)
    list_select_related = ("vendor",)
    search_fields = ("name", "vendor__name")
    ordering = ("vendor__name", "name")


def _usable(worker: Worker) -> bool:
    return worker.status != WorkerStatus.DISABLED


@admin.register(Worker)
class WorkerAdmin(OperationsAdmin):
    begin = Act("add", _("Add a worker"), services.add_worker, _("{row} is added, and has a mail."), form=WorkerForm)
    acts = (
        Act(
            "disable",
            _("Disable"),
            services.disable,
            _("{row} gets no new tasks."),
            _usable,
            warning=_("They get no new tasks. What they hold goes back when its time is over."),
            icon="user-x",
            dangerous=True,
        ),
        Act(
            "enable",
            _("Enable"),
            services.enable,
            _("{row} may work again."),
            lambda w: not _usable(w),
            icon="user-check",
        ),
    )
    editable = ("teams", "languages", "country")
    list_display = ("user", "vendor", "status", "languages", "country", "nda_at", created_column)
    list_filter = ("status", "vendor", "teams")
    list_select_related = ("user", "vendor")
    search_fields = ("user__email", "user__name", "public_id")
    ordering = ("user__email",)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        match = request.resolver_match
        worker = self.get_object(request, match.kwargs.get("object_id", "")) if match else None
        if db_field.name == "teams" and worker is not None:  # a worker's teams are all of one vendor
            kwargs["queryset"] = Team.objects.filter(vendor=worker.vendor_id)
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Staffing)
class StaffingAdmin(OperationsAdmin):
    list_display = ("project", "team", "role", created_column)
    list_filter = ("role", "team")
    list_select_related = ("project", "team__vendor")
    search_fields = ("project__title", "team__name")
    ordering = ("-created_at",)


@admin.register(WorkerQuality)
class WorkerQualityAdmin(OperationsAdmin):
    fields = ("worker", "task_type", "seen", "right", "updated_at")
    list_display = ("worker", "task_type", "seen", "share_right", "updated_at")
    list_filter = ("task_type",)
    list_select_related = ("worker__user",)
    search_fields = ("worker__user__email", "worker__user__name")
    ordering = ("-seen",)

    @admin.display(description=_("Agrees with the label"))
    def share_right(self, row: WorkerQuality) -> str:
        return f"{100 * row.right / row.seen:.0f} %" if row.seen else ""
