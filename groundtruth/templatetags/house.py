"""The house's template tags. A builtin of every template: nothing has to be loaded.

{% icon "name" "css" %}, {% state_badge code label filled %}, {% kind_badge code label %}, {% field bound %},
{% progress people machine failed total %}, {% done_bar done total title %}, {% tile label value note %},
{% legend … %}, {% chart chart %}, {% spark values title %}, {% form_errors form %}.
Filters: relative_time, day, thousands, zero, money, size, span, share, cell, labelled.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Literal

from django import forms, template
from django.forms import BoundField
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from lucide import IconDoesNotExist
from lucide.templatetags.lucide import lucide

from groundtruth import clock, figures
from groundtruth.chart_marks import Chart, plain_number, units
from groundtruth.charts import spark_path
from groundtruth.statuses import MODALITY_ICONS, look_of

register = template.Library()

Missing = Literal[""] | None  # a name that the context lacks is ""

MISSING_ICON = "circle-dashed"
SLIVER, GAP = 0.9, 0.2  # units of 100: what failed stays visible, and people part from machine without colour
TEXT_CSS = {forms.Textarea: "textarea", forms.Select: "select", forms.ClearableFileInput: "input input-file"}


@lru_cache(maxsize=512)
def icon_svg(name: str, css: str) -> SafeString:
    """Return a lucide icon as inline SVG, hidden from screen readers: the word beside it speaks."""
    try:
        svg = lucide(name, size=16, **{"class": f"icon {css}".strip(), "aria-hidden": "true"})
    except IconDoesNotExist:
        svg = lucide(MISSING_ICON, size=16, **{"class": f"icon {css}".strip(), "aria-hidden": "true"})
    return mark_safe(" ".join(svg.split()).replace("> <", "><"))  # the wheel's own markup


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """Write an icon by its lucide name; a name that lucide dropped becomes a dashed ring."""
    return icon_svg(str(name), str(css))


@register.inclusion_tag("components/_status.html")
def state_badge(code: str, label: str, filled: bool = False) -> dict[str, Any]:
    """Write a state: coloured icon and plain word; filled once a page, beside the title."""
    look = look_of(str(code))
    return {"tone": look.tone, "icon": look.icon, "label": label, "filled": filled}


@register.inclusion_tag("components/_status.html")
def kind_badge(code: str, label: str) -> dict[str, Any]:
    """Write what kind of data it is: image, text, video, audio, point cloud, custom."""
    return {"tone": "", "icon": MODALITY_ICONS.get(str(code), "box"), "label": label, "filled": False}


@register.inclusion_tag("components/_progress.html")
def progress(people: int, machine: int, failed: int, total: int, tall: bool = False) -> dict[str, Any]:
    """Write the bar of people, machine, remaining and, at the far end, failed; its counts are its title."""
    remaining = max(total - people - machine - failed, 0)
    return {
        "title": figures.bar_title(people, machine, remaining, failed),
        "parts": bar_parts(people, machine, failed, total),
        "tall": tall,
    }


@register.inclusion_tag("components/_progress.html")
def done_bar(done: int, total: int, title: str) -> dict[str, Any]:
    """Write how much of one act is done, such as files copied; the title says it in words."""
    width = min(100 * done / total, 100) if total else 0
    return {"title": title, "parts": [("plain", "0.0", units(width))] if width else [], "tall": False}


@register.inclusion_tag("components/_legend.html")
def legend(people: int, machine: int, failed: int, total: int) -> dict[str, Any]:
    """Write the counts of a progress bar beside its colours."""
    return {
        "total": total,
        "people": people,
        "machine": machine,
        "remaining": max(total - people - machine - failed, 0),
        "failed": failed,
    }


def bar_parts(people: int, machine: int, failed: int, total: int) -> list[tuple[str, str, str]]:
    """Return (class, x, width) in units of 100, in the order people, machine, failed at the far end."""
    if total <= 0:
        return []
    failed_width = max(100 * failed / total, SLIVER) if failed else 0.0
    room = 100 - failed_width
    people_width = min(100 * people / total, room)
    machine_start = people_width + GAP if people else 0.0
    machine_width = min(100 * machine / total - (GAP if people else 0), room - machine_start)
    parts = [
        ("people", 0.0, people_width),
        ("machine", machine_start, machine_width if machine else 0.0),
        ("failed", room, failed_width),
    ]
    return [(css, units(x), units(width)) for css, x, width in parts if width > 0]


@register.inclusion_tag("components/_tile.html")
def tile(label: str, value: object, note: str = "", url: str = "", css: str = "") -> dict[str, Any]:
    """Write a figure with its name above and a line below, which is a link if `url` is given."""
    shown = figures.thousands_text(value) if isinstance(value, int) and not isinstance(value, bool) else value
    return {"label": label, "value": shown, "note": note, "url": url, "css": css}


@register.inclusion_tag("components/_chart.html")
def chart(chart: Chart) -> dict[str, Any]:
    """Write a chart of `groundtruth.charts`, with the same numbers as a table."""
    return {"chart": chart}


@register.simple_tag
def spark(values: Sequence[float], title: str) -> SafeString:
    """Write a line without axes, 96 × 24; its title says what it shows."""
    return format_html(
        '<svg class="spark" viewBox="0 0 96 24" role="img" aria-label="{}"><path class="line" d="{}"/></svg>',
        title,
        spark_path(list(values)),
    )


@register.inclusion_tag("components/_field.html")
def field(
    bound: BoundField,
    label: str = "",
    hint: str | None = None,
    layout: str = "lines",
    errors: Sequence[str] = (),
    link_url: str = "",
    link_text: str = "",
) -> dict[str, Any]:
    """Write a form field: label, control, error, hint, tied together.

    `layout` is lines or cards, for radio buttons and several checkboxes; `errors` adds those of the form
    that belong here; the link stands beside the label.
    """
    kind = field_kind(bound)
    problems = [*bound.errors, *errors]
    help_text = bound.help_text if hint is None else hint
    described = [f"{bound.auto_id}_error"] * bool(problems) + [f"{bound.auto_id}_hint"] * bool(help_text)
    return {
        "bound": bound,
        "kind": kind,
        "label": label or bound.label,
        "optional": not (bound.field.required or _may_be_needed(bound)) and kind not in ("check", "hidden"),
        "control": "" if kind == "choices" else _control(bound, kind, described, bool(problems)),
        "choices": _choices(bound, layout, described, bool(problems)) if kind == "choices" else (),
        "cards": layout == "cards",
        "described": " ".join(described),
        "problems": problems,
        "help": help_text,
        "link_url": link_url,
        "link_text": link_text,
    }


def _may_be_needed(bound: BoundField) -> bool:
    """Whether a field that the form itself does not require is required with some value of another."""
    return bool(getattr(bound.field, "may_be_needed", False))


def field_kind(bound: BoundField) -> str:
    """Return hidden, check (one box beside its label), choices (a fieldset) or box (label above)."""
    widget = bound.field.widget
    if widget.is_hidden:
        return "hidden"
    if isinstance(widget, forms.CheckboxInput):
        return "check"
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return "choices"
    return "box"


def _control(bound: BoundField, kind: str, described: list[str], invalid: bool) -> SafeString:
    widget = bound.field.widget
    css = next((css for base, css in TEXT_CSS.items() if isinstance(widget, base)), "input")
    attrs: dict[str, Any] = {}
    if kind == "box":
        attrs["class"] = f"{css} {widget.attrs.get('class', '')}".strip()
    if getattr(widget, "input_type", "") in ("email", "password"):
        attrs["placeholder"] = False  # allauth repeats the label there; a label that vanishes is none
    if described and kind != "hidden":
        attrs["aria-describedby"] = " ".join(described)
    if invalid and kind != "hidden":
        attrs["aria-invalid"] = "true"
    return bound.as_widget(attrs=attrs)


def _choices(bound: BoundField, layout: str, described: list[str], invalid: bool) -> list[dict[str, Any]]:
    """Return each choice with its control and, on cards of kinds of data, its icon."""
    first = {"aria-describedby": " ".join(described)} if described else {}
    rows = []
    for place, sub in enumerate(bound.subwidgets):
        attrs = first if place == 0 else {}
        if invalid:
            attrs = {**attrs, "aria-invalid": "true"}
        value = str(sub.data.get("value", ""))
        picture = MODALITY_ICONS.get(value, "") if layout == "cards" else ""
        rows.append({"control": _subcontrol(sub, attrs), "label": sub.choice_label, "icon": picture})
    return rows


def _subcontrol(sub: Any, attrs: dict[str, str]) -> SafeString:
    sub.data["wrap_label"] = False
    sub.data["attrs"] = {**sub.data["attrs"], **attrs}
    return sub.tag(wrap_label=False)


@register.inclusion_tag("components/_errors.html")
def form_errors(form: forms.BaseForm) -> dict[str, Any]:
    """Write what is wrong with a form: its own errors, then a link to each field that needs a change."""
    fields = [bound for bound in form.visible_fields() if bound.errors]
    hidden = [error for bound in form.hidden_fields() for error in bound.errors]
    return {
        "own": [*form.non_field_errors(), *hidden],
        "fields": [{"id": _first_id(bound), "label": bound.label} for bound in fields],
        "title": figures.errors_title(len(fields)) if fields else "",
    }


def _first_id(bound: BoundField) -> str:
    """Return the id that a link can jump to: a group of radio buttons has none of its own."""
    return f"{bound.auto_id}_0" if field_kind(bound) == "choices" else str(bound.id_for_label or bound.auto_id)


@register.filter
def relative_time(moment: datetime | date | None) -> SafeString:
    """Write a time as 2 h ago, with the exact minute in UTC as title; nothing for nothing."""
    if moment is None or moment == "":
        return mark_safe("")
    if not isinstance(moment, datetime):
        return day(moment)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        aware.astimezone(UTC).isoformat(timespec="seconds"),
        figures.exact_text(aware),
        figures.relative_text(aware, clock.now()),
    )


@register.filter
def day(moment: datetime | date | None) -> SafeString:
    """Write a day: 16 Nov, with the year where it is not this one; the exact time is the title."""
    if moment is None or moment == "":
        return mark_safe("")
    exact = moment if isinstance(moment, datetime) else datetime.combine(moment, time(), UTC)
    title = figures.exact_text(exact) if isinstance(moment, datetime) else exact.date().isoformat()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        exact.date().isoformat(),
        title,
        figures.day_text(exact.date(), clock.today()),
    )


@register.filter
def labelled(cells: Sequence[SafeString], headers: Sequence[dict[str, Any]]) -> list[SafeString]:
    """Give each cell of a row of Django's admin the name of its column, which stands above it on a card."""
    names = [format_html('<td data-label="{}"', capfirst(header["text"])) for header in headers]
    return [mark_safe(cell.replace("<td", name, 1)) for cell, name in zip(cells, names, strict=True)]


@register.filter
def thousands(value: float | Missing) -> str:
    """Write a number with separators; nothing for nothing."""
    return "" if value is None or value == "" else figures.thousands_text(value)


@register.filter
def zero(value: float | None) -> SafeString:
    """Write a count for a table: separators, and grey where it is nothing."""
    if not value:
        return mark_safe('<span class="zero">0</span>')
    return format_html("{}", figures.thousands_text(value))


@register.filter
def money(minor: int | Missing, currency: str) -> str:
    """Write integer minor units as an amount: {{ price|money:"EUR" }} is €1.20."""
    return "" if minor is None or minor == "" else figures.money_text(int(minor), str(currency))


@register.filter
def size(size_bytes: int | Missing) -> str:
    """Write a size in decimal units."""
    return "" if size_bytes is None or size_bytes == "" else figures.size_text(int(size_bytes))


@register.filter
def span(seconds: float | Missing) -> str:
    """Write a length of time."""
    return "" if seconds is None or seconds == "" else figures.span_text(float(seconds))


@register.filter
def share(value: float | Missing) -> str:
    """Write a share of 0..1 as a whole percentage: 0.64 is 64 %."""
    return "" if value is None or value == "" else f"{number_format(round(100 * float(value)), 0)} %"


@register.filter
def cell(value: str | float | None) -> str:
    """Write a cell of a chart's table: numbers with separators, nothing for nothing."""
    if value is None:
        return ""
    return value if isinstance(value, str) else plain_number(value)
