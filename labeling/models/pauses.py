"""Who gets no more of a job for now: why, on what evidence, what the worker says to it, and what was decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from groundtruth.ids import public_id
from labeling.models.jobs import Job
from workforce.models import Worker

MOST_WORDS = 1000  # characters of an appeal, and of the answer to it


class WorkerPause(models.Model):
    """One worker is handed nothing more of one job until it is lifted; what they answered counts as before.

    evidence: of the rule alone: `right` of `seen` answers, the interval `low` to `high`, `asked` (the job's
    `least_right`) and `source`. by: who paused by hand; null is the rule.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="pauses")
    worker = models.ForeignKey(Worker, on_delete=models.CASCADE, related_name="pauses")
    public_id = models.CharField(max_length=20, unique=True, default=public_id, editable=False)
    reason = models.CharField(_("reason"), max_length=500)
    evidence = models.JSONField(default=dict, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    appeal = models.CharField(_("what the worker says"), max_length=MOST_WORDS, blank=True)
    appealed_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(_("answer"), max_length=MOST_WORDS, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("pause of a worker")
        verbose_name_plural = _("pauses of workers")
        constraints = [
            models.UniqueConstraint(fields=["job", "worker"], condition=Q(lifted_at=None), name="pause_open_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="pause_reason"),
            models.CheckConstraint(
                condition=Q(appealed_at=None, appeal="") | (Q(appealed_at__isnull=False) & ~Q(appeal="")),
                name="pause_appeal",
            ),
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None, lifted_at=None, answer="")
                | Q(decided_at__isnull=False, decided_by__isnull=False, lifted_at__isnull=False)
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(answer="")),  # kept, and said why
                name="pause_decision",
            ),
        ]
        indexes = [
            models.Index(
                fields=["appealed_at"], condition=Q(appealed_at__isnull=False, decided_at=None), name="pause_appealed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.worker}, {self.job}"

    @property
    def is_open(self) -> bool:
        return self.lifted_at is None

    @property
    def is_appealed(self) -> bool:
        """Whether an appeal waits for operations."""
        return self.appealed_at is not None and self.decided_at is None
