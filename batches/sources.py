"""What lies at a batch's input: a manifest, or a folder or file of texts from which we make one, in our own prefix.

A line of a made manifest that begins with PROBLEM is no object: it says what could not be taken, so that nothing is
dropped in silence and a repeat counts the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.conf import settings

from batches.made_manifests import MEDIA, check_reference, made_lines_from_csv, made_lines_from_text, manifest_name
from batches.manifests import (
    MAX_ATTRIBUTE_CHARS,
    BadLine,
    Line,
    RawLine,
    one_line,
    parse_line,
    read_lines,
    split_lines,
)
from batches.models import Batch, Manifest
from batches.services import find_grant
from groundtruth.storage import Address, Entry, Stat, Store, get_store, object_address, parse_uri
from groundtruth.storage.addresses import object_uri_problem
from projects import task_types
from projects.models import DataGrant, Direction, Project

PROBLEM = b'{"$problem":'
NO_OBJECTS = "The input holds no objects. Add some, then create a new batch."
MODALITIES = {"image": "images", "video": "videos", "audio": "sounds", "point_cloud": "point clouds"}


class TransferFailed(Exception):
    """The transfer can never succeed; the text tells the customer why and what to do."""


@dataclass(frozen=True)
class Input:
    """What stands at an address: kind is manifest, folder, text or csv; stat is of the file, None for a folder."""

    kind: str
    address: Address
    store: Store
    stat: Stat | None


def modality_of(project: Project) -> str:
    """Return what the project's objects are: as its task type says, else as the customer did."""
    try:
        return task_types.get(project.task_type).modality
    except KeyError:
        return str(project.modality)


def store_for(project: Project, address: Address) -> Store:
    """Return the store to read an address from. Raises TransferFailed where no grant covers it, or no more."""
    grant = find_grant(project, Direction.IN, address)
    if grant is None:
        raise TransferFailed(no_leave(project, address))
    return get_store(grant.endpoint, grant.credential)


def no_leave(project: Project, address: Address) -> str:
    """Say why an address may not be read: its grant was revoked, or there never was one."""
    old = DataGrant.objects.filter(
        project=project, direction=Direction.IN, bucket=address.bucket, revoked_at__isnull=False
    )
    if any(grant.covers(address.bucket, address.key) for grant in old):
        return f"The access to {address} was revoked. Grant it again, then create a new batch."
    return f"We have no leave to read {address}. Ask for access to it, then create a new batch."


def find_input(project: Project, uri: str) -> Input:
    """Look what an input location holds. Raises TransferFailed where there is nothing, StoreError as the store does."""
    address = parse_uri(uri)
    store = store_for(project, address)
    stat = store.stat(address) if address.key and not address.key.endswith("/") else None
    if stat is not None:
        return Input(_kind(address.key, modality_of(project)), address, store, stat)
    folder = Address(address.bucket, address.key if not address.key or address.key.endswith("/") else address.key + "/")
    store.check(folder.bucket)
    if next(store.list(folder.bucket, folder.key), None) is None:
        raise TransferFailed(f"There is nothing at {uri}. Check the location, then create a new batch.")
    return Input("folder", folder, store, None)


def _kind(key: str, modality: str) -> str:
    suffix = PurePosixPath(key).suffix.lower()
    if modality in ("text", "custom") and suffix in (".txt", ".csv"):
        return suffix[1:].replace("txt", "text")
    if suffix in MEDIA.get(modality, ()) and suffix != ".json":
        name = PurePosixPath(key).name[:80]
        raise TransferFailed(f"{name} is one object and no manifest. Name the folder that holds it, or a manifest.")
    return "manifest"


# --- making a manifest ------------------------------------------------------------------------------


def make_manifest(manifest: Manifest, found: Input) -> Address:
    """Write the manifest of a folder or a file of texts into the project's own prefix and return where.

    Its name is made from the row, so that a repeat overwrites it.
    """
    batch = manifest.batch
    address = made_address(batch, manifest)
    with get_store().writer(address, "application/x-ndjson") as out:
        for line in made_lines(found, modality_of(batch.project)):
            out.write(line.encode() + b"\n")
    return address


def made_address(batch: Batch, manifest: Manifest) -> Address:
    """Return where the manifest that we make for a batch lies: in the project's own prefix."""
    key = f"{batch.project.prefix}manifests/{batch.public_id}/{manifest_name(manifest.created_at)}"
    return object_address(settings.GROUNDTRUTH_BUCKET, key)


def made_lines(found: Input, modality: str) -> Iterator[str]:
    """Yield the lines of a manifest made from a folder or a file of texts. Raises TransferFailed over a limit."""
    if found.stat is not None:
        refuse_large(found.address.key, found.stat.size)
        yield from _text_lines(found, found.address.key, found.stat.etag)
        return
    for entry in within_limits(found.store.list(found.address.bucket, found.address.key)):
        uri = f"s3://{found.address.bucket}/{entry.key}"
        if problem := check_reference(entry.key, modality):
            yield one_line({"$problem": problem})
        elif problem := object_uri_problem(uri):
            yield one_line({"$problem": f"{PurePosixPath(entry.key).name}: {problem}"})
        elif modality == "text":
            yield from _text_lines(found, entry.key, entry.etag)
        else:
            yield one_line({"source-ref": uri})


def _text_lines(found: Input, key: str, etag: str) -> Iterator[str]:
    chunks = found.store.stream(Address(found.address.bucket, key), 0, etag)
    make = made_lines_from_csv if key.lower().endswith(".csv") else made_lines_from_text
    name = PurePosixPath(key).name
    for line in make(_without_mark(chunks)):
        if isinstance(line, BadLine):
            yield one_line({"$problem": f"{name}, line {line.number}: {line.reason}"})
        elif len(line) > MAX_ATTRIBUTE_CHARS and isinstance(bad := parse_line(RawLine(0, 0, line.encode())), BadLine):
            begin = json.loads(line)["source"][:40]
            yield one_line({"$problem": f"{name}, the text that begins “{begin}”: {bad.reason}"})
        else:
            yield line


def _without_mark(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Leave out a byte order mark, which would be read as part of the first text."""
    for number, chunk in enumerate(chunks):
        yield chunk.removeprefix(b"\xef\xbb\xbf") if number == 0 else chunk


def made_items(chunks: Iterable[bytes], offset: int, number: int) -> Iterator[Line | BadLine]:
    """Yield the lines of a manifest that we made, its problems as bad lines."""
    for raw in split_lines(chunks, offset, number):
        yield _problem(raw) if raw.data is not None and raw.data.startswith(PROBLEM) else parse_line(raw)


def _problem(raw: RawLine) -> BadLine:
    return BadLine(raw.number, raw.end_offset, "source", json.loads(raw.data or b"{}")["$problem"])


def items_from(chunks: Iterable[bytes], offset: int, number: int, *, made: bool) -> Iterator[Line | BadLine]:
    """Yield a manifest's lines, good and bad, from an offset after `number` lines."""
    return made_items(chunks, offset, number) if made else read_lines(chunks, offset, number)


def none_can_be_shown(objects: int) -> str:
    """Say that no object of a batch is good."""
    if objects == 1:
        return "The only object cannot be shown to people."
    return f"None of the {objects:,} objects can be shown to people."


# --- limits (spec/portal.md 6), decimal gigabytes ------------------------------------------------------


def within_limits(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Pass a listing on. Raises TransferFailed at the first entry that breaks a limit of a batch."""
    total = 0
    for number, entry in enumerate(entries, start=1):
        total += entry.size
        refuse_many(number)
        refuse_large(entry.key, entry.size)
        refuse_heavy(total)
        yield entry


def refuse_many(files: int) -> None:
    """Raise TransferFailed if a batch has more files than are allowed."""
    if files > settings.MAX_BATCH_FILES:
        limit = f"{settings.MAX_BATCH_FILES:,}"
        raise TransferFailed(f"There are more than {limit} files. Split them into batches of at most {limit} files.")


def refuse_large(key: str, size: int) -> None:
    """Raise TransferFailed if one file has more bytes than are allowed."""
    if size > settings.MAX_FILE_BYTES:
        name = PurePosixPath(key).name[:80]
        raise TransferFailed(f"{name} has {size:,} bytes. A file may have at most {settings.MAX_FILE_BYTES:,}.")


def refuse_heavy(total: int) -> None:
    """Raise TransferFailed if all files together have as many bytes as are too many."""
    if total >= settings.MAX_BATCH_BYTES:
        raise TransferFailed(
            f"The files have {settings.MAX_BATCH_BYTES:,} bytes or more together. Split them into batches of less."
        )
