"""The design of the work on a project, and the labelling jobs made from it."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from batches.models import Batch
from groundtruth.ids import public_id
from groundtruth.work import WorkRow
from labeling.states import JOB
from projects.models import LabelSchema, Organization, Project
from projects.task_types import Schema
from workforce.models import Team

LEAST_ANSWERS = 10  # below, an interval tells nothing that somebody should be paused for
MOST_GOLD = 50  # per cent of the tasks that a worker is handed
MOST_EXAMPLES, MOST_TEST = 20, 50
SHARE = [MinValueValidator(0.5), MaxValueValidator(0.999)]


class StepKind(models.TextChoices):
    """What a step of the design is for."""

    LABEL = "label", _("people label")
    VALIDATE = "validate", _("rules look at the labels")  # without people
    VERIFY = "verify", _("others label what was found")
    ADJUST = "adjust", _("others mend what was found")


BY_OTHERS = (StepKind.VERIFY, StepKind.ADJUST)  # people who have not answered the object before
REWORK = "rework"  # the kind of a job, beside those of steps: a new round on what the customer called wrong
JOB_KINDS = [*StepKind.choices, (REWORK, _("rework"))]


class JobSettings(models.Model):
    """What operations decide about a job; a step is the design, a job its frozen copy."""

    task_type = models.SlugField(_("what people do"), max_length=60)
    attribute = models.CharField(_("label attribute"), max_length=127)
    title = models.CharField(_("title that workers see"), max_length=128)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="+")
    workers_each = models.PositiveSmallIntegerField(
        _("workers an object"), default=3, validators=[MinValueValidator(1), MaxValueValidator(9)]
    )
    most_workers = models.PositiveSmallIntegerField(_("workers an object at most"), null=True, blank=True)
    sure_at = models.FloatField(_("share of sureness at which no more are asked"), default=0.95, validators=SHARE)
    seconds = models.PositiveIntegerField(
        _("time limit of a task, seconds"),
        default=300,
        validators=[MinValueValidator(30), MaxValueValidator(2_592_000)],
    )
    open_at_once = models.PositiveIntegerField(
        _("objects open at once"), default=1000, validators=[MinValueValidator(1), MaxValueValidator(5000)]
    )
    lifetime_seconds = models.PositiveIntegerField(_("time a task waits for people, seconds"), default=864_000)
    options = models.JSONField(_("options of the task type"), default=dict, blank=True)
    template = models.TextField(_("own template"), blank=True, max_length=128_000)  # empty: the task type's
    pre_function = models.CharField(_("pre-annotation function"), max_length=140, blank=True)
    post_function = models.CharField(_("post-annotation function"), max_length=140, blank=True)
    read_first = models.BooleanField(_("new instructions are opened before the first task"), default=False)
    deter_saving = models.BooleanField(_("make saving the object harder"), default=False)
    machine_labels = models.BooleanField(_("the machine labels what it is sure of"), default=False)
    target = models.FloatField(_("share of machine labels that is right"), default=0.95, validators=SHARE)
    probability = models.FloatField(_("probability that this share is kept"), default=0.95, validators=SHARE)
    most_human = models.PositiveIntegerField(_("objects that people label at most"), null=True, blank=True)
    most_percent = models.PositiveSmallIntegerField(_("objects labelled at most, %"), null=True, blank=True)
    answer_price = models.DecimalField(
        _("what a person's answer costs"), max_digits=9, decimal_places=3, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    most_cost = models.DecimalField(_("cost of people at most"), max_digits=12, decimal_places=2, null=True, blank=True)
    checked_labels = models.PositiveSmallIntegerField(_("machine labels that people check at the end"), default=0)
    prelabel = models.BooleanField(_("people see what the machine proposes and correct it"), default=False)
    model_joins = models.BooleanField(_("a model's opinion counts beside people's answers"), default=False)
    most_flagged = models.PositiveSmallIntegerField(_("labels that others look at again at most, %"), default=10)
    least_right = models.FloatField(  # null: nobody is paused by the rule
        _("share of right answers below which a worker is paused"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0.5), MaxValueValidator(0.99)],
    )
    least_answers = models.PositiveSmallIntegerField(
        _("answers compared before a worker may be paused"), default=30, validators=[MinValueValidator(LEAST_ANSWERS)]
    )
    gold_percent = models.PositiveSmallIntegerField(_("tasks whose answer is known, %"), default=0)
    gold_feedback = models.BooleanField(_("people are told after a miss"), default=False)
    course_examples = models.PositiveSmallIntegerField(_("explained examples before the first task"), default=0)
    test_tasks = models.PositiveSmallIntegerField(_("tasks of the test before the work"), default=0)  # 0: no test
    test_right = models.FloatField(_("share of the test that has to be right"), default=0.8)

    class Meta:
        abstract = True


STEP_FIELDS = tuple(field.attname for field in JobSettings._meta.local_fields)  # what a step gives its job


def settings_constraints(name: str) -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(workers_each__range=(1, 9)), name=f"{name}_workers_each"),
        models.CheckConstraint(condition=Q(open_at_once__range=(1, 5000)), name=f"{name}_open_at_once"),
        models.CheckConstraint(
            condition=Q(most_workers=None) | Q(most_workers__gte=F("workers_each"), most_workers__lte=9),
            name=f"{name}_most_workers",
        ),
        models.CheckConstraint(condition=Q(sure_at__range=(0.5, 0.999)), name=f"{name}_sure_at"),
        models.CheckConstraint(condition=Q(target__range=(0.5, 0.999)), name=f"{name}_target"),
        models.CheckConstraint(condition=Q(probability__range=(0.5, 0.999)), name=f"{name}_probability"),
        models.CheckConstraint(
            condition=Q(most_percent=None) | Q(most_percent__range=(1, 100)), name=f"{name}_most_percent"
        ),
        models.CheckConstraint(
            condition=Q(most_cost=None) | Q(most_cost__gte=0, answer_price__gt=0), name=f"{name}_most_cost"
        ),
        models.CheckConstraint(condition=Q(most_flagged__range=(1, 100)), name=f"{name}_most_flagged"),
        models.CheckConstraint(
            condition=Q(least_right=None) | Q(least_right__range=(0.5, 0.99)), name=f"{name}_least_right"
        ),
        models.CheckConstraint(condition=Q(least_answers__gte=LEAST_ANSWERS), name=f"{name}_least_answers"),
        models.CheckConstraint(condition=Q(gold_percent__range=(0, MOST_GOLD)), name=f"{name}_gold_percent"),
        models.CheckConstraint(condition=Q(course_examples__range=(0, MOST_EXAMPLES)), name=f"{name}_course_examples"),
        models.CheckConstraint(condition=Q(test_tasks__range=(0, MOST_TEST)), name=f"{name}_test_tasks"),
        models.CheckConstraint(condition=Q(test_right__range=(0.5, 1)), name=f"{name}_test_right"),
    ]


class WorkflowStep(JobSettings):
    """One step of the design that operations make once for a project."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(_("what it is for"), max_length=10, default=StepKind.LABEL, choices=StepKind.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="step_once"),
            models.CheckConstraint(condition=Q(kind__in=StepKind.values), name="step_kind"),
            *settings_constraints("step"),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.title}"


class Job(WorkRow, JobSettings):
    """One labelling job on a batch. Its chore drives it: makes tasks, opens them, settles answers, ends."""

    MACHINE = JOB

    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="jobs")
    schema = models.ForeignKey(LabelSchema, on_delete=models.PROTECT, related_name="+")
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    name = models.CharField(max_length=63)
    position = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1)  # of the batch that it works for
    kind = models.CharField(max_length=10, default=StepKind.LABEL, choices=JOB_KINDS)
    state = models.CharField(max_length=14, default="Initializing", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    planned = models.PositiveIntegerField(default=0, editable=False)  # tasks made, by the cursor below
    planned_to = models.IntegerField(default=-1, editable=False)  # last object ordinal that got its task
    ended = models.PositiveIntegerField(default=0, editable=False)  # tasks done, failed, expired or cancelled
    skills = models.JSONField(default=dict, blank=True, editable=False)  # of its workers, as last fitted
    skills_from = models.PositiveIntegerField(default=0, editable=False)  # answers that the skills were fitted on
    has_pauses = models.BooleanField(default=False, editable=False)  # somebody was ever paused: else none is looked for
    watched_to = models.PositiveIntegerField(default=0, editable=False)  # tasks ended when the rule last looked
    below = models.PositiveIntegerField(default=0, editable=False)  # people it would pause, and does not: too many
    hook_failures = models.PositiveIntegerField(default=0, editable=False)  # calls of its functions that failed
    machine_note = models.TextField(blank=True, editable=False)  # why people label all, or what is left, of it
    hook_error = models.TextField(blank=True, editable=False)  # what the last of them said

    class Meta:
        constraints = [
            models.UniqueConstraint(models.F("organization"), models.functions.Lower("name"), name="job_name_once"),
            models.UniqueConstraint(fields=["batch", "position"], name="job_position_once"),
            models.CheckConstraint(condition=Q(kind__in=[kind for kind, _title in JOB_KINDS]), name="job_kind"),
            *settings_constraints("job"),
        ]
        indexes = [models.Index(fields=["team", "state"], name="job_for_team")]

    def __str__(self) -> str:
        return self.name

    @property
    def shows_proposals(self) -> bool:
        """Whether the tool may begin with an answer: what the machine proposes, or the label that is to be mended."""
        return self.prelabel or self.kind == StepKind.ADJUST

    @property
    def asks_first(self) -> bool:
        """Whether people do a course or a test before they work."""
        return bool(self.course_examples or self.test_tasks)

    @property
    def asks(self) -> Schema:
        """What task types take: the categories and options of this job."""
        return Schema(tuple(self.schema.categories), self.options)
