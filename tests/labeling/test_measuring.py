"""How far the people of a job agree, measured when its final labels are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from groundtruth import clock, work
from labeling import chores
from labeling.models import Annotation, Assignment, Job, JobAgreement, LoopRun, Task
from labeling.services import jobs, measuring
from projects import task_types
from tests.factories import make_job, make_project, make_running_batch, make_schema, make_worker, say
from tests.labeling.task_types.test_alike_by import boxes, spans
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BIRDS = ("heron", "kite", "crane")


def job_of(task_type: str, objects: int, *, categories: tuple[str, ...] = BIRDS, people: int = 3) -> Job:
    project = make_project(state="pilot_in_progress", modality="text", task_type=task_type)
    make_schema(project, categories=categories)
    batch = make_running_batch(project, texts=tuple(f"text {n}" for n in range(objects)))
    return make_job(batch, workers_each=max(people, 1))


def store(job: Job, answers: Sequence[Sequence[Any]], crowd: Sequence[Worker] | None = None) -> list[Worker]:
    """Store answers, a row an object and a column a worker; None is no answer. Their tasks are done."""
    crowd = crowd or [make_worker(job.team, f"Person {n}") for n in range(max(map(len, answers), default=0))]
    now = clock.now()
    for task, said in zip(Task.objects.filter(job=job).order_by("pk"), answers, strict=True):
        given = [(worker, answer) for worker, answer in zip(crowd, said, strict=False) if answer is not None]
        held = Assignment.objects.bulk_create(
            Assignment(task=task, worker=w, state="submitted", claimed_at=now, lease_until=now, submitted_at=now)
            for w, _ in given
        )
        Annotation.objects.bulk_create(
            Annotation(data_object_id=task.data_object_id, assignment=turn, payload=answer)
            for turn, (_, answer) in zip(held, given, strict=True)
        )
        Task.objects.filter(pk=task.pk).update(state="done", answers=len(given), open_slots=0)
    return list(crowd)


def measured(job: Job) -> dict[str, Any]:
    row, _ = JobAgreement.objects.get_or_create(job=job)
    assert work.advance(row._meta.label_lower, row.pk) == "done"
    row.refresh_from_db()
    return dict(row.report)


def named(*rows: str) -> list[list[Any]]:
    """Answers by the first letters of the categories: "hhk" is two herons and a kite, "-" no answer."""
    return [[say(next(b for b in BIRDS if b[0] == c)) if c != "-" else None for c in row] for row in rows]


def test_categories_are_measured_with_who_confuses_what() -> None:
    job = job_of("text-classification", 30)
    crowd = store(job, named(*["hhh"] * 10, *["kkk"] * 8, *["hhc"] * 6, *["cch"] * 3, "kk-", "k--", "--c"))

    report = measured(job)

    assert (report["objects"], report["of"], report["answers"], report["workers"]) == (28, 28, 83, 3)
    assert report["mean"]["value"] == pytest.approx((19 + 9 / 3) / 28, abs=1e-6)
    # 45 herons, 26 kites, 12 cranes of 83; 9 objects differ, in two categories each
    by_chance = (45 * 38 + 26 * 57 + 12 * 71) / 82
    assert report["alpha"]["value"] == pytest.approx(1 - 18 / by_chance, abs=1e-6)
    assert report["alpha"]["low"] < report["alpha"]["value"] < report["alpha"]["high"]
    assert [(row["id"], row["named"]) for row in report["categories"]] == [(0, 45), (1, 26), (2, 12)]
    assert report["categories"][1]["alpha"]["value"] == 1.0
    first = list(Task.objects.filter(job=job).order_by("pk").values_list("data_object_id", flat=True))[18:23]
    assert report["confused"] == [{"first": 0, "second": 2, "count": 18, "share": 1.0, "objects": first}]
    pairs = report["pairs"]
    assert (pairs["enough"], pairs["few"], pairs["is_kappa"]) == (3, 0, True)
    assert [(p["first"], p["second"], p["objects"]) for p in pairs["worst"]] == [
        (crowd[0].pk, crowd[2].pk, 27), (crowd[1].pk, crowd[2].pk, 27), (crowd[0].pk, crowd[1].pk, 28),
    ]  # fmt: skip
    assert pairs["worst"][2]["value"] == 1.0


def test_alpha_of_a_job_is_that_of_its_answers_by_hand() -> None:
    job = job_of("text-classification", 4, people=2)
    store(job, named("hh", "hh", "hk", "kk"))

    report = measured(job)

    # 5 herons, 3 kites: observed 2/8, by chance 2 * 5 * 3 / (8 * 7)
    assert report["alpha"]["value"] == pytest.approx(1 - (2 / 8) / (30 / 56), abs=1e-6)
    assert report["ac1"]["objects"] == 4
    assert report["pairs"] == {"worst": [], "enough": 0, "few": 1, "is_kappa": True}


def test_a_repeated_measure_stores_the_same_and_rejected_answers_do_not_count() -> None:
    job = job_of("text-classification", 25)
    store(job, named(*["hhk"] * 15, *["kkk"] * 10))
    Assignment.objects.filter(task=Task.objects.filter(job=job).order_by("pk")[0]).update(state="rejected")

    first = measured(job)
    JobAgreement.objects.update(done_at=None)
    again = measured(job)

    assert first == again
    assert first["objects"] == 24


def test_several_categories_an_object_are_compared_by_each() -> None:
    job = job_of("text-multilabel", 22, people=2)

    def marks(*names: str) -> dict[str, Any]:
        return {"crowd-classifier-multi-select": {"labels": list(names)}}

    crowd = store(
        job,
        [[marks("heron", "kite"), marks("heron")]] * 10
        + [[marks("crane"), marks("crane")]] * 10
        + [[marks("kite"), marks("crane")]] * 2,
    )

    report = measured(job)

    assert report["mean"]["value"] == pytest.approx((10 * 0.5 + 10) / 22, abs=1e-6)
    assert report["categories"][0]["alpha"]["value"] == 1.0
    assert [(c["first"], c["second"], c["count"]) for c in report["confused"]] == [(1, 2, 2)]
    assert report["pairs"]["worst"] == [
        {"first": crowd[0].pk, "second": crowd[1].pk, **report["mean"]},
    ]
    assert report["pairs"]["is_kappa"] is False


def test_other_answers_are_compared_as_wholes() -> None:
    job = job_of("bounding-box", 30, categories=("bird",), people=2)
    size = {"width": 640, "height": 480}

    def box(left: int) -> dict[str, Any]:
        shape = {"label": "bird", "left": left, "top": 10, "width": 100, "height": 100}
        return {"crowd-bounding-box": {"boundingBoxes": [shape], "inputImageProperties": size}}

    store(job, [[box(10), box(10)]] * 15 + [[box(10), box(60)]] * 15)
    part = task_types.get("bounding-box").agreement(box(10), box(60), job.asks)

    report = measured(job)

    assert 0 < part < 0.5
    assert report["mean"]["value"] == pytest.approx((1 + part) / 2, abs=1e-6)
    assert (report["objects"], report["of"], report["pairs"]["enough"]) == (30, 30, 1)
    assert "alpha" not in report


def test_shapes_matched_under_two_names_are_confused() -> None:
    job = job_of("bounding-box", 3, people=2)
    size = {"width": 640, "height": 480}

    def boxes(*named_at: tuple[str, int]) -> dict[str, Any]:
        shapes = [{"label": name, "left": left, "top": 10, "width": 100, "height": 100} for name, left in named_at]
        return {"crowd-bounding-box": {"boundingBoxes": shapes, "inputImageProperties": size}}

    store(
        job,
        [
            [boxes(("heron", 10), ("kite", 300)), boxes(("crane", 12), ("kite", 300))],
            [boxes(("heron", 10)), boxes(("heron", 10))],
            [boxes(("heron", 10)), boxes(("kite", 500))],
        ],
    )
    first = Task.objects.filter(job=job).order_by("pk")[0].data_object_id

    report = measured(job)

    assert report["confused"] == [{"first": 0, "second": 2, "count": 1, "share": 1.0, "objects": [first]}]


def test_words_marked_under_two_names_are_confused() -> None:
    job = job_of("named-entity", 2, people=2)

    def spans(*named_at: tuple[str, int]) -> dict[str, Any]:
        marked = [{"label": name, "startOffset": at, "endOffset": at + 4} for name, at in named_at]
        return {"crowd-entity-annotation": {"entities": marked}}

    store(job, [[spans(("kite", 0)), spans(("heron", 0))], [spans(("kite", 0)), spans(("heron", 1))]])

    report = measured(job)

    assert [(c["first"], c["second"], c["count"]) for c in report["confused"]] == [(0, 1, 1)]
    assert report["mean"]["value"] == 0.0


def test_shapes_and_spans_are_compared_by_category_with_intervals_over_objects() -> None:
    job = job_of("bounding-box", 30, people=3)
    both, left = boxes(("heron", 10), ("kite", 10)), boxes(("heron", 10))
    store(job, [[both, both, left]] * 10 + [[left, left, boxes(("heron", 60))]] * 20)

    report = measured(job)

    heron, kite = report["alike"]
    # Two boxes of 100 pixels, the one 50 to the right: one third. Of the kite one pair agrees and two do not.
    assert (heron["id"], heron["mean"]["objects"]) == (0, 30)
    assert heron["mean"]["value"] == pytest.approx((10 + 20 * (1 + 2 / 3) / 3) / 30, abs=1e-6)
    assert heron["mean"]["low"] < heron["mean"]["value"] < heron["mean"]["high"]
    third = pytest.approx(1 / 3, abs=1e-3)  # the interval reads thousandths
    assert (kite["id"], kite["mean"]) == (1, {"value": third, "low": third, "high": third, "objects": 10})


def test_who_says_nothing_of_a_category_agrees_on_it_with_nobody() -> None:
    job = job_of("named-entity", 20, people=2)
    kite, heron = spans(("kite", 0, 4)), spans(("kite", 0, 4), ("heron", 5, 9))
    store(job, [[kite, heron]] * 10 + [[kite, kite]] * 10)

    report = measured(job)

    assert [(row["id"], row["mean"]["value"], row["mean"]["objects"]) for row in report["alike"]] == [
        (0, 0.0, 10), (1, 1.0, 20),
    ]  # fmt: skip


def test_of_many_objects_compared_as_wholes_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of("text-answer", 12, categories=(), people=2)
    store(job, [[{"answer": f"text {n}"}] * 2 for n in range(12)])
    monkeypatch.setattr(measuring, "MOST_COMPARED", 5)
    monkeypatch.setattr(measuring, "CHUNK", 2)

    report = measured(job)
    monkeypatch.setattr(measuring, "MOST_SECONDS", 0)
    JobAgreement.objects.update(done_at=None)
    hurried = measured(job)

    assert (report["objects"], report["of"], report["answers"], report["mean"]["value"]) == (5, 12, 10, 1.0)
    assert (hurried["objects"], hurried["of"]) == (1, 12)


@pytest.mark.parametrize(
    "rows",
    [[], ["---", "---"], ["h--", "-k-"], ["h--", "h--"]],
    ids=["no object", "no answer", "no overlap", "one worker"],
)
@pytest.mark.parametrize("task_type", ["text-classification", "text-answer"])
def test_nobody_to_compare_is_a_report_without_figures(rows: list[str], task_type: str) -> None:
    job = job_of(task_type, len(rows))
    texts = [[c and {"answer": "x"} for c in row] for row in named(*rows)]
    store(job, named(*rows) if task_type == "text-classification" else texts)

    assert measured(job) == {"objects": 0, "answers": 0, "workers": 0, "of": 0, "mean": None}


def test_one_category_only_and_answers_that_name_none_of_the_job() -> None:
    job = job_of("text-classification", 3)
    store(job, [*named("hhh", "hhh"), [say("poem"), {}, say("kite")]])

    report = measured(job)

    assert (report["objects"], report["alpha"]["value"], report["confused"]) == (2, 1.0, [])
    assert [row["id"] for row in report["categories"]] == [0]


def test_who_was_overtaken_while_measuring_overwrites_nothing_newer() -> None:
    job = job_of("text-classification", 3)
    store(job, named("hhh", "kkk", "hhk"))
    JobAgreement.objects.create(job=job, report={"newer": 1}, lease_until=clock.now())
    row = JobAgreement.objects.get()
    measuring_people = measuring.scores_of

    def overtaken(*args: Any, **rest: Any) -> Any:
        work.ring_again(row)
        return measuring_people(*args, **rest)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(work.LeaseLost):
        patch.setattr(measuring, "scores_of", overtaken)
        measuring.measure(row)

    row.refresh_from_db()
    assert row.report == {"newer": 1}


def test_a_job_that_ends_rings_for_its_agreement_and_does_not_wait() -> None:
    job = job_of("text-classification", 2)
    store(job, named("hhh", "kkh"))
    run = LoopRun.objects.create(job=job)

    work.advance("labeling.looprun", run.pk)

    job.refresh_from_db()
    row = JobAgreement.objects.get(job=job)
    assert (job.state, row.report, row.rung, row.done_at) == ("Completed", {}, True, None)
    assert chores.measure_agreement(row) is True
    assert JobAgreement.objects.get(job=job).report["objects"] == 2
    jobs.complete(job)
    assert JobAgreement.objects.count() == 1
