"""Who may not look at labels again: who may not make them."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from groundtruth import clock
from labeling.models import Job, StepKind, WorkerPause
from labeling.models.jobs import BY_OTHERS, REWORK
from labeling.queries_courses import skill_of
from workforce.models import Qualification, Worker


def barred(job: Job) -> Q:
    """Return which workers are paused on the labelling that a job looks at again, or failed the test before it."""
    labelling = Job.objects.filter(batch=job.batch_id, attribute=job.attribute, kind__in=(StepKind.LABEL, REWORK))
    skill, now = skill_of(job.batch.project_id, job.attribute), clock.now()
    tried = Qualification.objects.filter(skill=skill, expires_at__gt=now, tries__gt=0, passed_at=None)
    paused = WorkerPause.objects.filter(job__in=labelling, lifted_at=None)
    mine = {"worker": OuterRef("pk")}
    has_test = Exists(labelling.filter(test_tasks__gt=0))
    return Q(Exists(paused.filter(**mine))) | (Q(has_test) & Q(Exists(tried.filter(**mine))))


def is_barred(worker_id: int, job: Job) -> bool:
    """Tell whether a worker is handed nothing of a job of others. One statement there, none in any other job."""
    return job.kind in BY_OTHERS and Worker.objects.filter(barred(job), pk=worker_id).exists()
