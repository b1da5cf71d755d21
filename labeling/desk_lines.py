"""The lines of the desk, and how one is made for a project or a batch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.urls import reverse

from batches.models import Batch
from projects.models import Project, User

MOST = 100  # lines of one kind; the list behind has them all


@dataclass(frozen=True)
class Line:
    """One thing to do. `url`: the page behind it; `act`, `act_url`: what settles it, sent as a form if `posts`."""

    title: str
    detail: str
    since: datetime | None
    url: str
    act: str
    act_url: str
    posts: bool = False
    customer: str = ""
    project_id: int | None = None
    owner: User | None = None
    late: str = ""  # in place of the age: how far it is over its time

    @property
    def initials(self) -> str:
        return self.owner.initials if self.owner else ""


@dataclass(frozen=True)
class Group:
    title: str
    tone: str
    icon: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class Work:
    """All that waits, in groups by urgency."""

    groups: Sequence[Group] = field(default_factory=tuple)

    @property
    def lines(self) -> list[Line]:
        return [line for group in self.groups for line in group.lines]

    def only(self, wanted: Callable[[Line], bool]) -> Work:
        """Return the part whose lines are wanted; a group left empty is left out."""
        parts = ((group, [line for line in group.lines if wanted(line)]) for group in self.groups)
        return Work([Group(group.title, group.tone, group.icon, lines) for group, lines in parts if lines])


def page_of(row: Model) -> str:
    """Return the address of a row's page on the desk."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def act_of(row: Model, name: str) -> str:
    """Return the address of an act on a row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[row.pk, name])


def of_project(project: Project, detail: Any, since: datetime | None, act: str, act_url: str, **more: Any) -> Line:
    """Return a line about a project; `more` are further fields of the line."""
    return Line(project.title, str(detail), since, page_of(project), act, act_url, **_owned(project), **more)


def of_batch(batch: Batch, detail: Any, since: datetime | None, act: str, act_url: str, **more: Any) -> Line:
    """Return a line about a batch; `more` are further fields of the line."""
    title = f"{batch.project.title}, {batch.name}"
    return Line(title, str(detail), since, page_of(batch), act, act_url, **_owned(batch.project), **more)


def _owned(project: Project) -> dict[str, Any]:
    return {"customer": project.organization.name, "project_id": project.pk, "owner": project.owner}
