"""What a labelling page says of a task that its template keeps from being worked on, for operations to see."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count

from groundtruth.states import Invalid, Refused
from labeling.models import Assignment, Job
from labeling.states import IN_HAND

STUCK = {"unopened": "the page reported: did not open", "silent": "the page reported: stopped answering"}
MOST_REASONS = 10  # named of one job


def report_stuck(user_id: int, key: str, what: object) -> None:
    """Note on this person's turn that its task did not open, or stopped answering; what they say themselves goes first.

    Raises Refused (not this person's task), Invalid (no such report). Repeated, it changes nothing.
    """
    mine = Assignment.objects.filter(submit_key=key, worker__user=user_id)
    if not mine.exists():
        raise Refused("This task is not yours.")
    if not isinstance(what, str) or what not in STUCK:
        raise Invalid("Say what is wrong with the task: unopened or silent.")
    mine.filter(state__in=IN_HAND, reason="").update(reason=STUCK[what])


def reasons_of(job: Job) -> Iterable[tuple[str, int]]:
    """Return why a job's tasks were declined and what pages reported, with counts, the most frequent first."""
    said = Assignment.objects.for_labels().filter(task__job=job).exclude(reason="").exclude(state="rejected")
    return said.values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")[:MOST_REASONS]
