"""Questions of workers on the very item that they have in hand, and what operations answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from labeling.models.tasks import Assignment


class Question(models.Model):
    """One question; its answer comes back to the worker, on the item as long as it is theirs."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="questions")
    text = models.CharField(max_length=1000)
    answer = models.CharField(max_length=2000, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True)  # the worker has seen the answer
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="question_answered",
            )
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(answered_at=None), name="question_open")]

    def __str__(self) -> str:
        return self.text[:60]
