"""Jobs and the workflow as operations see them; and the acts of a project that need its batches and its workflow."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from batches import stages
from batches.admin import TRY_AGAIN, ChoreFilter
from batches.queries_next import url_or_empty
from labeling import desk_qualifications
from labeling.desk_forms import AnswerForm, LinesForm, TargetForm
from labeling.desk_lines import page_of
from labeling.models import FeatureChunk, Job, JobAgreement, LoopRun, Question, StepKind, WorkerPause, WorkflowStep
from labeling.models.jobs import BY_OTHERS
from labeling.pause_forms import KeepForm, LiftForm, PauseForm
from labeling.queries_appeals import evidence_words
from labeling.services import asking, jobs, pausing, reporting, taking_over
from labeling.states import JOB_RUNNING
from labeling.views import desk, findings, gold, pauses, steps
from projects.acting import Act, OperationsAdmin, may
from projects.admin import ProjectAdmin, created_column, state_column
from projects.models import Project
from projects.project_acts import PROJECT_ACTS
from workforce.models import Qualification


def _link(row: Model) -> str:
    return format_html('<a href="{}">{}</a>', page_of(row), row)


STAGE_ACTS = (
    Act(
        "start-pilot",
        _("Start pilot"),
        stages.start_pilot,
        _("The pilot of {row} has begun."),
        may("start_pilot"),
        icon="flask-conical",
    ),
    Act(
        "finish-pilot",
        _("Finish pilot"),
        stages.finish_pilot,
        _("The pilot of {row} is complete."),
        may("finish_pilot"),
        warning=_("The pilot ends for good; the price comes next."),
        icon="list-checks",
    ),
    Act(
        "finish",
        _("Finish project"),
        stages.finish,
        _("{row} is complete."),
        may("finish"),
        warning=_("Production ends for good: the project takes no more batches."),
        icon="circle-check",
    ),
)


class ProjectWorkAdmin(ProjectAdmin):
    """The project with its whole way: this app knows batches and workflow, which `projects` may not."""

    acts = (*PROJECT_ACTS[:2], *STAGE_ACTS, *PROJECT_ACTS[2:])

    def get_urls(self) -> list[Any]:
        own = [
            path("<int:pk>/set-up/", self.admin_site.admin_view(self.set_up), name="project_set_up"),
            path("<int:pk>/steps/", self.admin_site.admin_view(self.steps), name="project_steps"),
            path("<int:pk>/preview/", self.admin_site.admin_view(desk.preview), name="project_preview"),
        ]
        return [*own, *super().get_urls()]

    def set_up(self, request: HttpRequest, pk: int) -> HttpResponse:
        return desk.set_up(request, pk, self.admin_site.each_context(request))

    def steps(self, request: HttpRequest, pk: int) -> HttpResponse:
        return steps.steps(request, pk, self.admin_site.each_context(request))

    def links(self, row: Project) -> list[dict[str, str]]:
        shown = [
            {
                "title": _("As the customer sees it"),
                "url": url_or_empty("project", row.organization.slug, row.slug),
                "icon": "eye",
            },
            {
                "title": _("Batches"),
                "url": reverse("admin:batches_batch_changelist") + f"?project__id__exact={row.pk}",
                "icon": "layers",
            },
        ]
        if row.closed_at or row.state in ("review_in_progress", "production_complete"):
            return shown
        return [
            {"title": _("Set up"), "url": reverse("admin:project_set_up", args=[row.pk]), "icon": "sliders-horizontal"},
            {"title": _("Steps"), "url": reverse("admin:project_steps", args=[row.pk]), "icon": "list-checks"},
            *shown,
        ]


admin.site.register(Project, ProjectWorkAdmin)
admin.site.register(Qualification, desk_qualifications.QualificationAdmin)


@admin.register(Job)
class JobAdmin(OperationsAdmin):
    acts = (
        Act(
            "stop",
            _("Stop"),
            jobs.stop,
            _("{row} is stopped."),
            lambda job: job.state in JOB_RUNNING,
            warning=_("Open tasks are cancelled and the job cannot be started again. What is answered is kept."),
            icon="circle-stop",
            dangerous=True,
        ),
        Act(
            "retire-model",
            _("People label the rest"),
            taking_over.retire,
            _("The machine labels no more in {row}."),
            lambda job: job.machine_labels and job.state in JOB_RUNNING,
            warning=_("The machine’s proposals are dropped, and people label all that is left. This cannot be undone."),
            icon="users",
        ),
        Act(
            "set-target",
            _("Change what machine labels keep"),
            taking_over.set_target,
            _("{row} keeps it from its next round on."),
            lambda job: job.machine_labels and job.state in JOB_RUNNING,
            form=TargetForm,
            icon="sliders-horizontal",
        ),
        Act(
            "force-to-people",
            _("Give objects to people"),
            taking_over.force_to_people,
            _("People label them."),
            lambda job: job.machine_labels and job.state in JOB_RUNNING,
            form=LinesForm,
            icon="user-check",
        ),
        Act(
            "go-on",
            _("Go on with people"),
            taking_over.go_on_with_people,
            _("People label the rest of {row}."),
            lambda job: job.state == "Failed",
            icon="users",
        ),
        Act(
            "pause-worker",
            _("Pause a worker"),
            pausing.pause_by_hand,
            _("Paused: the worker reads the reason, and may appeal."),
            lambda job: job.state in JOB_RUNNING and job.kind != StepKind.VALIDATE,
            form=PauseForm,
            icon="circle-pause",
        ),
        TRY_AGAIN,
    )
    readonly_fields = ("progress", "reasons")
    exclude = ("skills", "rung")
    list_display = (
        *("name", "batch", "kind", "task_type", "team", state_column, "progress", "failed_calls", "last_error"),
        created_column,
    )
    list_filter = (ChoreFilter, "state", "task_type", "kind", "team")
    list_select_related = ("batch", "team__vendor")
    search_fields = ("name", "batch__name", "batch__project__title")
    ordering = ("-created_at",)

    def get_urls(self) -> list[Any]:
        shown = self.admin_site.admin_view(self.findings)
        people = self.admin_site.admin_view(self.people)
        own = [
            path("batch/<int:pk>/findings/", shown, name="batch_findings"),
            path("<int:pk>/people/", people, name="job_people"),
            path("<int:pk>/known/", self.admin_site.admin_view(self.known), name="job_gold"),
            path("<int:pk>/known/<str:object_id>/", self.admin_site.admin_view(self.set_known), name="job_gold_answer"),
        ]
        return [*own, *super().get_urls()]

    def people(self, request: HttpRequest, pk: int) -> HttpResponse:
        return pauses.people(request, pk, self.admin_site.each_context(request))

    def _form(self, request: HttpRequest, act: Act, row: Any) -> Form:
        form = super()._form(request, act, row)
        if "worker" in request.GET and act.form is PauseForm:
            form.initial["worker"] = request.GET["worker"]
        return form

    def findings(self, request: HttpRequest, pk: int) -> HttpResponse:
        return findings.desk_findings(request, pk, self.admin_site.each_context(request))

    def known(self, request: HttpRequest, pk: int) -> HttpResponse:
        return gold.known_answers(request, pk, self.admin_site.each_context(request))

    def set_known(self, request: HttpRequest, pk: int, object_id: str) -> HttpResponse:
        return gold.known_answer(request, pk, object_id, self.admin_site.each_context(request))

    def links(self, row: Job) -> list[dict[str, str]]:
        shown = []
        if row.kind != StepKind.VALIDATE:
            url = reverse("admin:job_people", args=[row.pk])
            shown.append({"title": _("People"), "url": url, "icon": "users"})
        if row.kind in (StepKind.VALIDATE, *BY_OTHERS):
            url = reverse("admin:batch_findings", args=[row.batch_id])
            shown.append({"title": _("What the rules found"), "url": url, "icon": "flag"})
        else:
            url = reverse("admin:job_gold", args=[row.pk])
            shown.append({"title": _("Known answers"), "url": url, "icon": "badge-check"})
        return shown

    @admin.display(description=_("Tasks ended"))
    def progress(self, row: Job) -> str:
        return f"{row.ended:,} / {row.planned:,}"

    @admin.display(description=_("Why tasks were not done"), empty_value="-")
    def reasons(self, row: Job) -> str | None:
        said = [f"{count:,} × {reason}" for reason, count in reporting.reasons_of(row)]
        return "\n".join(said) or None

    @admin.display(description=_("Failed calls of its functions"), ordering="hook_failures")
    def failed_calls(self, row: Job) -> str:
        return f"{row.hook_failures:,}" if row.hook_failures else ""


@admin.register(LoopRun)
class LoopRunAdmin(OperationsAdmin):
    acts = (TRY_AGAIN,)
    list_display = ("job", "iteration", "kind", "settled_to", "attempts", "last_error", "done_at", created_column)
    list_filter = (ChoreFilter,)
    list_select_related = ("job",)
    search_fields = ("job__name",)
    ordering = ("-created_at",)


@admin.register(JobAgreement)
class JobAgreementAdmin(OperationsAdmin):
    acts = (TRY_AGAIN,)
    exclude = ("report", "rung")  # the batch's page tells it in words
    list_display = ("job", "attempts", "last_error", "done_at", created_column)
    list_filter = (ChoreFilter,)
    list_select_related = ("job",)
    search_fields = ("job__name",)
    ordering = ("-created_at",)


@admin.register(FeatureChunk)
class FeatureChunkAdmin(OperationsAdmin):
    acts = (TRY_AGAIN,)
    exclude = ("rung",)
    list_display = ("batch", "feature_set", "first", "last", "attempts", "last_error", "done_at", created_column)
    list_filter = (ChoreFilter, "feature_set")
    list_select_related = ("batch",)
    search_fields = ("batch__name",)
    ordering = ("-created_at",)


@admin.register(WorkflowStep)
class WorkflowStepAdmin(OperationsAdmin):
    list_display = ("project", "position", "kind", "title", "task_type", "team", "workers_each", "seconds")
    list_filter = ("kind", "task_type", "team")
    list_select_related = ("project", "team__vendor")
    search_fields = ("project__title", "title")
    ordering = ("project__title", "position")

    def links(self, row: WorkflowStep) -> list[dict[str, str]]:
        return [
            {
                "title": _("Change the set-up"),
                "url": reverse("admin:project_set_up", args=[row.project_id]),
                "icon": "sliders-horizontal",
            }
        ]


@admin.register(Question)
class QuestionAdmin(OperationsAdmin):
    acts = (
        Act(
            "answer",
            _("Answer"),
            asking.answer,
            _("Answered: the worker reads it on the item, or on their home page when the item is gone."),
            lambda question: question.answered_at is None,
            form=AnswerForm,
            icon="message-square",
        ),
    )
    readonly_fields = ("worker", "job", "object")
    exclude = ("assignment",)
    list_display = ("text", "worker", "job", "answer", created_column)
    list_filter = (("answered_at", admin.EmptyFieldListFilter),)
    list_select_related = ("assignment__worker__user", "assignment__task__job")
    search_fields = ("text", "answer")
    ordering = ("-created_at",)

    @admin.display(description=_("Worker"))
    def worker(self, row: Question) -> str:
        return _link(row.assignment.worker)

    @admin.display(description=_("Job"))
    def job(self, row: Question) -> str:
        return _link(row.assignment.task.job)

    @admin.display(description=_("Object"))
    def object(self, row: Question) -> str:
        """Lead to what the question is about, as the customer sees it."""
        found = row.assignment.task.data_object
        project = found.batch.project
        url = url_or_empty("object", project.organization.slug, project.slug, found.batch.slug, found.public_id)
        return format_html('<a href="{}">{}</a>', url, found.source_ref or found.source_text[:200])

    def act_context(self, request: HttpRequest, act: Act, row: Question) -> dict[str, Any]:
        task = row.assignment.task
        schema = task.job.schema
        facts = [
            (_("Question"), row.text),
            (_("Worker"), row.assignment.worker),
            (_("Job"), task.job),
            (_("Object"), task.data_object.source_ref or task.data_object.source_text[:1000]),
            (_("Instructions"), schema.short_instructions),
            (_("Categories"), ", ".join(schema.categories)),
        ]
        return {"facts": [(name, value) for name, value in facts if value]}


@admin.register(WorkerPause)
class WorkerPauseAdmin(OperationsAdmin):
    acts = (
        Act(
            "lift",
            _("Lift the pause"),
            pausing.lift,
            _("The worker goes on, and is told."),
            lambda pause: pause.is_open,
            form=LiftForm,
            icon="circle-play",
        ),
        Act(
            "keep",
            _("Keep the pause"),
            pausing.keep_paused,
            _("The pause stays; the worker reads your answer."),
            lambda pause: pause.is_open and pause.is_appealed,
            form=KeepForm,
            icon="circle-pause",
        ),
    )
    readonly_fields = ("rests_on",)
    exclude = ("evidence",)
    list_display = ("worker", "job", "by_whom", "reason", "appeal", "lifted_at", created_column)
    list_filter = (("lifted_at", admin.EmptyFieldListFilter), ("appealed_at", admin.EmptyFieldListFilter))
    list_select_related = ("worker__user", "job", "by")
    search_fields = ("worker__user__name", "worker__user__email", "job__name", "reason", "appeal")
    ordering = ("-created_at",)

    @admin.display(description=_("Paused by"), ordering="by")
    def by_whom(self, row: WorkerPause) -> str:
        return str(row.by) if row.by else str(_("the rule"))

    @admin.display(description=_("What it rests on"), empty_value="-")
    def rests_on(self, row: WorkerPause) -> str | None:
        return evidence_words(row.evidence) or None

    def links(self, row: WorkerPause) -> list[dict[str, str]]:
        url = reverse("admin:job_people", args=[row.job_id])
        return [{"title": _("The job’s people"), "url": url, "icon": "users"}]

    def act_context(self, request: HttpRequest, act: Act, row: WorkerPause) -> dict[str, Any]:
        facts = [
            (_("Worker"), row.worker),
            (_("Job"), row.job),
            (_("Paused by"), self.by_whom(row)),
            (_("Reason"), row.reason),
            (_("What it rests on"), evidence_words(row.evidence)),
            (_("The worker says"), row.appeal),
        ]
        return {"facts": [(name, value) for name, value in facts if value]}
