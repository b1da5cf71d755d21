"""What the frame of every portal page shows: the portals a person has, and the pages of where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.models import Membership, Project, Quote, User
from workforce.models import Worker, WorkerStatus

DESK_PLACES = ("/admin/", "/outbox/", "/patterns/")  # the last two are no tables, and belong to the desk all the same
DESK = (  # heading; title, name of the page, icon
    (
        gettext_lazy("Desk"),
        (
            (gettext_lazy("Today"), "admin:index", "inbox"),
            (gettext_lazy("Projects"), "admin:projects_project_changelist", "folder"),
            (gettext_lazy("Batches"), "admin:batches_batch_changelist", "layers"),
            (gettext_lazy("Comments"), "admin:batches_objectfeedback_changelist", "message-square"),
            (gettext_lazy("Questions"), "admin:labeling_question_changelist", "message-circle-question-mark"),
            (gettext_lazy("Quotes"), "admin:projects_quote_changelist", "tag"),
        ),
    ),
    (
        gettext_lazy("People"),
        (
            (gettext_lazy("Customers"), "admin:projects_organization_changelist", "building-2"),
            (gettext_lazy("Invitations"), "admin:projects_invitation_changelist", "mail-plus"),
            (gettext_lazy("Accounts"), "admin:projects_user_changelist", "user"),
            (gettext_lazy("Workers"), "admin:workforce_worker_changelist", "users"),
            (gettext_lazy("Qualifications"), "admin:workforce_qualification_changelist", "clipboard-check"),
            (gettext_lazy("Teams"), "admin:workforce_team_changelist", "users-round"),
            (gettext_lazy("Vendors"), "admin:workforce_vendor_changelist", "shield"),
        ),
    ),
    (
        gettext_lazy("System"),
        (
            (gettext_lazy("Jobs"), "admin:labeling_job_changelist", "briefcase"),
            (gettext_lazy("Transfers"), "admin:batches_manifest_changelist", "arrow-down-up"),
            (gettext_lazy("Deliveries"), "admin:batches_delivery_changelist", "package"),
            (gettext_lazy("Data access"), "admin:projects_datagrant_changelist", "key-round"),
            (gettext_lazy("Mails"), "admin:projects_notice_changelist", "mail"),
            (gettext_lazy("Outbox"), "outbox", "mails"),
            (gettext_lazy("Audit log"), "admin:projects_auditevent_changelist", "history"),
            (gettext_lazy("Patterns"), "patterns", "columns-3"),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    icon: str = ""
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Section:
    title: str
    links: list[Link]


@dataclass(frozen=True)
class Frame:
    name: str
    email: str
    initials: str
    portals: list[Link] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor. Nobody sees a link that would be refused."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"frame": None}
    return {"frame": Frame(str(user), user.email, user.initials, _portals(request, user), _sections(request, user))}


def _portals(request: HttpRequest, user: User) -> list[Link]:
    """Return the portals this person has a role in; one alone needs no switch."""
    wanted = [
        (_("Projects"), reverse("projects"), user.is_staff or Membership.objects.filter(user=user).exists()),
        (_("Work"), reverse("work_home"), Worker.objects.filter(user=user, status=WorkerStatus.ACTIVE).exists()),
        (_("Operations"), reverse("admin:index"), user.is_staff),
    ]
    links = [Link(title, url, current=_under(request, url)) for title, url, has in wanted if has]
    return links if len(links) > 1 else []


def _under(request: HttpRequest, url: str) -> bool:
    return request.path.startswith(url) or (
        (url == reverse("projects") and request.path.startswith(("/orgs/", "/metrics/")))
        or (url == reverse("admin:index") and request.path.startswith(DESK_PLACES))
    )


def _sections(request: HttpRequest, user: User) -> list[Section]:
    if user.is_staff and request.path.startswith(DESK_PLACES):
        return _desk_sections(request)
    if request.path.startswith("/work/") or (request.path.startswith("/account/") and _only_works(user)):
        return _work_sections(request)
    organization = getattr(request, "organization", None)
    sections = [Section(organization.name if organization else _("All of mine"), _home_links(request, organization))]
    project = getattr(request, "project", None)
    if project is not None:
        sections.append(Section(project.title, _project_links(request, project)))
    return sections


def _work_sections(request: HttpRequest) -> list[Section]:
    links = [
        (_("Jobs"), reverse("work_home"), "briefcase"),
        (_("History"), reverse("work_history"), "history"),
        (_("Quality"), reverse("work_quality"), "gauge"),
    ]
    return [Section(_("Work"), [Link(t, u, i, request.path == u) for t, u, i in links])]


def _only_works(user: User) -> bool:
    return not user.is_staff and Worker.objects.filter(user=user, user__memberships=None).exists()


def _desk_sections(request: HttpRequest) -> list[Section]:
    return [Section(str(title), [_desk_link(request, *entry) for entry in entries]) for title, entries in DESK]


def _desk_link(request: HttpRequest, title: Any, name: str, icon: str) -> Link:
    url = reverse(name)
    is_here = request.path == url or (name != "admin:index" and request.path.startswith(url))
    return Link(str(title), url, icon, is_here)


def _home_links(request: HttpRequest, organization: Any) -> list[Link]:
    links = [Link(_("Projects"), reverse("projects"), "folder", request.path == reverse("projects"))]
    links.append(Link(_("Metrics"), reverse("metrics"), "chart-column", request.path == reverse("metrics")))
    if organization is not None:
        url = reverse("organization", args=[organization.slug])
        links.append(Link(_("Organization"), url, "building-2", request.path == url))
    return links


def _project_links(request: HttpRequest, project: Project) -> list[Link]:
    here = [project.organization.slug, project.slug]
    overview, batches, access, quote = (reverse(n, args=here) for n in ("project", "batches", "data_access", "quote"))
    waiting = Quote.objects.filter(project=project, accepted_at=None).count()
    return [
        Link(_("Overview"), overview, "chart-pie", request.path == overview),
        Link(_("Batches"), batches, "layers", request.path.startswith(batches)),
        Link(_("Data access"), access, "key-round", request.path == access),
        Link(_("Quote"), quote, "tag", request.path == quote, waiting),
    ]
