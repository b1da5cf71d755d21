"""What the courses and tests of jobs need of known answers, and what there is."""

from __future__ import annotations

from django.utils.translation import gettext as _

from labeling.gold_queries import gold_like
from labeling.models import Job
from labeling.queries_courses import LEAST_TEST


def supply_words(job: Job) -> list[str]:
    """Return, as sentences, what known answers a job's course and test still need; nothing where there are enough."""
    if not job.asks_first:
        return []
    known = gold_like(job).filter(retired_at=None, data_object__failure="")
    explained = known.exclude(explanation="").count()
    examples = min(job.course_examples, explained)
    return [*_course_words(job, explained), *_test_words(job, known.count() - examples)]


def _course_words(job: Job, explained: int) -> list[str]:
    if explained >= job.course_examples:
        return []
    said = _("The course has %(n)s of its %(of)s examples: give more known answers an explanation.")
    return [said % {"n": explained, "of": job.course_examples}]


def _test_words(job: Job, left: int) -> list[str]:
    if left >= job.test_tasks:
        return []
    if left < LEAST_TEST:
        said = _(
            "The test waits for known answers: beside the examples there are %(n)s, and it needs at least %(least)s. "
            "Until then people work without it."
        )
        return [said % {"n": left, "least": LEAST_TEST}]
    said = _("The test asks %(n)s tasks instead of %(of)s: beside the examples there are no more known answers.")
    return [said % {"n": left, "of": job.test_tasks}]
