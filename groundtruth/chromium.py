"""A Chromium on this machine: where it is, how it is started without a screen, how it is got."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",  # WebGL without a graphics card
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def program() -> str | None:
    """Return an installed Chromium or Chrome, else the one that Playwright downloaded, else None."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    cache = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", cache))
    inside = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
    return next((str(path) for end in inside for path in sorted(cache.glob("chromium-*/" + end))), None)


def install_where_missing() -> None:
    """Get a Chromium where there is none and that takes nobody's password; what came of it, `program` tells."""
    if program():
        return
    print("groundtruth: getting a Chromium …", file=sys.stderr, flush=True)
    if os.geteuid() == 0 and shutil.which("apt-get"):
        apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
        _run(*apt, "update")
        _run(*apt, "install", "-y", "--no-install-recommends", "chromium")
    if not program():
        _run(sys.executable, "-m", "playwright", "install", "chromium")


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"groundtruth: {' '.join(command)} failed:\n{done.stderr[-2000:]}", file=sys.stderr, flush=True)
