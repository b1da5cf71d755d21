"""A whole delivery as one zip, made while it is sent: for a customer without a bucket of their own."""

from __future__ import annotations

from collections.abc import Iterator
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from batches.models import Delivery
from batches.services import find_grant
from groundtruth.storage import Address, Denied, Store, get_store, parse_uri
from projects.models import Direction

BLOCK = 256 * 1024  # bytes handed on at once
LARGE = 2**31 - 1  # a longer file needs the zip's longer sizes


class _Tape:
    """A file that only grows at its end, and forgets what was taken from its beginning."""

    def __init__(self) -> None:
        self._held = bytearray()

    def __len__(self) -> int:
        return len(self._held)

    def write(self, data: bytes) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """There is nothing below to flush to."""

    def take(self) -> bytes:
        taken, self._held = bytes(self._held), bytearray()
        return taken


def delivered_store(delivery: Delivery) -> Store:
    """Return the store that a delivery lies in. Raises Denied where its place is not granted any more."""
    grant = find_grant(delivery.batch.project, Direction.OUT, parse_uri(delivery.prefix))
    if grant is None:
        raise Denied(f"the access to {delivery.prefix} was revoked.")
    return get_store(grant.endpoint, grant.credential)


def zipped(delivery: Delivery, job_name: str) -> Iterator[bytes]:
    """Return the files of a delivery's job as a zip, in flat memory. Raises StoreError before the first byte."""
    root = parse_uri(delivery.prefix)
    return _pieces(delivered_store(delivery), Address(root.bucket, f"{root.key}{job_name}/"), job_name)


def _pieces(store: Store, folder: Address, job_name: str) -> Iterator[bytes]:
    tape = _Tape()
    with ZipFile(tape, "w", ZIP_DEFLATED) as out:  # type: ignore[call-overload]  # a zip is written without seeking
        for entry in store.list(folder.bucket, folder.key):
            info = ZipInfo(f"{job_name}/{entry.key.removeprefix(folder.key)}")
            info.compress_type = ZIP_DEFLATED
            with out.open(info, "w", force_zip64=entry.size > LARGE) as file:
                for chunk in store.stream(Address(folder.bucket, entry.key), 0, entry.etag):
                    file.write(chunk)
                    if len(tape) >= BLOCK:
                        yield tape.take()
            if len(tape) >= BLOCK:
                yield tape.take()
    yield tape.take()
