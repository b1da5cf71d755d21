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

PATIENCE_SECONDS = 60.0  # the slowest of our own templates takes a tenth
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

        parser.add_argument(
            "--patience",
            type=float,
            default=PATIENCE_SECONDS,
            metavar="SECONDS",
            help="how long one template may take, %(default)s without it; one that never ends is stopped then",
        )

    def handle(self, *, paths: list[str], input: str | None, patience: float, **options: Any) -> None:
        files = [file for path in paths for file in templates_at(Path(path))]
        given = None if input is None else read_input(input)
        if importlib.util.find_spec("playwright") is None:
            raise CommandError("Templates are tried in a browser by Playwright: pip install -r requirements/test.lock")
        chromium.install_where_missing()
        if chromium.program() is None:
            raise CommandError("There is no Chromium here to try templates in. Install it by your system's means.")
        outcomes = self.try_all(files, given, patience)
        self.stdout.write(json.dumps({path: outcome.as_json() for path, outcome in outcomes.items()}))
        if any(outcome.failed for outcome in outcomes.values()):
            sys.exit(1)

    def try_all(self, files: list[Path], given: dict[str, Any] | None, patience: float) -> dict[str, Outcome]:
        from labeling.checking_templates import trying  # only now is it certain that Playwright is there

        outcomes: dict[str, Outcome] = {}
        self.stdout.write(HEAD)
        with trying.runner(patience) as runner:
            for file in files:
                try:
                    outcomes[str(file)] = trying.try_template(runner, read_template(file), given)
                except CommandError as why:  # of this file alone: the others are tried all the same
                    outcomes[str(file)] = Outcome(errors=[str(why)])
                self.stdout.write(outcomes[str(file)].row(str(file)))
                self.stdout.flush()
        return outcomes


def read_template(file: Path) -> str:
    """Return a template's text. Raises CommandError with a sentence, as the set-up refuses such a file."""
    data = file.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise CommandError(f"Line {line}: the file is not text in UTF-8. Save it in that encoding.") from problem


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
