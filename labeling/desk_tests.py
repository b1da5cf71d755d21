"""Tests before the work that wait for operations."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.desk_lines import MOST, Line, of_project, page_of
from projects.models import Project
from workforce.models import Qualification


def undecided_tests() -> list[Line]:
    """Name the workers who may try no more of themselves, the longest waiting first. Two statements, one for none."""
    waiting = Qualification.objects.filter(waits_since__isnull=False).select_related("worker__user")
    rows = list(waiting.order_by("waits_since")[:MOST])
    keys = {int(row.skill.split("/")[0]) for row in rows}
    projects = Project.objects.select_related("organization", "owner").in_bulk(keys)
    told = ((row, projects.get(int(row.skill.split("/")[0]))) for row in rows)
    return [_line(row, project) for row, project in told if project is not None]


def _line(row: Qualification, project: Project) -> Line:
    said = ngettext(
        "%(worker)s failed the test before the work after %(n)s try: %(share)d %% right in the last",
        "%(worker)s failed the test before the work after %(n)s tries: %(share)d %% right in the last",
        row.tries,
    )
    detail = said % {"worker": row.worker, "n": row.tries, "share": round(100 * (row.score or 0))}
    return of_project(project, detail, row.waits_since, _("Decide"), page_of(row))
