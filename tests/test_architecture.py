"""The structure holds: imports go downwards, layers keep their distance, only `move` sets a state, pure is pure."""

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
    "labeling/autolabel",
    "labeling/consolidation",
    "labeling/validation",
    "batches/manifests.py",
    "batches/made_manifests.py",
    "groundtruth/storage/addresses.py",
)
IMPURE_CALLS = {"open", "input", "print"}
IMPURE_MODULES = {"django", "os", "socket", "urllib", "requests", "boto3", "subprocess", "random", "time"}
PURE_MAY = {"batches/made_manifests.py": {"time"}}

# The layers of an app, lowest first. A module imports from its own layer and those before it, never from a later one.
# A name is a module's or a folder's; a new module must be placed here.
LAYERS = {
    "pure": "autolabel consolidation html_places manifests made_manifests template_faults validation",
    "models": "models states task_types",
    "reads": """access agreeing desk_failures desk_figures desk_lines desk_pauses desk_queries desk_tests desk_wishes
        encoders finding_queries gold_queries grants health kept_arrays machine model_opinions outbox pictures queries
        queries_appeals queries_batches queries_confidence queries_courses queries_metrics queries_others
        queries_quality queries_next queries_pauses queries_project queries_projects queries_steps queries_supply
        review_queries""",
    "writes": """accounts archive audit checking columns delivery granting guidelines ingest invitations
        metrics notices organizations references rework sample_input sample_media script_uses services sources staff
        stages template_uses templating uploads vendors""",
    "edges": """acting adapter admin apps checking_templates chores demonstration desk desk_forms
        desk_qualifications forms gold_forms management navigation pause_forms project_acts receivers sign_on step_forms
        upload_views urls views""",
}
HEIGHTS = {name: height for height, names in enumerate(LAYERS.values()) for name in names.split()}
WRITES = list(LAYERS).index("writes")
# Names of a delivery's files, no rule: (who may, what of a later layer).
EXCUSED = {("batches/queries_batches.py", "batches.delivery")}
NOT_FOR_READS = ("django.db.transaction", "groundtruth.states.move", "groundtruth.work.ring", "projects.audit.record")


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


def placed_sources() -> list[Path]:
    """Return the modules that have a layer: those of the apps, but for the apps' own `__init__`."""
    return [path for path in sources(*APPS[1:]) if len(path.relative_to(ROOT).parts) > 2 or path.stem != "__init__"]


def height_of(path: Path) -> int:
    """Return the layer of a module by the outermost folder or module below its app."""
    return HEIGHTS[path.relative_to(ROOT).parts[1].removesuffix(".py")]


def test_every_module_has_a_layer() -> None:
    unplaced = {path.relative_to(ROOT).parts[1].removesuffix(".py") for path in placed_sources()} - HEIGHTS.keys()

    assert unplaced == set()


def test_every_name_of_a_layer_is_a_module() -> None:
    there = {path.relative_to(ROOT).parts[1].removesuffix(".py") for path in placed_sources()}

    assert HEIGHTS.keys() - there == set()


def test_a_layer_imports_no_layer_above_it() -> None:
    upward = []
    for path in placed_sources():
        for line, name in imports(path):
            app, module = name.split(".")[:2] if "." in name else (name, "")
            excused = (str(path.relative_to(ROOT)), f"{app}.{module}") in EXCUSED
            if app in APPS[1:] and HEIGHTS.get(module, 0) > height_of(path) and not excused:
                upward.append(where(path, line, name))

    assert upward == []


def test_reads_write_nothing() -> None:
    told = [
        where(path, line, name)
        for path in placed_sources()
        if height_of(path) < WRITES
        for line, name in imports(path)
        if name.startswith(NOT_FOR_READS)
    ]

    assert told == []


def test_services_know_no_request() -> None:
    told = [
        where(path, line, name)
        for path in placed_sources()
        if height_of(path) == WRITES
        for line, name in imports(path)
        if name.startswith(("django.http", "django.shortcuts", "django.views", "django.contrib.messages"))
    ]

    assert told == []


def test_only_move_assigns_a_state() -> None:
    """Neither `row.state = …` nor `update(state=…)` outside groundtruth/states.py; a row made in a state is no move."""
    found = []
    for path in sources(*APPS):
        if path == ROOT / "groundtruth/states.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if any(_is_state(target) for target in _targets(node)):
                found.append(where(path, node.lineno, "assigns .state"))
            if _updates_state(node):
                found.append(where(path, node.lineno, "update(state=…)"))

    assert found == []


def _targets(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []


def _is_state(target: ast.expr) -> bool:
    own = isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self"
    return isinstance(target, ast.Attribute) and target.attr == "state" and not own


def _updates_state(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return node.func.attr in ("update", "bulk_update") and any(keyword.arg == "state" for keyword in node.keywords)


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
