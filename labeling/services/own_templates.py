"""Templates of operations' own: pasted, or named in the store; tried with a sample before any job may have one."""

from __future__ import annotations

from groundtruth.storage import StoreError, parse_uri
from labeling.sample_input import sample_input
from labeling.sample_media import stand_in
from labeling.templating import SOURCE_LIMIT, TemplateError, render
from projects.grants import find_place
from projects.models import Project

MAX_BYTES = 4 * SOURCE_LIMIT  # of UTF-8


def is_address(written: str) -> bool:
    """Tell whether a template is named by where it stands in the store."""
    return written.strip().startswith("s3://") and len(written.split()) == 1


def read_template(project: Project, written: str) -> str:
    """Return the source of a template that is pasted, or named within the project's grants. Raises TemplateError."""
    if not is_address(written):
        return written.replace("\r\n", "\n")
    try:
        address = parse_uri(written.strip())
        place = find_place(project.pk, address)
        if place is None:
            raise TemplateError(f"{written.strip()[:200]} is not within what this project was granted")
        data = place.store().read(address, 0, MAX_BYTES + 1)
    except StoreError as problem:
        raise TemplateError(f"{written.strip()[:200]} cannot be read: {problem}") from problem
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as problem:
        raise TemplateError(f"{written.strip()[:200]} is not text in UTF-8") from problem


def template_problem(source: str) -> str:
    """Return why a template cannot be used, with the line where one can be named; "" where a sample is rendered."""
    if not source.strip():
        return ""
    try:
        render(source, sample_input(source), sign=stand_in)
    except TemplateError as why:
        return f"The template cannot be used. {why}"
    return ""
