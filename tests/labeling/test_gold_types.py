"""Known answers of every task type: from a label to the tool and back, pictures kept in the store, and compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from batches.models import DataObject
from labeling.gold_queries import gold_rows
from labeling.models import Annotation, Assignment, GoldAnswer, Job, Label
from labeling.pictures import INNER, OUTER, value_in
from labeling.queries_quality import on_known
from labeling.services import claiming, gold, gold_setting, submitting
from labeling.services.keeping import find_folder, keeper
from projects import task_types
from projects.task_types import TaskType, Vote
from tests.factories import make_job, make_project, make_running_batch, make_schema, make_staff, make_team, make_worker
from tests.labeling.golden import lot_falls

pytestmark = [pytest.mark.django_db, pytest.mark.database]
KINDS = [kind.slug for kind in task_types.every()]


def make_labelled(kind: TaskType) -> tuple[Job, DataObject]:
    """A job that runs with one object labelled by people, as the type's example has it, and others to do."""
    example = kind.example
    project = make_project(state="pilot_in_progress", modality=kind.modality, task_type=kind.slug)
    make_schema(project, categories=example.schema.categories)
    batch = make_running_batch(project, texts=("first", "second", "third"))
    size = {"width": example.item.width, "height": example.item.height, "depth": example.item.depth}
    line = {"source": "first", **example.item.line}
    DataObject.objects.filter(batch=batch).update(line=json.dumps(line), **size)
    attribute = "kind-ref" if kind.needs_ref else "kind"
    job = make_job(
        batch, team=make_team(), workers_each=1, attribute=attribute, options=dict(example.schema.options),
        gold_percent=50,
    )  # fmt: skip
    row = DataObject.objects.get(batch=batch, ordinal=0)
    settled = kind.consolidate([Vote("1", example.answers[0])], {}, job.asks)
    payload, key = keeper(kind, lambda: find_folder(job.pk))(settled.payload)
    made: dict[str, Any] = {"payload": payload, "blob_key": key, "confidence": 0.99, "method": "x"}
    Label.objects.create(data_object=row, attribute=attribute, job=job, state="confirmed", **made)
    job.tasks.filter(data_object=row).delete()
    return job, row


@pytest.mark.parametrize("slug", KINDS)
def test_a_label_becomes_a_known_answer_by_which_people_are_judged(slug: str) -> None:
    kind = task_types.get(slug)
    job, row = make_labelled(kind)

    assert gold_setting.promote(job, make_staff(), count=5, least=0.98) == 1

    worker = make_worker(job.team)
    with lot_falls(on_gold=True):
        turn = claiming.hand_out(worker, job)[0]
    submitting.submit(worker.user_id, turn.submit_key, kind.example.answers[0], fetch_next=False)
    (known,) = gold.known_answers(job)
    assert (known.object_id, known.worker_id) == (row.pk, worker.pk)
    assert kind.agreement(known.answer, known.truth, job.asks) == pytest.approx(1.0)
    (shown,) = gold_rows(job)
    assert (shown.asked, shown.share, shown.is_doubtful) == (1, pytest.approx(1.0), False)
    assert on_known(worker).misses == []
    assert Assignment.objects.get(pk=turn.pk).state == "submitted"


@pytest.mark.parametrize("slug", [slug for slug in KINDS if task_types.get(slug).has_picture])
def test_the_picture_of_a_known_answer_lies_in_the_store_and_comes_back(slug: str) -> None:
    kind = task_types.get(slug)
    job, row = make_labelled(kind)
    gold_setting.set_answer(job, make_staff(), row=row, answer=kind.example.answers[0], explanation="")

    made = GoldAnswer.objects.get()

    part = value_in(made.payload)
    assert part is not None
    assert INNER not in part[OUTER]
    assert made.blob_key.startswith(find_folder(job.pk))
    label = Label.objects.get(data_object=row)
    assert gold_setting.answer_of(job, label) is not None
    assert Annotation.objects.count() == 0
