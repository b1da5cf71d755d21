"""What the pages tell of how far people agree: the batch's panel, the receipt, the object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from batches.metrics import tally_day
from batches.models import DataObject, Delivery
from labeling.agreeing import words
from labeling.agreeing.own import own_jobs
from labeling.agreeing.queries import agreement_of
from labeling.agreeing.receipt import headlines
from labeling.models import Annotation, Job, JobAgreement, Label, StepKind, Task
from labeling.review_queries import Opinion, show_object
from labeling.services.delivering import Source
from labeling.views.machine import STOP_POLLING
from tests.factories import make_job, make_member, make_organization, make_staff, make_worker, say
from tests.labeling.task_types.test_alike_by import boxes
from tests.labeling.test_measuring import job_of, measured, named, store

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ROWS = [*["hhh"] * 10, *["kkk"] * 8, *["hhc"] * 6, *["cch"] * 3, "kk-"]


class Ground:
    """A job of three people that was measured, and its batch's panel."""

    def __init__(self, rows: list[str] = ROWS) -> None:
        self.job = job_of("text-classification", len(rows))
        self.crowd = store(self.job, named(*rows), [make_worker(self.job.team, f"Person {n}") for n in range(3)])
        Job.objects.filter(pk=self.job.pk).update(state="Completed")
        self.report = measured(self.job)
        self.batch = self.job.batch
        self.place = (self.batch.project.organization.slug, self.batch.project.slug, self.batch.slug)
        self.url = reverse("agreement", args=self.place)

    def page(self, person: Any) -> Any:
        client = Client()
        client.force_login(person)
        return client.get(self.url)


def test_the_panel_tells_figures_meaning_and_confusions_with_their_objects() -> None:
    ground = Ground()
    ada = make_member(ground.batch.project.organization)

    answer = ground.page(ada)

    (one,) = answer.context["found"].jobs
    alpha = ground.report["alpha"]
    assert answer.status_code == STOP_POLLING
    assert one.facts[0][:2] == ("Alpha", f"{alpha['value']:.2f} ({alpha['low']:.2f} to {alpha['high']:.2f})")
    assert one.meaning.startswith("People differ often")
    assert [(row.first, row.second, row.count, len(row.examples)) for row in one.confused] == [
        ("heron", "crane", 18, 3)
    ]
    example = DataObject.objects.filter(batch=ground.batch).order_by("ordinal")[18]
    assert (one.confused[0].examples[0].name, one.confused[0].examples[0].url) == (
        "text 18", reverse("object", args=[*ground.place, example.public_id]),
    )  # fmt: skip
    assert [row[0] for row in one.chart.rows] == ["crane", "heron", "kite"]
    assert one.compared == [("Objects compared", "28"), ("Answers", "83"), ("People", "3")]


def test_customers_read_no_worker_s_name_and_no_advice_to_operations() -> None:
    ground = Ground()
    ada = make_member(ground.batch.project.organization)

    customer, operations = ground.page(ada), ground.page(make_staff())

    text = customer.content.decode()
    assert not any(name in text for worker in ground.crowd for name in (worker.user.name, worker.user.email))
    assert "Pairs of workers" not in text
    assert "set-up" not in text
    (one,) = operations.context["found"].jobs
    assert [(pair.first, pair.second, pair.objects) for pair in one.pairs] == [
        ("Person 0", "Person 2", 27), ("Person 1", "Person 2", 27), ("Person 0", "Person 1", 28),
    ]  # fmt: skip
    assert one.advice == "Add a note on the instructions that says how to tell “heron” from “crane”."
    assert reverse("admin:project_set_up", args=[ground.batch.project_id]) in operations.content.decode()
    assert "Person 2" in operations.content.decode()


def test_a_stranger_finds_nothing_and_another_batch_s_objects_are_not_shown() -> None:
    ground, other = Ground(), Ground()
    mallory = make_member(make_organization("Other"), name="Mallory")
    strange = other.report["confused"][0]["objects"]
    ground.report["confused"][0]["objects"] = strange
    JobAgreement.objects.filter(job=ground.job).update(report=ground.report)

    found = agreement_of(ground.batch, ground.place, for_operations=False)

    assert ground.page(mallory).status_code == 404
    assert found is not None
    assert found.jobs[0].confused[0].examples == []


@pytest.mark.parametrize(("for_operations", "statements"), [(False, 4), (True, 5)])
def test_a_page_costs_the_same_however_large_the_job(for_operations: bool, statements: int) -> None:
    ground = Ground()

    with CaptureQueriesContext(
        connection,
    ) as asked:
        agreement_of(ground.batch, ground.place, for_operations=for_operations)

    assert len(asked) == statements


def test_while_people_work_the_days_tell_and_nothing_is_reckoned() -> None:
    job = job_of("text-classification", 3)
    place = (job.batch.project.organization.slug, job.batch.project.slug, job.batch.slug)
    empty = agreement_of(job.batch, place, for_operations=False)
    tally_day(job.batch_id, agreement=1.5, agreed=2)

    found = agreement_of(job.batch, place, for_operations=False)

    assert empty is not None
    assert found is not None
    assert (empty.now, empty.is_done, empty.jobs) == ("No object has two answers yet.", False, [])
    assert found.now == "So far two people’s answers agree by 0.75 on average (1 is the same), on 2 objects."


def test_one_worker_an_object_and_a_batch_without_a_job_have_a_sentence_or_nothing() -> None:
    job = job_of("text-classification", 2, people=1)
    store(job, named("h", "k"))
    measured(job)
    place = (job.batch.project.organization.slug, job.batch.project.slug, job.batch.slug)

    (one,) = agreement_of(job.batch, place, for_operations=True).jobs  # type: ignore[union-attr]
    Job.objects.filter(pk=job.pk).delete()

    assert one.meaning == "No object has answers of two people that count: there is nothing to compare."
    assert (one.facts, one.confused, one.pairs, one.chart) == ([], [], (), None)
    assert agreement_of(job.batch, place, for_operations=True) is None


def test_meaning_follows_alpha_and_says_when_one_category_is_nearly_everywhere() -> None:
    def told(alpha: float, low: float, ac1: float, named: Sequence[int] = (80, 10, 10), **of: bool) -> str:
        categories = [{"named": count} for count in named]
        figures = {"alpha": {"value": alpha, "low": low}, "ac1": {"value": ac1}, "categories": categories}
        return words.meaning({"objects": 50, "answers": 100, **figures}, **of)

    assert told(0.85, 0.8, 0.86).startswith("People agree well")
    assert told(0.7, 0.6, 0.72).startswith("People agree more often than not")
    assert told(0.4, 0.3, 0.45).startswith("People differ often")
    assert told(0.1, -0.1, 0.2).startswith("People agree no more than they would by chance")
    assert told(0.3, 0.1, 0.9).startswith("Nearly all answers name one category")
    assert told(0.3, 0.1, 0.9, (79, 11, 10)).startswith("People differ often")  # no category is nearly everywhere
    assert told(0.3, 0.1, 0.6).startswith("People differ often")  # nor do they agree on the one that is
    assert told(0.22, -0.07, 0.43, (16, 13, 4)).startswith("People agree no more than they would by chance")
    assert told(1.0, 1.0, 1.0, (100,)).startswith("All answers name one category")
    assert told(0.1, -0.1, 0.2, looks_again=True).startswith("People differ often: these objects were sent")
    assert told(0.85, 0.8, 0.86, looks_again=True).startswith("People agree well")


def test_only_one_category_shows_the_mean_alone() -> None:
    ground = Ground(["hhh"] * 5)

    found = agreement_of(ground.batch, ground.place, for_operations=True)

    assert found is not None
    assert [fact[:2] for fact in found.jobs[0].facts] == [("Mean", "1.00 (1.00 to 1.00)")]
    assert found.jobs[0].notes == ["Few objects were compared: the intervals are rough."]
    assert "alpha" not in headlines([ground.job])[0]


def test_the_receipt_and_its_page_have_the_headline() -> None:
    ground = Ground()
    delivery = Delivery.objects.create(batch=ground.batch, round=1, prefix=ground.batch.output_uri, state="complete")

    (told,) = Source.of(delivery).about()["agreement"]
    Delivery.objects.filter(pk=delivery.pk).update(receipt={"agreement": [told]})
    client = Client()
    client.force_login(make_member(ground.batch.project.organization))
    page = client.get(reverse("batch", args=ground.place)).content.decode()

    assert [row["category"] for row in told["categories"]] == ["crane", "heron", "kite"]
    assert {**told["categories"][2]} == {"category": "kite", **ground.report["categories"][1]["alpha"]}
    alpha, ac1 = (told[name]["value"] for name in ("alpha", "ac1"))
    assert (told["job"], told["kind"], told["attribute"], told["objects"], alpha) == (
        ground.job.name, "label", "kind", 28, ground.report["alpha"]["value"],
    )  # fmt: skip
    assert "others label what was found" not in page
    assert f"alpha {alpha:.2f} ({told['alpha']['low']:.2f} to {told['alpha']['high']:.2f}), AC1 {ac1:.2f}" in page
    assert ground.url in page


def test_the_figures_of_who_looked_again_are_told_apart_on_the_page_of_a_delivery() -> None:
    ground = Ground()
    Job.objects.filter(pk=ground.job.pk).update(kind=StepKind.VERIFY)
    ground.job.refresh_from_db()
    Delivery.objects.create(
        batch=ground.batch, round=1, prefix=ground.batch.output_uri, state="complete",
        receipt={"agreement": headlines([ground.job])},
    )  # fmt: skip
    client = Client()
    client.force_login(make_member(ground.batch.project.organization))

    page = client.get(reverse("batch", args=ground.place)).content.decode()

    assert '<span class="small">kind, others label what was found</span>' in page


def test_of_shapes_the_panel_and_the_receipt_tell_each_category() -> None:
    job = job_of("bounding-box", 30, people=2)
    both, left = boxes(("heron", 10), ("kite", 10)), boxes(("heron", 10))
    store(job, [[both, left]] * 10 + [[both, both]] * 20)
    report = measured(job)
    found = agreement_of(job.batch, ("a", "b", "c"), for_operations=False)

    (told,) = headlines([job])

    assert found is not None
    chart = found.jobs[0].chart
    kite = report["alike"][1]["mean"]
    assert chart is not None
    assert (chart.columns, [row[0] for row in chart.rows]) == (
        ("Category", "Mean", "Interval", "Objects"), ["kite", "heron"],
    )  # fmt: skip
    assert (kite["value"], kite["objects"]) == (pytest.approx(2 / 3, abs=1e-6), 30)
    assert told["categories"] == [
        {"category": "kite", **kite},
        {"category": "heron", "value": 1.0, "low": 1.0, "high": 1.0, "objects": 30},
    ]


def worker_ids(source: Source) -> set[str]:
    """Return the ids of workers in the answers of a delivery."""
    files = [file for chunk in source.chunks(0) for file in chunk.files if "worker-response" in file.name]
    return {answer["workerId"] for file in files for answer in json.loads(file.data)["answers"]}


def test_the_receipt_has_the_pairs_under_the_ids_of_the_delivered_answers_and_no_name() -> None:
    ground = Ground()
    source = Source.of(Delivery.objects.create(batch=ground.batch, round=1, prefix=ground.batch.output_uri))

    (told,) = source.about()["agreement"]

    one, two, three = (f"private.home.{worker.public_id}" for worker in ground.crowd)
    pairs = told["pairs"]
    assert {**pairs, "listed": None} == {"measure": "kappa", "count": 3, "enough": 3, "least": 20, "listed": None}
    assert [(row["workers"], row["objects"]) for row in pairs["listed"]] == [
        ([one, three], 27), ([two, three], 27), ([one, two], 28),
    ]  # fmt: skip
    # 18 of 27 alike; the first said 16 herons, 8 kites, 3 cranes, the third 13, 8, 6
    kappa = (18 * 27 - (16 * 13 + 8 * 8 + 3 * 6)) / (27 * 27 - (16 * 13 + 8 * 8 + 3 * 6))
    assert [row["value"] for row in pairs["listed"]] == [*[pytest.approx(kappa, abs=1e-6)] * 2, 1.0]
    assert [(row["low"], row["high"]) for row in pairs["listed"]] == [
        (row["low"], row["high"]) for row in ground.report["pairs"]["worst"]
    ]
    assert worker_ids(source) == {one, two, three}
    assert not any(name in str(told) for worker in ground.crowd for name in (worker.user.name, worker.user.email))


def test_the_receipt_lists_ten_pairs_and_counts_all() -> None:
    job = job_of("bounding-box", 20, people=7)
    both, left = boxes(("heron", 10), ("kite", 10)), boxes(("heron", 10))
    crowd = store(job, [[both, both, both, both, both, left, both if n < 2 else None] for n in range(20)])
    report = measured(job)

    (told,) = headlines([job])

    pairs, last = told["pairs"], report["pairs"]["worst"][9]
    assert {**pairs, "listed": len(pairs["listed"])} == {
        "measure": "mean", "count": 21, "enough": 15, "least": 20, "listed": 10,
    }  # fmt: skip
    two_thirds = {"value": 0.666667, "low": 0.667, "high": 0.667}  # intervals read thousandths
    assert pairs["listed"][0] == {"workers": [crowd[0].wire_id, crowd[5].wire_id], "objects": 20, **two_thirds}
    assert pairs["listed"][9]["value"] == last["value"] == 1.0
    assert "confused" not in told


def test_the_receipt_has_the_categories_that_are_confused() -> None:
    ground = Ground([*["hhh"] * 10, *["hhc"] * 6, *["kkc"] * 2])

    (told,) = headlines([ground.job])

    assert told["confused"] == [
        {"categories": ["heron", "crane"], "count": 12, "share": 0.75},
        {"categories": ["kite", "crane"], "count": 4, "share": 0.25},
    ]
    assert told["pairs"] == {"measure": "kappa", "count": 3, "enough": 0, "least": 20, "listed": []}


@pytest.mark.parametrize("jobs", [1, 3])
def test_what_the_receipt_tells_costs_two_statements(jobs: int, django_assert_num_queries: Any) -> None:
    some = [Ground().job.pk for _ in range(jobs)]
    measured_jobs = list(Job.objects.filter(pk__in=some).select_related("schema"))

    with django_assert_num_queries(2):
        told = headlines(measured_jobs)

    assert [len(one["pairs"]["listed"]) for one in told] == [3] * jobs


def test_an_object_tells_how_far_each_answer_is_its_label() -> None:
    ground = Ground()
    task = Task.objects.filter(job=ground.job).order_by("pk")[18]
    Label.objects.create(
        data_object_id=task.data_object_id, attribute="kind", job=ground.job, payload=0, confidence=0.7, method="vote"
    )
    client = Client()
    client.force_login(make_member(ground.batch.project.organization))

    page = client.get(reverse("object", args=[*ground.place, task.data_object.public_id]))

    shown = page.context["shown"]
    assert [(one.what, one.agreement) for one in shown.said] == [("heron", 1.0), ("heron", 1.0), ("crane", 0.0)]
    assert shown.agreement_is == "two answers of the same category count 1, others 0"
    assert (shown.answer, shown.among) == (say("heron"), pytest.approx(1 / 3))


@pytest.mark.parametrize(("column", "was_shown"), [("proposal", True), ("withheld", False)])
def test_an_object_tells_what_the_machine_proposed(column: str, was_shown: bool) -> None:
    ground = Ground(["hhc"])
    Job.objects.filter(pk=ground.job.pk).update(prelabel=True)
    Task.objects.filter(job=ground.job).update(**{column: say("crane")})
    row = DataObject.objects.get(batch=ground.batch)
    Label.objects.create(data_object=row, attribute="kind", job=ground.job, payload=0, confidence=0.7, method="vote")

    shown = show_object(row, lambda row, job: "")

    assert shown.opinion == Opinion("crane", 0.0, was_shown)


def test_an_object_costs_three_statements_however_many_answered(django_assert_num_queries: Any) -> None:
    ground = Ground()
    row = DataObject.objects.filter(batch=ground.batch).order_by("ordinal")[0]
    Label.objects.create(data_object=row, attribute="kind", job=ground.job, payload=0, confidence=0.7, method="vote")

    with django_assert_num_queries(3):
        shown = show_object(row, lambda row, job: "")

    assert (len(shown.said), shown.opinion) == (3, None)


def test_each_job_of_a_batch_is_told_under_its_title() -> None:
    ground = Ground()
    second = make_job(ground.batch, position=2, attribute="verdict")
    Job.objects.filter(pk=second.pk).update(title="Is it right?", state="Completed")

    first = ground.page(make_staff())
    JobAgreement.objects.create(job=second, report={**ground.report, "confused": []})
    both = ground.page(make_staff())

    assert [len(page.context["found"].jobs) for page in (first, both)] == [1, 2]
    assert "<h3>What is it?</h3>" not in first.content.decode()
    assert all(f"<h3>{title}</h3>" in both.content.decode() for title in ("What is it?", "Is it right?"))


def test_who_looked_at_labels_again_is_told_apart_from_who_labelled() -> None:
    ground = Ground()
    others = make_job(ground.batch, team=ground.job.team, position=3, kind=StepKind.VERIFY)
    Job.objects.filter(pk=others.pk).update(state="Completed")
    store(others, named(*ROWS), ground.crowd)
    measured(others)

    panel, wei = ground.page(make_staff()).content.decode(), ground.crowd[0]
    score = {"worker": wei.pk, "right": 1.0, "seen": 2, "seconds": 1.0, "categories": {"0": [1.0, 2]}}
    JobAgreement.objects.update(report={"people": [score]})

    again = "What is it? (others label what was found)"
    assert all(f"<h3>{title}</h3>" in panel for title in ("What is it?", again))
    assert [own.title for own in own_jobs(wei)] == [again, "What is it?"]


def test_a_weight_that_is_no_single_figure_is_not_told_as_equal() -> None:
    ground = Ground(["hhc"])
    Job.objects.filter(pk=ground.job.pk).update(task_type="custom", skills={"weights": {"1": 1.0}})
    row = DataObject.objects.get(batch=ground.batch)
    Annotation.objects.update(payload={"answer": "heron"})
    said = {"value": {"answer": "heron"}, "metadata": {}}
    Label.objects.create(data_object=row, attribute="kind", job=ground.job, payload=said, confidence=1, method="x")

    fitted = show_object(row, lambda row, job: "")
    Job.objects.update(skills={})
    unfitted = show_object(row, lambda row, job: "")

    assert (fitted.weighs_alike, unfitted.weighs_alike) == (False, True)
