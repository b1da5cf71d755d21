"""The worker portal: what is open to me, the labelling page and the requests of its script."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, RawPostDataException
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET, require_POST

from groundtruth import strict_json
from groundtruth.acts import act
from groundtruth.http import drop_body, json_error, page
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.strict_json import BadJson
from labeling import queries
from labeling.agreeing.own import examples_for, own_jobs
from labeling.models import Job
from labeling.pictures import put_back
from labeling.queries_appeals import pauses_of
from labeling.queries_courses import skills_of
from labeling.queries_quality import kinds_of, on_known
from labeling.services import asking, claiming, instructing, pausing, qualifying, reporting, showing, submitting
from labeling.services.gold import told_miss
from labeling.views import frames
from workforce import services as workforce
from workforce.models import Worker, WorkerStatus

View = Callable[..., HttpResponse]
UNSHOWN_AT_ONCE = 20  # tasks that fail to be shown before a request answers all the same
SOMEBODY_ELSE = (
    "Somebody else is signed in in this browser by now. "
    "When they have signed out, sign in again: your answers are kept on this device."
)


def worker_required(view: View) -> View:
    """Let workers in, and nobody else; one who has not agreed to the terms is asked to first."""

    @wraps(view)
    def checked(request: HttpRequest, **rest: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        worker = Worker.objects.filter(user=request.user.pk).select_related("vendor", "user").first()
        if worker is None:
            raise Http404
        if request.headers.get("X-Worker", worker.public_id) != worker.public_id:
            return json_error(401, "signin", SOMEBODY_ELSE)
        if worker.status == WorkerStatus.INVITED and view.__name__ != "work_terms":
            return redirect("work_terms")
        return view(request, worker, **rest)

    return checked


def script_view(view: Callable[..., dict[str, Any] | None]) -> View:
    """Serve a request of the labelling page's script: JSON in and out, and refusals that it can act on."""

    @require_POST
    @wraps(view)
    def served(request: HttpRequest, **rest: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return json_error(401, "signin", "Sign in again: your answers are kept on this device.")
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_ANSWER_BYTES:
            drop_body(request)
            return json_error(413, "too_large", f"An answer has at most {settings.MAX_ANSWER_BYTES // 2**20} MB.")
        try:
            reply = view(request, _body(request), **rest)
        except BadJson as bad:
            return json_error(400, "malformed", f"The request {bad.says}")
        except Invalid as error:
            return json_error(400, "invalid", str(error), error.problems)
        except Refused as error:
            if _is_somebody_else(request):
                return json_error(401, "signin", SOMEBODY_ELSE)
            return json_error(403, "refused", str(error))
        except Conflict as error:
            return json_error(409, "conflict", str(error))
        return HttpResponse(status=204) if reply is None else JsonResponse(reply)

    return served


def _is_somebody_else(request: HttpRequest) -> bool:
    """Whether another worker is signed in by now than the one whose page asks: the answer is not theirs to lose."""
    asks = request.headers.get("X-Worker")
    return asks is not None and not Worker.objects.filter(user=request.user.pk, public_id=asks).exists()


def _body(request: HttpRequest) -> dict[str, Any]:
    """Return the JSON object that a script sent. Raises BadJson and Invalid."""
    try:
        body = strict_json.decode((request.body or b"{}").decode())
    except (UnicodeDecodeError, RawPostDataException):  # the second: sent as a form, and read as one already
        raise BadJson("encoding", "is not JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise Invalid("Send one JSON object.")
    return body


# --- pages ------------------------------------------------------------------------------------------


@worker_required
def work_home(request: HttpRequest, worker: Worker) -> HttpResponse:
    jobs, week = queries.open_jobs(worker), queries.week_of(worker.pk)
    kept = next((job for job in jobs if job.in_hand), None)
    share = queries.agreement_of(worker.pk)
    context = {
        "worker": worker,
        "jobs": jobs,
        "kept": kept,
        "today": week[-1],
        "week": week,
        "share": share,
        "answers": asking.late_answers(worker.user_id),
        "turned_down": queries.not_accepted(worker.pk),
        "pauses": pauses_of(worker),
    }
    return page(request, "labeling/home.html", context, part="labeling/_jobs.html")


@require_POST
@worker_required
def work_appeal(request: HttpRequest, worker: Worker, pause: str) -> HttpResponse:
    """Send what the worker says to their pause to operations."""
    said = _("Sent. Somebody of operations reads it and decides; the answer comes here and by mail.")
    return act(request, "work_home", said, pausing.appeal, worker, pause, request.POST.get("text"))


@worker_required
def work_history(request: HttpRequest, worker: Worker) -> HttpResponse:
    before = request.GET.get("before", "")
    rows = queries.history(worker, int(before) if before.isdecimal() else None)
    older = rows[-1].key if len(rows) == queries.HISTORY_ROWS else None
    return page(request, "labeling/history.html", {"worker": worker, "rows": rows, "older": older})


@worker_required
def work_quality(request: HttpRequest, worker: Worker) -> HttpResponse:
    jobs = own_jobs(worker)
    context = {
        "worker": worker,
        "kinds": kinds_of(worker),
        "jobs": jobs,
        "known": on_known(worker),
        "skills": skills_of(worker),
        "examples": examples_for(worker, jobs, request.GET.get("job", ""), request.GET.get("category", "")),
    }
    return render(request, "labeling/quality.html", context)


@worker_required
def work_terms(request: HttpRequest, worker: Worker) -> HttpResponse:
    if request.method == "POST":
        workforce.agree_to_terms(worker)
        return redirect("work_home")
    return render(request, "labeling/terms.html", {"worker": worker})


@require_POST
@worker_required
def work_answers(request: HttpRequest, worker: Worker) -> HttpResponse:
    """Take answers off the home page that the worker has read."""
    shown = request.POST.getlist("seen")
    asking.mark_seen(worker.user_id, [int(one) for one in shown if one.isdecimal() and len(one) < 19])
    return redirect("work_home")


@require_GET
@gzip_page  # 40 kB of words and addresses; Django adds random bytes, so that its length tells nothing
@worker_required
def work_job(request: HttpRequest, worker: Worker, job: str) -> HttpResponse:
    found = job_of(worker, job)
    try:
        claiming.may_work(worker, found)
    except Refused as why:
        return render(request, "labeling/closed.html", {"job": found, "why": str(why)}, status=403)
    gate = qualifying.gate_of(worker.pk, found)
    if where := _first_to(gate, worker, found):
        return redirect(where)
    config = {
        **frames.page_config(request, found),
        "worker": worker.public_id,
        "tasks": _hand_out(worker, found),
        "today": queries.done_today(worker.pk),
        "left": queries.left_for(worker.pk, found),
        "answer": request.GET.get("answer", ""),
        "questions": asking.on_hand(worker.user_id),
        "test": gate.of if gate.state == "test" else 0,
        "readFirst": instructing.to_read(worker, found),
        "mark": worker.wire_id if found.deter_saving else "",
        "keys": worker.keys,
    }
    context = {"job": found, "guide": showing.guide_of(found), "config": config}
    return frames.framed(request, render(request, "labeling/work.html", context), found.batch.project_id)


def _first_to(gate: qualifying.Gate, worker: Worker, job: Job) -> str:
    """Return the page of what has to be done before the work, while nothing of the job is in hand; else ""."""
    if gate.state in ("open", "test") or claiming.has_in_hand(worker, job) or not is_workable(job):
        return ""
    return reverse("work_course" if gate.state == "course" else "work_test", args=[job.public_id])


def is_workable(job: Job) -> bool:
    return queries.workable(Job.objects.filter(pk=job.pk)).exists()


def job_of(worker: Worker, public_id: str) -> Job:
    job = queries.running_jobs(worker, public_id)
    if job is None:
        raise Http404
    return job


def _hand_out(worker: Worker, job: Job) -> list[dict[str, Any]]:
    """Return what the worker holds, ready to be shown; a task that cannot be shown makes room for the next."""
    for _attempt in range(UNSHOWN_AT_ONCE):
        if not is_workable(job):
            return []
        shown = [showing.show_or_end(turn, job) for turn in claiming.hand_out(worker, job)]
        if None not in shown:
            break
    return [task for task in shown if task is not None]


# --- requests of the page's script ---------------------------------------------------------------------


def _worker(request: HttpRequest) -> Worker:
    worker = Worker.objects.filter(user=request.user.pk).select_related("vendor", "user").first()
    if worker is None:
        raise Refused("You are not a worker.")
    if request.headers.get("X-Worker", worker.public_id) != worker.public_id:
        raise Refused(SOMEBODY_ELSE)
    return worker


@lru_cache(maxsize=200)
def _frozen_job(public_id: str) -> Job | None:
    """Return what rendering needs of a job, kept: a job's settings, schema and project never change once it runs."""
    return Job.objects.filter(public_id=public_id).select_related("schema", "batch").defer("skills").first()


def _frozen(public_id: str) -> Job:
    job = _frozen_job(public_id)
    if job is None:
        _frozen_job.cache_clear()
        raise Refused("There is no such job.")
    return job


def _next(turn: claiming.Turn | None, job: Job) -> dict[str, Any] | None:
    return showing.show_or_end(turn, job) if turn else None


@script_view
def work_claim(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    worker = _worker(request)
    found = queries.running_jobs(worker, job)
    if found is None:
        raise Refused("This job belongs to another team.")
    try:
        claiming.may_work(worker, found)
    except claiming.Paused:
        return {"tasks": [], "paused": True, **_beside(worker, found)}
    reply = {"tasks": _hand_out(worker, found), **_beside(worker, found)}
    return reply if not found.asks_first else {**reply, **_on_test(worker, found)}


def _beside(worker: Worker, job: Job) -> dict[str, Any]:
    """Return what the page shows beside a task, as it is once tasks were handed out."""
    counts = {"today": queries.done_today(worker.pk), "left": queries.left_for(worker.pk, job)}
    return {**counts, "questions": asking.on_hand(worker.user_id)}


def _on_test(worker: Worker, job: Job) -> dict[str, Any]:
    """Return how many tasks the test has that runs, and where else the worker has to go before they work."""
    gate = qualifying.gate_of(worker.pk, job)
    return {"test": gate.of if gate.state == "test" else 0, "go": _first_to(gate, worker, job)}


@script_view
def work_submit(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    stored = submitting.submit(
        request.user.pk or 0, _key(body), body.get("answer"), fetch_next=bool(body.get("next", True))
    )
    frozen = _frozen(job)
    # What another job's page left unsent is stored, but that job's next task is not for this page.
    following = _next(stored.next, frozen) if stored.job_id == frozen.pk else None
    return {"stored": True, "repeat": stored.repeat, "next": following, "shown": stored.shown, "missed": _told(stored)}


def _told(stored: submitting.Stored) -> dict[str, str] | None:
    """Return what the worker is told of a wrong answer, in words."""
    miss = stored.missed
    return None if miss is None else {"name": miss.name, "said": miss.said, "answer": miss.answer, "why": miss.why}


def _key(body: dict[str, Any]) -> str:
    key = body.get("key")
    if not isinstance(key, str) or not 0 < len(key) <= 40:
        raise Invalid("The task's key is missing.")
    return key


@script_view
def work_decline(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    reason = body.get("reason")
    submitting.decline(request.user.pk or 0, _key(body), reason if isinstance(reason, str) else "")
    return {"stored": True}


@script_view
def work_release(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    submitting.give_up(request.user.pk or 0, _key(body))
    return {"stored": True}


@script_view
def work_pause(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    return {"left": submitting.pause(request.user.pk or 0, _key(body))}


@script_view
def work_resume(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    return {"left": submitting.resume(request.user.pk or 0, _key(body))}


@script_view
def work_beat(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any] | None:
    """Note that the page is there and what it has shown; tell it of answers to its questions."""
    user_id = request.user.pk or 0
    submitting.beat(user_id, _key(body))
    asking.mark_seen(user_id, body.get("seen"))
    news = asking.news(user_id)
    return {"questions": news} if news else None


@script_view
def work_ask(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    user_id = request.user.pk or 0
    asking.ask(user_id, _key(body), body.get("text"))
    return {"questions": asking.on_hand(user_id)}


@script_view
def work_stuck(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    reporting.report_stuck(request.user.pk or 0, _key(body), body.get("what"))
    return {"stored": True}


@script_view
def work_read(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    worker = _worker(request)
    found = queries.running_jobs(worker, job)
    if found is None:
        raise Refused("This job belongs to another team.")
    instructing.note_read(worker, found)
    return {"stored": True}


@require_GET
def work_back(request: HttpRequest, job: str) -> HttpResponse:
    if not request.user.is_authenticated:
        return json_error(401, "signin", "Sign in again: your answers are kept on this device.")
    try:
        worker = _worker(request)
        found = job_of(worker, job)
    except (Refused, Http404):
        return json_error(403, "refused", "This job belongs to another team.")
    answers = [_past(row, found) for row in queries.last_answers(worker.pk, found, request.GET.get("answer", ""))]
    return JsonResponse({"answers": answers})


def _past(row: Any, job: Job) -> dict[str, Any]:
    is_open = row.assignment.state == "submitted" and job.state == "InProgress"
    is_told = job.gold_feedback and told_miss(row.assignment_id) is not None
    if row.assignment.test_number is not None:
        is_told = not qualifying.is_running(row.assignment.worker_id, job)
    return {
        "id": row.assignment.public_id,
        "html": showing.render_object(row.data_object, job),
        "answer": put_back(row.payload, row.blob_key),
        "open": is_open and not is_told,
        "at": row.created_at.isoformat(),
    }


@script_view
def work_correct(request: HttpRequest, body: dict[str, Any], job: str) -> dict[str, Any]:
    public_id = body.get("id")
    submitting.correct(request.user.pk or 0, public_id if isinstance(public_id, str) else "", body.get("answer"))
    return {"stored": True}


@script_view
def work_keys(request: HttpRequest, body: dict[str, Any]) -> dict[str, Any]:
    """Store the worker's own keys, as their labelling page holds them."""
    return {"keys": workforce.set_keys(_worker(request), body.get("keys"))}
