"""The `test` command: what it runs, what it counts, and when it fails."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from groundtruth.management.commands import test as command

REPORT = """<testsuites>
<testsuite name="pytest" tests="9" failures="2" errors="1" skipped="3" time="1"></testsuite>
</testsuites>"""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """Each program that would run, with its environment; every one succeeds, and nothing gets installed."""
    made: list[tuple[tuple[str, ...], dict[str, str]]] = []

    def call(*arguments: str, env: dict[str, str] | None = None) -> int:
        made.append((arguments, env or {}))
        return 0

    monkeypatch.setattr(command, "call", call)
    monkeypatch.setattr(command, "install_services", lambda: None)
    monkeypatch.setattr(command, "services_started", lambda: nullcontext("postgres://gt@127.0.0.1:1/postgres"))
    return made


def programs(calls: list[tuple[tuple[str, ...], Any]]) -> list[str]:
    return [arguments[1] for arguments, _ in calls]


def test_all_runs_style_and_types_and_both_databases(calls: list, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody/else")

    call_command("test")

    (_, on_sqlite), (marked, on_postgres) = calls[-2:]
    assert programs(calls) == ["ruff", "ruff", "mypy", "pytest", "pytest"]
    assert "DATABASE_URL" not in on_sqlite
    assert marked[-2:] == ("-m", "database")
    assert on_postgres["DATABASE_URL"] == "postgres://gt@127.0.0.1:1/postgres"


def test_install_only_runs_nothing(calls: list) -> None:
    call_command("test", "--install-only")

    assert calls == []


@pytest.mark.parametrize("line", [["--", "-k", "claim"], ["tests/batches", "-k", "claim"]])
def test_arguments_run_only_that_pytest(calls: list, line: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("test", *line)

    given = tuple(word for word in line if word != "--")
    assert [arguments for arguments, _ in calls] == [("-m", "pytest", *given)]
    assert ended.value.code == 0


@pytest.mark.parametrize("broken", ["ruff", "mypy", "pytest"])
def test_one_failed_part_fails_the_whole(calls: list, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setattr(command, "call", lambda *words, env=None: int(words[1] == broken))

    with pytest.raises(SystemExit) as ended:
        call_command("test")

    assert ended.value.code == 1


@pytest.mark.parametrize(("ci", "fails"), [("true", True), ("", False)])
def test_without_postgresql_only_a_laptop_passes(
    calls: list, monkeypatch: pytest.MonkeyPatch, ci: str, fails: bool
) -> None:
    monkeypatch.setattr(command, "services_started", lambda: nullcontext(""))
    monkeypatch.setenv("CI", ci)
    run = command.Run()

    command.run_tests(run)

    assert programs(calls) == ["pytest"]
    assert run.failed() is fails


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "PACKAGES", ("pytest", "no_such_package"))

    with pytest.raises(CommandError, match="lacks no_such_package: pip install -r requirements/test.lock"):
        command.name_missing_packages()


def test_counts_add_up_over_reports(tmp_path: Path) -> None:
    (tmp_path / "report.xml").write_text(REPORT)
    counts = {"passed": 10, "failed": 0, "skipped": 1}

    command.add_counts(counts, tmp_path / "report.xml")

    assert counts == {"passed": 13, "failed": 3, "skipped": 4}


def test_compiled_code_is_kept_in_var_where_it_may_not_lie_beside_the_sources(settings: Settings) -> None:
    settings.VAR = Path("/somewhere/var")

    kept = command.keeping_bytecode({"PYTHONDONTWRITEBYTECODE": "1", "HOME": "/home/ada"})

    assert kept == {"PYTHONPYCACHEPREFIX": "/somewhere/var/pycache", "HOME": "/home/ada"}


@pytest.mark.parametrize("env", [{}, {"PYTHONDONTWRITEBYTECODE": ""}, {"PYTHONPYCACHEPREFIX": "/elsewhere"}])
def test_who_lets_python_keep_its_code_is_left_alone(env: dict[str, str]) -> None:
    assert command.keeping_bytecode(env).get("PYTHONPYCACHEPREFIX") == env.get("PYTHONPYCACHEPREFIX")
