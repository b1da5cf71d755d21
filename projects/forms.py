"""Forms of the app `projects`. allauth imports this module for FounderForm, so it imports none of allauth's forms."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from groundtruth.storage.addresses import uri_problem
from projects import guidelines, task_types
from projects.models import Invitation, MachineWish, Organization, Project, Quote, Role, User, Wish
from projects.models.project import Modality
from projects.organizations import found_organization

MAX_CATEGORIES = 250
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
ADDRESS = re.compile(r"://|www\.", re.IGNORECASE)


def plain_name(value: str) -> None:
    """Refuse what a mail's subject cannot hold, and addresses: names stand in mails that strangers can cause."""
    if CONTROL.search(value):
        raise ValidationError(_("Leave out line breaks and control characters."))
    if ADDRESS.search(value):
        raise ValidationError(_("Leave out web addresses."))


def name_field(label: Any, max_length: int, **attrs: Any) -> forms.CharField:
    """Return a field for one line of plain text."""
    return forms.CharField(
        label=label, max_length=max_length, validators=[plain_name], widget=forms.TextInput(attrs=attrs)
    )


class FounderForm(forms.Form):
    """What we ask beside e-mail and password when a stranger signs up."""

    name = name_field(gettext_lazy("Your name"), 120, autocomplete="name")
    organization = name_field(gettext_lazy("Organization"), 120, autocomplete="organization")
    field_order = ("name", "organization", "email", "password1", "password2")

    def signup(self, request: Any, user: User) -> None:
        """Called by allauth once the person exists; their mail is still to be confirmed."""
        found_organization(user, self.cleaned_data["organization"])


class NewcomerForm(forms.Form):
    """An invited person without an account sets themselves up."""

    name = name_field(gettext_lazy("Your name"), 120, autocomplete="name")
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if password := values.get("password"):
            try:
                validate_password(password, User(email=self.email, name=values.get("name", "")))
            except ValidationError as problem:
                self.add_error("password", problem)
        return values


class OrganizationForm(forms.Form):
    name = name_field(gettext_lazy("Organization"), 120, autocomplete="organization")


class NameForm(forms.Form):
    name = name_field(gettext_lazy("Name"), 120, autocomplete="name")


class InviteForm(forms.Form):
    emails = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        max_length=50 * 256,
        help_text=gettext_lazy(
            "Up to 50, separated by commas or lines. Each gets a link that works once, for 14 days."
        ),
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label=gettext_lazy("Role"), initial=Role.REVIEWER)

    def __init__(self, *args: Any, roles: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = roles


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices)


class QuoteAcceptForm(forms.Form):
    """Acceptance by name. The number says which quote was on the page."""

    number = forms.IntegerField(min_value=1, max_value=32_767, widget=forms.HiddenInput)
    name = name_field(gettext_lazy("Your full name, as signature"), 120, autocomplete="name")

    @classmethod
    def of(cls, quote: Quote | None, user: User) -> QuoteAcceptForm:
        return cls(initial={"number": quote.number if quote else 0, "name": user.name})


class CategoriesField(forms.CharField):
    """Names, one a line or separated by commas where there is one line; cleaned to a list."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        parts = text.splitlines() if "\n" in text else text.split(",")
        return [" ".join(part.split()) for part in parts if part.strip()]

    def validate(self, value: Any) -> None:
        lowered = [name.lower() for name in value]
        if self.required and not value:
            raise ValidationError(_("Name at least one category."), code="required")
        if len(value) > MAX_CATEGORIES:
            raise ValidationError(_("Name at most %(n)d categories.") % {"n": MAX_CATEGORIES})
        if long := next((name for name in value if len(name) > 120), None):
            raise ValidationError(_("“%(name)s…” is longer than 120 characters.") % {"name": long[:30]})
        if any(CONTROL.search(name) for name in value):
            raise ValidationError(_("Leave out control characters."))
        if twice := next((name for name in value if lowered.count(name.lower()) > 1), None):
            raise ValidationError(_("“%(name)s” stands here twice.") % {"name": twice})

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))


class KindWidget(forms.RadioSelect):
    """Radio buttons; what cannot be done yet is shown and cannot be chosen."""

    not_yet: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, label: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, label, *args, **kwargs)
        if str(value) in self.not_yet:
            option["attrs"]["disabled"] = True
        return option


def task_type_choices() -> tuple[list[tuple[str, Any]], frozenset[str]]:
    """Return every kind of work, then each modality that has none as “not yet”, and the values of the latter."""
    kinds = list(task_types.every())
    doable = {kind.modality for kind in kinds}
    can: list[tuple[str, Any]] = [
        (kind.slug, kind.title) for kind in sorted(kinds, key=lambda kind: (kind.modality, kind.title))
    ]
    cannot = [
        (f"not-yet-{m}", _("%(modality)s: not yet") % {"modality": name})
        for m, name in Modality.choices
        if m not in doable
    ]
    return can + cannot, frozenset(value for value, _label in cannot)


class PlacesField(forms.CharField):
    """Addresses such as s3://bucket/folder/, one a line; cleaned to a list."""

    widget = forms.Textarea(
        attrs={"rows": 2, "spellcheck": "false", "class": "mono", "placeholder": "s3://bucket/folder/"}
    )

    def to_python(self, value: Any) -> Any:
        return super().to_python(value).split()

    def validate(self, value: Any) -> None:
        if len(value) > 20:
            raise ValidationError(_("Name at most 20 places."))
        for uri in value:
            if problem := uri_problem(uri):
                raise ValidationError("%(uri)s: %(problem)s", params={"uri": uri[:200], "problem": problem})

    def run_validators(self, value: Any) -> None:
        super().run_validators("\n".join(value))


OWN, NAMED = "own", "named"
ACCESS = [
    (OWN, gettext_lazy("Upload here: we keep a folder that only this project can read")),
    (NAMED, gettext_lazy("Read and write places in buckets that you name")),
]
PII = [
    ("", gettext_lazy("I do not know")),
    ("no", gettext_lazy("No")),
    ("yes", gettext_lazy("Yes, for example faces or number plates")),
]


class MachineForm(forms.Form):
    """Whether the machine may label, and how right its labels have to be."""

    target = forms.IntegerField(
        label=gettext_lazy("Wanted accuracy, %"),
        required=False,
        validators=[MinValueValidator(50), MaxValueValidator(100)],
    )
    machine_wish = forms.ChoiceField(
        label=gettext_lazy("Automated labelling"),
        choices=MachineWish.choices,
        initial=MachineWish.ANY,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "People label a sample, a model learns from it and labels the rest where it keeps the wanted accuracy."
        ),
    )

    def clean_machine_wish(self) -> str:
        return self.cleaned_data["machine_wish"] or str(MachineWish.ANY)


class RequestForm(MachineForm):
    """The request of spec/portal.md 2, in three sections, with what the set-up needs."""

    organization = forms.ModelChoiceField(
        Organization.objects.none(), label=gettext_lazy("Organization"), to_field_name="slug"
    )
    first_name = name_field(gettext_lazy("First name"), 80, autocomplete="given-name")
    last_name = name_field(gettext_lazy("Last name"), 80, autocomplete="family-name")
    contact_email = forms.EmailField(
        label=gettext_lazy("Business e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    title = name_field(gettext_lazy("Project name"), 120)
    description = forms.CharField(
        label=gettext_lazy("Project description"),
        max_length=4000,
        help_text=gettext_lazy("What is in the data, what should come out, and what is hard about it."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    task_type = forms.ChoiceField(label=gettext_lazy("Task type"), widget=KindWidget)
    categories = CategoriesField(
        label=gettext_lazy("Categories"),
        required=False,  # how many it takes, the task type says
        max_length=40_000,
        help_text=gettext_lazy("The names to choose from, one a line. They can be refined until the pilot starts."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    guideline = forms.FileField(
        label=gettext_lazy("Guideline"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("PDF, text, Word, picture or zip, up to 20 MB. A text becomes the instructions."),
    )
    contains_pii = forms.ChoiceField(
        label=gettext_lazy("Personal data (PII)"), required=False, choices=PII, widget=forms.RadioSelect, initial=""
    )
    attests = forms.BooleanField(
        label=gettext_lazy("I confirm that there is no PHI, PCI or FedRAMP-certified data in this project"),
        error_messages={"required": gettext_lazy("Without this we cannot take the request.")},
    )

    access = forms.ChoiceField(
        label=gettext_lazy("Where the data is"), choices=ACCESS, initial=OWN, widget=forms.RadioSelect
    )
    input_places = PlacesField(
        label=gettext_lazy("Places to read"),
        required=False,
        max_length=20_000,
        help_text=gettext_lazy("One a line. Each is listed once before your request is approved."),
    )
    output_places = PlacesField(
        label=gettext_lazy("Places to write the labels to"),
        required=False,
        max_length=20_000,
        help_text=gettext_lazy("One a line. You can revoke this at any time."),
    )

    objects_expected = forms.IntegerField(
        label=gettext_lazy("How many objects"), required=False, min_value=1, max_value=2_000_000_000
    )
    turnaround_days = forms.IntegerField(
        label=gettext_lazy("Wanted within, days"), required=False, min_value=1, max_value=3650
    )
    languages = forms.CharField(
        label=gettext_lazy("Languages"),
        required=False,
        max_length=200,
        validators=[plain_name],
        help_text=gettext_lazy("Which languages people must read or hear, if any."),
    )
    wish = forms.ChoiceField(
        label=gettext_lazy("Workforce"), choices=Wish.choices, initial=Wish.ANY, widget=forms.RadioSelect
    )

    def __init__(self, *args: Any, organizations: list[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["organization"]
        field.queryset = Organization.objects.filter(pk__in=[o.pk for o in organizations])
        if len(organizations) == 1:
            field.widget, field.required, self.only = forms.HiddenInput(), False, organizations[0]
        self.fields["categories"].may_be_needed = True  # type: ignore[attr-defined]  # read where the field is written
        choices, not_yet = task_type_choices()
        kind = self.fields["task_type"]
        kind.choices, kind.widget.not_yet = choices, not_yet
        self.not_yet = not_yet

    def clean_organization(self) -> Organization:
        return self.cleaned_data["organization"] or self.only

    def clean_task_type(self) -> str:
        if (slug := self.cleaned_data["task_type"]) in self.not_yet:
            raise ValidationError(_("Work of this type cannot be done yet. Choose another."))
        return str(slug)

    def clean_guideline(self) -> UploadedFile | None:
        file = self.cleaned_data["guideline"]
        if file and (problem := guidelines.problem_of(file)):
            raise ValidationError(problem)
        return file or None

    def clean_contains_pii(self) -> bool | None:
        return {"yes": True, "no": False}.get(self.cleaned_data["contains_pii"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if slug := values.get("task_type"):
            kind = task_types.get(slug)
            values["modality"] = kind.modality
            if "categories" not in self.errors:
                self._check_categories(kind, values.get("categories") or [])
        named = values.get("access") == NAMED
        if named and "input_places" not in self.errors and not values.get("input_places"):
            self.add_error("input_places", _("Name at least one place, or choose to upload here."))
        values["places"] = {
            way: values.get(f"{name}_places") or [] if named else []
            for way, name in (("in", "input"), ("out", "output"))
        }
        organization, title = values.get("organization"), values.get("title")
        if organization and title and Project.objects.filter(organization=organization, title__iexact=title).exists():
            self.add_error("title", _("%(who)s already has a project of this name.") % {"who": organization.name})
        return values

    def remind_of_guideline(self) -> None:
        """Say, where the form is shown again, that its file must be chosen again: a browser gives none back."""
        file = self.files.get("guideline")
        if file and "guideline" not in self.errors:
            self.add_error("guideline", _("Choose %(name)s again: a browser keeps no file.") % {"name": file.name})

    def _check_categories(self, kind: task_types.TaskType, names: list[str]) -> None:
        if not names and kind.min_categories:
            self.add_error("categories", _("Name at least one category."))
        elif not kind.min_categories <= len(names) <= kind.max_categories:
            words = {"title": kind.title, "least": kind.min_categories, "most": kind.max_categories}
            self.add_error("categories", _("%(title)s takes %(least)d to %(most)d categories.") % words)


def roles_to_give(role: str) -> list[tuple[str, Any]]:
    """Return the roles that a member of this role may invite to."""
    return [(value, label) for value, label in Role.choices if value != Role.OWNER or role == Role.OWNER]


def newcomer_form(invitation: Invitation, data: Any = None) -> NewcomerForm:
    return NewcomerForm(data, email=invitation.email)
