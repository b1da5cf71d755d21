"""What pre-labelling spares people: the time of answers that began with a proposal, and of those without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from labeling.autolabel.comparing import Difference, compare_means
from labeling.machine.words import in_percent
from labeling.models import Assignment, Job
from labeling.states import COUNTED
from projects import task_types

TIMED = 5000  # latest answers that are compared
READ = 500  # latest answers, with a proposal and without, whose words are compared with it
FEWEST = 10  # objects with a proposal, and without: fewer tell nothing
WITH = Q(task__proposal__isnull=False)
WITHOUT = Q(task__withheld__isnull=False)
SAME = 1 - 1e-9  # agreement of equal answers


@dataclass(frozen=True)
class Prelabelled:
    """Seconds that an answer takes less with a proposal, None while too few are there, and how often people said it.

    kept: share of answers that left the proposal as it was; alike: share of those that said the same without having
    seen it. None where nothing is compared.
    """

    spared: Difference | None
    share: float  # of the time that an answer takes without
    answers: int
    answers_without: int
    kept: float | None
    alike: float | None

    @property
    def told(self) -> str:
        """Say what the proposals spare, or that nothing is shown yet."""
        counts = {"n": f"{self.answers:,}", "m": f"{self.answers_without:,}"}
        if self.spared is None:
            few = _("Too few answers yet to tell what the machine’s proposals spare: %(n)s with one and %(m)s without.")
            return few % counts
        ends = [_tenths(abs(end)) for end in (self.spared.low, self.spared.high)]
        if self.spared.low <= 0 <= self.spared.high:
            words = _(
                "No time saved is shown yet: with the machine’s proposal an answer took between %(low)s s more and "
                "%(high)s s less; measured on %(n)s answers with it and %(m)s without."
            )
        elif self.spared.low > 0:
            words = _(
                "With the machine’s proposal an answer took %(seconds)s s less (%(low)s to %(high)s), %(share)s of the "
                "time; measured on %(n)s answers with it and %(m)s without."
            )
        else:
            ends.reverse()
            words = _(
                "With the machine’s proposal an answer took %(seconds)s s more (%(low)s to %(high)s), %(share)s of the "
                "time; measured on %(n)s answers with it and %(m)s without."
            )
        seconds, share = _tenths(abs(self.spared.spared)), in_percent(round(self.share, 2))
        values = {**counts, "seconds": seconds, "share": share, "low": ends[0], "high": ends[1]}
        return words % values

    @property
    def kept_told(self) -> str:
        """Say how often people left the proposal as it was; "" where that is not known."""
        if self.kept is None:
            return ""
        values = {"kept": in_percent(self.kept), "alike": in_percent(self.alike)}
        if self.alike is None:
            return _("%(kept)s unchanged") % values
        return _("%(kept)s unchanged; of the answers given without seeing one %(alike)s said the same") % values


def _tenths(seconds: float) -> str:
    return str(number_format(round(seconds, 1), 1))  # which cuts off, and does not round


def prelabelled(job: Job) -> Prelabelled | None:
    """Compare the two kinds of answers of a job; None where it shows no proposals."""
    if not job.prelabel:
        return None
    given = _answers(job).filter(WITH | WITHOUT, seconds__gt=0).order_by("-submitted_at")
    marked = given.annotate(is_shown=ExpressionWrapper(WITH, output_field=BooleanField()))
    rows = list(marked.values_list("task_id", "seconds", "is_shown")[:TIMED])
    changed, usual = ([row[:2] for row in rows if row[2] == shown] for shown in (True, False))
    means = _by_object(usual), _by_object(changed)
    spared = compare_means(*means) if min(map(len, means)) >= FEWEST else None
    return Prelabelled(
        spared=spared,
        share=abs(spared.spared) / float(means[0].mean()) if spared else 0.0,
        answers=len(changed),
        answers_without=len(usual),
        kept=_said_it(job, WITH, "proposal"),
        alike=_said_it(job, WITHOUT, "withheld"),
    )


def _answers(job: Job) -> QuerySet[Assignment]:
    return Assignment.objects.filter(task__job=job, state__in=COUNTED)


def _by_object(rows: Sequence[tuple[int, float]]) -> np.ndarray:
    """Return the mean seconds of each object's answers: what was drawn by lot is the object, not the answer."""
    if not rows:
        return np.zeros(0)
    tasks, place = np.unique([task for task, _seconds in rows], return_inverse=True)
    seconds = np.bincount(place, weights=[seconds for _task, seconds in rows], minlength=len(tasks))
    return np.asarray(seconds / np.bincount(place))


def _said_it(job: Job, which: Q, column: str) -> float | None:
    """Return the share of the latest answers that say what the machine proposed."""
    kind, asks = task_types.get(job.task_type), job.asks
    if kind.has_picture:
        return None  # an answer's picture lies in the store: five hundred are too many to read for a page
    latest = _answers(job).filter(which, annotation__isnull=False).order_by("-submitted_at")
    pairs = latest.values_list("annotation__payload", f"task__{column}")[:READ]
    said = [kind.agreement(answer, proposal, asks) >= SAME for answer, proposal in pairs]
    return sum(said) / len(said) if said else None
