"""What for: a project, the categories it labels with, its price."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groundtruth.ids import public_id
from projects.models.accounts import Organization
from projects.states import PROJECT, ProjectState


class Stage(models.TextChoices):
    PILOT = "pilot", _("Pilot")
    PRODUCTION = "production", _("Production")


class Modality(models.TextChoices):
    TEXT = "text", _("Text")
    IMAGE = "image", _("Image")
    VIDEO = "video", _("Video")
    AUDIO = "audio", _("Audio")
    POINT_CLOUD = "point_cloud", _("3D point cloud")
    CUSTOM = "custom", _("Custom")


class Wish(models.TextChoices):
    """Which people the customer wishes for; operations decide (spec/portal.md 11)."""

    ANY = "any", _("Leave it to you")
    OWN = "own", _("The operator's own people")
    VENDOR = "vendor", _("Certified vendors")
    MIX = "mix", _("A mix of both")


class MachineWish(models.TextChoices):
    """Whether the customer wants automated labelling; operations start it, and never against a refusal."""

    ANY = "any", _("Leave it to you")
    ASK = "ask", _("Yes: a model labels what it is sure of")
    REFUSE = "refuse", _("No: people label everything")


class Pausable(models.Model):
    """A row that is paused and resumed at the customer's wish, which is kept here until operations settle it."""

    state_before_pause = models.CharField(max_length=40, blank=True, editable=False)
    ask = models.CharField(
        max_length=6, blank=True, editable=False, choices=[("pause", _("pause")), ("resume", _("resume"))]
    )
    ask_reason = models.CharField(max_length=500, blank=True, editable=False)
    ask_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        abstract = True


def pause_constraints(name: str) -> list[models.BaseConstraint]:
    """Return the checks of a pausable table: the state before is kept just while paused, an ask has its time."""
    paused, none = Q(state="paused"), Q(state_before_pause="")
    return [
        models.CheckConstraint(condition=(paused & ~none) | (~paused & none), name=f"{name}_state_before_pause"),
        models.CheckConstraint(
            condition=Q(ask="", ask_at=None) | (~Q(ask="") & Q(ask_at__isnull=False)), name=f"{name}_ask"
        ),
    ]


class ProjectQuerySet(models.QuerySet["Project"]):
    def for_user(self, user: Any) -> ProjectQuerySet:
        """Return what this person may see: all for operations, else their organizations' projects."""
        return self if user.is_staff else self.filter(organization__memberships__user=user)


class Project(Pausable):
    """One engagement: the request form as sent, then its way through the ten statuses."""

    MACHINE = PROJECT

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="projects")
    slug = models.SlugField(max_length=80)
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    # the request form
    title = models.CharField(_("project name"), max_length=120)
    description = models.TextField(_("project description"), max_length=4000)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    contact_email = models.EmailField(_("business e-mail address"))
    modality = models.CharField(_("task type"), max_length=12, choices=Modality.choices)
    task_type = models.SlugField(_("what people do"), max_length=60)
    categories = models.JSONField(_("categories"), default=list, blank=True)
    guideline_key = models.CharField(
        max_length=400, blank=True, editable=False
    )  # s3 uri of the file sent with the request
    guideline_name = models.CharField(max_length=200, blank=True, editable=False)
    objects_expected = models.PositiveIntegerField(_("how many objects"), null=True, blank=True)
    target = models.PositiveSmallIntegerField(_("wanted accuracy, %"), null=True, blank=True)
    turnaround_days = models.PositiveSmallIntegerField(_("wanted within, days"), null=True, blank=True)
    languages = models.CharField(_("languages"), max_length=200, blank=True)
    wish = models.CharField(_("workforce"), max_length=8, choices=Wish.choices, default=Wish.ANY)
    machine_wish = models.CharField(
        _("automated labelling"), max_length=8, choices=MachineWish.choices, default=MachineWish.ANY
    )
    contains_pii = models.BooleanField(_("contains personal data"), null=True)
    places = models.JSONField(default=dict, blank=True, editable=False)  # s3 addresses stated: {"in": […], "out": […]}
    attested_by = models.CharField(max_length=254, editable=False)  # no PHI, PCI or FedRAMP data: who said so, and when
    attested_at = models.DateTimeField(editable=False)

    # where it stands
    stage = models.CharField(max_length=10, choices=Stage.choices, default=Stage.PILOT)
    state = models.CharField(
        _("status"),
        max_length=40,
        choices=ProjectState.choices,
        default=ProjectState.REVIEW_IN_PROGRESS,
        editable=False,
    )
    state_since = models.DateTimeField(auto_now_add=True)
    closed_reason = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    # what operations add
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    consultation_at = models.DateTimeField(_("consultation"), null=True, blank=True)
    consultation_notes = models.TextField(_("notes of the consultation"), blank=True)
    sample_percent = models.PositiveSmallIntegerField(_("review sample, %"), default=5)
    retention_days = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "slug"], name="project_slug_once"),
            models.UniqueConstraint(
                models.F("organization"), models.functions.Lower("title"), name="project_title_once"
            ),
            models.CheckConstraint(condition=Q(state__in=ProjectState.values), name="project_state"),
            models.CheckConstraint(condition=Q(sample_percent__range=(0, 100)), name="project_sample_percent"),
            *pause_constraints("project"),
        ]
        indexes = [models.Index(fields=["state", "state_since"], name="project_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def prefix(self) -> str:
        """The project's own prefix in our bucket, which no other project's grant covers."""
        return f"{self.organization.slug}/{self.slug}/"


class LabelSchema(models.Model):
    """The categories and instructions of a project, by version; frozen once a batch refers to it."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="schemas")
    version = models.PositiveIntegerField()
    categories = models.JSONField(default=list)  # names, in order: a category's id is its place
    short_instructions = models.TextField(blank=True, max_length=10_000)
    full_instructions = models.TextField(blank=True, max_length=100_000)
    good_example = models.CharField(max_length=1100, blank=True)  # s3 uri
    good_caption = models.CharField(max_length=300, blank=True)
    bad_example = models.CharField(max_length=1100, blank=True)
    bad_caption = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="schema_version_once")]

    def __str__(self) -> str:
        return f"{self.project}, version {self.version}"


class Quote(models.Model):
    """A price an object, in minor units of its currency; the customer accepts it by name and time."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="quotes")
    number = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    price = models.PositiveIntegerField(_("price an object, minor units"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    accepted_name = models.CharField(max_length=120, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="quote_number_once"),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_name="") | (Q(accepted_at__isnull=False) & ~Q(accepted_name="")),
                name="quote_acceptance",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.price / 100:.2f}"
