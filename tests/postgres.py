"""A PostgreSQL of the tests' own."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from tests.services import free_ports, running

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # macOS's temporary paths are too long for a socket
    "max_connections": 100,
    "fsync": "off",  # nothing here must survive a power cut
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Tests that roll back leave pages without a row. Were these counted, the next test's tables would seem empty, and a
    # statement over them take minutes.
    "autovacuum": "off",
}


@contextlib.contextmanager
def postgres(programs: Path) -> Iterator[str]:
    """Run an empty PostgreSQL, tuned for tests, and yield its DATABASE_URL."""
    folder = Path(tempfile.mkdtemp(prefix="gt-postgres-"))
    log = folder.with_suffix(".log")
    options: dict[str, Any] = {"cwd": folder, **_as_unprivileged(folder)}
    port = free_ports(1)
    url = f"postgres://gt@127.0.0.1:{port}/postgres"
    initdb = [programs / "initdb", "-D", folder / "data", "-U", "gt", "-A", "trust", "-E", "UTF8"]
    serve = [str(programs / "postgres"), "-D", str(folder / "data"), f"-cport={port}"]
    serve += [f"-c{name}={value}" for name, value in SETTINGS.items()]
    try:
        subprocess.run([*initdb, "--no-locale", "--no-sync"], check=True, stdout=subprocess.DEVNULL, **options)
        with running(serve, log=log, is_up=lambda: _answers(url), stop=signal.SIGQUIT, **options):
            yield url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        log.unlink(missing_ok=True)


def _as_unprivileged(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = _unprivileged_account()  # PostgreSQL refuses to run as root
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _unprivileged_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
