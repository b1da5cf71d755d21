"""Whether background work goes on. The truth is the newest chore that the cluster finished: `sweep` is one each minute.

A process that is there proves nothing: a cluster whose workers hang still has one.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, Q
from django_q.conf import Conf
from django_q.models import Success

from groundtruth import clock

OLD = timedelta(minutes=3)


def last_beat() -> datetime | None:
    """Return when the default cluster last finished something; None if it never did."""
    ours = Q(cluster=None) | Q(cluster=Conf.PREFIX)
    return Success.objects.filter(ours).aggregate(last=Max("stopped"))["last"]


def age() -> timedelta | None:
    """Return how long ago the last beat was; None if there never was one."""
    last = last_beat()
    return clock.now() - last if last else None


def is_beating() -> bool:
    """Say whether background work goes on."""
    since = age()
    return since is not None and since < OLD
