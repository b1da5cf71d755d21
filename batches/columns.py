"""The columns of the two tables, which a person chooses and we remember on the person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from projects.models import User

TABLES: dict[str, dict[str, Any]] = {
    "projects": {
        "next": _("Next step"),
        "status": _("Status"),
        "type": _("Task type"),
        "progress": _("Progress"),
        "total": _("Total objects"),
        "done": _("Objects completed"),
        "remaining": _("Remaining objects"),
        "failed": _("Failed objects"),
        "batches": _("Batches"),
        "created": _("Creation date"),
    },
    "batches": {
        "next": _("Next step"),
        "status": _("Status"),
        "type": _("Task type"),
        "progress": _("Progress"),
        "total": _("Total objects"),
        "done": _("Completed objects"),
        "remaining": _("Remaining objects"),
        "failed": _("Failed objects"),
        "to_review": _("Objects to review"),
        "with_feedback": _("Objects with feedback"),
        "created": _("Creation date"),
    },
}
HIDDEN_AT_FIRST = {"projects": ("created",), "batches": ("next", "type", "created")}


def shown_columns(user: User, table: str) -> tuple[str, ...]:
    """Return the columns this person sees, in their order; a stored name that we no longer know is left out."""
    known = TABLES[table]
    kept = user.settings.get(f"{table}_columns")
    if not isinstance(kept, list):
        return tuple(name for name in known if name not in HIDDEN_AT_FIRST[table])
    return tuple(name for name in known if name in kept)


def column_choices(user: User, table: str) -> list[dict[str, Any]]:
    """Return the rows of the column chooser."""
    shown = shown_columns(user, table)
    return [{"value": name, "label": label, "checked": name in shown} for name, label in TABLES[table].items()]


def remember_columns(user: User, table: str, names: Iterable[str]) -> None:
    """Keep the choice on the person, beside what else is kept there; repeated, it is the same."""
    chosen = [name for name in TABLES[table] if name in set(names)]
    with transaction.atomic():
        settings = User.objects.select_for_update().values_list("settings", flat=True).get(pk=user.pk)
        user.settings = {**settings, f"{table}_columns": chosen}
        User.objects.filter(pk=user.pk).update(settings=user.settings)
