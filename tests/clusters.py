"""Real clusters of background work that tests start, end and kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent
SECONDS = 150
# A process that has loaded all, and is copied for each cluster: another start would take seconds to load it again.
LAUNCHER = """
import os, signal, subprocess, sys
from importlib import import_module
from pathlib import Path
import django; django.setup()
from groundtruth.forked import Forked
from labeling.demonstration.house import work
import_module("labeling.chores")
{program}
for wish in sys.stdin:
    if wish == "start\\n":
        cluster = Forked(work, Path({log!r}))
    else:
        try:
            if wish == "end\\n":
                cluster.send_signal(signal.SIGTERM)  # to the parent alone
                cluster.wait(20)
        except subprocess.TimeoutExpired:
            pass
        if cluster.poll() is None:
            os.killpg(cluster.pid, signal.SIGKILL)  # a session of its own: nothing else is in this group
        cluster.wait()
    print(cluster.pid, flush=True)
"""


class Launcher:
    """Starts one cluster after another; `log` keeps what they say."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        self.process, self.log, self.pid = process, log, 0

    def start(self) -> None:
        self.pid = self._wish("start")

    def kill(self) -> None:
        """End all processes of the cluster at once, as a machine that loses its power does."""
        self._wish("kill")
        self.pid = 0

    def end(self) -> None:
        """Let the cluster end what it is at, and kill it where it does not."""
        self._wish("end")
        self.pid = 0

    def wait_for(self, condition: Callable[[], Any], what: str) -> None:
        """Return once it is so; fail with the log where it never is."""
        deadline = time.monotonic() + SECONDS
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"{what} did not come in {SECONDS} s:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.002)

    def _wish(self, what: str) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline() or pytest.fail(self.log.read_text()[-3000:]))


@contextmanager
def launcher(environment: Mapping[str, str], folder: Path, program: str = "") -> Iterator[Launcher]:
    """Yield what starts clusters, which run `program`, in Python, before; the last one ends with the block."""
    log = folder / "cluster.log"
    command = [sys.executable, "-c", LAUNCHER.format(program=program, log=str(log))]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=output, start_new_session=True,
        )  # fmt: skip
    started = Launcher(process, log)
    try:
        yield started
    finally:
        if started.pid:
            started.end()
        process.communicate()


def environment_here(var: Path, **more: str) -> dict[str, str]:
    """Return what lets another process work on this test's own database and store."""
    return {
        **os.environ,
        "GROUNDTRUTH_VAR": str(var),
        "GROUNDTRUTH_STORE_ROOT": str(settings.GROUNDTRUTH_STORE_ROOT),
        "SECRET_KEY": settings.SECRET_KEY,  # by which what is queued is signed
        "DATABASE_URL": _database_url(),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "groundtruth.settings"),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        **more,
    }


def _database_url() -> str:
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    return f"postgres://{database['USER']}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
