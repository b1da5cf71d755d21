"""The design of the work on a project: what people do, with which categories and instructions, and who.

A design is for the batches that start from now on. A batch that runs keeps its schema and its jobs as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import BytesIO
from typing import Any, BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from PIL import Image

from batches.manifests import check_attribute_name
from batches.models import Batch
from groundtruth import clock
from groundtruth.ids import public_id
from groundtruth.states import Invalid, Refused, move
from groundtruth.storage import Missing, StoreError, get_store, object_address
from labeling.models import Job, StepKind, WorkflowStep
from labeling.models.jobs import LEAST_ANSWERS, MOST_EXAMPLES, MOST_GOLD, MOST_TEST, STEP_FIELDS
from labeling.queries_courses import LEAST_TEST
from labeling.services import calling
from labeling.services.own_templates import read_template, template_problem
from labeling.states import JOB_RUNNING
from labeling.templating import TemplateError
from projects import task_types
from projects.audit import record
from projects.models import LabelSchema, MachineWish, Project
from projects.task_types import Schema, TaskType
from workforce.models import Staffing, StaffRole, Team

MAX_EXAMPLE_BYTES = 5 * 2**20
KINDS = {"PNG": ("png", "image/png"), "JPEG": ("jpg", "image/jpeg")}
MOST_LEAST_ANSWERS = 32_000  # what the column holds
MAX_CATEGORY = 100  # characters: it must fit on a button


@dataclass(frozen=True)
class Design:
    """What operations decide. Of an image None keeps what is there, "" removes it, a file replaces it."""

    task_type: str
    categories: list[str]
    title: str
    attribute: str
    team: Team
    workers_each: int
    seconds: int
    sample_percent: int
    short_instructions: str = ""
    full_instructions: str = ""
    good_caption: str = ""
    bad_caption: str = ""
    good_image: BinaryIO | str | None = None
    bad_image: BinaryIO | str | None = None
    options: dict[str, Any] = field(default_factory=dict)  # by the names of the type's options
    read_first: bool = False
    deter_saving: bool = False
    template: str = ""  # empty: the task type's
    pre_function: str = ""
    post_function: str = ""
    machine_labels: bool = False
    target: float | None = None  # None: the task type's own
    probability: float = 0.95
    most_human: int | None = None
    checked_labels: int = 0
    most_percent: int | None = None
    answer_price: Decimal | None = None
    currency: str = "EUR"
    most_cost: Decimal | None = None
    prelabel: bool = False
    model_joins: bool = False
    most_workers: int | None = None  # where people differ; None: never more than `workers_each`
    sure_at: float = 0.95
    least_right: float | None = None  # None: nobody is paused by the rule
    least_answers: int = 30
    gold_percent: int = 0
    gold_feedback: bool = False
    course_examples: int = 0
    test_tasks: int = 0
    test_right: float = 0.8


def set_up(project: Project, by: Any, **values: Any) -> LabelSchema:
    """Make the design of a project, and return the version of its categories and instructions that later batches get.

    `values` are the fields of a Design; its template may be an address in the store.

    Repeated with the same words it makes no new version; a version is never changed. Example pictures are stored before
    the transaction, in the project's own prefix. Raises Invalid with all that is wrong, Refused before approval and
    after the end.
    """
    refuse_unless_open(project)
    design, unread = _with_template(project, Design(**values))
    problems = [*problems_of(design), *unread]
    if design.machine_labels and project.machine_wish == MachineWish.REFUSE:
        problems.append("The customer refused automated labelling: people label everything.")
    pictures, more = _read_pictures(design)
    if problems or more:
        raise Invalid([*problems, *more])
    stored = {field: _store(project, *picture) for field, picture in pictures.items()}
    with transaction.atomic():
        fresh = Project.objects.select_for_update().get(pk=project.pk)
        refuse_unless_open(fresh)
        schema = _schema_of(project, design, stored)
        _set_step(project, design)
        wanted: dict[str, Any] = {
            "task_type": design.task_type,
            "modality": task_types.get(design.task_type).modality,
            "sample_percent": design.sample_percent,
        }
        Project.objects.filter(pk=project.pk).update(**wanted)
        record(
            "set up workflow",
            by,
            project,
            version=schema.version,
            workers_each=design.workers_each,
            team=str(design.team),
            **wanted,
        )
        if fresh.state == "request_approved":
            move(project, "set_up", by, state_since=clock.now())
    return schema


def _with_template(project: Project, design: Design) -> tuple[Design, list[str]]:
    """Return a design that holds its template's text, and why it could not be read."""
    try:
        return replace(design, template=read_template(project, design.template)), []
    except TemplateError as why:
        return replace(design, template=""), [f"The template cannot be read: {why.message}."]


def refuse_unless_open(project: Project) -> None:
    """Raise Refused where a project's workflow is not to be changed."""
    if project.closed_at:
        raise Refused("This project is closed.")
    if project.state in ("review_in_progress", "production_complete"):
        raise Refused(f"A project that is “{project.get_state_display()}” is not set up.")


def problems_of(design: Design) -> list[str]:
    """Return what is wrong with a design, but for its pictures, as sentences; empty is good."""
    try:
        kind = task_types.get(design.task_type)
    except KeyError:
        return ["Choose what people do."]
    problems = [*category_problems(design.categories, kind), *check_attribute_name(design.attribute, kind.needs_ref)]
    if not design.title.strip():
        problems.append("Give the work a title: workers see it.")
    if not 1 <= design.workers_each <= 9:
        problems.append("From 1 to 9 workers label an object.")
    problems += [*_asking_problems(design, kind), *_pausing_problems(design)]
    problems += [*_gold_problems(design), *_course_problems(design)]
    if kind.one_worker_only and design.workers_each != 1:
        problems.append(f"{kind.title} takes exactly one worker an object.")
    if not 30 <= design.seconds <= 2_592_000:
        problems.append("The time limit of a task is from 30 seconds to 30 days.")
    if kind.problems:
        problems += kind.problems(Schema(tuple(design.categories), design.options), design.attribute)
    if design.machine_labels and not kind.learner:
        problems.append(f"{kind.title} is not learnt by the machine: leave automated labelling off.")
    if design.prelabel and not design.machine_labels:
        problems.append("Pre-labelling needs automated labelling: it is the machine’s proposals that people see.")
    if design.model_joins and kind.fit_joined is None:
        problems.append(f"{kind.title} takes people’s answers alone: a model’s opinion has no part in its labels.")
    if not all(0.5 <= share <= 0.999 for share in (design.target or kind.target, design.probability)):
        problems.append("What machine labels keep, and how surely, are from 50 to 99.9 %.")
    if design.most_cost is not None and not design.answer_price:
        problems.append("Say what an answer costs: the cost of people at most is reckoned from it.")
    if not 0 <= design.sample_percent <= 100:
        problems.append("The review sample is from 0 to 100 %.")
    if kind.modality != "custom" and not calling.is_built_in(calling.function_name(design.post_function)):
        problems.append(
            f"{kind.title} makes its labels itself: a post-annotation function goes with a custom template."
        )
    own = (
        template_problem(design.template),
        calling.problem_of(design.pre_function),
        calling.problem_of(design.post_function),
    )
    return [*problems, *filter(None, own)]


def _asking_problems(design: Design, kind: TaskType) -> list[str]:
    """Return what is wrong with how many people are asked where they differ."""
    if not 0.5 <= design.sure_at <= 0.999:
        return ["How sure a label has to be is from 50 to 99.9 %."]
    if design.most_workers is None:
        return []
    if kind.one_worker_only:
        return [f"{kind.title} takes exactly one worker an object: nobody else can be asked."]
    if not design.workers_each <= design.most_workers <= 9:
        return ["Where people differ, at most 9 workers label an object, and no fewer than label each."]
    if design.post_function:
        return ["With a post-annotation function all objects have as many workers: leave the most workers empty."]
    return []


def _pausing_problems(design: Design) -> list[str]:
    """Return what is wrong with when a worker is paused."""
    problems = []
    if design.least_right is not None and not 0.5 <= design.least_right <= 0.99:
        problems.append("A worker is paused below 50 to 99 % of right answers.")
    if not LEAST_ANSWERS <= design.least_answers <= MOST_LEAST_ANSWERS:
        problems.append(f"At least {LEAST_ANSWERS} answers are compared before a worker may be paused.")
    return problems


def _gold_problems(design: Design) -> list[str]:
    """Return what is wrong with the share of tasks whose answer is known."""
    if not 0 <= design.gold_percent <= MOST_GOLD:
        return [f"From 0 to {MOST_GOLD} % of the tasks may have a known answer."]
    if design.gold_percent and not calling.is_built_in(calling.function_name(design.pre_function)):
        return ["With a pre-annotation function no task has a known answer: leave their share at 0."]
    return []


def _course_problems(design: Design) -> list[str]:
    """Return what is wrong with the course and the test before the work."""
    problems = []
    if not 0 <= design.course_examples <= MOST_EXAMPLES:
        problems.append(f"A course has at most {MOST_EXAMPLES} examples.")
    if not (design.test_tasks == 0 or LEAST_TEST <= design.test_tasks <= MOST_TEST):
        problems.append(f"A test has {LEAST_TEST} to {MOST_TEST} tasks; 0 for no test.")
    if not 0.5 <= design.test_right <= 1:
        problems.append("From 50 to 100 % of a test have to be right.")
    has_function = not calling.is_built_in(calling.function_name(design.pre_function))
    if has_function and (design.course_examples or design.test_tasks):
        problems.append("With a pre-annotation function there is neither a course nor a test: leave both at 0.")
    return problems


def category_problems(categories: list[str], kind: TaskType) -> list[str]:
    """Return what is wrong with the categories of a task type."""
    problems = []
    if not kind.min_categories <= len(categories) <= kind.max_categories:
        problems.append(
            f"{kind.title} takes {kind.min_categories} to {kind.max_categories} categories; "
            f"these are {len(categories)}."
        )
    seen: set[str] = set()
    for name in categories:
        if name.casefold() in seen:
            problems.append(f"“{name}” is there twice.")
        if len(name) > MAX_CATEGORY:
            problems.append(f"“{name[:30]}…” has more than {MAX_CATEGORY} characters.")
        seen.add(name.casefold())
    return problems


# --- pictures -----------------------------------------------------------------------------------------


def _read_pictures(design: Design) -> tuple[dict[str, tuple[bytes, str]], list[str]]:
    """Return (content, format) of each picture given, by the schema's field, and what is wrong with the others."""
    given, problems = {}, []
    for column, name, file in (("good_example", "good", design.good_image), ("bad_example", "bad", design.bad_image)):
        if file is None or isinstance(file, str):
            continue
        data = file.read(MAX_EXAMPLE_BYTES + 1)
        problem, kind = picture_problem(data)
        if problem:
            problems.append(f"The {name} example: {problem}")
        else:
            given[column] = (data, kind)
    return given, problems


def picture_problem(data: bytes) -> tuple[str, str]:
    """Return what is wrong with a picture, or "" and its format. Decodes it all: first bytes may lie."""
    if len(data) > MAX_EXAMPLE_BYTES:
        return "a picture has at most 5 MB.", ""
    try:
        with Image.open(BytesIO(data), formats=list(KINDS)) as picture:
            if picture.width * picture.height > settings.MAX_IMAGE_PIXELS:
                return "this picture has too many pixels.", ""
            picture.load()
            return "", str(picture.format)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return "this is no PNG or JPEG picture that can be opened.", ""


def _store(project: Project, data: bytes, kind: str) -> str:
    """Store a picture under a new key and return its address. Raises Invalid where the store does not answer."""
    ending, content_type = KINDS[kind]
    address = object_address(settings.GROUNDTRUTH_BUCKET, f"{project.prefix}instructions/{public_id()}.{ending}")
    store = get_store()
    try:
        try:
            store.put(address, data, content_type)
        except Missing:
            store.make_bucket(settings.GROUNDTRUTH_BUCKET)
            store.put(address, data, content_type)
    except StoreError as problem:
        raise Invalid(f"The example could not be stored: {problem}") from problem
    return address.uri


# --- rows, in the caller's transaction ------------------------------------------------------------------


def _schema_of(project: Project, design: Design, stored: dict[str, str]) -> LabelSchema:
    """Return the newest version where it says the same already, else a new one."""
    last = LabelSchema.objects.filter(project=project).order_by("-version").first()
    wanted: dict[str, Any] = {
        "categories": design.categories,
        "short_instructions": design.short_instructions,
        "full_instructions": design.full_instructions,
        "good_caption": design.good_caption,
        "bad_caption": design.bad_caption,
        "good_example": stored.get("good_example", _kept(last, "good_example", design.good_image)),
        "bad_example": stored.get("bad_example", _kept(last, "bad_example", design.bad_image)),
    }
    if last and all(getattr(last, name) == value for name, value in wanted.items()):
        return last
    version = (LabelSchema.objects.filter(project=project).aggregate(n=Max("version"))["n"] or 0) + 1
    return LabelSchema.objects.create(project=project, version=version, **wanted)


def _kept(last: LabelSchema | None, field: str, image: Any) -> str:
    return getattr(last, field) if last and image is None else ""


def _set_step(project: Project, design: Design) -> None:
    """Write the first step, and staff the project with its team; a team that nobody needs any more leaves it."""
    values = {
        "task_type": design.task_type,
        "attribute": design.attribute,
        "title": design.title.strip(),
        "team": design.team,
        "workers_each": design.workers_each,
        "seconds": design.seconds,
        "options": design.options,
        "read_first": design.read_first,
        "deter_saving": design.deter_saving,
        "template": design.template,
        "pre_function": design.pre_function.strip(),
        "post_function": design.post_function.strip(),
        "machine_labels": design.machine_labels,
        "target": design.target or task_types.get(design.task_type).target,
        "probability": design.probability,
        "most_human": design.most_human,
        "checked_labels": design.checked_labels,
        "most_percent": design.most_percent,
        "answer_price": design.answer_price,
        "currency": design.currency,
        "most_cost": design.most_cost,
        "prelabel": design.prelabel,
        "model_joins": design.model_joins,
        "most_workers": design.most_workers,
        "sure_at": design.sure_at,
        "least_right": design.least_right,
        "least_answers": design.least_answers,
        "gold_percent": design.gold_percent,
        "gold_feedback": design.gold_feedback,
        "course_examples": design.course_examples,
        "test_tasks": design.test_tasks,
        "test_right": design.test_right,
    }
    WorkflowStep.objects.update_or_create(project=project, position=1, defaults=values)
    WorkflowStep.objects.filter(project=project, kind=StepKind.VALIDATE).update(team=design.team)  # nobody works there
    staff(project)


def staff(project: Project) -> None:
    """Staff a project with the teams of its steps; a team that nobody needs any more leaves it."""
    steps = WorkflowStep.objects.filter(project=project).exclude(kind=StepKind.VALIDATE)
    jobs = Job.objects.filter(batch__project=project, state__in=JOB_RUNNING).exclude(kind=StepKind.VALIDATE)
    teams = {*steps.values_list("team_id", flat=True)}
    for team in sorted(teams):
        Staffing.objects.get_or_create(project=project, team_id=team, role=StaffRole.LABELER)
    wanted = teams | {*jobs.values_list("team_id", flat=True)}
    Staffing.objects.filter(project=project, role=StaffRole.LABELER).exclude(team__in=wanted).delete()


# --- the preview ----------------------------------------------------------------------------------------


def preview_job(project: Project) -> Job:
    """Return a job as the next batch would get it, not stored. Raises Refused before the set-up."""
    step = WorkflowStep.objects.filter(project=project).order_by("position").first()
    schema = LabelSchema.objects.filter(project=project).order_by("-version").first()
    if step is None or schema is None:
        raise Refused("Set up the workflow first: there is nothing to preview.")
    return Job(
        organization_id=project.organization_id,
        batch=Batch(project=project, name="preview"),
        schema=schema,
        name="preview",
        public_id="preview",
        position=1,
        **{name: getattr(step, name) for name in STEP_FIELDS},
    )
