"""The locks: what a fresh clone installs, to the byte, from wherever the machine gets its packages."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from groundtruth.bootstrap import LOCKS, ROOT

NAMES = ("bench", "embeddings", "installer", "runtime", "test")
LOCKED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)


def asked(name: str) -> list[str]:
    lines = (LOCKS / f"{name}.in").read_text().splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-r"))]


def locked(name: str) -> set[tuple[str, str]]:
    """Return each package and version; one with two versions has them for different Pythons."""
    return set(LOCKED.findall((LOCKS / f"{name}.lock").read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_a_lock_names_no_address(name: str) -> None:
    text = (LOCKS / f"{name}.lock").read_text()

    assert not re.search(r"://|\.(org|com|io|net)\b|^--?(i|f|index|find|extra|trusted)", text, re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_each_locked_package_carries_a_hash(name: str) -> None:
    entries = re.split(r"^(?=[a-z])", (LOCKS / f"{name}.lock").read_text(), flags=re.MULTILINE)

    bare = [entry.split()[0] for entry in entries if entry.strip() and "--hash=sha256:" not in entry]

    assert bare == []
    assert len(locked(name)) == len([entry for entry in entries if entry.strip()])


@pytest.mark.parametrize("name", NAMES)
def test_each_asked_package_is_locked_within_its_range(name: str) -> None:
    outside = [
        line
        for line in asked(name)
        for requirement in [Requirement(line)]
        if not any(
            package == requirement.name and requirement.specifier.contains(version) for package, version in locked(name)
        )
    ]

    assert asked(name)
    assert outside == []


@pytest.mark.parametrize("name", ["bench", "embeddings", "test"])
def test_a_lock_for_more_contains_the_runtime_lock(name: str) -> None:
    assert locked("runtime")
    assert locked("runtime") - locked(name) == set()


def test_no_lock_of_the_running_product_brings_torch() -> None:
    assert not {package for name in ("embeddings", "runtime") for package, _ in locked(name)} & {"torch", "tensorflow"}


def test_the_metadata_asks_for_what_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["dependencies"] == asked("runtime")
    assert project["optional-dependencies"] == {name: asked(name) for name in ("embeddings", "test")}
