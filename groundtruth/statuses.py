"""How each state looks: code → tone and icon. The word comes from the model's choices; colour is never alone.

A code of two machines (`paused`, `rejected`) looks the same in both. Tones are the classes `tone-…`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """The tone (info, good, warn, bad, people, machine or none) and the icon of one state."""

    tone: str
    icon: str


UNKNOWN = Look("", "circle-dashed")

PROJECT = {
    "review_in_progress": Look("info", "clock"),
    "request_approved": Look("good", "check"),
    "workflow_setup": Look("info", "sliders-horizontal"),
    "pilot_in_progress": Look("people", "flask-conical"),
    "pilot_complete": Look("good", "list-checks"),
    "pricing_complete": Look("warn", "tag"),
    "contract_executed": Look("good", "pen-line"),
    "production_in_progress": Look("people", "circle-play"),
    "production_complete": Look("good", "circle-check"),
    "paused": Look("", "circle-pause"),
}
BATCH = {
    "request_submitted": Look("info", "send"),
    "data_transfer_in_progress": Look("info", "arrow-down-up"),
    "data_transfer_failed": Look("bad", "circle-x"),
    "data_received": Look("info", "inbox"),
    "in_progress": Look("people", "circle-play"),
    "ready_for_review": Look("warn", "eye"),
    "review_submission_in_progress": Look("info", "upload"),
    "review_complete": Look("warn", "list-checks"),
    "accepted": Look("good", "check"),
    "rejected": Look("bad", "ban"),
    "sent_for_rework": Look("warn", "rotate-ccw"),
    "ready_for_delivery": Look("info", "package"),
    "data_delivered": Look("good", "circle-check"),
    "paused": Look("", "circle-pause"),
}
JOB = {
    "Initializing": Look("info", "clock"),
    "InProgress": Look("people", "circle-play"),
    "Completed": Look("good", "circle-check"),
    "Failed": Look("bad", "circle-x"),
    "Stopping": Look("warn", "hourglass"),
    "Stopped": Look("", "circle-stop"),
}
TASK = {
    "waiting": Look("", "hourglass"),
    "open": Look("people", "circle-dot"),
    "answered": Look("info", "inbox"),
    "auto_labeled": Look("machine", "cpu"),
    "done": Look("good", "check"),
    "failed": Look("bad", "circle-x"),
    "expired": Look("warn", "clock"),
    "cancelled": Look("", "ban"),
}
ASSIGNMENT = {
    "held": Look("people", "circle-play"),
    "stopped": Look("", "circle-pause"),
    "submitted": Look("info", "send"),
    "declined": Look("", "flag"),
    "returned": Look("", "undo-2"),
    "approved": Look("good", "circle-check"),
}
LABEL = {
    "proposed": Look("machine", "cpu"),
    "flagged": Look("warn", "flag"),
    "confirmed": Look("good", "check"),
    "superseded": Look("", "archive"),
}
MODEL = {
    "training": Look("info", "loader-circle"),
    "ready": Look("machine", "cpu"),
    "retired": Look("", "archive"),
}
TRANSFER = {  # manifests, deliveries, deletions and grants
    "reading": Look("info", "arrow-down-up"),
    "checking": Look("info", "list-checks"),
    "complete": Look("good", "circle-check"),
    "refused": Look("bad", "ban"),
    "pending": Look("info", "clock"),
    "writing": Look("info", "package"),
    "delivered": Look("good", "circle-check"),
    "running": Look("info", "loader-circle"),
    "revoked": Look("", "ban"),
    "verified": Look("good", "circle-check"),
}
WORKFORCE = {
    "invited": Look("info", "mail"),
    "active": Look("good", "circle-check"),
    "disabled": Look("", "ban"),
    "delisted": Look("bad", "shield-alert"),
    "expiring": Look("warn", "clock"),
    "lapsed": Look("bad", "shield-alert"),
}
STATUS: dict[str, Look] = {
    **TRANSFER,
    **WORKFORCE,
    **MODEL,
    **LABEL,
    **ASSIGNMENT,
    **TASK,
    **JOB,
    **BATCH,
    **PROJECT,
}

MODALITY_ICONS = {
    "image": "image",
    "text": "type",
    "video": "video",
    "audio": "audio-lines",
    "point_cloud": "box",
    "custom": "code-xml",
}


def look_of(code: str) -> Look:
    """Return how a state looks; a code that nobody drew is a grey dashed ring."""
    return STATUS.get(code, UNKNOWN)
