"""People of the platform itself: accounts that operations make, and who is of operations."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from groundtruth.states import Invalid, Refused
from projects.accounts import end_sessions, set_password_link
from projects.audit import record
from projects.models import Project, User
from projects.notices import link_for, notify


def add_person(*, email: str, name: str, by: Any) -> User:
    """Make an account and mail its owner how to set a password. Raises Invalid for an address in use."""
    email = email.strip().lower()
    if User.objects.filter(email=email).exists():
        raise Invalid(f"{email} has an account already.")
    with transaction.atomic():
        person = User.objects.create_user(email, name=name)
        record("add person", by, person)
        notify(f"welcome-{person.pk}", email, "account_welcome", user=person.pk)
    return person


@link_for("account_welcome")
def _welcome(payload: dict[str, Any]) -> dict[str, Any]:
    person = User.objects.get(pk=payload["user"])
    return {"name": person.get_short_name(), "set_password": set_password_link(person)}


def make_staff(person: User, by: User) -> None:
    """Let a person work at the operations desk. Raises Refused unless `by` is a superuser."""
    _set_staff(person, by, is_staff=True)


def end_staff(person: User, by: User) -> None:
    """Take a person off the desk and sign them out. Raises Refused unless `by` is a superuser, or for oneself."""
    if person.pk == by.pk:
        raise Refused("You cannot take yourself off the desk. Ask another administrator.")
    _set_staff(person, by, is_staff=False)
    end_sessions(person)


def _set_staff(person: User, by: User, *, is_staff: bool) -> None:
    if not by.is_superuser:
        raise Refused("Only an administrator decides who is of operations.")
    if person.is_superuser and not is_staff:
        raise Refused("An administrator is of operations.")
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_staff=not is_staff).update(is_staff=is_staff):
            record("make staff" if is_staff else "end staff", by, person)


def lock_out(person: User, by: User) -> None:
    """Let a person no longer sign in, and sign them out now. Raises Refused for oneself and for operations."""
    if person.pk == by.pk or person.is_staff:
        raise Refused("Somebody of operations is taken off the desk first, by an administrator.")
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_active=True).update(is_active=False):
            record("lock out", by, person)
    end_sessions(person)


def let_in(person: User, by: User) -> None:
    """Let a person who was locked out sign in again."""
    with transaction.atomic():
        if User.objects.filter(pk=person.pk, is_active=False).update(is_active=True):
            record("let in", by, person)


def take(project: Project, by: User) -> None:
    """Make oneself the owner of a project: whose name stands at its lines on the desk."""
    with transaction.atomic():
        if Project.objects.filter(pk=project.pk).exclude(owner=by).update(owner=by):
            record("take", by, project)
