"""Tables of the app `projects`, one file an idea."""

from projects.models.accounts import Invitation, Membership, Organization, Role, User
from projects.models.audit import AuditEvent
from projects.models.grants import DataGrant, Direction
from projects.models.notices import Notice
from projects.models.project import LabelSchema, MachineWish, Pausable, Project, Quote, Stage, Wish

__all__ = [
    "AuditEvent",
    "DataGrant",
    "Direction",
    "Invitation",
    "LabelSchema",
    "Membership",
    "Notice",
    "Organization",
    "Pausable",
    "Project",
    "Quote",
    "Role",
    "Stage",
    "User",
    "MachineWish",
    "Wish",
]
