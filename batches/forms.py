"""Forms of the customer portal's batch pages. Rules of the domain stand in the services."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from batches.columns import TABLES
from batches.queries_batches import BatchFilters
from batches.queries_metrics import FIRST_RANGE_DAYS
from batches.queries_projects import SHOWS, SORTS, ProjectFilters
from batches.states import BatchState
from groundtruth import clock
from groundtruth.storage.addresses import uri_problem
from projects.models import Project
from projects.states import ProjectState

MAX_RANGE_DAYS = 366


class LenientForm(forms.Form):
    """A form of a page's address: a value that makes no sense is as if it were not there."""

    def values(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class ProjectFiltersForm(LenientForm):
    show = forms.ChoiceField(choices=[(name, name) for name in SHOWS], required=False)
    q = forms.CharField(max_length=120, required=False)
    status = forms.ChoiceField(choices=[("", _("Any status")), *ProjectState.choices], required=False)
    sort = forms.ChoiceField(choices=[(name, name) for name in SORTS], required=False)
    after = forms.SlugField(max_length=20, required=False)

    def filters(self) -> ProjectFilters:
        return ProjectFilters(**self.values())


class BatchFiltersForm(LenientForm):
    q = forms.CharField(max_length=120, required=False)
    status = forms.ChoiceField(choices=[("", _("Any status")), *BatchState.choices], required=False)
    after = forms.SlugField(max_length=20, required=False)

    def filters(self) -> BatchFilters:
        return BatchFilters(**self.values())


class ColumnsForm(forms.Form):
    table = forms.ChoiceField(choices=[(name, name) for name in TABLES])
    col = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = TABLES.get(self.data.get("table", ""), {})
        self.fields["col"].choices = list(known.items())


class BatchForm(forms.Form):
    """A new batch. *Check* and *Submit* are two buttons of one form."""

    name = forms.CharField(label=_("Batch name"), max_length=63, help_text=_("Unique in the project, such as week-46."))
    description = forms.CharField(
        label=_("Batch description"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    input_uri = forms.CharField(
        label=_("Location of the input data"),
        max_length=1100,
        help_text=_("A folder such as s3://bucket/folder/ or a manifest such as s3://bucket/input.manifest."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )
    output_uri = forms.CharField(
        label=_("Location for the output data"),
        max_length=1100,
        help_text=_("Labels are written below this folder. This one is your project's own."),
        widget=forms.TextInput(attrs={"spellcheck": "false", "autocapitalize": "off"}),
    )

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    def clean_input_uri(self) -> str:
        return _address(self.cleaned_data["input_uri"])

    def clean_output_uri(self) -> str:
        uri = _address(self.cleaned_data["output_uri"])
        return uri if uri.endswith("/") else f"{uri}/"


def _address(text: str) -> str:
    """Return a location as typed, said beside its field where it is none."""
    uri = text.strip()
    if problem := uri_problem(uri):
        raise forms.ValidationError(problem)
    return uri


def own_output(project: Project) -> str:
    """Return the project's own place for results."""
    return f"s3://{settings.GROUNDTRUTH_BUCKET}/{project.prefix}out/"


class DecisionForm(forms.Form):
    verdict = forms.ChoiceField(choices=[("accept", _("Accept")), ("reject", _("Reject"))])
    reason = forms.CharField(max_length=4000, required=False)


class AskForm(forms.Form):
    wish = forms.ChoiceField(choices=[("pause", _("Pause")), ("resume", _("Resume"))])
    reason = forms.CharField(max_length=500, error_messages={"required": _("Say why: operations read it.")})


class CloseForm(forms.Form):
    reason = forms.CharField(max_length=300, error_messages={"required": _("Say why the batch is closed.")})


class MetricsForm(LenientForm):
    """What is measured and when. Without dates it is the last two weeks; one date alone is that day."""

    scope = forms.CharField(label=_("What"), max_length=40, required=False)
    first = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def range(self) -> tuple[date, date]:
        """Return the first and last day, in order, at most a year; the page says it in its fields."""
        values = self.values()
        today = clock.today()
        if "first" not in values and "last" not in values:
            return today - timedelta(days=FIRST_RANGE_DAYS - 1), today
        last = values.get("last", values.get("first"))
        first = values.get("first", last)
        first, last = min(first, last), max(first, last)
        return max(first, last - timedelta(days=MAX_RANGE_DAYS - 1)), last
