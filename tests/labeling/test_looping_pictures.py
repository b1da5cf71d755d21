"""The automated loop where it matters what is where: boxes and masks on drawn scenes, from the sample to the label."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from batches.models import Batch, DataObject
from groundtruth.storage import get_store, object_address
from labeling import encoders
from labeling.autolabel.box_sets import set_quality
from labeling.consolidation.mask_files import write_ids
from labeling.consolidation.masks import mean_iou
from labeling.models import FeatureChunk, Job, Label, LoopRun, RunKind
from labeling.pictures import put_back
from labeling.services import featuring, looping, machine_labels
from labeling.services.arrays import get_arrays
from labeling.task_types import bounding_box, semantic_segmentation
from projects import task_types
from projects.task_types import Item
from tests.factories import make_grant, make_project, make_running_batch, make_schema
from tests.labeling.loops import begin_loop, run_loop
from tests.labeling.scenes import KINDS, SIDE, Scene, draw_scene

pytestmark = [pytest.mark.django_db, pytest.mark.database]
OBJECTS = 320  # of a loop that would not start below 1,250: pictures take their time
COLOURS = ["#2acf59", "#1f77b4"]
SIZE = {"width": SIDE, "height": SIDE}
scene = cache(draw_scene)  # each is looked at by people, the machine and the test


@pytest.fixture(autouse=True)
def small_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loops of fewer objects, on what every installation has."""
    monkeypatch.setattr(looping.loop, "MINIMUM", OBJECTS)
    monkeypatch.setattr(featuring, "CHUNK", 200)
    monkeypatch.setitem(encoders.SETS, encoders.CELLS, ("cells-1",))


def stored(picture: bytes, key: str) -> str:
    get_store().put(object_address(settings.GROUNDTRUTH_BUCKET, key), picture, "image/png")
    return f"s3://{settings.GROUNDTRUTH_BUCKET}/{key}"


def begun(task_type: str, attribute: str, *, broken: tuple[int, ...] = (), **fields: Any) -> Job:
    """A job whose objects are drawn scenes in the project's own prefix; some cannot be opened."""
    project = make_project(state="pilot_in_progress", modality="image", task_type=task_type)
    make_grant(project)
    make_schema(project, categories=KINDS)
    batch = make_running_batch(project, texts=("-",) * OBJECTS)
    for row in DataObject.objects.filter(batch=batch).order_by("ordinal"):
        out = BytesIO()
        scene(row.ordinal).picture.save(out, "PNG")
        content = b"no picture" if row.ordinal in broken else out.getvalue()
        uri = stored(content, f"{project.prefix}data/{row.ordinal}.png")
        line = json.dumps({"source-ref": uri})
        DataObject.objects.filter(pk=row.pk).update(source_ref=uri, source_text="", line=line)
    return begin_loop(batch, attribute=attribute, **fields)


def draw_boxes(row: DataObject) -> dict[str, Any]:
    shapes = [
        bounding_box.box(KINDS[kind], left, top, right - left, bottom - top)
        for kind, left, top, right, bottom in scene(row.ordinal).boxes
    ]
    return {"boundingBox": {"boundingBoxes": shapes, "inputImageProperties": SIZE}}


def paint(row: DataObject) -> dict[str, Any]:
    picture = b64encode(write_ids(scene(row.ordinal).ids, COLOURS)).decode()
    return {
        "crowd-semantic-segmentation": {
            "labelMappings": {name: {"color": color} for name, color in zip(KINDS, COLOURS, strict=True)},
            "labeledImage": {"pngImageData": picture},
            "inputImageProperties": SIZE,
        }
    }


def boxes_quality(label: Label, true: Scene) -> float:
    said = [
        (KINDS.index(b["label"]), b["left"], b["top"], b["left"] + b["width"], b["top"] + b["height"])
        for b in label.payload["boundingBoxes"]
    ]
    return set_quality(said, true.boxes)


def mask_quality(label: Label, true: Scene) -> float:
    whole = put_back(label.payload, label.blob_key)
    numbers = semantic_segmentation.numbers_of(whole["labelMappings"], label.job.asks)
    return mean_iou(semantic_segmentation._masks.mask_of(whole, numbers), true.ids)


def machine_labels_of(job: Job) -> list[Label]:
    auto = Label.objects.filter(job=job, author_kind="auto").exclude(state="superseded")
    return list(auto.select_related("data_object", "job"))


@pytest.mark.parametrize(
    ("task_type", "attribute", "answer", "quality", "target"),
    [
        ("bounding-box", "boxes", draw_boxes, boxes_quality, 0.6),
        ("semantic-segmentation", "mask-ref", paint, mask_quality, 0.7),
    ],
)
def test_people_draw_what_is_needed_and_the_machine_the_rest(
    task_type: str,
    attribute: str,
    answer: Callable[[DataObject], dict[str, Any]],
    quality: Callable[[Label, Scene], float],
    target: float,
) -> None:
    job = begun(task_type, attribute, broken=(3,), target=target)

    human = run_loop(job, answer)

    auto = machine_labels_of(job)
    batch = Batch.objects.get(pk=job.batch_id)
    kind = task_types.get(task_type)
    assert (batch.human, batch.auto, batch.done) == (human, len(auto), OBJECTS)
    assert len(auto) >= 40
    assert np.mean([quality(label, scene(label.data_object.ordinal)) for label in auto]) >= target
    assert 3 not in {label.data_object.ordinal for label in auto}
    run = LoopRun.objects.filter(job=job, kind=RunKind.LEARN).latest("iteration")
    assert len(machine_labels.proposals_of(run)) == len(auto)
    assert get_arrays(run.blob_key)["proposals"].nbytes / len(auto) < 600
    for label in auto[:5]:
        whole = put_back(label.payload, label.blob_key)
        assert bool(label.blob_key) == kind.has_picture
        assert kind.check(kind.answer_of(whole, job.asks), job.asks, Item({}, SIDE, SIDE)) == []
        assert kind.encode(label.payload, label.confidence, job.asks, Item()).metadata["type"] == kind.groundtruth_type


def test_cells_are_made_in_chunks_and_read_where_they_are_wanted() -> None:
    job = begun("bounding-box", "boxes", broken=(5,))
    for chunk in FeatureChunk.objects.filter(batch=job.batch):
        featuring.make(chunk)
    wanted = np.array([210, 5, 7, 199])

    pool = featuring.load(job.batch, wanted, "cells")

    assert not isinstance(pool, list)
    assert pool.readable.tolist() == [True, False, True, True]
    [grids] = pool.grids
    one = featuring.features_of("cells-1", featuring._contents(job.batch.project, [_object(job, 210)]))
    assert grids(np.array([0])).tobytes() == one.tobytes()
    assert FeatureChunk.objects.filter(batch=job.batch).count() == 2


def _object(job: Job, ordinal: int) -> DataObject:
    return DataObject.objects.get(batch=job.batch, ordinal=ordinal)


def test_where_nothing_certifies_people_draw_all() -> None:
    job = begun("semantic-segmentation", "mask-ref", target=0.995)

    human = run_loop(job, paint)

    assert human == OBJECTS
    assert machine_labels_of(job) == []


def test_boxes_that_turn_are_not_learnt() -> None:
    project = make_project(state="pilot_in_progress", modality="image", task_type="bounding-box")
    make_schema(project, categories=KINDS)
    job = begin_loop(make_running_batch(project, texts=("a",) * 3), options={"rotate": True})

    assert (
        job.machine_note == "Boxes that turn or have attributes are not learnt by the machine: people label all of it."
    )
