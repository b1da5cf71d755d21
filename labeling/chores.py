"""Chores of the app `labeling`."""

from batches import delivery as delivery_writer
from batches.models import Delivery
from groundtruth import clock
from groundtruth.work import advances
from labeling import queries
from labeling.models import FeatureChunk, Job, JobAgreement, LoopRun, RunKind
from labeling.services import (
    claiming,
    consolidating,
    delivering,
    featuring,
    jobs,
    joining,
    looping,
    measuring,
    releasing,
    validating,
)


@advances(Job)
def drive_job(job: Job) -> bool:
    return jobs.drive(job)


def give_up_run(run: LoopRun, why: str) -> None:
    """Let a batch go on that the rules cannot look at; what else gave up waits for operations."""
    if run.kind == RunKind.CHECK and jobs.may_run(run.job):
        validating.give_up(run, why)
        jobs.complete(run.job)
        LoopRun.objects.filter(pk=run.pk).update(done_at=clock.now())


@advances(LoopRun, gave_up=give_up_run)
def finish_job(run: LoopRun) -> bool:
    if not jobs.may_run(run.job):
        return False
    if run.kind == RunKind.LEARN:
        return looping.learn(run)
    if run.kind == RunKind.CHECK:
        return jobs.check(run)
    if not joining.is_ready(run.job):
        return False  # the last chunk of features rings
    consolidating.write_final_labels(run)
    jobs.complete(run.job)
    return True


@advances(FeatureChunk)
def make_features(chunk: FeatureChunk) -> bool:
    featuring.make(chunk)
    featuring.wake(chunk)
    return True


@advances(JobAgreement)
def measure_agreement(row: JobAgreement) -> bool:
    measuring.measure(row)
    return True


@advances(Delivery, gave_up=delivery_writer.give_up)
def deliver(delivery: Delivery) -> bool:
    return delivering.deliver(delivery)


def expire() -> int:
    """Take back what was held too long, end what waited too long. Every minute."""
    running = queries.workable(Job.objects.select_related("batch__project").defer("skills"))
    return sum(releasing.lapse(job) for job in running) + claiming.expire()
