"""Is an object that a manifest names there, and can a task show it? Ranged reads of its beginning, seldom more."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import PurePosixPath

from django.conf import settings
from PIL import Image

from batches.made_manifests import check_reference
from batches.sources import refuse_large
from groundtruth.storage import Address, Changed, Denied, Missing, Stat, Store, get_store, parse_uri
from groundtruth.storage.addresses import content_type_of
from projects.models import DataGrant, Direction, Project

THREADS = 8
HEAD_BYTES = (64 * 1024, 2 * 1024 * 1024)  # most headers are in the first; profiles and thumbnails can fill it
MAX_TEXT_BYTES = 1_000_000  # ours: what one person can be asked to read, and far more

# Pillow's own limit warns where ours refuses; only headers are read here.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

NOT_THERE = "There is no such object in the store."
NO_GRANT = "The object lies outside the places that the project's data access names."
REVOKED = "The access to this object's place was revoked."
NO_PICTURE = "The file is not a readable JPEG or PNG picture."
EMPTY = "The file is empty."


@dataclass(frozen=True)
class Look:
    """What one object is: its size in bytes, its type by content, and why no task can show it (empty: it can).

    Of a picture also its pixels as stored and its channels.
    """

    size: int = 0
    media_type: str = ""
    problem: str = ""
    width: int = 0
    height: int = 0
    depth: int = 0


class Grants:
    """What a project may read, loaded once for a chunk of objects."""

    def __init__(self, project: Project) -> None:
        grants = list(DataGrant.objects.filter(project=project, direction=Direction.IN))
        self._open = [grant for grant in grants if grant.revoked_at is None]
        self._revoked = [grant for grant in grants if grant.revoked_at is not None]

    def store(self, address: Address) -> Store | None:
        """Return where to read an object; None where no grant covers it."""
        found = next((g for g in self._open if g.covers(address.bucket, address.key)), None)
        return get_store(found.endpoint, found.credential) if found else None

    def refusal(self, address: Address) -> str:
        return REVOKED if any(g.covers(address.bucket, address.key) for g in self._revoked) else NO_GRANT


def look_at_all(references: Sequence[str], grants: Grants, modality: str) -> list[Look]:
    """Look at objects, several at once, in their order. Raises Unreachable, and TransferFailed for too large a file."""
    if len(references) < 2:
        return [look_at(uri, grants, modality) for uri in references]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(lambda uri: look_at(uri, grants, modality), references))


def look_at(uri: str, grants: Grants, modality: str) -> Look:
    """Look at one object. Asks the store only for what a grant covers and the modality can show."""
    address = parse_uri(uri)
    if problem := format_problem(address.key, modality):
        return Look(problem=problem)
    try:
        store = grants.store(address)
        if store is None:
            return Look(problem=grants.refusal(address))
        found = store.stat(address)
        if found is None:
            return Look(problem=NOT_THERE)
        refuse_large(address.key, found.size)
        return _look_inside(store, address, found, modality)
    except (Missing, Changed):
        return Look(problem=NOT_THERE)
    except Denied as refusal:
        return Look(problem=str(refusal)[:300])


def format_problem(key: str, modality: str) -> str | None:
    """Return why the modality cannot show a single object, by its name: a text is one .txt, never a table."""
    if modality == "text" and PurePosixPath(key).suffix.lower() == ".csv":
        return f"{PurePosixPath(key).name[:200]} is not one of the formats .txt."
    return check_reference(key, modality)


def _look_inside(store: Store, address: Address, found: Stat, modality: str) -> Look:
    if found.size == 0:
        return Look(problem=EMPTY)
    if modality == "image":
        return _picture(store, address, found)
    problem = _text_problem(store, address, found) if modality == "text" else ""
    return Look(found.size, content_type_of(address.key), problem)


def _picture(store: Store, address: Address, found: Stat) -> Look:
    for length in HEAD_BYTES:
        data = store.read(address, 0, length, found.etag)
        if (look := picture_look(data, found.size)) is not None:
            return look
        if found.size <= length:
            break
    return Look(found.size, problem=NO_PICTURE)


def picture_look(head: bytes, size: int) -> Look | None:
    """Judge a picture by its first bytes, without decoding a pixel; None where they are no JPEG's or PNG's header."""
    try:
        with Image.open(BytesIO(head), formats=("JPEG", "PNG")) as picture:
            (width, height), kind, depth = picture.size, str(picture.format).lower(), len(picture.getbands())
    except Image.DecompressionBombError:  # Pillow's own limit, which no setting of ours may pass
        return Look(size, problem=f"The picture has more than {settings.MAX_IMAGE_PIXELS:,} pixels.")
    except (OSError, ValueError, SyntaxError, EOFError):
        return None
    if width * height > settings.MAX_IMAGE_PIXELS:
        limit = f"{settings.MAX_IMAGE_PIXELS:,}"
        return Look(size, problem=f"The picture has {width:,} × {height:,} pixels; at most {limit} can be shown.")
    return Look(size, f"image/{kind}", "", width, height, depth)


def _text_problem(store: Store, address: Address, found: Stat) -> str:
    if found.size > MAX_TEXT_BYTES:
        return f"The text has {found.size:,} bytes; at most {MAX_TEXT_BYTES:,} can be shown."
    data = store.read(address, 0, None, found.etag)
    if b"\0" in data:
        return "The text holds a NUL character."
    try:
        data.decode()
    except UnicodeDecodeError:
        return "The text is not UTF-8."
    return ""


def total_size(looks: Iterable[Look]) -> int:
    """Return how many bytes the objects have together."""
    return sum(look.size for look in looks)
