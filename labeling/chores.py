"""Chores of the app `labeling`."""

from batches import delivery as delivery_writer
from batches.models import Delivery
from groundtruth.work import advances
from labeling import queries
from labeling.models import Job, LoopRun
from labeling.services import claiming, consolidating, delivering, jobs, releasing


@advances(Job)
def drive_job(job: Job) -> bool:
    return jobs.drive(job)


@advances(LoopRun)
def finish_job(run: LoopRun) -> bool:
    if not jobs.may_run(run.job):
        return False
    consolidating.write_final_labels(run)
    jobs.complete(run.job)
    return True


@advances(Delivery, gave_up=delivery_writer.give_up)
def deliver(delivery: Delivery) -> bool:
    return delivering.deliver(delivery)


def expire() -> int:
    """Take back what was held too long, end what waited too long. Every minute."""
    running = queries.workable(Job.objects.select_related("batch__project").defer("skills"))
    return sum(releasing.lapse(job) for job in running) + claiming.expire()
