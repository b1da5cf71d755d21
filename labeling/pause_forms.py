"""The forms with which operations pause workers and answer their appeals."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.models.pauses import MOST_WORDS
from projects.acting import RowForm
from workforce.models import Worker


class PauseForm(RowForm):
    """Whom of a job's team to pause, and why."""

    worker = forms.ModelChoiceField(label=_("Worker"), queryset=Worker.objects.none())
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The worker reads it. A habit alone is no proof: look at the answers first."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["worker"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = self.row.team.workers.select_related("user").order_by("user__name", "pk")


class LiftForm(forms.Form):
    """What the worker reads when they may go on."""

    answer = forms.CharField(
        label=_("Answer"), required=False, max_length=MOST_WORDS, widget=forms.Textarea(attrs={"rows": 4})
    )


class KeepForm(forms.Form):
    """Why the pause stays."""

    answer = forms.CharField(
        label=_("Answer"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The worker reads it beside what they wrote."),
    )
