"""What rules found at labels, which of it people looked at, and who was right."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.models.jobs import Job
from labeling.models.labels import Label


class Sent(models.TextChoices):
    """Why others label an object anew."""

    NOT = "", _("not sent")
    WORST = "worst", _("among the worst")
    RANDOM = "random", _("at random, from below the threshold")


class Finding(models.Model):
    """A label that a rule finds wrong, at most one a rule. `is_wrong` is what others said who labelled it anew."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="findings")  # that looked for it
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="findings")
    rule = models.CharField(max_length=40)
    severity = models.FloatField()
    detail = models.JSONField(default=dict)  # the values of the rule's sentence
    sent = models.CharField(max_length=6, blank=True, default=Sent.NOT, choices=Sent.choices)
    is_wrong = models.BooleanField(null=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["label", "rule"], name="finding_once"),
            models.CheckConstraint(condition=Q(severity__range=(0, 1)), name="finding_severity"),
            models.CheckConstraint(condition=Q(sent__in=Sent.values), name="finding_sent"),
            models.CheckConstraint(
                condition=Q(is_wrong=None, resolved_at=None) | Q(is_wrong__isnull=False, resolved_at__isnull=False),
                name="finding_resolved",
            ),
        ]
        indexes = [models.Index(fields=["job", "rule", "-severity"], name="finding_worst")]

    def __str__(self) -> str:
        return f"{self.rule} at label {self.label_id}"
