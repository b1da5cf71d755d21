"""Objects and labels a day: over all of mine, a project or a batch; a day or a range."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET

from batches.forms import MetricsForm
from batches.queries_metrics import metrics, metrics_csv_rows, parse_scope, scope_choices
from batches.views.batches import csv_answer
from batches.views.live import live_page


@require_GET
@login_required
def metrics_page(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    form = MetricsForm(request.GET)
    (first, last), scope = form.range(), parse_scope(request.GET.get("scope", ""))
    query = urlencode({"scope": scope.code, "first": first.isoformat(), "last": last.isoformat()})
    csv_url = f"{reverse('metrics_csv')}?{query}"
    context = {
        "found": metrics(user, scope, first, last, csv_url=csv_url),
        "scope": scope.code,
        "choices": scope_choices(user),
        "first": first,
        "last": last,
        "csv_url": csv_url,
    }
    return live_page(request, "batches/metrics.html", "batches/_metrics.html", context)


@require_GET
@login_required
def metrics_csv(request: HttpRequest) -> StreamingHttpResponse:
    user: Any = request.user
    first, last = MetricsForm(request.GET).range()
    scope = parse_scope(request.GET.get("scope", ""))
    return csv_answer(metrics_csv_rows(user, scope, first, last), f"metrics-{first}-{last}.csv")
