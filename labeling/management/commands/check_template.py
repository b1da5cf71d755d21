"""`manage.py check_template`: what the preview does, for a file or a folder of templates."""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from groundtruth import chromium
from labeling.checking_templates.outcome import HEAD, Outcome

ENDINGS = (".html", ".liquid", ".template")


class Command(BaseCommand):
    help = "Try templates in the real frame of a headless browser: fill them in, submit, and report a table and JSON."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "paths", nargs="+", metavar="PATH", help="a template, or a folder of *.html, *.liquid, *.template"
        )
        parser.add_argument(
            "--input", metavar="JSON", help="the object that templates see as task.input; made up without it"
        )

    def handle(self, *, paths: list[str], input: str | None, **options: Any) -> None:
        files = [file for path in paths for file in templates_at(Path(path))]
        given = None if input is None else read_input(input)
        if importlib.util.find_spec("playwright") is None:
            raise CommandError("Templates are tried in a browser by Playwright: pip install -r requirements/test.lock")
        chromium.install_where_missing()
        if chromium.program() is None:
            raise CommandError("There is no Chromium here to try templates in. Install it by your system's means.")
        outcomes = self.try_all(files, given)
        self.stdout.write(json.dumps({path: outcome.as_json() for path, outcome in outcomes.items()}))
        if any(outcome.failed for outcome in outcomes.values()):
            sys.exit(1)

    def try_all(self, files: list[Path], given: dict[str, Any] | None) -> dict[str, Outcome]:
        from labeling.checking_templates import trying  # only now is it certain that Playwright is there

        outcomes: dict[str, Outcome] = {}
        self.stdout.write(HEAD)
        with trying.browser() as browser:
            for file in files:
                outcomes[str(file)] = trying.try_template(browser, file.read_text(errors="replace"), given)
                self.stdout.write(outcomes[str(file)].row(str(file)))
                self.stdout.flush()
        return outcomes


def templates_at(path: Path) -> list[Path]:
    """Return the templates that a path names. Raises CommandError where there are none."""
    if path.is_file():
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in ENDINGS and file.is_file())
    if not found:
        raise CommandError(f"{path} is no template, and no folder that holds one.")
    return found


def read_input(text: str) -> dict[str, Any]:
    """Return `--input`: JSON, or the name of a file that holds it. Raises CommandError."""
    try:
        given = json.loads(text if text.lstrip().startswith("{") else Path(text).read_text())
    except (OSError, ValueError) as problem:
        raise CommandError(f"--input is neither JSON nor a file that holds it: {problem}") from problem
    if not isinstance(given, dict):
        raise CommandError("--input must be one JSON object: what templates see as task.input.")
    return given
