"""The desk's own pages for a project: the set-up of its workflow, and the task as a worker will see it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from batches.models import DataObject
from groundtruth.acts import PROBLEMS, sentences_of
from groundtruth.states import Refused
from labeling import templating
from labeling.desk_forms import DesignForm
from labeling.models import Job
from labeling.queries_supply import supply_words
from labeling.sample_input import sample_input
from labeling.sample_media import stand_in
from labeling.services import designing, hooks, showing
from labeling.views.frames import framed, page_config
from projects import task_types
from projects.grants import sign_for
from projects.models import LabelSchema, Project


def set_up(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Show the design's form, or make the design. `context` is the admin's own."""
    project = get_object_or_404(Project.objects.select_related("organization"), pk=pk)
    form = DesignForm(project, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        problems = _set_up(request, project, form)
        if not problems:
            return redirect(
                "admin:project_preview" if "preview" in request.POST else "admin:projects_project_change", pk
            )
        for problem in problems:
            form.add_error(None, problem)
    return render(
        request, "labeling/desk/set_up.html", {**context, "project": project, "form": form, **_beside(project)}
    )


def _set_up(request: HttpRequest, project: Project, form: DesignForm) -> list[str]:
    try:
        schema = designing.set_up(project, request.user, **form.values())
    except PROBLEMS as why:
        return sentences_of(why)
    messages.success(
        request,
        _("The workflow is set up: guide %(version)d is for batches that start from now on.")
        % {"version": schema.version},
    )
    for lack in supply_words(designing.preview_job(project)):
        messages.warning(request, lack)
    return []


def _beside(project: Project) -> dict[str, Any]:
    """Return what stands beside the form: the request's words, its guideline, and the examples as they are."""
    schema = LabelSchema.objects.filter(project=project).order_by("-version").first()

    def signed(uri: str) -> str:
        return sign_for(project.pk, uri) if uri else ""

    return {
        "schema": schema,
        "good_url": signed(schema.good_example) if schema else "",
        "bad_url": signed(schema.bad_example) if schema else "",
        "guideline_url": signed(project.guideline_key),
        "has_step": project.steps.exists(),
        "kinds": list(task_types.every()),
    }


def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the task as a worker will see it. Nothing is stored, whatever is submitted."""
    project = get_object_or_404(Project.objects.select_related("organization"), pk=pk)
    try:
        job = designing.preview_job(project)
        html = _task_html(project, job)
    except (Refused, templating.TemplateError) as why:
        messages.error(request, str(why))
        return redirect("admin:project_set_up", pk)
    config = {
        **page_config(request, job),
        "preview": True,
        "worker": "preview",
        "tasks": [
            {"key": "preview", "id": "preview", "html": html, "seconds": job.seconds, "left": None, "draft": None}
        ],
        "today": 0,
        "left": 1,
    }
    config["urls"]["home"] = reverse("admin:project_set_up", args=[pk])
    context = {"job": job, "guide": showing.guide_of(job), "config": config}
    return framed(request, render(request, "labeling/work.html", context), project.pk)


def _task_html(project: Project, job: Job) -> str:
    """Render the first object of the project's newest batch that has one, else a sample.

    The sample is the task type's own example, or what a template of the job's own asks for.
    """
    found = DataObject.objects.filter(batch__project=project, failure="").order_by("-batch_id", "ordinal").first()
    if found:
        return showing.render_task(found.line, job, _prepared(found.line, job))
    line = json.dumps(task_types.get(job.task_type).example.item.line)
    if job.template:
        return showing.render_with(line, job, sample_input(job.template), sign=stand_in)
    return showing.render_with(line, job, None, sign=lambda uri: example_picture())


def _prepared(line: str, job: Job) -> dict[str, Any] | None:
    """Return what the job's pre-annotation function makes of an object. Raises Refused where it makes nothing."""
    if not hooks.has_pre(job):
        return None
    made = hooks.prepare(job, 0, line)
    if made.refusal:
        raise Refused(made.refusal)
    return made.task_input


def example_picture() -> str:
    """Return a drawing as a data address, to stand in for a picture while the project has none."""
    words = escape(_("An example stands here until data arrives"))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="960" height="600" viewBox="0 0 960 600">'
        '<rect width="960" height="600" fill="#c9d6df"/>'
        '<path d="M0 430 260 250l170 120 190-190 340 250v170H0z" fill="#7d95a5"/>'
        '<circle cx="200" cy="130" r="60" fill="#f3e3b3"/>'
        '<text x="480" y="560" font-family="sans-serif" font-size="28" text-anchor="middle" fill="#16202a">'
        f"{words}</text></svg>"
    )
    return "data:image/svg+xml," + quote(svg)
