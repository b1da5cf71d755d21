"""Programs are installed where they are missing, offered, and nobody is asked."""

from __future__ import annotations

from typing import Any

import pytest

from groundtruth import system_packages


def found(*packages: str) -> dict[str, Any]:
    """What `install_missing` takes, of which these packages are found."""
    every = ("chromium-headless-shell", "postgresql", "chromium")
    return {package: (lambda is_there=package in packages: is_there) for package in every}


@pytest.fixture
def apt(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What apt-get would do, on a system that offers everything but Chromium's shell."""
    done: list[str] = []
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_packages.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(system_packages, "run", lambda *words: done.append(" ".join(words[len(system_packages.APT) :])))
    monkeypatch.setattr(system_packages, "is_offered", lambda package: package != "chromium-headless-shell")
    return done


def test_where_all_is_found_apt_is_not_called(apt: list[str]) -> None:
    system_packages.install_missing(found("chromium-headless-shell", "postgresql", "chromium"))

    assert apt == []


def test_what_is_missing_and_offered_is_installed_one_by_one(apt: list[str]) -> None:
    system_packages.install_missing(found())

    assert apt == [
        "update",
        "install -y --no-install-recommends postgresql",
        "install -y --no-install-recommends chromium",
    ]


def test_who_is_no_administrator_is_asked_for_no_password(apt: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages.os, "geteuid", lambda: 1000)

    system_packages.install_missing(found())

    assert apt == []


def test_a_shell_that_serves_in_its_place_spares_chromium(apt: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_packages, "is_offered", lambda package: True)
    packages = found("postgresql")
    packages["chromium"] = lambda: "install -y --no-install-recommends chromium-headless-shell" in apt

    system_packages.install_missing(packages)

    assert apt == ["update", "install -y --no-install-recommends chromium-headless-shell"]
