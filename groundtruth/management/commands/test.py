"""`manage.py test`: everything that a change must pass, on a machine that may lack all but Python."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from groundtruth import chromium
from groundtruth.system_packages import install_missing, say

PACKAGES = ("pytest", "pytest_django", "xdist", "playwright", "hypothesis", "time_machine", "ruff", "mypy")
SECOND_TRIES = 3  # browser tests that may be tried once more


@dataclass
class Run:
    """What ran so far: names with seconds and success, and pytest's counts."""

    parts: list[tuple[str, float, bool]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=lambda: {"passed": 0, "failed": 0, "skipped": 0})

    def failed(self) -> bool:
        return any(not ok for _, _, ok in self.parts)


class Command(BaseCommand):
    help = "Check style and types, then run all tests on SQLite, then those of the database on PostgreSQL."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--install-only", action="store_true", help="prepare the environment and stop")
        parser.add_argument(
            "pytest_args", nargs=argparse.REMAINDER, help="run only this pytest, as in: test -- -k claim"
        )

    def handle(self, *, install_only: bool, pytest_args: list[str], **options: Any) -> None:
        name_missing_packages()
        install_services()
        if install_only:
            return
        chosen = pytest_args[1:] if pytest_args[:1] == ["--"] else pytest_args
        if chosen:
            sys.exit(call("-m", "pytest", *chosen))
        run = Run()
        check_code(run)
        run_tests(run)
        self.report(run)

    def report(self, run: Run) -> None:
        self.stdout.write("")
        for name, seconds, ok in run.parts:
            style = self.style.SUCCESS if ok else self.style.ERROR
            self.stdout.write(style(f"{'ok    ' if ok else 'FAILED'} {seconds:6.1f} s  {name}"))
        self.stdout.write("tests: " + ", ".join(f"{number} {word}" for word, number in run.counts.items()))
        if run.failed():
            sys.exit(1)


# --- preparing ---------------------------------------------------------------------------------------


def name_missing_packages() -> None:
    """Refuse an environment of the developer's own that lacks what tests need, and name it."""
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        names = ", ".join(missing)
        raise CommandError(f"This environment lacks {names}: pip install -r requirements/test.lock")


def install_services() -> None:
    """Find the browser and PostgreSQL; get what is missing where that takes nobody's password."""
    services = from_tests("services")
    install_missing({"postgresql": services.postgres_bin})
    chromium.install_where_missing()
    for name, found in {"chromium": chromium.program(), "postgresql": services.postgres_bin()}.items():
        if not found:
            say(f"there is no {name} here, so its tests cannot run. Install it by your system's means.")


def from_tests(name: str) -> Any:
    # By name: tests stand above the product, and an installation may come without them.
    return importlib.import_module(f"tests.{name}")


# --- running -----------------------------------------------------------------------------------------


def check_code(run: Run) -> None:
    for name, command in {
        "ruff check": ["ruff", "check", "--quiet"],
        "ruff format": ["ruff", "format", "--check", "--quiet"],
        "mypy": ["mypy"],
    }.items():
        with timed(run, name) as outcome:
            outcome.ok = call("-m", *command) == 0


def run_tests(run: Run) -> None:
    with services_started() as postgres_url:
        shared = {**os.environ, "GROUNDTRUTH_TEST_POSTGRES": postgres_url}
        on_sqlite = {name: value for name, value in shared.items() if name != "DATABASE_URL"}
        run_pytest(run, "tests on SQLite", env=on_sqlite)
        if postgres_url:
            on_postgres = {**shared, "DATABASE_URL": postgres_url}
            run_pytest(run, "tests on PostgreSQL", "-m", "database", env=on_postgres)
        else:
            say("NOT TESTED HERE: everything marked `database`, on PostgreSQL")
            # Where CI=true nothing may be left out.
            run.parts.append(("tests on PostgreSQL (not installed)", 0.0, os.environ.get("CI") != "true"))


@contextmanager
def services_started() -> Iterator[str]:
    """Run one PostgreSQL for all of pytest's processes; yield its DATABASE_URL, empty where there is none."""
    programs = from_tests("services").postgres_bin()
    if not programs:
        yield ""
        return
    with from_tests("postgres").postgres(programs) as url:
        yield url


def run_pytest(run: Run, name: str, *args: str, env: dict[str, str]) -> None:
    """Run pytest on four processes and add its counts to `run`: browser tests wait for half of their time."""
    report = Path(settings.VAR) / "test-report.xml"
    report.unlink(missing_ok=True)
    with timed(run, name) as outcome:
        whole = [
            "-q",
            "-n4",
            "--dist=worksteal",
            "--durations=5",
            "--durations-min=5",
            f"--junit-xml={report}",
        ]
        outcome.ok = call("-m", "pytest", *whole, *args, env=env) == 0
        if report.exists():
            add_counts(run.counts, report)
            if not outcome.ok:
                outcome.ok = try_browser_again(run, failed_tests(report), env=env)


def failed_tests(report: Path) -> list[str]:
    """Return the node ids of the tests that failed, from a JUnit report of pytest."""
    cases = ElementTree.parse(report).iter("testcase")
    bad = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    return [f"{case.attrib['classname'].replace('.', '/')}.py::{case.attrib['name']}" for case in bad]


def try_browser_again(run: Run, failed: list[str], *, env: dict[str, str]) -> bool:
    """Say aloud and try once more, alone, where nothing but a few browser tests failed.

    On two busy cores headless Chromium now and then loses a key. What is broken fails again; no other test is tried
    again.
    """
    if not failed or len(failed) > SECOND_TRIES or any(not name.startswith("tests/browser/") for name in failed):
        return False
    say(f"trying once more, alone: {', '.join(failed)}")
    if call("-m", "pytest", "-q", *failed, env=env):
        return False
    run.counts["failed"] -= len(failed)
    run.counts["passed"] += len(failed)
    return True


def add_counts(counts: dict[str, int], report: Path) -> None:
    """Add the numbers of a JUnit report of pytest; an error while setting up counts as a failure."""
    for suite in ElementTree.parse(report).iter("testsuite"):
        total, failures, errors, skipped = (
            int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")
        )
        counts["failed"] += failures + errors
        counts["skipped"] += skipped
        counts["passed"] += total - failures - errors - skipped


@dataclass
class Outcome:
    ok: bool = False


@contextmanager
def timed(run: Run, name: str) -> Iterator[Outcome]:
    print(f"\n--- {name}", flush=True)
    outcome, start = Outcome(), time.monotonic()
    yield outcome
    run.parts.append((name, time.monotonic() - start, outcome.ok))


def call(*command: str, env: dict[str, str] | None = None) -> int:
    """Run a module of this Python in the project's folder, and return its exit code."""
    kept = keeping_bytecode(os.environ if env is None else env)
    done = subprocess.run([sys.executable, *command], cwd=settings.BASE_DIR, env=kept, check=False)
    return done.returncode


def keeping_bytecode(env: Mapping[str, str]) -> dict[str, str]:
    """Let Python keep compiled code in var/ where it was told to leave none beside the sources.

    Otherwise each of some twenty processes compiles Django and the rest anew, which takes 9 s of two cores' time.
    """
    kept = dict(env)
    if kept.pop("PYTHONDONTWRITEBYTECODE", ""):
        kept.setdefault("PYTHONPYCACHEPREFIX", str(Path(settings.VAR) / "pycache"))
    return kept
