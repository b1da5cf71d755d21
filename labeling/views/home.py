"""`/`: where each person begins."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from projects.models import Membership
from workforce.models import Worker


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Send a person to their portal: operations, then customers, then workers."""
    if request.user.is_staff:
        return redirect("admin:index")
    if (
        Worker.objects.filter(user=request.user.pk).exists()
        and not Membership.objects.filter(user=request.user.pk).exists()
    ):
        return redirect("work_home")
    return redirect("projects")
