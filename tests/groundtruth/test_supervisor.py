"""The supervisor with real processes: it ends each by its own pid, starts dead ones again, and leaves nobody behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from groundtruth import supervisor as module
from groundtruth.forked import Forked
from groundtruth.supervisor import Running, Supervisor, birth

# Says when it is ready, and how it was asked to end.
POLITE = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b"asked\\n"), sys.exit(0)))
print("ready", flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Supervisor]:
    made = Supervisor(tmp_path / "lock", tmp_path / "log")
    made.take_lock()
    yield made
    made.stop()


def eventually(is_so: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 15
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def start(house: Supervisor, code: str, name: str = "one") -> module.Child:
    child = house.start(name, [sys.executable, "-c", code], os.environ)
    assert eventually(lambda: "\n" in child.last_words())
    return child


def test_children_are_asked_to_end_and_the_lock_is_given_back(house: Supervisor):
    first, second = start(house, POLITE), start(house, POLITE, "two")

    house.stop()

    assert [child.process.returncode for child in (first, second)] == [0, 0]
    assert first.last_words() == "ready\nasked\n"
    assert json.loads(house.lock.read_text()) == []
    Supervisor(house.lock, house.logs).take_lock()


def test_a_copy_of_this_process_runs_alone_and_is_asked_to_end_like_any_other(house: Supervisor, tmp_path: Path):
    def run() -> None:
        exec(POLITE, {})

    child = house.start("copy", ["unused"], os.environ, run)
    ready = eventually(lambda: child.last_words() == "ready\n")
    session = os.getsid(child.process.pid)

    house.stop()

    assert ready
    assert session == child.process.pid
    assert child.process.returncode == 0
    assert child.last_words() == "ready\nasked\n"


@pytest.mark.parametrize(
    ("code", "ended", "says"),
    [
        ("pass", 0, ""),
        ("raise SystemExit(3)", 3, ""),
        ("raise SystemExit('why')", 1, ""),
        ("raise ValueError('broken')", 1, "ValueError: broken\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
    ],
)
def test_the_end_of_a_copy_is_known(tmp_path: Path, code: str, ended: int, says: str):
    log = tmp_path / "log"

    copy = Forked(lambda: exec(code, {}), log)

    assert copy.wait(timeout=15) == copy.poll() == ended
    assert log.read_text().endswith(says)


def test_a_copy_does_not_hold_the_lock_of_the_original(house: Supervisor):
    child = house.start("copy", ["unused"], os.environ, lambda: exec(POLITE, {}))
    assert eventually(lambda: child.last_words() == "ready\n")
    assert house._held is not None
    house._held.close()

    Supervisor(house.lock, house.logs).take_lock()

    house._held = None
    child.process.send_signal(signal.SIGTERM)
    assert child.process.wait(timeout=15) in (0, -signal.SIGTERM)


def test_a_child_stands_in_a_session_of_its_own(house: Supervisor):
    child = start(house, POLITE)

    assert os.getsid(child.process.pid) == child.process.pid != os.getsid(0)


def test_one_that_does_not_end_is_killed_with_its_own_children(house: Supervisor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "STOP_SECONDS", 0.5)
    child = start(house, STUBBORN)
    grandchild = int(child.last_words())

    house.stop()

    assert child.process.returncode == -signal.SIGKILL
    assert eventually(lambda: birth(grandchild) == "")


def test_a_dead_child_is_started_again_after_a_pause_that_doubles(house: Supervisor, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)
    child = start(house, POLITE)
    child.pause = 0.05
    first = child.process.pid
    child.process.kill()
    child.process.wait()

    at_once = house.revive()

    assert at_once == []
    assert child.pause == 0.1
    assert eventually(lambda: house.revive() == [child])
    assert child.is_alive
    assert child.process.pid != first
    assert json.loads(house.lock.read_text()) == [[child.process.pid, birth(child.process.pid)]]
    assert house.revive() == []


def test_what_a_killed_child_left_behind_does_not_go_on_beside_the_next(
    house: Supervisor, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    child = start(house, STUBBORN)
    child.pause, grandchild = 0.01, int(child.last_words())
    child.process.kill()
    child.process.wait()

    revived = eventually(lambda: house.revive() == [child])
    child.process.kill()

    assert revived
    assert eventually(lambda: birth(grandchild) == "")


def test_a_child_that_does_nothing_is_replaced(house: Supervisor):
    child = start(house, POLITE)
    first = child.process

    house.restart(child)

    assert first.returncode == 0
    assert child.is_alive
    assert child.process.pid != first.pid


def test_a_second_supervisor_of_the_same_lock_is_refused(house: Supervisor):
    with pytest.raises(Running):
        Supervisor(house.lock, house.logs).take_lock()


def test_what_a_killed_supervisor_left_is_ended_by_the_next(tmp_path: Path):
    left = subprocess.Popen([sys.executable, "-c", POLITE], stdout=subprocess.PIPE, start_new_session=True)
    assert left.stdout is not None
    left.stdout.readline()
    lock = tmp_path / "lock"
    lock.write_text(json.dumps([[left.pid, birth(left.pid)]]))
    house = Supervisor(lock, tmp_path / "log")

    house.take_lock()

    assert left.wait(timeout=5) == 0
    house.stop()


def test_a_stranger_that_got_a_recorded_number_is_left_alone(tmp_path: Path):
    stranger = subprocess.Popen([sys.executable, "-c", POLITE], start_new_session=True)
    lock = tmp_path / "lock"
    lock.write_text(json.dumps([[stranger.pid, "another birth"]]))
    house = Supervisor(lock, tmp_path / "log")

    house.take_lock()

    assert stranger.poll() is None
    house.stop()
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("text", ["", "[[12, ", "[[1]]", "{}", "[3]"])
def test_a_lock_file_that_was_cut_off_names_nobody(tmp_path: Path, text: str):
    lock = tmp_path / "lock"
    lock.write_text(text)
    house = Supervisor(lock, tmp_path / "log")

    house.take_lock()

    assert json.loads(lock.read_text()) == []
    house.stop()


def test_birth_is_empty_for_nobody_and_steady_for_somebody():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()

    assert birth(ended.pid) == ""
    assert birth(os.getpid()) == birth(os.getpid()) != ""
