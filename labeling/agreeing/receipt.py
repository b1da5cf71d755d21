"""What a delivery's receipt says of how far people agree: under `agreement`, one entry a job that was measured.

An estimate is {"value", "low", "high"}, the bounds of a 95 % interval (`interval`). No worker is named: they have the
ids that the delivered answers have.

| key | what |
|---|---|
| `job`, `attribute` | which job, and the attribute that its labels stand under |
| `kind` | "label", "verify" or "adjust" what rules had found, or "rework" |
| `objects`, `answers` | compared: objects of two answers or more, and their answers |
| `alpha`, `ac1` | estimates, where answers name categories and more than one was named |
| `mean` | estimate of the mean agreement of two answers |
| `categories` | where more than one was named: `category`, an estimate and `objects`, the lowest first |
| `pairs` | of workers: `count` share objects, of them `enough` at least `least` of these; `listed` are told, at most
`PAIRS_SHOWN`, those that agree least first: `workers` (two ids), `objects` shared, and an estimate of what `measure`
says: "kappa" (Cohen's) or "mean" |
| `confused` | the worst first, where people differ in categories: `categories` (two), `count` of pairs of answers that
say one in place of the other, `share` of all such pairs of answers |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labeling.agreeing.queries import PAIRS_SHOWN, Report, by_category, category_name
from labeling.consolidation.worker_pairs import ENOUGH
from labeling.models import Job, JobAgreement
from workforce.models import Worker


def headlines(jobs: Sequence[Job]) -> list[Report]:
    """Return what a delivery's receipt says of the jobs that were measured, in their order. Two statements."""
    rows = {row.job_id: row.report for row in JobAgreement.objects.filter(job__in=jobs)}
    told = [(job, rows[job.pk]) for job in jobs if rows.get(job.pk, {}).get("objects")]
    ids = _ids([pair for _, report in told for pair in _listed(report)])
    return [_headline(job, report, ids) for job, report in told]


def _headline(job: Job, report: Report, ids: Mapping[int, str]) -> Report:
    about = {"job": job.name, "kind": job.kind, "attribute": job.attribute}
    about |= {name: report[name] for name in ("objects", "answers")}
    names = ("alpha", "ac1", "mean") if len(report.get("categories", ())) > 1 else ("mean",)
    figures = {name: _bounds(report[name]) for name in names}
    more = {"categories": _categories(job, report), "pairs": _pairs(report, ids), "confused": _confused(job, report)}
    return {**about, **figures, **{name: found for name, found in more.items() if found}, "interval": 0.95}


def _bounds(found: Report) -> Report:
    return {key: found[key] for key in ("value", "low", "high")}


def _categories(job: Job, report: Report) -> list[Report]:
    rows = by_category(report)
    if len(rows) < 2:
        return []
    return [{"category": category_name(job, n), **_bounds(found), "objects": found["objects"]} for n, found in rows]


def _listed(report: Report) -> Sequence[Report]:
    worst: Sequence[Report] = report.get("pairs", {}).get("worst", ())
    return worst[:PAIRS_SHOWN]


def _ids(pairs: Sequence[Report]) -> dict[int, str]:
    """Return by worker the id that delivered files have."""
    wanted = {pair[side] for pair in pairs for side in ("first", "second")}
    return {worker.pk: worker.wire_id for worker in Worker.objects.filter(pk__in=wanted)} if wanted else {}


def _pairs(report: Report, ids: Mapping[int, str]) -> Report | None:
    pairs = report.get("pairs")
    if not pairs:
        return None
    listed = [
        {"workers": [ids[pair["first"]], ids[pair["second"]]], "objects": pair["objects"], **_bounds(pair)}
        for pair in _listed(report)
        if pair["first"] in ids and pair["second"] in ids
    ]
    counts = {"count": pairs["enough"] + pairs["few"], "enough": pairs["enough"], "least": ENOUGH}
    return {"measure": "kappa" if pairs["is_kappa"] else "mean", **counts, "listed": listed}


def _confused(job: Job, report: Report) -> list[Report]:
    return [
        {
            "categories": [category_name(job, one["first"]), category_name(job, one["second"])],
            "count": one["count"],
            "share": one["share"],
        }
        for one in report.get("confused", ())
    ]
