"""With which data: where a project may read and write, and nowhere else."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from projects.models.project import Project


class Direction(models.TextChoices):
    IN = "in", _("read")
    OUT = "out", _("write")


class DataGrant(models.Model):
    """Leave to read or write below one prefix of one bucket. A credential is a name in the settings, never a secret."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="grants")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    bucket = models.CharField(max_length=63)
    prefix = models.CharField(max_length=1000, blank=True)  # empty: the whole bucket; else ends with /
    endpoint = models.CharField(max_length=200, blank=True)
    credential = models.CharField(max_length=60, blank=True)
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "direction", "bucket", "prefix"], condition=Q(revoked_at=None), name="grant_once"
            ),
            models.CheckConstraint(condition=Q(prefix="") | Q(prefix__endswith="/"), name="grant_prefix_is_folder"),
            models.CheckConstraint(condition=Q(direction__in=Direction.values), name="grant_direction"),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} s3://{self.bucket}/{self.prefix}"

    def covers(self, bucket: str, key: str) -> bool:
        """Say whether an object lies in what was granted."""
        return self.bucket == bucket and key.startswith(self.prefix)
