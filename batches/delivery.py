"""Writing a batch's result below its output location; what it says is `labeling`'s to know. Flat in memory.

Chunk by chunk the answers of the objects go to their place at once, while the lines of the output manifest, the
checksums and the counts wait as small files in the project's own prefix, named by the cursor: a killed delivery goes
on at the cursor, and a chunk written twice is the same chunk. At the end they are joined, the manifest last of all.
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from batches.manifests import one_line
from batches.models import Batch, Delivery
from batches.services import find_grant
from groundtruth import clock
from groundtruth.states import move
from groundtruth.storage import Address, Denied, Missing, Store, Writer, get_store, object_address, parse_uri
from groundtruth.work import GiveUp, LeaseLost, keep, sentence_of
from projects.models import Direction
from projects.notices import notify_project

logger = logging.getLogger(__name__)
MANIFEST = "manifests/output/output.manifest"
INTERMEDIATE = "annotations/intermediate/output.manifest"
RECEIPT = "receipt.json"
CHECKSUMS = "checksums.sha256"
OURS = "Writing it failed on our side. Nothing is lost; operations see it and can write it again."
SHOWN_FAILURES = 100  # kept on the row for the page; the file has them all


@dataclass(frozen=True)
class Place:
    """Where a delivery goes: the job's folder in the customer's store, and our own for what waits."""

    store: Store
    folder: Address  # key ends with /
    own: Store
    scratch: Address

    def file(self, name: str) -> Address:
        return object_address(self.folder.bucket, self.folder.key + name)

    def waiting(self, first: int, kind: str) -> Address:
        return object_address(self.scratch.bucket, f"{self.scratch.key}{kind}/{first:09d}")


@dataclass(frozen=True)
class File:
    """A file of the result: its name below the job's folder, and its bytes."""

    name: str
    data: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Chunk:
    """The result of the objects from ordinal `first` up to, not with, `after`.

    lines: of the output manifest, in order. failed: {"line", "object", "source", "reason"} each.
    """

    first: int
    after: int
    lines: Sequence[str]
    files: Sequence[File]
    failed: Sequence[dict[str, Any]]
    labelled: int
    answers: int


def open_place(delivery: Delivery, job_name: str) -> Place:
    """Return where to write. Raises GiveUp, with a sentence, where no grant covers it (any more)."""
    project, root = delivery.batch.project, parse_uri(delivery.prefix)
    grant = find_grant(project, Direction.OUT, root)
    if grant is None:
        raise GiveUp(f"The access to write {delivery.prefix} was revoked. Grant it again, then try the delivery again.")
    scratch = f"{project.prefix}out/{delivery.batch.public_id}/{delivery.round}/"
    return Place(
        store=get_store(grant.endpoint, grant.credential),
        folder=Address(root.bucket, f"{root.key}{job_name}/"),
        own=get_store(),
        scratch=Address(settings.GROUNDTRUTH_BUCKET, scratch),
    )


def begin(delivery: Delivery, place: Place) -> None:
    """Let the delivery be written, and the batch be ready for it. What an earlier attempt left waiting is kept."""
    place.own.make_bucket(place.scratch.bucket)
    with transaction.atomic():
        move(delivery, "write", None)
        if delivery.batch.state == "accepted":
            move(delivery.batch, "write", None, state_since=clock.now())


# --- chunk by chunk -----------------------------------------------------------------------------------


def write(delivery: Delivery, place: Place, chunks: Iterable[Chunk], until: float) -> bool:
    """Write chunks from the delivery's cursor on; False when time was over first (`until`, of time.monotonic()).

    Raises LeaseLost when another chore writes it too, GiveUp where the store refuses.
    """
    with refusals(delivery):
        for chunk in chunks:
            _write_chunk(delivery, place, chunk)
            if time.monotonic() > until:
                return False
    return True


def _sum_line(digest: str, name: str) -> str:
    return f"{digest}  {name}\n"


def _write_chunk(delivery: Delivery, place: Place, chunk: Chunk) -> None:
    """Write a chunk's files, put aside what is joined at the end, and move the cursor."""
    for content_type in sorted({file.content_type for file in chunk.files}):
        files = [(place.folder.key + f.name, f.data) for f in chunk.files if f.content_type == content_type]
        place.store.put_many(place.folder.bucket, files, content_type)
    sums = "".join(_sum_line(hashlib.sha256(file.data).hexdigest(), file.name) for file in chunk.files)
    facts = {
        "objects": len(chunk.lines),
        "labelled": chunk.labelled,
        "answers": chunk.answers,
        "files": len(chunk.files),
        "bytes": sum(len(file.data) for file in chunk.files),
        "failed": list(chunk.failed),
    }
    place.own.put(place.waiting(chunk.first, "lines"), "".join(f"{line}\n" for line in chunk.lines).encode())
    place.own.put(place.waiting(chunk.first, "sums"), sums.encode())
    place.own.put(place.waiting(chunk.first, "facts"), json.dumps(facts).encode())
    mine = Delivery.objects.filter(pk=delivery.pk, state="writing", written=chunk.first)
    if not mine.update(written=chunk.after):
        raise LeaseLost("Another worker writes this delivery.")
    delivery.written = chunk.after
    keep(delivery)


class refusals:  # reads as a word at its place, like contextlib's
    """Turn the store's refusal into the end of this attempt, with a sentence; what may pass is raised as it is."""

    def __init__(self, delivery: Delivery) -> None:
        self._prefix = delivery.prefix

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Denied | Missing):
            raise GiveUp(f"{self._prefix} cannot be written: {error} Mend it, then try the delivery again.") from error


# --- the end -----------------------------------------------------------------------------------------


def finish(delivery: Delivery, place: Place, about: dict[str, Any]) -> dict[str, Any]:
    """Join what waited: intermediate manifest, receipt, checksums, and last the manifest; then the batch is delivered.

    about: what the receipt says beside its counts. Returns the receipt kept on the row. Repeated, it writes the same.
    """
    with refusals(delivery):
        intermediate = _join(place, INTERMEDIATE, "lines")
        keep(delivery)
        own_files = {MANIFEST: intermediate.sha256, INTERMEDIATE: intermediate.sha256}
        summary = {**about, **_totals(place), "size_bytes": intermediate.size, "sha256": own_files}
        summary["sha256_of_every_file"] = CHECKSUMS
        own_files[RECEIPT] = _write_receipt(place, summary)
        checksums = _write_checksums(place, own_files)
        keep(delivery)
        manifest = _join(place, MANIFEST, "lines")
    if manifest.sha256 != intermediate.sha256:
        raise LeaseLost("Another worker writes this delivery.")
    receipt = {**summary, "checksums": {CHECKSUMS: checksums}, "failures": _first_failures(place)}
    _record(delivery, manifest.sha256, receipt)
    place.own.delete_prefix(place.scratch.bucket, place.scratch.key)
    return receipt


def _waiting(place: Place, kind: str) -> Iterator[Address]:
    for entry in place.own.list(place.scratch.bucket, f"{place.scratch.key}{kind}/"):
        yield Address(place.scratch.bucket, entry.key)


def _join(place: Place, name: str, kind: str) -> Writer:
    with place.store.writer(place.file(name), "application/x-ndjson") as out:
        for address in _waiting(place, kind):
            out.write(place.own.read(address))
    return out


def _facts(place: Place) -> Iterator[dict[str, Any]]:
    for address in _waiting(place, "facts"):
        yield json.loads(place.own.read(address))


def _totals(place: Place) -> dict[str, int]:
    names = ("objects", "labelled", "answers", "files", "bytes")
    totals = dict.fromkeys((*names, "failed"), 0)
    for facts in _facts(place):
        for name in names:
            totals[name] += facts[name]
        totals["failed"] += len(facts["failed"])
    totals["unlabelled"] = totals["objects"] - totals["labelled"] - totals["failed"]
    return totals


def _write_receipt(place: Place, summary: dict[str, Any]) -> str:
    """Write the receipt, all failed objects in it one a line, and return its SHA-256."""
    with place.store.writer(place.file(RECEIPT), "application/json") as out:
        out.write(one_line(summary)[:-1].encode() + b',"failed_objects":[')
        before = b"\n"
        for facts in _facts(place):
            for failed in facts["failed"]:
                out.write(before + one_line(failed).encode())
                before = b",\n"
        out.write(b"]}\n")
    return out.sha256


def _write_checksums(place: Place, own_files: dict[str, str]) -> str:
    """Write the checksum of every file, as `sha256sum --check` reads it, and return its own."""
    with place.store.writer(place.file(CHECKSUMS), "text/plain") as out:
        out.write("".join(_sum_line(digest, name) for name, digest in sorted(own_files.items())).encode())
        for address in _waiting(place, "sums"):
            out.write(place.own.read(address))
    return out.sha256


def _first_failures(place: Place) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = []
    for facts in _facts(place):
        shown += facts["failed"]
        if len(shown) >= SHOWN_FAILURES:
            break
    return shown[:SHOWN_FAILURES]


def _record(delivery: Delivery, sha256: str, receipt: dict[str, Any]) -> None:
    batch = Batch.objects.select_related("project__organization").get(pk=delivery.batch_id)
    with transaction.atomic():
        move(delivery, "complete", None, sha256=sha256, receipt=receipt)
        move(batch, "deliver", None, state_since=clock.now())
        words = {
            "batch": batch.name,
            "batch_slug": batch.slug,
            "objects": receipt["objects"],
            "failed": receipt["failed"],
        }
        notify_project(f"delivered-{batch.pk}-{delivery.round}", batch.project, "batch_delivered", **words)
    logger.info("batch delivered", extra={"batch": batch.pk, "objects": receipt["objects"]})


def give_up(delivery: Delivery, why: str) -> None:
    """Let a delivery that cannot be written wait for somebody to mend its place; the row keeps why."""
    delivery.refresh_from_db()
    if delivery.state in ("waiting", "writing"):
        with transaction.atomic():
            move(delivery, "fail", None)
            batch = delivery.batch
            words = {"batch": batch.name, "batch_slug": batch.slug, "reason": sentence_of(why)[:500] or OURS}
            key = f"undelivered-{batch.pk}-{delivery.round}-{clock.now():%y%m%d%H%M%S}"
            notify_project(key, batch.project, "delivery_failed", **words)
