"""How an act of a page ends: done, or said why not, on the page it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from groundtruth.states import Conflict, Invalid, Refused

PROBLEMS = (Conflict, Invalid, Refused)


def tried(request: HttpRequest, service: Callable[..., Any], *args: Any, **kwargs: Any) -> bool:
    """Call the service; True when it did its work, else its refusal is told on the next page."""
    try:
        service(*args, **kwargs)
    except PROBLEMS as problem:
        messages.error(request, str(problem))
        return False
    return True


def tried_form(request: HttpRequest, form: Form, service: Callable[[dict[str, Any]], object]) -> bool:
    """Call the service with a valid form's data; else, as `tried`, the first problem of each field is told."""
    if form.is_valid():
        return tried(request, service, form.cleaned_data)
    for problems in form.errors.values():
        messages.error(request, str(problems[0]))
    return False


def act(
    request: HttpRequest, back: str, said: str, service: Callable[..., Any], *args: Any, **kwargs: Any
) -> HttpResponse:
    """Call the service, say what happened, go back to the page, which is as fresh as can be."""
    if tried(request, service, *args, **kwargs):
        messages.success(request, said)
    return redirect(back)


def status_of(problem: Exception) -> int:
    """Return the HTTP status of a service's refusal."""
    return 409 if isinstance(problem, Conflict) else 403 if isinstance(problem, Refused) else 422


def sentences_of(problem: Exception) -> list[str]:
    """Return what a refusal says: several sentences where input is invalid, else one."""
    return problem.problems if isinstance(problem, Invalid) else [str(problem)]


def tell(form: Form, problem: Exception) -> None:
    """Write a service's refusal above the form that caused it."""
    for sentence in sentences_of(problem):
        form.add_error(None, sentence)
