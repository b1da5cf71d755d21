"""A real cluster killed again and again while a loop runs: every object has one label in the end."""

from __future__ import annotations

from collections.abc import Iterator
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
# As if there were more objects: what is written at once is a small part of them; and a chore stays where the test wants
# to meet it for as long as the file says so.
MEDDLED = """
import time
from pathlib import Path
from labeling.autolabel import loop
from labeling.services import consolidating, featuring, machine_labels
machine_labels.WRITE_CHUNK, consolidating.FINAL_CHUNK = 50, 50

def held(at, work):
    def holding(*args, **kwargs):
        while Path({stop!r}).read_text() == at and not (at in ("write", "last") and args[1] <= 100):
            time.sleep(0.05)
        return work(*args, **kwargs)
    return holding

featuring.features_of = held("look", featuring.features_of)
loop.step = held("learn", loop.step)
machine_labels._next_pooled = held("write", machine_labels._next_pooled)
consolidating._next_objects = held("last", consolidating._next_objects)
"""


@pytest.fixture
def stop(tmp_path: Path) -> Path:
    """The file that names the place where the next chore to come there stays."""
    made = tmp_path / "stop"
    made.write_text("look")
    return made


@pytest.fixture
def clusters(tmp_path: Path, stop: Path) -> Iterator[Launcher]:
    program = MEDDLED.format(stop=str(stop))
    with launcher(environment_here(tmp_path, CLUSTER_WORKERS="2"), tmp_path, program) as started:
        yield started


def kill_at(rows: Any, stop: Path, following: str, clusters: Launcher) -> None:
    """Kill the cluster while a chore has one of these rows in hand, where it stays, and start another, whose chores
    stay at what is following.
    """
    in_hand = rows.filter(lease_until__gt=clock.now(), attempts__gt=0, done_at=None)
    clusters.wait_for(in_hand.exists, stop.read_text())
    clusters.kill()
    assert in_hand.exists()
    stop.write_text(following)
    for model in (Job, LoopRun, FeatureChunk):
        model._default_manager.filter(lease_until__gt=clock.now()).update(lease_until=clock.now())
    clusters.start()
    sweep()


def test_a_loop_whose_cluster_is_killed_wherever_it_is_labels_every_object_once(clusters: Launcher, stop: Path) -> None:
    job = begun(texts())
    learning = LoopRun.objects.filter(job=job, kind=RunKind.LEARN)
    clusters.start()
    kill_at(FeatureChunk.objects.filter(batch=job.batch), stop, "learn", clusters)
    human = answer_asked(job)
    ring(job)
    kill_at(learning.filter(report={}), stop, "write", clusters)
    kill_at(learning.filter(report__finished="sure", settled_to__gt=100), stop, "last", clusters)
    kill_at(LoopRun.objects.filter(job=job, kind=RunKind.LAST, settled_to__gt=100), stop, "nowhere", clusters)
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
