"""The pages before a job's work: its course, and what its test is and came to."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from groundtruth.states import Refused
from groundtruth.storage import StoreError
from labeling.gold_queries import name_of
from labeling.models import GoldAnswer, Job
from labeling.pictures import put_back
from labeling.queries import in_words
from labeling.services import claiming, coursing, qualifying, showing
from labeling.templating import TemplateError
from labeling.views.frames import frame_url, framed, modules
from labeling.views.worker import is_workable, job_of, worker_required
from workforce.models import Worker


def _why_closed(worker: Worker, job: Job) -> str:
    """Return why a worker is shown nothing of a job; "" where they may work on it."""
    try:
        claiming.may_work(worker, job)
    except Refused as why:
        return str(why)
    return "" if is_workable(job) else _("There is no work on this job at the moment.")


def _closed(request: HttpRequest, job: Job, why: str) -> HttpResponse:
    return render(request, "labeling/closed.html", {"job": job, "why": why}, status=403)


@worker_required
def work_course(request: HttpRequest, worker: Worker, job: str) -> HttpResponse:
    """The instructions (place 0), then an example a page; at the end the worker says to have read it."""
    found = job_of(worker, job)
    if why := _why_closed(worker, found):
        return _closed(request, found, why)
    if not found.course_examples:
        return redirect("work_job", job)
    examples = coursing.examples_of(worker, found)
    place = min(_number(request.GET.get("at", "")), len(examples))
    if request.method == "POST":
        return _finished(worker, found)
    if place:
        coursing.note_shown(worker, found, examples[place - 1])
    context = {
        "job": found,
        "guide": showing.guide_of(found),
        "place": place,
        "of": len(examples),
        "steps": [(n, n < place, n == place) for n in range(len(examples) + 1)],
        "before": place - 1 if place else None,
        "next": place + 1 if place < len(examples) else None,
        "is_done": qualifying.has_finished_course(worker.pk, found),
        "example": _shown(examples[place - 1], found) if place else None,
        "modules": modules(),
        "frame_url": frame_url(found.batch.project_id),
    }
    return framed(request, render(request, "labeling/course.html", context), found.batch.project_id)


def _number(given: str) -> int:
    return int(given[:4]) if given.isascii() and given.isdecimal() else 0


def _shown(example: GoldAnswer, job: Job) -> dict[str, Any]:
    """Return an example as the label view takes it; without `html` where it cannot be shown now."""
    row = example.data_object
    words = {"name": name_of(row), "words": in_words(job, example.payload), "why": example.explanation, "row": row}
    try:
        return {**words, "html": showing.render_object(row, job), "answer": put_back(example.payload, example.blob_key)}
    except (TemplateError, StoreError):
        return words


def _finished(worker: Worker, job: Job) -> HttpResponse:
    try:
        coursing.finish(worker, job)
    except Refused:
        return redirect("work_course", job.public_id)
    return redirect("work_job", job.public_id)


@worker_required
def work_test(request: HttpRequest, worker: Worker, job: str) -> HttpResponse:
    """What the test asks before it begins, and what it came to; a POST begins it."""
    found = job_of(worker, job)
    if why := _why_closed(worker, found):
        return _closed(request, found, why)
    if request.method == "POST":
        try:
            qualifying.begin_test(worker, found)
        except Refused:
            return redirect("work_test", job)
        return redirect("work_job", job)
    gate = qualifying.gate_of(worker.pk, found)
    if gate.state in ("open", "test", "course"):
        return redirect("work_course" if gate.state == "course" else "work_job", job)
    row = gate.row if gate.row and gate.row.tries else None
    left = qualifying.tries_left(row) if row else qualifying.MOST_TRIES
    context = {"job": found, "gate": gate, "row": row, "left": left, "most": qualifying.MOST_TRIES}
    return render(request, "labeling/test.html", context)
