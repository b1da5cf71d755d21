"""State machines of a batch (the fourteen statuses of spec/portal.md 7), a manifest and a delivery."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groundtruth.states import Column, Machine


class BatchState(models.TextChoices):
    REQUEST_SUBMITTED = "request_submitted", _("Request submitted")
    DATA_TRANSFER_IN_PROGRESS = "data_transfer_in_progress", _("Data transfer in-progress")
    DATA_TRANSFER_FAILED = "data_transfer_failed", _("Data transfer failed")
    DATA_RECEIVED = "data_received", _("Data received")
    IN_PROGRESS = "in_progress", _("In-progress")
    READY_FOR_REVIEW = "ready_for_review", _("Ready for review")
    REVIEW_SUBMISSION_IN_PROGRESS = "review_submission_in_progress", _("Review submission in-progress")
    REVIEW_COMPLETE = "review_complete", _("Review complete")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    SENT_FOR_REWORK = "sent_for_rework", _("Sent for rework")
    READY_FOR_DELIVERY = "ready_for_delivery", _("Ready for delivery")
    DATA_DELIVERED = "data_delivered", _("Data delivered")
    PAUSED = "paused", _("Paused")


IN_FLIGHT = ("request_submitted", "data_received", "in_progress", "ready_for_review", "sent_for_rework")
LABELLING = ("in_progress", "sent_for_rework")
OPEN_TO_CLOSE = tuple(
    s
    for s in BatchState.values
    if s not in ("accepted", "ready_for_delivery", "data_delivered", "data_transfer_failed")
)

BATCH: Machine = {
    "transfer": (("request_submitted",), "data_transfer_in_progress"),
    "data_ok": (("data_transfer_in_progress",), "data_received"),
    "data_failed": (("data_transfer_in_progress",), "data_transfer_failed"),
    "refuse": (("request_submitted",), "data_transfer_failed"),
    "start": (("data_received",), "in_progress"),
    "finish": (LABELLING, "ready_for_review"),
    "send_review": (("ready_for_review",), "review_submission_in_progress"),
    "store_review": (("review_submission_in_progress",), "review_complete"),
    "accept": (("ready_for_review", "review_complete"), "accepted"),
    "reject": (("ready_for_review", "review_complete"), "rejected"),
    "rework": (("rejected",), "sent_for_rework"),
    "write": (("accepted",), "ready_for_delivery"),
    "deliver": (("accepted", "ready_for_delivery"), "data_delivered"),
    "pause": (IN_FLIGHT, "paused"),
    "resume": (("paused",), Column("state_before_pause")),
}

MANIFEST: Machine = {
    "read": (("waiting",), "reading"),
    "check": (("reading",), "checking"),
    "complete": (("checking",), "complete"),
    "fail": (("waiting", "reading", "checking"), "failed"),
}

DELIVERY: Machine = {
    "write": (("waiting",), "writing"),
    "complete": (("writing",), "complete"),
    "fail": (("waiting", "writing"), "failed"),
    "retry": (("failed",), "waiting"),
}
