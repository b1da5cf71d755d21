"""Bringing a batch's objects in: waits its turn, pins the manifest, reads it, looks at what it names. Run by a chore.

Every step ends in one transaction that moves the cursor of the Manifest by `WHERE cursor = old`, together with the
rows that it stands for: a killed chore goes on where it was, a repeated one adds nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from batches import manifests
from batches.metrics import tally_failed
from batches.models import BadLine, Batch, DataObject, Manifest
from batches.references import Grants, look_at_all, total_size
from batches.sources import (
    MODALITIES,
    NO_OBJECTS,
    TransferFailed,
    find_input,
    items_from,
    make_manifest,
    modality_of,
    none_can_be_shown,
    refuse_heavy,
    refuse_large,
    refuse_many,
    store_for,
)
from groundtruth import clock
from groundtruth.ids import public_id
from groundtruth.states import move
from groundtruth.storage import Address, BadAddress, Changed, Denied, Missing, Store, get_store, parse_uri
from groundtruth.storage.addresses import content_type_of
from groundtruth.work import LeaseLost, keep, ring, sentence_of
from projects.models import Organization
from projects.notices import notify_project

logger = logging.getLogger(__name__)
READ_CHUNK = 5000  # lines in a transaction
READ_CHUNK_CHARS = 8_000_000  # and their size, so that long lines do not fill the memory
CHECK_CHUNK = 500
KEPT_BAD_LINES = 10_000  # a row each; what is beyond is counted on the batch
CHORE_SECONDS = 60  # then the chore hands over to its successor: others wait too
CHANGED = "The manifest was replaced while it was read. Leave it as it is, then create a new batch."


def advance(manifest: Manifest) -> bool:
    """Bring a transfer as far as it goes now; True when it has ended, well or not.

    Raises StoreError where the store does not answer, which is tried again.
    """
    batch = manifest.batch
    if batch.closed_at or batch.state not in ("request_submitted", "paused", "data_transfer_in_progress"):
        return True
    if "paused" in (batch.state, batch.project.state) or not _has_its_turn(batch):
        return False
    try:
        return _go_on(manifest)
    except Changed:
        fail(manifest, CHANGED)
    except (TransferFailed, Missing, Denied, BadAddress) as why:
        fail(manifest, str(why))
    return True


def _has_its_turn(batch: Batch) -> bool:
    """Begin the transfer unless five of the customer's are under way; the lock keeps two from being the fifth."""
    if batch.state == "data_transfer_in_progress":
        return True
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=batch.project.organization_id)
        busy = Batch.objects.filter(
            project__organization=organization, state="data_transfer_in_progress", closed_at=None
        )
        if busy.count() >= settings.MAX_BATCHES_IN_TRANSFER:
            return False
        move(batch, "transfer", None, state_since=clock.now())
    return True


def _go_on(manifest: Manifest) -> bool:
    until = time.monotonic() + CHORE_SECONDS
    if manifest.state == "waiting":
        pin(manifest)
    if manifest.state == "reading" and not read(manifest, until):
        return _later(manifest)
    if manifest.state == "checking" and not check(manifest, until):
        return _later(manifest)
    complete(manifest)
    return True


def _later(manifest: Manifest) -> bool:
    """Hand over to the next run; a batch that was closed meanwhile has ended."""
    if _is_closed(manifest):
        return True
    ring(manifest)
    return False


def _is_closed(manifest: Manifest) -> bool:
    return Batch.objects.filter(pk=manifest.batch_id, closed_at__isnull=False).exists()


# --- 1: which manifest, in which version ------------------------------------------------------------


def pin(manifest: Manifest) -> None:
    """Find the manifest, or make it from a folder or a file of texts, and note its version and size."""
    found = find_input(manifest.batch.project, manifest.uri)
    if found.stat is not None:
        refuse_large(found.address.key, found.stat.size)
    address, made = found.address, found.kind != "manifest"
    if made:
        address = make_manifest(manifest, found)
    stat = get_store().stat(address) if made else found.stat
    if stat is None:
        raise TransferFailed(f"There is no object {address}.")
    with transaction.atomic():
        Manifest.objects.filter(pk=manifest.pk, state="waiting").update(made=made)
        move(manifest, "read", None, uri=address.uri, etag=stat.etag, size=stat.size)
    manifest.made = made


def store_of(manifest: Manifest) -> tuple[Store, Address]:
    """Return where a manifest is read: our own store for one that we made, else by its grant, unless revoked by now."""
    address = parse_uri(manifest.uri)
    return (get_store() if manifest.made else store_for(manifest.batch.project, address)), address


# --- 2: its lines -----------------------------------------------------------------------------------


def read(manifest: Manifest, until: float) -> bool:
    """Insert the objects of the manifest from the cursor on; False when time was over first.

    until: of time.monotonic(). Raises LeaseLost when another chore reads it too, TransferFailed over a limit.
    """
    store, address = store_of(manifest)
    modality = modality_of(manifest.batch.project)
    files = DataObject.objects.filter(batch=manifest.batch_id).exclude(source_ref="").count()
    lines = items_from(
        store.stream(address, manifest.offset, manifest.etag), manifest.offset, manifest.line, made=manifest.made
    )
    for chunk in _chunks(lines):
        files += insert_chunk(manifest, chunk, modality)
        refuse_many(files)
        keep(manifest)
        if _is_closed(manifest) or time.monotonic() > until:
            return False
        store_of(manifest)  # raises as soon as the grant is revoked
    _end_reading(manifest, files)
    return True


def _chunks(lines: Iterable[manifests.Line | manifests.BadLine]) -> Iterator[list[manifests.Line | manifests.BadLine]]:
    chunk, chars = [], 0
    for line in lines:
        chunk.append(line)
        chars += len(line.text) if isinstance(line, manifests.Line) else len(line.reason)
        if len(chunk) >= READ_CHUNK or chars >= READ_CHUNK_CHARS:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


def insert_chunk(manifest: Manifest, chunk: Sequence[manifests.Line | manifests.BadLine], modality: str) -> int:
    """Insert the objects and bad lines of a chunk and move the cursor, in one transaction; return how many are files.

    Raises LeaseLost, with nothing inserted, when the cursor is not where this chore left it.
    """
    judged = [judge(line, modality) for line in chunk]
    good = [line for line in judged if isinstance(line, manifests.Line)]
    bad = [line for line in judged if isinstance(line, manifests.BadLine)]
    after = {"offset": chunk[-1].end_offset, "line": chunk[-1].number, "ordinal": manifest.ordinal + len(good)}
    rows = object_rows(manifest.batch_id, good, manifest.ordinal)
    with transaction.atomic():
        if not Manifest.objects.filter(pk=manifest.pk, state="reading", offset=manifest.offset).update(**after):
            raise LeaseLost("Another worker reads this manifest.")
        insert_objects(rows)
        _insert_bad_lines(manifest, bad)
        Batch.objects.filter(pk=manifest.batch_id).update(
            total=F("total") + len(good), bad_lines=F("bad_lines") + len(bad)
        )
    manifest.offset, manifest.line, manifest.ordinal = after["offset"], after["line"], after["ordinal"]
    return sum(1 for line in good if line.source_ref)


def judge(line: manifests.Line | manifests.BadLine, modality: str) -> manifests.Line | manifests.BadLine:
    """Turn a good line with text away where a task shows files."""
    if isinstance(line, manifests.Line) and line.source_text is not None and modality not in ("text", "custom"):
        what = MODALITIES.get(modality, "files")
        return manifests.BadLine(
            line.number, line.end_offset, "wrong_source", f"A project of {what} needs source-ref and not source."
        )
    return line


_COLUMNS = (
    "batch_id", "public_id", "ordinal", "line_number", "line", "source_ref", "source_text", "media_type",
    "failure", "done_by", "created_at",
)  # fmt: skip


def object_rows(batch_id: int, lines: Sequence[manifests.Line], first_ordinal: int) -> list[tuple[Any, ...]]:
    """Return the rows of objects, ready to insert."""
    now = connection.ops.adapt_datetimefield_value(clock.now())
    return [
        (
            batch_id, public_id(), ordinal, line.number, line.text, line.source_ref or "", line.source_text or "",
            content_type_of(line.source_ref) if line.source_ref else "text/plain", "", "", now,
        )
        for ordinal, line in enumerate(lines, start=first_ordinal)
    ]  # fmt: skip


def insert_objects(rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of objects in the caller's transaction. By hand, as this is twice as fast as `bulk_create`."""
    names = ", ".join(connection.ops.quote_name(name) for name in _COLUMNS)
    table = connection.ops.quote_name(DataObject._meta.db_table)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(_COLUMNS))})", rows)


def _insert_bad_lines(manifest: Manifest, bad: Sequence[manifests.BadLine]) -> None:
    if bad:
        room = max(KEPT_BAD_LINES - BadLine.objects.filter(manifest=manifest).count(), 0)
        BadLine.objects.bulk_create(
            BadLine(manifest=manifest, number=line.number, reason=line.reason[:300]) for line in islice(bad, room)
        )


def _end_reading(manifest: Manifest, files: int) -> None:
    batch = Batch.objects.get(pk=manifest.batch_id)
    if batch.total == 0:
        raise TransferFailed(_no_objects(manifest, batch))
    inline = batch.total > files
    refuse_many(files + inline)  # a manifest's inline texts are one file
    size = manifest.size if inline else 0
    refuse_heavy(size)
    with transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(size_bytes=size)
        move(manifest, "check", None)


def _no_objects(manifest: Manifest, batch: Batch) -> str:
    first = BadLine.objects.filter(manifest=manifest).order_by("number").first()
    if first is None:
        return NO_OBJECTS
    place = "" if manifest.made else f"Line {first.number}: "
    if batch.bad_lines == 1:
        return f"The only line of the input is no object. {place}{first.reason}"
    return f"None of the {batch.bad_lines:,} lines of the input is an object. {place}{first.reason}"


# --- 3: the files that it names ---------------------------------------------------------------------


def check(manifest: Manifest, until: float) -> bool:
    """Look at every file that the objects name, in chunks behind a cursor; False when time was over first.

    What cannot be shown makes its object fail, with the reason; a file over the limit fails the batch.
    """
    modality = modality_of(manifest.batch.project)
    while chunk := _unchecked(manifest):
        looks = look_at_all([row.source_ref for row in chunk], Grants(manifest.batch.project), modality)
        for row, look in zip(chunk, looks, strict=True):
            row.failure, row.media_type = look.problem[:300], look.media_type or row.media_type
            row.width, row.height, row.depth = look.width, look.height, look.depth
        _store_looks(manifest, chunk, total_size(looks))
        keep(manifest)
        if _is_closed(manifest) or time.monotonic() > until:
            return False
        store_of(manifest)
    return True


def _unchecked(manifest: Manifest) -> list[DataObject]:
    rows = DataObject.objects.filter(batch=manifest.batch_id, ordinal__gte=manifest.checked).exclude(source_ref="")
    return list(rows.order_by("ordinal").only("pk", "ordinal", "source_ref", "media_type", "failure")[:CHECK_CHUNK])


def _store_looks(manifest: Manifest, chunk: list[DataObject], size: int) -> None:
    """Note what was found, and move the cursor, in one transaction. Raises LeaseLost, TransferFailed."""
    checked = chunk[-1].ordinal + 1
    failed = [row for row in chunk if row.failure]
    with transaction.atomic():
        if not Manifest.objects.filter(pk=manifest.pk, state="checking", checked=manifest.checked).update(
            checked=checked
        ):
            raise LeaseLost("Another worker checks this manifest.")
        DataObject.objects.bulk_update(_worth_writing(chunk), ["failure", "media_type", "width", "height", "depth"])
        Batch.objects.filter(pk=manifest.batch_id).update(size_bytes=F("size_bytes") + size)
        if failed:
            tally_failed(manifest.batch_id, len(failed))
    manifest.checked = checked
    refuse_heavy(Batch.objects.values_list("size_bytes", flat=True).get(pk=manifest.batch_id))


def _worth_writing(chunk: list[DataObject]) -> list[DataObject]:
    return [row for row in chunk if row.failure or row.width or row.media_type != content_type_of(row.source_ref)]


# --- 4: the end -------------------------------------------------------------------------------------


def complete(manifest: Manifest) -> None:
    """Let the batch be received, if one object at least is good. Raises TransferFailed."""
    batch = Batch.objects.select_related("project").get(pk=manifest.batch_id)
    if batch.failed == batch.total:
        first = DataObject.objects.filter(batch=batch).order_by("ordinal").values_list("failure", flat=True)[0]
        which = "" if batch.total == 1 else "The first: "
        raise TransferFailed(f"{none_can_be_shown(batch.total)} {which}{first}"[:500])
    with transaction.atomic():
        move(manifest, "complete", None)
        move(batch, "data_ok", None, state_since=clock.now())
        _wake_next(batch)
    logger.info("batch received", extra={"batch": batch.pk, "objects": batch.total, "failed": batch.failed})


def fail(manifest: Manifest, why: str) -> None:
    """End the transfer for good, and tell the customer why. Repeated, it does nothing more."""
    batch = Batch.objects.select_related("project__organization").get(pk=manifest.batch_id)
    event = {"request_submitted": "refuse", "data_transfer_in_progress": "data_failed"}.get(batch.state)
    if event is None:
        return
    with transaction.atomic():
        if manifest.state != "failed":
            move(manifest, "fail", None, last_error=why[:2000])
        move(batch, event, None, failure=why[:500], state_since=clock.now())
        words = {"batch": batch.name, "batch_slug": batch.slug, "reason": why[:500]}
        notify_project(f"failed-{batch.pk}", batch.project, "batch_failed", **words)
        _wake_next(batch)
    logger.info("batch refused", extra={"batch": batch.pk})


def give_up(manifest: Manifest, why: str) -> None:
    """End a transfer whose chore failed again and again."""
    told = f"The transfer failed at every attempt. Create a new batch, or ask us. {sentence_of(why)}"
    fail(manifest, told.rstrip())


def _wake_next(batch: Batch) -> None:
    """Ring for the customer's batches that wait for their turn."""
    waiting = Manifest.objects.filter(
        batch__project__organization=batch.project.organization_id, batch__state="request_submitted"
    )
    for manifest in waiting.filter(done_at=None, batch__closed_at=None).order_by("pk")[
        : settings.MAX_BATCHES_IN_TRANSFER
    ]:
        ring(manifest)
