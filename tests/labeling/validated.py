"""Batches that rules look at, for tests: a design with its steps, people who answer, and the chores in between."""

from __future__ import annotations

from collections.abc import Collection

from batches.models import Batch, DataObject
from groundtruth import work
from labeling.models import FeatureChunk, Job, LoopRun, StepKind, WorkflowStep
from labeling.services import jobs
from projects.models import Project
from tests.factories import make_project, make_running_batch, make_schema, make_team, make_worker, say
from tests.labeling.loops import WORDS, answer_all_asked, texts, truth_of

FEW_TEXTS = 120
FLIPPED = frozenset(range(7, FEW_TEXTS, 20))  # the objects that people get wrong at first: every twentieth


def make_design(
    *kinds: str, most_flagged: int = 10, workers_each: int = 1, people: int = 3, project: Project | None = None
) -> Batch:
    """A batch of texts whose project has a labelling step and these; a team of its own each, its jobs not begun.

    Of a project that is given, the design is there.
    """
    if project is not None:
        return make_running_batch(project, texts=texts(FEW_TEXTS))
    project = make_project(state="pilot_in_progress", modality="text", task_type="text-classification")
    make_schema(project, categories=tuple(WORDS))
    for position, kind in enumerate((StepKind.LABEL, *kinds), start=1):
        team = make_team()
        for _ in range(people):
            make_worker(team)
        WorkflowStep.objects.create(
            project=project, position=position, kind=kind, task_type=project.task_type, attribute="kind", title=kind,
            team=team, workers_each=workers_each, most_flagged=most_flagged,
        )  # fmt: skip
    return make_running_batch(project, texts=texts(FEW_TEXTS))


def begin_jobs(batch: Batch) -> list[Job]:
    return jobs.create_jobs(batch, None)


def answer_wrongly(batch: Batch, wrong: Collection[int] = FLIPPED) -> None:
    """Let people label all, and get some wrong."""
    job = job_of(batch, StepKind.LABEL)
    work.advance("labeling.job", job.pk)
    answer_all_asked(job, lambda row: say(truth_of(row.ordinal + (row.ordinal in wrong))))


def answer_rightly(job: Job) -> int:
    """Let people answer what they are asked now, and be right; return how many objects that are."""
    return answer_all_asked(job, lambda row: say(truth_of(row.ordinal)))


def job_of(batch: Batch, kind: str) -> Job:
    return Job.objects.get(batch=batch, kind=kind)


def advance_batch(batch: Batch, times: int = 4) -> None:
    """Run every chore of a batch that is due, several times over, as the cluster would."""
    for _ in range(times):
        running = Job.objects.filter(batch=batch, done_at=None).exclude(state="Completed").order_by("position").first()
        if running is not None:
            work.advance("labeling.job", running.pk)
        for chunk in FeatureChunk.objects.filter(batch=batch, done_at=None):
            work.advance("labeling.featurechunk", chunk.pk)
        for run in LoopRun.objects.filter(job__batch=batch, done_at=None):
            work.advance("labeling.looprun", run.pk)


def words_of(batch: Batch) -> dict[int, str]:
    """Return what each object's current label says, by ordinal."""
    found = DataObject.objects.filter(batch=batch, labels__state__in=("proposed", "flagged", "confirmed"))
    return {ordinal: list(WORDS)[payload] for ordinal, payload in found.values_list("ordinal", "labels__payload")}
