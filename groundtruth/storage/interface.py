"""What every object store can do, and the parts that both stores share. No Django here."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

from .addresses import Address, Changed, Entry, Missing, Stat, StoreError

CHUNK = 4 * 1024 * 1024  # bytes of one ranged read: flat memory, and few round trips to a far store


class Writer:
    """An object being written: nothing is visible before the block ends well, nothing stays when it fails.

    with store.writer(address, "application/json") as out:
        out.write(b"...")
    out.size, out.sha256
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.size = 0  # bytes so far
        self.sha256 = ""  # hex, set when the object has become visible

    def write(self, data: bytes) -> None:
        """Append bytes. Raises StoreError."""
        self._append(data)
        self._hash.update(data)
        self.size += len(data)

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            self._publish()
        except BaseException:  # an interrupt too must leave nothing behind
            self._discard()
            raise
        self.sha256 = self._hash.hexdigest()

    def _begin(self) -> None:
        """Prepare; nothing is held before the block begins, so a writer that is never entered leaks nothing."""

    def _append(self, data: bytes) -> None:
        raise NotImplementedError

    def _publish(self) -> None:
        raise NotImplementedError

    def _discard(self) -> None:
        raise NotImplementedError


class Store(Protocol):
    """An object store. Its methods raise Missing, Changed, Denied, Unreachable, BadAddress."""

    def stat(self, address: Address) -> Stat | None:
        """Return what is known of an object, or None where there is none."""

    def read(self, address: Address, start: int = 0, length: int | None = None, etag: str | None = None) -> bytes:
        """Return bytes from `start`, at most `length`. Raises Missing; Changed where `etag` is another."""

    def stream(self, address: Address, start: int = 0, etag: str | None = None) -> Iterator[bytes]:
        """Yield an object from `start` in chunks of CHUNK bytes, all of one version; else raises Changed."""

    def list(self, bucket: str, prefix: str, after: str = "") -> Iterator[Entry]:
        """Yield the objects whose key begins with `prefix`, in the store's fixed order, from after `after`.

        The order is that of the keys' bytes on disk and on S3 proper; SeaweedFS goes folder by folder. So
        `after` should be a key that the same store listed.
        """

    def put(self, address: Address, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Write a small object at once, over an older one if there is one."""

    def put_many(
        self, bucket: str, files: Iterable[tuple[str, bytes]], content_type: str = "application/octet-stream"
    ) -> None:
        """Write very many small objects, (key, bytes) each, over older ones where there are any.

        Returns when all are written. On an error, some are; killed, it may leave a new object on disk cut short. So
        this is for files that nobody looks for before their manifest, from a writer that begins again where it was.
        """

    def writer(self, address: Address, content_type: str = "application/octet-stream") -> Writer:
        """Return a context manager that writes an object of any size in flat memory."""

    def delete(self, address: Address) -> None:
        """Remove an object; one that is not there is no error."""

    def delete_prefix(self, bucket: str, prefix: str) -> int:
        """Remove the objects whose key begins with `prefix`, and unfinished uploads; return how many."""

    def sign(
        self, address: Address, seconds: int, *, filename: str | None = None, content_type: str | None = None
    ) -> str:
        """Return an absolute URL that reads this object for some seconds; `filename` makes it a download."""

    def begin_upload(self, address: Address, content_type: str = "application/octet-stream") -> str:
        """Begin an upload in parts and return its id."""

    def put_part(self, address: Address, upload_id: str, number: int, data: bytes) -> str:
        """Store part `number` (1 to 10,000) and return its etag; a repeat replaces it.

        On S3 each part but the last has 5 MiB or more.
        """

    def list_parts(self, address: Address, upload_id: str) -> dict[int, tuple[str, int]]:
        """Return the parts stored: number to (etag, size in bytes). Raises Missing for an unknown upload."""

    def finish_upload(self, address: Address, upload_id: str) -> None:
        """Join parts 1 to n; the object is visible at once. Raises StoreError where a part is missing."""

    def abort_upload(self, address: Address, upload_id: str) -> None:
        """Forget an upload and its parts; one that is not there is no error."""

    def check(self, bucket: str) -> None:
        """Return if the bucket is there and readable. Raises Missing, Denied or Unreachable."""

    def make_bucket(self, bucket: str) -> None:
        """Make a bucket; one that is already ours is no error."""


def stream_ranges(store: Store, address: Address, start: int, etag: str | None) -> Iterator[bytes]:
    """Yield an object by ranged reads pinned to its etag, so that a reader may go on at any offset."""
    found = store.stat(address)
    if found is None:
        raise Missing(f"There is no object {address}.")
    if etag is not None and found.etag != etag:
        raise Changed(f"{address} was replaced since it was first read.")
    while start < found.size:
        chunk = store.read(address, start, CHUNK, found.etag)
        if not chunk:
            raise Changed(f"{address} became shorter while it was read.")
        yield chunk
        start += len(chunk)


def check_complete(numbers: Iterable[int]) -> None:
    """Raise StoreError unless the parts are 1 to n: a hole would make an object that looks whole."""
    found = sorted(numbers)
    if not found:
        raise StoreError("The upload has no parts yet.")
    if found != list(range(1, len(found) + 1)):
        missing = next(number for number in range(1, found[-1]) if number not in found)
        raise StoreError(f"Part {missing} of the upload is missing.")
