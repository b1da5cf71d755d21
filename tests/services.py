"""What the real servers and the browser of the tests share: find them, start on free ports, stop again.

A server that is not installed makes its tests a loud skip on a laptop and a failure where CI=true.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from groundtruth.chromium import FLAGS as CHROMIUM_FLAGS
from groundtruth.chromium import program as chromium

__all__ = ["CHROMIUM_FLAGS", "chromium"]

MISSING = "missing here: "  # how the closing summary knows these skips from others
START_SECONDS = 60
POSTGRES_PLACES = (  # Debian, Red Hat, Homebrew on both kinds of Mac
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/opt", "postgresql@*/bin"),
)


def require(condition: object, what: str) -> None:
    """Go on if `condition` holds; otherwise skip the test loudly, or fail it where CI=true."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(MISSING + what, pytrace=False)
    pytest.skip(MISSING + what)


def postgres_bin() -> Path | None:
    """Return the folder of the newest PostgreSQL server programs, which Debian keeps off the PATH."""
    found = [path.parent for root, bins in POSTGRES_PLACES for path in Path(root).glob(f"{bins}/initdb")]
    if found:
        return max(found, key=_major_version)
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else None


def _major_version(folder: Path) -> int:
    return int("".join(filter(str.isdigit, folder.parent.name)) or 0)


def weed() -> str | None:
    """Return SeaweedFS's program, which its wheel puts beside this Python."""
    beside = Path(sys.prefix) / "bin" / "weed"
    return str(beside) if beside.exists() else shutil.which("weed")


def free_ports(count: int, *, also_above: int = 0) -> int:
    """Return the first of `count` neighbouring free ports whose twins `also_above` are free too.

    Below 32768, twins too: from there on Linux takes its ports for outgoing connections. The start is drawn, since
    test processes look at the same time.
    """
    while True:
        first = random.SystemRandom().randrange(15_000, 31_000 - also_above)
        wanted = [first + n + above for n in range(count) for above in {0, also_above}]
        if all(_is_free(port) for port in wanted):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def running(
    command: list[str], *, log: Path, is_up: Callable[[], bool], stop: int = signal.SIGTERM, **popen: Any
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server from when `is_up` says so until the block ends; raise with its log if it never is."""
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches the tests, and they stop the server.
        server = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, **popen
        )
    try:
        wait_until(lambda: server.poll() is not None or is_up(), what=command[0], log=log)
        if server.poll() is not None:
            raise RuntimeError(f"{command[0]} ended at once:\n{log.read_text()[-2000:]}")
        yield server
    finally:
        server.send_signal(stop)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until(ready: Callable[[], bool], *, what: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not start in {START_SECONDS} s:\n{log.read_text()[-2000:]}")
        time.sleep(0.05)
