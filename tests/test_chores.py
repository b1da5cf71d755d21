"""A real cluster whose worker is killed in the middle of a transfer: every object is there once."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import ROOT, launcher

pytestmark = [pytest.mark.cluster]
OBJECTS = 60_000
PREPARE = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from tests.factories import make_batch
from groundtruth.work import ring
from batches.models import Manifest
batch = make_batch(objects=%d)
ring(Manifest.objects.get(batch=batch))
"""


class Installation:
    """A database and a store of this test's own, and a cluster that works on them."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "groundtruth.sqlite3"
        self.environment = {
            **os.environ,
            "GROUNDTRUTH_VAR": str(folder),
            "DATABASE_URL": f"sqlite:///{self.database}",
            "CHORE_LEASE_SECONDS": "5",
            "CLUSTER_WORKERS": "1",
            "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "groundtruth.settings"),
            "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
        }
        self.folder = folder

    def python(self, program: str) -> None:
        subprocess.run([sys.executable, "-c", program], env=self.environment, cwd=ROOT, check=True)

    def one(self, query: str) -> Any:
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=20)
        try:
            return connection.execute(query).fetchone()
        finally:
            connection.close()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.python(PREPARE % OBJECTS)
    return made


def workers_below(pid: int) -> list[int]:
    """Return the processes of a cluster that have no child: its workers, pusher and monitor."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except FileNotFoundError:
                continue  # it ended since
    below = {pid}
    for _ in range(4):
        below |= {child for child, parent in parents.items() if parent in below}
    return [child for child in below - {pid} if child not in parents.values()]


def busiest(processes: list[int]) -> int:
    """Return the process with the most CPU time: the worker that reads the manifest."""

    def ticks(pid: int) -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])

    return max(processes, key=ticks)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the worker by /proc")
def test_a_transfer_whose_worker_is_killed_brings_every_object_once(installation: Installation) -> None:
    with launcher(installation.environment, installation.folder) as clusters:
        clusters.start()
        cursor = "SELECT ordinal FROM batches_manifest"
        clusters.wait_for(lambda: installation.one(cursor)[0] > 0, "the first chunk")
        victim = busiest(workers_below(clusters.pid))
        os.kill(victim, signal.SIGKILL)
        read = installation.one(cursor)[0]
        assert 0 < read < OBJECTS, "the worker was killed too late to show anything"

        # The lease of the killed chore runs out; the schedule that sweeps each minute is not part of this test.
        time.sleep(5.5)
        installation.python("import django; django.setup()\nfrom groundtruth.work import sweep\nassert sweep() >= 1")
        state = "SELECT state FROM batches_batch"
        clusters.wait_for(lambda: installation.one(state)[0] == "data_received", "the end of the transfer")

    counted = installation.one(
        "SELECT COUNT(*), COUNT(DISTINCT ordinal), MAX(ordinal), COUNT(DISTINCT line) FROM batches_dataobject"
    )
    assert counted == (OBJECTS, OBJECTS, OBJECTS - 1, OBJECTS)
    assert installation.one("SELECT total, bad_lines FROM batches_batch") == (OBJECTS, 0)
    first = installation.one("SELECT line FROM batches_dataobject WHERE ordinal = 0")[0]
    assert json.loads(first) == {"source": "text 0"}
