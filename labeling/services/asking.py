"""Questions of workers on the item in hand: asking, answering, and what the worker has seen of the answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from labeling.models import Assignment, Question
from labeling.states import IN_HAND
from projects.audit import record

MOST_CHARACTERS = 1000
MOST_ANSWER = 2000
MOST_OPEN = 5  # questions of one worker on one task that nobody has answered yet
MOST_SEEN = 100  # named in one request


def ask(user_id: int, key: str, text: Any) -> Question:
    """Ask about the item that this person holds.

    Raises Refused (not this person's task), Conflict (not in hand any more, too many open), Invalid (the text).
    """
    with transaction.atomic():
        mine = Assignment.objects.filter(submit_key=key, worker__user=user_id)
        held = mine.select_for_update(of=("self",)).first()  # so that two tabs together stay below the limit
        if held is None:
            raise Refused("This task is not yours.")
        if held.state not in IN_HAND:
            raise Conflict("You no longer have this task in hand.")
        words = _words(text)
        if Question.objects.filter(assignment=held, answered_at=None).count() >= MOST_OPEN:
            raise Conflict(f"You have {MOST_OPEN} open questions on this task. Wait for an answer first.")
        return Question.objects.create(assignment=held, text=words)


def _words(text: Any) -> str:
    words = text.strip() if isinstance(text, str) else ""
    if not words:
        raise Invalid("Write your question.")
    if len(words) > MOST_CHARACTERS:
        raise Invalid(f"A question has at most {MOST_CHARACTERS} characters.")
    if "\0" in words:
        raise Invalid("A question is plain text.")
    return words


def answer(question: Question, by: Any, *, answer: str) -> None:
    """Answer a worker's question. Raises Invalid without words, Conflict when somebody else was quicker."""
    words = answer.strip()
    if not 0 < len(words) <= MOST_ANSWER:
        raise Invalid(f"An answer has 1 to {MOST_ANSWER} characters.")
    with transaction.atomic():
        still_open = Question.objects.filter(pk=question.pk, answered_at=None)
        if not still_open.update(answer=words, answered_by=by, answered_at=clock.now()):
            raise Conflict("This question is answered already.")
        record("answer question", by, question)


def mark_seen(user_id: int, ids: Any) -> None:
    """Note which answers this person has seen; what is no answer of theirs is left alone."""
    wanted = [one for one in ids[:MOST_SEEN] if type(one) is int] if isinstance(ids, list) else []
    if wanted:
        mine = Question.objects.filter(assignment__worker__user=user_id, answered_at__isnull=False, seen_at=None)
        mine.filter(pk__in=[one for one in wanted if 0 < one < 2**63]).update(seen_at=clock.now())


def on_hand(user_id: int) -> list[dict[str, Any]]:
    """Return this person's questions on what they hold, oldest first, as the labelling page takes them."""
    mine = Question.objects.filter(assignment__worker__user=user_id, assignment__state__in=IN_HAND)
    return _told(mine.order_by("pk").values_list(*_TOLD))


def news(user_id: int) -> list[dict[str, Any]]:
    """Return of those the ones whose answer this person has not seen."""
    mine = Question.objects.filter(assignment__worker__user=user_id, assignment__state__in=IN_HAND)
    return _told(mine.filter(answered_at__isnull=False, seen_at=None).order_by("pk").values_list(*_TOLD))


_TOLD = ("pk", "assignment__public_id", "text", "answer", "seen_at")


def _told(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"id": pk, "task": task, "text": text, "answer": answer, "seen": seen_at is not None}
        for pk, task, text, answer, seen_at in rows
    ]


def late_answers(user_id: int) -> list[Question]:
    """Return the questions whose answer came when the item was gone, until the worker has read them."""
    mine = Question.objects.filter(assignment__worker__user=user_id, answered_at__isnull=False, seen_at=None)
    gone = mine.exclude(assignment__state__in=IN_HAND).select_related("assignment__task__job")
    return list(gone.order_by("answered_at")[:MOST_SEEN])
