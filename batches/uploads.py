"""Files that a browser sends into the project's own prefix: in parts, and again from where it stopped.

Parts come in order. The row's `received` moves by `WHERE received = offset`, so a part that is sent twice counts once.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, Sum
from django.utils.text import slugify

from batches.models import Upload
from batches.services import own_folder, refuse_unless_open
from groundtruth import clock
from groundtruth.states import Conflict, Invalid, Refused
from groundtruth.storage import BadAddress, Missing, get_store, object_address, parse_uri
from groundtruth.storage.addresses import content_type_of, passive_content_type
from projects.audit import record
from projects.models import Project

PART_BYTES = 8 * 1024 * 1024
MAX_NAME = 300
_MAX_SEGMENT_BYTES = 200  # below what a disk takes
_UNSAFE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")  # with what turns text around
_FINGERPRINT = re.compile(r"[0-9a-f]{16,64}")


def begin(project: Project, folder: str, *, name: str, size: int, fingerprint: str, by: Any) -> Upload:
    """Begin to take a file, or go on with the one of the same place and fingerprint; see its `received`.

    fingerprint: hex, of what the browser knows of the file. Raises Invalid for a name or size that no batch may have,
    Refused while the project takes no batches, Conflict where another file has the name.
    """
    refuse_unless_open(project)
    safe = safe_name(name)
    if problems := _problems(project, folder, safe, size, fingerprint):
        raise Invalid(problems)
    found = Upload.objects.filter(project=project, folder=folder, name=safe).first()
    if found is not None and found.fingerprint == fingerprint and found.size == size and _is_alive(found):
        return found
    if found is not None:
        _forget(found)
    return _begin(project, folder, safe, size, fingerprint, by)


def _begin(project: Project, folder: str, name: str, size: int, fingerprint: str, by: Any) -> Upload:
    address = parse_uri(own_folder(project, folder) + name)
    handle = get_store().begin_upload(address, passive_content_type(content_type_of(name)))
    values = {"size": size, "fingerprint": fingerprint, "uri": address.uri, "handle": handle, "created_by": by}
    try:
        with transaction.atomic():
            return Upload.objects.create(project=project, folder=folder, name=name, **values)
    except IntegrityError:  # another tab was faster: its upload is the one
        get_store().abort_upload(address, handle)
        return Upload.objects.get(project=project, folder=folder, name=name)


def _is_alive(upload: Upload) -> bool:
    """Whether the store still knows the upload: it may have been cleaned up since."""
    if upload.finished_at:
        return get_store().stat(parse_uri(upload.uri)) is not None
    try:
        get_store().list_parts(parse_uri(upload.uri), upload.handle)
    except Missing:
        return False
    return True


def _forget(upload: Upload) -> None:
    """Make room for a file of the same name. Raises Conflict where it is finished and there: nothing is overwritten."""
    if upload.finished_at and _is_alive(upload):
        raise Conflict(
            f"Another file named {upload.name} is in this folder already. Rename it, or choose another folder."
        )
    get_store().abort_upload(parse_uri(upload.uri), upload.handle)
    upload.delete()


def put_part(upload: Upload, offset: int, data: bytes) -> int:
    """Take the part of a file that begins at `offset` bytes, a multiple of PART_BYTES; return what is received now.

    A part that is there already changes nothing. Raises Conflict for one too early, Invalid for a wrong size.
    """
    if upload.finished_at or offset < upload.received:
        return upload.received
    if offset > upload.received:
        raise Conflict(f"Send the file on from byte {upload.received}.")
    expected = min(PART_BYTES, upload.size - offset)
    if len(data) != expected or not data:
        raise Invalid(f"The part at byte {offset} must have {expected} bytes, and has {len(data)}.")
    try:
        get_store().put_part(parse_uri(upload.uri), upload.handle, offset // PART_BYTES + 1, data)
    except Missing:
        raise Conflict("This upload ended meanwhile. Choose the file again.") from None
    moved = Upload.objects.filter(pk=upload.pk, received=offset, finished_at=None)
    moved.update(received=offset + len(data))
    upload.refresh_from_db(fields=["received", "finished_at"])
    return upload.received


def finish(upload: Upload, by: Any) -> Upload:
    """Let the whole file appear. Repeated, it does nothing more. Raises Conflict while parts are missing."""
    if upload.finished_at:
        return upload
    if upload.received != upload.size:
        raise Conflict(f"{upload.name} is not complete: send it on from byte {upload.received}.")
    address = parse_uri(upload.uri)
    try:
        get_store().finish_upload(address, upload.handle)
    except Missing:  # finished by a request whose answer was lost
        if get_store().stat(address) is None:
            raise Conflict("This upload ended meanwhile. Choose the file again.") from None
    with transaction.atomic():
        if Upload.objects.filter(pk=upload.pk, finished_at=None).update(finished_at=clock.now()):
            record("upload", by, upload, uri=upload.uri, size=upload.size)
    upload.refresh_from_db()
    return upload


def safe_name(name: str) -> str:
    """Return a file's name, with its folders, as a key may hold it: nothing climbs, nothing hides, text is NFC.

    Raises Invalid where nothing is left.
    """
    parts = [_safe_segment(part) for part in unicodedata.normalize("NFC", name).replace("\\", "/").split("/")]
    safe = "/".join(part for part in parts if part)
    if not safe:
        raise Invalid("The file has no name.")
    return safe


def _safe_segment(part: str) -> str:
    clean = _UNSAFE.sub("", part).strip()
    if not clean.strip("."):  # "." and ".." mean folders
        return ""
    if len(clean.encode()) <= _MAX_SEGMENT_BYTES:
        return clean
    stem, suffix = os.path.splitext(clean)
    suffix = suffix if len(suffix) <= 10 else ""
    return stem.encode()[: _MAX_SEGMENT_BYTES - len(suffix.encode())].decode(errors="ignore") + suffix


def _problems(project: Project, folder: str, name: str, size: int, fingerprint: str) -> list[str]:
    problems = []
    if not folder or slugify(folder) != folder or len(folder) > 80:
        problems.append("A folder's name has small letters, digits and hyphens.")
    if len(name) > MAX_NAME:
        problems.append(f"The file's name has more than {MAX_NAME} characters.")
    if not _FINGERPRINT.fullmatch(fingerprint):
        problems.append("The fingerprint has 16 to 64 hexadecimal digits.")
    if not problems and (bad := _address_problem(project, folder, name)):
        problems.append(bad)
    return problems or _limit_problems(project, folder, name, size)


def _address_problem(project: Project, folder: str, name: str) -> str:
    try:
        address = parse_uri(own_folder(project, folder) + name)
        object_address(address.bucket, address.key)
    except BadAddress as problem:
        return str(problem)
    return ""


def _limit_problems(project: Project, folder: str, name: str, size: int) -> list[str]:
    if size <= 0:
        return [f"{name} is empty."]
    if size > settings.MAX_FILE_BYTES:
        return [f"{name} has {size:,} bytes. A file may have at most {settings.MAX_FILE_BYTES:,}."]
    others = Upload.objects.filter(project=project, folder=folder).exclude(name=name)
    held = others.aggregate(files=Count("pk"), size=Sum("size", default=0))
    if held["files"] >= settings.MAX_BATCH_FILES:
        return [f"The folder has {held['files']:,} files already, as many as a batch may have."]
    if held["size"] + size >= settings.MAX_BATCH_BYTES:
        return [f"The folder would have {settings.MAX_BATCH_BYTES:,} bytes or more. A batch must have less."]
    return []


def of_project(project: Project, public_id: str) -> Upload:
    """Return an upload of the project. Raises Refused where there is none."""
    found = Upload.objects.filter(project=project, public_id=public_id).first()
    if found is None:
        raise Refused("There is no such upload in this project.")
    return found
