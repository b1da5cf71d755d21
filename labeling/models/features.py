"""What a model sees of a batch's objects: numbers, made chunk by chunk and kept in the project's own prefix."""

from __future__ import annotations

from django.db import models

from batches.models import Batch
from groundtruth.work import WorkRow


class FeatureChunk(WorkRow):
    """One set of features of the objects of a batch from one ordinal to another; its chore makes it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="feature_chunks")
    feature_set = models.CharField(max_length=40)  # its name with its version
    first = models.PositiveIntegerField()  # ordinals, both within
    last = models.PositiveIntegerField()
    blob_key = models.CharField(max_length=1100, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["batch", "feature_set", "first"], name="feature_chunk_once"),
            models.CheckConstraint(condition=models.Q(last__gte=models.F("first")), name="feature_chunk_order"),
        ]

    def __str__(self) -> str:
        return f"{self.feature_set} of {self.batch}, {self.first:,} to {self.last:,}"
