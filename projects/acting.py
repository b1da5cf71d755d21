"""What every admin class of ours shares: acts, each one call of one service, and rows that nobody edits past a rule.

An act has a page of its own (`…/<id>/act/<name>/`): it asks again where the act cannot be undone, takes what the
service needs, and says in words why the service refused. Who is of operations may do every act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db.models import Field, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from groundtruth import states
from groundtruth.acts import PROBLEMS, tell
from groundtruth.states import Conflict
from projects.audit import record


def always(row: Any) -> bool:
    return True


@dataclass(frozen=True)
class Act:
    """One thing that operations do to a row. `service(row, by, **what the form took)`; None as row for a new one."""

    name: str  # in the address
    title: str  # on the button
    service: Callable[..., Any]
    done: str  # what the page says afterwards
    ready: Callable[[Any], bool] = always  # whether the button is offered; the service decides all the same
    form: type[forms.Form] | None = None
    warning: str = ""  # what to know before; with it, or a form, the act asks on a page of its own
    icon: str = "check"
    dangerous: bool = False

    @property
    def asks(self) -> bool:
        return bool(self.form or self.warning)


def may(event: str) -> Callable[[Any], bool]:
    """Return the question whether a row that is not closed may leave its state by this event."""
    return lambda row: states.may(row, event) and not getattr(row, "closed_at", None)


class OperationsAdmin(admin.ModelAdmin):
    """A table as operations see it: they read all, add and change what the class names, and delete nothing."""

    acts: Sequence[Act] = ()
    begin: Act | None = None  # how a row is made; None: operations make none here
    editable: Sequence[str] = ()  # plain facts that no rule depends on
    actions = None
    list_per_page = 50
    show_full_result_count = False
    act_template = "admin/act.html"

    # --- who may --------------------------------------------------------------------------------

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and getattr(request.user, "is_staff", False))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_view_permission(request) and bool(self.get_editable(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.begin is not None and self.has_view_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # --- what may be edited ---------------------------------------------------------------------

    def get_editable(self, request: HttpRequest) -> Sequence[str]:
        return self.editable

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        columns = [f.name for f in (*self.opts.fields, *self.opts.many_to_many)]
        hidden = {*self.get_editable(request), *(self.exclude or ())}  # what is read-only Django shows, excluded or not
        shown = [name for name in (*columns, *self.readonly_fields) if name not in hidden]
        return list(dict.fromkeys(shown))

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> Any:
        formfield = super().formfield_for_dbfield(db_field, request, **kwargs)
        if formfield is not None and isinstance(formfield.widget, RelatedFieldWidgetWrapper):
            formfield.widget = formfield.widget.widget  # no windows that open to add a row on the way
        return formfield

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        columns = {field.name for field in self.opts.concrete_fields}
        changed = [name for name in form.changed_data if name in columns]
        if changed:
            obj.save(update_fields=changed)
        if form.changed_data:
            record("change", request.user, obj, fields=form.changed_data)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit log is the history: Django's own would be a second one."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """As above."""

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        return redirect(
            reverse("admin:projects_auditevent_changelist")
            + f"?target_type={self.opts.label_lower}&target_id={int(object_id)}"
        )

    # --- pages ----------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        base = f"{self.opts.app_label}_{self.opts.model_name}"
        own = path("<int:pk>/act/<slug:name>/", self.admin_site.admin_view(self.act_view), name=f"{base}_act")
        return [own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        buttons = [self.button(row, act) for act in self.offered(request, row)] if row else []
        context = {"buttons": buttons, "links": self.links(row) if row else [], "row": row, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def offered(self, request: HttpRequest, row: Any) -> list[Act]:
        """Return the acts whose buttons the row's page shows: none that would be refused."""
        return [act for act in self.acts if act.ready(row)]

    def links(self, row: Any) -> list[dict[str, str]]:
        """Return what stands beside the acts: pages that belong to the row (title, url, icon)."""
        return []

    def button(self, row: Any, act: Act) -> dict[str, Any]:
        return {"act": act, "url": self.act_url(row, act.name)}

    def act_url(self, row: Any, name: str) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_act", args=[row.pk, name])

    def act_view(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        act = next((act for act in self.acts if act.name == name), None)
        row = self.get_object(request, str(pk))
        if act is None or row is None:
            raise Http404
        return self._serve(request, act, row)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.begin is None or not self.has_add_permission(request):
            raise PermissionDenied
        return self._serve(request, self.begin, None)

    def _serve(self, request: HttpRequest, act: Act, row: Any) -> HttpResponse:
        form = self._form(request, act, row)
        if request.method != "POST":
            return self._ask(request, act, row, form)
        if not form.is_valid():
            return self._ask(request, act, row, form)
        try:
            made = perform(act, row, request.user, form.cleaned_data)
        except PROBLEMS as why:
            return self._refused(request, act, row, form, why)
        messages.success(request, act.done.format(row=row or made))
        return HttpResponseRedirect(self._next(request, row if row is not None else made))

    def _form(self, request: HttpRequest, act: Act, row: Any) -> forms.Form:
        kind = act.form or forms.Form
        given: dict[str, Any] = {"data": request.POST, "files": request.FILES} if request.method == "POST" else {}
        return kind(**given, **({"row": row, "by": request.user} if issubclass(kind, RowForm) else {}))

    def _refused(self, request: HttpRequest, act: Act, row: Any, form: forms.Form, why: Exception) -> HttpResponse:
        if act.asks or row is None:
            tell(form, why)
            return self._ask(request, act, row, form, status=409 if isinstance(why, Conflict) else 200)
        messages.error(request, str(why))
        return HttpResponseRedirect(self._next(request, row))

    def _ask(self, request: HttpRequest, act: Act, row: Any, form: forms.Form, *, status: int = 200) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": act.title,
            "act": act,
            "row": row,
            "form": form,
            "next": self._next(request, row),
            **self.act_context(request, act, row),
        }
        return render(request, self.act_template, context, status=status)

    def act_context(self, request: HttpRequest, act: Act, row: Any) -> dict[str, Any]:
        """Return what the page of an act shows beside its form: `facts`, pairs of name and value."""
        return {}

    def _next(self, request: HttpRequest, row: Model | None) -> str:
        wished = request.POST.get("next") or request.GET.get("next") or ""
        if url_has_allowed_host_and_scheme(wished, {request.get_host()}, require_https=request.is_secure()):
            return wished
        base = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        return (
            reverse(f"{base}_change", args=[row.pk]) if isinstance(row, self.model) else reverse(f"{base}_changelist")
        )


class QuestionFilter(admin.SimpleListFilter):
    """A filter of a list: questions, each with its words and its condition."""

    def questions(self, request: HttpRequest) -> dict[str, tuple[Any, Q]]:
        """Return by code, as it stands in the address, the words and the condition."""
        return {}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code, words) for code, (words, _condition) in self.questions(request).items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        asked = self.questions(request).get(self.value() or "")
        return queryset.filter(asked[1]) if asked else queryset


class RowForm(forms.Form):
    """A form of an act that begins with what the row holds."""

    def __init__(self, *args: Any, row: Any = None, by: Any = None, **kwargs: Any) -> None:
        self.row, self.by = row, by
        super().__init__(*args, initial=self.initial_of(row), **kwargs)

    def initial_of(self, row: Any) -> dict[str, Any]:
        return {}


def perform(act: Act, row: Any, by: Any, values: dict[str, Any]) -> Any:
    """Call the act's service. A new row has none to pass."""
    return act.service(by=by, **values) if row is None else act.service(row, by, **values)


class ReasonForm(forms.Form):
    """Why, in words that somebody reads."""

    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
