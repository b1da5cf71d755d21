"""Raw answers, the one label that they make, and the runs that fit a whole job."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from batches.models import DataObject
from groundtruth.work import WorkRow
from labeling.models.jobs import Job
from labeling.models.tasks import Assignment
from labeling.states import GOLD, LABEL

AUTHORS = [("human", _("people")), ("auto", _("machine"))]


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def for_labels(self) -> AnnotationQuerySet:
        """Leave out what people said of objects whose answer is known: it makes no label and counts nowhere."""
        return self.exclude(assignment__task__state=GOLD)


class Annotation(models.Model):
    """One raw answer, as the element gave it."""

    data_object = models.ForeignKey(DataObject, on_delete=models.CASCADE, related_name="annotations")
    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, related_name="annotation")
    payload = models.JSONField()
    blob_key = models.CharField(max_length=1100, blank=True)
    confidence = models.FloatField(null=True, blank=True)
    discarded = models.CharField(max_length=20, blank=True, default="", editable=False)  # why it does not count: a code
    discard_numbers = models.JSONField(default=dict, blank=True, editable=False)  # the figures of the code's words
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["assignment"], condition=~Q(discarded=""), name="annotation_discarded"),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk}"


class Label(models.Model):
    """The answer for an object under one attribute, by revision; all but the newest are superseded."""

    MACHINE = LABEL

    data_object = models.ForeignKey(DataObject, on_delete=models.CASCADE, related_name="labels")
    attribute = models.CharField(max_length=127)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="labels")
    payload = models.JSONField()
    blob_key = models.CharField(max_length=1100, blank=True)
    confidence = models.FloatField()
    method = models.CharField(max_length=40)
    author_kind = models.CharField(max_length=5, default="human", choices=AUTHORS)
    revision = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, default="proposed", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["data_object", "attribute"], condition=~Q(state="superseded"), name="label_current_once"
            ),
            models.UniqueConstraint(fields=["data_object", "attribute", "revision"], name="label_revision_once"),
            models.CheckConstraint(condition=Q(confidence__range=(0, 1)), name="label_confidence"),
            models.CheckConstraint(condition=Q(author_kind__in=["human", "auto"]), name="label_author"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of object {self.data_object_id}"


class RunKind(models.TextChoices):
    """What a run of a job is for."""

    LEARN = "learn", _("learn and choose")
    LAST = "last", _("last fit")
    CHECK = "check", _("rules look at the labels")


class LoopRun(WorkRow):
    """One fit on a whole job. The last one, with or without a model, writes the final revisions.

    A run that learns holds in `report` what it decided, once; `blob_key` is where its model and its proposals lie. One
    that checks holds there how many labels the rules looked at, from which severity on, and what went wrong.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="loop_runs")
    iteration = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=5, default=RunKind.LAST, choices=RunKind.choices)
    report = models.JSONField(default=dict, blank=True, editable=False)
    blob_key = models.CharField(max_length=1100, blank=True, editable=False)
    settled_to = models.IntegerField(default=-1)  # last object ordinal whose final label is written: the cursor
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "iteration"], name="loop_run_once")]

    def __str__(self) -> str:
        return f"{self.job}, iteration {self.iteration}"
