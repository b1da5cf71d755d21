"""Programs that the system's own installer brings, where that takes nobody's password."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping

APT = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0", "-o", "Acquire::Retries=1",
       "-o", "Acquire::http::Timeout=10")  # fmt: skip


def install_missing(packages: Mapping[str, Callable[[], object]]) -> None:
    """Install in this order what is not found, by name and how it is found; leave out what this system does not offer.

    Nothing happens but for the system's administrator on a system with apt; the caller looks again for what it needs.
    """
    if os.geteuid() != 0 or not shutil.which("apt-get") or all(find() for find in packages.values()):
        return
    run(*APT, "update")
    for package, find in packages.items():
        if not find() and is_offered(package):
            say(f"installing {package} …")
            run(*APT, "install", "-y", "--no-install-recommends", package)


def is_offered(package: str) -> bool:
    shown = subprocess.run(["apt-cache", "show", "--quiet", package], capture_output=True, check=False)
    return shown.returncode == 0


def run(*command: str) -> None:
    """Run an installer; print what it said only when it failed. The caller names what is then missing."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        say(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-2000:]}")


def say(text: str) -> None:
    print(f"groundtruth: {text}", file=sys.stderr, flush=True)
