"""Mails: a row in the transaction of what it tells of, sent by a chore. Nothing is sent twice for one key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from groundtruth import clock
from groundtruth.work import ring
from projects.models import Membership, Notice, Project, Role

_links: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def link_for(kind: str) -> Any:
    """Register what a kind of mail needs at the moment of sending: links with a token are never stored."""

    def register(function: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        _links[kind] = function
        return function

    return register


def notify(key: str, recipient: str, kind: str, **payload: Any) -> None:
    """Write a mail, in the caller's transaction; a key that exists already is the same mail and is left alone."""
    with transaction.atomic():
        notice, new = Notice.objects.get_or_create(
            key=key, defaults={"recipient": recipient, "kind": kind, "payload": payload}
        )
        if new:
            ring(notice)


def notify_project(key: str, project: Project, kind: str, **payload: Any) -> None:
    """Write a mail to each owner and manager of the project's organization."""
    _notify_roles((Role.OWNER, Role.MANAGER), key, project, kind, payload)


def notify_reviewers(key: str, project: Project, kind: str, **payload: Any) -> None:
    """Write a mail to everybody of the project's organization who may review."""
    _notify_roles((Role.OWNER, Role.MANAGER, Role.REVIEWER), key, project, kind, payload)


def _notify_roles(roles: tuple[Role, ...], key: str, project: Project, kind: str, payload: dict[str, Any]) -> None:
    people = Membership.objects.filter(organization=project.organization_id, role__in=roles)
    for user_id, email in people.values_list("user_id", "user__email"):
        notify(
            f"{key}-{user_id}",
            email,
            kind,
            project=project.title,
            org=project.organization.slug,
            slug=project.slug,
            **payload,
        )


def send(notice: Notice) -> None:
    """Send one mail. The message's id is made from the row's, so that a repeat can be told from a second mail."""
    if notice.sent_at:
        return
    context = {
        **notice.payload,
        "site": settings.GROUNDTRUTH_URL,
        **_links.get(notice.kind, lambda _: {})(notice.payload),
    }
    subject, _, body = render_to_string(f"mail/{notice.kind}.txt", context).strip().partition("\n")
    EmailMessage(
        subject.strip(),
        body.strip() + "\n",
        to=[notice.recipient],
        headers={"Message-ID": f"<notice-{notice.pk}@groundtruth>"},
    ).send()
    Notice.objects.filter(pk=notice.pk).update(sent_at=clock.now())
