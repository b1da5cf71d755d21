"""People judged by objects whose truth is known, in jobs of any type."""

from __future__ import annotations

import pytest

from labeling.services import consolidating
from labeling.services.anchoring import Anchor, anchors_of, tidy
from projects import task_types
from projects.task_types import Vote
from tests.factories import make_team, make_worker, say
from tests.labeling.golden import answer_known, make_mixed
from tests.labeling.test_calibrating import make_answered

pytestmark = [pytest.mark.django_db, pytest.mark.database]
FAR = 10**9  # above all ids of objects


def test_people_are_judged_by_objects_of_another_batch() -> None:
    job = make_answered()
    liar, *_ = sorted(int(name) for name in consolidating.fit(job)["workers"])
    known = [Anchor(FAR + n, liar, say("bird"), say("plane")) for n in range(60)]

    alone, taught = consolidating.fit(job), consolidating.fit(job, known)

    weight = task_types.get(job.task_type).weight
    assert weight is not None
    assert anchors_of(job) == []
    assert (weight(alone, str(liar)) or 0) > 0.6 > 0.5 > (weight(taught, str(liar)) or 1)
    assert (taught["known_objects"], taught["contradicted"], "known_objects" in alone) == (60, 0, False)


def test_known_answers_of_a_job_teach_its_fit() -> None:
    team = make_team()
    wei = make_worker(team)
    job = make_mixed(team, "abcd", "xyz")
    for category in ("plane", "bird", "plane"):
        answer_known(job, wei, category)

    rows = anchors_of(job)

    said = [(row.worker_id, row.answer, row.truth) for row in rows]
    assert said == [(wei.pk, say(category), say("bird")) for category in ("plane", "bird", "plane")]
    assert consolidating.fit(job)["known_objects"] == 3
    assert consolidating.fit(job) == consolidating.fit(job, rows)


def test_contradicting_truths_are_dropped_and_counted_and_order_does_not_matter() -> None:
    job = make_answered()
    rows = [
        Anchor(FAR, 1, say("bird"), say("plane")),
        Anchor(FAR, 2, say("bird"), say("bird")),
        Anchor(FAR + 1, 1, say("bird"), say("bird")),
        Anchor(FAR + 2, 1, say("nothing of this job"), say("bird")),
    ]

    found = tidy(job, rows)

    assert (dict(found.known), found.contradicted) == ({FAR + 1: say("bird")}, 1)
    assert list(found.votes) == [(FAR + 1, Vote("1", say("bird")))]
    assert tidy(job, rows[::-1]) == found
    assert consolidating.fit(job, rows) == consolidating.fit(job, rows[::-1])


@pytest.mark.parametrize("kind", list(task_types.every()), ids=lambda kind: kind.slug)
def test_every_type_takes_known_objects(kind: task_types.TaskType) -> None:
    first, second, third = kind.example.answers
    pairs = [(n, Vote(name, said)) for n in range(30) for name, said in (("a", first), ("b", second), ("c", third))]
    pairs.append((30, Vote("a", first)))
    known = dict.fromkeys([*range(25), 30], third)

    alone, learnt = kind.fit(pairs, kind.example.schema), kind.fit(pairs, kind.example.schema, known)

    assert learnt == kind.fit(pairs[::-1], kind.example.schema, known)
    assert learnt.keys() == alone.keys()
    if "finds" in learnt and "spread" not in learnt:  # types with parts: who says what is known invents nothing
        assert learnt["falls"][2] / learnt["falls"][-1] < alone["falls"][2] / alone["falls"][-1]  # than the crowd
