"""How an act of a page ends: done, or said why not, on the page it came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from groundtruth.states import Conflict, Invalid, Refused


def act(request: HttpRequest, form: forms.Form, service: Callable[[dict[str, Any]], object]) -> bool:
    """Call a service with a valid form's data; True when it did its work, else the reason is told on the next page."""
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, str(problems[0]))
        return False
    try:
        service(form.cleaned_data)
    except (Conflict, Refused, Invalid) as problem:
        messages.error(request, str(problem))
        return False
    return True
