"""The steps of a project's workflow behind its labelling: added, moved, taken off. Batches that run keep their jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F

from groundtruth.states import Invalid, Refused
from labeling.models import StepKind, WorkflowStep
from labeling.models.jobs import BY_OTHERS, STEP_FIELDS
from labeling.services.designing import refuse_unless_open, staff
from projects import task_types
from projects.audit import record
from projects.models import Project
from workforce.models import Team

MOST_STEPS = 9
ASIDE = 1000  # positions where steps wait while others take theirs
NO_LABELLING = "Set up the labelling first: the other steps look at its labels."
NO_VALIDATE = "Others label what rules have found: a step in which rules look has to come before."
KEPT = ("task_type", "attribute", "title", "options", "seconds", "currency")  # that a step has until a batch copies it


def order_problem(kinds: Sequence[str]) -> str:
    """Return why steps of these kinds cannot follow each other, as a sentence; "" where they can."""
    if not kinds or kinds[0] != StepKind.LABEL:
        return NO_LABELLING
    for place, kind in enumerate(kinds):
        if kind in BY_OTHERS and StepKind.VALIDATE not in kinds[:place]:
            return NO_VALIDATE
    return ""


def add_validate(project: Project, by: Any, *, most_flagged: int) -> WorkflowStep:
    """Have rules look at the labels, behind the steps that there are; others look at a share of them at most, in %.

    Raises Refused, Invalid.
    """
    if not 1 <= most_flagged <= 100:
        raise Invalid("Others look at 1 to 100 % of the labels again.")
    return _add(project, by, StepKind.VALIDATE, most_flagged=most_flagged)


def add_verify(
    project: Project, by: Any, *, title: str, team: Team, workers_each: int, shows_label: bool = False
) -> WorkflowStep:
    """Have others label what the rules found, behind the steps that there are. Raises Refused, Invalid.

    shows_label: they begin with the label and mend it; else they do not know it.
    """
    if not 1 <= workers_each <= 9:
        raise Invalid("From 1 to 9 workers label an object.")
    if not title.strip():
        raise Invalid("Give the work a title: workers see it.")
    kind = StepKind.ADJUST if shows_label else StepKind.VERIFY
    return _add(project, by, kind, title=title.strip(), team=team, workers_each=workers_each)


def _add(project: Project, by: Any, kind: str, **own: Any) -> WorkflowStep:
    with transaction.atomic():
        steps = _hold(project)
        if problem := order_problem([*(step.kind for step in steps), kind]):
            raise Refused(problem)
        if len(steps) >= MOST_STEPS:
            raise Refused(f"A workflow has at most {MOST_STEPS} steps.")
        _refuse_unless_it_suits(steps[0], kind, own.get("workers_each", 1))
        given = {name: getattr(steps[0], name) for name in STEP_FIELDS if name in KEPT} | {"team": steps[0].team} | own
        step = WorkflowStep.objects.create(project=project, position=steps[-1].position + 1, kind=kind, **given)
        staff(project)
        record("add step", by, project, kind=str(kind), settings={name: str(value) for name, value in own.items()})
    return step


def _refuse_unless_it_suits(labelling: WorkflowStep, kind: str, workers_each: int) -> None:
    kind_of_work = task_types.get(labelling.task_type)
    if kind == StepKind.VALIDATE and kind_of_work.checked is None:
        raise Refused(f"No rule looks at labels of “{kind_of_work.title}”.")
    if kind_of_work.one_worker_only and workers_each != 1:
        raise Refused(f"{kind_of_work.title} takes exactly one worker an object.")


def move_step(step: WorkflowStep, by: Any, *, up: bool) -> None:
    """Let a step change places with the one before or behind it. Raises Refused where it cannot."""
    with transaction.atomic():
        steps = _hold(step.project)
        place = next((n for n, one in enumerate(steps) if one.pk == step.pk), None)
        other = None if place is None else place - 1 if up else place + 1
        if place is None or other is None or not 0 <= other < len(steps):
            raise Refused("This step cannot move there.")
        steps[place], steps[other] = steps[other], steps[place]
        _write_order(step.project, steps)
        record("move step", by, step.project, kind=step.kind, position=other + 1)


def remove_step(step: WorkflowStep, by: Any) -> None:
    """Take a step off; the labelling stays. Raises Refused where a step behind it needs it."""
    if step.kind == StepKind.LABEL:
        raise Refused("The labelling stays: change it in the set-up.")
    with transaction.atomic():
        steps = [one for one in _hold(step.project) if one.pk != step.pk]
        WorkflowStep.objects.filter(pk=step.pk).delete()
        _write_order(step.project, steps)
        staff(step.project)
        record("remove step", by, step.project, kind=step.kind, position=step.position)


def _hold(project: Project) -> list[WorkflowStep]:
    """Return the steps in order, with the project locked. Raises Refused where its workflow is not to be changed."""
    refuse_unless_open(Project.objects.select_for_update().get(pk=project.pk))
    return list(WorkflowStep.objects.filter(project=project).select_related("team").order_by("position"))


def _write_order(project: Project, steps: Sequence[WorkflowStep]) -> None:
    if problem := order_problem([step.kind for step in steps]):
        raise Refused(problem)
    mine = WorkflowStep.objects.filter(project=project)
    for position, step in enumerate(steps, start=1):
        mine.filter(pk=step.pk).update(position=ASIDE + position)
    for position in range(1, len(steps) + 1):
        mine.filter(position=ASIDE + position).update(position=F("position") - ASIDE)
