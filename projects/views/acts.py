"""One act of a button: call a service, say what happened, go back to the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from groundtruth.states import Conflict, Invalid, Refused

PROBLEMS = (Conflict, Invalid, Refused)


def act(
    request: HttpRequest, back: str, said: str, service: Callable[..., Any], *args: Any, **kwargs: Any
) -> HttpResponse:
    """Call the service; its refusal is a message on the page that the person comes back to, as fresh as can be."""
    try:
        service(*args, **kwargs)
    except PROBLEMS as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, said)
    return redirect(back)


def status_of(problem: Exception) -> int:
    """Return the HTTP status of a service's refusal."""
    return 409 if isinstance(problem, Conflict) else 403 if isinstance(problem, Refused) else 422


def tell(form: Form, problem: Exception) -> None:
    """Write a service's refusal above the form that caused it."""
    for sentence in getattr(problem, "problems", [str(problem)]):
        form.add_error(None, sentence)
