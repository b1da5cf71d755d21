"""The forms of the desk's pages for known answers."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from labeling.desk_forms import PercentField
from labeling.services.gold_setting import EXPLANATION, MOST_PROMOTED


class PromoteForm(forms.Form):
    """Which labels become known answers."""

    count = forms.IntegerField(
        label=_("Labels to promote"),
        min_value=1,
        max_value=MOST_PROMOTED,
        initial=20,
        help_text=_("In turns from each category: of each those called right in a review first, then the surest."),
    )
    least = PercentField(
        label=_("At least as sure as, %"), initial=0.98, help_text=_("By the confidence of the final label.")
    )


class GoldForm(forms.Form):
    """A known answer, set by hand. `answer` is JSON, as the tool gave it."""

    answer = forms.CharField(widget=forms.HiddenInput(), strip=False, max_length=settings.MAX_ANSWER_BYTES)
    explanation = forms.CharField(
        label=_("Why it is right"),
        required=False,
        max_length=EXPLANATION,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("A worker who missed it reads this, where the job tells them. Two kind sentences are enough."),
    )
