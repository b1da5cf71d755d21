"""`manage.py sync_schedules`: after each deployment, beside `migrate`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from groundtruth.schedules import sync_schedules


class Command(BaseCommand):
    help = "Write the schedules of the settings into the database. Harmless when repeated."

    def handle(self, **options: Any) -> None:
        changed = sync_schedules()
        self.stdout.write(f"{changed} schedules changed." if changed else "All schedules are as the settings say.")
