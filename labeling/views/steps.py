"""The desk's page for the steps of a project's workflow: what follows the labelling, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from groundtruth.acts import PROBLEMS, sentences_of, tell
from labeling.models import StepKind, WorkflowStep
from labeling.models.jobs import BY_OTHERS
from labeling.services import ordering
from labeling.step_forms import ValidateForm, VerifyForm
from projects import task_types
from projects.models import Project
from workforce.models import Worker


@dataclass(frozen=True)
class StepRow:
    """A step as the page lists it, in words; `warning` where too few people could do it."""

    step: WorkflowStep
    title: str
    detail: str
    warning: str
    may_go_up: bool
    may_go_down: bool
    may_go: bool


def steps(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Show the steps, or change them: `add` names the kind of a new one; `up`, `down` and `remove` a step."""
    project = get_object_or_404(Project.objects.select_related("organization"), pk=pk)
    design = list(project.steps.select_related("team__vendor", "project").order_by("position"))
    if not design:
        messages.error(request, ordering.NO_LABELLING)
        return redirect("admin:project_set_up", pk)
    added = request.POST.get("add", "")
    validate = ValidateForm(request.POST if added == StepKind.VALIDATE else None, prefix="validate")
    verify = VerifyForm(design[0], request.POST if added == StepKind.VERIFY else None, prefix="verify")
    if request.method == "POST":
        is_done = _add(request, project, validate, verify) if added else _change(request, project)
        if is_done or not added:
            return redirect("admin:project_steps", pk)
    shown = {"project": project, "rows": rows_of(design), "validate": validate, "verify": verify}
    kind = task_types.get(design[0].task_type)
    return render(request, "labeling/desk/steps.html", {**context, **shown, "can_be_checked": kind.checked is not None})


def _add(request: HttpRequest, project: Project, *forms: Any) -> bool:
    services = (ordering.add_validate, ordering.add_verify)
    for form, service in zip(forms, services, strict=True):
        if form.is_bound and form.is_valid():
            try:
                service(project, request.user, **form.cleaned_data)
            except PROBLEMS as why:
                tell(form, why)
                return False
            messages.success(request, _("The step is added, for batches that start from now on."))
            return True
    return False


def _change(request: HttpRequest, project: Project) -> bool:
    """Move or remove the step that a button names."""
    for name in ("up", "down", "remove"):
        if request.POST.get(name, "").isdecimal():
            step = get_object_or_404(WorkflowStep, project=project, pk=int(request.POST[name][:12]))
            try:
                if name == "remove":
                    ordering.remove_step(step, request.user)
                else:
                    ordering.move_step(step, request.user, up=name == "up")
            except PROBLEMS as why:
                for sentence in sentences_of(why):
                    messages.error(request, sentence)
                return False
            messages.success(request, _("The steps are changed, for batches that start from now on."))
            return True
    return False


def rows_of(design: Sequence[WorkflowStep]) -> list[StepRow]:
    """Return the steps in words, each with what may be done to it. A statement for each step of people."""
    kinds = [step.kind for step in design]
    return [
        StepRow(
            step, _title(step), _detail(step), _warning(step, design[:place]),
            may_go_up=place > 1 and _fits(_swapped(kinds, place - 1)),
            may_go_down=0 < place < len(kinds) - 1 and _fits(_swapped(kinds, place)),
            may_go=place > 0 and _fits([*kinds[:place], *kinds[place + 1 :]]),
        )
        for place, step in enumerate(design)
    ]  # fmt: skip


def _fits(kinds: Sequence[str]) -> bool:
    return not ordering.order_problem(kinds)


def _swapped(kinds: Sequence[str], place: int) -> list[str]:
    return [*kinds[:place], kinds[place + 1], kinds[place], *kinds[place + 2 :]]


# --- words ------------------------------------------------------------------------------------------------


def _title(step: WorkflowStep) -> str:
    if step.kind == StepKind.VALIDATE:
        return _("Rules look at the labels")
    if step.kind == StepKind.ADJUST:
        return _("Others mend what was found")
    return _("Others label what was found") if step.kind == StepKind.VERIFY else _("People label")


def _detail(step: WorkflowStep) -> str:
    if step.kind == StepKind.VALIDATE:
        return _("At most %(share)s %% of the labels are looked at again.") % {"share": step.most_flagged}
    people = ngettext("%(n)s worker an object", "%(n)s workers an object", step.workers_each) % {"n": step.workers_each}
    return f"“{step.title}” · {step.team} · {people}"


def _warning(step: WorkflowStep, before: Sequence[WorkflowStep]) -> str:
    """Return why an object may find too few people who have not labelled it yet."""
    if step.kind not in BY_OTHERS:
        return ""
    same = [one.workers_each for one in before if one.kind != StepKind.VALIDATE and one.team_id == step.team_id]
    needed = step.workers_each + sum(same)
    people = Worker.objects.filter(teams=step.team_id, status="active").count()
    if people >= needed:
        return ""
    return _(
        "%(team)s has %(people)s active workers, and an object needs %(needed)s different ones: "
        "those without keep their labels, once the time for them is over."
    ) % {"team": step.team, "people": people, "needed": needed}
