"""Every URL × every role × a stranger: the exact status. A view without a row in the table fails the test.

A row gives the statuses of GET and of POST (with an empty body) for, in this order: owner, manager, reviewer, viewer,
a member of another organization, a worker, operations, and nobody. 404 tells a stranger nothing; 403 tells a member
that the role does not suffice; operations read every portal page and act in the admin; nobody is sent to sign in (302).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from batches.models import DataObject, Delivery
from projects.models import Invitation, Quote, Role, User
from tests import factories

pytestmark = pytest.mark.django_db

WHO = ("owner", "manager", "reviewer", "viewer", "stranger", "worker", "operations", "nobody")
ELSEWHERE = (
    "admin:",
    "account_",
    "mfa_",
    "usersessions_",
    "socialaccount_",
    "social/",
    "openid_connect_",
)  # allauth's, the admin's: tested apart
TABLE: dict[str, tuple[str, str]] = {
    "account": ("200 200 200 200 200 200 200 302", "422 422 422 422 422 422 422 302"),
    "agreement": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "ask_batch": ("405 405 405 405 405 405 405 405", "302 302 403 403 404 404 403 302"),
    "ask_project": ("405 405 405 405 405 405 405 405", "302 302 403 403 404 404 403 302"),
    "bad_lines_csv": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "batch": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "batches": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "change_role": ("405 403 403 403 404 404 405 302", "302 403 403 403 404 404 403 302"),
    "choose_columns": ("405 405 405 405 405 405 405 405", "302 302 302 302 302 302 302 302"),
    "close_batch": ("405 405 405 405 405 405 405 405", "302 302 403 403 404 404 403 302"),
    "covered_object": ("403 403 403 403 403 403 403 403", "405 405 405 405 405 405 405 405"),
    "data_access": ("200 200 200 200 404 404 200 302", "405 405 405 405 404 404 403 302"),
    "decide_batch": ("405 405 405 405 405 405 405 405", "302 302 403 403 404 404 403 302"),
    "delivery_file": ("404 404 404 404 404 404 404 302", "405 405 405 405 405 405 405 405"),
    "delivery_zip": ("404 404 404 404 404 404 404 302", "405 405 405 405 405 405 405 405"),
    "end_session": ("405 405 405 405 405 405 405 302", "404 404 404 404 404 404 404 302"),
    "failed_csv": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "failed_objects": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "findings": ("286 286 286 286 404 404 286 302", "405 405 405 405 405 405 405 405"),
    "found_organization": ("200 200 200 200 200 200 200 302", "422 422 422 422 422 422 422 302"),
    "give_feedback": ("405 405 405 405 405 405 405 405", "302 302 302 403 404 404 403 302"),
    "guideline": ("404 404 404 404 404 404 404 302", "405 405 405 405 404 404 403 302"),
    "healthz": ("503 503 503 503 503 503 503 503", "405 405 405 405 405 405 405 405"),
    "home": ("302 302 302 302 302 302 302 302", "302 302 302 302 302 302 302 302"),
    "invitation": ("404 404 404 404 404 404 404 404", "404 404 404 404 404 404 404 404"),
    "invite": ("405 405 403 403 404 404 405 302", "422 422 403 403 404 404 403 302"),
    "leave_organization": ("405 405 405 405 404 404 405 302", "302 302 302 302 404 404 403 302"),
    "media": ("404 404 404 404 404 404 404 404", "405 405 405 405 405 405 405 405"),
    "members": ("302 302 302 302 404 404 302 302", "405 405 405 405 404 404 403 302"),
    "metrics": ("200 200 200 200 200 200 200 302", "405 405 405 405 405 405 405 405"),
    "metrics_csv": ("200 200 200 200 200 200 200 302", "405 405 405 405 405 405 405 405"),
    "new_batch": ("200 200 403 403 404 404 200 302", "422 422 403 403 404 404 403 302"),
    "object": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "confidence": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "machine": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "objects": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "organization": ("200 200 200 200 404 404 200 302", "405 405 405 405 404 404 403 302"),
    "outbox": ("403 403 403 403 403 403 200 302", "405 405 405 405 405 405 405 302"),
    "patterns": ("404 404 404 404 404 404 200 404", "404 404 404 404 404 404 200 404"),
    "project": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "projects": ("200 200 200 200 200 200 200 302", "405 405 405 405 405 405 405 405"),
    "machine_wish": ("200 200 403 403 404 404 200 302", "422 422 403 403 404 404 403 302"),
    "quote": ("200 200 200 200 404 404 200 302", "422 403 403 403 404 404 403 302"),
    "remove_member": ("405 403 403 403 404 404 405 302", "302 403 403 403 404 404 403 302"),
    "request_project": ("200 200 403 403 200 403 403 302", "422 422 403 403 422 403 403 302"),
    "resend_invitation": ("405 405 403 403 404 404 405 302", "302 302 403 403 404 404 403 302"),
    "retry_failed": ("405 405 405 405 405 405 405 405", "302 302 403 403 404 404 403 302"),
    "review": ("200 200 200 200 404 404 200 302", "405 405 405 405 405 405 405 405"),
    "send_review": ("405 405 405 405 405 405 405 405", "302 302 302 403 404 404 403 302"),
    "store": ("403 403 403 403 403 403 403 403", "405 405 405 405 405 405 405 405"),
    "upload": ("404 404 403 403 404 404 404 302", "405 405 405 405 405 405 405 405"),
    "upload_finish": ("405 405 405 405 405 405 405 405", "404 404 403 403 404 404 403 302"),
    "uploads": ("200 200 403 403 404 404 200 302", "422 422 403 403 404 404 403 302"),
    "withdraw_invitation": ("405 405 403 403 404 404 405 302", "302 302 403 403 404 404 403 302"),
    "withdraw_project": ("200 200 403 403 404 404 200 302", "302 302 403 403 404 404 403 302"),
    "work_appeal": ("405 405 405 405 405 405 405 405", "404 404 404 404 404 302 404 302"),
    "work_answers": ("405 405 405 405 405 405 405 405", "404 404 404 404 404 302 404 302"),
    "work_ask": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_back": ("403 403 403 403 403 200 403 401", "405 405 405 405 405 405 405 405"),
    "work_beat": ("405 405 405 405 405 405 405 405", "204 204 204 204 204 204 204 401"),
    "work_claim": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 200 403 401"),
    "work_correct": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_course": ("404 404 404 404 404 302 404 302", "404 404 404 404 404 302 404 302"),
    "work_test": ("404 404 404 404 404 302 404 302", "404 404 404 404 404 302 404 302"),
    "work_decline": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_words": ("200 200 200 200 200 200 200 200", "405 405 405 405 405 405 405 405"),
    "work_frame": ("200 200 200 200 200 200 200 200", "405 405 405 405 405 405 405 405"),
    "work_history": ("404 404 404 404 404 200 404 302", "404 404 404 404 404 200 404 302"),
    "work_quality": ("404 404 404 404 404 200 404 302", "404 404 404 404 404 200 404 302"),
    "work_home": ("404 404 404 404 404 200 404 302", "404 404 404 404 404 200 404 302"),
    "work_job": ("404 404 404 404 404 200 404 302", "405 405 405 405 405 405 405 405"),
    "work_keys": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 400 403 401"),
    "work_pause": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_read": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 200 403 401"),
    "work_release": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_resume": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_stuck": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_submit": ("405 405 405 405 405 405 405 405", "403 403 403 403 403 403 403 401"),
    "work_terms": ("404 404 404 404 404 200 404 302", "404 404 404 404 404 302 404 302"),
}


def named_urls(patterns: Any = None, prefix: str = "") -> Iterator[str]:
    for entry in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            yield from named_urls(entry.url_patterns, f"{entry.namespace}:" if entry.namespace else prefix)
        elif isinstance(entry, URLPattern):
            yield prefix + (entry.name or str(entry.pattern))


def ours() -> list[str]:
    return sorted({name for name in named_urls() if not name.startswith(ELSEWHERE)})


class World:
    """An organization with something of each kind, and a client for each kind of person."""

    def __init__(self) -> None:
        self.organization = factories.make_organization()
        self.project = factories.make_project(
            self.organization, state="pilot_in_progress", modality="text", task_type="text-classification"
        )
        factories.make_grant(self.project, "in")
        self.batch = factories.make_running_batch(self.project)
        self.job = factories.make_job(self.batch)
        self.quote = Quote.objects.create(project=self.project, number=1, price=5)
        self.people: dict[str, User | None] = {
            role: factories.make_member(self.organization, role, name=role.title()) for role in Role.values
        }
        self.people["stranger"] = factories.make_member(factories.make_organization("Other"), "owner", name="Mallory")
        self.people["worker"] = factories.make_worker(self.job.team).user
        self.people["operations"] = factories.make_staff()
        self.people["nobody"] = None
        self.colleague = factories.make_member(self.organization, "viewer", name="Colleague")
        self.invitation = Invitation.objects.create(
            organization=self.organization, email="new@example.test", role="viewer", token_hash="x" * 64,
            expires_at="2030-01-01T00:00Z",
        )  # fmt: skip
        self.delivery = Delivery.objects.create(batch=self.batch, round=1, prefix=self.batch.output_uri)

    def arguments(self, name: str) -> dict[str, Any]:
        """Return what every URL may want, by the name of its part."""
        row = DataObject.objects.filter(batch=self.batch).order_by("ordinal")[0]
        everything = {
            "org": self.organization.slug, "project": self.project.slug, "batch": self.batch.slug,
            "object_id": row.public_id, "public_id": row.public_id, "job": self.job.public_id,
            "person": self.colleague.public_id, "invitation": self.invitation.pk, "token": "not-a-token",
            "round": 1, "code": "manifest", "upload": "nothing-there", "bucket": "groundtruth", "key": "x.png",
            "session": 999_999, "pause": "made-up",
        }  # fmt: skip
        return {part: everything[part] for part in parts_of(name)}


def parts_of(name: str) -> list[str]:
    possibilities, *_ = get_resolver().reverse_dict.getlist(name)[0]
    return list(possibilities[0][1])


@pytest.fixture
def world() -> World:
    return World()


def status_of(world: World, name: str, who: str, method: str) -> int:
    """Ask once, in a transaction that is undone, so that the next asks the same world."""
    client = Client(raise_request_exception=False)
    person = world.people[who]
    if person is not None:
        client.force_login(person)
    with transaction.atomic():
        address = reverse(name, kwargs=world.arguments(name))
        if name.startswith("work_") and method == "POST":  # the labelling page's script speaks JSON
            body = {"key": "made-up", "id": "made-up", "answer": {}, "reason": "made up"}
            response = client.post(address, body, content_type="application/json")
        else:
            response = getattr(client, method.lower())(address)
        transaction.set_rollback(True)
    return int(response.status_code)


def test_every_view_has_a_row() -> None:
    assert sorted(TABLE) == ours()


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_gets_its_status(world: World, name: str) -> None:
    asked = tuple(" ".join(str(status_of(world, name, who, method)) for who in WHO) for method in ("GET", "POST"))

    assert asked == TABLE[name]
