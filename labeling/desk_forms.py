"""The form of the workflow's set-up, begun with what the project has: its last design, else its request."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from labeling.desk_wishes import target_words, wished_target, wished_team
from labeling.models import WorkflowStep
from labeling.models.jobs import LEAST_ANSWERS, MOST_EXAMPLES, MOST_GOLD, MOST_TEST
from labeling.templating import SOURCE_LIMIT
from projects import task_types
from projects.acting import RowForm
from projects.models import LabelSchema, MachineWish, Project
from projects.task_types import Option, TaskType
from workforce.models import Staffing, Team

STEP_NAMES = (
    *("task_type", "title", "attribute", "workers_each", "most_workers", "sure_at", "seconds"),
    *("least_right", "least_answers"),
    *("read_first", "deter_saving"),
    *("template", "pre_function", "post_function"),
    *("machine_labels", "target", "probability", "checked_labels", "prelabel", "model_joins"),
    *("most_human", "most_percent", "answer_price", "currency", "most_cost"),
    *("gold_percent", "gold_feedback", "course_examples", "test_tasks", "test_right"),
)
COURSE = ("course_examples", "test_tasks", "test_right")
# Left empty, they are what a Design has.
USUAL = ("sure_at", "least_answers", "probability", "checked_labels", "currency", "gold_percent", *COURSE)
SEPARATOR = "/"  # between a type and its option, in a field's name


class PictureField(forms.FileField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"}), **kwargs)


class PercentField(forms.FloatField):
    """A share, written in per cent."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 50, "max_value": 99.9, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return round(value * 100, 1) if isinstance(value, float) else value

    def clean(self, value: Any) -> float | None:
        given = super().clean(value)
        return None if given is None else round(given / 100, 4)


def teams_for(project: Project) -> QuerySet[Team]:
    """Return the teams that may work for a project: the operator's, and the customer's own."""
    teams = Team.objects.filter(vendor__active=True).exclude(vendor__tier="private")
    own = Team.objects.filter(vendor__active=True, vendor__organization=project.organization_id)
    return (teams | own).select_related("vendor").order_by("vendor__name", "name")


class DesignForm(forms.Form):
    task_type = forms.ChoiceField(label=_("What people do"))
    categories = forms.CharField(
        label=_("Categories"),
        required=False,  # how many it takes, the task type says
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=_(
            "One a line, in the order that workers see. The first nine have digit keys. "
            "How many are needed stands under “The usual”."
        ),
    )
    title = forms.CharField(
        label=_("Title"), max_length=128, help_text=_("Workers see it above the task: a question is best.")
    )
    short_instructions = forms.CharField(
        label=_("Short instructions"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Always beside the task. An empty line begins a new paragraph."),
    )
    full_instructions = forms.CharField(
        label=_("Full instructions"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("Behind a button, for the first day and for doubts."),
    )
    good_image = PictureField(label=_("Good example"), help_text=_("PNG or JPEG, at most 5 MB."))
    good_caption = forms.CharField(label=_("What is good about it"), required=False, max_length=300)
    drop_good = forms.BooleanField(label=_("Take the good example away"), required=False)
    bad_image = PictureField(label=_("Bad example"), help_text=_("PNG or JPEG, at most 5 MB."))
    bad_caption = forms.CharField(label=_("What is wrong with it"), required=False, max_length=300)
    drop_bad = forms.BooleanField(label=_("Take the bad example away"), required=False)
    team = forms.ModelChoiceField(label=_("Team"), queryset=Team.objects.none(), empty_label=None)
    workers_each = forms.IntegerField(
        label=_("Workers an object"), min_value=1, max_value=9, help_text=_("More agree better and cost more: 1 to 9.")
    )
    most_workers = forms.IntegerField(
        label=_("Workers an object at most"),
        required=False,
        min_value=1,
        max_value=9,
        help_text=_("Where people differ, others are asked too, one by one. Empty: nobody is."),
    )
    sure_at = PercentField(
        label=_("Until the label is sure to, %"), required=False, help_text=_("Empty: 95 %. It needs a most.")
    )
    least_right = PercentField(
        label=_("Right answers at least, %"),
        max_value=99,
        required=False,
        help_text=_(
            "Who is surely right less often, by known answers, by customers’ reviews of earlier jobs of this kind or "
            "beside the labels of two workers or more, is paused on the job, told why, and may appeal. Empty: nobody "
            "is. Never more than half of a job’s people; regions are not compared."
        ),
    )
    least_answers = forms.IntegerField(
        label=_("Compared answers before that"),
        required=False,
        min_value=LEAST_ANSWERS,
        max_value=32_000,
        help_text=_("Of each worker, at least 10. Empty: 30."),
    )
    seconds = forms.IntegerField(label=_("Time limit of a task, seconds"), min_value=30, max_value=2_592_000)
    attribute = forms.CharField(
        label=_("Label attribute"),
        max_length=127,
        help_text=_("The key under which labels stand in the delivered manifest: letters, digits and hyphens."),
    )
    read_first = forms.BooleanField(
        label=_("New instructions are opened first"),
        required=False,
        help_text=_("Each worker opens the full instructions of a version before their first task with it."),
    )
    deter_saving = forms.BooleanField(
        label=_("Make saving harder"),
        required=False,
        help_text=_("No context menu, and a faint mark of the worker on the object. It deters; it cannot prevent."),
    )
    gold_percent = forms.IntegerField(
        label=_("Tasks whose answer is known, %"),
        required=False,
        min_value=0,
        max_value=MOST_GOLD,
        help_text=_(
            "Mixed in where nobody can tell them from others: they show how well people work, and count nowhere else. "
            "Which ones, the job’s page on the desk says. 0: none."
        ),
    )
    gold_feedback = forms.BooleanField(
        label=_("Tell people after a miss"),
        required=False,
        help_text=_("They read the right answer and why, at once. Else they read it when the job has ended."),
    )
    course_examples = forms.IntegerField(
        label=_("Explained examples before the first task"),
        required=False,
        min_value=0,
        max_value=MOST_EXAMPLES,
        help_text=_(
            "A course: people read the instructions, then known answers that have an explanation. 0: no course."
        ),
    )
    test_tasks = forms.IntegerField(
        label=_("Tasks of a test before the work"),
        required=False,
        min_value=0,
        max_value=MOST_TEST,
        help_text=_(
            "Known answers that are no examples, by lot. Who fails may try again a day later, three times in all; then "
            "you decide. 0: no test, else at least 5."
        ),
    )
    test_right = PercentField(
        label=_("Right of the test, %"),
        required=False,
        max_value=100,
        help_text=_("Who reaches it may work for 180 days, in later batches too. Empty: 80 %."),
    )
    template = forms.CharField(
        label=_("Template"),
        required=False,
        strip=False,  # else the lines that a refusal names are others
        max_length=SOURCE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "dir": "ltr", "class": "mono"}),
        help_text=_("HTML with Liquid and crowd- elements, or the s3 address of one. Empty: the task type's own."),
    )
    pre_function = forms.CharField(
        label=_("Pre-annotation function"),
        required=False,
        max_length=140,
        help_text=_("Makes task.input of each object. A name of ANNOTATION_FUNCTIONS, or an ARN that ends in one."),
    )
    post_function = forms.CharField(
        label=_("Post-annotation function"),
        required=False,
        max_length=140,
        help_text=_("Makes the label of the answers. Empty: the task type's own way."),
    )
    machine_labels = forms.BooleanField(
        label=_("Automated labelling"),
        required=False,
        help_text=_(
            "People label a sample; a model learns, labels what it is sure of, and asks people about the rest."
        ),
    )
    target = PercentField(
        label=_("Right machine labels, %"),
        required=False,
        help_text=_("What the machine’s labels have to keep. Empty: what is usual for the task type."),
    )
    probability = PercentField(label=_("With a probability of, %"), required=False)
    most_human = forms.IntegerField(
        label=_("Objects that people label at most"),
        required=False,
        min_value=1,
        max_value=100_000_000,
        help_text=_("Empty: as many as it takes."),
    )
    checked_labels = forms.IntegerField(
        label=_("Machine labels that people check"),
        required=False,
        min_value=0,
        max_value=5000,
        help_text=_("A random part, before any is written: with fewer right than promised the loop goes on. 0: none."),
    )
    prelabel = forms.BooleanField(
        label=_("Pre-labelling"),
        required=False,
        help_text=_(
            "The tool begins with what the machine thinks of the objects that it asks about, and people correct it. "
            "A random tenth is shown without, to measure the time saved, and so is what the machine’s promise rests on."
        ),
    )
    model_joins = forms.BooleanField(
        label=_("A model’s opinion counts beside people’s answers"),
        required=False,
        help_text=_(
            "For one category an object, from two answers on, with automated labelling or a step where rules look at "
            "the labels. The model learns each object from the others’ labels, and weighs as much as it proves right. "
            "Two people who agree are never overruled by it alone."
        ),
    )
    most_percent = forms.IntegerField(
        label=_("Objects labelled at most, %"),
        required=False,
        min_value=1,
        max_value=100,
        help_text=_("By people and machine together. Empty: all of them."),
    )
    answer_price = forms.DecimalField(
        label=_("What an answer costs"),
        required=False,
        min_value=Decimal("0.001"),
        max_digits=9,
        decimal_places=3,
        help_text=_("Of a person, in whole units of the currency: 0.012 is 1.2 cents."),
    )
    currency = forms.CharField(label=_("Currency"), required=False, min_length=3, max_length=3)
    most_cost = forms.DecimalField(
        label=_("Cost of people at most"),
        required=False,
        min_value=Decimal("0.01"),
        max_digits=12,
        decimal_places=2,
        help_text=_("Objects that it does not pay for get no label. Empty: as much as it takes."),
    )
    sample_percent = forms.IntegerField(
        label=_("Review sample, %"),
        min_value=0,
        max_value=100,
        help_text=_("How much of each batch the customer is shown."),
    )

    def __init__(self, project: Project, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=initial_of(project), **kwargs)
        self.fields["task_type"].choices = [(kind.slug, kind.title) for kind in task_types.every()]
        self.fields["categories"].may_be_needed = True  # type: ignore[attr-defined]  # as below
        self.fields["target"].help_text = " ".join([str(self.fields["target"].help_text), *target_words(project)])
        self._add_options(WorkflowStep.objects.filter(project=project).order_by("position").first())
        self.fields["team"].queryset = teams_for(project)

    def _add_options(self, step: WorkflowStep | None) -> None:
        """Add a field for each option of each type, begun with what the step has."""
        for kind in task_types.every():
            kept = step.options if step and step.task_type == kind.slug else {}
            for option in kind.options:
                self.fields[option_field(kind, option)] = field_of(option, kept.get(option.name, option.default))

    def option_groups(self) -> list[tuple[TaskType, list[forms.BoundField]]]:
        """Return the types that have options, each with its fields."""
        kinds = [kind for kind in task_types.every() if kind.options]
        return [(kind, [self[option_field(kind, option)] for option in kind.options]) for kind in kinds]

    def clean_categories(self) -> list[str]:
        return [" ".join(line.split()) for line in self.cleaned_data["categories"].splitlines() if line.strip()]

    def clean_title(self) -> str:
        return self.cleaned_data["title"].strip()

    def values(self) -> dict[str, Any]:
        """Return the fields of a Design, once the form is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name not in USUAL or value is not None}
        drops = {name: given.pop(f"drop_{name}") for name in ("good", "bad")}
        for name, is_dropped in drops.items():
            given[f"{name}_image"] = given[f"{name}_image"] or ("" if is_dropped else None)
        for name in ("short_instructions", "full_instructions"):
            given[name] = given[name].replace("\r\n", "\n")
        options = {name: given.pop(name) for name in list(given) if SEPARATOR in name}
        kind = task_types.get(given["task_type"])
        return {**given, "options": {o.name: value_of(o, options[option_field(kind, o)]) for o in kind.options}}


def option_field(kind: TaskType, option: Option) -> str:
    return f"{kind.slug}{SEPARATOR}{option.name}"


def field_of(option: Option, value: Any) -> forms.Field:
    """Return the form field of an option."""
    words: dict[str, Any] = {"label": option.title, "help_text": option.help, "required": False}
    if option.kind == "flag":
        return forms.BooleanField(initial=bool(value), **words)
    if option.kind == "lines":
        rows = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})
        return forms.CharField(initial="\n".join(value or []), max_length=20_000, widget=rows, **words)
    field = forms.CharField(initial=value or "", max_length=500, **words)
    field.may_be_needed = option.is_needed  # type: ignore[attr-defined]  # read where the field is written
    return field


def value_of(option: Option, given: Any) -> Any:
    """Return an option as jobs keep it: true or false, lines, or a line."""
    if option.kind == "lines":
        return [" ".join(line.split()) for line in given.splitlines() if line.strip()]
    return bool(given) if option.kind == "flag" else given.strip()


def initial_of(project: Project) -> dict[str, Any]:
    """Return what the form begins with: the newest version and the step, else the request and the usual numbers."""
    schema = LabelSchema.objects.filter(project=project).order_by("-version").first()
    step = WorkflowStep.objects.filter(project=project).order_by("position").first()
    kind = next((kind for kind in task_types.every() if kind.slug == project.task_type), None)
    staffed = Staffing.objects.filter(project=project).values_list("team_id", flat=True).first()
    begun: dict[str, Any] = {
        "task_type": project.task_type,
        "categories": "\n".join(project.categories),
        "title": project.title,
        "attribute": _attribute(project, needs_ref=bool(kind and kind.needs_ref)),
        "workers_each": kind.workers_each if kind else 3,
        "seconds": kind.seconds if kind else 300,
        "sample_percent": project.sample_percent,
        "target": wished_target(project),
        "machine_labels": project.machine_wish == MachineWish.ASK,
        "sure_at": 0.95,
        "least_answers": 30,
        "probability": 0.95,
        "checked_labels": 0,
        "gold_percent": 0,
        "course_examples": 0,
        "test_tasks": 0,
        "test_right": 0.8,
        "currency": "EUR",
        "team": staffed or wished_team(project),
    }
    if step:
        begun |= {name: getattr(step, name) for name in STEP_NAMES} | {"team": step.team_id}
    if schema:
        begun |= {
            name: getattr(schema, name)
            for name in ("short_instructions", "full_instructions", "good_caption", "bad_caption")
        }
        begun["categories"] = "\n".join(schema.categories)
    return begun


def _attribute(project: Project, *, needs_ref: bool) -> str:
    stem = slugify(project.title)[:120].strip("-") or "label"
    return f"{stem}-ref" if needs_ref else stem.removesuffix("-ref").removesuffix("-metadata")


class AnswerForm(forms.Form):
    """What operations answer a worker."""

    answer = forms.CharField(
        label=_("Answer"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The worker reads it beside the item. What all should know belongs in the instructions."),
    )


class TargetForm(RowForm):
    """What machine labels have to keep from now on."""

    target = PercentField(label=_("Right machine labels, %"))
    probability = PercentField(label=_("With a probability of, %"))

    def initial_of(self, row: Any) -> dict[str, Any]:
        return {"target": row.target, "probability": row.probability}


class LinesForm(forms.Form):
    """Objects, by their lines in the manifest."""

    lines = forms.CharField(
        label=_("Lines of the manifest"),
        max_length=10_000,
        help_text=_("Numbers from 1, with spaces or commas between."),
    )

    def clean_lines(self) -> list[int]:
        parts = self.cleaned_data["lines"].replace(",", " ").split()
        if not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
            raise forms.ValidationError(_("Write numbers, with spaces or commas between."))
        return sorted({int(part) for part in parts})
