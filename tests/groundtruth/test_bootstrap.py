"""The part of the bootstrap that decides; that it installs is shown by every fresh clone."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import django
import pytest

from groundtruth import bootstrap


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with two locks and a `.venv` of nothing."""
    locks = tmp_path / "requirements"
    locks.mkdir()
    (locks / "runtime.lock").write_text(f"django=={django.__version__} \\\n    --hash=sha256:00\n")
    (locks / "test.lock").write_text("pytest==9.2.0 \\\n    --hash=sha256:11\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path / "requirements")
    monkeypatch.setattr(bootstrap, "runs", lambda python: True)
    return tmp_path


@pytest.fixture
def installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sets that were installed, without installing them."""
    sets: list[str] = []
    monkeypatch.setattr(bootstrap, "install", sets.append)
    return sets


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("manage.py test", "test"),
        ("manage.py test --install-only", "test"),
        ("manage.py check_template tasks/", "test"),
        ("manage.py demo", "runtime"),
        ("manage.py demo test", "runtime"),
        ("manage.py", "runtime"),
    ],
)
def test_only_what_starts_a_browser_needs_the_test_set(line: str, expected: str) -> None:
    assert bootstrap.set_needed(line.split()) == expected


@pytest.mark.parametrize("version", [(3, 7), (3, 10)])
def test_an_old_python_gets_a_sentence(version: tuple[int, int]) -> None:
    have = ".".join(map(str, version))

    assert bootstrap.refusal(version, "posix").startswith(
        f"Groundtruth needs Python 3.11 or newer, and this is {have}."
    )


def test_windows_is_sent_to_wsl() -> None:
    assert "WSL" in bootstrap.refusal((3, 13), "nt")


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 14), (4, 0)])
def test_a_new_enough_python_is_not_refused(version: tuple[int, int]) -> None:
    assert bootstrap.refusal(version, "posix") == ""


@pytest.mark.parametrize("name", ["manage.py", "groundtruth/__init__.py", "groundtruth/bootstrap.py"])
def test_an_old_python_can_read_what_refuses_it(name: str) -> None:
    source = (bootstrap.ROOT / name).read_text()

    ast.parse(source, feature_version=(3, 7))


def test_the_bootstrap_imports_nothing_but_the_standard_library() -> None:
    code = "from groundtruth import bootstrap; print(bootstrap.set_needed(['manage.py', 'test']))"

    # -S leaves site-packages out, so that any import from there fails.
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=bootstrap.ROOT, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.returncode) == ("test\n", 0), done.stderr


def test_nothing_is_current_before_it_is_installed(project: Path) -> None:
    assert not bootstrap.is_current(project / ".venv", "runtime")


def test_preparing_twice_installs_once(project: Path, installed: list[str]) -> None:
    bootstrap.prepare("runtime")
    bootstrap.prepare("runtime")

    assert installed == ["runtime"]
    assert bootstrap.is_current(project / ".venv", "runtime")


def test_runtime_packages_do_not_pass_for_test_packages(installed: list[str]) -> None:
    bootstrap.prepare("runtime")
    bootstrap.prepare("test")

    assert installed == ["runtime", "test"]


def test_test_packages_contain_the_runtime_packages(installed: list[str]) -> None:
    bootstrap.prepare("test")
    bootstrap.prepare("runtime")

    assert installed == ["test"]


def test_a_changed_lock_is_installed_again(project: Path, installed: list[str]) -> None:
    bootstrap.prepare("test")
    (project / "requirements" / "test.lock").write_text("pytest==9.3.0 \\\n    --hash=sha256:22\n")

    bootstrap.prepare("test")

    assert installed == ["test", "test"]


def test_a_failed_installation_leaves_no_stamp(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "succeeds", lambda *command: False)

    with pytest.raises(SystemExit, match="could not be installed"):
        bootstrap.prepare("runtime")

    assert not bootstrap.is_current(project / ".venv", "runtime")


def test_pip_installs_what_uv_could_not(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[tuple[str, ...]] = []

    def only_pip_works(*command: str) -> bool:
        commands.append(command)
        return "uv" not in command

    monkeypatch.setattr(bootstrap, "succeeds", only_pip_works)

    bootstrap.install("test")

    assert [command[2] for command in commands] == ["pip", "uv", "pip"]
    assert commands[-1][-3:] == ("--require-hashes", "-r", str(project / "requirements" / "test.lock"))


def test_an_environment_reached_through_a_link_is_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "project" / ".venv").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "project")
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "link" / ".venv"))

    assert bootstrap.is_inside(tmp_path / "project" / ".venv")


def test_another_environment_is_not_ours(project: Path) -> None:
    assert not bootstrap.is_inside(project / ".venv")


def test_another_django_does_not_pass_for_ours(project: Path) -> None:
    with_ours = bootstrap.has_django()
    (project / "requirements" / "runtime.lock").write_text("django==4.2.1 \\\n    --hash=sha256:00\n")

    assert with_ours
    assert not bootstrap.has_django()


def test_an_environment_with_our_django_is_left_alone(installed: list[str]) -> None:
    bootstrap.ensure("test")

    assert installed == []


def test_a_restart_that_does_not_arrive_is_not_tried_for_ever(
    installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bootstrap, "has_django", lambda: False)
    monkeypatch.setenv(bootstrap.RESTARTED, str(os.getpid()))

    with pytest.raises(SystemExit, match="PYTHONHOME"):
        bootstrap.ensure("runtime")


def test_a_bare_python_prepares_and_restarts_with_the_same_arguments(
    project: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(bootstrap, "has_django", lambda: False)
    monkeypatch.setattr(sys, "orig_argv", ["python3", "-W", "error", "manage.py", "demo"])
    monkeypatch.setattr(os, "execv", lambda path, argv: started.append(argv))
    monkeypatch.setenv(bootstrap.RESTARTED, "1")

    bootstrap.ensure("runtime")

    assert installed == ["runtime"]
    assert started == [[str(project / ".venv/bin/python"), "-W", "error", "manage.py", "demo"]]
    assert os.environ[bootstrap.RESTARTED] == str(os.getpid())


def test_a_debian_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(SystemExit, match=r"sudo apt install python3\.\d+-venv$"):
        bootstrap.install_ensurepip()


def test_root_on_debian_gets_venv_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: "/usr/bin/" + name)
    monkeypatch.setattr(bootstrap, "succeeds", lambda *command: not commands.append(" ".join(command)))
    package = "python{}.{}-venv".format(*sys.version_info[:2])

    bootstrap.install_ensurepip()

    assert [command.partition("apt-get ")[2] for command in commands] == [
        "-qq update",
        f"-qq install -y {package}",
    ]
