"""Chores: rows are the truth. Rung on commit, counted before the work, leased, swept, given up in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django_q.models import OrmQ
from pytest_django import DjangoCaptureOnCommitCallbacks

from groundtruth import clock, work
from projects.models import Notice

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LABEL = "projects.notice"


@pytest.fixture
def chore() -> Iterator[Callable[[Callable[[Notice], Any]], None]]:
    """Put another function in the place of the one that sends mails."""
    before, words = work._chores[LABEL], work._last_words.get(LABEL)

    def register(function: Callable[[Notice], Any], gave_up: Any = None) -> None:
        work._chores[LABEL] = function
        if gave_up:
            work._last_words[LABEL] = gave_up

    yield register
    work._chores[LABEL] = before
    work._last_words.pop(LABEL, None)
    if words:
        work._last_words[LABEL] = words


@pytest.fixture
def notice() -> Notice:
    return Notice.objects.create(key="k", recipient="ada@example.test", kind="batch_ready")


def test_a_ring_queues_after_the_commit_and_many_rings_are_one(
    notice: Notice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        work.ring(notice)
        work.ring(notice)
        assert OrmQ.objects.count() == 0

    assert OrmQ.objects.count() == 1
    assert OrmQ.objects.get().task["args"] == (LABEL, notice.pk)


def test_a_ring_that_is_rolled_back_queues_nothing(
    notice: Notice, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ValueError, match="no"), transaction.atomic():
        work.ring(notice)
        raise ValueError("no")

    assert OrmQ.objects.count() == 0
    assert Notice.objects.get().rung is False


def test_a_done_row_is_left_alone(notice: Notice, chore: Any) -> None:
    ran = []
    chore(lambda row: ran.append(row.pk))

    outcomes = [work.advance(LABEL, notice.pk) for _ in range(2)]

    assert outcomes == ["done", "busy or done"]
    assert ran == [notice.pk]
    assert Notice.objects.get().done_at is not None


def test_a_row_that_somebody_has_is_left_alone_until_the_lease_ends(notice: Notice, chore: Any) -> None:
    chore(lambda row: None)
    Notice.objects.update(lease_until=clock.now() + timedelta(seconds=60))
    assert work.advance(LABEL, notice.pk) == "busy or done"

    Notice.objects.update(lease_until=clock.now() - timedelta(seconds=1))

    assert work.advance(LABEL, notice.pk) == "done"


def test_the_attempt_is_counted_before_the_work(notice: Notice, chore: Any) -> None:
    seen = []
    chore(lambda row: seen.append(Notice.objects.get().attempts))

    work.advance(LABEL, notice.pk)

    assert seen == [1]


def test_a_chore_that_is_killed_each_time_is_given_up_at_the_sixth_delivery(notice: Notice, chore: Any) -> None:
    told = []

    def die(row: Notice) -> None:
        raise SystemExit  # what a kill looks like from inside: nothing after it runs

    chore(die, lambda row, why: told.append(why))
    for _ in range(5):
        with pytest.raises(SystemExit):
            work.advance(LABEL, notice.pk)
        Notice.objects.update(lease_until=clock.now())

    outcome = work.advance(LABEL, notice.pk)

    why = "It was killed or ran out of time at each attempt."
    assert outcome == f"gave up: {why}"
    assert told == [why]
    assert Notice.objects.get().gave_up is True
    assert work.advance(LABEL, notice.pk) == "busy or done"


def test_a_failure_is_kept_in_words_and_tried_again_later(notice: Notice, chore: Any) -> None:
    def fail(row: Notice) -> None:
        raise OSError("the mail server is away")

    chore(fail)

    assert work.advance(LABEL, notice.pk) == "failed"

    row = Notice.objects.get()
    assert (row.attempts, row.last_error, row.done_at) == (1, "OSError: the mail server is away", None)
    assert row.lease_until > clock.now()


def test_a_chore_that_waits_for_something_outside_never_gives_up(notice: Notice, chore: Any) -> None:
    def wait(row: Notice) -> None:
        raise work.Later("The hook does not answer.")

    chore(wait)

    for _ in range(work.MAX_ATTEMPTS + 2):
        Notice.objects.update(lease_until=None)
        assert work.advance(LABEL, notice.pk) == "later"

    row = Notice.objects.get(Notice.WAITS)
    assert (row.attempts, row.last_error, row.gave_up) == (0, "The hook does not answer.", False)
    assert row.lease_until > clock.now()


def test_a_chore_that_can_never_succeed_is_not_tried_again(notice: Notice, chore: Any) -> None:
    def refuse(row: Notice) -> None:
        raise work.GiveUp("There is no such address.")

    chore(refuse)

    assert work.advance(LABEL, notice.pk) == "gave up: There is no such address."
    assert work.sweep() == 0


def test_more_to_do_gives_the_lease_back_with_the_attempts_from_nought(notice: Notice, chore: Any) -> None:
    chore(lambda row: False)

    assert [work.advance(LABEL, notice.pk) for _ in range(8)] == ["more"] * 8
    assert Notice.objects.values_list("attempts", "lease_until", "done_at").get() == (0, None, None)


def test_a_ring_while_the_chore_runs_queues_it_once_more(notice: Notice, chore: Any) -> None:
    def rung_meanwhile(row: Notice) -> bool:
        Notice.objects.filter(pk=row.pk).update(rung=True)
        return False

    chore(rung_meanwhile)

    work.advance(LABEL, notice.pk)

    assert OrmQ.objects.count() == 1


def test_the_sweep_rings_for_what_waits_and_for_nothing_else(notice: Notice) -> None:
    later, now = clock.now() + timedelta(hours=1), clock.now()
    Notice.objects.create(key="leased", recipient="a@example.test", kind="x", lease_until=later)
    Notice.objects.create(key="done", recipient="a@example.test", kind="x", done_at=now)
    Notice.objects.create(key="given up", recipient="a@example.test", kind="x", attempts=6)
    past = now - timedelta(seconds=1)
    killed = Notice.objects.create(key="killed", recipient="a@example.test", kind="x", lease_until=past)

    count = work.sweep()

    assert count == 2
    assert sorted(entry.task["args"][1] for entry in OrmQ.objects.all()) == sorted([notice.pk, killed.pk])


def test_an_overrun_chore_does_not_undo_its_successor(notice: Notice, chore: Any) -> None:
    def overrun(row: Notice) -> None:
        Notice.objects.filter(pk=row.pk).update(lease_until=clock.now() + timedelta(hours=2))  # another took it over

    chore(overrun)

    work.advance(LABEL, notice.pk)

    assert Notice.objects.get().done_at is None
    with pytest.raises(work.LeaseLost):
        work.keep(notice)


def test_ringing_again_starts_from_nought(notice: Notice) -> None:
    Notice.objects.update(attempts=6, last_error="away")

    work.ring_again(notice)

    assert Notice.objects.values_list("attempts", "last_error", "rung").get() == (0, "", True)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("The access to write s3://out/ was revoked.", "The access to write s3://out/ was revoked."),
        ("Denied: The store refused s3://out/a: AccessDenied.", "The store refused s3://out/a: AccessDenied."),
        ("KeyError: 'password'", ""),
        ("OSError: [Errno 28] No space left on device: '/srv/x'", ""),
        ("", ""),
    ],
)
def test_customers_read_what_was_written_for_people_and_no_fault_of_ours(error: str, told: str) -> None:
    assert Notice(last_error=error).told_error == told
