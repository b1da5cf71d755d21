"""From a task to the page that shows it: the template's input, its rendering, what the labelling page keeps of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings

from batches.models import DataObject
from groundtruth import clock
from labeling import templating
from labeling.models import Job, Task
from labeling.services import releasing
from labeling.services.claiming import Turn
from labeling.templating import TemplateError
from projects import task_types
from projects.grants import cover_for, sign_for
from projects.task_types import Item


@lru_cache(maxsize=100)
def type_template(task_type: str) -> str:
    """Return the Liquid source of a task type's template."""
    name = task_types.get(task_type).template
    return (Path(settings.BASE_DIR) / "templates" / "tasks" / name).read_text()


def template_of(job: Job) -> str:
    """Return the Liquid source that shows a job's tasks."""
    return job.template or type_template(job.task_type)


def task_input(line: str, job: Job, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return `task.input`: what the pre-annotation function gave, else what the built-in ones fill in.

    As spec/templates.md 2.2 says, and what the task type adds. Raises TemplateError where this object has no task.
    """
    manifest_line = json.loads(line)
    source = manifest_line.get("source", manifest_line.get("source-ref", ""))
    usual = {
        "taskObject": source,
        "labels": job.schema.categories,
        "header": job.title,
        "manifestLine": manifest_line,
    }
    made = manifest_line if given is None else {}
    return {**made, **usual, **_of_type(job, manifest_line), **(given or {})}


def _of_type(job: Job, manifest_line: dict[str, Any]) -> dict[str, Any]:
    add = task_types.get(job.task_type).task_input
    if add is None:
        return {}
    try:
        return add(Item(manifest_line), job.asks)
    except ValueError as why:
        raise TemplateError(str(why)) from why


def render_task(line: str, job: Job, given: Mapping[str, Any] | None = None) -> str:
    """Return the HTML of a task, whose addresses say nothing of its objects: it may be one whose answer is known.

    Raises TemplateError with line and reason.
    """
    # One address an object, though no two covers are alike: the browser fetches what a page shows twice once.
    return render_with(line, job, given, sign=cache(partial(cover_for, job.batch.project_id)))


def render_with(line: str, job: Job, given: Mapping[str, Any] | None, *, sign: Callable[[str], str]) -> str:
    """As `render_task`, with another signer."""
    return templating.render(template_of(job), task_input(line, job, given), sign=sign)


def render_object(row: DataObject, job: Job) -> str:
    """Return the HTML that shows a labelled object: as its task was. Raises TemplateError."""
    given = None
    if job.pre_function:
        given = Task.objects.filter(job=job, data_object=row).values_list("task_input", flat=True).first()
    return render_task(row.line, job, given)


def shown(turn: Turn, job: Job) -> dict[str, Any]:
    """Return a task as the labelling page's script takes it. Raises TemplateError.

    Of what the machine thinks, or the label was, it holds nothing, not even the word, but where this task shows it.
    """
    proposed = {} if turn.proposal is None or not job.shows_proposals else {"proposal": turn.proposal}
    left = None if turn.shown_at is None else max((turn.lease_until - clock.now()).total_seconds() - 30, 0)
    in_test = {} if turn.test_number is None else {"test": turn.test_number}
    return {
        "key": turn.submit_key,
        "id": turn.public_id,
        "html": render_task(turn.line, job, turn.task_input),
        "seconds": job.seconds,
        "left": left,
        "draft": None,
        **proposed,
        **in_test,
    }


def show_or_end(turn: Turn, job: Job) -> dict[str, Any] | None:
    """Return a task as `shown` does; one that cannot be shown fails alone, and None is returned."""
    try:
        return shown(turn, job)
    except TemplateError as why:
        releasing.end_unrenderable(job, turn.pk, turn.task_id, str(why))
        return None


def guide_of(job: Job) -> dict[str, Any]:
    """Return the instructions that stand beside the task, examples signed."""
    schema, project_id = job.schema, job.batch.project_id

    def example(uri: str, caption: str) -> dict[str, str] | None:
        return {"url": sign_for(project_id, uri) if uri else "", "caption": caption} if uri or caption else None

    return {
        "title": job.title,
        "version": schema.version,
        "short": [part for part in schema.short_instructions.split("\n\n") if part.strip()],
        "full": schema.full_instructions,
        "good": example(schema.good_example, schema.good_caption),
        "bad": example(schema.bad_example, schema.bad_caption),
    }
