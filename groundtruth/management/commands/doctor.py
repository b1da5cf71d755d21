"""`manage.py doctor`: what is unsafe or missing, in plain words."""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand

from groundtruth.diagnosis import Severity, diagnose


class Command(BaseCommand):
    help = "Say what is unsafe or missing for production. Ends with 1 if anything is."
    requires_system_checks: list[str] = []

    def handle(self, **options: Any) -> None:
        findings = diagnose()
        for finding in findings:
            style = self.style.WARNING if finding.severity == Severity.ADVICE else self.style.ERROR
            self.stdout.write(style(f"{finding.severity.value:<8} {finding.title}"))
            self.stdout.write(f"         {finding.remedy}")
        bad = sum(finding.severity != Severity.ADVICE for finding in findings)
        if bad:
            self.stdout.write(f"\n{bad} to mend before strangers use this installation.")
            sys.exit(1)
        self.stdout.write(self.style.SUCCESS("Ready for production."))
