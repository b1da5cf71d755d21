"""The state machine of a project: the ten statuses of spec/portal.md 3."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from groundtruth.states import Column, Machine


class ProjectState(models.TextChoices):
    REVIEW_IN_PROGRESS = "review_in_progress", _("Review in progress")
    REQUEST_APPROVED = "request_approved", _("Request approved")
    WORKFLOW_SETUP = "workflow_setup", _("Workflow design and setup progress")
    PILOT_IN_PROGRESS = "pilot_in_progress", _("Pilot in-progress")
    PILOT_COMPLETE = "pilot_complete", _("Pilot complete")
    PRICING_COMPLETE = "pricing_complete", _("Pricing complete")
    CONTRACT_EXECUTED = "contract_executed", _("Contract executed")
    PRODUCTION_IN_PROGRESS = "production_in_progress", _("Production in-progress")
    PRODUCTION_COMPLETE = "production_complete", _("Production complete")
    PAUSED = "paused", _("Paused")


WORKING = ("request_approved", "workflow_setup", "pilot_in_progress", "production_in_progress")
LABELLING = ("pilot_in_progress", "production_in_progress")
TAKES_BATCHES = tuple(
    s for s in ProjectState.values if s not in ("review_in_progress", "production_complete", "paused")
)

PROJECT: Machine = {
    "approve": (("review_in_progress",), "request_approved"),
    "set_up": (("request_approved",), "workflow_setup"),
    "start_pilot": (("workflow_setup",), "pilot_in_progress"),
    "finish_pilot": (("pilot_in_progress",), "pilot_complete"),
    "price": (("pilot_complete",), "pricing_complete"),
    "sign": (("pricing_complete",), "contract_executed"),
    "go_live": (("contract_executed",), "production_in_progress"),
    "finish": (("production_in_progress",), "production_complete"),
    "pause": (WORKING, "paused"),
    "resume": (("paused",), Column("state_before_pause")),
}
