"""What a job's automated labelling spares against people alone, and when people will be done; each with its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from django.db.models import Count, Min

from groundtruth import clock
from groundtruth.figures import relative_text, span_text
from labeling.machine.limits import answers_each
from labeling.models import Assignment, Job
from labeling.states import COUNTED

TIMED = 500  # answers whose time tells how long one takes
PACE_DAYS = 1  # whose answers tell how many come in a day
PACE_ANSWERS = 20  # fewer tell nothing
SOON = timedelta(minutes=2)


@dataclass(frozen=True)
class Range:
    """A figure in words, with its bounds."""

    likely: str
    low: str
    high: str

    @property
    def is_sure(self) -> bool:
        return self.low == self.high


def work_spared(job: Job, objects: Sequence[int]) -> Range | None:
    """Return the time of people for so many objects (low, likely, high), from the latest answers; None without any.

    The bounds join those of the objects with a 95 % interval of the mean time of an answer.
    """
    latest = (
        Assignment.objects.for_labels()
        .filter(task__job=job, state__in=COUNTED, seconds__gt=0)
        .order_by("-submitted_at")
    )
    seconds = np.array(latest.values_list("seconds", flat=True)[:TIMED], dtype=float)
    if not objects[-1] or len(seconds) < 2:
        return None
    answers = answers_each(job)
    error = 1.96 * float(seconds.std(ddof=1)) / len(seconds) ** 0.5
    mean = float(seconds.mean())
    low, likely, high = (
        span_text(count * answers * each)
        for count, each in zip(objects, (max(mean - error, 0), mean, mean + error), strict=True)
    )
    return Range(likely, low, high)


def money_spared(job: Job, objects: Sequence[int]) -> Range | None:
    """Return what people's answers on so many objects (low, likely, high) would cost; None without a price."""
    if not objects[-1] or job.answer_price is None:
        return None
    each = float(job.answer_price) * answers_each(job)
    low, likely, high = (f"{job.currency} {count * each:,.2f}" for count in objects)
    return Range(likely, low, high)


def people_done(job: Job, objects: Sequence[int]) -> Range | None:
    """Return when people will have labelled so many more objects (low, likely, high), at the pace of the last day.

    None where too few answers tell of a pace.
    """
    now = clock.now()
    latest = (
        Assignment.objects.for_labels()
        .filter(task__job=job, state__in=COUNTED, submitted_at__gte=now - timedelta(days=PACE_DAYS))
        .aggregate(answers=Count("pk"), since=Min("submitted_at"))
    )
    if latest["answers"] < PACE_ANSWERS or latest["since"] >= now:
        return None
    each = answers_each(job) * (now - latest["since"]) / latest["answers"]
    if objects[-1] * each < SOON:
        return None
    low, likely, high = (relative_text(now + max(count * each, SOON), now) for count in objects)
    return Range(likely, low, high)
