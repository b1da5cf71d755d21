"""Writing very many small files: by threads to a far store, by helper processes to the store on disk.

A put on disk is some dozen short system calls. Threads that make them fight with the thread that computes the next
files for Python's one lock (measured: half the speed of no thread at all), while a process of its own takes a core.
A helper is this module run as a program; it knows no Django, and ends when its input does, so that a killed chore
leaves none behind.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import IO, Protocol, Self

from groundtruth import storage
from groundtruth.storage import Address, Store, StoreError
from groundtruth.storage.embedded import EmbeddedStore

THREADS = 8
HELPERS = 2
GROUP = 50  # files that one thread writes in a row
_SIZES = struct.Struct(">III")
_ERRORS = ("BadAddress", "Changed", "Denied", "Missing", "StoreError", "Unreachable")

Put = tuple[Address, bytes]
Wait = Callable[[], None]  # returns when all is written; raises StoreError


class Putter(Protocol):
    """Writes files while its caller goes on; used as a context manager."""

    def start(self, files: Sequence[Put]) -> Wait:
        """Begin to write files; the answer waits for them. Call it before the second next `start`."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def putter_for(store: Store) -> Putter:
    """Return what writes small files to this store fastest."""
    return DiskPutter(store.root) if isinstance(store, EmbeddedStore) else ThreadPutter(store)


class ThreadPutter:
    """Several puts under way at once: each waits for the network."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._pool = ThreadPoolExecutor(THREADS)

    def start(self, files: Sequence[Put]) -> Wait:
        groups = (files[at : at + GROUP] for at in range(0, len(files), GROUP))
        started: list[Future[None]] = [self._pool.submit(_put_all, self._store, group) for group in groups]
        return lambda: [future.result() for future in started].clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)


class DiskPutter:
    """Helper processes, each of which gets its share of the files."""

    def __init__(self, root: Path) -> None:
        command = [sys.executable, "-m", "batches.putting", str(root)]
        here = Path(__file__).resolve().parent.parent
        self._helpers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=here) for _ in range(HELPERS)
        ]

    def start(self, files: Sequence[Put]) -> Wait:
        asked = []
        for number, helper in enumerate(self._helpers):
            if share := files[number :: len(self._helpers)]:
                _send(helper, share)
                asked.append(helper)
        return lambda: [_hear(helper) for helper in asked].clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for helper in self._helpers:
            if kind is not None:
                helper.kill()
            try:
                helper.communicate()
            except (BrokenPipeError, ValueError):  # it died, or its pipe was closed by that
                helper.kill()
                helper.wait()


def _put_all(store: Store, files: Sequence[Put]) -> None:
    for address, data in files:
        store.put(address, data, "application/json")


# --- between the process and its helper: a count, then for each file three sizes, its bucket, key and bytes -----------


def _send(helper: subprocess.Popen[bytes], files: Sequence[Put]) -> None:
    pieces = [struct.pack(">I", len(files))]
    for address, data in files:
        bucket, key = address.bucket.encode(), address.key.encode()
        pieces += [_SIZES.pack(len(bucket), len(key), len(data)), bucket, key, data]
    try:
        helper.stdin.write(b"".join(pieces))  # type: ignore[union-attr]  # piped above
        helper.stdin.flush()  # type: ignore[union-attr]
    except BrokenPipeError as error:
        raise StoreError("The process that writes files ended.") from error


def _hear(helper: subprocess.Popen[bytes]) -> None:
    """Wait for the answer to one `_send`: a line of JSON, empty or an error of the store."""
    line = helper.stdout.readline()  # type: ignore[union-attr]
    if not line:
        raise StoreError("The process that writes files ended.")
    if (said := json.loads(line)) and said["error"] in _ERRORS:
        raise getattr(storage, said["error"])(said["message"])


def _received(source: IO[bytes]) -> Iterator[list[Put]]:
    while head := source.read(4):
        files = []
        for _ in range(struct.unpack(">I", head)[0]):
            bucket, key, size = _SIZES.unpack(source.read(_SIZES.size))
            files.append((Address(source.read(bucket).decode(), source.read(key).decode()), source.read(size)))
        yield files


def main(root: str) -> None:
    """Write what comes in until the input ends; answer each lot with one line."""
    store = EmbeddedStore(Path(root))
    for files in _received(sys.stdin.buffer):
        said: dict[str, str] = {}
        try:
            _put_all(store, files)
        except StoreError as error:
            said = {"error": type(error).__name__, "message": str(error)}
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
