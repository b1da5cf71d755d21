"""The forms that add a step to a project's workflow."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.desk_forms import teams_for
from labeling.models import WorkflowStep
from workforce.models import Team


class ValidateForm(forms.Form):
    """A step in which rules look at the labels."""

    most_flagged = forms.IntegerField(
        label=_("Labels that others look at again at most, %"),
        min_value=1,
        max_value=100,
        initial=10,
        help_text=_("The worst that the rules find, and a few by lot: what people say of them sets the thresholds."),
    )


class VerifyForm(forms.Form):
    """A step in which others label what the rules found."""

    title = forms.CharField(label=_("Title"), max_length=128, help_text=_("Workers see it above the task."))
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    workers_each = forms.IntegerField(
        label=_("Workers an object"),
        min_value=1,
        max_value=9,
        help_text=_("Their label takes the place of the earlier one."),
    )
    shows_label = forms.BooleanField(
        label=_("They begin with the label and mend it"),
        required=False,
        help_text=_("Quicker for shapes and regions. Who does not know the label judges it more freely."),
    )

    def __init__(self, labelling: WorkflowStep, data: Any = None, *, prefix: str = "") -> None:
        begun = {name: getattr(labelling, name) for name in ("title", "workers_each")} | {"team": labelling.team_id}
        super().__init__(data, prefix=prefix, initial=begun)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = teams_for(labelling.project)
