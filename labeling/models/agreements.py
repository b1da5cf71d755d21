"""How far the people of a job agree, measured once when its final labels are written."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from groundtruth.work import WorkRow
from labeling.models.jobs import Job


class JobAgreement(WorkRow):
    """One job's agreement; its chore measures it after the job has ended, so that nothing waits for it.

    report: what `labeling/services/measuring.py` says it is; empty until then.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="agreement")
    report = models.JSONField(default=dict, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("agreement")

    def __str__(self) -> str:
        return f"agreement in {self.job}"
