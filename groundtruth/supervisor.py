"""Servers run side by side from one terminal: started, watched, started again when they die, ended one by one.

A child is signalled by its own pid and never by its group: SIGTERM to the group hangs django-q2's parent for ever.
Each gets a session of its own, so that the terminal's Ctrl-C reaches us alone and we end them in order.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from groundtruth.forked import Forked

STOP_SECONDS = 20  # a chore in hand may end
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a dead child is started again
STABLE_SECONDS = 60


Process = subprocess.Popen[bytes] | Forked


class Running(Exception):
    """Somebody else holds the lock: the same product runs already."""


@dataclass
class Child:
    """One server: how it is started, and the process that it is now."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    process: Process
    started: float
    pause: float = FIRST_PAUSE
    start_again_at: float = 0.0

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def last_words(self, characters: int = 2000) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-characters:] if self.log.exists() else ""


@dataclass
class Supervisor:
    """The children of one terminal, and the lock file that says who they are.

    lock: a file held as long as this process lives, whatever ends it; it names the children, so that the next start
    can end those that a kill left behind.
    """

    lock: Path
    logs: Path
    children: list[Child] = field(default_factory=list)
    _held: IO[str] | None = None

    def take_lock(self) -> None:
        """Become the one that runs here, and end what a killed one left. Raises Running."""
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        held = self.lock.open("a+")
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            held.close()
            raise Running(f"{self.lock} is held by a running process.") from None
        self._held = held
        held.seek(0)
        for pid, born in _known(held.read()):
            if birth(pid) == born:
                _end_stranger(pid)
        self._write_children()

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], run: Callable[[], None] | None = None
    ) -> Child:
        """Start a server whose output goes to its own log.

        run: what does the same as `command` in a copy of this process, which spares the loading of all modules. It is
        taken this first time only, since later other threads may run here.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{name}.log"
        log.unlink(missing_ok=True)
        process = _spawn(command, env, log) if run is None else Forked(lambda: self._run_alone(run), log)
        child = Child(name, command, env, log, process, time.monotonic())
        self.children.append(child)
        self._write_children()
        return child

    def _run_alone(self, run: Callable[[], None]) -> None:
        """Run in a copy, which must not hold the lock of the original."""
        if self._held is not None:
            self._held.close()
        run()

    def revive(self) -> list[Child]:
        """Start dead children again, each after a pause that doubles while it keeps dying; return those that were."""
        now = time.monotonic()
        dead = [child for child in self.children if not child.is_alive]
        for child in dead:
            if not child.start_again_at:
                stable = now - child.started > STABLE_SECONDS
                child.pause = FIRST_PAUSE if stable else min(child.pause * 2, LONGEST_PAUSE)
                child.start_again_at = now + child.pause
        due = [child for child in dead if child.start_again_at <= now]
        for child in due:
            _kill_session(child.process)
            child.process, child.started, child.start_again_at = _spawn(child.command, child.env, child.log), now, 0.0
        if due:
            self._write_children()
        return due

    def restart(self, child: Child) -> None:
        """End a child that is there and does nothing, and start it anew."""
        _ask_to_end(child.process)
        _await_end(child.process, STOP_SECONDS)
        child.process, child.started = _spawn(child.command, child.env, child.log), time.monotonic()
        self._write_children()

    def stop(self) -> None:
        """End all children, the youngest first, and give the lock back. Repeated, it does nothing more."""
        for child in reversed(self.children):
            _ask_to_end(child.process)
        for child in reversed(self.children):
            _await_end(child.process, STOP_SECONDS)
        self.children.clear()
        if self._held is not None:
            self._write_children()
            self._held.close()
            self._held = None

    def _write_children(self) -> None:
        if self._held is None:
            return
        self._held.seek(0)
        self._held.truncate()
        rows = [[child.process.pid, birth(child.process.pid)] for child in self.children if child.is_alive]
        json.dump(rows, self._held)
        self._held.flush()


def birth(pid: int) -> str:
    """Return when a process began; empty if there is none. Tells a pid from a later process of the same number."""
    try:
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return "" if state == "Z" else rest[18]
    except FileNotFoundError:
        return "" if Path("/proc/self").exists() else _birth_by_ps(pid)


def _birth_by_ps(pid: int) -> str:
    """As `birth`, where there is no /proc: macOS."""
    asked = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


def _known(text: str) -> list[tuple[int, str]]:
    """Read the children of a lock file; none where the kill that we clean up after cut it off."""
    try:
        return [(int(pid), str(born)) for pid, born in json.loads(text or "[]") if born]
    except (ValueError, TypeError):
        return []


def _spawn(command: Sequence[str], env: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(
            command, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )


def _ask_to_end(process: Process) -> None:
    """Send SIGTERM, and only once: django-q2's parent does not survive a second one in the midst of its handler."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)


def _await_end(process: Process, seconds: float) -> None:
    """Wait for a process that was asked, some seconds; then kill it, and whatever it leaves behind in its session."""
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    finally:
        _kill_session(process)


def _kill_session(process: Process) -> None:
    """Kill what is left of the session that a child led: a killed parent's own children would go on beside the next."""
    try:
        os.killpg(process.pid, signal.SIGKILL)  # its pid is its session's and group's, since we started it so
    except ProcessLookupError:
        return


def _end_stranger(pid: int) -> None:
    """End a process that is not our child, and wait until it is gone."""
    born = birth(pid)
    _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while birth(pid) == born and time.monotonic() < deadline:
        time.sleep(0.1)
    if birth(pid) == born:
        _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it went by itself
