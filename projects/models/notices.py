"""Every mail is a row first: written with what it tells of, sent by a chore, never twice for one key."""

from __future__ import annotations

from django.db import models

from groundtruth.work import WorkRow


class Notice(WorkRow):
    """A mail to one person. The payload holds ids and words, no secret: links with a token are made when it is sent."""

    key = models.CharField(max_length=160, unique=True)
    recipient = models.EmailField()
    kind = models.SlugField(max_length=60)  # templates/mail/<kind>.txt, first line the subject
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
