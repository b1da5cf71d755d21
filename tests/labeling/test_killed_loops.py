"""A real cluster killed again and again while a loop runs: every object has one label in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Count, Q

from batches.models import Batch, DataObject
from groundtruth import clock
from groundtruth.work import ring, sweep
from labeling.models import Annotation, FeatureChunk, Job, Label, LoopRun, RunKind, Task
from tests.clusters import Launcher, environment_here, launcher
from tests.labeling.loops import OBJECTS, answer_asked, begun, last_run, texts

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.cluster]
# As if there were more objects: what is written at once is a small part of them, and looking and learning take a while.
MORE_OBJECTS = """
import time
from labeling.autolabel import loop
from labeling.services import consolidating, featuring, machine_labels
machine_labels.WRITE_CHUNK, consolidating.FINAL_CHUNK = 50, 50
slowly = lambda read: lambda *args: (time.sleep(0.1), read(*args))[1]
machine_labels._next_pooled = slowly(machine_labels._next_pooled)
consolidating._next_objects = slowly(consolidating._next_objects)
look, learn = featuring.features_of, loop.step
featuring.features_of = lambda *args: (time.sleep(5), look(*args))[1]
loop.step = lambda *args, **kwargs: (time.sleep(5), learn(*args, **kwargs))[1]
"""


@pytest.fixture
def clusters(tmp_path: Path) -> Iterator[Launcher]:
    with launcher(environment_here(tmp_path, CLUSTER_WORKERS="2"), tmp_path, MORE_OBJECTS) as started:
        yield started


def kill_when(clusters: Launcher, condition: Callable[[], Any], what: str) -> None:
    """Kill the cluster as soon as it is so, let the leases of what it was at run out, and start another."""
    clusters.wait_for(condition, what)
    clusters.kill()
    assert condition(), f"{what} was over before the cluster was killed"
    for model in (Job, LoopRun, FeatureChunk):
        model._default_manager.filter(lease_until__gt=clock.now()).update(lease_until=clock.now())
    clusters.start()
    sweep()


def is_at(rows: Any) -> Callable[[], bool]:
    """Whether a chore has one of these rows in hand."""
    return lambda: rows.filter(lease_until__gt=clock.now(), done_at=None).exists()


def test_a_loop_whose_cluster_is_killed_wherever_it_is_labels_every_object_once(clusters: Launcher) -> None:
    job = begun(texts())
    learning = LoopRun.objects.filter(job=job, kind=RunKind.LEARN)
    clusters.start()
    kill_when(clusters, is_at(FeatureChunk.objects.filter(batch=job.batch)), "the making of features")
    human = answer_asked(job)
    ring(job)
    kill_when(clusters, is_at(learning.filter(report={})), "a run that decides")
    writing = learning.filter(report__finished="sure", settled_to__gt=100)
    kill_when(clusters, is_at(writing), "the writing of machine labels")
    kill_when(clusters, is_at(LoopRun.objects.filter(job=job, kind=RunKind.LAST, settled_to__gt=100)), "the last fit")
    clusters.wait_for(lambda: Job.objects.filter(pk=job.pk, state="Completed").exists(), "the end of the job")
    clusters.end()

    assert_whole(job, human)


def assert_whole(job: Job, human: int) -> None:
    """Nothing is lost, nothing doubled, and no machine label lies below the cut."""
    current = Label.objects.filter(job=job).exclude(state="superseded")
    auto = current.filter(author_kind="auto")
    batch = Batch.objects.get(pk=job.batch_id)
    job.refresh_from_db()
    assert current.values("data_object").distinct().count() == current.count() == OBJECTS
    assert (batch.human, batch.auto, batch.failed, batch.total) == (human, OBJECTS - human, 0, OBJECTS)
    assert (auto.count(), job.ended, job.planned) == (OBJECTS - human, OBJECTS, OBJECTS)
    assert not auto.exclude(revision=1).exists()
    assert not auto.filter(confidence__lt=last_run(job).report["threshold"] - 1e-6).exists()
    assert not Annotation.objects.filter(data_object__in=auto.values("data_object")).exists()
    assert Annotation.objects.filter(assignment__task__job=job).count() == human
    assert dict(Task.objects.filter(job=job).values_list("state").annotate(Count("pk"))) == {"done": OBJECTS}
    done = DataObject.objects.filter(batch=batch).values_list("done_by").annotate(Count("pk"))
    assert dict(done) == {"human": human, "auto": OBJECTS - human}
    assert not LoopRun.objects.filter(Q(done_at=None), job=job).exists()
