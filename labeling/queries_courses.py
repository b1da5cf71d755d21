"""What pages show of courses and tests before a job's work."""

from __future__ import annotations

LEAST_TEST = 5  # tasks: fewer tell nothing, and there is no test


def skill_of(project_id: int, attribute: str) -> str:
    """Return the key of what a qualification is for."""
    return f"{project_id}/{attribute}"
