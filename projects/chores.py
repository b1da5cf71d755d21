"""Chores of the app `projects`."""

from groundtruth.work import advances
from projects import accounts, audit, invitations, notices
from projects.models import Notice

LINKS = (accounts, invitations)  # imported for the links that their mails need when they are sent


@advances(Notice)
def send_notice(notice: Notice) -> None:
    notices.send(notice)


def seal() -> int:
    """Seal what the audit log got since. Every five minutes."""
    return audit.seal()
