"""Numbers, sizes, spans and times as a person reads them. Pure but for the locale."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
NO_CENTS = ("JPY", "KRW")
WEEK_DAYS = 7


def thousands_text(value: float) -> str:
    """Return a number with its separators: 21,400."""
    return number_format(value, force_grouping=True)


def money_text(minor: int, currency: str) -> str:
    """Return an amount from its integer minor units: €1.20, or CHF 1.20 where there is no symbol."""
    amount = number_format(minor if currency in NO_CENTS else f"{minor / 100:.2f}", force_grouping=True)
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{amount}" if symbol else f"{currency} {amount}"


def size_text(size_bytes: int) -> str:
    """Return a size in decimal units, as the limits of a batch are written: 11.4 GB."""
    size, units = float(size_bytes), ("B", "kB", "MB", "GB", "TB")
    for unit in units:
        if size < 1000 or unit == units[-1]:
            break
        size /= 1000
    return f"{number_format(size, 0 if unit == 'B' or size >= 100 else 1)} {unit}"


def span_text(seconds: float) -> str:
    """Return a length of time: 48 s, 12 min, 5 h 48."""
    whole = int(seconds)
    if whole < 60:
        return _("%(count)d s") % {"count": whole}
    minutes = whole // 60
    if minutes < 60:
        return _("%(count)d min") % {"count": minutes}
    return _("%(hours)d h %(minutes)02d") % {"hours": minutes // 60, "minutes": minutes % 60}


def relative_text(moment: datetime, now: datetime) -> str:
    """Return how long ago `moment` was, or how soon it comes; over a week its date."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 60:
        return _("just now") if seconds >= 0 else _("in a moment")
    if abs(seconds) < 86400:
        return _hours(abs(seconds), seconds > 0)
    days = (now.date() - moment.date()).days
    if days in (1, -1):
        return _("yesterday") if days == 1 else _("tomorrow")
    if abs(days) <= WEEK_DAYS:
        text = {"count": abs(days)}
        return _("%(count)d days ago") % text if days > 0 else _("in %(count)d days") % text
    return day_text(moment.date(), now.date())


def day_text(day: date, today: date) -> str:
    """Return a day: 16 Nov, or 16 Nov 2025 where the year is not this one."""
    return date_format(day, "j M" if day.year == today.year else "j M Y")


def exact_text(moment: datetime) -> str:
    """Return the exact minute in UTC: 19 Nov 2026, 12:20 UTC."""
    return date_format(moment.astimezone(UTC), "j M Y, H:i") + " UTC"


def bar_title(people: int, machine: int, remaining: int, failed: int) -> str:
    """Return the counts of a progress bar in words."""
    total = people + machine + remaining + failed
    if not total:
        return _("No objects yet")
    words = _("%(people)s by people, %(machine)s by machine, %(remaining)s remaining, %(failed)s failed, of %(total)s")
    return words % {
        "people": thousands_text(people),
        "machine": thousands_text(machine),
        "remaining": thousands_text(remaining),
        "failed": thousands_text(failed),
        "total": thousands_text(total),
    }


def errors_title(count: int) -> str:
    """Return the heading of a form's error summary."""
    return ngettext(
        "%(count)d field needs a change. Nothing you typed is lost.",
        "%(count)d fields need a change. Nothing you typed is lost.",
        count,
    ) % {"count": count}


def _hours(seconds: float, past: bool) -> str:
    minutes = int(seconds // 60)
    unit = {"count": minutes if minutes < 60 else minutes // 60}
    if minutes < 60:
        return _("%(count)d min ago") % unit if past else _("in %(count)d min") % unit
    return _("%(count)d h ago") % unit if past else _("in %(count)d h") % unit
