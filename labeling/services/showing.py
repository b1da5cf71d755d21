"""From a task to the page that shows it: the template's input, its rendering, what the labelling page keeps of it."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from groundtruth import clock
from labeling import templating
from labeling.models import Job
from labeling.services.claiming import Turn
from projects import task_types
from projects.grants import sign_for


@lru_cache(maxsize=100)
def template_of(task_type: str) -> str:
    """Return the Liquid source of a task type's template."""
    name = task_types.get(task_type).template
    return (Path(settings.BASE_DIR) / "templates" / "tasks" / name).read_text()


def task_input(line: str, job: Job) -> dict[str, Any]:
    """Return `task.input` as the built-in pre-annotation functions fill it (spec/templates.md 2.2)."""
    manifest_line = json.loads(line)
    source = manifest_line.get("source", manifest_line.get("source-ref", ""))
    return {
        "taskObject": source,
        "labels": job.schema.categories,
        "header": job.title,
        "manifestLine": manifest_line,
        **{key: value for key, value in manifest_line.items() if key not in ("taskObject", "labels", "manifestLine")},
    }


def render_task(line: str, job: Job) -> str:
    """Return the HTML of a task. Raises TemplateError with line and reason."""
    project_id = job.batch.project_id
    return templating.render(
        template_of(job.task_type), task_input(line, job), sign=lambda uri: sign_for(project_id, uri)
    )


def shown(turn: Turn, job: Job) -> dict[str, Any]:
    """Return a task as the labelling page's script takes it."""
    left = None if turn.shown_at is None else max((turn.lease_until - clock.now()).total_seconds() - 30, 0)
    return {
        "key": turn.submit_key,
        "id": turn.public_id,
        "html": render_task(turn.line, job),
        "seconds": job.seconds,
        "left": left,
        "draft": None,
    }


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
