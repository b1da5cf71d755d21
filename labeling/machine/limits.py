"""The limits of a job: how many objects people label at most, and how many people and machine label together."""

from __future__ import annotations

from django.db.models import Avg, F, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.models import Job, Task


def is_limited(job: Job) -> bool:
    return any(limit is not None for limit in (job.most_human, job.most_percent, job.most_cost))


def most_labelled(job: Job) -> int:
    """Return how many objects people and machine may label together."""
    return job.planned if job.most_percent is None else job.planned * job.most_percent // 100


def most_asked(job: Job) -> int:
    """Return how many objects people may be asked about in all."""
    most = most_labelled(job) if job.most_human is None else min(job.most_human, most_labelled(job))
    if (affordable := _affordable(job)) is not None:
        most = min(most, (affordable - _asked_again(job)) // job.workers_each)
    return max(most, 0)


def _affordable(job: Job) -> int | None:
    """Return how many answers of people the job may pay; None: any number."""
    if job.most_cost is None or not job.answer_price:
        return None
    return int(job.most_cost // job.answer_price)


def _asked_again(job: Job) -> int:
    """Return how many answers are wanted beyond those that each object was to have."""
    more = Task.objects.filter(job=job, wanted__gt=job.workers_each)
    return more.aggregate(more=Sum(F("wanted") - job.workers_each))["more"] or 0


def answers_each(job: Job) -> float:
    """Return how many answers an object of this job takes, as far as it has come."""
    if job.most_workers is None:
        return job.workers_each
    answered = Task.objects.filter(job=job, state="done", answers__gt=0)
    return answered.aggregate(each=Avg("wanted"))["each"] or job.workers_each


def answers_left(job: Job) -> int | None:
    """Return how many answers people may be asked for beside those that are wanted already; None: any number."""
    affordable = _affordable(job)
    if affordable is None:
        return None
    return max(affordable - _asked_again(job) - _asked(job) * job.workers_each, 0)


def people_left(job: Job) -> int | None:
    """Return how many more objects people may be asked about; None: any number."""
    if not is_limited(job):
        return None
    asked = _asked(job)
    return max(min(most_asked(job) - asked, most_labelled(job) - asked - machine_labelled(job)), 0)


def _asked(job: Job) -> int:
    """Count the objects that people were asked about: what the machine labelled is done without an answer, and what
    was left out was never asked.
    """
    asked = Task.objects.for_labels().filter(job=job).exclude(state__in=("pooled", "auto_labeled"))
    return asked.exclude(answers=0, state__in=("done", "cancelled")).count()


def machine_labelled(job: Job) -> int:
    """Count the objects that the machine labelled."""
    tasks = Task.objects.filter(job=job)
    return tasks.filter(state="auto_labeled").count() + tasks.filter(state="done", answers=0).count()


def leaves_some(job: Job) -> bool:
    """Tell whether objects were left without a label for a limit of a job that was not stopped."""
    return is_limited(job) and Task.objects.filter(job=job, state="cancelled").exists()


def told(job: Job) -> str:
    """Say what the job's limits are, in objects; "" where it has none."""
    if not is_limited(job):
        return ""
    most = most_asked(job)
    said = ngettext("People label at most %(n)s object", "People label at most %(n)s objects", most)
    words = {"n": f"{most:,}", "most": f"{most_labelled(job):,}", "of": f"{job.planned:,}"}
    if job.most_percent is None:
        return said % words
    together = _("people and machine together at most %(most)s of %(of)s")
    return f"{said % words}; {together % words}"
