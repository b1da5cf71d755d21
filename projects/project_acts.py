"""What operations do to a project itself, with their forms; what needs its batches stands in `labeling.admin`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from projects import services, staff
from projects.acting import Act, ReasonForm, RowForm, may
from projects.models import Direction, Project


class PlacesForm(RowForm):
    """Where the project's data lies and where its results go, one address a line."""

    input_places = forms.CharField(
        label=_("Places to read from"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "One address a line, such as s3://bucket/folder/. Each is listed once before it is granted. "
            "The project's own folder for uploads is granted without asking."
        ),
    )
    output_places = forms.CharField(
        label=_("Places to write to"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_("Results are written below these. Without one they go to the project's own folder."),
    )

    def clean_input_places(self) -> list[str]:
        return _lines(self.cleaned_data["input_places"])

    def clean_output_places(self) -> list[str]:
        return _lines(self.cleaned_data["output_places"])


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class ConsultationForm(RowForm):
    at = forms.DateTimeField(
        label=_("Date and time, UTC"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("The customer is told a new time by mail."),
    )
    notes = forms.CharField(
        label=_("Notes"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "What the customer needs, what the price may be, how large the review sample is. Only operations read it."
        ),
    )

    def initial_of(self, row: Any) -> dict[str, Any]:
        return {"at": row.consultation_at, "notes": row.consultation_notes}


class PriceForm(RowForm):
    amount = forms.DecimalField(
        label=_("Price an object"),
        min_value=Decimal("0.01"),
        max_digits=9,
        decimal_places=2,
        help_text=_("In whole units of the currency: 0.12 is twelve cents."),
    )
    currency = forms.CharField(label=_("Currency"), min_length=3, max_length=3, initial="EUR")

    def initial_of(self, row: Any) -> dict[str, Any]:
        last = row.quotes.order_by("-number").first()
        return {"amount": Decimal(last.price) / 100, "currency": last.currency} if last else {"currency": "EUR"}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        return {"price": int(given["amount"] * 100), "currency": given["currency"]} if len(given) == 2 else given


class PauseForm(RowForm):
    reason = forms.CharField(label=_("The customer's reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def initial_of(self, row: Any) -> dict[str, Any]:
        return {"reason": row.ask_reason}


class GrantForm(RowForm):
    direction = forms.ChoiceField(label=_("Leave to"), choices=Direction.choices)
    uri = forms.CharField(
        label=_("Place"),
        max_length=1100,
        help_text=_("Such as s3://bucket/folder/. It is listed once before it is granted."),
    )


def _open(project: Project) -> bool:
    return project.closed_at is None


def _may_sign(project: Project) -> bool:
    """Whether the customer accepted the price: before, the service would refuse."""
    return may("sign")(project) and project.quotes.filter(accepted_at__isnull=False).exists()


PROJECT_ACTS = (
    Act(
        "approve",
        _("Approve"),
        services.approve,
        _("{row} is approved, and its places are granted."),
        may("approve"),
        PlacesForm,
    ),
    Act(
        "consultation",
        _("Note consultation"),
        services.note_consultation,
        _("The consultation is noted."),
        _open,
        ConsultationForm,
        icon="phone",
    ),
    Act(
        "price",
        _("Enter price"),
        services.price,
        _("The price is entered, and the customer told."),
        lambda p: _open(p) and p.state in ("pilot_complete", "pricing_complete"),
        PriceForm,
        icon="tag",
    ),
    Act(
        "sign",
        _("Contract executed"),
        services.sign,
        _("The contract is executed."),
        _may_sign,
        warning=_("This records that both sides signed. It cannot be taken back."),
        icon="pen-line",
    ),
    Act(
        "go-live",
        _("Go live"),
        services.go_live,
        _("Production has begun."),
        may("go_live"),
        warning=_("Batches from now on are production batches. It cannot be taken back."),
        icon="circle-play",
    ),
    Act("pause", _("Pause"), services.pause, _("{row} is paused."), may("pause"), PauseForm, icon="circle-pause"),
    Act("resume", _("Resume"), services.resume, _("{row} goes on."), may("resume"), icon="circle-play"),
    Act(
        "grant",
        _("Grant a place"),
        services.add_grant,
        _("The place is granted."),
        lambda p: _open(p) and p.state != "review_in_progress",
        GrantForm,
        icon="key-round",
    ),
    Act(
        "take",
        _("Take it"),
        staff.take,
        _("{row} is yours."),
        lambda p: _open(p) and p.owner_id is None,
        icon="user-plus",
    ),
    Act(
        "decline",
        _("Decline"),
        services.close_request,
        _("{row} is closed, and the customer told."),
        lambda p: _open(p) and p.state in services.CLOSABLE,
        ReasonForm,
        warning=_("The customer reads the reason. It cannot be taken back."),
        icon="ban",
        dangerous=True,
    ),
)
