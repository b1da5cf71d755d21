"""A worker's page of quality: agreement by kind with its interval, and the answers that became another label."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from scipy.stats import binom

from labeling import queries_quality
from labeling.agreeing.own import own_jobs
from labeling.consolidation.agreement import share_interval
from labeling.models import Job, JobAgreement, Label
from labeling.queries_quality import kinds_of, unlike_labels
from labeling.services import measuring
from tests.factories import make_team, make_worker
from tests.labeling.task_types.test_alike_by import boxes
from tests.labeling.test_calibrating import OBJECTS, label_all, make_answered, review
from tests.labeling.test_measuring import job_of, store
from tests.labeling.test_scoring import label_first
from workforce.models import Worker, WorkerQuality

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def job() -> Job:
    """An ended job in which one of three differs from the others in every tenth object."""
    job = label_all(make_answered(wrong=12))
    Job.objects.filter(pk=job.pk).update(state="Completed")
    return job


@pytest.fixture
def wei(job: Job) -> Worker:
    """The one who differs in objects 12 and 18: the first of three there."""
    return job.team.workers.order_by("pk")[0]


def test_agreement_stands_with_its_interval(wei: Worker) -> None:
    (kind,) = kinds_of(wei)

    row = WorkerQuality.objects.get(worker=wei)
    assert (kind.title, kind.answers, kind.share) == ("Text classification", OBJECTS // 2, row.right / row.seen)
    assert kind.share == pytest.approx(58 / 60)
    # The shares at which as many or more, or as few, would be seen with a chance of 2.5 %.
    assert binom.sf(57, 60, kind.low) == pytest.approx(0.025)
    assert binom.cdf(58, 60, kind.high) == pytest.approx(0.025)


@pytest.mark.parametrize(("good", "count", "bounds"), [(0, 0, (0, 1)), (0, 10, (0, 0.3085)), (10, 10, (0.6915, 1))])
def test_an_interval_reaches_the_end_where_nothing_speaks_against_it(
    good: float, count: float, bounds: tuple[float, float]
) -> None:
    assert share_interval(good, count) == pytest.approx(bounds, abs=1e-4)


def test_answers_that_became_another_label_are_shown_with_both(wei: Worker) -> None:
    found = [(one.name, one.said, one.label) for one in unlike_labels(wei)]

    assert sorted(found) == [("text 12", "plane", "bird"), ("text 18", "plane", "bird")]


def test_nothing_is_told_of_a_job_that_runs(wei: Worker, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(state="InProgress")

    assert unlike_labels(wei) == []


def test_a_label_of_the_machine_is_nothing_to_learn_from(wei: Worker, job: Job) -> None:
    Label.objects.filter(job=job).update(author_kind="auto")

    assert unlike_labels(wei) == []


def test_the_page_tells_a_worker_of_their_own_answers_alone(wei: Worker, client: Client) -> None:
    client.force_login(wei.user)
    mine = client.get(reverse("work_quality")).content.decode()
    client.force_login(make_worker(make_team("Night"), "Ann").user)
    hers = client.get(reverse("work_quality")).content.decode()

    assert "text 12" in mine
    assert "text 12" not in hers
    assert "Nothing to compare yet" in hers


def test_the_page_takes_few_statements(wei: Worker, client: Client, django_assert_max_num_queries) -> None:
    client.force_login(wei.user)
    with django_assert_max_num_queries(12):
        client.get(reverse("work_quality"))


# --- by category, and by reviews ----------------------------------------------------------------------


@pytest.fixture
def measured(job: Job) -> Job:
    review(job, 24, wrong=13)
    measuring.measure(JobAgreement.objects.create(job=job))
    return job


def test_the_worker_reads_each_category_with_its_interval_and_what_reviews_say(wei: Worker, measured: Job) -> None:
    (own,) = own_jobs(wei)

    bird, plane = own.categories.first
    assert (bird.name, bird.share.answers, plane.name, plane.share.answers) == ("bird", 38, "plane", 22)
    assert (bird.share.share, plane.share.share) == (36 / 38, 1.0)
    assert (bird.share.low, bird.share.high) == share_interval(36, 38)
    low, high = (f"{bound * 100:.0f}\N{NO-BREAK SPACE}%" for bound in share_interval(4, 11))
    # Objects 0 to 12 are wrong; she said otherwise in 12. Of the right ones she missed 18.
    assert own.reviews == [
        f"Reviews judged 11 of your answers: 36\N{NO-BREAK SPACE}% right ({low} to {high} with chance counted in).",
        "They called 1 label wrong that was not your answer: whether yours is right, nobody knows.",
    ]


def test_others_and_jobs_that_run_are_not_told(wei: Worker, measured: Job) -> None:
    stranger = make_worker(make_team("Night"), "Ann")
    before = own_jobs(stranger)
    Job.objects.filter(pk=measured.pk).update(state="InProgress")

    assert before == own_jobs(wei) == []


def test_examples_of_one_category_are_one_click_away(wei: Worker, measured: Job, client: Client) -> None:
    client.force_login(wei.user)
    url = reverse("work_quality")

    text = client.get(url).content.decode()
    one = client.get(url, {"job": measured.public_id, "category": "0"})
    none = client.get(url, {"job": measured.public_id, "category": "1"})
    other = client.get(url, {"job": measured.public_id, "category": "-1"})

    assert f"?job={measured.public_id}&amp;category=0#unlike-h" in text
    assert f"?job={measured.public_id}&amp;category=1#" not in text  # of planes she missed none
    assert (sorted(row.name for row in one.context["examples"].rows), one.context["examples"].of) == (
        ["text 12", "text 18"], "bird, in What is it?",
    )  # fmt: skip
    assert none.context["examples"].rows == []
    assert "none among your latest answers" in none.content.decode()
    assert (len(other.context["examples"].rows), other.context["examples"].of) == (2, "")


def test_where_labels_are_pictures_no_examples_are_promised(wei: Worker, measured: Job, client: Client) -> None:
    client.force_login(wei.user)
    before = client.get(reverse("work_quality")).content.decode()
    Job.objects.filter(pk=measured.pk).update(task_type="semantic-segmentation")

    after = client.get(reverse("work_quality")).content.decode()

    assert before.count("Where you differ") == 1
    assert (after.count("Where you differ"), after.count("By category: ")) == (0, 1)


def test_for_a_category_of_drawings_fewer_of_the_latest_answers_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries_quality, "LOOKED_AT", 2)
    job, rows = job_of("bounding-box", 4, categories=("car", "bike")), [[boxes(("car", 3)), boxes(("car", 300))]] * 4
    _, other = store(job, rows)
    label_first(job, rows)

    assert len(unlike_labels(other, job, 0)) == 2
