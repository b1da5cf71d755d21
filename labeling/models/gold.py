"""Objects whose right answer is known: mixed in among others, they tell how well people work."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from batches.models import DataObject
from labeling.models.jobs import Job


class GoldSource(models.TextChoices):
    """Where a known answer comes from."""

    SET = "set", _("set by operations")
    PROMOTED = "promoted", _("promoted from a label")


class GoldAnswer(models.Model):
    """The right answer for an object under an attribute, as an annotation's payload holds one.

    `job` is the one on whose desk page it was made: what asks the same of people may mix it in.
    """

    data_object = models.ForeignKey(DataObject, on_delete=models.CASCADE, related_name="gold")
    attribute = models.CharField(max_length=127)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="+")
    payload = models.JSONField()
    blob_key = models.CharField(max_length=1100, blank=True)
    explanation = models.CharField(max_length=500, blank=True)  # for a worker who missed it
    source = models.CharField(max_length=8, choices=GoldSource.choices)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["data_object", "attribute"], name="gold_once"),
            models.CheckConstraint(condition=Q(source__in=GoldSource.values), name="gold_source"),
        ]

    def __str__(self) -> str:
        return f"known answer for object {self.data_object_id}"


def gold_stands(task: str = "") -> Exists:
    """Return whether a task's object has a known answer that was not retired. task: the way to it, as `task__`."""
    return Exists(
        GoldAnswer.objects.filter(
            data_object=OuterRef(f"{task}data_object"), attribute=OuterRef(f"{task}job__attribute"), retired_at=None
        )
    )
