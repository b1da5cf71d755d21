"""Measure transfer: `python3 -m tests.bench.transfer --objects 100000`.

A batch of texts is brought in and, with one to three answers an object, delivered, on a database and a store of the
run's own, which are removed afterwards. `import_ratio` is the speed beside inserting the same ready rows, in this run.
The last line is JSON.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

import django

CATEGORIES = ("praise", "complaint", "question")
CHUNK = 5000


def peak_mb() -> float:
    """Return the most memory that this process had so far."""
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)


def seconds_of(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


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


def ready_rows_seconds(batch: Any, uri: str) -> float:
    """Insert the same rows as Django does, made ready before the clock starts; return the seconds."""
    from django.db import transaction

    from batches.models import DataObject
    from batches.sources import items_from
    from groundtruth.storage import get_store, parse_uri

    lines = items_from(get_store().stream(parse_uri(uri)), 0, 0, made=False)
    first, seconds = 0, 0.0
    while chunk := list(islice(lines, CHUNK)):
        rows = [
            DataObject(
                batch=batch, ordinal=n, line_number=line.number, line=line.text, source_text=line.source_text,
                media_type="text/plain",
            )
            for n, line in enumerate(chunk, start=first)
        ]  # fmt: skip
        started = time.perf_counter()
        with transaction.atomic():
            DataObject.objects.bulk_create(rows)
        seconds += time.perf_counter() - started
        first += len(chunk)
    return seconds


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
    importing = seconds_of(lambda: until_done(Manifest.objects.get(batch=batch)))
    assert DataObject.objects.filter(batch=batch).count() == objects, "an object is missing"
    after_import = peak_mb()
    ready = ready_rows_seconds(factories.make_batch(project, objects=1), uri)
    answer_all(batch, team)
    batch.refresh_from_db()
    delivery = Delivery.objects.create(batch=batch, round=1, prefix=batch.output_uri)
    before_delivery = peak_mb()
    delivering = seconds_of(lambda: until_done(delivery))
    delivery.refresh_from_db()
    assert delivery.receipt["labelled"] == objects, "a label is missing"
    print(f"{objects:,} objects: import {importing:.1f} s, ready rows alone {ready:.1f} s, delivery {delivering:.1f} s")
    print(f"peak MB: {after_import} after the import, {before_delivery} before the delivery, {peak_mb()} at the end")
    return {
        "import_objects_per_s": round(objects / importing),
        "import_ratio": round(ready / importing, 3),
        "delivery_objects_per_s": round(objects / delivering),
        "peak_mb": peak_mb(),
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
