"""Whether the installation lives: the database answers, and the cluster swept lately."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError
from django_q.models import Success

from groundtruth import clock

SILENCE = timedelta(minutes=3)  # the sweep runs each minute, and the scheduler is up to 30 s late


def report() -> dict[str, str]:
    """Return the state of each part; all is well when each says “ok”."""
    try:
        beat = Success.objects.filter(func="groundtruth.work.sweep").order_by("-stopped").values_list("stopped").first()
    except DatabaseError:
        return {"database": "does not answer", "cluster": "unknown"}
    if beat is None:
        return {"database": "ok", "cluster": "has not started yet"}
    return {"database": "ok", "cluster": "ok" if clock.now() - beat[0] < SILENCE else "is silent"}
