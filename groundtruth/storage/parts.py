"""Uploads in parts for the store on disk: a folder for each upload, a file for each part."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator

from .addresses import Address, Missing, StoreError
from .folders import disk_error

_ID = re.compile(r"[0-9a-f]{32}")
_PART = re.compile(r"\d{5}")
_BLOCK = 1024 * 1024


class Uploads:
    """The unfinished uploads under one folder. An upload's id is secret and is bound to its address."""

    def __init__(self, folder: str) -> None:
        self._top = folder

    def begin(self, address: Address) -> str:
        """Return the id of a new upload."""
        upload_id = os.urandom(16).hex()
        folder = f"{self._top}/{upload_id}"
        os.makedirs(folder)
        with open(f"{folder}/address.json", "w") as file:
            json.dump({"bucket": address.bucket, "key": address.key}, file)
        return upload_id

    def put(self, address: Address, upload_id: str, number: int, data: bytes) -> str:
        """Store a part whole, or not at all, and return its etag. Raises StoreError for a bad number."""
        folder = self._folder(address, upload_id)
        if not 1 <= number <= 10_000:
            raise StoreError("A part's number is 1 to 10,000.")
        temporary = f"{folder}/{os.urandom(8).hex()}.new"
        try:
            with open(temporary, "xb") as file:
                file.write(data)
            os.replace(temporary, f"{folder}/{number:05d}")
            return _etag(os.stat(f"{folder}/{number:05d}"))
        except OSError as error:
            raise disk_error(error, address) from error

    def parts(self, address: Address, upload_id: str) -> dict[int, tuple[str, int]]:
        """Return number to (etag, size in bytes), in the order of the numbers."""
        with os.scandir(self._folder(address, upload_id)) as items:
            found = {int(item.name): item.stat() for item in items if _PART.fullmatch(item.name)}
        return {number: (_etag(found[number]), found[number].st_size) for number in sorted(found)}

    def chunks(self, address: Address, upload_id: str) -> Iterator[bytes]:
        """Yield the joined parts in flat memory."""
        folder = self._folder(address, upload_id)
        for number in self.parts(address, upload_id):
            with open(f"{folder}/{number:05d}", "rb") as file:
                while block := file.read(_BLOCK):
                    yield block

    def abort(self, address: Address, upload_id: str) -> None:
        """Forget an upload; an unknown one is no error."""
        try:
            shutil.rmtree(self._folder(address, upload_id))
        except FileNotFoundError:
            return
        except Missing:
            return

    def abort_prefix(self, bucket: str, prefix: str) -> None:
        """Forget the uploads of a bucket whose key begins with `prefix`."""
        try:
            names = os.listdir(self._top)
        except FileNotFoundError:
            return
        for upload_id in names:
            address = self._address(upload_id)
            if address is not None and address.bucket == bucket and address.key.startswith(prefix):
                self.abort(address, upload_id)

    def _folder(self, address: Address, upload_id: str) -> str:
        if not _ID.fullmatch(upload_id) or self._address(upload_id) != address:
            raise Missing(f"There is no such upload to {address}.")
        return f"{self._top}/{upload_id}"

    def _address(self, upload_id: str) -> Address | None:
        try:
            with open(f"{self._top}/{upload_id}/address.json") as file:
                return Address(**json.load(file))
        except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: cut off by a crash
            return None


def _etag(found: os.stat_result) -> str:
    return f"{found.st_mtime_ns:x}-{found.st_size:x}"
