"""Tables of the app `batches`: what goes in, what comes out, how far it is."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from batches.states import BATCH, DELIVERY, MANIFEST, BatchState
from groundtruth.ids import public_id
from groundtruth.work import WorkRow
from projects.models import DataGrant, LabelSchema, Pausable, Project, Stage
from projects.models.project import pause_constraints


class BatchQuerySet(models.QuerySet["Batch"]):
    def for_user(self, user: Any) -> BatchQuerySet:
        return self if user.is_staff else self.filter(project__organization__memberships__user=user)


class Batch(Pausable):
    """The objects a customer hands over together. Its counters move in the transaction that moves what they count."""

    MACHINE = BATCH

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="batches")
    schema = models.ForeignKey(LabelSchema, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    slug = models.SlugField(max_length=80)
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    name = models.CharField(_("batch name"), max_length=63)
    description = models.TextField(_("batch description"), max_length=2000, blank=True)
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.PILOT)
    input_uri = models.CharField(_("location of the input data"), max_length=1100)
    output_uri = models.CharField(_("location for the output data"), max_length=1100)
    state = models.CharField(
        _("status"), max_length=40, choices=BatchState.choices, default=BatchState.REQUEST_SUBMITTED, editable=False
    )
    state_since = models.DateTimeField(auto_now_add=True)
    failure = models.CharField(max_length=500, blank=True, editable=False)  # why the transfer failed
    closed_reason = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    round = models.PositiveSmallIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    total = models.PositiveIntegerField(default=0, editable=False)
    failed = models.PositiveIntegerField(default=0, editable=False)
    auto = models.PositiveIntegerField(default=0, editable=False)
    human = models.PositiveIntegerField(default=0, editable=False)
    verified = models.PositiveIntegerField(default=0, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    to_review = models.PositiveIntegerField(default=0, editable=False)
    with_feedback = models.PositiveIntegerField(default=0, editable=False)
    bad_lines = models.PositiveIntegerField(default=0, editable=False)
    size_bytes = models.PositiveBigIntegerField(default=0, editable=False)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.UniqueConstraint(F("project"), models.functions.Lower("name"), name="batch_name_once"),
            models.UniqueConstraint(fields=["project", "slug"], name="batch_slug_once"),
            models.CheckConstraint(condition=Q(total__gte=F("done") + F("failed")), name="batch_counts_add_up"),
            models.CheckConstraint(condition=Q(done=F("human") + F("auto")), name="batch_done_by_whom"),
            models.CheckConstraint(condition=Q(state__in=BatchState.values), name="batch_state"),
            *pause_constraints("batch"),
        ]
        indexes = [models.Index(fields=["state", "state_since"], name="batch_by_state")]

    def __str__(self) -> str:
        return self.name

    @property
    def remaining(self) -> int:
        return self.total - self.done - self.failed


class Manifest(WorkRow):
    """One input list and the cursor of the chore that reads it. Offset and line only move by `WHERE offset = old`."""

    MACHINE = MANIFEST

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="manifests")
    direction = models.CharField(max_length=3, default="in")
    uri = models.CharField(max_length=1100)
    etag = models.CharField(max_length=200, blank=True)
    made = models.BooleanField(default=False)  # by us, from a prefix
    ordinal = models.PositiveIntegerField(default=0)  # objects inserted so far
    line = models.PositiveIntegerField(default=0)  # lines read so far
    offset = models.PositiveBigIntegerField(default=0)  # bytes read so far
    size = models.PositiveBigIntegerField(default=0)
    checked = models.PositiveIntegerField(default=0)  # objects whose reference was looked at
    state = models.CharField(max_length=10, default="waiting", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "direction", "uri", "etag"], name="manifest_once")]

    def __str__(self) -> str:
        return self.uri


class BadLine(models.Model):
    """A line of a manifest that is no object, with its number and the reason."""

    manifest = models.ForeignKey(Manifest, on_delete=models.CASCADE, related_name="bad_lines")
    number = models.PositiveIntegerField()
    reason = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["manifest", "number"], name="bad_line_once")]

    def __str__(self) -> str:
        return f"line {self.place}: {self.reason}" if self.place else self.reason

    @property
    def place(self) -> str:
        """The number of the line; empty in a manifest that we made, whose reasons name file and line themselves."""
        return "" if self.manifest.made else f"{self.number:,}"


# The reason of an object that a job's limit left out. The sentence itself is the mark: why an object has no label
# stands in one column, and a mark beside it could contradict that. It stands here, where those who write it and those
# who read it see it, and it stays as it is: rows carry it.
SPENT = "Neither people nor the machine labelled it: the job had labelled as many objects as it may."


class DataObjectQuerySet(models.QuerySet["DataObject"]):
    def mendable(self) -> DataObjectQuerySet:
        """Those that failed for a reason that trying again may mend: a limit that is reached is none."""
        return self.exclude(failure="").exclude(failure=SPENT)  # apart: the first is the condition of an index


class DataObject(models.Model):
    """One item to label, with its manifest line as read."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="data_objects")
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    ordinal = models.PositiveIntegerField()  # from 0, the place among the batch's objects
    line_number = models.PositiveIntegerField(default=0)  # from 1, the place in the manifest
    line = models.TextField()
    source_ref = models.CharField(max_length=1100, blank=True)
    source_text = models.TextField(blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    width = models.PositiveIntegerField(db_default=0)  # of a picture as stored, pixels; 0 where it is none
    height = models.PositiveIntegerField(db_default=0)
    depth = models.PositiveSmallIntegerField(db_default=0)  # channels
    dedup_id = models.CharField(max_length=1024, null=True, blank=True)
    failure = models.CharField(max_length=300, blank=True)  # why it has no label: the input's fault, or nobody answered
    done_by = models.CharField(max_length=5, blank=True)  # human, auto: how it was first completed
    sample_round = models.PositiveSmallIntegerField(null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DataObjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "ordinal"], name="object_ordinal_once"),
            models.UniqueConstraint(fields=["batch", "dedup_id"], name="object_dedup_once"),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=False)
                | (Q(source_ref="") & ~Q(source_text=""))
                | (~Q(source_ref="") & Q(source_text="")),
                name="object_one_source",
            ),
            models.CheckConstraint(condition=Q(failure="") | Q(done_by=""), name="object_failed_or_done"),
        ]
        indexes = [
            models.Index(fields=["batch", "ordinal"], condition=~Q(failure=""), name="object_failed"),
            models.Index(fields=["batch", "sample_round", "ordinal"], name="object_sample"),
        ]

    def __str__(self) -> str:
        return self.source_ref or self.source_text[:60]


class Review(WorkRow):
    """The feedback of one round, sent all at once; a chore stores it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="reviews")
    round = models.PositiveSmallIntegerField()
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "round"], name="review_once")]

    def __str__(self) -> str:
        return f"{self.batch}, round {self.round}"


class BatchDecision(models.Model):
    """Accepted or rejected: once a round, never undone."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="decisions")
    round = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8, choices=[("accept", _("accept")), ("reject", _("reject"))])
    reason = models.TextField(blank=True, max_length=4000)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "round"], name="decision_once")]

    def __str__(self) -> str:
        return f"{self.batch}, round {self.round}: {self.verdict}"


class Verdict(models.TextChoices):
    NONE = "", _("no verdict")
    RIGHT = "right", _("right")
    WRONG = "wrong", _("wrong")


class ObjectFeedback(models.Model):
    """What one member says of one object in one round, kept as typed. While the batch runs it is a comment."""

    data_object = models.ForeignKey(DataObject, on_delete=models.CASCADE, related_name="feedback")
    round = models.PositiveSmallIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=5, choices=Verdict.choices, blank=True)
    comment = models.TextField(blank=True, max_length=4000)
    updated_at = models.DateTimeField(auto_now=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_object", "round", "author"], name="feedback_once"),
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="feedback_verdict"),
        ]

    def __str__(self) -> str:
        return self.comment[:60] or self.verdict


class BatchDay(models.Model):
    """What one day brought to a batch: the source of every chart."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    human = models.PositiveIntegerField(default=0)  # objects first completed by people
    auto = models.PositiveIntegerField(default=0)
    failed = models.IntegerField(default=0)  # below 0 where a retry took failures of an earlier day back
    labels = models.PositiveIntegerField(default=0)  # answers stored
    seconds = models.FloatField(default=0)  # of work behind them
    agreement = models.FloatField(default=0)  # sum over `agreed` objects, each 0..1
    agreed = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "day"], name="batch_day_once")]
        indexes = [models.Index(fields=["day"], name="batch_day_by_day")]

    def __str__(self) -> str:
        return f"{self.batch} on {self.day}"


class Delivery(WorkRow):
    """One writing of a batch's result. The manifest appears last, complete or not at all."""

    MACHINE = DELIVERY

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="deliveries")
    round = models.PositiveSmallIntegerField()
    grant = models.ForeignKey(DataGrant, null=True, on_delete=models.SET_NULL, related_name="+")
    prefix = models.CharField(max_length=1100)  # s3 uri of the folder
    written = models.PositiveIntegerField(default=0)  # objects whose answers lie there: the cursor
    sha256 = models.CharField(max_length=64, blank=True)
    receipt = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, default="waiting", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["batch", "round"], name="delivery_once")]

    def __str__(self) -> str:
        return self.prefix


class Upload(models.Model):
    """A file that a browser sends in parts into the project's own prefix; it may stop and go on."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    folder = models.SlugField(max_length=80)
    name = models.CharField(max_length=300)
    size = models.PositiveBigIntegerField()
    fingerprint = models.CharField(max_length=64)  # of name, size and time in the browser: finds the upload again
    uri = models.CharField(max_length=1100)
    handle = models.CharField(max_length=1100)  # the store's own name for the parts so far
    received = models.PositiveBigIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "folder", "name"], name="upload_once"),
            models.CheckConstraint(condition=Q(received__lte=F("size")), name="upload_received"),
        ]

    def __str__(self) -> str:
        return self.name
