"""The audit log only grows, and says so when somebody changed it past the database's refusal."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from groundtruth.http import current_request_id
from projects import audit
from projects.models import AuditEvent
from tests.factories import make_member, make_project, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def events(count: int = 3) -> list[AuditEvent]:
    project, ada = make_project(), make_user("Ada")
    for number in range(count):
        audit.record(f"act {number}", ada, project, number=number)
    return list(AuditEvent.objects.order_by("id"))


def refuses(statement: str) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as problem:
        return "append only" in str(problem)
    return False


def force(statement: str) -> None:
    """Change a row as somebody would who owns the database: past its triggers."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER audit_seal_only")
            cursor.execute("DROP TRIGGER audit_no_delete")
        else:
            cursor.execute("ALTER TABLE projects_auditevent DISABLE TRIGGER audit_append_only")
        cursor.execute(statement)


def test_the_triggers_stand_after_the_last_migration():
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'projects_auditevent'")
            expected = {"audit_no_delete", "audit_seal_only"}
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'projects_auditevent'::regclass AND NOT tgisinternal"
            )
            expected = {"audit_append_only"}
        assert {name for (name,) in cursor.fetchall()} == expected


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM projects_auditevent",
        "UPDATE projects_auditevent SET verb = 'nothing'",
        "UPDATE projects_auditevent SET actor_id = NULL",
        "UPDATE projects_auditevent SET hash = ''",
        "UPDATE projects_auditevent SET hash = 'x', verb = 'nothing'",
        "UPDATE projects_auditevent SET hash = 'x', target_id = 0",
    ],
)
def test_the_database_refuses_to_change_or_delete(statement: str):
    events()

    assert refuses(statement)
    assert AuditEvent.objects.count() == 3


def test_a_sealed_event_is_not_sealed_again():
    events()
    audit.seal()

    assert refuses("UPDATE projects_auditevent SET hash = 'x'")


def test_sealing_numbers_and_chains_what_came_since():
    events(2)
    first = audit.seal()
    events(3)
    second = audit.seal()

    rows = list(AuditEvent.objects.order_by("sealed_no"))
    assert (first, second, audit.seal()) == (2, 3, 0)
    assert [row.sealed_no for row in rows] == [1, 2, 3, 4, 5]
    assert [row.prev_hash for row in rows] == ["", *(row.hash for row in rows[:-1])]
    assert audit.verify_chain() == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE projects_auditevent SET verb = 'nothing' WHERE sealed_no = 2", "Event 2 was changed"),
        ("UPDATE projects_auditevent SET data = '{}' WHERE sealed_no = 2", "Event 2 was changed"),
        ("DELETE FROM projects_auditevent WHERE sealed_no = 2", "Event 2 is missing"),
    ],
)
def test_a_change_past_the_triggers_is_found(statement: str, problem: str):
    events()
    audit.seal()

    force(statement)

    assert problem in " ".join(audit.verify_chain())
    with pytest.raises(CommandError, match=problem):
        call_command("verify_audit")


def test_the_command_says_what_is_sealed_and_what_waits():
    events(2)
    audit.seal()
    events(0)
    audit.record("one more", None)
    out = StringIO()

    call_command("verify_audit", stdout=out)

    assert out.getvalue() == "2 events are sealed and unchanged; 1 wait for the next seal.\n"


def test_an_event_knows_who_where_and_in_which_request():
    project = make_project()
    ada = make_member(project.organization)
    token = current_request_id.set("request-1")

    audit.record("look", ada, project, page="overview")

    current_request_id.reset(token)
    event = AuditEvent.objects.get()
    assert (event.actor_id, event.actor, event.organization_id, event.project_id) == (
        ada.pk,
        "Ada",
        project.organization_id,
        project.pk,
    )
    assert (event.target_type, event.target_id, event.request_id, event.data) == (
        "projects.project",
        project.pk,
        "request-1",
        {"page": "overview"},
    )


def test_the_log_outlives_what_it_speaks_of():
    project = make_project()
    audit.record("look", None, project)

    number = project.pk
    project.delete()

    assert AuditEvent.objects.get().target_id == number
