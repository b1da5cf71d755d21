"""Confidence learnt from reviews of whole objects, for types other than classes: what moves, and what stays."""

from __future__ import annotations

import json
from math import prod
from typing import Any

import pytest
from django.test import Client

from batches import delivery as writer
from batches.models import Batch, DataObject, Delivery
from groundtruth import clock
from groundtruth.storage import Address, get_store, parse_uri
from groundtruth.work import advance
from labeling.consolidation.parts_calibration import Judged, fit_to_verdicts
from labeling.models import Annotation, Assignment, Job, Label, Task
from labeling.queries_confidence import learns_of_people, reviewed_labels
from labeling.services import calibrating, consolidating
from labeling.services.answers import Answers, answers_of
from labeling.services.calibrating import LEAST
from projects import task_types
from projects.models import Direction, Project
from projects.task_types import Answer, TaskType, Vote
from tests.factories import make_grant, make_job, make_project, make_running_batch, make_schema, make_worker
from tests.labeling.test_calibrating import label_all, page_of, review
from tests.labeling.test_measuring import job_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
OBJECTS = 40


def boxes(*lefts: int) -> Answer:
    drawn = [{"label": "bird", "left": left, "top": 50, "width": 60, "height": 80} for left in lefts]
    return {"boundingBox": {"boundingBoxes": drawn, "inputImageProperties": {"width": 640, "height": 480}}}


def answered(task_type: str, answers: list[list[Answer]], project: Project | None = None, **fields: Any) -> Job:
    """A job whose objects have these answers, by one to six people in turn."""
    if project is None:
        kind = task_types.get(task_type)
        project = make_project(state="pilot_in_progress", modality=kind.modality, task_type=task_type)
        make_schema(project, categories=kind.example.schema.categories or ("a", "b"))
        for direction in Direction.values:
            make_grant(project, direction)
    batch = make_running_batch(project, texts=tuple(f"text number {n}" for n in range(len(answers))))
    job = make_job(batch, **fields)
    crowd = [make_worker(job.team) for _ in range(6)]
    now = clock.now()
    for task in Task.objects.filter(job=job).select_related("data_object"):
        number = task.data_object.ordinal
        for turn, said in enumerate(answers[number]):
            given = Assignment.objects.create(
                task=task,
                worker=crowd[(number + turn) % 6],
                state="submitted",
                claimed_at=now,
                lease_until=now,
                shown_at=now,
                submitted_at=now,
            )
            Annotation.objects.create(data_object=task.data_object, assignment=given, payload=said)
        Task.objects.filter(pk=task.pk).update(state="done", answers=len(answers[number]), open_slots=0)
    return job


def box_answers(count: int = OBJECTS) -> list[list[Answer]]:
    """Of each object three people draw one box, or two of which one person misses the second."""
    return [[boxes(100, 400), boxes(101, 401), boxes(100)] if n % 2 else [boxes(100)] * 3 for n in range(count)]


def box_job(project: Project | None = None, *, count: int = OBJECTS, **fields: Any) -> Job:
    categories = {"attribute": "boxes", **fields}
    if project is None:
        project = make_project(state="pilot_in_progress", modality="image", task_type="bounding-box")
        for direction in Direction.values:
            make_grant(project, direction)
    return answered("bounding-box", box_answers(count), project, **categories)


def two_batches() -> tuple[Job, Job]:
    """A labelled job, 12 of whose 24 reviewed objects are wrong, and one that was labelled after the review."""
    first = label_all(box_job())
    review(first, 24, wrong=12)
    return first, label_all(box_job(first.batch.project))


def sure(job: Job) -> dict[int, list[float]]:
    """The confidence of each box of each current label, by its object's place."""
    current = Label.objects.filter(job=job).exclude(state="superseded").values_list("data_object__ordinal", "payload")
    return {of: [box["confidence"] for box in payload["boundingBoxes"]] for of, payload in current}


def test_boxes_of_the_next_batch_are_as_sure_as_reviews_found_them_right() -> None:
    first, second = two_batches()

    before, after = sure(first), sure(second)
    assert second.skills["calibrated_on"] == 24
    assert set(before[0]) == {max(before[1])} == {1.0}
    assert 0.55 < after[0][0] < 0.85
    assert max(after[1]) == after[0][0] > min(after[1]) > 0.5
    label = Label.objects.exclude(state="superseded").get(job=second, data_object__ordinal=1)
    assert label.confidence == pytest.approx(sum(after[1]) / 2, abs=1e-6)


def test_under_twenty_verdicts_boxes_stay_as_they_are() -> None:
    first = label_all(box_job())
    review(first, 19, wrong=12)

    second = label_all(box_job(first.batch.project))

    assert "calibration" not in second.skills
    assert sure(second) == sure(first)


def test_calibrated_labels_are_not_calibrated_by_themselves_again() -> None:
    first, second = two_batches()
    review(second, 24, wrong=12)

    third = label_all(box_job(first.batch.project))

    # The same verdicts on the same answers: twice as many say the same, and the identity weighs less.
    assert third.skills["calibrated_on"] == 48
    assert sure(second)[0][0] - 0.1 < sure(third)[0][0] <= sure(second)[0][0]


def test_a_label_written_again_has_the_same_bytes() -> None:
    _first, job = two_batches()
    objects = answers_of(job, list(DataObject.objects.filter(batch=job.batch).values_list("pk", flat=True)))

    def labels() -> str:
        found = consolidating.settle_objects(job, objects, job.skills)[1]
        return json.dumps([(s.payload, s.confidence) for s in calibrating.apply(job, objects, found, job.skills)])

    assert labels() == labels()


def test_one_answer_alone_keeps_the_zero_of_what_was_not_computed() -> None:
    first = label_all(box_job())
    review(first, 24, wrong=12)
    answers = box_answers()
    answers[0] = answers[0][:1]

    second = label_all(answered("bounding-box", answers, first.batch.project, attribute="boxes"))

    label = Label.objects.exclude(state="superseded").get(job=second, data_object__ordinal=0)
    assert (sure(second)[0], label.confidence, label.method) == ([0.0], 0.0, "single")
    assert max(sure(second)[2]) < 0.9


def test_who_asks_others_where_a_label_is_unsure_sees_what_it_saw_before() -> None:
    first = label_all(box_job())
    review(first, 24, wrong=12)
    job = box_job(first.batch.project, most_workers=5, sure_at=0.98)
    objects = answers_of(job, list(DataObject.objects.filter(batch=job.batch).values_list("pk", flat=True)))
    plain = consolidating.fit(job)
    taught = calibrating.calibrated(job, plain)

    asked = [consolidating.unsure_of(job, *consolidating.settle_objects(job, objects, of)) for of in (plain, taught)]

    assert "calibration" in taught
    assert asked[0] == asked[1] == {one.object_id for n, one in enumerate(objects) if n % 2}


def test_the_delivered_manifest_holds_calibrated_confidences() -> None:
    _first, job = two_batches()
    DataObject.objects.filter(batch=job.batch).update(done_by="human")
    Batch.objects.filter(pk=job.batch_id).update(state="accepted", done=OBJECTS, human=OBJECTS)
    delivery = Delivery.objects.create(batch=Batch.objects.get(pk=job.batch_id), round=1, prefix=job.batch.output_uri)

    while advance("batches.delivery", delivery.pk) == "more":
        pass

    root = parse_uri(delivery.prefix)
    content = get_store().read(Address(root.bucket, f"{root.key}{job.name}/{writer.MANIFEST}"))
    told = [json.loads(line)["boxes-metadata"]["objects"] for line in content.splitlines()]
    assert told == [[{"confidence": one} for one in sure(job)[n]] for n in range(OBJECTS)]
    assert told[0][0]["confidence"] < 0.85


def test_a_verdict_on_what_others_mended_teaches_nothing_of_the_label_before() -> None:
    first = label_all(box_job())
    review(first, 24, wrong=12)
    mending = make_job(first.batch, attribute="boxes", position=2)
    Job.objects.filter(pk=mending.pk).update(task_type="adjustment-bounding-box")
    for label in Label.objects.filter(job=first, data_object__ordinal__lt=10):
        Label.objects.create(
            data_object=label.data_object, attribute="boxes", job=mending, payload=label.payload, confidence=0.9,
            method="clusters", revision=label.revision + 1, state="superseded",
        )  # fmt: skip

    assert len(reviewed_labels(first)[first.pk]) == 14


def test_a_function_of_the_jobs_own_is_left_alone() -> None:
    first = label_all(box_job())
    review(first, 24, wrong=12)

    job = box_job(first.batch.project, post_function="mine.make")

    assert calibrating.calibrated(job, {"workers": []}) == {"workers": []}


# --- every type -----------------------------------------------------------------------------------------

OTHERS = [kind for kind in task_types.every() if kind.evidence is None]


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.slug)
def test_every_type_has_its_confidences_where_the_port_finds_them(kind: TaskType) -> None:
    schema, votes = (
        kind.example.schema,
        [Vote(name, said) for name, said in zip("abc", kind.example.answers, strict=True)],
    )
    settled = kind.consolidate(votes, {}, schema)

    parts = kind.parts.read(settled.payload) if kind.parts else []

    own = settled.confidence
    assert sum(parts) / len(parts) == pytest.approx(own, abs=1e-6) if parts else own > 0
    if kind.parts:
        assert kind.parts.write(settled.payload, parts, own) == settled.payload
        other = kind.parts.write(settled.payload, [0.25] * len(parts), 0.25)
        assert kind.parts.read(other) == [0.25] * len(parts)
        assert kind.answer_of(other, schema) == kind.answer_of(settled.payload, schema)
        assert "0.25" in json.dumps(kind.encode(other, 0.25, schema, kind.example.item).metadata)


@pytest.mark.parametrize("kind", OTHERS, ids=lambda kind: kind.slug)
def test_labels_of_every_type_are_believed_less_where_reviews_found_them_wrong(kind: TaskType) -> None:
    answers = [list(kind.example.answers)] * 24
    options = {"options": dict(kind.example.schema.options)}
    first = label_all(answered(kind.slug, answers, **options))
    review(first, 24, wrong=24)

    second = label_all(answered(kind.slug, answers, first.batch.project, **options))

    before, after = (Label.objects.filter(job=job).exclude(state="superseded").first() for job in (first, second))
    assert before is not None
    assert after is not None
    assert kind.answer_of(after.payload, second.asks) == kind.answer_of(before.payload, first.asks)
    tells = kind.parts is None or kind.parts.tells(kind.parts.read(before.payload))
    assert second.skills.get("calibrated_on", 0) == (24 if tells else 0)
    assert (0 < after.confidence < before.confidence) == tells
    assert learns_of_people(second) == learns_of_people(first)


def test_verification_is_calibrated_as_classes_are() -> None:
    kind = task_types.get("verification-bounding-box")
    answers = [[kind.example.answers[1]] * 3] * OBJECTS
    first = label_all(answered(kind.slug, answers, options=dict(kind.example.schema.options)))
    review(first, 24, wrong=12)

    second = label_all(answered(kind.slug, answers, first.batch.project, options=dict(kind.example.schema.options)))

    before, after = (Label.objects.filter(job=job).exclude(state="superseded").first() for job in (first, second))
    assert before is not None
    assert after is not None
    assert second.skills["calibrated_on"] == 24
    assert (after.payload, after.confidence < before.confidence) == (before.payload, True)


def chose(*labels: str) -> Answer:
    return {"crowd-image-classifier-multi-select": {"labels": list(labels)}}


def test_a_category_that_is_hardly_believed_leaves_open_what_a_review_meant() -> None:
    kind = "image-multilabel"
    names = task_types.get(kind).example.schema.categories
    stray = [chose(names[0]), chose(names[0]), chose(names[0], names[1])]
    answers = [stray if n < 24 else [chose(*names[:2])] * 3 for n in range(60)]
    first = label_all(answered(kind, answers))
    review(first, 50, wrong=37)

    second = label_all(answered(kind, answers, first.batch.project))

    payloads = dict(Label.objects.filter(job=second).values_list("data_object__ordinal", "payload"))
    assert second.skills["calibrated_on"] == 26  # of 50: the first 24 have such a category
    assert [part["confidence"] >= 0.5 for part in payloads[0]] == [True, False]
    assert [part["confidence"] < 0.9 for part in payloads[59]] == [True, True]


def test_of_pictures_the_newest_verdicts_alone_teach(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = "semantic-segmentation"
    monkeypatch.setattr(calibrating, "PICTURES", 22)
    answers = [list(task_types.get(kind).example.answers)] * 24
    first = label_all(answered(kind, answers))
    review(first, 24, wrong=24)

    second = label_all(answered(kind, answers, first.batch.project))

    label = Label.objects.filter(job=second).first()
    assert label is not None
    assert second.skills["calibrated_on"] == 22
    assert label.payload["confidence"] == round(label.confidence, 2)


# --- the page -------------------------------------------------------------------------------------------


def test_the_page_says_of_boxes_that_nothing_is_known(client: Client) -> None:
    said = page_of(label_all(box_job()), client)

    assert "Uncalibrated: when they were written, too few labels of this project had been reviewed." in said
    assert "<svg" not in said


def test_the_page_compares_the_chance_that_all_boxes_are_right(client: Client) -> None:
    job = label_all(box_job())
    review(job, 24, wrong=6)
    chances = [prod(sure(job)[n]) for n in range(24)]

    said = page_of(job, client).replace("\N{NO-BREAK SPACE}", " ")

    assert f"Said {100 * sum(chances) / 24:.1f} %, right 75.0 % of 24 reviewed" in said
    assert "What a label of several parts said is the chance that all of them are right." in said
    assert "<svg" in said


def test_the_page_says_on_how_many_labels_boxes_were_calibrated(client: Client) -> None:
    _first, job = two_batches()

    said = page_of(job, client)

    assert "Calibrated on 24 reviewed labels of this project." in said
    assert "Uncalibrated" not in said


def test_texts_have_no_parts_to_tell_of(client: Client) -> None:
    job = label_all(answered("text-answer", [list(task_types.get("text-answer").example.answers)] * 24))
    review(job, 24, wrong=6)

    said = page_of(job, client)

    assert "of 24 reviewed" in said
    assert "several parts" not in said


@pytest.mark.parametrize("method", ["single", "function"])
def test_where_nothing_of_ours_was_computed_the_page_is_silent(client: Client, method: str) -> None:
    job = label_all(box_job(count=2))
    Label.objects.filter(job=job).update(method=method, confidence=0.0 if method == "single" else 0.8)

    assert page_of(job, client) == ""


def test_what_was_hardly_believed_is_not_believed_where_most_labels_are_wrong() -> None:
    kind, job = task_types.get("text-multilabel"), job_of("text-multilabel", 1)
    said = [["heron"], ["heron"], ["heron", "kite"]]
    votes = tuple(Vote(str(n), {"crowd-classifier-multi-select": {"labels": one}}) for n, one in enumerate(said))
    settled = kind.consolidate(votes, {}, job.asks)
    wrong = fit_to_verdicts([Judged([0.95, 0.97], False, False)] * LEAST)
    skills = {"calibration": wrong.to_json()}

    (told,) = calibrating.apply(job, [Answers(1, votes)], [settled], skills)

    assert [part["confidence"] < 0.5 for part in settled.payload] == [False, True]
    assert [part["confidence"] for part in told.payload] == [0.5, 0.49]
    assert kind.truth_of(told.payload, job.asks) == kind.truth_of(settled.payload, job.asks)
