"""Tables of the app `workforce`."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groundtruth.ids import public_id
from projects.models import Organization, Project


class Tier(models.TextChoices):
    INTERNAL = "internal", _("Own people")
    VENDOR = "vendor", _("Vendor")
    PRIVATE = "private", _("Customer's own")
    PUBLIC = "public", _("Public crowd")


class Vendor(models.Model):
    """Who employs workers. The operator's own people are the one vendor of the internal tier in a region."""

    name = models.CharField(max_length=120, unique=True)
    tier = models.CharField(max_length=10, choices=Tier.choices)
    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    region = models.CharField(max_length=40, default="home")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["region"], condition=Q(tier="internal"), name="internal_vendor_once"),
            models.CheckConstraint(
                condition=Q(tier="private", organization__isnull=False) | (~Q(tier="private") & Q(organization=None)),
                name="private_vendor_has_customer",
            ),
            models.CheckConstraint(condition=Q(tier__in=Tier.values), name="vendor_tier"),
        ]

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "name"], name="team_name_once")]

    def __str__(self) -> str:
        return f"{self.vendor}: {self.name}"


class WorkerStatus(models.TextChoices):
    INVITED = "invited", _("Invited")
    ACTIVE = "active", _("Active")
    DISABLED = "disabled", _("Disabled")


class Worker(models.Model):
    """A person who labels. An active one has agreed to the non-disclosure terms."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="worker")
    vendor = models.ForeignKey(Vendor, on_delete=models.PROTECT, related_name="workers")
    teams = models.ManyToManyField(Team, related_name="workers", blank=True)
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    status = models.CharField(max_length=10, choices=WorkerStatus.choices, default=WorkerStatus.INVITED)
    keys = models.JSONField(default=dict, blank=True)  # the worker's own keys, by act
    languages = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, blank=True)
    nda_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="active") | Q(nda_at__isnull=False), name="active_worker_has_nda"
            ),
            models.CheckConstraint(condition=Q(status__in=WorkerStatus.values), name="worker_status"),
        ]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def wire_id(self) -> str:
        """The worker's id in delivered files: unique, and tells no name."""
        return f"private.{settings.GROUNDTRUTH_REGION}.{self.public_id}"


class StaffRole(models.TextChoices):
    LABELER = "labeler", _("Labeller")
    REVIEWER = "reviewer", _("Reviewer")
    AUDITOR = "auditor", _("Auditor")


class Staffing(models.Model):
    """A team set to work on a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="staffings")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="staffings")
    role = models.CharField(max_length=10, choices=StaffRole.choices, default=StaffRole.LABELER)
    weight = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "team", "role"], name="staffing_once")]

    def __str__(self) -> str:
        return f"{self.team} on {self.project}"


class WorkerQuality(models.Model):
    """How a worker's answers of one task type compared with the settled labels. Written by `record_quality` alone."""

    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="quality")
    task_type = models.SlugField(max_length=60)
    right = models.FloatField(default=0)  # sum of agreements, each 0..1
    seen = models.PositiveIntegerField(default=0)
    confusion = models.JSONField(default=dict, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "task_type"], name="quality_once"),
            models.CheckConstraint(condition=Q(right__gte=0) & Q(right__lte=models.F("seen")), name="quality_right"),
        ]

    def __str__(self) -> str:
        return f"{self.worker}, {self.task_type}"


class Qualification(models.Model):
    """How far a worker has come with the course and the test before a skill's work, and until when that holds.

    skill: a project and a label attribute, as `<project pk>/<attribute>`. drawn: the objects of the test that runs, or
    of the last one, in its order. missed: what went wrong in the last, as [category, wrong, of]. Written by
    labeling/services/qualifying.py alone.
    """

    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="qualifications")
    skill = models.CharField(max_length=160)
    course_at = models.DateTimeField(null=True, blank=True)  # all of it was read
    drawn = models.JSONField(default=list, blank=True)
    is_testing = models.BooleanField(default=False)
    tries = models.PositiveSmallIntegerField(default=0)  # tests that ended
    extra_tries = models.PositiveSmallIntegerField(default=0)  # that operations let them have
    right = models.FloatField(default=0)  # of the last test: sum of agreements, each 0..1
    seen = models.PositiveSmallIntegerField(default=0)
    score = models.FloatField(null=True, blank=True)
    missed = models.JSONField(default=list, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    waits_since = models.DateTimeField(null=True, blank=True)  # for operations, who decide
    passed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["worker", "skill"], name="qualification_once"),
            models.CheckConstraint(
                condition=Q(right__gte=0) & Q(right__lte=models.F("seen")), name="qualification_right"
            ),
            models.CheckConstraint(condition=Q(score=None) | Q(score__range=(0, 1)), name="qualification_score"),
            models.CheckConstraint(
                condition=Q(passed_at=None) | Q(is_testing=False, waits_since=None), name="qualification_passed"
            ),
        ]
        indexes = [
            models.Index(fields=["waits_since"], condition=Q(waits_since__isnull=False), name="qualification_waits")
        ]

    def __str__(self) -> str:
        return f"{self.worker}, {self.skill}"
