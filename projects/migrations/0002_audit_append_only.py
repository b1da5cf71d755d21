"""Let the audit log only grow: triggers refuse every DELETE, and every UPDATE but the one that sets an empty hash."""

from typing import Any

from django.db import migrations

SQLITE = (
    """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON projects_auditevent
    BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END
    """,
    """
    CREATE TRIGGER audit_seal_only BEFORE UPDATE ON projects_auditevent
    WHEN OLD.hash <> '' OR NEW.hash = ''
      OR NEW.id IS NOT OLD.id OR NEW.at IS NOT OLD.at OR NEW.actor_id IS NOT OLD.actor_id OR NEW.actor IS NOT OLD.actor
      OR NEW.organization_id IS NOT OLD.organization_id OR NEW.project_id IS NOT OLD.project_id OR NEW.verb IS NOT OLD.verb
      OR NEW.target_type IS NOT OLD.target_type OR NEW.target_id IS NOT OLD.target_id
      OR NEW.request_id IS NOT OLD.request_id OR NEW.data IS NOT OLD.data
    BEGIN SELECT RAISE(ABORT, 'the audit log is append only'); END
    """,
)
POSTGRESQL = (
    """
    CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'UPDATE' AND OLD.hash = '' AND NEW.hash <> ''
         AND ROW(NEW.id, NEW.at, NEW.actor_id, NEW.actor, NEW.organization_id, NEW.project_id, NEW.verb, NEW.target_type,
                 NEW.target_id, NEW.request_id, NEW.data)
             IS NOT DISTINCT FROM
             ROW(OLD.id, OLD.at, OLD.actor_id, OLD.actor, OLD.organization_id, OLD.project_id, OLD.verb, OLD.target_type,
                 OLD.target_id, OLD.request_id, OLD.data) THEN
        RETURN NEW;
      END IF;
      RAISE EXCEPTION 'the audit log is append only';
    END $$
    """,
    """
    CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON projects_auditevent
    FOR EACH ROW EXECUTE FUNCTION audit_append_only()
    """,
)


def add(apps: Any, schema_editor: Any) -> None:
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP TRIGGER audit_no_delete")
        schema_editor.execute("DROP TRIGGER audit_seal_only")
    else:
        schema_editor.execute("DROP TRIGGER audit_append_only ON projects_auditevent")
        schema_editor.execute("DROP FUNCTION audit_append_only()")


class Migration(migrations.Migration):
    dependencies = [("projects", "0001_initial")]
    operations = [migrations.RunPython(add, remove)]
