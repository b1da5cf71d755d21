"""The default store: buckets are folders and keys are files, so that people can look at them.

A key and a longer key below it (`a` and `a/b`) cannot both be files here, though S3 allows it: the second is
refused with a sentence. Files in the making stand in `.incoming` beside the buckets, which no bucket's name
can mean, on the same file system, so that a rename publishes them whole.
"""

from __future__ import annotations

import io
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import BinaryIO

from .addresses import (
    Address,
    BadAddress,
    Changed,
    Denied,
    Entry,
    Missing,
    Stat,
    StoreError,
    bucket_problem,
    object_address,
)
from .folders import LINKED, Folders, disk_error
from .interface import Writer, check_complete, stream_ranges
from .links import link
from .parts import Uploads

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: a named pipe must not hang us
_ATTEMPTS = 100
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC  # EXCL follows no link either


class EmbeddedStore:
    """A `Store` on the local disk. A bucket comes into being with its first object."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True)
        self._folders = Folders(os.path.realpath(root))
        self._incoming = f"{self._folders.root}/.incoming"
        os.makedirs(self._incoming, exist_ok=True)
        self._uploads = Uploads(f"{self._folders.root}/.uploads")
        self._numbers = count()
        self._names = ("", 0)
        self._last_written = 0

    # --- reading ---------------------------------------------------------------------------------
    def stat(self, address: Address) -> Stat | None:
        path = self._folders.path(address)
        try:
            if not self._folders.is_safe(os.path.dirname(path)):
                return None
            found = os.lstat(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise disk_error(error, address) from error
        return stat_of(found) if stat.S_ISREG(found.st_mode) else None

    def open(self, address: Address) -> BinaryIO:
        """Return an object's file, unbuffered, to be closed by the caller. Raises Missing or Denied."""
        path = self._folders.path(address)
        if not self._folders.is_safe(os.path.dirname(path)):
            raise Missing(f"There is no object {address}.")
        try:
            file = os.open(path, _READ)
        except OSError as error:
            if os.path.islink(path):
                raise Denied(LINKED) from error
            raise disk_error(error, address) from error
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise Missing(f"There is no object {address}.")
        return io.FileIO(file)

    def read(self, address: Address, start: int = 0, length: int | None = None, etag: str | None = None) -> bytes:
        with self.open(address) as file:
            found = stat_of(os.fstat(file.fileno()))
            if etag is not None and etag != found.etag:
                raise Changed(f"{address} was replaced since it was first read.")
            wanted = max(0, found.size - start) if length is None else min(length, max(0, found.size - start))
            data = os.pread(file.fileno(), wanted, start)
            while 0 < len(data) < wanted:  # one call reads 2 GiB at most
                more = os.pread(file.fileno(), wanted - len(data), start + len(data))
                if not more:
                    break
                data += more
            return data

    def stream(self, address: Address, start: int = 0, etag: str | None = None) -> Iterator[bytes]:
        return stream_ranges(self, address, start, etag)

    def list(self, bucket: str, prefix: str, after: str = "") -> Iterator[Entry]:
        for key, found in self._folders.walk(bucket, _prefix(bucket, prefix), after):
            yield Entry(key, found.st_size, stat_of(found).etag)

    # --- writing ---------------------------------------------------------------------------------
    def put(self, address: Address, data: bytes, content_type: str = "application/octet-stream") -> None:
        path = self._folders.path(address)
        temporary = self._temporary()
        try:
            file = os.open(temporary, _NEW, 0o644)
            try:
                _write_all(file, data)
                self._mark(file)
            finally:
                os.close(file)
            self._publish(temporary, path)
        except OSError as error:
            with suppress(FileNotFoundError):
                os.unlink(temporary)
            raise disk_error(error, address) from error
        except StoreError:
            os.unlink(temporary)
            raise

    def put_many(
        self, bucket: str, files: Iterable[tuple[str, bytes]], content_type: str = "application/octet-stream"
    ) -> None:
        """Write each new file at its place: a third of the cost of `put`, which checks its path and renames."""
        with self._folders.held() as folders:
            for key, data in files:
                address = object_address(bucket, key)
                folder, _, name = f"{bucket}/{key}".rpartition("/")
                try:
                    self._create(name, folders.enter(folder), data)
                except (FileExistsError, FileNotFoundError):  # an older one; or its folder fell empty and was removed
                    self.put(address, data, content_type)
                except OSError as error:
                    raise disk_error(error, address) from error

    def _create(self, name: str, folder: int, data: bytes) -> None:
        """Write a new file into a folder held open, whole or not at all. Raises OSError."""
        file = os.open(name, _NEW, 0o644, dir_fd=folder)
        try:
            _write_all(file, data)
            self._mark(file)
        except BaseException:
            os.unlink(name, dir_fd=folder)
            raise
        finally:
            os.close(file)

    def writer(self, address: Address, content_type: str = "application/octet-stream") -> Writer:
        return _DiskWriter(self, address)

    def delete(self, address: Address) -> None:
        path = self._folders.path(address)
        folder = os.path.dirname(path)
        if not self._folders.is_safe(folder):
            return
        try:
            os.unlink(path)
        except FileNotFoundError:
            return
        except OSError as error:
            if os.path.isdir(path):  # a folder of objects is no object
                return
            raise disk_error(error, address) from error
        self._folders.prune(folder, address.bucket)

    def delete_prefix(self, bucket: str, prefix: str) -> int:
        if not prefix:
            raise BadAddress("Deleting by prefix needs a prefix; a whole bucket is never deleted at once.")
        self._uploads.abort_prefix(bucket, prefix)
        deleted = 0
        for key, _ in self._folders.walk(bucket, _prefix(bucket, prefix)):
            self.delete(Address(bucket, key))
            deleted += 1
        return deleted

    # --- links and uploads -----------------------------------------------------------------------
    def sign(
        self, address: Address, seconds: int, *, filename: str | None = None, content_type: str | None = None
    ) -> str:
        self._folders.path(address)
        return link(address, seconds, filename=filename, content_type=content_type)

    def begin_upload(self, address: Address, content_type: str = "application/octet-stream") -> str:
        self._folders.path(address)
        return self._uploads.begin(address)

    def put_part(self, address: Address, upload_id: str, number: int, data: bytes) -> str:
        return self._uploads.put(address, upload_id, number, data)

    def list_parts(self, address: Address, upload_id: str) -> dict[int, tuple[str, int]]:
        return self._uploads.parts(address, upload_id)

    def finish_upload(self, address: Address, upload_id: str) -> None:
        check_complete(self._uploads.parts(address, upload_id))
        with self.writer(address) as out:
            for chunk in self._uploads.chunks(address, upload_id):
                out.write(chunk)
        self._uploads.abort(address, upload_id)

    def abort_upload(self, address: Address, upload_id: str) -> None:
        self._uploads.abort(address, upload_id)

    # --- buckets ---------------------------------------------------------------------------------
    def check(self, bucket: str) -> None:
        _prefix(bucket, "")
        folder = self._folders.bucket(bucket)
        if not os.access(folder, os.R_OK | os.X_OK):
            raise Denied(f"The store's folder refuses access to the bucket {bucket}.")

    def make_bucket(self, bucket: str) -> None:
        _prefix(bucket, "")
        try:
            self._folders.make(f"{self._folders.root}/{bucket}")
        except OSError as error:
            raise disk_error(error, bucket) from error

    # --- how a file becomes visible ----------------------------------------------------------------
    def _temporary(self) -> str:
        """Return a new name. The process is part of it: a forked worker counts from the same number."""
        process = os.getpid()
        if self._names[1] != process:
            self._names = (f"{self._incoming}/{process}-{os.urandom(8).hex()}-", process)
        return f"{self._names[0]}{next(self._numbers)}"

    def _mark(self, file: int) -> None:
        """Stamp a file by the nanosecond: the kernel's clock ticks so rarely that two writes look alike."""
        self._last_written = now = max(time.time_ns(), self._last_written + 1)
        os.utime(file, ns=(now, now))

    def _publish(self, temporary: str, path: str) -> None:
        """Rename a finished file to its place. Raises OSError or StoreError."""
        folder = os.path.dirname(path)
        for _attempt in range(_ATTEMPTS):
            try:
                if not self._folders.is_safe(folder):
                    self._folders.make(folder)
                os.replace(temporary, path)
                return
            except FileNotFoundError:  # the folder fell empty and was removed in between
                continue
        raise StoreError("The object's folder was removed again and again while the object was written.")


class _DiskWriter(Writer):
    def __init__(self, store: EmbeddedStore, address: Address) -> None:
        super().__init__()
        self._store, self._address = store, address
        self._path = store._folders.path(address)
        self._temporary = store._temporary()
        self._file = -1

    def _begin(self) -> None:
        try:
            self._file = os.open(self._temporary, _NEW, 0o644)
        except OSError as error:
            raise disk_error(error, self._address) from error

    def _append(self, data: bytes) -> None:
        try:
            _write_all(self._file, data)
        except OSError as error:
            raise disk_error(error, self._address) from error

    def _publish(self) -> None:
        try:
            self._store._mark(self._file)
            os.fsync(self._file)  # results must survive a power cut; small puts leave that to the kernel
            os.close(self._file)
            self._file = -1
            self._store._publish(self._temporary, self._path)
        except OSError as error:
            raise disk_error(error, self._address) from error

    def _discard(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        with suppress(FileNotFoundError):
            os.unlink(self._temporary)


def stat_of(found: os.stat_result) -> Stat:
    """Return size, version mark and time of a file: the mark is its time in nanoseconds and its size."""
    modified = datetime.fromtimestamp(found.st_mtime_ns // 1_000_000_000, UTC)
    return Stat(found.st_size, f"{found.st_mtime_ns:x}-{found.st_size:x}", modified)


def _write_all(file: int, data: bytes) -> None:
    written = os.write(file, data)
    while written < len(data):  # one call writes 2 GiB at most
        written += os.write(file, memoryview(data)[written:])


def _prefix(bucket: str, prefix: str) -> str:
    if problem := bucket_problem(bucket):
        raise BadAddress(problem)
    return prefix
