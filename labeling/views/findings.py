"""What the rules found in a batch: the desk's page, and the part of the customer's."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from batches.models import Batch
from batches.views.found import found_batch
from labeling.finding_queries import looked_again, looked_of, worst_findings
from labeling.views.machine import STOP_POLLING
from projects.access import EVERY_ROLE, PortalRequest, require_role


@require_GET
@require_role(*EVERY_ROLE)
def findings(request: PortalRequest, batch: str) -> HttpResponse:
    """Return the part of a batch's page; empty where no rule looks at its labels."""
    found = looked_again(found_batch(request, batch))
    status = STOP_POLLING if found is None or found.is_done else 200
    return render(request, "labeling/_findings.html", {"found": found}, status=status)


def desk_findings(request: HttpRequest, pk: int, context: dict[str, Any]) -> HttpResponse:
    """Show operations what each rule found, how often people agreed, and the worst findings. `context`: the admin's."""
    batch = get_object_or_404(Batch.objects.select_related("project__organization"), pk=pk)
    looked = looked_of(batch)
    if looked is None:
        raise Http404
    asked = request.GET.get("rule", "")
    rule = asked if asked in {row.name for row in looked.rules} else ""
    tabs = [{"title": _("All rules"), "url": "?", "current": not rule}]
    tabs += [
        {"title": row.title, "url": f"?rule={row.name}", "current": row.name == rule, "count": row.found}
        for row in looked.rules
        if row.found
    ]
    project = batch.project
    shown = {
        "batch": batch,
        "looked": looked,
        "rows": worst_findings(batch, rule),
        "tabs": tabs,
        "here": (project.organization.slug, project.slug, batch.slug),
    }
    return render(request, "labeling/desk/findings.html", {**context, **shown})
