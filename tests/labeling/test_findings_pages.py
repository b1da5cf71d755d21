"""What operations and the customer are shown of what the rules found."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from batches.models import DataObject
from labeling.finding_queries import looked_again, looked_of, worst_findings
from labeling.models import Finding, Job
from tests.factories import make_job, make_member, make_running_batch, make_staff
from tests.labeling.found import OBJECTS, Found

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def found() -> Found:
    return Found()


def test_operations_see_each_rule_with_its_precision_and_threshold(found: Found) -> None:
    looked = looked_of(found.batch)

    assert looked is not None
    (row,) = looked.rules
    assert (row.title, row.found, row.sent, row.looked_at, row.wrong) == ("Unlikely by the other labels", 6, 5, 5, 3)
    assert (row.precision.share, round(row.precision.low, 3), round(row.precision.high, 3)) == (0.6, 0.147, 0.947)
    assert (row.threshold, row.is_learnt) == (0.9, False)
    assert (looked.labels, looked.notes, looked.is_done) == (OBJECTS, ["A rule failed."], True)


def test_the_worst_findings_come_in_words_with_their_outcome(found: Found) -> None:
    rows = worst_findings(found.batch)

    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row.fate for row in rows] == ["wrong"] * 3 + ["the label was fine"] * 2 + ["not sent"]
    assert rows[0].words == "The label is “bird”, but similar objects are mostly labelled “plane”."
    assert worst_findings(found.batch, "outlier") == []


def test_a_finding_whose_sentence_is_gone_is_called_by_its_rule(found: Found) -> None:
    Finding.objects.filter(severity=0.99).update(detail={"what": "gone"})
    Finding.objects.filter(severity=0.98).update(rule="retired")

    assert [row.words for row in worst_findings(found.batch)][:2] == ["Unlikely by the other labels", "retired"]


def test_the_desks_page_asks_as_many_questions_for_many_findings_as_for_few(
    found: Found, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(make_staff())
    with django_assert_max_num_queries(14):
        shown = client.get(reverse("admin:batch_findings", args=[found.batch.pk]) + "?rule=unlikely")

    text = shown.content.decode()
    assert "The rules looked at 12 labels." in text
    assert "A rule failed." in text
    assert "15 % to 95 %, of 5" in text.replace("\xa0", " ")


def test_a_batch_without_such_a_step_has_no_such_page() -> None:
    client = Client()
    client.force_login(make_staff())

    assert client.get(reverse("admin:batch_findings", args=[make_running_batch().pk])).status_code == 404


def test_the_customer_reads_how_many_were_corrected(found: Found) -> None:
    told = looked_again(found.batch)

    assert told is not None
    assert told.told == "5 labels were looked at again by others, 3 of them were corrected."
    assert told.by_rule == ["Unlikely by the other labels: 5 looked at, 3 corrected"]
    assert told.is_done


@pytest.mark.parametrize(
    ("states", "told"),
    [
        (("Initializing", "Initializing"), "Once people are done, rules look for labels that are probably wrong."),
        (("Completed", "InProgress"), "Rules have looked at all labels. Others look at the most doubtful ones again."),
        (("Completed", "Completed"), "Rules looked at all labels; others looked at none of them again."),
    ],
)
def test_the_customer_reads_what_goes_on(found: Found, states: tuple[str, str], told: str) -> None:
    Finding.objects.all().delete()
    for job, state in zip((found.look, found.verify), states, strict=True):
        Job.objects.filter(pk=job.pk).update(state=state)

    now = looked_again(found.batch)
    assert now is not None
    assert now.told == told
    assert now.by_rule == []


def test_the_part_is_empty_where_no_rule_looks() -> None:
    batch = make_running_batch()
    make_job(batch)
    client = Client()
    client.force_login(make_member(batch.project.organization))
    place = (batch.project.organization.slug, batch.project.slug, batch.slug)

    assert looked_again(batch) is None
    assert client.get(reverse("findings", args=place)).content == b""


def test_an_objects_page_tells_what_the_rules_found_and_what_others_said(found: Found) -> None:
    client = Client()
    client.force_login(make_member(found.batch.project.organization))
    place = (found.batch.project.organization.slug, found.batch.project.slug, found.batch.slug)
    said = {}
    for row in DataObject.objects.filter(batch=found.batch, ordinal__in=(0, 4, 5, 8)):
        text = client.get(reverse("object", args=(*place, row.public_id))).content.decode()
        told = [word for word in ("similar objects", "another label.", "the same label.") if word in text]
        said[row.ordinal] = told

    assert said == {
        0: ["similar objects", "another label."],
        4: ["similar objects", "the same label."],
        5: ["similar objects"],
        8: [],
    }
