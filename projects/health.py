"""Whether the installation lives: the database answers, and the cluster did something lately."""

from __future__ import annotations

from django.db import DatabaseError

from groundtruth import heartbeat


def report() -> dict[str, str]:
    """Return the state of each part; all is well when each says “ok”."""
    try:
        since = heartbeat.age()
    except DatabaseError:
        return {"database": "does not answer", "cluster": "unknown"}
    if since is None:
        return {"database": "ok", "cluster": "has not started yet"}
    return {"database": "ok", "cluster": "ok" if since < heartbeat.OLD else "is silent"}
