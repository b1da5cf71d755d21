"""The structure holds: imports go downwards, layers keep their distance, only `move` assigns a state, pure code is pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent
APPS = ("groundtruth", "projects", "batches", "workforce", "labeling")
MAY_IMPORT = {
    "groundtruth": set(),
    "projects": {"groundtruth"},
    "batches": {"groundtruth", "projects"},
    "workforce": {"groundtruth", "projects"},
    "labeling": {"groundtruth", "projects", "batches", "workforce"},
}
# groundtruth/urls.py and settings name the apps by dotted string only, so nothing is excused.
PURE = (
    "labeling/consolidation",
    "batches/manifests.py",
    "batches/made_manifests.py",
    "groundtruth/storage/addresses.py",
)
IMPURE_CALLS = {"open", "input", "print"}
IMPURE_MODULES = {"django", "os", "socket", "urllib", "requests", "boto3", "subprocess", "random", "time"}
PURE_MAY = {"batches/made_manifests.py": {"time"}}

# A layer may be imported by those at its own height or above; the number is the height.
LAYERS = {
    "models": 1,
    "states": 1,
    "task_types": 1,
    "queries": 2,
    "access": 2,
    "services": 3,
    "views": 4,
    "admin": 4,
    "chores": 4,
    "receivers": 4,
}


def sources(*folders: str) -> list[Path]:
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    return [path for path in files if "migrations" not in path.parts]


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of what a file imports when it is loaded and inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def where(path: Path, line: int, what: str) -> str:
    return f"{path.relative_to(ROOT)}:{line} {what}"


def test_apps_import_downwards_only() -> None:
    upward = [
        where(path, line, name)
        for app in APPS
        for path in sources(app)
        for line, name in imports(path)
        if name.split(".")[0] in APPS and name.split(".")[0] not in MAY_IMPORT[app] | {app} and path.name != "urls.py"
    ]

    assert upward == []


def test_urls_of_the_project_name_the_apps_by_string() -> None:
    named = [name for _, name in imports(ROOT / "groundtruth/urls.py") if name.split(".")[0] in APPS[1:]]

    assert named == []


def layer_of(path: Path) -> int | None:
    parts = [part.removesuffix(".py") for part in path.relative_to(ROOT).parts[1:]]
    return next((LAYERS[part] for part in parts if part in LAYERS), None)


def test_a_layer_imports_no_layer_above_it() -> None:
    upward = []
    for path in sources(*APPS[1:]):
        height = layer_of(path)
        for line, name in imports(path):
            parts = name.split(".")
            if height is not None and parts[0] in APPS:
                above = [part for part in parts[1:3] if LAYERS.get(part, 0) > height]
                upward += [where(path, line, name)] if above else []

    assert upward == []


def test_services_know_no_request() -> None:
    told = [
        where(path, line, name)
        for path in sources(*APPS[1:])
        if layer_of(path) == 3 or path.parent.name == "services"
        for line, name in imports(path)
        if name.startswith(("django.http", "django.shortcuts", "django.views", "django.contrib.messages"))
    ]

    assert told == []


def test_only_move_assigns_a_state() -> None:
    """Neither `row.state = …` nor `update(state=…)` outside groundtruth/states.py; making a row in its first state is not a move."""
    found = []
    for path in sources(*APPS):
        if path == ROOT / "groundtruth/states.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            targets = (
                node.targets
                if isinstance(node, ast.Assign)
                else [node.target]
                if isinstance(node, ast.AugAssign | ast.AnnAssign)
                else []
            )
            if any(
                isinstance(t, ast.Attribute)
                and t.attr == "state"
                and not (isinstance(t.value, ast.Name) and t.value.id == "self")
                for t in targets
            ):
                found.append(where(path, node.lineno, "assigns .state"))
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("update", "bulk_update")
            ):
                if any(keyword.arg == "state" for keyword in node.keywords):
                    found.append(where(path, node.lineno, "update(state=…)"))

    assert found == []


@pytest.mark.parametrize("place", PURE)
def test_pure_code_reads_no_clock_no_file_no_network_and_no_django(place: str) -> None:
    files = sources(place) if (ROOT / place).is_dir() else [ROOT / place]
    excused = PURE_MAY.get(place, set())
    impure = [
        where(path, line, name)
        for path in files
        for line, name in imports(path)
        if name.split(".")[0] in IMPURE_MODULES - excused or name.startswith("datetime.datetime.now")
    ]
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in IMPURE_CALLS:
                impure.append(where(path, node.lineno, node.func.id))

    assert impure == []


def test_nothing_but_move_sends_the_signal() -> None:
    found = [
        where(path, 0, "sends moved")
        for path in sources(*APPS)
        if "moved.send(" in path.read_text() and path.name != "states.py"
    ]

    assert found == []


def test_no_import_hides_in_a_function_without_a_reason() -> None:
    """An import inside a function stands with a comment that says why, on its line or the one before."""
    hidden = []
    for path in sources(*APPS):
        lines = path.read_text().splitlines()
        tree = ast.parse(path.read_text())
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    near = lines[max(node.lineno - 3, 0) : node.end_lineno]
                    if not any("#" in line for line in near):
                        hidden.append(where(path, node.lineno, "import in a function"))

    assert hidden == []


@pytest.mark.django_db
def test_the_models_are_what_the_migrations_make() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
