"""A test before a job's work: known answers alone, passed at the share that the job asks, and counted nowhere."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from batches.models import BatchDay, DataObject
from groundtruth import clock
from groundtruth.states import Conflict, Refused
from labeling import queries
from labeling.models import Annotation, Assignment, GoldAnswer, Job, Task
from labeling.queries_quality import OnKnown, on_known
from labeling.services import claiming, gold, qualifying, submitting
from projects.models import AuditEvent
from tests.factories import make_job, make_running_batch, make_staff, make_team, make_worker, say
from tests.labeling.golden import lot_falls, make_mixed
from tests.labeling.tested import KNOWN, answer_next, known_texts, make_tested, row_of, take_test
from workforce.models import Qualification, Team, Worker

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def wei(team: Team) -> Worker:
    return make_worker(team)


def state_of(worker: Worker, job: Job) -> str:
    return qualifying.gate_of(worker.pk, job).state


# --- the road ---------------------------------------------------------------------------------------


def test_nothing_is_handed_out_before_the_test_is_begun(team: Team, wei: Worker) -> None:
    job = make_tested(team)

    assert state_of(wei, job) == "ready"
    assert claiming.hand_out(wei, job) == []
    assert Qualification.objects.count() == 0


def test_a_test_hands_out_known_answers_alone_and_then_the_work_begins(team: Team, wei: Worker) -> None:
    job = make_tested(team)

    seen = take_test(wei, job, right=5)

    assert len(set(seen)) == 5
    assert set(seen) <= set(KNOWN)
    assert state_of(wei, job) == "open"
    assert [turn.source_text for turn in claiming.hand_out(wei, job)] == ["a", "b"]


def test_each_task_of_a_test_has_its_number(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    qualifying.begin_test(wei, job)

    first, ahead = claiming.hand_out(wei, job)
    third = submitting.submit(wei.user_id, first.submit_key, say("bird")).next

    assert third is not None
    assert [turn.test_number for turn in (first, ahead, third)] == [1, 2, 3]
    assert qualifying.gate_of(wei.pk, job).of == 5


def test_the_lot_draws_the_objects(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    drawn = set()
    for number in range(6):
        ben = make_worker(team, f"Ben {number}")
        qualifying.begin_test(ben, job)
        drawn.add(tuple(row_of(ben).drawn))

    assert len(drawn) > 1


@pytest.mark.parametrize(("right", "state"), [(5, "open"), (4, "open"), (3, "wait"), (0, "wait")])
def test_who_reaches_the_share_exactly_has_passed(team: Team, wei: Worker, right: int, state: str) -> None:
    job = make_tested(team, test_right=0.8)

    take_test(wei, job, right=right)

    row = row_of(wei)
    assert (state_of(wei, job), row.score, row.right, row.seen, row.tries) == (state, right / 5, right, 5, 1)
    assert (row.passed_at is not None) == (state == "open")


def test_a_test_is_on_record_and_its_time_counts(team: Team, wei: Worker) -> None:
    job = make_tested(team)

    take_test(wei, job, right=3)

    rows = Assignment.objects.filter(worker=wei).order_by("test_number")
    assert [(row.test_number, row.state) for row in rows] == [(n, "submitted") for n in range(1, 6)]
    assert queries.week_of(wei.pk)[-1].answers == 5
    said = AuditEvent.objects.get(verb="end test").data
    assert said == {"skill": row_of(wei).skill, "score": 0.6, "of": 5, "passed": False}


def test_test_answers_count_nowhere_as_objects(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    before = Job.objects.values_list("planned", "ended", "skills_from").get(pk=job.pk)

    take_test(wei, job, right=5)

    assert Job.objects.values_list("planned", "ended", "skills_from").get(pk=job.pk) == before
    assert Annotation.objects.for_labels().count() == 0
    assert BatchDay.objects.filter(batch=job.batch).count() == 0
    assert set(Task.objects.filter(job=job).values_list("state", "answers")) == {("open", 0), ("gold", 0)}


# --- failed -----------------------------------------------------------------------------------------


def test_who_failed_gets_nothing_and_tries_again_a_day_later_on_other_objects(
    team: Team, wei: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_tested(team)
    first = take_test(wei, job, right=3)

    assert claiming.hand_out(wei, job) == []
    with pytest.raises(Refused):
        qualifying.begin_test(wei, job)
    assert row_of(wei).missed == [["bird", 2, 5]]

    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert state_of(wei, job) == "ready"
    second = take_test(wei, job, right=4)
    assert set(first) & set(second) == set()
    assert (state_of(wei, job), row_of(wei).tries) == ("open", 2)


def fail_all(worker: Worker, job: Job) -> None:
    """Fail as often as a worker may."""
    for _try in range(3):
        Qualification.objects.update(next_try_at=None)
        take_test(worker, job, right=0)


def test_after_three_tries_operations_decide(team: Team, wei: Worker) -> None:
    job = make_tested(team, known="ghijklmnopqrstuvwxyz")

    fail_all(wei, job)

    row = row_of(wei)
    assert (row.tries, row.next_try_at is None, row.waits_since is not None) == (3, True, True)
    assert (state_of(wei, job), claiming.hand_out(wei, job)) == ("decide", [])


def test_operations_let_try_once_more(team: Team, wei: Worker) -> None:
    job, olga = make_tested(team, known="ghijklmnopqrstuvwxyzABCDE"), make_staff()
    fail_all(wei, job)

    qualifying.let_try_again(row_of(wei), olga)

    assert state_of(wei, job) == "ready"
    with pytest.raises(Conflict, match="decided already"):
        qualifying.let_work(row_of(wei), olga)
    take_test(wei, job, right=0)
    assert (state_of(wei, job), row_of(wei).tries) == ("decide", 4)
    assert AuditEvent.objects.get(verb="let try again").actor_id == olga.pk


def test_operations_let_work(team: Team, wei: Worker) -> None:
    job = make_tested(team, known="ghijklmnopqrstuvwxyz")
    fail_all(wei, job)

    qualifying.let_work(row_of(wei), make_staff())

    assert state_of(wei, job) == "open"
    assert answer_next(wei, job) == "a"
    assert AuditEvent.objects.get(verb="let work").project_id == job.batch.project_id


def test_operations_decide_where_too_few_are_left_for_another_test(team: Team, wei: Worker) -> None:
    job = make_tested(team, known="rstuvwxyz")  # nine: five for a test, four left
    take_test(wei, job, right=0)
    Qualification.objects.update(next_try_at=None)

    assert state_of(wei, job) == "decide"
    assert row_of(wei).waits_since is not None


def test_what_is_declined_counts_as_wrong(team: Team, wei: Worker) -> None:
    job = make_tested(team, test_right=0.8)
    qualifying.begin_test(wei, job)
    for _two in range(2):
        submitting.decline(wei.user_id, claiming.hand_out(wei, job)[0].submit_key, "cannot tell")

    for _three in range(3):
        answer_next(wei, job)

    assert (state_of(wei, job), row_of(wei).score) == ("wait", 0.6)


def test_a_test_that_ends_with_what_is_declined_ends_at_once(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    qualifying.begin_test(wei, job)
    for _four in range(4):
        answer_next(wei, job)

    submitting.decline(wei.user_id, claiming.hand_out(wei, job)[0].submit_key, "cannot tell")

    assert (row_of(wei).is_testing, row_of(wei).score) == (False, 0.8)


def test_what_is_given_back_comes_again(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    qualifying.begin_test(wei, job)
    given_back = claiming.hand_out(wei, job)[0]
    submitting.give_up(wei.user_id, given_back.submit_key)

    seen = [answer_next(wei, job) for _number in range(5)]

    assert seen[-1] == given_back.source_text
    assert state_of(wei, job) == "open"


def test_operations_let_nobody_try_again_on_too_few(team: Team, wei: Worker) -> None:
    job = make_tested(team, known="ijklmnopqrstuvwxyz")  # eighteen: three tests of five, three left
    fail_all(wei, job)

    with pytest.raises(Refused, match="Fewer than 5 known answers are new to them"):
        qualifying.let_try_again(row_of(wei), make_staff())

    assert row_of(wei).waits_since is not None


# --- what is told, and what is not --------------------------------------------------------------------


def test_single_answers_are_told_to_nobody(team: Team, wei: Worker) -> None:
    job = make_tested(team, gold_feedback=True)
    qualifying.begin_test(wei, job)
    turn = claiming.hand_out(wei, job)[0]

    stored = submitting.submit(wei.user_id, turn.submit_key, say("plane"))

    assert stored.missed is None
    assert on_known(wei) == OnKnown([], [])


def test_an_answer_can_be_corrected_until_the_test_has_ended(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    qualifying.begin_test(wei, job)
    answer_next(wei, job, "plane")
    first = Assignment.objects.get(worker=wei, state="submitted")
    submitting.correct(wei.user_id, first.public_id, say("bird"))
    for _four in range(4):
        answer_next(wei, job)

    assert row_of(wei).score == 1.0
    with pytest.raises(Conflict, match="test has ended"):
        submitting.correct(wei.user_id, first.public_id, say("plane"))


# --- enough known answers -----------------------------------------------------------------------------


def test_a_test_asks_as_many_as_there_are(team: Team, wei: Worker) -> None:
    job = make_tested(team, known="tuvwxyz", tasks=10)

    assert len(take_test(wei, job, right=7, of=7)) == 7
    assert (row_of(wei).seen, state_of(wei, job)) == (7, "open")


def test_a_job_does_not_stand_still_for_too_few_known_answers(team: Team, wei: Worker) -> None:
    job = make_tested(team, known="wxyz", tasks=10)

    assert state_of(wei, job) == "open"
    assert answer_next(wei, job) == "a"


def test_a_test_whose_known_answers_are_retired_is_none(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    qualifying.begin_test(wei, job)
    answer_next(wei, job)
    GoldAnswer.objects.filter(data_object__in=row_of(wei).drawn).update(retired_at=clock.now())

    state = state_of(wei, job)

    assert state == "ready"  # five others are left
    assert (row_of(wei).tries, row_of(wei).drawn) == (0, [])


def test_one_that_is_retired_drops_out_of_the_test(team: Team, wei: Worker) -> None:
    job = make_tested(team, tasks=6)
    qualifying.begin_test(wei, job)
    GoldAnswer.objects.filter(data_object=row_of(wei).drawn[3]).update(retired_at=clock.now())

    seen = [answer_next(wei, job) for _number in range(5)]

    assert (len(set(seen)), row_of(wei).seen, state_of(wei, job)) == (5, 5, "open")


# --- how long and where it holds ------------------------------------------------------------------------


def test_it_holds_for_later_jobs_of_the_project_until_it_expires(
    team: Team, wei: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_tested(team)
    take_test(wei, job, right=5)
    later = make_job(make_running_batch(job.batch.project), team=team, test_tasks=5)
    gold.lay_out(later)

    assert state_of(wei, later) == "open"
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(days=181))
    assert state_of(wei, later) == "ready"
    take_test(wei, later, right=5)
    assert (row_of(wei).tries, state_of(wei, later)) == (1, "open")


def test_work_that_goes_on_past_the_end_of_a_qualification_stops_for_the_test(
    team: Team, wei: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = make_tested(team, known="ghijklmnopqrstuvwxyz")
    take_test(wei, job, right=5)
    turn, ahead = claiming.hand_out(wei, job)
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(days=181))

    stored = submitting.submit(wei.user_id, turn.submit_key, say("bird"))

    assert stored.next is None
    assert [held.pk for held in claiming.hand_out(wei, job)] == [ahead.pk]  # what is in hand is answered yet
    assert state_of(wei, job) == "ready"


def test_another_project_or_attribute_asks_anew(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    take_test(wei, job, right=5)

    assert state_of(wei, make_tested(team)) == "ready"


def test_a_test_begun_in_one_job_goes_on_in_the_next(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    qualifying.begin_test(wei, job)
    seen = [answer_next(wei, job), answer_next(wei, job)]
    later = make_job(make_running_batch(job.batch.project), team=team, test_tasks=5)
    gold.lay_out(later)
    held = claiming.turns(wei, job)
    for turn in held:
        submitting.give_up(wei.user_id, turn.submit_key)

    seen += [answer_next(wei, later) for _three in range(3)]

    assert len(set(seen)) == 5
    assert state_of(wei, later) == "open"


def test_a_job_with_a_course_alone_asks_for_no_test(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    take_test(wei, job, right=0)
    Qualification.objects.update(course_at=clock.now())
    later = make_job(make_running_batch(job.batch.project), team=team, course_examples=1)

    turn, ahead = claiming.hand_out(wei, later)
    stored = submitting.submit(wei.user_id, turn.submit_key, say("bird"))

    assert [turn.source_text, ahead.source_text] == ["a", "b"]
    assert stored.next is not None
    assert [job.before for job in queries.open_jobs(wei) if job.public_id == later.public_id] == [""]


def test_a_test_judges_nobody_a_second_time(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    take_test(wei, job, right=4)
    Job.objects.filter(pk=job.pk).update(state="Completed")

    assert list(gold.known_answers(job)) == []
    assert on_known(wei) == OnKnown([], [])


# --- ordinary work beside it ----------------------------------------------------------------------------


def test_what_was_met_in_a_test_comes_in_no_work(team: Team, wei: Worker) -> None:
    job = make_tested(team, "abcdefgh", "")
    for row in DataObject.objects.filter(batch=job.batch, source_text__in=list("abcde")):
        GoldAnswer.objects.create(job=job, data_object=row, attribute=job.attribute, payload=say("bird"), source="set")
    gold.lay_out(job)

    seen = take_test(wei, job, right=5)

    assert set(seen) == set("abcde")
    assert [turn.source_text for turn in claiming.hand_out(wei, job)] == ["f", "g"]
    assert queries.left_for(wei.pk, job) == 3


def test_test_tasks_are_not_mixed_into_work_where_none_are_mixed_in(team: Team, wei: Worker) -> None:
    job = make_tested(team, "abc")
    take_test(wei, job, right=5)

    with lot_falls(on_gold=True):
        seen = [answer_next(wei, job) for _three in range(3)]

    assert (seen, claiming.hand_out(wei, job)) == (["a", "b", "c"], [])


def test_what_is_left_counts_no_test(team: Team, wei: Worker) -> None:
    job = make_tested(team)
    Job.objects.filter(pk=job.pk).update(gold_percent=20)
    job.refresh_from_db()
    take_test(wei, job, right=5)

    assert queries.left_for(wei.pk, job) == 6


def test_a_rework_has_neither(team: Team) -> None:
    from labeling.services.jobs import REWORKED

    assert (REWORKED["course_examples"], REWORKED["test_tasks"]) == (0, 0)


def test_known_answers_are_laid_out_for_a_test_without_a_share(team: Team) -> None:
    assert known_texts(make_tested(team)) == set(KNOWN)
    assert known_texts(make_mixed(team, percent=0)) == set()


# --- costs ----------------------------------------------------------------------------------------------


def submitted_statements(worker: Worker, job: Job) -> int:
    turn = claiming.hand_out(worker, job)[0]
    with CaptureQueriesContext(
        connection,
    ) as seen:
        submitting.submit(worker.user_id, turn.submit_key, say("bird"))
    return len(seen)


def test_a_job_with_a_test_costs_one_lookup_an_answer_more_than_one_without(team: Team, wei: Worker) -> None:
    tested, plain = make_tested(team), make_job(make_running_batch(texts=tuple("abcdef")), team=team)
    take_test(wei, tested, right=5)
    ben = make_worker(team, "Ben")
    answer_next(wei, tested)
    answer_next(ben, plain)

    assert submitted_statements(wei, tested) == submitted_statements(ben, plain) + 1
