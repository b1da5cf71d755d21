"""Who is paused on a job: by the rule, on how much evidence, and what a pause does and leaves alone."""

from __future__ import annotations

from random import Random

import pytest

from batches.models import DataObject
from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from labeling.models import Annotation, Assignment, Job, Task, WorkerPause
from labeling.services import asking_again, claiming, gold, pausing, submitting
from labeling.services.scoring import scores_of
from projects.models import AuditEvent, Notice
from tests.factories import make_job, make_running_batch, make_staff, make_team, make_worker, say
from tests.labeling.golden import make_gold
from tests.labeling.pausing_road import answer, crowd, good_but, make_road, truth
from workforce.models import Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def paused(job: Job) -> list[int]:
    """The places of those who are paused."""
    people = [worker.pk for worker in crowd(job)]
    open_ones = WorkerPause.objects.filter(job=job, lifted_at=None).order_by("worker")
    return [people.index(worker) for worker in open_ones.values_list("worker", flat=True)]


# --- the rule ---------------------------------------------------------------------------------------


def test_one_who_is_always_wrong_is_paused_at_the_thirtieth_answer_and_not_before() -> None:
    job = make_road(objects=100)  # each answers three of five objects
    says = good_but(0)

    answer(job, says, 0, 48)
    before, seen = paused(job), Annotation.objects.filter(assignment__worker=crowd(job)[0]).count()
    answer(job, says, 49, 49)
    unchanged = paused(job)  # the job has not grown enough to be looked at again
    answer(job, says, 50, 64)

    assert (before, seen, unchanged) == ([], 29, [])
    assert paused(job) == [0]
    (pause,) = WorkerPause.objects.all()
    assert pause.by is None
    assert pause.evidence == {
        "right": 0.0, "seen": 39, "low": 0.0, "high": 0.090251, "source": "agreement", "asked": 0.7,
    }  # fmt: skip
    assert pause.reason == "0 of 39 answers agree with the labels; at least 70 % are asked."


def test_one_who_is_right_more_often_than_asked_goes_on() -> None:
    job = make_road(objects=200)

    answer(job, lambda worker, number: truth(number) ^ (worker == 0 and number % 5 == 0), 0, 199)  # 80 of 120 are right

    assert paused(job) == []
    assert Job.objects.get().watched_to == 200


def test_one_whose_interval_holds_what_is_asked_goes_on() -> None:
    """25 of 40 are below 70 %, but with so few answers a true share of 70 % would look like that often enough."""
    job = make_road(objects=66)

    answer(job, lambda worker, number: truth(number) ^ (worker == 0 and number % 8 in (0, 3, 6)), 0, 65)

    (row,) = [one for one in scores_of(job) if one["worker"] == crowd(job)[0].pk]
    assert (row["right"], row["seen"]) == (25.0, 40)
    assert paused(job) == []


def test_nobody_is_paused_where_the_job_asks_for_nothing() -> None:
    job = make_road(objects=100, least_right=None)

    answer(job, good_but(0), 0, 99)

    assert paused(job) == []
    assert Job.objects.values_list("watched_to", "has_pauses").get() == (0, False)


def test_a_majority_that_switches_the_categories_costs_at_most_half_of_the_people_their_work() -> None:
    job = make_road(objects=120, people=5)

    answer(job, good_but(0, 1, 2), 0, 119)

    assert paused(job) == [3, 4]  # they differ from the labels and may appeal; the rule knows no truth
    assert Job.objects.get().below == 0


def test_where_the_rule_would_pause_most_people_it_pauses_nobody() -> None:
    job = make_road(objects=120, people=5, workers_each=5, least_right=0.95)

    answer(job, lambda worker, number: Random(f"{worker} {number}").randrange(2), 0, 119)  # nobody knows

    assert paused(job) == []
    assert Job.objects.get().below > 2  # how many hangs on how ties between answers are drawn


@pytest.mark.parametrize(("missed", "is_paused"), [(10, True), (2, False)])
def test_where_enough_answers_are_known_these_decide_and_not_the_others(missed: int, is_paused: bool) -> None:
    """The others say the opposite of this person always, whose answers to known objects tell more."""
    job = make_road(objects=100, least_answers=15, gold_percent=10)
    worker = crowd(job)[0]
    for row in DataObject.objects.filter(batch=job.batch)[80:95]:
        make_gold(job, row)
    gold.lay_out(job)
    for place, task in enumerate(Task.objects.filter(job=job, state="gold").order_by("pk")):
        given = Assignment.objects.create(
            task=task, worker=worker, state="submitted", claimed_at=clock.now(), lease_until=clock.now(), seconds=3,
            submitted_at=clock.now(),
        )  # fmt: skip
        said = say("plane" if place < missed else "bird")
        Annotation.objects.create(data_object=task.data_object, assignment=given, payload=said)

    answer(job, good_but(0), 0, 79)

    assert paused(job) == ([0] if is_paused else [])
    reasons = list(WorkerPause.objects.values_list("reason", flat=True))
    assert reasons == ["5 of 15 known answers are right; at least 70 % are asked."][: len(paused(job))]


def test_one_other_person_is_not_enough_to_pause_somebody() -> None:
    job = make_road(objects=100, people=2, workers_each=2)

    answer(job, good_but(0), 0, 99)

    assert paused(job) == []


def test_two_of_whom_one_answered_hardly_anything_are_not_enough() -> None:
    job = make_road(objects=90, people=2, workers_each=2)
    answer(job, good_but(0), 0, 79)
    make_worker(job.team)
    answer(job, good_but(0), 80, 89)

    assert Annotation.objects.filter(assignment__worker=crowd(job)[2]).count() > 0
    assert paused(job) == []


def test_the_rule_pauses_once_though_two_chores_look() -> None:
    job = make_road(objects=100)
    answer(job, good_but(0), 0, 99)
    stale = Job.objects.get(pk=job.pk)
    stale.watched_to = 0

    again = pausing.watch(stale)
    said = pausing.Evidence(0.0, 60, 0.0, 0.06, "agreement")
    raced = pausing._pause(job, crowd(job)[0], None, "Too few are right.", said)

    assert (again, raced) == ([], None)
    assert WorkerPause.objects.count() == 1
    assert Notice.objects.filter(kind="worker_paused").count() == 1
    assert AuditEvent.objects.filter(verb="pause worker").count() == 1


def test_after_a_pause_was_lifted_only_new_answers_count() -> None:
    job = make_road(objects=300)
    answer(job, good_but(0), 0, 79)
    pausing.lift(WorkerPause.objects.get(), make_staff())

    answer(job, good_but(), 80, 119)  # more than 1.3 times as many, of whom the worker gave 24
    answer(job, good_but(0), 120, 149)
    few = paused(job)
    answer(job, good_but(0), 150, 249)

    assert few == []
    assert paused(job) == [0]
    new = WorkerPause.objects.get(lifted_at=None).evidence
    assert (new["right"], new["seen"]) == (24.0, 102)


# --- what a pause does ------------------------------------------------------------------------------


@pytest.fixture
def wei() -> Worker:
    return make_worker(make_team())


@pytest.fixture
def job(wei: Worker) -> Job:
    return make_job(make_running_batch(texts=tuple("abcdef")), team=wei.teams.get(), workers_each=2)


def by_hand(job: Job, worker: Worker, reason: str = "Look at the wings.") -> WorkerPause:
    return pausing.pause_by_hand(job, make_staff(), worker=worker, reason=reason)


def test_who_is_paused_may_answer_what_is_on_screen_and_gets_nothing_more(wei: Worker, job: Job) -> None:
    first, second = claiming.hand_out(wei, job)

    by_hand(job, wei)
    kept = claiming.hand_out(wei, Job.objects.get())
    stored = submitting.submit(wei.user_id, first.submit_key, say("bird"))

    assert [turn.pk for turn in kept] == [first.pk]
    assert (stored.repeat, stored.next, stored.shown) == (False, None, False)
    assert Annotation.objects.get().assignment_id == first.pk
    assert Assignment.objects.get(pk=second.pk).state == "expired"
    assert Task.objects.get(pk=second.task_id).open_slots == 2
    with pytest.raises(claiming.Paused):
        claiming.may_work(wei, Job.objects.get())
    assert claiming.hand_out(wei, Job.objects.get()) == []


def test_what_a_page_still_shows_of_the_fetched_ahead_is_stored_too(wei: Worker, job: Job) -> None:
    first, second = claiming.hand_out(wei, job)
    by_hand(job, wei)

    submitting.submit(wei.user_id, first.submit_key, say("bird"))
    late = submitting.submit(wei.user_id, second.submit_key, say("plane"))

    assert (late.next, late.shown) == (None, False)
    assert Annotation.objects.count() == 2


def test_what_was_claimed_the_moment_before_goes_back_with_the_next_answer(wei: Worker, job: Job) -> None:
    first, _ = claiming.hand_out(wei, job)
    by_hand(job, wei)
    raced = claiming.claim(wei.pk, job.pk, 1)
    assert raced

    submitting.submit(wei.user_id, first.submit_key, say("bird"))

    assert Assignment.objects.get(pk=raced.pk).state == "expired"


def test_what_was_claimed_the_moment_before_goes_back_though_no_answer_follows(wei: Worker, job: Job) -> None:
    on_screen, ahead = claiming.hand_out(wei, job)
    Job.objects.filter(pk=job.pk).update(has_pauses=True)
    WorkerPause.objects.create(job=job, worker=wei, reason="Written while the claim was on its way.")

    count = claiming.expire()

    assert count == 1
    assert Assignment.objects.get(pk=on_screen.pk).state == "held"
    assert Assignment.objects.get(pk=ahead.pk).state == "expired"
    assert Task.objects.get(pk=ahead.task_id).open_slots == Task.objects.get(pk=ahead.task_id).wanted
    assert claiming.expire() == 0


def test_a_pause_is_of_one_job_and_one_worker(wei: Worker, job: Job) -> None:
    other_job = make_job(make_running_batch(), team=job.team)
    other = make_worker(job.team)

    by_hand(job, wei)

    claiming.may_work(wei, other_job)
    claiming.may_work(other, Job.objects.get(pk=job.pk))
    assert len(claiming.hand_out(wei, other_job)) == 2
    assert len(claiming.hand_out(other, Job.objects.get(pk=job.pk))) == 2


def test_after_the_lift_the_worker_goes_on(wei: Worker, job: Job) -> None:
    claiming.hand_out(wei, job)
    pause = by_hand(job, wei)
    pausing.lift(pause, make_staff(), answer="You were right.")

    turns = claiming.hand_out(wei, Job.objects.get())

    assert len(turns) == 2
    with pytest.raises(Conflict):
        pausing.lift(pause, make_staff())


def test_no_object_waits_for_the_answer_of_one_who_is_paused() -> None:
    job = make_road(objects=10, people=4)
    answer(job, good_but(), 0, 9)
    before = asking_again.most_answers(job)

    by_hand(job, crowd(job)[0])

    assert (before, asking_again.most_answers(job)) == (4, 3)


def test_a_pause_by_hand_needs_a_reason_a_job_that_runs_and_one_of_its_team(wei: Worker, job: Job) -> None:
    stranger = make_worker(make_team())

    for reason in ("", "  \r\n", "x" * 501, "a\0b"):
        with pytest.raises(Invalid):
            by_hand(job, wei, reason)
    with pytest.raises(Refused):
        by_hand(job, stranger)
    by_hand(job, wei, "x" * 500)
    with pytest.raises(Conflict):
        by_hand(job, wei)
    Job.objects.update(state="Completed")
    with pytest.raises(Refused):
        by_hand(Job.objects.get(), make_worker(job.team))

    assert WorkerPause.objects.values_list("worker", "evidence").get() == (wei.pk, {})


# --- the appeal -------------------------------------------------------------------------------------


def test_an_appeal_is_sent_once_by_the_one_whose_pause_it_is(wei: Worker, job: Job) -> None:
    pause = by_hand(job, wei)

    with pytest.raises(Refused):
        pausing.appeal(make_worker(job.team), pause.public_id, "Me too")
    for text in (None, 7, "", "\n", "x" * 1001, "a\0b"):
        with pytest.raises(Invalid):
            pausing.appeal(wei, pause.public_id, text)
    pausing.appeal(wei, pause.public_id, "The wings\r\nwere cut off. <b>Look</b>")
    with pytest.raises(Conflict):
        pausing.appeal(wei, pause.public_id, "Again")

    pause.refresh_from_db()
    assert (pause.appeal, pause.is_appealed) == ("The wings\nwere cut off. <b>Look</b>", True)
    assert AuditEvent.objects.get(verb="appeal pause").actor_id == wei.user_id


def test_operations_keep_a_pause_with_an_answer_and_may_lift_it_later(wei: Worker, job: Job) -> None:
    pause, olga = by_hand(job, wei), make_staff()
    with pytest.raises(Conflict):
        pausing.keep_paused(pause, olga, answer="Nobody asked.")
    pausing.appeal(wei, pause.public_id, "Why?")
    with pytest.raises(Invalid):
        pausing.keep_paused(pause, olga, answer=" ")

    pausing.keep_paused(pause, olga, answer="All ten were birds.")
    with pytest.raises(Conflict):
        pausing.keep_paused(pause, olga, answer="Once more.")
    kept = WorkerPause.objects.get()
    pausing.lift(pause, olga)

    assert (kept.answer, kept.is_open, kept.is_appealed) == ("All ten were birds.", True, False)
    assert WorkerPause.objects.get().lifted_at is not None
    told = Notice.objects.filter(recipient=wei.user.email).order_by("pk").values_list("kind", "payload__lifted")
    assert list(told) == [("worker_paused", None), ("worker_pause_decided", False), ("worker_pause_decided", True)]
    verbs = AuditEvent.objects.filter(project_id=job.batch.project_id).order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["pause worker", "appeal pause", "keep pause", "lift pause"]
