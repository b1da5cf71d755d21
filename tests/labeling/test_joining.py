"""A model's opinion joins people's at the last fit: what it makes right, what stays, and where it stays out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from batches.models import Batch, DataObject
from groundtruth.states import Invalid
from labeling.consolidation.joined import WITH_MODEL
from labeling.model_opinions import KeptOpinions, ModelOpinion, read_kept
from labeling.models import Annotation, FeatureChunk, Job, Label, LoopRun, RunKind, StepKind, WorkflowStep
from labeling.services import consolidating, designing, joining, steering
from labeling.services.answers import answers_of
from labeling.services.joining import KEY
from projects.models import MachineWish, Project
from tests.factories import make_member, make_project, make_staff, make_team, say
from tests.labeling.loops import WORDS, answer_all_asked, truth_of
from tests.labeling.validated import FEW_TEXTS, advance_batch, answer_rightly, begin_jobs, job_of, make_design, words_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def label_with_errors(joins: bool, *steps: str, each: int = 2) -> Batch:
    """A batch whose people are right in 8 of 10 answers and whose first job has ended."""
    batch = make_design(*(steps or ("validate",)), workers_each=each, people=5)
    WorkflowStep.objects.filter(project=batch.project, position=1).update(model_joins=joins)
    begin_jobs(batch)
    job = job_of(batch, StepKind.LABEL)
    advance_batch(batch, 1)
    rng = np.random.default_rng(4)

    def answer(row: DataObject) -> Any:
        return say(truth_of(row.ordinal + int(rng.random() < 0.2)))

    answer_all_asked(job, answer)
    advance_batch(batch, 6)
    return batch


def wrong_of(batch: Batch) -> int:
    return sum(said != truth_of(ordinal) for ordinal, said in words_of(batch).items())


def test_labels_are_right_more_often_and_say_how_they_were_made() -> None:
    alone, joined = label_with_errors(False), label_with_errors(True)

    job = job_of(joined, StepKind.LABEL)
    assert job.state == "Completed"
    assert len(words_of(joined)) == FEW_TEXTS
    assert wrong_of(joined) < wrong_of(alone) / 2
    methods = set(Label.objects.filter(job=job, state="confirmed").values_list("method", flat=True))
    assert any(method.endswith(WITH_MODEL) for method in methods)
    assert not Label.objects.filter(job=job_of(alone, StepKind.LABEL), method__endswith=WITH_MODEL).exists()
    assert KEY not in job_of(alone, StepKind.LABEL).skills


def test_answers_stay_people_s_and_so_do_their_weights() -> None:
    job = job_of(label_with_errors(True), StepKind.LABEL)

    assert Annotation.objects.filter(assignment__task__job=job).count() == 2 * FEW_TEXTS
    assert all(name.isdigit() or name.startswith("model ") for name in job.skills["workers"])
    better = steering._better(job.pk, job.skills_from)
    assert better is not None
    assert better <= set(job.team.workers.values_list("pk", flat=True))


def test_two_who_agree_stand() -> None:
    batch = label_with_errors(True)
    job = job_of(batch, StepKind.LABEL)
    said: dict[int, list[str]] = {}
    for ordinal, payload in Annotation.objects.filter(assignment__task__job=job).values_list(
        "data_object__ordinal", "payload"
    ):
        said.setdefault(ordinal, []).append(next(iter(payload.values()))["label"])

    labels = words_of(batch)
    agreed = {ordinal: answers[0] for ordinal, answers in said.items() if len(set(answers)) == 1}
    assert len(agreed) > FEW_TEXTS / 2
    assert {ordinal: labels[ordinal] for ordinal in agreed} == agreed


def test_a_repeated_last_fit_writes_nothing_new() -> None:
    batch = label_with_errors(True)
    job = job_of(batch, StepKind.LABEL)
    run = LoopRun.objects.get(job=job, kind=RunKind.LAST)
    before = list(Label.objects.order_by("pk").values_list("pk", "payload", "confidence", "method"))

    LoopRun.objects.filter(pk=run.pk).update(settled_to=-1)
    consolidating.write_final_labels(LoopRun.objects.get(pk=run.pk))

    assert list(Label.objects.order_by("pk").values_list("pk", "payload", "confidence", "method")) == before
    assert Job.objects.get(pk=job.pk).skills == job.skills


def test_the_object_page_shows_what_the_model_said(client: Client) -> None:
    batch = label_with_errors(True)
    job = job_of(batch, StepKind.LABEL)
    client.force_login(make_member(batch.project.organization))
    row = DataObject.objects.get(batch=batch, ordinal=3)
    place = [batch.project.organization.slug, batch.project.slug, batch.slug, row.public_id]

    page = client.get(reverse("object", args=place))

    heard = page.context["shown"].heard
    [kept] = read_kept(job.skills[KEY]).of([3])
    assert kept is not None
    assert (heard.what, heard.sure) == (list(WORDS)[kept.category], kept.sure)
    assert heard.counts
    assert heard.weight == joining.task_types.get(job.task_type).weight(job.skills, f"model {kept.band}")
    assert f"{kept.sure:.2f} sure" in page.content.decode()
    assert len(page.context["shown"].said) == 2


def test_with_one_answer_an_object_nothing_joins() -> None:
    job = job_of(label_with_errors(True, each=1), StepKind.LABEL)

    assert job.state == "Completed"
    assert KEY not in job.skills


@pytest.mark.parametrize("reason", ["not asked", "no features otherwise", "refused", "own template"])
def test_where_it_stays_out(reason: str) -> None:
    batch = make_design(*(() if reason == "no features otherwise" else ("validate",)), workers_each=2)
    WorkflowStep.objects.filter(project=batch.project, position=1).update(model_joins=reason != "not asked")
    if reason == "refused":
        Project.objects.filter(pk=batch.project_id).update(machine_wish=MachineWish.REFUSE)
    if reason == "own template":
        WorkflowStep.objects.filter(project=batch.project, position=1).update(template="<p>")
    begin_jobs(batch)
    job = job_of(batch, StepKind.LABEL)

    assert not joining.wants(job)
    assert joining.is_ready(job)
    joining.begin(job)
    assert not FeatureChunk.objects.filter(batch=batch).exists()


def test_the_last_fit_waits_for_features_and_goes_on_without_those_that_are_lost() -> None:
    batch = make_design("validate", workers_each=2)
    WorkflowStep.objects.filter(project=batch.project, position=1).update(model_joins=True)
    begin_jobs(batch)
    job = job_of(batch, StepKind.LABEL)
    advance_batch(batch, 1)
    answer_rightly(job)
    job.refresh_from_db()
    joining.begin(job)

    assert not joining.is_ready(job)
    FeatureChunk.objects.filter(batch=batch).update(attempts=99)
    assert joining.is_ready(job)


def test_kept_opinions_are_found_by_ordinal() -> None:
    kept = KeptOpinions(np.array([2, 5]), np.array([1, 0]), np.array([0.5, 0.75]), np.array([0, 3]))

    assert kept.of([5, 3, -1, 9]) == [ModelOpinion(0, 0.75, 3), None, None, None]
    assert KeptOpinions(*(np.array([]) for _ in range(4))).of([1]) == [None]


def test_what_is_gone_from_the_store_keeps_no_later_job_from_its_end() -> None:
    job = job_of(label_with_errors(True), StepKind.LABEL)
    objects = answers_of(job, list(DataObject.objects.filter(batch=job.batch, ordinal=3).values_list("pk", flat=True)))

    assert [len(one.votes) for one in joining.hear(job, job.skills, objects)] == [3]
    assert joining.hear(job, {**job.skills, KEY: "projects/none/models/gone.npz"}, objects) == objects


def test_a_design_says_whether_a_model_joins_where_labels_are_one_category() -> None:
    olga, team = make_staff(), make_team()
    same = {
        **{"categories": ["heron", "kite"], "title": "Which bird?", "attribute": "bird", "team": team},
        **{"workers_each": 3, "seconds": 300, "sample_percent": 5, "short_instructions": "Look."},
    }
    project = make_project()

    designing.set_up(project, olga, task_type="image-classification", **same)
    assert not WorkflowStep.objects.get(project=project).model_joins
    designing.set_up(project, olga, task_type="image-classification", model_joins=True, **same)
    assert WorkflowStep.objects.get(project=project).model_joins
    with pytest.raises(Invalid, match="takes people’s answers alone"):
        designing.set_up(project, olga, task_type="bounding-box", model_joins=True, **same)
