"""The one `now()` of the product, so that tests freeze time in one place."""

from datetime import date, datetime

from django.utils import timezone


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return timezone.now()


def today() -> date:
    """Return the current day in UTC: the day that every daily figure means."""
    return now().date()
