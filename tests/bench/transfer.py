"""Measure transfer: `python3 -m tests.bench.transfer --objects 100000`.

A batch of texts is brought in and, with one to three answers an object, delivered, on a database and a store of the
run's own, which are removed afterwards. Beside it the same rows, made ready before the clock starts, are inserted in
two ways: `import_ratio` is the import's speed against Django's `bulk_create`, `import_ratio_raw` against `executemany`,
which the import itself uses. CPU and memory are those of this process and of its helpers, if there are any.

A delivery makes a folder and a file for each object. A disk on which many files were deleted within the last minutes is
up to ten times slower at that (ext4 passes over each of their numbers): `disk_us` says what it takes without us. Let it
rest between two runs, or name a folder elsewhere with TMPDIR. The last line is JSON.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import django

CATEGORIES = ("praise", "complaint", "question")
CHUNK = 5000


WHOSE = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


@dataclass(frozen=True)
class Cost:
    """What some work took: seconds on the clock, and seconds of CPU of this process and its ended helpers."""

    seconds: float
    cpu: float


def peaks_mb() -> tuple[float, float]:
    """Return the most memory that this process, and the largest of its helpers, had so far."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    mine, helper = (round(resource.getrusage(who).ru_maxrss / unit, 1) for who in WHOSE)
    return mine, helper


def cpu_seconds() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, WHOSE))


def cost_of(work: Callable[[], Any]) -> Cost:
    started, cpu = time.perf_counter(), cpu_seconds()
    work()
    return Cost(time.perf_counter() - started, cpu_seconds() - cpu)


def disk_seconds(folder: Path) -> float:
    """Return the seconds of making a folder with a small file in it, by itself: the least that an object can take."""
    count = 2000
    (folder / "disk").mkdir()
    started = time.perf_counter()
    for number in range(count):
        os.mkdir(f"{folder}/disk/{number}")
        with open(f"{folder}/disk/{number}/answers.json", "xb", buffering=0) as file:
            file.write(b"x" * 500)
    return (time.perf_counter() - started) / count


def until_done(row: Any) -> None:
    """Advance a row as the cluster would, again where it hands over."""
    from groundtruth.work import advance

    while (said := advance(row._meta.label_lower, row.pk)) == "more":
        pass
    if said != "done":
        raise SystemExit(f"{row} ended with: {said}")


def make_cast() -> tuple[Any, Any]:
    """Return a project that may read and write its own prefix, and a team of three."""
    from tests import factories

    project = factories.make_project(modality="text", task_type="text-classification", categories=list(CATEGORIES))
    factories.make_schema(project, categories=CATEGORIES)
    return project, factories.make_team()


def make_input(project: Any, objects: int) -> str:
    from batches.services import own_folder
    from groundtruth.storage import get_store, parse_uri

    uri = own_folder(project, "bench") + "items.manifest"
    words = "The soup was cold, the waiter was kind, and the bill came late. " * 2
    with get_store().writer(parse_uri(uri)) as out:
        for number in range(objects):
            out.write(json.dumps({"source": f"{number}: {words}", "trace": f"A-{number}"}).encode() + b"\n")
    return uri


def chunks_of(uri: str) -> Iterator[tuple[int, list[Any]]]:
    """Yield the lines of a manifest in chunks, each with the ordinal of its first."""
    from batches.sources import items_from
    from groundtruth.storage import get_store, parse_uri

    lines = items_from(get_store().stream(parse_uri(uri)), 0, 0, made=False)
    first = 0
    while chunk := list(islice(lines, CHUNK)):
        yield first, chunk
        first += len(chunk)


def in_one_transaction(insert: Callable[[Any], Any], rows: Any) -> float:
    from django.db import transaction

    started = time.perf_counter()
    with transaction.atomic():
        insert(rows)
    return time.perf_counter() - started


def bulk_create_seconds(batch: Any, uri: str) -> float:
    """Insert the same rows as Django does, as models made ready before the clock starts; return the seconds."""
    from batches.models import DataObject

    seconds = 0.0
    for first, chunk in chunks_of(uri):
        rows = [
            DataObject(
                batch=batch, ordinal=n, line_number=line.number, line=line.text, source_text=line.source_text,
                media_type="text/plain",
            )
            for n, line in enumerate(chunk, start=first)
        ]  # fmt: skip
        seconds += in_one_transaction(DataObject.objects.bulk_create, rows)
    return seconds


def executemany_seconds(batch: Any, uri: str) -> float:
    """Insert the same rows by `executemany`, as tuples made ready before the clock starts; return the seconds."""
    from batches.ingest import insert_objects, object_rows

    rows = (object_rows(batch.pk, chunk, first) for first, chunk in chunks_of(uri))
    return sum(in_one_transaction(insert_objects, ready) for ready in rows)


def answer_all(batch: Any, team: Any) -> Any:
    """Give each object a label, and one to three answers, as if people had worked; return its job."""
    from batches.models import Batch, DataObject
    from groundtruth import clock
    from labeling.models import Annotation, Assignment, Job, Label, Task
    from tests import factories

    schema = batch.project.schemas.get()
    workers = [factories.make_worker(team, f"Wei {n}") for n in range(3)]
    job = Job.objects.create(
        organization_id=batch.project.organization_id, batch=batch, schema=schema, name="bench", position=1,
        task_type="text-classification", attribute="kind", title="What is it?", team=team, state="Completed",
    )  # fmt: skip
    now = clock.now()
    times = {"state": "submitted", "claimed_at": now, "lease_until": now, "submitted_at": now}
    ids = DataObject.objects.filter(batch=batch).order_by("ordinal").values_list("pk", "ordinal").iterator()
    while chunk := list(islice(ids, CHUNK)):
        tasks = [Task(job=job, data_object_id=pk, state="done", wanted=3, open_slots=0) for pk, _ in chunk]
        Task.objects.bulk_create(tasks)
        turns = [
            (Assignment(task=task, worker=worker, seconds=4.25, **times), ordinal)
            for task, (_, ordinal) in zip(tasks, chunk, strict=True)
            for worker in workers[: ordinal % 3 + 1]
        ]
        Assignment.objects.bulk_create(turn for turn, _ in turns)
        Annotation.objects.bulk_create(
            Annotation(
                assignment=turn, data_object_id=turn.task.data_object_id, payload=factories.say(CATEGORIES[n % 3])
            )
            for turn, n in turns
        )
        Label.objects.bulk_create(
            Label(
                data_object_id=pk,
                attribute="kind",
                job=job,
                payload=n % 3,
                confidence=0.9,
                method="bench",
                state="confirmed",
            )
            for pk, n in chunk
        )
    Batch.objects.filter(pk=batch.pk).update(state="accepted", schema=schema)
    return job


def measure(objects: int) -> dict[str, float]:
    from batches.models import DataObject, Delivery, Manifest
    from tests import factories

    project, team = make_cast()
    uri = make_input(project, objects)
    batch = factories.make_batch(project, input_uri=uri)
    importing = cost_of(lambda: until_done(Manifest.objects.get(batch=batch)))
    assert DataObject.objects.filter(batch=batch).count() == objects, "an object is missing"
    after_import = peaks_mb()[0]
    created = bulk_create_seconds(factories.make_batch(project, objects=1), uri)
    raw = executemany_seconds(factories.make_batch(project, objects=1), uri)
    answer_all(batch, team)
    batch.refresh_from_db()
    disk = disk_seconds(Path(os.environ["GROUNDTRUTH_VAR"]))
    delivery = Delivery.objects.create(batch=batch, round=1, prefix=batch.output_uri)
    before_delivery = peaks_mb()[0]
    delivering = cost_of(lambda: until_done(delivery))
    delivery.refresh_from_db()
    assert delivery.receipt["labelled"] == objects, "a label is missing"
    mine, helper = peaks_mb()
    rows = (
        ("import", importing.seconds, importing.cpu),
        ("ready models by bulk_create (import_ratio)", created, None),
        ("ready tuples by executemany (import_ratio_raw)", raw, None),
        ("delivery", delivering.seconds, delivering.cpu),
    )
    print(f"{f'{objects:,} objects':48}{'seconds':>9}{'objects/s':>11}{'CPU µs each':>13}")
    for name, seconds, cpu in rows:
        each = "" if cpu is None else f"{cpu / objects * 1e6:.0f}"
        print(f"{name:48}{seconds:9.2f}{objects / seconds:11,.0f}{each:>13}")
    print(f"the disk alone, a folder with a file: {disk * 1e6:.0f} µs, just before the delivery")
    print(f"peak MB: {after_import} after import, {before_delivery} before delivery, {mine} at the end")
    print(f"largest child process of the whole run: {helper} MB; peak_mb is the sum")
    return {
        "import_objects_per_s": round(objects / importing.seconds),
        "import_ratio": round(created / importing.seconds, 3),
        "import_ratio_raw": round(raw / importing.seconds, 3),
        "import_cpu_us": round(importing.cpu / objects * 1e6),
        "delivery_objects_per_s": round(objects / delivering.seconds),
        "delivery_cpu_us": round(delivering.cpu / objects * 1e6),
        "disk_us": round(disk * 1e6),
        "peak_mb": round(mine + helper, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=100_000)
    objects = parser.parse_args().objects
    with tempfile.TemporaryDirectory(prefix="gt-bench-") as folder:
        # Before the settings are read: nothing of the developer's own is touched.
        os.environ.update(
            GROUNDTRUTH_VAR=folder, DATABASE_URL=f"sqlite:///{Path(folder) / 'bench.sqlite3'}",
            S3_ENDPOINT_URL="", S3="false", GROUNDTRUTH_STORE_ROOT=str(Path(folder) / "store"), LOG_LEVEL="WARNING",
        )  # fmt: skip
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "groundtruth.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps(measure(objects)))


if __name__ == "__main__":
    main()
