"""The running product of a demonstration: web server, background cluster, and the folder that is all its data."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from importlib import import_module, reload
from pathlib import Path

from django.conf import Settings, settings
from django.core.management import call_command
from django.db import connections
from gunicorn.app.wsgiapp import WSGIApplication

from groundtruth import heartbeat
from groundtruth.supervisor import Child, Supervisor

START_SECONDS = 60
WEB_WORKERS, WEB_THREADS = 2, 4
LOOK_SECONDS = 30.0  # between two looks at the heartbeat
OWN_DATA = ("store", "mail", "media", "log")  # in var/; what is made from the code alone stays


class Trouble(Exception):
    """Why the demonstration cannot start or go on, as a sentence."""


class House:
    """Starts both servers on a port and keeps them alive. Its lock is held from `open` to `close`."""

    def __init__(self, port: int) -> None:
        var = Path(settings.VAR)
        self.port = port
        self.origin = f"http://localhost:{port}"  # by name: a passkey takes no IP address
        self.supervisor = Supervisor(var / "demo.lock", var / "log")
        self._looked_at = time.monotonic()

    def settle_in(self) -> None:
        """Let this process and its children run with this house's settings: ordinary, but for address and mails."""
        ours = {"GROUNDTRUTH_URL": self.origin, "KEEP_MAILS": "1", "SIGN_IN_RATE": "300/m/ip"}
        here = {"GROUNDTRUTH_VAR": str(settings.VAR), "PYTHONPATH": str(settings.BASE_DIR), "PYTHONUNBUFFERED": "1"}
        os.environ.update({**ours, **here, "DJANGO_SETTINGS_MODULE": settings.SETTINGS_MODULE})
        # The port is known only now, and a new process would take as long again to load everything.
        reload(import_module(settings.SETTINGS_MODULE))
        settings._wrapped = Settings(settings.SETTINGS_MODULE)  # which forgets all values read before

    def start(self) -> None:
        """Start the servers and return when the first page answers. Raises Trouble."""
        self._refuse_taken_port()
        self.cluster = self._start("cluster", [*_manage(), "qcluster"], work)
        self.web = self._start("web", [sys.executable, "-m", "gunicorn", *self._shape()], lambda: serve(self._shape()))
        self._await_first_page()

    def _start(self, name: str, command: list[str], run: Callable[[], None]) -> Child:
        # On macOS its own libraries do not survive a fork without exec.
        return self.supervisor.start(name, command, os.environ, run if sys.platform == "linux" else None)

    def _refuse_taken_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                raise Trouble(f"Port {self.port} is taken by another program. Try: --port {self.port + 1}") from None

    def _shape(self) -> list[str]:
        """Return gunicorn's arguments."""
        shape = ["--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--preload"]
        place = ["--bind", f"127.0.0.1:{self.port}", "--worker-tmp-dir", _memory_folder(), "--no-control-socket"]
        return [*shape, *place, "groundtruth.wsgi"]

    def _await_first_page(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            for child in self.supervisor.children:
                if not child.is_alive:
                    raise Trouble(f"The {child.name} server ended at once:\n{child.last_words()}")
            if time.monotonic() > deadline:
                raise Trouble(f"The web server does not answer. {self.web.log} says:\n{self.web.last_words()}")
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.origin}/healthz", timeout=5):
                return True
        except urllib.error.HTTPError:
            return True  # it says that something is amiss, so it answers
        except OSError:
            return False

    def tick(self) -> list[Child]:
        """Look after the servers: a dead one is started again, a cluster without a heartbeat too. Return which were."""
        revived = self.supervisor.revive()
        if time.monotonic() - self._looked_at > LOOK_SECONDS:
            self._looked_at = time.monotonic()
            is_new = time.monotonic() - self.cluster.started < 2 * heartbeat.OLD.total_seconds()
            if self.cluster.is_alive and not is_new and not heartbeat.is_beating():
                self.supervisor.restart(self.cluster)
                revived.append(self.cluster)
        return revived

    def close(self) -> None:
        """End the servers and give the lock back."""
        self.supervisor.stop()


def remove_data(database: Path | None) -> None:
    """Remove database, store, mails and passwords of this installation. Raises Trouble where they lie elsewhere.

    database: the SQLite file of the settings, None for a server. Only while the lock is held: nobody else may write.
    """
    var = Path(settings.VAR).resolve()
    if database is None or database.resolve().parent != var:
        raise Trouble("--fresh removes only an SQLite database in var/; DATABASE_URL names another. Empty it yourself.")
    connections.close_all()
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm", "demo.json"):
        (var / name).unlink(missing_ok=True)
    for name in OWN_DATA:
        shutil.rmtree(var / name, ignore_errors=True)


def serve(arguments: list[str]) -> None:
    """Be gunicorn, with the modules that are loaded already."""
    sys.argv = ["gunicorn", *arguments]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]").run()


def work() -> None:
    """Be the cluster: its command returns once it has started, and Python's ordinary end waits for its processes."""
    call_command("qcluster")
    for process in multiprocessing.active_children():
        process.join()


def _manage() -> list[str]:
    return [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]


def _memory_folder() -> str:
    """Return where gunicorn's workers show that they live: in memory, since a busy disk makes them look dead."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"
