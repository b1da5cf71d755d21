"""Pre-labelling: who is shown what the machine thinks, who is not, and what it spares."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.db import IntegrityError
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from groundtruth import clock, work
from groundtruth.states import Invalid, move_many
from labeling.autolabel import loop
from labeling.autolabel.calibration import NONE
from labeling.autolabel.comparing import Difference
from labeling.autolabel.forecasting import Forecast
from labeling.machine.prelabelled import Prelabelled, prelabelled
from labeling.machine.queries import machine_of
from labeling.models import Annotation, Assignment, Job, Label, LoopRun, RunKind, Task
from labeling.services import designing, evidence, looping, prelabelling, submitting, taking_over
from labeling.services.prelabelling import draw_withheld
from projects import task_types
from projects.models import Project
from tests.factories import (
    make_job,
    make_member,
    make_project,
    make_running_batch,
    make_staff,
    make_team,
    make_worker,
    say,
)
from tests.labeling.loops import OBJECTS, WORDS, advance_all, answer_asked, begun, texts

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SAID = "The machine proposed this."
RANDOM_TOO = 1.0  # a share of texts that nobody could tell, with which the third round asks some at random


def asked_of(job: Job) -> QuerySet[Task]:
    return Task.objects.filter(job=job, state__in=("waiting", "open"))


def shown_of(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.filter(proposal__isnull=False)


def hidden_of(tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.filter(withheld__isnull=False)


def rounds_of(job: Job, count: int) -> LoopRun:
    """Answer and learn so often; return the last run."""
    for _ in range(count):
        answer_asked(job)
        advance_all(job)
    return LoopRun.objects.get(job=job, kind=RunKind.LEARN, iteration=count)


# --- by lot -----------------------------------------------------------------------------------------------------


def test_a_tenth_is_withheld_and_the_same_if_drawn_again() -> None:
    hidden = draw_withheld(1000, 7, 2)

    assert hidden.sum() == 100
    assert np.array_equal(hidden, draw_withheld(1000, 7, 2))
    assert not np.array_equal(hidden, draw_withheld(1000, 7, 3))
    assert not np.array_equal(hidden, draw_withheld(1000, 8, 2))


def test_few_are_withheld_as_often_as_many() -> None:
    drawn = np.array([draw_withheld(7, job, 1) for job in range(4000)])

    assert set(drawn.sum(axis=1).tolist()) == {0, 1}
    assert drawn.mean(axis=0) == pytest.approx(np.full(7, 0.1), abs=0.02)
    assert draw_withheld(0, 1, 1).tolist() == []


# --- who is shown what --------------------------------------------------------------------------------------------


def test_what_is_asked_for_doubt_begins_with_the_proposal_but_for_a_tenth() -> None:
    job = begun(texts(wrong=RANDOM_TOO), prelabel=True)
    assert not shown_of(Task.objects.all()).exists()

    run = rounds_of(job, 3)

    asked = asked_of(job).filter(answers=0)  # and no second looks
    random = asked.filter(data_object__ordinal__in=run.report["calibrating"])
    doubted = asked.exclude(data_object__ordinal__in=run.report["calibrating"])
    hidden = int(draw_withheld(doubted.count(), job.pk, 3).sum())
    assert (asked.count(), random.count(), doubted.count()) == (120, 36, 84)
    assert hidden_of(doubted).count() == hidden in (8, 9)
    assert shown_of(doubted).count() == 84 - hidden
    assert not (shown_of(random) | hidden_of(random)).exists()
    said = [task.proposal for task in shown_of(doubted)] + [task.withheld for task in hidden_of(doubted)]
    assert {json.dumps(answer) for answer in said} == {json.dumps(say(word)) for word in WORDS}


def test_a_round_that_asks_at_random_alone_shows_nothing() -> None:
    job = begun(texts(wrong=0.2), prelabel=True)

    run = rounds_of(job, 1)

    assert (run.report["asked"], asked_of(job).filter(answers=0).count()) == (50, 50)
    assert not (shown_of(Task.objects.all()) | hidden_of(Task.objects.all())).exists()


def test_where_nobody_asked_for_it_nothing_is_written() -> None:
    job = begun(texts(wrong=0.2))

    rounds_of(job, 2)

    assert asked_of(job).filter(answers=0).count() == 100
    assert not (shown_of(Task.objects.all()) | hidden_of(Task.objects.all())).exists()


def test_what_people_check_before_writing_is_shown_without() -> None:
    job = begun(texts(), prelabel=True, checked_labels=60)

    run = rounds_of(job, 1)

    assert len(run.report["checking"]) == asked_of(job).count() == 60
    assert not (shown_of(Task.objects.all()) | hidden_of(Task.objects.all())).exists()


def test_a_run_that_dies_before_it_decides_shows_the_same_when_it_runs_again(monkeypatch: pytest.MonkeyPatch) -> None:
    job = begun(texts(wrong=0.2), prelabel=True)
    rounds_of(job, 1)
    answer_asked(job)
    whole = looping._report
    monkeypatch.setattr(looping, "_report", lambda *_: (_ for _ in ()).throw(OSError("killed")))
    advance_all(job)
    written = dict(shown_of(Task.objects.all()).values_list("pk", "proposal"))
    assert len(written) == 90
    assert set(Task.objects.filter(pk__in=written).values_list("state", flat=True)) == {"pooled"}
    strayed = Task.objects.filter(job=job, state="pooled", proposal__isnull=True, withheld__isnull=True).latest("pk")
    Task.objects.filter(pk=strayed.pk).update(proposal=say("bird"))

    monkeypatch.setattr(looping, "_report", whole)
    LoopRun.objects.filter(job=job).update(lease_until=None)
    advance_all(job)

    assert dict(shown_of(asked_of(job)).values_list("pk", "proposal")) == written
    strayed.refresh_from_db()
    assert strayed.proposal is None


def test_all_that_is_left_to_people_begins_with_what_the_machine_thinks() -> None:
    job = begun(texts(), prelabel=True)
    answer_asked(job)
    run = LoopRun.objects.create(job=job, kind=RunKind.LEARN)
    rows = evidence.Rows.of(job)
    left = np.flatnonzero(rows.pooled)
    none = np.empty(0, dtype=np.int64)
    unsure = loop.Step(
        cut=NONE, rows=left, proposals=[None, *([1] * (len(left) - 1))], confidence=np.full(len(left), 0.5),
        proposed=np.zeros(len(left), dtype=bool), ask=none, ask_calibrates=none.astype(bool), retired=none,
        disputed=none, finished=True, forecast=Forecast(OBJECTS, OBJECTS, OBJECTS), notes=[], memory={}, arrays={},
    )  # fmt: skip
    known = evidence.known_of(job, rows, None)

    looping._carry_out(run, job, rows, known, unsure, {})

    waiting = Task.objects.filter(job=job, state="waiting")
    hidden = int(draw_withheld(OBJECTS - 251, job.pk, 1).sum())
    assert waiting.count() == OBJECTS - 250
    assert hidden_of(waiting).count() == hidden in (104, 105)
    assert shown_of(waiting).count() == OBJECTS - 251 - hidden
    assert {json.dumps(task.proposal) for task in shown_of(waiting)} == {json.dumps(say("plane"))}


def test_a_model_that_operations_retire_is_believed_no_more() -> None:
    job = begun(texts(wrong=0.2), prelabel=True)
    rounds_of(job, 2)
    seen = shown_of(asked_of(job)).order_by("pk")[0]
    Task.objects.filter(pk=seen.pk).update(state="open", answers=1, wanted=2)
    assert shown_of(asked_of(job)).count() == 90

    taking_over.retire(job, make_staff())

    assert list(shown_of(Task.objects.filter(job=job))) == [seen]
    assert not hidden_of(Task.objects.filter(job=job)).exists()


def test_nothing_is_shown_any_more_once_the_customer_refused_the_machine() -> None:
    job = begun(texts(wrong=0.2), prelabel=True)
    run = rounds_of(job, 2)
    assert shown_of(asked_of(job)).exists()
    Project.objects.filter(pk=job.batch.project_id).update(machine_wish="refuse")

    work.ring_again(run)
    assert work.advance(run._meta.label_lower, run.pk) == "done"

    assert not shown_of(Task.objects.filter(job=job)).exists()
    assert not hidden_of(Task.objects.filter(job=job)).exists()


# --- writing ------------------------------------------------------------------------------------------------------


def pooled_job(count: int, **fields: Any) -> tuple[Job, LoopRun, list[int]]:
    job = make_job(make_running_batch(texts=tuple("abcdefghijklmnopqrstuvwxyz"[:count])), prelabel=True, **fields)
    tasks = Task.objects.filter(job=job).order_by("pk")
    tasks.update(state="pooled")
    return job, LoopRun.objects.create(job=job, kind=RunKind.LEARN), list(tasks.values_list("pk", flat=True))


def test_many_equal_proposals_take_few_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    job = make_job(make_running_batch(texts=tuple(map(str, range(400)))), prelabel=True)
    Task.objects.filter(job=job).update(state="pooled")
    run = LoopRun.objects.create(job=job, kind=RunKind.LEARN)
    tasks = list(Task.objects.filter(job=job).order_by("pk").values_list("pk", flat=True))
    assert job.asks

    with django_assert_num_queries(1 + 2 + 2 + 1):  # forgetting, two categories shown, two withheld, the lease
        prelabelling.propose(run, job, tasks, [(pk % 2, 0.6) for pk in tasks])

    right = [pk for pk in tasks if Task.objects.get(pk=pk).proposal in (None, say(list(WORDS)[pk % 2]))]
    assert right == tasks
    assert hidden_of(Task.objects.filter(job=job)).count() == 40


def test_proposals_that_all_differ_are_written_each_to_its_task() -> None:
    job, run, tasks = pooled_job(20)
    hidden = draw_withheld(20, job.pk, 1)

    prelabelling.propose(run, job, tasks, [(place % 2, 0.6) for place in range(20)])

    rows = Task.objects.filter(job=job).order_by("pk").values_list("proposal", "withheld")
    for place, (proposal, withheld) in enumerate(rows):
        expected = say(list(WORDS)[place % 2])
        assert (proposal, withheld) == ((None, expected) if hidden[place] else (expected, None))


def test_a_task_that_left_the_pool_is_not_touched() -> None:
    job, run, tasks = pooled_job(3)
    move_many(Task.objects.filter(pk=tasks[0]), "ask", None)

    prelabelling.propose(run, job, tasks, [(0, 0.6)] * 3)

    assert Task.objects.filter(pk=tasks[0]).values_list("proposal", "withheld").get() == (None, None)


def test_a_proposal_is_shown_or_withheld_and_never_both() -> None:
    _job, _run, tasks = pooled_job(1)

    with pytest.raises(IntegrityError):
        Task.objects.filter(pk=tasks[0]).update(proposal=say("bird"), withheld=say("bird"))


# --- what workers are sent ------------------------------------------------------------------------------------------


def opened(client: Client, **fields: Any) -> tuple[Job, str]:
    """A job with a task that shows, one that withholds and one without; return it and its page as Wei gets it."""
    job = make_job(make_running_batch(texts=("one", "two", "three")), workers_each=1, **fields)
    first, second, _third = Task.objects.filter(job=job).order_by("pk")
    Task.objects.filter(pk=first.pk).update(proposal=say("plane"))
    Task.objects.filter(pk=second.pk).update(withheld=say("plane"))
    worker = make_worker(job.team)
    client.force_login(worker.user)
    return job, client.get(reverse("work_job", args=[job.public_id])).content.decode()


def tasks_in(page: str) -> list[dict[str, Any]]:
    text = page.partition('<script id="work-config" type="application/json">')[2].partition("</script>")[0]
    tasks: list[dict[str, Any]] = json.loads(text)["tasks"]
    return tasks


def test_the_page_is_sent_the_proposal_of_a_task_that_shows_it_and_of_no_other(client: Client) -> None:
    job, page = opened(client, prelabel=True)

    first, second = tasks_in(page)
    assert first["proposal"] == say("plane")
    assert first["draft"] is None
    assert set(first) - set(second) == {"proposal"}
    assert SAID in page
    assert "onfidence" not in page

    url = reverse("work_submit", args=[job.public_id])
    reply = client.post(url, {"key": first["key"], "answer": say("plane")}, "application/json").json()
    assert set(reply["next"]) == set(second)
    answer = Annotation.objects.get(assignment__task__proposal__isnull=False)
    assert (answer.payload, answer.assignment.state) == (say("plane"), "submitted")


def test_a_task_fetched_ahead_brings_its_proposal(client: Client) -> None:
    job, page = opened(client, prelabel=True)
    third = Task.objects.filter(job=job).latest("pk")
    Task.objects.filter(pk=third.pk).update(proposal=say("bird"))
    key = tasks_in(page)[0]["key"]

    url = reverse("work_submit", args=[job.public_id])
    reply = client.post(url, {"key": key, "answer": say("bird")}, "application/json").json()

    assert reply["next"]["proposal"] == say("bird")


def test_nothing_of_it_reaches_the_page_where_nobody_asked_for_it(client: Client) -> None:
    job, page = opened(client)

    url = reverse("work_claim", args=[job.public_id])
    claimed = client.post(url, {}, "application/json").content.decode()

    assert len(tasks_in(page)) == 2
    assert len(json.loads(claimed)["tasks"]) == 2
    for body in (page, claimed):
        assert "propos" not in body
        assert "withheld" not in body


# --- what it spares -------------------------------------------------------------------------------------------------


def timed(job: Job, seconds: dict[str, list[float]], *, answers: tuple[str, ...] = ("bird",)) -> None:
    """Store answers that took so long: of tasks with "proposal", "withheld" or neither ("none"); both say bird."""
    tasks = iter(Task.objects.filter(job=job).order_by("pk"))
    workers = [make_worker(job.team) for _ in answers]
    now = clock.now()
    for column, times in seconds.items():
        for place, took in enumerate(times):
            task = next(tasks)
            if column != "none":
                Task.objects.filter(pk=task.pk).update(**{column: say("bird")})
            for worker in workers:
                held = Assignment.objects.create(
                    task=task, worker=worker, state="submitted", claimed_at=now, lease_until=now, seconds=took,
                    submitted_at=now + timedelta(seconds=place),
                )  # fmt: skip
                said = answers[place % len(answers)]
                Annotation.objects.create(data_object=task.data_object, assignment=held, payload=say(said))


def job_of(count: int, **fields: Any) -> Job:
    return make_job(make_running_batch(texts=tuple(map(str, range(count)))), machine_labels=True, **fields)


def test_the_time_saved_is_the_difference_of_those_that_were_drawn_by_lot() -> None:
    job = job_of(50, prelabel=True)
    timed(job, {"proposal": [2.0, 4.0] * 10, "withheld": [4.0, 6.0] * 6, "none": [99.0] * 10})

    found = prelabelled(job)

    assert found is not None
    assert found.spared is not None
    assert (found.spared.spared, found.answers, found.answers_without) == (2.0, 20, 12)
    assert found.share == 0.4
    # Variances 20/19 and 12/11; the error is the root of 1/19 + 1/11, and t of 22.97 degrees of freedom is 2.0688
    assert found.spared.high == pytest.approx(2 + 2.0688 * (1 / 19 + 1 / 11) ** 0.5, abs=1e-4)
    assert found.told == (
        "With the machine’s proposal an answer took 2.0 s less (1.2 to 2.8), 40\N{NO-BREAK SPACE}% of the time; "
        "measured on 20 answers with it and 12 without."
    )
    assert (found.kept, found.alike) == (1.0, 1.0)


def test_several_answers_of_an_object_are_one_observation() -> None:
    once, twice = job_of(50, prelabel=True), job_of(50, prelabel=True)
    times = {"proposal": [2.0, 4.0] * 10, "withheld": [4.0, 6.0] * 6}
    timed(once, times)
    timed(twice, times, answers=("bird", "bird"))

    one, other = prelabelled(once), prelabelled(twice)

    assert one is not None
    assert other is not None
    assert other.spared == one.spared
    assert (other.answers, other.answers_without) == (40, 24)


def test_how_often_people_kept_the_proposal_stands_beside_how_often_others_said_it_unseen() -> None:
    job = job_of(40, prelabel=True)
    timed(job, {"proposal": [3.0] * 20, "withheld": [5.0] * 10})
    corrected = Annotation.objects.filter(assignment__task__proposal__isnull=False).order_by("pk")[:5]
    Annotation.objects.filter(pk__in=[row.pk for row in corrected]).update(payload=say("plane"))
    differing = Annotation.objects.filter(assignment__task__withheld__isnull=False).order_by("pk")[:4]
    Annotation.objects.filter(pk__in=[row.pk for row in differing]).update(payload=say("plane"))

    found = prelabelled(job)

    assert found is not None
    assert (found.kept, found.alike) == (0.75, 0.6)
    assert found.kept_told.replace("\N{NO-BREAK SPACE}", " ") == (
        "75 % unchanged; of the answers given without seeing one 60 % said the same"
    )


def test_an_answer_that_operations_rejected_counts_for_nothing() -> None:
    job = job_of(40, prelabel=True)
    timed(job, {"proposal": [3.0] * 10, "withheld": [5.0] * 10})
    Assignment.objects.filter(task__proposal__isnull=False).update(state="rejected")

    found = prelabelled(job)

    assert found == Prelabelled(None, 0.0, 0, 10, None, 1.0)


def test_too_few_answers_tell_nothing() -> None:
    job = job_of(40, prelabel=True)
    timed(job, {"proposal": [3.0] * 20, "withheld": [5.0] * 9})

    found = prelabelled(job)

    assert found is not None
    assert found.told == ("Too few answers yet to tell what the machine’s proposals spare: 20 with one and 9 without.")


def test_what_may_be_chance_is_not_told_as_a_saving_and_a_loss_is_told() -> None:
    chance = Prelabelled(Difference(0.3, -0.5, 1.1), 0.06, 1800, 200, 0.9, None)
    slower = Prelabelled(Difference(-1.2, -2.0, -0.4), 0.2, 1800, 200, None, None)

    assert chance.told == (
        "No time saved is shown yet: with the machine’s proposal an answer took between 0.5 s more and 1.1 s less; "
        "measured on 1,800 answers with it and 200 without."
    )
    assert chance.kept_told == "90\N{NO-BREAK SPACE}% unchanged"
    assert slower.told == (
        "With the machine’s proposal an answer took 1.2 s more (0.4 to 2.0), 20\N{NO-BREAK SPACE}% of the time; "
        "measured on 1,800 answers with it and 200 without."
    )
    assert slower.kept_told == ""


def test_the_comparison_takes_three_statements(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    job = job_of(40, prelabel=True)
    timed(job, {"proposal": [3.0] * 20, "withheld": [5.0] * 10})
    assert job.asks

    with django_assert_num_queries(3):
        prelabelled(job)


def test_the_batch_page_tells_customer_and_operations(client: Client) -> None:
    job = job_of(50, prelabel=True)
    timed(job, {"proposal": [2.0, 4.0] * 10, "withheld": [4.0, 6.0] * 6})
    project = job.batch.project
    url = reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug])

    for person in (make_member(project.organization), make_staff()):
        client.force_login(person)
        page = client.get(url).content.decode()
        assert "an answer took 2.0 s less (1.2 to 2.8), 40\N{NO-BREAK SPACE}% of the time" in page
        assert "100\N{NO-BREAK SPACE}% unchanged; of the answers given without seeing one 100" in page


def test_a_job_that_shows_no_proposals_tells_nothing_of_them(client: Client) -> None:
    job = job_of(3)
    found = machine_of(job.batch)

    assert found is not None
    assert found.prelabelled is None
    client.force_login(make_member(job.batch.project.organization))
    project = job.batch.project
    page = client.get(reverse("machine", args=[project.organization.slug, project.slug, job.batch.slug]))
    assert "People label a random first sample." in page.content.decode()
    assert "proposal" not in page.content.decode()


# --- the design -----------------------------------------------------------------------------------------------------


def design_of(**fields: Any) -> dict[str, Any]:
    return {
        **{"task_type": "text-classification", "categories": ["a", "b"], "title": "Which?", "attribute": "kind"},
        **{"team": make_team(), "workers_each": 3, "seconds": 300, "sample_percent": 5, **fields},
    }


def test_a_design_that_shows_proposals_needs_the_machine() -> None:
    project = make_project(modality="text", task_type="text-classification")

    with pytest.raises(Invalid, match="Pre-labelling needs automated labelling"):
        designing.set_up(project, make_staff(), **design_of(prelabel=True))

    designing.set_up(project, make_staff(), **design_of(prelabel=True, machine_labels=True))
    assert project.steps.get().prelabel


def test_operations_set_it_up_by_the_form(client: Client) -> None:
    project = make_project(state="request_approved", modality="text", task_type="text-classification")
    client.force_login(make_staff())
    url = reverse("admin:project_set_up", args=[project.pk])
    fields = design_of(machine_labels="on", prelabel="on", target="95", categories="a\nb")

    reply = client.post(url, {**fields, "team": fields["team"].pk})

    assert reply.status_code == 302
    assert project.steps.get().prelabel
    assert 'name="prelabel"' in (page := client.get(url).content.decode())
    assert "A random tenth is shown without, to measure the time saved" in page


# --- every type that the machine learns -------------------------------------------------------------------------------


# Of drawings the machine says something else than it is taught: see task_types/test_machine_drawings.py.
LEARNT = [kind.slug for kind in task_types.every() if kind.propose is not None and not kind.features]


@pytest.mark.parametrize("slug", LEARNT)
def test_what_the_machine_says_of_a_type_is_an_answer_that_the_type_takes(slug: str) -> None:
    kind = task_types.get(slug)
    assert kind.teach is not None
    assert kind.propose is not None
    answer, asks = kind.example.answers[0], kind.example.schema
    votes = [task_types.Vote("wei", answer)]
    settled = kind.consolidate(votes, kind.fit([(0, vote) for vote in votes], kind.example.schema), kind.example.schema)

    proposed = kind.answer_of(kind.propose(kind.teach(settled.payload, asks), 0.6, asks), asks)

    assert kind.check(proposed, kind.example.schema, kind.example.item) == []
    assert kind.agreement(proposed, answer, kind.example.schema) == 1.0


def test_a_proposal_sent_unchanged_is_an_answer_of_the_person() -> None:
    job = make_job(make_running_batch(texts=("one",)), workers_each=1, prelabel=True)
    Task.objects.filter(job=job).update(proposal=say("bird"))
    worker = make_worker(job.team)
    held = Assignment.objects.create(
        task=Task.objects.get(job=job), worker=worker, claimed_at=clock.now(), lease_until=clock.now()
    )

    submitting.submit(worker.user_id, held.submit_key, say("bird"), fetch_next=False)

    work.advance("labeling.job", job.pk)
    label = Label.objects.get(job=job)
    assert Annotation.objects.get(assignment=held).payload == say("bird")
    assert (label.author_kind, label.payload) == ("human", 0)
