"""A child process that is a copy of this one: it starts at once, since all modules are loaded already."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from django.db import connections


class Forked:
    """A running copy, with as much of `subprocess.Popen` as a supervisor needs.

    run: what the copy does, in a session of its own and with its output in `log`; its end is the copy's end. Only
    where no other thread runs: a lock that one holds would be held in the copy for ever.
    """

    def __init__(self, run: Callable[[], None], log: Path) -> None:
        self.returncode: int | None = None
        connections.close_all()  # two processes must not share one connection
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            os._exit(_become(run, log))

    def poll(self) -> int | None:
        """Return how it ended, None while it runs: a negative number is the signal that ended it."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended. Raises subprocess.TimeoutExpired after `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (ended := self.poll()) is None:
            if deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(["(copy)"], timeout or 0)
            time.sleep(0.02)
        return ended

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def _become(run: Callable[[], None], log: Path) -> int:
    """Be the copy: return its exit code. Nothing of the parent's may run after it, so no exception leaves here."""
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for target in (1, 2):
            os.dup2(output, target)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        sys.stdout, sys.stderr = (os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2))
        run()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - this is the end of a process, and its log keeps why
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0
