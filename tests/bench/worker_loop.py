"""How fast the worker portal is: submit + next over HTTP, beside a bare INSERT under the same server in the same run.

    python3 -m tests.bench.worker_loop --clients 1 16 --seconds 20 [--database postgres] [--cluster]

One cycle is one answer stored and the next task handed over. It prints answers/s, p50, p95, the ratio to both
references and how many answers were doubled; the last line is JSON. With --cluster the background cluster runs
beside, as it does in production, and consolidates meanwhile.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from tests import postgres, services

ROOT = Path(__file__).resolve().parents[2]
CATEGORIES = ("bird", "plane", "kite")
OBJECTS_A_SECOND = 400  # more than are ever answered
ANSWER = {"crowd-classifier": {"label": "bird"}}


# --- load -------------------------------------------------------------------------------------------


class Client:
    """One person's browser: a connection that is kept, and what it measured."""

    def __init__(self, port: int, cycle: Callable[[Client], None], **state: Any) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.cycle = cycle
        self.state = state
        self.took: list[float] = []
        self.failed: list[str] = []

    def post(self, path: str, body: bytes, headers: dict[str, str]) -> Any:
        self.connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
        response = self.connection.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{response.status} {content[:200]!r}")
        return json.loads(content)

    def run(self, until: float) -> None:
        while time.perf_counter() < until:
            start = time.perf_counter()
            try:
                self.cycle(self)
            except (RuntimeError, OSError, http.client.HTTPException) as error:
                self.failed.append(str(error))
                return
            self.took.append(time.perf_counter() - start)


def bare_cycle(client: Client) -> None:
    client.post(client.state["path"], b'{"answer": 1}', {})


def work_cycle(client: Client) -> None:
    """Submit the task on screen and take the one handed over: what the labelling page does at each key."""
    tasks, headers = client.state["tasks"], client.state["headers"]
    body = {"key": tasks.pop(0)["key"], "answer": ANSWER, "next": True}
    reply = client.post(f"/work/{client.state['job']}/submit/", json.dumps(body).encode(), headers)
    client.state["stored"] += not reply["repeat"]
    if reply["next"]:
        tasks.append(reply["next"])
    if not tasks:
        tasks.extend(client.post(f"/work/{client.state['job']}/claim/", b"{}", headers)["tasks"])
    if not tasks:
        raise RuntimeError("no work left")


def drive(clients: list[Client], seconds: float) -> dict[str, Any]:
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=client.run, args=(until,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = sorted(t for client in clients for t in client.took)
    failed = [why for client in clients for why in client.failed]
    if failed:
        print(f"  {len(failed)} clients stopped: {failed[0]}", file=sys.stderr)
    return {"rate": len(took) / seconds, "p50": took[len(took) // 2] * 1000, "p95": took[int(len(took) * 0.95)] * 1000}


# --- servers ------------------------------------------------------------------------------------------


@contextmanager
def gunicorn(application: str, port: int, environment: dict[str, str]) -> Iterator[None]:
    options = ["--workers", "2", "--worker-class", "gthread", "--threads", "4", "--bind", f"127.0.0.1:{port}"]
    command = [sys.executable, "-m", "gunicorn", application, *options, "--log-level", "warning"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        _wait_for(port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
            connection.connect()
            connection.close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


@contextmanager
def cluster(environment: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "manage.py", "qcluster"]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)
    try:
        time.sleep(2)
        yield
    finally:
        process.terminate()  # the parent alone: a signal to the group would hang it
        process.wait(60)


# --- the product's data ---------------------------------------------------------------------------------


def prepare(environment: dict[str, str]) -> None:
    """Set Django up on a fresh database, in this process, which makes rows and counts them."""
    os.environ.update(environment)
    import django  # the settings read the environment just made

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def make_job(objects: int, people: int) -> tuple[Any, list[dict[str, str]]]:
    """Make a running job with so many texts, and so many signed-in workers; return the job and their headers."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from tests import factories

    team = factories.make_team()
    batch = factories.make_running_batch(texts=tuple(f"What flies over there? ({n})" for n in range(objects)))
    job = factories.make_job(batch, team=team, workers_each=3)
    headers = []
    for _ in range(people):
        user = factories.make_worker(team).user
        session = SessionStore()
        session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session.save()
        token = "a" * 32
        cookies = f"sessionid={session.session_key}; csrftoken={token}"
        headers.append({"Cookie": cookies, "X-CSRFToken": token, "Host": "localhost"})
    if connection.vendor == "postgresql":
        connection.cursor().execute("ANALYZE")
    return job, headers


def count_doubled(job: Any, stored: int) -> int:
    """Return how many answers should not be there: more than wanted of a task, twice one person's, or unasked."""
    from django.db.models import Count, F

    from labeling.models import Annotation, Task

    tasks = Task.objects.filter(job=job)
    over = sum(
        n - wanted
        for n, wanted in tasks.annotate(n=Count("assignments__annotation"))
        .filter(n__gt=F("wanted"))
        .values_list("n", "wanted")
    )
    total = Annotation.objects.filter(assignment__task__job=job).count()
    pairs = (
        Annotation.objects.filter(assignment__task__job=job)
        .values("assignment__task", "assignment__worker")
        .distinct()
        .count()
    )
    return over + (total - pairs) + max(0, total - stored)


def measure_product(port: int, people: int, seconds: float) -> dict[str, Any]:
    job, headers = make_job(int(OBJECTS_A_SECOND * seconds), people)
    clients = []
    for header in headers:
        client = Client(port, work_cycle, job=job.public_id, headers=header, tasks=[], stored=0)
        client.state["tasks"] = client.post(f"/work/{job.public_id}/claim/", b"{}", header)["tasks"]
        clients.append(client)
    figures = drive(clients, seconds)
    figures["doubled"] = count_doubled(job, sum(client.state["stored"] for client in clients))
    return figures


def measure_bare(port: int, people: int, seconds: float, path: str) -> dict[str, Any]:
    return drive([Client(port, bare_cycle, path=path) for _ in range(people)], seconds)


# --- the run ------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--cluster", action="store_true", help="let the background cluster work beside")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="worker-loop-"))
    try:
        with ExitStack() as stack:
            run(options, folder, stack)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(options: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
    product_port = services.free_ports(2)
    bare_port = product_port + 1
    environment = {
        "GROUNDTRUTH_VAR": str(folder / "var"),
        "DJANGO_SETTINGS_MODULE": "groundtruth.settings",
        "LOG_LEVEL": "ERROR",
    }
    (folder / "var").mkdir()
    if options.database == "postgres":
        environment["DATABASE_URL"] = stack.enter_context(postgres.postgres(services.postgres_bin()))
    environment["PLAIN_STATIC"] = "1"  # no page is loaded, so no hashed names are needed
    prepare(environment)
    bare_folder = folder / "bare"
    bare_folder.mkdir()
    bare = {"BARE_FOLDER": str(bare_folder)}
    subprocess.run(
        [sys.executable, "-c", "from tests.bench import bare; bare.make_tables()"],
        cwd=ROOT,
        env={**os.environ, **bare},
        check=True,
    )
    stack.enter_context(gunicorn("groundtruth.wsgi", product_port, environment))
    stack.enter_context(gunicorn("tests.bench.bare:application", bare_port, bare))
    if options.cluster:
        stack.enter_context(cluster(environment))
    report(
        options, {people: measure_all(people, options.seconds, product_port, bare_port) for people in options.clients}
    )


def measure_all(people: int, seconds: float, product_port: int, bare_port: int) -> dict[str, Any]:
    product = measure_product(product_port, people, seconds)
    bare = measure_bare(bare_port, people, seconds, "/bare/")
    wal = measure_bare(bare_port, people, seconds, "/bare_wal/")
    return {
        "ratio": round(product["rate"] / bare["rate"], 3),
        "ratio_wal": round(product["rate"] / wal["rate"], 3),
        "answers_per_s": round(product["rate"], 1),
        "bare_per_s": round(bare["rate"], 1),
        "bare_wal_per_s": round(wal["rate"], 1),
        "p50_ms": round(product["p50"], 1),
        "p95_ms": round(product["p95"], 1),
        "doubled": product["doubled"],
    }


def report(options: argparse.Namespace, found: dict[int, dict[str, Any]]) -> None:
    beside = ", cluster beside" if options.cluster else ""
    print(f"\nSubmit + next, {options.database}, {options.seconds:g} s each, gunicorn 2 × 4{beside}\n")
    print("| people | answers/s | p50 ms | p95 ms | bare/s | ratio | bare_wal/s | ratio_wal | doubled |")
    print("|---|---|---|---|---|---|---|---|---|")
    for people, row in found.items():
        names = ("answers_per_s", "p50_ms", "p95_ms", "bare_per_s", "ratio", "bare_wal_per_s", "ratio_wal", "doubled")
        print(f"| {people} | " + " | ".join(str(row[name]) for name in names) + " |")
    print(json.dumps({"clients": {str(people): row for people, row in found.items()}}))


if __name__ == "__main__":
    main()
