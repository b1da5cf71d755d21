"""`manage.py verify_audit`: walk the audit log's hash chain and say whether it is whole."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from projects import audit
from projects.models import AuditEvent


class Command(BaseCommand):
    help = "Check every sealed event of the audit log against the one before it. Ends with 1 where one was changed."

    def handle(self, *args: Any, **options: Any) -> None:
        problems = audit.verify_chain()
        sealed = AuditEvent.objects.exclude(hash="").count()
        waiting = AuditEvent.objects.filter(hash="").count()
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{sealed} events are sealed and unchanged; {waiting} wait for the next seal.")
