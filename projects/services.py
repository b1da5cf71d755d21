"""What happens to a project, from its request to its contract. What needs its batches stands in `batches`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from groundtruth import clock
from groundtruth.ids import free_slug
from groundtruth.states import Conflict, Invalid, Refused, move
from groundtruth.storage import StoreError
from projects import granting, guidelines, task_types
from projects.audit import record
from projects.models import DataGrant, Direction, LabelSchema, Organization, Project, Quote, Stage, User
from projects.notices import notify, notify_project
from projects.states import WORKING, ProjectState

CLOSABLE = ("review_in_progress", "pilot_complete", "pricing_complete")  # nobody labels, and nothing was signed
REQUEST_FIELDS = (
    "title", "description", "first_name", "last_name", "contact_email", "modality", "task_type", "categories",
    "objects_expected", "target", "turnaround_days", "languages", "wish", "machine_wish", "contains_pii", "places",
)  # fmt: skip
ASK_SETTLED = {"ask": "", "ask_reason": "", "ask_at": None}


# --- the request ------------------------------------------------------------------------------------


def request_project(
    user: User, organization: Organization, form: dict[str, Any], guideline: UploadedFile | None = None
) -> Project:
    """Take a request for a project; the guideline file is stored before the row, and removed if there will be none.

    `form` holds REQUEST_FIELDS and `attests`: that there is no PHI, PCI or FedRAMP data. Raises Refused at the sixth
    request in review, Invalid for a title in use, a task type that cannot be done or a missing attestation.
    """
    problems = _request_problems(organization, form)
    if problems:
        raise Invalid(problems)
    _refuse_sixth(organization)
    slug = free_slug(form["title"], Project.objects.filter(organization=organization))
    kept = _keep_guideline(organization, slug, guideline)
    try:
        with transaction.atomic():
            return _create_project(user, organization, form, slug, kept, guideline)
    except (IntegrityError, Invalid, Refused) as problem:
        guidelines.forget(kept)
        if isinstance(problem, IntegrityError):
            raise Conflict(
                _("Somebody requested a project of this name just now. Send the request again.")
            ) from problem
        raise


def _request_problems(organization: Organization, form: dict[str, Any]) -> list[str]:
    problems = []
    if not form.get("attests"):
        problems.append(_("Confirm that there is no PHI, PCI or FedRAMP-certified data in this project."))
    if form["task_type"] not in {kind.slug for kind in task_types.every() if kind.modality == form["modality"]}:
        problems.append(_("Work of this type cannot be done yet. Choose another."))
    if Project.objects.filter(organization=organization, title__iexact=form["title"]).exists():
        problems.append(_("%(who)s already has a project of this name.") % {"who": organization.name})
    return problems


def in_review(organization: Organization) -> int:
    """Return how many requests of a customer are under review."""
    return Project.objects.filter(organization=organization, state="review_in_progress", closed_at=None).count()


def _refuse_sixth(organization: Organization) -> None:
    most = settings.MAX_PROJECTS_IN_REVIEW
    if in_review(organization) >= most:
        raise Refused(_("%(n)d requests are under review. Wait for an answer, or withdraw one.") % {"n": most})


def _keep_guideline(organization: Organization, slug: str, guideline: UploadedFile | None) -> str:
    if guideline is None:
        return ""
    try:
        return guidelines.keep(organization.slug, slug, guideline)
    except StoreError as problem:
        raise Invalid(_("The guideline file could not be stored. Send the request again.")) from problem


def _create_project(
    user: User, organization: Organization, form: dict[str, Any], slug: str, kept: str, guideline: UploadedFile | None
) -> Project:
    Organization.objects.select_for_update().get(pk=organization.pk)  # two fifth requests at once: one of them waits
    _refuse_sixth(organization)
    project = Project.objects.create(
        organization=organization,
        slug=slug,
        requested_by=user,
        attested_by=str(user),
        attested_at=clock.now(),
        guideline_key=kept,
        guideline_name=(guideline.name or "")[:200] if guideline else "",
        **{name: form[name] for name in REQUEST_FIELDS if name in form},
    )
    record("request project", user, project, task_type=project.task_type)
    notify(f"requested-{project.pk}", project.contact_email, "project_requested", **_words(project))
    return project


def _words(project: Project) -> dict[str, Any]:
    return {"project": project.title, "org": project.organization.slug, "slug": project.slug}


def withdraw(project: Project, by: User) -> None:
    """Take back a request that is still under review. Raises Refused later: then ask for a pause."""
    if project.state != ProjectState.REVIEW_IN_PROGRESS:
        raise Refused(_("This request was answered already. Ask for a pause instead."))
    _close(project, by, "withdraw", "Withdrawn by the customer.")


def close_request(project: Project, by: Any, reason: str) -> None:
    """Refuse a request, or end a project whose price was declined, with the reason that the customer reads."""
    if project.state not in CLOSABLE:
        raise Refused(
            "Only a request under review, or a project after its pilot and before its contract, can be closed."
        )
    if not reason.strip():
        raise Invalid("Say why: the customer reads it.")
    with transaction.atomic():
        _close(project, by, "close", reason.strip()[:300])
        notify_project(f"closed-{project.pk}", project, "project_closed", reason=project.closed_reason)


def _close(project: Project, by: Any, verb: str, reason: str) -> None:
    with transaction.atomic():
        same = Project.objects.filter(pk=project.pk, closed_at=None, state=project.state)
        project.closed_at, project.closed_reason = clock.now(), reason
        if not same.update(closed_at=project.closed_at, closed_reason=reason, **ASK_SETTLED):
            raise Conflict(_("This project changed meanwhile. Load the page again."))
        record(verb, by, project, reason=reason)


def wish_machine(project: Project, by: User, *, machine_wish: str, target: int | None) -> None:
    """Keep whether the machine may label, and the wanted accuracy in per cent. Raises Refused once it is closed."""
    with transaction.atomic():
        still_open = Project.objects.filter(pk=project.pk, closed_at=None)
        if not still_open.update(machine_wish=machine_wish, target=target):
            raise Refused(_("This project is closed."))
        record("wish machine", by, project, wish=machine_wish, accuracy=target, before=project.machine_wish)


# --- operations ---------------------------------------------------------------------------------------


def note_consultation(project: Project, by: Any, *, at: datetime | None, notes: str) -> None:
    """Keep when the consultation is and what was agreed; tell the customer a new time."""
    with transaction.atomic():
        told = at is not None and at != project.consultation_at
        Project.objects.filter(pk=project.pk).update(consultation_at=at, consultation_notes=notes)
        project.consultation_at, project.consultation_notes = at, notes
        record("consultation", by, project, at=at.isoformat() if at else "")
        if told and at:
            notify_project(f"consultation-{project.pk}-{at:%s}", project, "consultation", at=f"{at:%Y-%m-%d %H:%M} UTC")


def approve(
    project: Project, by: Any, *, input_places: list[str] | None = None, output_places: list[str] | None = None
) -> list[DataGrant]:
    """Approve a request: grant its places, each listed once before, and copy what was wished into the set-up.

    The project's own prefix is granted in both directions. `input_places` and `output_places` are s3 addresses;
    None means those that the customer stated.
    Raises Invalid with every place that cannot be granted, Refused for a closed request, Conflict if it was approved.
    """
    wanted_in = project.places.get("in", []) if input_places is None else input_places
    wanted_out = project.places.get("out", []) if output_places is None else output_places
    readable, problems = granting.stated_places(project, Direction.IN, wanted_in)
    writable, more = granting.stated_places(project, Direction.OUT, wanted_out)
    own = granting.own_places(project)
    # An own place that was stated too is granted once.
    places = [*own, *(place for place in [*readable, *writable] if place not in own)]
    try:
        granting.make_own_bucket()
        instructions = guidelines.text_of(project)
    except StoreError as problem:
        raise Invalid(f"Our own bucket does not answer: {problem}") from problem
    problems = [*problems, *more, *filter(None, map(granting.list_once, places))]
    if problems:
        raise Invalid(problems)
    with transaction.atomic():
        _locked_open(project)
        move(project, "approve", by, state_since=clock.now())
        _copy_wishes(project, instructions)
        grants = [_grant(project, by, place) for place in places]
        notify_project(f"approved-{project.pk}", project, "project_approved")
    return grants


def _locked_open(project: Project) -> Project:
    """Return the row as it is now, locked to the end of the transaction. Raises Refused for a closed project."""
    fresh = Project.objects.select_for_update().get(pk=project.pk)
    if fresh.closed_at:
        raise Refused(_("This project was closed."))
    return fresh


def _copy_wishes(project: Project, instructions: str) -> None:
    """Make the first version of the categories and instructions from the request; operations refine it."""
    made = {"categories": project.categories, "full_instructions": instructions or project.description}
    LabelSchema.objects.get_or_create(project=project, version=1, defaults=made)


def _grant(project: Project, by: Any, place: granting.Place) -> DataGrant:
    grant = DataGrant.objects.create(
        project=project,
        direction=place.direction,
        bucket=place.bucket,
        prefix=place.prefix,
        granted_by=by,
        verified_at=clock.now(),
    )
    record("grant", by, grant, direction=place.direction, place=place.uri)
    return grant


def add_grant(project: Project, by: Any, *, direction: str, uri: str) -> DataGrant:
    """Grant one more place, listed once before. Raises Invalid where it cannot be granted or is already."""
    places, problems = granting.stated_places(project, direction, [uri])
    problems += filter(None, map(granting.list_once, places))
    if problems or not places:
        raise Invalid(problems or ["Write an address such as s3://bucket/folder/."])
    try:
        with transaction.atomic():
            return _grant(project, by, places[0])
    except IntegrityError as problem:
        raise Invalid(f"{places[0].uri} is granted already.") from problem


def revoke_grant(grant: DataGrant, by: Any) -> None:
    """Take leave back, at once. Repeated, it does nothing more."""
    with transaction.atomic():
        if DataGrant.objects.filter(pk=grant.pk, revoked_at=None).update(revoked_at=clock.now()):
            record("revoke", by, grant, direction=grant.direction, place=f"s3://{grant.bucket}/{grant.prefix}")


def verify_grant(grant: DataGrant, by: Any) -> str:
    """List the place once more; return why it cannot be, or nothing after noting that it can."""
    place = granting.Place(grant.direction, grant.bucket, grant.prefix)
    problem = granting.list_once(place, grant.endpoint, grant.credential)
    if not problem:
        DataGrant.objects.filter(pk=grant.pk).update(verified_at=clock.now())
    return problem


def set_up(project: Project, by: Any) -> None:
    """Begin the design and set-up of the workflow."""
    _step(project, "set_up", by)


def _step(project: Project, event: str, by: Any, **values: Any) -> None:
    with transaction.atomic():
        _locked_open(project)
        move(project, event, by, state_since=clock.now(), **values)


# --- price and contract -----------------------------------------------------------------------------


def price(project: Project, by: Any, *, currency: str, price: int) -> Quote:
    """Quote a price an object, in minor units; the first one ends the pilot, a later one takes its place.

    Raises Invalid without a price, Refused once a quote was accepted, Conflict before the pilot is complete.
    """
    if price <= 0 or not (len(currency) == 3 and currency.isascii() and currency.isalpha()):
        raise Invalid("Give a price above nought, in a currency such as EUR.")
    with transaction.atomic():
        fresh = _locked_open(project)
        quotes = Quote.objects.filter(project=project)
        number = (quotes.aggregate(n=Max("number"))["n"] or 0) + 1
        quotes.filter(accepted_at=None).delete()
        if quotes.exists():
            raise Refused("The customer accepted a quote already.")
        quote = Quote.objects.create(
            project=project, number=number, currency=currency.upper(), price=price, created_by=by
        )
        record("quote", by, quote, number=number, currency=quote.currency, price=price)
        if fresh.state != ProjectState.PRICING_COMPLETE:
            move(project, "price", by, state_since=clock.now())
        notify_project(f"quote-{project.pk}-{number}", project, "quote_ready", price=str(quote))
    return quote


def accept_quote(quote: Quote, by: User, *, name: str) -> None:
    """Accept a quote with one's name, once and for good. Raises Conflict for one that was replaced or accepted."""
    name = " ".join(name.split())
    if not name:
        raise Invalid(_("Write your name: it is your signature."))
    with transaction.atomic():
        fresh = _locked_open(quote.project)
        if fresh.state != ProjectState.PRICING_COMPLETE:
            raise Refused(_("This project has no price to accept now."))
        open_still = Quote.objects.filter(pk=quote.pk, accepted_at=None)
        if not open_still.update(accepted_by=by, accepted_name=name[:120], accepted_at=clock.now()):
            raise Conflict(_("This quote was replaced or accepted meanwhile. Load the page again."))
        record(
            "accept quote", by, quote, number=quote.number, currency=quote.currency, price=quote.price, name=name[:120]
        )
        for person in User.objects.filter(pk__in=[quote.created_by_id, quote.project.owner_id], is_active=True):
            notify(
                f"accepted-{quote.pk}-{person.pk}",
                person.email,
                "quote_accepted",
                price=str(quote),
                **_words(quote.project),
            )


def sign(project: Project, by: Any) -> None:
    """Record that the contract is executed. Raises Refused unless the customer accepted a quote."""
    if not Quote.objects.filter(project=project, accepted_at__isnull=False).exists():
        raise Refused("The customer has not accepted a quote yet.")
    _step(project, "sign", by)


def go_live(project: Project, by: Any) -> None:
    """Begin production: batches from now on are production batches."""
    _step(project, "go_live", by, stage=Stage.PRODUCTION.value)


# --- pause --------------------------------------------------------------------------------------------


def ask(project: Project, by: User, *, wish: str, reason: str) -> None:
    """Note the customer's wish to pause or resume, with the reason; operations settle it. A later wish replaces it."""
    allowed = {"pause": project.state in WORKING, "resume": project.state == ProjectState.PAUSED}
    if project.closed_at or not allowed.get(wish):
        state = project.get_state_display()
        raise Refused(_("A project that is “%(state)s” cannot be asked to %(wish)s.") % {"state": state, "wish": wish})
    if not reason.strip():
        raise Invalid(_("Say why: operations read it."))
    with transaction.atomic():
        same = Project.objects.filter(pk=project.pk, state=project.state)
        if not same.update(ask=wish, ask_reason=reason.strip()[:500], ask_at=clock.now()):
            raise Conflict(_("This project changed meanwhile. Load the page again."))
        record(f"ask to {wish}", by, project, reason=reason.strip()[:500])


def pause(project: Project, by: Any, *, reason: str = "") -> None:
    """Pause a project at the customer's request; nothing of it is handed out until it is resumed."""
    with transaction.atomic():
        fresh = _locked_open(project)  # the state before is what it is now, not when the page was drawn
        move(project, "pause", by, state_before_pause=fresh.state, state_since=clock.now(), **ASK_SETTLED)
        record("pause reason", by, project, reason=reason or fresh.ask_reason)
        notify_project(
            f"pause-project-{project.pk}-{clock.now():%s}", project, "project_paused", reason=reason or fresh.ask_reason
        )


def resume(project: Project, by: Any) -> None:
    """Let a paused project go on from the state it was in."""
    with transaction.atomic():
        fresh = _locked_open(project)
        project.state_before_pause = fresh.state_before_pause
        move(project, "resume", by, state_before_pause="", state_since=clock.now(), **ASK_SETTLED)
        notify_project(f"resume-project-{project.pk}-{clock.now():%s}", project, "project_resumed")
