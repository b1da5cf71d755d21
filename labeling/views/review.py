"""The customer's look at labels: the review of the sample, any object while the batch runs, the pictures themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from batches import services
from batches.models import Batch, DataObject
from batches.views.found import found_batch, here
from groundtruth.acts import act
from groundtruth.http import page
from groundtruth.states import Invalid, Refused
from labeling import review_queries as queries
from labeling.finding_queries import findings_on
from labeling.services import jobs, showing, so_far
from labeling.views.frames import frame_url, framed, modules
from projects.access import EVERY_ROLE, MAY_MANAGE, MAY_REVIEW, PortalRequest, require_role, role_in
from projects.audit import record
from projects.grants import sign_for


def _view_context(request: PortalRequest, batch: Batch, row: DataObject) -> dict[str, Any]:
    record("look at object", request.user, row, project=request.project)
    return {
        "batch": batch,
        "shown": queries.show_object(row, showing.render_object),
        "modules": modules(),
        "frame_url": frame_url(request.project.pk),
        "mine": queries.feedback_of(row, batch.round, request.user),
        "may_say": request.role in MAY_REVIEW and batch.state in services.TAKES_FEEDBACK,
        "here": here(request, batch),
    }


@require_GET
@require_role(*EVERY_ROLE)
def review(request: PortalRequest, batch: str) -> HttpResponse:
    """The sample, an object at a time; without a number it goes on where this person stopped."""
    found = found_batch(request, batch)
    kept = f"review-{found.pk}-{found.round}"
    asked = request.GET.get("object", "")
    number = int(asked[:9]) if asked.isdecimal() else request.session.get(kept, 1)
    place = queries.place_in_sample(found, number)
    if place is None or found.state not in services.SAMPLE_DRAWN:
        return render(request, "labeling/review_empty.html", {"batch": found, "here": here(request, found)})
    request.session[kept] = place.number
    context = {**_view_context(request, found, place.row), "place": place}
    context["may_send"] = found.state == "ready_for_review" and request.role in MAY_REVIEW
    return framed(request, page(request, "labeling/review.html", context), request.project.pk)


@require_POST
@require_role(*MAY_REVIEW)
def give_feedback(request: PortalRequest, batch: str, object_id: str) -> HttpResponse:
    """Keep a word on an object: as it is typed (htmx) or by its button."""
    found = found_batch(request, batch)
    row = get_object_or_404(DataObject, batch=found, public_id=object_id)
    verdict, comment = request.POST.get("verdict", ""), request.POST.get("comment", "").replace("\x00", "")
    try:
        said = services.give_feedback(found, row, request.user, verdict=verdict, comment=comment)
    except (Refused, Invalid) as why:
        context, status = {"problem": str(why)}, 409 if isinstance(why, Refused) else 400
    else:
        context, status = {"said": said}, 200
    if request.headers.get("HX-Request"):
        return render(request, "labeling/_kept.html", context, status=200)
    if status != 200:
        messages.error(request, context["problem"])
    return redirect(
        request.POST.get("back")
        if _is_ours(request.POST.get("back", ""))
        else reverse("object", args=[*here(request, found), object_id])
    )


def _is_ours(path: str) -> bool:
    return path.startswith("/orgs/") and "//" not in path and "\\" not in path


@require_POST
@require_role(*MAY_REVIEW)
def send_review(request: PortalRequest, batch: str) -> HttpResponse:
    """Send the feedback of the whole sample at once."""
    found = found_batch(request, batch)
    said = _("Your feedback was sent. Now accept or reject the batch.")
    return act(request, reverse("batch", args=here(request, found)), said, services.send_review, found, request.user)


@require_GET
@require_role(*EVERY_ROLE)
def object_page(request: PortalRequest, batch: str, object_id: str) -> HttpResponse:
    found = found_batch(request, batch)
    row = get_object_or_404(DataObject, batch=found, public_id=object_id)
    context = {**_view_context(request, found, row), "everybody": queries.feedback_on(row)}
    context |= {"revisions": queries.revisions_of(row), "findings": findings_on(row)}
    if request.role == "operations":  # a customer's people may be among those who have still to answer
        context["so_far"] = so_far.sum_up(row) if context["shown"].label is None else None
    return framed(request, page(request, "labeling/object.html", context), request.project.pk)


@require_GET
@require_role(*EVERY_ROLE)
def objects(request: PortalRequest, batch: str) -> HttpResponse:
    """A batch's objects with their labels so far."""
    found = found_batch(request, batch)
    after, show = request.GET.get("after", ""), request.GET.get("show", "")
    rows = queries.object_rows(found, show, int(after[:9]) if after.isdecimal() else -1)
    more = rows[-1].ordinal if len(rows) == queries.ROWS else None
    tabs = [("", _("All")), ("labelled", _("Labelled")), ("failed", _("Failed")), ("feedback", _("With feedback"))]
    context = {"batch": found, "rows": rows, "more": more, "show": show, "tabs": tabs, "here": here(request, found)}
    return page(request, "labeling/objects.html", context)


@require_POST
@require_role(*MAY_MANAGE)
def retry_failed(request: PortalRequest, batch: str) -> HttpResponse:
    """Offer the failed objects to people again."""
    found = found_batch(request, batch)
    try:
        count = jobs.retry_failed(found, request.user)
    except Refused as why:
        messages.error(request, str(why))
    else:
        said = ngettext("%(n)d object is tried again.", "%(n)d objects are tried again.", count) % {"n": count}
        messages.success(request, said)
    return redirect("batch", *here(request, found))


@require_GET
def media(request: HttpRequest, public_id: str) -> HttpResponse:
    """Check, audit and redirect to a short-lived address of an object's file."""
    row = DataObject.objects.filter(public_id=public_id).select_related("batch__project__organization").first()
    if row is None or not row.source_ref or not request.user.is_authenticated:
        raise Http404
    if role_in(request.user, row.batch.project.organization) is None:
        raise Http404
    record("read object", request.user, row, project=row.batch.project)
    address = sign_for(row.batch.project_id, row.source_ref)
    if not address:
        raise Http404
    return redirect(address)
