"""Threads against the real database: nothing is doubled and nothing is lost, and it is counted, not argued."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from groundtruth.states import Conflict, Refused
from labeling.models import Annotation, Assignment, Job, Task
from labeling.services import claiming, qualifying, submitting
from projects.models import AuditEvent
from tests.factories import make_job, make_running_batch, make_team, make_worker, say
from tests.labeling.golden import lot_falls, make_mixed
from tests.labeling.tested import answer_next, make_tested
from workforce.models import Qualification

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.race]

THREADS, TASKS, EACH = 16, 2000, 3


def in_threads(work: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    """Run one thread an item, each with a connection of its own."""

    def with_connection(item: Any) -> Any:
        try:
            return work(item)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(with_connection, items))


def test_sixteen_people_answer_every_task_thrice_and_none_oftener() -> None:
    team = make_team()
    workers = [make_worker(team) for _ in range(THREADS)]
    batch = make_running_batch(texts=tuple(f"text {n}" for n in range(TASKS)))
    job = make_job(batch, team=team, workers_each=EACH)

    counts = in_threads(lambda worker: _work_until_none_is_left(worker, job), workers)

    assert sum(counts) == TASKS * EACH
    answers = Counter(Annotation.objects.values_list("data_object_id", flat=True))
    assert set(answers.values()) == {EACH}
    assert len(answers) == TASKS
    assert set(Task.objects.values_list("state", "answers", "open_slots")) == {("answered", EACH, 0)}
    pairs = Assignment.objects.values_list("task", "worker")
    assert len(pairs) == len(set(pairs)) == TASKS * EACH
    batch.refresh_from_db()
    assert sum(batch.days.values_list("labels", flat=True)) == TASKS * EACH


def _work_until_none_is_left(worker: Any, job: Job) -> int:
    """Claim and submit as the labelling page does; return how many answers were stored."""
    stored, turns = 0, claiming.hand_out(worker, job)
    while turns:
        done = submitting.submit(worker.user_id, turns.pop(0).submit_key, say("bird"))
        stored += not done.repeat
        if done.next:
            turns.append(done.next)
        if not turns:
            turns = claiming.hand_out(worker, job)
    return stored


def test_the_last_slot_goes_to_one_of_sixteen() -> None:
    team = make_team()
    workers = [make_worker(team) for _ in range(THREADS)]
    job = make_job(make_running_batch(texts=("one",)), team=team, workers_each=1)

    taken = in_threads(lambda worker: claiming.claim(worker.pk, job.pk, 0), workers)

    assert sum(turn is not None for turn in taken) == 1
    assert Task.objects.get().open_slots == 0


def test_one_person_in_sixteen_tabs_holds_two_tasks() -> None:
    team = make_team()
    worker = make_worker(team)
    job = make_job(make_running_batch(texts=tuple("abcdefgh")), team=team)

    in_threads(lambda _: claiming.hand_out(worker, job), list(range(THREADS)))

    assert sorted(Assignment.objects.values_list("place", flat=True)) == [0, 1]
    assert sum(Task.objects.values_list("open_slots", flat=True)) == 8 * 3 - 2


def test_one_answer_sent_sixteen_times_is_stored_once() -> None:
    team = make_team()
    worker = make_worker(team)
    job = make_job(make_running_batch(texts=("a", "b")), team=team)
    turn = claiming.hand_out(worker, job)[0]

    def send(_: int) -> str:
        try:
            return "repeat" if submitting.submit(worker.user_id, turn.submit_key, say("bird")).repeat else "stored"
        except Conflict:
            return "conflict"

    outcomes = Counter(in_threads(send, list(range(THREADS))))

    assert outcomes["stored"] == 1
    assert Annotation.objects.count() == 1
    assert Task.objects.get(pk=turn.task_id).answers == 1


def test_answers_and_expiry_at_once_lose_no_slot() -> None:
    """Half of the people answer late while the minute's chore takes their tasks back."""
    team = make_team()
    workers = [make_worker(team) for _ in range(8)]
    job = make_job(make_running_batch(texts=tuple(f"t{n}" for n in range(40))), team=team)
    turns = {worker.pk: claiming.hand_out(worker, job)[0] for worker in workers}
    Assignment.objects.update(lease_until=Assignment.objects.values_list("claimed_at", flat=True)[0])

    def act(item: Any) -> None:
        if item is None:
            claiming.expire()
            return
        try:
            submitting.submit(item.user_id, turns[item.pk].submit_key, say("plane"), fetch_next=False)
        except (Conflict, Refused):
            return

    in_threads(act, [*workers, None, None, None, None])
    claiming.expire()

    for task in Task.objects.all():
        held = task.assignments.filter(state__in=("held", "stopped")).count()
        assert task.open_slots + task.answers + held == task.wanted


def test_one_person_in_sixteen_tabs_holds_two_tasks_where_the_answer_is_known_too() -> None:
    team = make_team()
    worker = make_worker(team)
    job = make_mixed(team, "abcdefgh", "wxyz")

    with lot_falls(on_gold=True):
        in_threads(lambda _: claiming.hand_out(worker, job), list(range(THREADS)))

    held = Assignment.objects.filter(worker=worker).order_by("place").values_list("place", "task__data_object")
    assert [place for place, _ in held] == [0, 1]
    assert len({of for _, of in held}) == 2
    ordinary = Task.objects.filter(job=job).exclude(state="gold")
    taken = Assignment.objects.filter(task__in=ordinary).count()
    assert sum(ordinary.values_list("open_slots", flat=True)) == 8 * 3 - taken


def test_sixteen_people_answer_every_task_thrice_with_known_ones_among_them() -> None:
    team = make_team()
    workers = [make_worker(team) for _ in range(THREADS)]
    texts = "".join(chr(0x4E00 + n) for n in range(200))
    job = make_mixed(team, texts, "".join(chr(0x5E00 + n) for n in range(40)), percent=30)

    in_threads(lambda worker: _work_until_none_is_left(worker, job), workers)

    ordinary, known = Task.objects.filter(job=job).exclude(state="gold"), Task.objects.filter(state="gold")
    assert set(ordinary.values_list("state", "answers", "open_slots")) == {("answered", 3, 0)}
    assert set(known.values_list("answers", "open_slots")) == {(0, 0)}
    assert Annotation.objects.for_labels().count() == 200 * 3
    mixed_in = Annotation.objects.count() - 200 * 3
    assert 0 < mixed_in <= THREADS * 40
    assert sum(job.batch.days.values_list("labels", flat=True)) == 200 * 3
    pairs = Assignment.objects.values_list("task__data_object", "worker")
    assert len(pairs) == len(set(pairs))


def test_two_last_answers_of_a_test_at_once_end_it_once() -> None:
    team = make_team()
    workers = [make_worker(team) for _ in range(4)]
    job = make_tested(team, test_right=1.0)
    turns = []
    for worker in workers:
        qualifying.begin_test(worker, job)
        for _three in range(3):
            answer_next(worker, job)
        turns += [(worker, turn.submit_key, turn.place) for turn in claiming.hand_out(worker, job)]

    in_threads(lambda turn: submitting.submit(turn[0].user_id, turn[1], say("bird" if turn[2] else "plane")), turns)

    rows = Qualification.objects.order_by("worker").values_list("tries", "seen", "score", "is_testing", "passed_at")
    assert list(rows) == [(1, 5, 0.8, False, None)] * 4
    assert AuditEvent.objects.filter(verb="end test").count() == 4
    assert [claiming.hand_out(worker, job) for worker in workers] == [[]] * 4


def test_a_test_begun_in_sixteen_tabs_is_one() -> None:
    team = make_team()
    worker = make_worker(team)
    job = make_tested(team)

    gates = in_threads(lambda _: qualifying.begin_test(worker, job), list(range(THREADS)))
    in_threads(lambda _: claiming.hand_out(worker, job), list(range(THREADS)))

    drawn = Qualification.objects.get(worker=worker).drawn
    assert {gate.drawn for gate in gates} == {tuple(drawn)}
    held = Assignment.objects.filter(worker=worker).order_by("place").values_list("test_number", "task__data_object")
    assert list(held) == [(1, drawn[0]), (2, drawn[1])]
