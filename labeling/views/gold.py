"""The desk's pages for a job's known answers: the list with what can be done to it, and the tool that sets one."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from batches.models import DataObject
from groundtruth import strict_json
from groundtruth.acts import PROBLEMS, tell, tried
from groundtruth.states import Invalid
from groundtruth.storage import StoreError
from groundtruth.strict_json import BadJson
from labeling.gold_forms import GoldForm, PromoteForm
from labeling.gold_queries import ROWS, choices_of, chosen_label, gold_rows, name_of
from labeling.models import GoldAnswer, Job
from labeling.pictures import put_back
from labeling.queries_supply import supply_words
from labeling.services import gold_setting, showing
from labeling.templating import TemplateError
from labeling.views.frames import frame_url, framed, modules, words_url
from projects.audit import record


def _job(pk: int) -> Job:
    jobs = Job.objects.select_related("batch__project__organization", "schema").defer("skills")
    return get_object_or_404(jobs, pk=pk)


def known_answers(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Show a job's known answers; promote the surest labels, or retire one. `context`: the admin's."""
    job = _job(pk)
    form = PromoteForm(request.POST if "promote" in request.POST else None)
    if request.method == "POST" and (_promoted(request, job, form) if form.is_bound else _retired(request, job)):
        return redirect("admin:job_gold", pk)
    before, asked = request.GET.get("before", ""), request.GET.get("q", "").strip()[:200]
    rows = gold_rows(job, int(before[:18]) if before.isascii() and before.isdecimal() else None)
    shown = {
        "job": job,
        "why_none": gold_setting.why_none(job),
        "lacks": supply_words(job),
        "rows": rows,
        "older": rows[-1].pk if len(rows) == ROWS else None,
        "form": form,
        "asked": asked,
        "choices": choices_of(job, asked),
    }
    return render(request, "labeling/desk/gold.html", {**context, **shown})


def _promoted(request: HttpRequest, job: Job, form: PromoteForm) -> bool:
    if not form.is_valid():
        return False
    try:
        count = gold_setting.promote(job, request.user, **form.cleaned_data)
    except (*PROBLEMS, StoreError) as why:
        tell(form, why)
        return False
    said = ngettext("%(n)s label is a known answer now.", "%(n)s labels are known answers now.", count)
    messages.success(request, said % {"n": f"{count:,}"})
    return True


def _retired(request: HttpRequest, job: Job) -> bool:
    asked = request.POST.get("retire", "")
    if not (asked.isascii() and asked.isdecimal()):
        return True
    if tried(request, gold_setting.retire, job, request.user, pk=int(asked[:18])):
        messages.success(request, _("It is handed out no more, and judges nobody."))
    return True


def known_answer(request: HttpRequest, pk: int, object_id: str, context: dict[str, Any]) -> HttpResponse:
    """Show an object in its tool, begun with its known answer or else its label, and set the answer."""
    job = _job(pk)
    row = DataObject.objects.filter(batch__project=job.batch.project_id, public_id=object_id).first()
    label = row and chosen_label(job, row)
    if row is None or label is None or gold_setting.why_none(job):
        raise Http404
    known = GoldAnswer.objects.filter(data_object=row, attribute=job.attribute).first()
    form = GoldForm(request.POST or None, initial={"explanation": known.explanation if known else ""})
    if request.method == "POST" and form.is_valid() and _is_set(request, job, row, form):
        return redirect("admin:job_gold", pk)
    try:
        answer = put_back(known.payload, known.blob_key) if known else gold_setting.answer_of(job, label)
        html = showing.render_object(row, job)
    except (TemplateError, StoreError) as why:
        messages.error(request, str(why))
        return redirect("admin:job_gold", pk)
    record("look at object", request.user, row, project=job.batch.project)
    tool = {"html": html, "answer": answer, "modules": modules(), "frame": frame_url(job.batch.project_id)}
    about = {"job": job, "row": row, "name": name_of(row), "known": known, "words": words_url()}
    shown = {**about, "form": form, "tool": tool, "begun": request.POST.get("answer") or json.dumps(answer)}
    response = render(request, "labeling/desk/gold_answer.html", {**context, **shown})
    return framed(request, response, job.batch.project_id)


def _is_set(request: HttpRequest, job: Job, row: DataObject, form: GoldForm) -> bool:
    try:
        answer = strict_json.decode(form.cleaned_data["answer"])
        explanation = form.cleaned_data["explanation"]
        gold_setting.set_answer(job, request.user, row=row, answer=answer, explanation=explanation)
    except BadJson as bad:
        tell(form, Invalid(f"The answer {bad.says}"))
        return False
    except PROBLEMS as why:
        tell(form, why)
        return False
    messages.success(request, _("The known answer is set."))
    return True
