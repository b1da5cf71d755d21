"""Each type's labels as the rules see them: read from what consolidation makes, and shapes and masks to the end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from batches.models import DataObject
from labeling.finding_queries import words_of
from labeling.models import Finding, Job, Label, StepKind
from labeling.pictures import put_back
from labeling.services import consolidating, validating, verifying
from labeling.services.labels_in_rows import LabelRows
from labeling.validation.findings import Kind, Labelled, Mask
from labeling.validation.rules import check
from projects import task_types
from projects.task_types import Settled, TaskType
from tests.factories import make_job, make_project, make_running_batch, make_schema, make_team, make_worker
from tests.labeling.test_mask_jobs import LEFT, RIGHT, answer_all, painted

pytestmark = [pytest.mark.django_db, pytest.mark.database]
KINDS = {
    "adjustment-bounding-box": "boxes",
    "adjustment-semantic-segmentation": "masks",
    "bounding-box": "boxes",
    "image-classification": "class",
    "image-multilabel": "classes",
    "instance-segmentation": "masks",
    "keypoint": "points",
    "named-entity": "spans",
    "polygon": "polygons",
    "polyline": "lines",
    "semantic-segmentation": "masks",
    "text-answer": "texts",
    "text-classification": "class",
    "text-multilabel": "classes",
}


def settled(kind: TaskType) -> Any:
    votes = [task_types.Vote(str(n), answer) for n, answer in enumerate(kind.example.answers)]
    return kind.consolidate(votes, {}, kind.example.schema).payload


def test_which_types_have_labels_that_rules_look_at() -> None:
    found = {kind.slug: kind.checked(kind.example.schema).kind for kind in task_types.every() if kind.checked}

    assert found == KINDS


@pytest.mark.parametrize("slug", KINDS)
def test_what_consolidation_makes_is_read_and_sound(slug: str) -> None:
    kind = task_types.get(slug)
    assert kind.checked is not None
    schema = kind.example.schema
    checked = kind.checked(schema)
    label = checked.read(settled(kind))
    width, height = kind.example.item.width, kind.example.item.height
    sizes = np.array([(width, height)], dtype=float) if width else None

    found = check(Labelled(Kind(checked.kind), [label], schema.categories, (), sizes), {"tiny": 1.0, "speck": 1.0})
    assert label is not None
    assert [finding.rule for finding in found if finding.rule in ("broken", "misplaced", "outside")] == []


def test_boxes_that_turn_are_outlines_to_the_rules() -> None:
    kind = task_types.get("bounding-box")
    assert kind.checked is not None
    checked = kind.checked(task_types.Schema(("bird",), {"rotate": True}))
    box = {"label": "bird", "left": 10, "top": 10, "width": 20, "height": 10, "rotation": 90}
    ((category, points),) = checked.read({"boundingBoxes": [box], "inputImageProperties": {"width": 50, "height": 50}})

    assert (checked.kind, category) == (Kind.POLYGONS, 0)
    assert sorted(map(tuple, np.round(points, 6).tolist())) == [(15, 5), (15, 25), (25, 5), (25, 25)]


# --- shapes, to the end ---------------------------------------------------------------------------------------


def box_label(*boxes: tuple[int, int, int, int]) -> dict[str, Any]:
    sides = ("left", "top", "width", "height")
    shapes = [{"label": "bird", **dict(zip(sides, box, strict=True)), "confidence": 0.9} for box in boxes]
    return {"boundingBoxes": shapes, "inputImageProperties": {"width": 640, "height": 480}}


@pytest.fixture
def boxes() -> tuple[Job, Job]:
    """A job in which rules look at three labels, of which one has its box twice, and the job of others behind it."""
    project = make_project(state="pilot_in_progress", modality="image", task_type="bounding-box")
    batch = make_running_batch(project)
    label = make_job(batch, attribute="boxes")
    Job.objects.filter(pk=label.pk).update(state="Completed")
    payloads = (box_label((10, 10, 50, 50)), box_label((10, 10, 50, 50), (11, 10, 50, 50)), box_label((5, 5, 60, 60)))
    for row, payload in zip(DataObject.objects.filter(batch=batch).order_by("ordinal"), payloads, strict=True):
        Label.objects.create(
            data_object=row, attribute="boxes", job=label, payload=payload, confidence=0.9, method="clusters",
            state="confirmed",
        )  # fmt: skip
    look = make_job(batch, attribute="boxes", kind=StepKind.VALIDATE, position=2, most_flagged=100)
    return look, make_job(batch, attribute="boxes", kind=StepKind.VERIFY, position=3)


def look_at(job: Job) -> None:
    run = job.loop_runs.create(kind="check")
    run.lease_until = None
    assert validating.check(run)


def test_a_word_that_is_marked_otherwise_than_elsewhere_is_found_by_its_text() -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="named-entity")
    make_schema(project, categories=("Person", "Place"))
    batch = make_running_batch(project, texts=tuple(f"Letter {n} came from Oslo" for n in range(12)))
    label = make_job(batch, attribute="names")
    Job.objects.filter(pk=label.pk).update(state="Completed")
    for row in DataObject.objects.filter(batch=batch):
        at = row.source_text.index("Oslo")
        one = {"label": "Person" if row.ordinal == 4 else "Place", "startOffset": at, "endOffset": at + 4}
        Label.objects.create(
            data_object=row, attribute="names", job=label, payload={"entities": [{**one, "confidence": 0.9}]},
            confidence=0.9, method="sequence", state="confirmed",
        )  # fmt: skip
    look = make_job(batch, attribute="names", kind=StepKind.VALIDATE, position=2, most_flagged=100)
    look_at(look)

    found = Finding.objects.get(rule="unlike")
    assert (found.label.data_object.ordinal, found.sent, found.severity) == (4, "worst", round(11 / 13, 6))
    assert words_of(found) == "“oslo” is “Person” here, and “Place” in 11 of 11 other places."


def test_a_box_that_is_there_twice_is_found_and_sent(boxes: tuple[Job, Job]) -> None:
    look_at(boxes[0])

    found = Finding.objects.get(rule="doubled")
    assert (found.label.data_object.ordinal, found.sent, found.detail["shapes"]) == (1, "worst", [2])


@pytest.mark.parametrize(
    ("said", "is_wrong"),
    [
        (box_label((10, 10, 50, 50)), True),  # .66 of what was drawn: one of the two is gone
        (box_label((10, 10, 50, 50), (12, 11, 50, 50)), False),
        (box_label(), True),
    ],
)
def test_shapes_were_wrong_where_others_draw_something_else(
    boxes: tuple[Job, Job], said: dict[str, Any], is_wrong: bool
) -> None:
    look_at(boxes[0])
    of = Finding.objects.get(rule="doubled").label.data_object_id

    judged = verifying.judge(boxes[1], [of], [Settled(said, 0.9, "clusters")])
    verifying.resolve(boxes[1], judged)
    verifying.resolve(boxes[1], {of: not is_wrong})  # once: a second chore changes nothing

    assert judged == {of: is_wrong}
    assert Finding.objects.get(rule="doubled").is_wrong is is_wrong


def test_who_mends_shapes_finds_them_wrong_where_anything_is_changed(boxes: tuple[Job, Job]) -> None:
    look_at(boxes[0])
    of = Finding.objects.get(rule="doubled").label.data_object_id
    Job.objects.filter(pk=boxes[1].pk).update(kind=StepKind.ADJUST)
    adjust = Job.objects.get(pk=boxes[1].pk)
    left, moved = (box_label((10, 10, 50, 50), (11, 10 + by, 50, 50)) for by in (0, 20))

    assert verifying.proposals_of(adjust, [of])[of]["boundingBox"]["boundingBoxes"][1]["left"] == 11
    assert verifying.judge(adjust, [of], [Settled(left, 0.9, "clusters")]) == {of: False}
    assert verifying.judge(adjust, [of], [Settled(moved, 0.9, "clusters")]) == {of: True}


# --- masks, read when they are asked for -----------------------------------------------------------------------


@pytest.fixture
def masks() -> Job:
    project = make_project(state="pilot_in_progress", modality="image", task_type="semantic-segmentation")
    batch = make_running_batch(project, texts=tuple("abcdefg"))
    job = make_job(batch, team=make_team(), attribute="mask-ref", workers_each=1)
    answer_all(make_worker(job.team), job, LEFT)
    assert consolidating.settle_answered(job) == 7
    return job


def rows_of(job: Job) -> LabelRows:
    checked = task_types.get(job.task_type).checked
    assert checked is not None
    return LabelRows(job, checked(job.asks))


def test_masks_are_read_some_at_once_and_not_kept(masks: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.labels_in_rows.PICTURES_CHUNK", 3)
    rows = rows_of(masks)
    assert rows._kept[1] == []
    read = list(rows)

    assert len(read) == 7
    assert all(isinstance(mask, Mask) and (mask.ids == LEFT).all() for mask in read)
    assert len(rows._kept[1]) == 1  # of the last three
    assert (rows[-7:2][0].ids == LEFT).all()


def test_a_mask_that_is_lost_is_passed_over_and_counted(masks: Job) -> None:
    lost = Label.objects.order_by("pk")[2]
    key = f"{masks.batch.project.prefix}gone/{'0' * 40}.png"
    Label.objects.filter(pk=lost.pk).update(blob_key=key)
    rows = rows_of(masks)

    assert [mask is None for mask in rows] == [False, False, True, False, False, False, False]
    assert rows.unread() == 1


def test_others_who_paint_something_else_find_a_mask_wrong(masks: Job) -> None:
    look = make_job(masks.batch, attribute="mask-ref", kind=StepKind.VALIDATE, position=2)
    verify = make_job(masks.batch, attribute="mask-ref", kind=StepKind.VERIFY, position=3)
    first, second, third = Label.objects.order_by("pk")[:3]
    for label in (first, second, third):
        Finding.objects.create(job=look, label=label, rule="speck", severity=1.0, sent="worst")
    whole = put_back(first.payload, first.blob_key)
    kind = task_types.get("semantic-segmentation")
    other = kind.consolidate([task_types.Vote("1", painted(RIGHT))], {}, masks.asks).payload
    Label.objects.filter(pk=third.pk).update(blob_key=f"gone/{'0' * 40}.png")

    judged = verifying.judge(
        verify,
        [label.data_object_id for label in (first, second, third)],
        [Settled(payload, 0.9, "pixel vote") for payload in (whole, other, other)],
    )
    assert judged == {first.data_object_id: False, second.data_object_id: True}
    begun = verifying.proposals_of(verify, [label.data_object_id for label in (first, second, third)])
    assert set(begun) == {first.data_object_id, second.data_object_id}
    assert begun[first.data_object_id] == kind.answer_of(whole, masks.asks)
