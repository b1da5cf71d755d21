"""What objects still need from people, and who holds what."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from batches.models import DataObject
from groundtruth.ids import public_id, submit_key
from labeling.models.jobs import Job
from labeling.states import ASSIGNMENT, GOLD, TASK
from workforce.models import Worker


class TaskQuerySet(models.QuerySet["Task"]):
    def claimable(self, job_id: int) -> TaskQuerySet:
        """Return the tasks of a job that can be claimed now."""
        return self.filter(job=job_id, state="open", open_slots__gt=0)

    def for_labels(self) -> TaskQuerySet:
        """Leave out the tasks whose answer is known."""
        return self.exclude(state=GOLD)

    def new_to(self, worker_id: int) -> TaskQuerySet:
        """Keep the tasks whose objects this worker has never answered under the job's attribute."""
        return self.filter(~answered_before(worker_id))


def answered_before(worker_id: int) -> Exists:
    """Return whether a worker has answered a task's object under its job's attribute, in that job or another, or
    was handed it as one whose answer is known.
    """
    answered = Assignment.objects.filter(
        task__data_object=OuterRef("data_object"),
        task__job__attribute=OuterRef("job__attribute"),
        worker=worker_id,
    )
    return Exists(answered.filter(Q(submitted_at__isnull=False) | Q(task__state=GOLD)))


class Task(models.Model):
    """What one object needs from people in one job. `open_slots` is what can still be claimed."""

    MACHINE = TASK

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="tasks")
    data_object = models.ForeignKey(DataObject, on_delete=models.CASCADE, related_name="tasks")
    round = models.PositiveSmallIntegerField(default=1)  # 2 and more: tried again; 0: the answer is known
    state = models.CharField(max_length=12, default="waiting", editable=False)
    wanted = models.PositiveSmallIntegerField()
    open_slots = models.PositiveSmallIntegerField()
    answers = models.PositiveSmallIntegerField(default=0)
    declines = models.PositiveSmallIntegerField(default=0)
    priority = models.SmallIntegerField(default=0)  # lower first
    task_input = models.JSONField(null=True, blank=True, editable=False)  # from the pre-annotation function
    # What the machine proposes, as an answer: the tool begins with it, or nobody is shown it, by lot (prelabelling.py).
    # Two columns, so that what hands tasks out never reads what it must not show.
    proposal = models.JSONField(null=True, blank=True, editable=False)
    withheld = models.JSONField(null=True, blank=True, editable=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "data_object", "round"], name="task_once"),
            models.CheckConstraint(condition=Q(open_slots__lte=F("wanted")), name="task_open_slots"),
            models.CheckConstraint(condition=Q(answers__lte=F("wanted")), name="task_answers"),
            models.CheckConstraint(
                condition=Q(proposal__isnull=True) | Q(withheld__isnull=True), name="task_proposal_or_withheld"
            ),
        ]
        indexes = [
            models.Index(
                fields=["job", "priority", "id"], condition=Q(state="open", open_slots__gt=0), name="task_claimable"
            ),
            models.Index(fields=["job", "id"], condition=Q(state="waiting"), name="task_waiting"),
            models.Index(fields=["job", "opened_at"], condition=Q(state="open"), name="task_open"),
            models.Index(fields=["job", "id"], condition=Q(state="answered"), name="task_answered"),
            models.Index(fields=["job", "id"], condition=Q(state=GOLD), name="task_gold"),
        ]

    def __str__(self) -> str:
        return f"task {self.pk} of {self.job_id}"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def for_labels(self) -> AssignmentQuerySet:
        """Leave out the turns at tasks whose answer is known."""
        return self.exclude(task__state=GOLD)


class Assignment(models.Model):
    """One worker's turn at one task. `submit_key` makes a repeated submit harmless."""

    MACHINE = ASSIGNMENT

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    worker = models.ForeignKey(Worker, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=10, default="held", editable=False)
    place = models.PositiveSmallIntegerField(default=0)  # 0 on screen, 1 fetched ahead
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    submit_key = models.CharField(max_length=40, unique=True, default=submit_key, editable=False)
    claimed_at = models.DateTimeField()
    shown_at = models.DateTimeField(null=True, blank=True)  # the timer starts here
    lease_until = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    paused_seconds = models.FloatField(default=0)
    submitted_at = models.DateTimeField(null=True, blank=True)
    seconds = models.FloatField(default=0)  # active time, measured by the server
    test_number = models.PositiveSmallIntegerField(null=True, blank=True)  # from 1, of a test before the work
    reason = models.CharField(max_length=500, blank=True)  # of a decline or a rejection, or what its page reported
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "worker"], name="assignment_once"),
            models.UniqueConstraint(fields=["worker", "place"], condition=Q(state="held"), name="assignment_place"),
        ]
        indexes = [
            models.Index(fields=["lease_until"], condition=Q(state__in=["held", "stopped"]), name="assignment_leases"),
            models.Index(fields=["worker", "submitted_at"], name="assignment_history"),
        ]

    def __str__(self) -> str:
        return f"{self.worker_id} on task {self.task_id}"
