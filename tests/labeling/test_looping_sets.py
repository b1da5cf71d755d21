"""The automated loop where an object has several categories: multi-label, from the sample to the manifest."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject
from labeling.models import Job, Label, LoopRun, RunKind
from labeling.services import looping
from labeling.services.machine_labels import proposals_of
from projects import task_types
from projects.task_types import Item, Schema
from tests.factories import make_member, make_project, make_running_batch, make_schema
from tests.labeling.loops import advance_all, answer_all_asked, begin_loop, run_loop

pytestmark = [pytest.mark.django_db, pytest.mark.database]
WORDS = {
    "bird": ["heron", "kite", "crane", "beak", "wing", "feather"],
    "plane": ["engine", "cockpit", "runway", "pilot", "rudder", "cabin"],
    "ship": ["anchor", "mast", "harbour", "hull", "sailor", "deck"],
}
NAMES = list(WORDS)
OBJECTS = 1300


def truth_of(ordinal: int) -> list[str]:
    """Return one category or more, by ordinal."""
    number = (1, 2, 4, 1, 2, 4, 3)[ordinal % 7]
    return [name for place, name in enumerate(NAMES) if number >> place & 1]


def texts(*, wordless: int = 0) -> tuple[str, ...]:
    """Texts of three words a category; of every so manieth no word tells any."""
    rng = np.random.default_rng(3)
    made = []
    for number in range(OBJECTS):
        said = [word for name in truth_of(number) for word in rng.choice(WORDS[name], 3)]
        bare = wordless and number % wordless == 0
        made.append(" ".join([*([] if bare else said), str(number * 7919 % 10_007)]))
    return tuple(made)


def begun(texts: tuple[str, ...], **fields: Any) -> Job:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-multilabel")
    make_schema(project, categories=tuple(NAMES))
    return begin_loop(make_running_batch(project, texts=texts), **fields)


def answer(row: DataObject) -> dict[str, Any]:
    return {"crowd-classifier-multi-select": {"labels": truth_of(row.ordinal)}}


def machine_labels(job: Job) -> list[Label]:
    return list(Label.objects.filter(job=job, author_kind="auto").select_related("data_object"))


def test_people_label_what_is_needed_and_the_machine_the_rest() -> None:
    job = begun(texts())

    human = run_loop(job, answer)

    auto = machine_labels(job)
    said = [[NAMES[part["class_id"]] for part in label.payload] for label in auto]
    right = sum(one == truth_of(label.data_object.ordinal) for one, label in zip(said, auto, strict=True))
    batch = Batch.objects.get(pk=job.batch_id)
    assert (batch.human, batch.auto, batch.done) == (human, len(auto), OBJECTS)
    assert len(auto) > OBJECTS / 2
    assert right / len(auto) >= 0.95


def test_a_machine_label_stands_in_the_manifest_as_peoples_do() -> None:
    job = begun(texts())
    run_loop(job, answer)
    label = machine_labels(job)[0]
    kind = task_types.get(job.task_type)

    line = kind.encode(label.payload, label.confidence, Schema(tuple(NAMES)), Item())

    numbers = [NAMES.index(name) for name in truth_of(label.data_object.ordinal)]
    assert line.value == numbers
    assert line.metadata == {
        "class-map": {str(number): NAMES[number] for number in numbers},
        "confidence-map": {str(number): round(label.confidence, 2) for number in numbers},
        "type": "groundtruth/text-classification-multilabel",
    }


def test_no_category_is_no_answer_and_such_objects_are_asked_of_people() -> None:
    job = begun(texts(wordless=50))

    run_loop(job, answer)

    auto = machine_labels(job)
    wordless = [label for label in auto if label.data_object.ordinal % 50 == 0]
    assert len(auto) > OBJECTS / 2
    assert all(len(label.payload) >= 1 for label in auto)
    assert wordless == []


def test_a_check_counts_what_the_labels_share() -> None:
    job = begun(texts(), checked_labels=60)
    while not LoopRun.objects.filter(job=job, report__checking__0__isnull=False).exists():
        answer_all_asked(job, answer)
        advance_all(job)

    def one_more_or_less(row: DataObject) -> dict[str, Any]:
        said, rest = truth_of(row.ordinal), [name for name in NAMES if name not in truth_of(row.ordinal)]
        return {"crowd-classifier-multi-select": {"labels": said[:1] if len(said) > 1 else said + rest[:1]}}

    before = LoopRun.objects.filter(job=job, kind=RunKind.LEARN).latest("iteration")
    made, ordinals = proposals_of(before), before.report["checking"]
    said = {n: one_more_or_less(DataObject(ordinal=n))["crowd-classifier-multi-select"]["labels"] for n in ordinals}
    named = {n: {NAMES.index(name) for name in names} for n, names in said.items()}
    shared = sum(len({*made[n][0]} & named[n]) / len({*made[n][0]} | named[n]) for n in ordinals)
    while not (counted := LoopRun.objects.filter(job=job, report__check__of=60)).exists():
        answer_all_asked(job, one_more_or_less)  # and others once more, since the machine says something else
        advance_all(job)

    assert counted.get().report["check"]["right"] == pytest.approx(shared, abs=1e-4)
    assert shared < 0.7 * 60
    assert not machine_labels(job)


def test_the_promise_says_what_is_shared(client: Client) -> None:
    job = begun(texts(), checked_labels=60)
    run_loop(job, answer)
    client.force_login(make_member(job.batch.project.organization))
    project = job.batch.project

    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))

    said = page.content.decode()
    assert (
        "On average the machine’s label and people’s share 95\N{NO-BREAK SPACE}% of the categories that either names, "
        "with a probability of 95\N{NO-BREAK SPACE}%"
    ) in said
    assert " shared, at least " in said
    assert " shared, of 60 objects" in said


def test_pictures_of_several_categories_may_be_learnt() -> None:
    project = make_project(state="pilot_in_progress", modality="image", task_type="image-multilabel")
    make_schema(project, categories=tuple(NAMES))
    job = begin_loop(make_running_batch(project, texts=texts()[:10]))

    with transaction.atomic():
        why = looping.refusal(job)

    assert why == "The machine learns from 1,250 objects on, and here are 10 objects: people label all of them."
