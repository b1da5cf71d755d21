"""Objects and labels a day: the Metrics page and the charts of a batch, from the rows of BatchDay alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from batches.models import Batch, BatchDay
from groundtruth.charts import Bar, Chart, Point, Text, bar_chart, day_line_chart
from projects.models import Project, User

NAMED_DAYS = 10  # a week and a half: so many fit with the weekday's name
FIGURES = ("human", "auto", "failed", "labels", "seconds", "agreement", "agreed")
FIRST_RANGE_DAYS = 14
CSV_COLUMNS = (
    "day",
    "organization",
    "project",
    "batch",
    "people",
    "machine",
    "completed",
    "failed",
    "labels",
    "seconds",
)


@dataclass(frozen=True)
class Day:
    """What one day brought; `agreement` is the mean over `agreed` objects, 0..1, None where nothing was compared."""

    day: date
    human: int = 0
    auto: int = 0
    failed: int = 0
    labels: int = 0
    seconds: float = 0.0
    agreement: float | None = None
    agreed: int = 0

    @property
    def completed(self) -> int:
        return self.human + self.auto


@dataclass(frozen=True)
class ScopeRow:
    """One batch's part of the range."""

    name: str
    project: str
    url: str
    human: int
    auto: int
    failed: int
    labels: int

    @property
    def completed(self) -> int:
        return self.human + self.auto


@dataclass(frozen=True)
class Scope:
    """What is measured: all batches of a person, of one project, or one batch."""

    kind: str = "all"  # all, project, batch
    public_id: str = ""

    @property
    def code(self) -> str:
        return f"{self.kind}-{self.public_id}" if self.public_id else self.kind


@dataclass(frozen=True)
class Metrics:
    """The Metrics page: sums over the range, the charts and the tables behind them. Days are UTC."""

    objects: int
    completed: int
    human: int
    auto: int
    failed: int
    labels: int
    days: Sequence[Day]
    rows: Sequence[ScopeRow]
    charts: Sequence[Chart]


def parse_scope(code: str) -> Scope:
    """Read a scope from the page's address; what is not one means all."""
    kind, _sep, public_id = code.partition("-")
    return Scope(kind, public_id) if kind in ("project", "batch") and public_id else Scope()


def scope_choices(user: User) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return (code, title, batches as (code, name)) for each project of this person, in two statements."""
    batches: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for project_id, public_id, name in (
        Batch.objects.for_user(user).order_by("-pk").values_list("project_id", "public_id", "name")
    ):
        batches[project_id].append((f"batch-{public_id}", name))
    projects = Project.objects.for_user(user).order_by("title").values_list("pk", "public_id", "title")
    return [(f"project-{public_id}", title, batches[pk]) for pk, public_id, title in projects]


def scoped_batches(user: User, scope: Scope) -> Any:
    """Return the batches of a scope that this person may see; none of others."""
    batches = Batch.objects.for_user(user)
    if not user.is_staff:
        batches = batches.filter(project__organization__suspended_at=None)
    if scope.kind == "project":
        return batches.filter(project__public_id=scope.public_id)
    if scope.kind == "batch":
        return batches.filter(public_id=scope.public_id)
    return batches


def metrics(user: User, scope: Scope, first: date, last: date, *, csv_url: str = "") -> Metrics:
    """Return the figures of a range of days, both ends in it, in three statements whatever the number of batches."""
    batches = scoped_batches(user, scope)
    objects = batches.aggregate(n=Sum("total"))["n"] or 0
    in_range = BatchDay.objects.filter(batch__in=batches.values("pk"), day__range=(first, last))
    sums = {name: Sum(name) for name in FIGURES}
    days = span_of_days(in_range.order_by().values("day").annotate(**sums), first, last)
    rows = _scope_rows(in_range)
    return Metrics(
        objects=objects,
        completed=sum(day.completed for day in days),
        human=sum(day.human for day in days),
        auto=sum(day.auto for day in days),
        failed=sum(day.failed for day in days),
        labels=sum(day.labels for day in days),
        days=days,
        rows=rows,
        charts=[completed_chart(days, csv_url=csv_url), labels_chart(days, csv_url=csv_url), agreement_chart(days)],
    )


def _scope_rows(in_range: Any) -> list[ScopeRow]:
    keys = (
        "batch__name",
        "batch__project__title",
        "batch__project__organization__slug",
        "batch__project__slug",
        "batch__slug",
    )
    sums = {name: Sum(name) for name in ("human", "auto", "failed", "labels")}
    found = in_range.order_by().values("batch_id", *keys).annotate(**sums).order_by("-batch_id")
    return [
        ScopeRow(
            r[keys[0]],
            r[keys[1]],
            reverse("batch", args=[r[k] for k in keys[2:]]),
            r["human"],
            r["auto"],
            r["failed"],
            r["labels"],
        )
        for r in found
    ]


def span_of_days(rows: Iterable[Any], first: date, last: date) -> list[Day]:
    """Return every day of a range, days without work as zeros: a gap in the axis would hide them."""
    known = {}
    for row in rows:
        figures = row if isinstance(row, dict) else {name: getattr(row, name) for name in ("day", *FIGURES)}
        agreed = figures["agreed"]
        known[figures["day"]] = Day(**{**figures, "agreement": figures["agreement"] / agreed if agreed else None})
    count = (last - first).days + 1
    return [known.get(day, Day(day)) for day in (first + timedelta(days=n) for n in range(count))]


def metrics_csv_rows(user: User, scope: Scope, first: date, last: date) -> Iterable[tuple[Any, ...]]:
    """Yield the header, then a row a batch and day, streamed: a year of many batches is long."""
    yield CSV_COLUMNS
    batches = scoped_batches(user, scope).values("pk")
    found = BatchDay.objects.filter(batch__in=batches, day__range=(first, last)).order_by("day", "batch_id")
    columns = (
        "day",
        "batch__project__organization__name",
        "batch__project__title",
        "batch__name",
        "human",
        "auto",
        "failed",
        "labels",
        "seconds",
    )
    for day, org, project, name, human, auto, failed, labels, seconds in found.values_list(*columns).iterator():
        yield day.isoformat(), org, project, name, human, auto, human + auto, failed, labels, round(seconds, 1)


# --- charts ------------------------------------------------------------------------------------------


def day_label(day: date, count: int) -> str:
    """Return the name of a day under a chart of `count` days: Mon 16, or 16 Nov where many share the axis."""
    return date_format(day, "D j" if count <= NAMED_DAYS else "j M")


def completed_chart(days: Sequence[Day], *, caption: str = "", csv_url: str = "") -> Chart:
    """Return the bars of first completions, people's and the machine's; empty where there are none."""
    text = Text(
        _("Objects completed by day"), caption or _("first completions; days are UTC"), key="completed",
        csv_url=csv_url, empty=_("Drawn once the first object is completed."),
    )  # fmt: skip
    shown = days if any(day.completed for day in days) else []
    return bar_chart(text, [Bar(day_label(day.day, len(days)), day.human, day.auto) for day in shown])


def labels_chart(days: Sequence[Day], *, csv_url: str = "") -> Chart:
    """Return the line of answers stored a day; empty where there are none."""
    text = Text(
        _("Labels by day"), _("answers stored; an object has several"), _spoken(days), key="labels",
        csv_url=csv_url, empty=_("Drawn once the first answer is stored."),
    )  # fmt: skip
    shown = days if any(day.labels for day in days) else []
    points = [Point(n, day.labels, label=day_label(day.day, len(days))) for n, day in enumerate(shown)]
    return day_line_chart(text, points, name=_("Labels"))


def agreement_chart(days: Sequence[Day]) -> Chart:
    """Return the line of the mean agreement (0..1) a day, without the days that have none."""
    shown = [day for day in days if day.agreement is not None]
    text = Text(
        _("Agreement by day"), _("mean agreement of the answers to one object, 0 to 1"),
        _("Days on which no object had two answers are left out."), key="agreement",
        empty=_("Drawn once two people have answered for one object."),
    )  # fmt: skip
    points = [
        Point(n, round(day.agreement or 0, 3), label=day_label(day.day, len(days))) for n, day in enumerate(shown)
    ]
    return day_line_chart(text, points, name=_("Agreement"))


def _spoken(days: Sequence[Day]) -> str:
    if not days:
        return ""
    top = max(days, key=lambda day: day.labels)
    return _("The most is %(count)s, on %(day)s.") % {"count": top.labels, "day": date_format(top.day, "j M")}
