"""The guideline file that a customer sends with a request: kept as it is, shown only as a download."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from groundtruth.ids import public_id
from groundtruth.storage import Missing, StoreError, get_store, object_address, parse_uri
from projects.granting import make_own_bucket
from projects.models import Project

KINDS = (".pdf", ".txt", ".md", ".docx", ".odt", ".png", ".jpg", ".jpeg", ".zip")
MAX_BYTES = 20 * 10**6
MAX_TEXT = 100_000  # characters of instructions; a longer text stays a file


def problem_of(file: UploadedFile) -> str:
    """Say why a file cannot be taken, or nothing where it can."""
    if PurePosixPath(file.name or "").suffix.lower() not in KINDS:
        return _("Send one of these: %(kinds)s.") % {"kinds": ", ".join(KINDS)}
    if (file.size or 0) > MAX_BYTES:
        return _("The file is larger than 20 MB.")
    return "" if file.size else _("The file is empty.")


def keep(organization_slug: str, project_slug: str, file: UploadedFile) -> str:
    """Store the file under a key of its own in the project's prefix and return its address. Raises StoreError."""
    make_own_bucket()
    # The name that the customer gave is kept in the row: in a key it could say anything.
    kind = PurePosixPath(file.name or "").suffix.lower()
    key = f"{organization_slug}/{project_slug}/request/{public_id()}{kind}"
    address = object_address(settings.GROUNDTRUTH_BUCKET, key)
    with get_store().writer(address) as out:
        for chunk in file.chunks():
            out.write(chunk)
    return address.uri


def forget(uri: str) -> None:
    """Remove a file whose request did not come about."""
    if uri:
        get_store().delete(parse_uri(uri))


def text_of(project: Project) -> str:
    """Return the guideline as text where it is one, else nothing: it then stays a download."""
    if not project.guideline_key.endswith((".txt", ".md")):
        return ""
    try:
        data = get_store().read(parse_uri(project.guideline_key), 0, 4 * MAX_TEXT)
        text = data.decode("utf-8-sig")
    except (Missing, UnicodeDecodeError):
        return ""
    return text if len(text) <= MAX_TEXT and "\x00" not in text else ""


def download_link(project: Project) -> str:
    """Return a short-lived address that downloads the file. Raises StoreError."""
    if not project.guideline_key:
        raise StoreError("This project has no guideline file.")
    return get_store().sign(
        parse_uri(project.guideline_key),
        settings.SIGNED_URL_SECONDS,
        filename=project.guideline_name,
        content_type="application/octet-stream",
    )
