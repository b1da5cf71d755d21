"""What happened: an append-only table. Triggers of the database refuse every change but sealing."""

from __future__ import annotations

from django.db import models


class AuditEvent(models.Model):
    """One event. Plain ids, no foreign keys: the log outlives what it speaks of."""

    at = models.DateTimeField(db_index=True)
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254, blank=True)  # how they were called then
    organization_id = models.BigIntegerField(null=True)
    project_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.BigIntegerField(null=True)
    request_id = models.CharField(max_length=40, blank=True)
    data = models.JSONField(default=dict)
    sealed_no = models.BigIntegerField(null=True, unique=True)
    prev_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id", "at"], name="audit_by_target"),
            models.Index(fields=["project_id", "at"], name="audit_by_project"),
            models.Index(fields=["id"], condition=models.Q(hash=""), name="audit_unsealed"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.verb}"
