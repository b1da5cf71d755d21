"""A Chromium on this machine: where it is, how it is started without a screen, how it is got."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from groundtruth import system_packages

SHELL_NAMES = ("chromium-headless-shell", "chrome-headless-shell")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--site-per-process",  # as on a desktop, where a sandboxed frame is a process of its own
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
    """Return a Chromium or Chrome, for choice the shell of it, which needs a quarter of the time for the same."""
    inside = ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*")
    return shell() or _on_path(*NAMES) or _downloaded("chromium", *inside)


def shell() -> str | None:
    """Return Chromium's engine without windows, menus and extensions, installed or downloaded by Playwright."""
    return _on_path(*SHELL_NAMES) or _downloaded("chromium_headless_shell", "*/chrome-headless-shell")


def install_where_missing() -> None:
    """Get a Chromium where there is none and that takes nobody's password; what came of it, `program` tells."""
    if program():
        return
    system_packages.install_missing({"chromium-headless-shell": shell, "chromium": program})
    if not program():
        system_packages.say("downloading a Chromium for Playwright …")
        system_packages.run(sys.executable, "-m", "playwright", "install", "--only-shell", "chromium")


def _on_path(*names: str) -> str | None:
    return next((found for name in names if (found := shutil.which(name))), None)


def _downloaded(name: str, *inside: str) -> str | None:
    """Return a program that Playwright keeps for this person, by its place inside the newest folder of that name."""
    cache = Path.home() / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "ms-playwright"
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", cache))
    return next((str(path) for end in inside for path in sorted(cache.glob(f"{name}-*/{end}"), reverse=True)), None)
