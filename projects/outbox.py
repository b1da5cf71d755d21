"""The mails that the file backend kept, for staff of an installation that sends none (the demo)."""

from __future__ import annotations

import email
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path

from django.conf import settings

RULE = b"\n" + b"-" * 79 + b"\n"  # what Django's file backend writes behind each mail
MAX_MAILS = 100


@dataclass(frozen=True)
class Mail:
    sender: str
    to: str
    subject: str
    body: str
    at: datetime | None


def keeps_mails() -> bool:
    """Say whether mails of this installation go to files."""
    return str(settings.EMAIL_BACKEND).endswith("filebased.EmailBackend")


def newest_mails() -> list[Mail]:
    """Return the mails kept, the newest first; none where mails are really sent."""
    if not keeps_mails():
        return []
    folder = Path(getattr(settings, "EMAIL_FILE_PATH", None) or settings.MAIL_FOLDER)
    files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
    mails = [mail for file in files[:MAX_MAILS] for mail in reversed(list(_mails(file)))]
    return mails[:MAX_MAILS]


def _mails(file: Path) -> Iterator[Mail]:
    for text in file.read_bytes().split(RULE):
        if text.strip():
            message = email.message_from_bytes(text.lstrip(b"\n"), _class=EmailMessage, policy=policy.default)
            yield _mail(message)


def _mail(message: EmailMessage) -> Mail:
    part = message.get_body(preferencelist=("plain", "html"))
    date = message["Date"]
    return Mail(
        sender=str(message["From"] or ""),
        to=str(message["To"] or ""),
        subject=str(message["Subject"] or ""),
        body=part.get_content().strip() if part else "",
        at=parsedate_to_datetime(str(date)) if date else None,
    )
