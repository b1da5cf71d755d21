"""What the rules sent is for others than who labelled it before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batches.models import Batch, DataObject
from groundtruth import clock
from groundtruth.states import Refused
from labeling import queries
from labeling.models import (
    Annotation,
    Assignment,
    Finding,
    Job,
    Label,
    LoopRun,
    RunKind,
    Sent,
    StepKind,
    Task,
    WorkerPause,
)
from labeling.queries_courses import skill_of
from labeling.review_queries import show_object
from labeling.services import claiming, consolidating, releasing, submitting, verifying
from labeling.services.answers import answers_of
from labeling.services.settling import voices
from tests.factories import make_job, make_project, make_running_batch, make_schema, make_worker, say
from tests.labeling.test_measuring import BIRDS, named, store
from workforce.models import Qualification, Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


class Shop:
    """A batch of three texts that Wei labelled, and a job of others on the same attribute and team."""

    def __init__(self) -> None:
        self.batch: Batch = make_running_batch()
        self.labelled = make_job(self.batch, workers_each=1)
        self.wei = make_worker(self.labelled.team)
        self.other = make_worker(self.labelled.team, "Ana")
        self.verify = self.make_job(StepKind.VERIFY, position=3)

    def make_job(self, kind: str, **fields: object) -> Job:
        return make_job(self.batch, team=self.labelled.team, workers_each=1, kind=kind, **fields)

    def answer_all(self, job: Job, worker: Worker) -> None:
        now = clock.now()
        for task in Task.objects.filter(job=job):
            turn = Assignment.objects.create(
                task=task, worker=worker, state="submitted", claimed_at=now, lease_until=now, submitted_at=now
            )
            Annotation.objects.create(data_object=task.data_object, assignment=turn, payload=say("bird"))


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.answer_all(shop.labelled, shop.wei)
    return shop


def test_who_labelled_an_object_is_never_given_it_again(shop: Shop) -> None:
    assert claiming.hand_out(shop.wei, shop.verify) == []
    assert len(claiming.hand_out(shop.other, shop.verify)) == 2


def test_what_is_left_agrees_with_what_can_be_claimed(shop: Shop) -> None:
    assert queries.left_for(shop.wei.pk, shop.verify) == 0
    assert queries.left_for(shop.other.pk, shop.verify) == 3
    assert [job.public_id for job in queries.open_jobs(shop.wei)] == []


def test_the_next_task_of_a_submit_is_one_of_others_too(shop: Shop) -> None:
    first, second, third = DataObject.objects.filter(batch=shop.batch).order_by("ordinal")
    Assignment.objects.filter(task__job=shop.labelled, task__data_object__in=(first, third)).delete()
    on_screen, ahead = claiming.hand_out(shop.wei, shop.verify)

    stored = submitting.submit(shop.wei.user_id, on_screen.submit_key, say("bird"))
    assert {Task.objects.get(pk=turn.task_id).data_object_id for turn in (on_screen, ahead)} == {first.pk, third.pk}
    assert stored.next is None


def test_who_only_declined_or_labelled_under_another_attribute_is_another(shop: Shop) -> None:
    declined = make_worker(shop.labelled.team, "Dee")
    tasks = Task.objects.filter(job=shop.labelled)
    for task in tasks:
        Assignment.objects.create(
            task=task, worker=declined, state="declined", claimed_at=clock.now(), lease_until=clock.now()
        )
    colour = make_worker(shop.labelled.team, "Cleo")
    shop.answer_all(shop.make_job(StepKind.LABEL, position=2, attribute="colour"), colour)

    for worker in (declined, colour):
        assert queries.left_for(worker.pk, shop.verify) == 3
        assert len(claiming.hand_out(worker, shop.verify)) == 2
        Assignment.objects.filter(task__job=shop.verify).delete()
        Task.objects.filter(job=shop.verify).update(open_slots=1)


def test_other_jobs_ask_the_database_as_ever(shop: Shop) -> None:
    again = shop.make_job("rework", position=4)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert claiming.claim(shop.wei.pk, again.pk, 0) is not None

    assert not any("submitted_at" in query["sql"] and "EXISTS" in query["sql"] for query in asked.captured_queries)


def test_who_mends_is_another_too(shop: Shop) -> None:
    adjust = shop.make_job(StepKind.ADJUST, position=4)

    assert (queries.left_for(shop.wei.pk, adjust), queries.left_for(shop.other.pk, adjust)) == (0, 3)
    assert claiming.hand_out(shop.wei, adjust) == []


def test_only_what_the_last_look_sent_is_planned(shop: Shop) -> None:
    first, second, third = (
        Label.objects.create(
            data_object=o, attribute="kind", job=shop.labelled, payload=0, confidence=0.5, method="vote"
        )
        for o in DataObject.objects.filter(batch=shop.batch).order_by("ordinal")
    )  # fmt: skip
    looked = shop.make_job(StepKind.VALIDATE, position=2)
    for label, sent in ((first, Sent.WORST), (second, Sent.NOT), (third, Sent.RANDOM)):
        Finding.objects.create(job=looked, label=label, rule="unlikely", severity=0.9, sent=sent)

    assert set(verifying.sent_by(shop.verify).values_list("label", flat=True)) == {first.pk, third.pk}


def test_others_are_believed_by_what_they_showed_in_the_labelling() -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project, categories=BIRDS)
    batch = make_running_batch(project, texts=tuple(f"text {n}" for n in range(42)))
    labelled = make_job(batch, workers_each=4)
    # Ivo says heron to everything; of the last two objects he and who is right have said nothing yet.
    _ana, _ben, cleo, ivo = store(labelled, named(*["hhhh", "kkkh", "ccch", "kkch"] * 10, "hh--", "hh--"))
    verify = make_job(batch, team=labelled.team, workers_each=2, kind=StepKind.VERIFY, position=3)
    Task.objects.filter(job=verify, data_object__ordinal__lt=40).delete()
    store(verify, named("kh", "ch"), [cleo, ivo])

    run = LoopRun.objects.create(job=verify, kind=RunKind.LAST)
    consolidating.write_final_labels(run)

    made = Label.objects.filter(job=verify).order_by("data_object__ordinal").values_list("payload", "confidence")
    assert [BIRDS[payload] for payload, _ in made] == ["kite", "crane"]
    assert min(confidence for _, confidence in made) > 0.5


# --- who may not make labels does not look at them either --------------------------------------------


def failed_test(worker: Worker, job: Job, **values: object) -> Qualification:
    skill, ends = skill_of(job.batch.project_id, job.attribute), clock.now() + timedelta(days=1)
    return Qualification.objects.create(worker=worker, skill=skill, expires_at=ends, tries=1, **values)


def assert_closed(worker: Worker, job: Job) -> None:
    with pytest.raises(Refused, match="passed the test before them and is not paused"):
        claiming.may_work(worker, job)
    assert claiming.hand_out(worker, job) == []
    assert (queries.left_for(worker.pk, job), queries.open_jobs(worker)) == (0, [])


def test_who_is_paused_on_the_labelling_does_not_look_at_its_labels(shop: Shop) -> None:
    pause = WorkerPause.objects.create(job=shop.labelled, worker=shop.other, reason="Too many are wrong.")
    Job.objects.filter(pk=shop.labelled.pk).update(has_pauses=True, state="Completed")

    assert_closed(shop.other, shop.verify)
    pause.delete()
    assert len(claiming.hand_out(shop.other, shop.verify)) == 2


def test_who_failed_the_test_before_the_labelling_does_not_look_at_its_labels(shop: Shop) -> None:
    Job.objects.filter(pk=shop.labelled.pk).update(test_tasks=5, state="Completed")
    row = failed_test(shop.other, shop.labelled)

    assert_closed(shop.other, shop.verify)
    Qualification.objects.filter(pk=row.pk).update(passed_at=clock.now())
    claiming.may_work(shop.other, shop.verify)
    assert len(claiming.hand_out(shop.other, shop.verify)) == 2


def test_a_test_of_other_work_bars_nobody(shop: Shop) -> None:
    failed_test(shop.other, shop.labelled)  # of an earlier batch: this one asks for none
    WorkerPause.objects.create(job=make_job(team=shop.labelled.team), worker=shop.other, reason="Elsewhere.")

    assert len(claiming.hand_out(shop.other, shop.verify)) == 2


def test_what_is_on_screen_is_still_taken_from_who_is_paused_meanwhile(shop: Shop) -> None:
    turn = claiming.hand_out(shop.other, shop.verify)[0]
    WorkerPause.objects.create(job=shop.labelled, worker=shop.other, reason="Too many are wrong.")

    claiming.may_work(shop.other, shop.verify)
    submitting.submit(shop.other.user_id, turn.submit_key, say("plane"))
    assert Annotation.objects.get(assignment__task__job=shop.verify).payload == say("plane")


def test_nobody_is_waited_for_longer_than_a_day_where_only_barred_people_are_left(shop: Shop) -> None:
    Task.objects.filter(job=shop.verify).update(opened_at=clock.now() - timedelta(hours=25))
    Batch.objects.filter(pk=shop.batch.pk).update(state_since=clock.now() - timedelta(days=3))
    type(shop.batch.project).objects.update(state_since=clock.now() - timedelta(days=3))
    verify = Job.objects.select_related("batch__project").get(pk=shop.verify.pk)
    assert releasing.lapse(verify) == 0
    WorkerPause.objects.create(job=shop.labelled, worker=shop.other, reason="Too many are wrong.")

    assert releasing.lapse(verify) == 3


# --- when others differ -------------------------------------------------------------------------------


def looked_at_again(*pairs: tuple[str, str], kind: str = StepKind.VERIFY) -> tuple[Job, Job, list[Label]]:
    """Let four people label, and three others label anew: what each said of every object; return both jobs and labels.

    Objects behind those of the pairs were labelled by both alike, so that everybody is known to be good.
    """
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project, categories=BIRDS)
    alike = ("hhhh", "kkkk", "cccc") * 8
    batch = make_running_batch(project, texts=tuple(f"text {n}" for n in range(len(pairs) + len(alike))))
    labelled = make_job(batch, workers_each=4)
    store(labelled, named(*(before for before, _again in pairs), *alike))
    verify = make_job(batch, team=labelled.team, workers_each=3, kind=kind, position=3)
    Task.objects.filter(job=verify, data_object__ordinal__gte=len(pairs)).delete()
    others = [make_worker(labelled.team, f"Other {n}") for n in range(3)]
    store(verify, named(*(again for _before, again in pairs)), others)
    consolidating.write_final_labels(LoopRun.objects.create(job=verify, kind=RunKind.LAST))
    return labelled, verify, list(Label.objects.filter(job=verify).order_by("data_object__ordinal"))


def test_a_few_who_differ_do_not_replace_many_who_agreed() -> None:
    _labelled, _verify, (tied, turned) = looked_at_again(("hhhh", "kc-"), ("hhhh", "kkk"))

    assert (BIRDS[tied.payload], BIRDS[turned.payload]) == ("heron", "kite")
    assert tied.confidence > 0.85
    assert (tied.method.endswith(", all answers"), turned.method.endswith(", all answers")) == (True, False)


def test_a_few_who_mend_a_label_and_differ_do_not_replace_many_who_agreed() -> None:
    _labelled, _adjust, (tied, turned) = looked_at_again(("hhhh", "hk-"), ("hhhh", "kkk"), kind=StepKind.ADJUST)

    assert (BIRDS[tied.payload], BIRDS[turned.payload]) == ("heron", "kite")
    assert tied.confidence > 0.6
    assert (tied.method.endswith(", all answers"), turned.method.endswith(", all answers")) == (True, False)


def test_an_object_tells_that_those_who_labelled_before_were_heard_again() -> None:
    _labelled, _verify, labels = looked_at_again(("hhhh", "kc-"), ("hhhh", "kkk"))

    tied, turned = (show_object(label.data_object, lambda row, job: "") for label in labels)

    assert [one.discarded for one in tied.said] == [""] * 6
    assert [one.discarded for one in turned.said] == ["before others looked at it again"] * 4 + [""] * 3
    assert (turned.among, tied.among) == (1.0, pytest.approx(6 / 15))


def test_what_calibrates_its_confidence_hears_them_too() -> None:
    _labelled, verify, (tied, _turned) = looked_at_again(("hhhh", "kc-"), ("hhhh", "kkk"))
    verify.refresh_from_db()
    objects = answers_of(verify, [tied.data_object_id])

    (heard,) = voices(verify, objects, verify.skills)

    assert (len(objects[0].votes), len(heard.votes)) == (2, 6)


def test_one_other_alone_has_the_last_word() -> None:
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project, categories=BIRDS)
    labelled = make_job(make_running_batch(project, texts=("one",)), workers_each=3)
    store(labelled, named("hhh"))
    verify = make_job(labelled.batch, team=labelled.team, workers_each=1, kind=StepKind.VERIFY, position=3)
    store(verify, named("k"), [make_worker(labelled.team, "Other")])

    consolidating.write_final_labels(LoopRun.objects.create(job=verify, kind=RunKind.LAST))

    label = Label.objects.get(job=verify)
    assert (BIRDS[label.payload], label.confidence, label.method.endswith(", all answers")) == ("kite", 0.0, False)
