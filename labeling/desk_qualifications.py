"""Qualifications as operations see them: who waits for a decision, and what they decide."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from groundtruth import clock
from labeling.services import qualifying
from projects.acting import Act, OperationsAdmin
from projects.admin import created_column
from projects.models import Project
from workforce.models import Qualification


class WaitingFilter(admin.SimpleListFilter):
    """How far a worker is."""

    title = _("State")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        states = [("waiting", _("Waits for a decision")), ("passed", _("May work")), ("testing", _("In a test"))]
        return [(name, str(title)) for name, title in states]

    def queryset(self, request: HttpRequest, rows: QuerySet[Qualification]) -> QuerySet[Qualification]:
        if self.value() == "waiting":
            return rows.filter(waits_since__isnull=False)
        if self.value() == "passed":
            return rows.filter(passed_at__isnull=False, expires_at__gt=clock.now())
        return rows.filter(is_testing=True) if self.value() == "testing" else rows


def _waits(row: Qualification) -> bool:
    return row.waits_since is not None


class QualificationAdmin(OperationsAdmin):
    acts = (
        Act(
            "try-again",
            _("Let try again"),
            qualifying.let_try_again,
            _("{row}: one more test, at once."),
            _waits,
            warning=_("They get one more test with other tasks. It needs at least five known answers new to them."),
            icon="rotate-ccw",
        ),
        Act(
            "let-work",
            _("Let work"),
            qualifying.let_work,
            _("{row}: they may work."),
            _waits,
            warning=_("They work as if they had passed the test, on this project’s jobs under this attribute."),
            icon="user-check",
        ),
    )
    readonly_fields = ("went_wrong",)
    exclude = ("drawn", "missed", "right", "extra_tries")
    list_display = ("worker", "work", "state", "tries", "result", "waits_since", "expires_at", created_column)
    list_filter = (WaitingFilter,)
    list_select_related = ("worker__user",)
    search_fields = ("worker__user__email", "worker__user__name", "skill")
    ordering = ("-waits_since", "-created_at")

    @admin.display(description=_("Work"))
    def work(self, row: Qualification) -> str:
        project_id, _slash, attribute = row.skill.partition("/")
        project = Project.objects.filter(pk=project_id).first()
        return f"{project}: {attribute}" if project else row.skill

    @admin.display(description=_("State"))
    def state(self, row: Qualification) -> str:
        if row.expires_at <= clock.now():
            return str(_("Ended"))
        if row.waits_since:
            return str(_("Waits for a decision"))
        if row.passed_at:
            return str(_("May work"))
        return str(_("In a test") if row.is_testing else _("Not passed yet"))

    @admin.display(description=_("Right in the last test"))
    def result(self, row: Qualification) -> str:
        return "" if row.score is None else f"{100 * row.score:.0f} %"

    @admin.display(description=_("What went wrong in the last test"), empty_value="-")
    def went_wrong(self, row: Qualification) -> str | None:
        said = [_("%(name)s: %(n)d of %(of)d") % {"name": name, "n": n, "of": of} for name, n, of in row.missed]
        return "\n".join(str(one) for one in said) or None
