"""`manage.py annotation_key NAME`: the key by which a web hook knows that a call is this installation's."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from labeling.services import calling


class Command(BaseCommand):
    help = "Print the key that signs the calls of one of ANNOTATION_FUNCTIONS."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", metavar="NAME")

    def handle(self, *, name: str, **options: Any) -> None:
        if calling.function_name(name) not in settings.ANNOTATION_FUNCTIONS:
            raise CommandError(calling.problem_of(name) or f"“{name}” is built in: nothing is called.")
        self.stdout.write(calling.signing_key(calling.function_name(name)))
