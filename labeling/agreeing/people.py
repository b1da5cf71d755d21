"""How each of a job's people did, as operations see it: agreement with the labels, pace, and habits to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from labeling.agreeing.shares import Categories, Share, categories_of, share_of
from labeling.consolidation.agreement import share_interval
from labeling.consolidation.habits import SENTENCES
from labeling.desk_lines import act_of, page_of
from labeling.models import Job, WorkerPause
from labeling.queries_appeals import evidence_words
from labeling.queries_pauses import open_pauses
from labeling.states import JOB_RUNNING
from workforce.models import Worker

SHOWN = 50  # of a job's people, those who agree least
LEAST = 20  # answers that have a label: below, nobody is called weak in a category
WEAK = 0.15  # below the worker's own share in all categories, by the interval's upper end


@dataclass(frozen=True)
class Person:
    """One worker in one job: how often they agree with its labels, with known answers, with what customers' reviews say
    is right, and with what others found who looked at flagged labels.

    open_: answers that a review cannot judge. weak: categories in which they agree less than elsewhere, in words.
    pause: that they are paused on it, and by what, in words; act, act_url: what can be done about it.
    """

    pk: int
    name: str
    url: str
    labels: Share | None = None
    known: Share | None = None
    review: Share | None = None
    open_: int = 0
    checked: Share | None = None
    categories: Categories = Categories()
    seconds: float | None = None
    weak: str = ""
    habits: Sequence[str] = ()
    pause: str = ""
    act: str = ""
    act_url: str = ""


@dataclass(frozen=True)
class Columns:
    """Which columns a table of people has: those that say something of anybody."""

    known: bool = False
    review: bool = False
    categories: bool = False


def columns_of(people: Sequence[Person]) -> Columns:
    return Columns(
        known=any(row.known for row in people),
        review=any(row.review or row.open_ or row.checked for row in people),
        categories=any(row.categories.first for row in people),
    )


def everybody(job: Job, report: Mapping[str, Any], workers: Mapping[int, Worker]) -> list[Person]:
    """Return a job's people and the rest of its team, those who are paused first. One statement."""
    found = people_of(job, report, workers, most=None)
    known = {person.pk for person in found}
    found += [Person(pk, str(worker), page_of(worker)) for pk, worker in sorted(workers.items()) if pk not in known]
    pauses = {row.worker_id: row for row in open_pauses(job.pk).select_related("by")}
    told = [_with_pause(job, person, pauses.get(person.pk)) for person in found]
    return sorted(told, key=lambda person: not person.pause)


def _with_pause(job: Job, person: Person, pause: WorkerPause | None) -> Person:
    if pause is None:
        if job.state not in JOB_RUNNING:
            return person
        return replace(person, act=_("Pause"), act_url=f"{act_of(job, 'pause-worker')}?worker={person.pk}")
    said = _("Paused by %(whom)s") % {"whom": pause.by} if pause.by else _("Paused by the rule")
    said += ": " + (evidence_words(pause.evidence) or pause.reason)
    if pause.is_appealed:
        said += " " + _("An appeal waits.")
    return replace(person, pause=said, act=_("Decide") if pause.is_appealed else _("Lift"), act_url=page_of(pause))


def people_of(
    job: Job, report: Mapping[str, Any], workers: Mapping[int, Worker], most: int | None = SHOWN
) -> list[Person]:
    """Return a job's people: who has a habit first, then those who agree least; no more than `most`."""
    habits: dict[int, list[str]] = {}
    for habit in report.get("habits", ()):
        habits.setdefault(habit["worker"], []).append(say(job, habit, workers))
    rows = [
        _person(job, row, workers[row["worker"]], habits.get(row["worker"], ()))
        for row in report.get("people", ())
        if row["worker"] in workers
    ]
    return sorted(rows, key=_place)[:most]


def _place(row: Person) -> tuple[bool, bool, float]:
    return not row.habits, row.labels is None, row.labels.share if row.labels else 0.0


def _person(job: Job, row: Mapping[str, Any], worker: Worker, habits: Sequence[str]) -> Person:
    return Person(
        pk=worker.pk,
        name=str(worker),
        url=page_of(worker),
        labels=share_of(row),
        known=share_of(row.get("gold")),
        review=share_of(row.get("review")),
        open_=row.get("review", {}).get("open", 0),
        checked=share_of(row.get("checked")),
        categories=categories_of(row, job.asks.categories),
        seconds=row["seconds"],
        weak=_weak(job, row),
        habits=habits,
    )


def _weak(job: Job, row: Mapping[str, Any]) -> str:
    """Name the categories in which a worker surely agrees less than in all of them together, the worst first."""
    overall = row["right"] / row["seen"] if row["seen"] else 0.0
    found = []
    for number, (right, seen) in row["categories"].items():
        if seen >= LEAST and share_interval(right, seen)[1] < overall - WEAK:
            found.append((right / seen, job.asks.categories[int(number)], seen))
    told = [
        _("%(category)s: %(share)s of %(seen)s") % {"category": name, "share": f"{share:.0%}", "seen": seen}
        for share, name, seen in sorted(found)
    ]
    return "; ".join(told)


def say(job: Job, habit: Mapping[str, Any], workers: Mapping[int, Worker]) -> str:
    """Return a habit in words."""
    values = dict(habit["values"])
    if "category" in values:
        values["category"] = f"“{job.asks.categories[values['category']]}”"
    if "other" in values:
        values["other"] = str(workers.get(values["other"], _("somebody")))
    return _(SENTENCES[habit["what"]]) % values


def workers_in(report: Mapping[str, Any]) -> set[int]:
    """Return the ids of those whom a report's people and habits name."""
    named = {row["worker"] for row in report.get("people", ())}
    return named | {habit["values"]["other"] for habit in report.get("habits", ()) if "other" in habit["values"]}
