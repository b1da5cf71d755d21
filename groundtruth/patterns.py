"""The page of all components in every state and both themes, for staff: a new style is seen here first."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from groundtruth import clock, statuses
from groundtruth.charts import (
    Bar,
    Chart,
    Point,
    Target,
    Text,
    bar_chart,
    day_line_chart,
    line_chart,
    reliability_chart,
)
from groundtruth.interval_charts import interval_chart

THEMES = (("light", _("Light theme")), ("dark", _("Dark theme")))


class SpecimenForm(forms.Form):
    """One field of each kind. Bound to `WRONG_ANSWERS` it shows the errors too."""

    batch_name = forms.CharField(label=_("Batch name"), help_text=_("Unique in the project"), max_length=60)
    input_uri = forms.CharField(label=_("Input location"))
    region = forms.CharField(
        label=_("Region"), disabled=True, initial="eu-central", help_text=_("Set by your contract")
    )
    role = forms.ChoiceField(label=_("Role"), choices=[("reader", _("Reader")), ("owner", _("Owner"))])
    description = forms.CharField(label=_("Description"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    manifest = forms.FileField(label=_("Manifest"), required=False)
    task_type = forms.ChoiceField(
        label=_("Task type"),
        widget=forms.RadioSelect,
        choices=[("image", _("Image")), ("audio", _("Audio")), ("point_cloud", _("3D point cloud"))],
    )
    access = forms.ChoiceField(
        label=_("Data access"),
        widget=forms.RadioSelect,
        choices=[("new", _("Create a new role")), ("kept", _("Use a role that is set up"))],
    )
    mail = forms.BooleanField(label=_("Mail me"), required=False)

    def clean_input_uri(self) -> str:
        if not self.cleaned_data["input_uri"].endswith("/"):
            raise forms.ValidationError(_("No file stands under this prefix. End it with a slash?"))
        return self.cleaned_data["input_uri"]


WRONG_ANSWERS = {
    "batch_name": "week-47",
    "input_uri": "s3://kestrel-raw/w47",
    "role": "owner",
    "task_type": "image",
    "access": "kept",
    "mail": "on",
}


def patterns(request: HttpRequest) -> HttpResponse:
    """Show the page to staff; for anybody else there is no such page."""
    if not (request.user.is_active and getattr(request.user, "is_staff", False)):
        raise Http404
    return render(request, "groundtruth/patterns.html", pattern_context())


def pattern_context() -> dict[str, Any]:
    """Return what the page shows: the specimens of each theme, alike but for their ids."""
    return {"themes": [{"code": code, "title": title, **_specimens(code)} for code, title in THEMES]}


def _specimens(theme: str) -> dict[str, Any]:
    now = clock.now()
    return {
        "form": _form(theme),
        "project_states": _state_rows(statuses.PROJECT),
        "batch_states": _state_rows(statuses.BATCH),
        "work_states": _state_rows({**statuses.JOB, **statuses.TASK, **statuses.LABEL}),
        "kinds": [(code, code.replace("_", " ").capitalize()) for code in statuses.MODALITY_ICONS],
        "running": RUNNING,
        "failed": FAILED,
        "charts": _charts(theme),
        "recent": now - timedelta(hours=2),
        "earlier": now - timedelta(days=31),
        "columns": COLUMNS,
        "tabs": TABS,
        "spark": (1236, 1500, 1728, 1360),
    }


def _form(theme: str) -> SpecimenForm:
    # Each theme has its own names: radio buttons of one name on one page are one group.
    form = SpecimenForm({f"{theme}-{name}": value for name, value in WRONG_ANSWERS.items()}, prefix=theme)
    form.is_valid()
    return form


def _state_rows(looks: dict[str, statuses.Look]) -> list[tuple[str, str]]:
    """Return (code, word); real pages take the word from the models, which stand above this package."""
    return [(code, re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", code).capitalize()) for code in looks]


def _charts(theme: str) -> list[Chart]:
    days = [Bar("Mon 16", 412), Bar("Tue 17", 355, 424), Bar("Wed 18", 342, 702), Bar("Thu 19", 258, 586)]
    expected = [Bar("Fri 20", expected=940), Bar("Mon 23", expected=770)]
    season = [Bar(f"{1 + i % 30} {('Sep', 'Oct', 'Nov')[i // 30]}", 300 + 7 * i, i * i // 3) for i in range(90)]
    quality = [
        Point(500, 0.74, 0.70, 0.78, "1"),
        Point(800, 0.83, 0.80, 0.86, "2"),
        Point(1100, 0.85, 0.83, 0.87, "3"),
        Point(1367, 0.86, 0.84, 0.88, "4"),
    ]
    said = [
        Point(0.55, 0.52, 0.45, 0.59),
        Point(0.65, 0.63, 0.57, 0.69),
        Point(0.75, 0.77, 0.72, 0.82),
        Point(0.85, 0.86, 0.82, 0.90),
        Point(0.95, 0.96, 0.94, 0.98),
    ]
    agreed = [Point(i, 0.82 + 0.01 * (i % 5), label=f"{16 + i} Nov") for i in range(7)]
    by_category = [
        Point(412, 0.41, 0.33, 0.49, "crane"),
        Point(300, 0.72, 0.61, 0.81, "a rather long name of a bird"),
        Point(980, 0.93, 0.90, 0.95, "heron"),
    ]
    names = (str(_("Iteration")), str(_("Human labels")), str(_("Mean IoU")))
    return [
        bar_chart(
            Text(str(_("Objects completed by day")), "3,079 of 4,800", key=f"{theme}-d", csv_url="#"),
            [*days, *expected],
        ),
        bar_chart(Text(str(_("Ninety days")), key=f"{theme}-s"), season),
        bar_chart(Text(str(_("One day, large")), key=f"{theme}-o"), [Bar("Thu 19", 1_204_600, 830_000)]),
        bar_chart(Text(str(_("No day")), key=f"{theme}-n", empty=str(_("Drawn once the first day is over."))), []),
        line_chart(
            Text(
                str(_("Model quality by iteration")),
                str(_("mean IoU against human labels used")),
                key=f"{theme}-l",
            ),
            quality,
            names=names,
            target=Target(0.80, str(_("promise 0.80"))),
        ),
        day_line_chart(Text(str(_("Agreement by day")), key=f"{theme}-a"), agreed, name=str(_("Agreement"))),
        reliability_chart(
            Text(str(_("Is the confidence true?")), str(_("share right, by confidence said")), key=f"{theme}-r"),
            said,
        ),
        interval_chart(
            Text(str(_("Agreement by category")), str(_("alpha of each against all others")), key=f"{theme}-i"),
            by_category,
            names=(str(_("Category")), str(_("Alpha"))),
        ),
    ]


RUNNING = [
    {"title": _("Request submitted"), "when": "16 Nov, 08:02", "state": "done"},
    {"title": _("Data transfer in-progress"), "when": "08:03", "state": "done"},
    {"title": _("Data received"), "when": "08:41", "state": "done"},
    {"title": _("In-progress"), "when": _("since 09:00"), "state": "now"},
    {"title": _("Ready for review"), "when": _("expected 23 Nov"), "state": ""},
]
FAILED = [
    {"title": _("Request submitted"), "when": "08:02", "state": "done"},
    {"title": _("Data transfer failed"), "when": "08:05", "state": "bad"},
    {"title": _("Data received"), "when": "", "state": ""},
]
COLUMNS = [
    {"value": "status", "label": _("Status"), "checked": True},
    {"value": "created", "label": _("Creation date"), "checked": False},
]
TABS = [
    {"title": _("Everything"), "url": "#", "current": True, "count": 14, "lit": False},
    {"title": _("Mine"), "url": "#", "current": False, "count": 4, "lit": True},
    {"title": _("Settled"), "url": "#", "current": False, "count": None, "lit": False},
]
